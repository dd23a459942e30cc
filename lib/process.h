/* A running process: what /proc says of it. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/idset.h"

/* Of a name: of a program the kernel keeps 15 bytes, of a thread of its own 63. */
#define PROCESS_NAME 64

/* From /proc/PID/status; what an older kernel does not tell stays unknown. */
struct process_status {
	bool has_cpus, has_nodes;
	struct idset cpus;  /* Cpus_allowed_list: affinity within the cpuset */
	struct idset nodes; /* Mems_allowed_list: the cpuset's nodes */
	int seccomp;        /* 0 none, 1 strict, 2 filter (linux/seccomp.h); -1 unknown */
	bool has_shadow_stack;
	char name[PROCESS_NAME]; /* any bytes, a newline too */
	char state;              /* 'R', 'S', 'Z' (ended, not waited for), ...; '?' unknown */
	unsigned long leader;    /* Tgid: the process that a thread is of; 0 unknown */
	unsigned long parent;    /* PPid */
	unsigned long tracer;    /* TracerPid; 0 none */
	unsigned long inner;     /* NSpid's last: its number in its own pid namespace; 0 unknown */
	unsigned long user;      /* Uid: the effective one; ULONG_MAX unknown */
	unsigned long
		resident; /* VmRSS and HugetlbPages, bytes: roughly, as the kernel counts late */
	bool has_memory;  /* a kernel thread has none, nor has what ended */
};

/* Returns 0, or -EINVAL for a malformed list. */
int process_parse_status(const char *text, size_t length, struct process_status *status);

/* PID is a number or "self". ROOT as for util_read. Returns 0 or -errno; -EBADMSG: malformed. */
int process_read_status(int root, const char *pid, struct process_status *status);

/* Whether a seccomp filter sits on this process; unknown counts as no. */
bool process_is_filtered(int root);

/*
 * A process that is held: what is opened below DIRECTORY is that process's or nothing, even when
 * its number has been given to another one meanwhile.
 */
struct process {
	pid_t pid;
	int directory;                /* /proc/PID; owned */
	int pidfd;                    /* owned; -1 before Linux 5.3 */
	struct process_status status; /* as it was when it was opened */
};

/*
 * Returns 0 or -errno: -ESRCH where there is none, -EXDEV where /proc is another pid namespace's,
 * -ECHILD where PID is a thread of process->status.leader (which is filled then).
 */
int process_open(pid_t pid, struct process *process);
void process_close(struct process *process);

/* Each is held by two descriptors: as many as this program may have. */
void process_allow_many(void);

/* It has ended, though it may still be there as a zombie. */
bool process_is_gone(const struct process *process);

/*
 * The memory that it has now, to be closed by the caller, or -1 where it may not be had; and
 * whether it has left that, as a process does that executes another program, or ends.
 */
int process_open_memory(const struct process *process);
bool process_left_memory(int memory);

/*
 * Its threads, by ascending id, into *threads, which the caller frees; some may have ended already.
 * Returns how many there are, or -errno.
 */
long process_threads(const struct process *process, pid_t **threads);

/* The order of those, for bsearch. */
int process_compare_ids(const void *a, const void *b);

struct process_family {
	pid_t pid, parent;
};

/*
 * All processes that can be seen, by ascending number, into *families, which the caller frees.
 * Returns how many there are, or -errno.
 */
long process_families(struct process_family **families);

/*
 * Processes whose name or command line (its arguments with blanks between them) contains WORD,
 * as process_threads gives them.
 */
long process_find(const char *word, pid_t **found);

/* As process_read_status, of a thread. */
int process_thread_status(const struct process *process, pid_t thread,
                          struct process_status *status);

#endif
