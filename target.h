/* The running processes that were named: held and checked. */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process;
struct request;

/* Holds "process 4242 (redis-server)". */
#define TARGET_NAME 128

/*
 * Opens the processes of --pid, and those of the cgroups that it or --cgroup names; with --tree
 * their children (and theirs) behind them. Exits with util_failure and one line on stderr if one
 * that was named is not there, has no memory of its own (a kernel thread, a zombie), or may not be
 * looked at; and, where FOR_CHANGE, if it may not be changed. Returns how many; *processes is the
 * caller's to free, after process_close of each.
 */
size_t target_open(const struct request *request, bool for_change, struct process **processes,
                   bool *is_whole);

/*
 * Adds what has come meanwhile: children, and processes of the cgroups. Those that have ended are
 * left out, and those that are not to be had too, which is said on stderr and makes *is_whole
 * false. Returns how many there are now.
 */
size_t target_add_children(const struct request *request, bool for_change,
                           struct process **processes, size_t count, bool *is_whole);

const char *target_name(const struct process *process, char name[TARGET_NAME]);

/* Who may look at it or change it, where we may not; in words. */
#define TARGET_RIGHTS 256
void target_rights(const struct process *process, char rights[TARGET_RIGHTS]);

#define TARGET_SENTENCE 512

/*
 * Opens one process to look at it. Returns 0; or -errno and the sentence that says why not, with
 * nothing to close: -ESRCH there is none, or it has ended; -ENOMSG it has no memory of its own; any
 * other, it may not or cannot be looked at.
 */
int target_look(unsigned long pid, struct process *process, char sentence[TARGET_SENTENCE]);

/* The largest number of a process that there can be. */
extern const unsigned long target_limit;

#endif
