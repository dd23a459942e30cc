/* The one door to calls that change placement; capabilities. */
#ifndef KERNEL_H
#define KERNEL_H

#include <numaif.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/idset.h"

/* What the oldest supported headers of libnuma lack (linux/mempolicy.h). */
#ifndef MPOL_LOCAL
#define MPOL_LOCAL 4
#endif
#ifndef MPOL_PREFERRED_MANY
#define MPOL_PREFERRED_MANY 5
#endif
#ifndef MPOL_WEIGHTED_INTERLEAVE
#define MPOL_WEIGHTED_INTERLEAVE 6
#endif
#ifndef MPOL_F_NUMA_BALANCING
#define MPOL_F_NUMA_BALANCING (1 << 13)
#endif
#ifndef MPOL_F_RELATIVE_NODES
#define MPOL_F_RELATIVE_NODES (1 << 14)
#endif
#ifndef MPOL_F_STATIC_NODES
#define MPOL_F_STATIC_NODES (1 << 15)
#endif
#define KERNEL_MODE_FLAGS (MPOL_F_NUMA_BALANCING | MPOL_F_RELATIVE_NODES | MPOL_F_STATIC_NODES)

/*
 * Closes the door (the calls below that change something succeed without being made) and names
 * who is told of each such call, in the words of the kernel's interface; either may be nothing.
 */
void kernel_door(bool closed, void (*narrate)(const char *call));
bool kernel_is_closed(void);

/*
 * Started with file capabilities (AT_SECURE), keeps them permitted but not effective: what needs
 * one raises it around the call. Returns 0 or -errno; -EPERM for a program that is setuid or
 * setgid.
 */
int kernel_lower_capabilities(void);

/* All return 0 or -errno. Out-parameters are written on success only. */

/* MODE is one of MPOL_* with flags; NODES may be empty for the modes that take none. */
int kernel_set_mempolicy(int mode, const struct idset *nodes);
int kernel_get_mempolicy(int *mode, struct idset *nodes);

/* The node that an interleaving process takes next. */
int kernel_next_interleave(int *node);

/* The nodes that the cpuset of this process allows (cpuset_current_mems_allowed). */
int kernel_allowed_nodes(struct idset *nodes);

/*
 * Whether set_mempolicy would take MODE and NODES: asked by mbind on a page of our own that is
 * unmapped again, so nothing changes. Passes a closed door, as it changes nothing.
 */
int kernel_try_mempolicy(int mode, const struct idset *nodes);

/*
 * CPUs of one thread; pid 0 is the calling one. The kernel clips what is set to the cpuset.
 * Another user's thread needs CAP_SYS_NICE.
 */
int kernel_set_affinity(pid_t pid, const struct idset *cpus);
int kernel_get_affinity(pid_t pid, struct idset *cpus);

/*
 * move_pages(2) for COUNT pages of PID, by their addresses. NODES NULL: asks where they are, which
 * passes a closed door. Otherwise sends each to its node; SHARED: those too that other processes
 * map (MPOL_MF_MOVE_ALL, needs CAP_SYS_NICE). STATUS becomes each page's node or -errno. Returns
 * 0; how many could not be migrated: STATUS is then left as it was for some; or -errno, and
 * likewise. Threads may call it.
 */
long kernel_move_pages(pid_t pid, size_t count, const unsigned long pages[], const int nodes[],
                       int status[], bool shared);

/* Whether this process has CAP_SYS_NICE, or may raise it. */
bool kernel_may_nice(void);

/* Replaces this process. Returns only on failure, -errno; 0 where the door is closed. */
int kernel_execute(const char *path, char *const argv[]);

/* A memory policy's mode: its constant, and the version of Linux that brought it. */
struct kernel_mode {
	int mode;
	const char *name;     /* as users and numa_maps write it: "weighted-interleave" */
	const char *constant; /* "MPOL_WEIGHTED_INTERLEAVE" */
	unsigned major, minor;
};

/* NULL if MODE (without flags) is none that we know. */
const struct kernel_mode *kernel_mode(int mode);

/* Whether the running kernel is older than that version. */
bool kernel_older_than(unsigned major, unsigned minor);

#endif
