/* Cgroups as --cgroup names them, and what hinders the use of their cpusets, in words. */
#ifndef OBSTACLE_H
#define OBSTACLE_H

#include <stddef.h>
#include <sys/types.h>

struct cgroup;
struct idset;

/* Holds what the functions below write: a sentence without a full stop. */
#define OBSTACLE_SENTENCE 16384

/* ROOT is as for util_read. */

/*
 * Finds the cgroup that NAME means. Returns 0; or -errno with the sentence, in which the mount is
 * named where it is of cgroup v1 or not there.
 */
int obstacle_find(int root, const char *name, struct cgroup *cgroup, char *sentence);

/*
 * The processes of this machine in the cgroup that NAME means and in those below it, into *pids,
 * which the caller frees: without kernel threads, which have no memory, and this process. *unseen
 * becomes how many more there are in other pid namespaces. Returns how many, or -errno with the
 * sentence.
 */
long obstacle_processes(const char *name, pid_t **pids, size_t *unseen, char *sentence);

/*
 * Whether the cpuset of CGROUP can be set at all (WHAT: CGROUP_CPUS or CGROUP_MEMS), or that of one
 * within it that is yet to be made: 0, or -errno with the sentence.
 */
int obstacle_check(int root, const struct cgroup *cgroup, int what, char *sentence);
int obstacle_check_new(int root, const struct cgroup *cgroup, char *sentence);

/*
 * Whether SET, which was written to its cpuset (WHAT: CGROUP_CPUS or CGROUP_MEMS), is in force: 0,
 * or -ERANGE with the sentence. The kernel takes any set, and has in force what the cgroup above
 * allows of it.
 */
int obstacle_check_force(int root, const struct cgroup *cgroup, int what, const struct idset *set,
                         char *sentence);

/* Why FILE of CGROUP could not be written. */
void obstacle_explain(int root, const struct cgroup *cgroup, const char *file, int error,
                      char *sentence);

#endif
