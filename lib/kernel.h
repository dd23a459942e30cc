/* The one door to calls that change placement. */
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

/* Tells of a call that is made elsewhere and changes something, such as the creation of a file. */
void kernel_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* All return 0 or -errno. Out-parameters are written on success only. */

/* MODE is one of MPOL_* with flags; NODES may be empty for the modes that take none. */
int kernel_set_mempolicy(int mode, const struct idset *nodes);
int kernel_get_mempolicy(int *mode, struct idset *nodes);

/*
 * The same for a thread of another process that inject_hold has stopped; THREAD is its number.
 * Behind a closed door no thread is stopped: INJECT is NULL, and it is told of all the same.
 */
struct inject;
int kernel_set_mempolicy_in(struct inject *inject, pid_t thread, int mode,
                            const struct idset *nodes);
int kernel_get_mempolicy_in(struct inject *inject, int *mode, struct idset *nodes);

/* Whether its seccomp filters, which are minded from now on, let both through. */
int kernel_mind_filters_in(struct inject *inject);

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
 * The policy of a range of our own mappings, which shared memory keeps for all who map it (not so
 * huge pages: there it ends with the mapping). FLAGS are MPOL_MF_*; -EIO: with MPOL_MF_STRICT some
 * mapped pages are elsewhere.
 */
int kernel_mbind(unsigned long address, unsigned long length, int mode, const struct idset *nodes,
                 unsigned flags);

/* The node from which those of MPOL_BIND or MPOL_PREFERRED_MANY are near or far; Linux 5.17. */
int kernel_set_home_node(unsigned long address, unsigned long length, unsigned node);

/* The policy at an address of ours; MPOL_DEFAULT where none was set. Brings no page in. */
int kernel_policy_at(const void *address, int *mode, struct idset *nodes);

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

/*
 * Files of sysfs and cgroups that change placement: TEXT is written to one that is there, ROOT and
 * PATH as for util_read; a folder is a cgroup, made or removed.
 */
int kernel_write(int root, const char *path, const char *text);
int kernel_make_folder(int root, const char *path);
int kernel_remove_folder(int root, const char *path);

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
