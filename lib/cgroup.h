/* Cpusets: what they allow, and which cgroup forbids. */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

/* "cpus" and "mems", as the kernel names the files. */
enum cgroup_what { CGROUP_CPUS, CGROUP_MEMS };

#define CGROUP_PATH 4096

/*
 * The kernel has had three interfaces: the cpuset file system (files without a prefix, also by
 * cgroup's option "noprefix"), cgroup v1 ("cpuset." before each) and cgroup v2.
 */
enum cgroup_version { CGROUP_NONE, CGROUP_BARE, CGROUP_V1, CGROUP_V2 };

/* Where a process's cpuset is found. */
struct cgroup {
	enum cgroup_version version;
	char mount[CGROUP_PATH]; /* mount point: "/sys/fs/cgroup" */
	char path[CGROUP_PATH];  /* below it: "/user.slice/batch.scope" */
};

/* A cpuset that stands in the way. */
struct cgroup_limit {
	const char *file;       /* "cpuset.mems", as one would write it there */
	char path[CGROUP_PATH]; /* the topmost cgroup that forbids, as /proc/PID/cgroup names it */
};

/*
 * Takes from the text of /proc/mounts the mount that carries cpusets (v1 where it is mounted with
 * the controller, else v2). Returns 0, or -ENOENT where there is none.
 */
int cgroup_parse_mounts(const char *text, size_t length, struct cgroup *cgroup);

/* Takes the path from the text of /proc/PID/cgroup. Returns 0, or -ENOENT. */
int cgroup_parse_membership(const char *text, size_t length, struct cgroup *cgroup);

/* Finds the mount alone. ROOT as for util_read. 0, -ENOENT where there is none, or -errno. */
int cgroup_find_mount(int root, struct cgroup *cgroup);

/* Finds the cpuset of a process, a number or "self". ROOT as for util_read. 0 or -errno. */
int cgroup_find(int root, const char *pid, struct cgroup *cgroup);

/* The cpuset's file as one would write it: "cpuset.mems". */
const char *cgroup_file(const struct cgroup *cgroup, enum cgroup_what what);

/*
 * What stands in its own files: what was set, empty where nothing was, or what is in force. 0 or
 * -errno: -ENOENT where it has no such file.
 */
int cgroup_read_set(int root, const struct cgroup *cgroup, enum cgroup_what what,
                    struct idset *set);
int cgroup_read_effective(int root, const struct cgroup *cgroup, enum cgroup_what what,
                          struct idset *set);

/* What it allows at last, all its ancestors considered. 0 or -errno. */
int cgroup_allowed(int root, const struct cgroup *cgroup, enum cgroup_what what, struct idset *set);

/* The topmost cgroup whose cpuset lacks ID. Returns 0, or -ENOENT where none does. */
int cgroup_find_limit(int root, const struct cgroup *cgroup, enum cgroup_what what, unsigned id,
                      struct cgroup_limit *limit);

#endif
