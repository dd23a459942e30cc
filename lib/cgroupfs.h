/* A cgroup as users name it: found, its files read and written, its processes. */
#ifndef CGROUPFS_H
#define CGROUPFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/idset.h"

struct cgroup;

/*
 * ROOT is as for util_read, CGROUP one whose mount is known (cgroup_find_mount); a FILE is the name
 * of one in there: "cpuset.mems". All return 0 or -errno unless said otherwise.
 */

/*
 * Fills cgroup->path with what NAME means: a path, with or without the mount before it, or, without
 * a slash, the name of a folder anywhere below it, such as that of a systemd unit, whose ".service"
 * may be left out. -ENOENT: there
 * is none; -ENOTDIR: it is a file; -EINVAL: "..", say; -EMLINK: there are several, and OTHER, of
 * CGROUP_PATH bytes, becomes the path of another one.
 */
int cgroupfs_find(int root, const char *name, struct cgroup *cgroup, char *other);

/*
 * A path with single slashes, one before and none behind it. -EINVAL where one of its names is "."
 * or "..", -ENAMETOOLONG.
 */
int cgroupfs_parse_path(const char *text, char *path);

/* What systemd calls it, within cgroup->path; NULL where it is not named like a unit. */
const char *cgroupfs_unit(const struct cgroup *cgroup);

/* The path of the one above; the root of the mount has none: false. */
bool cgroupfs_parent(const struct cgroup *cgroup, struct cgroup *parent);

/* The one called NAME within it. -ENAMETOOLONG. */
int cgroupfs_child(const struct cgroup *cgroup, const char *name, struct cgroup *child);

/* 1 where it is there, 0 where it is not to be seen, or -errno of a failure (util_is_fault). */
int cgroupfs_exists(int root, const struct cgroup *cgroup);

/* The text without its last newline; the caller frees it. */
int cgroupfs_read(int root, const struct cgroup *cgroup, const char *file, char **text);

/*
 * 1 where one of the file's words is WORD, 0 where none is or it cannot be read, or -errno of a
 * failure (util_is_fault).
 */
int cgroupfs_has_word(int root, const struct cgroup *cgroup, const char *file, const char *word);

/* Whether this user may write it, and the file system lets itself be written to. */
int cgroupfs_may_write(int root, const struct cgroup *cgroup, const char *file);

/* The user that the file is of. */
int cgroupfs_owner(int root, const struct cgroup *cgroup, const char *file, uid_t *owner);

/*
 * Of those above CGROUP, the topmost whose cgroup.subtree_control lacks the controller, so that it
 * is not there further down. -ENOENT: the root of the mount does not have it either; -errno of a
 * failure.
 */
int cgroupfs_find_gap(int root, const struct cgroup *cgroup, const char *controller,
                      struct cgroup *gap);

/*
 * The processes in it, and in those below it where BELOW, into *pids, which the caller frees: how
 * many, or -errno (-EOPNOTSUPP: it is threaded, and its processes are listed further up). A process
 * of a pid namespace that is not seen here is 0.
 */
long cgroupfs_processes(int root, const struct cgroup *cgroup, bool below, pid_t **pids);

/*
 * Adds the numbers in the text of cgroup.procs to the COUNT of *pids, which grows. Returns how many
 * they are then, -EBADMSG or -ENOMEM.
 */
long cgroupfs_parse_processes(const char *text, pid_t **pids, size_t count);

/* These change it, through the door of lib/kernel.h. */
int cgroupfs_write(int root, const struct cgroup *cgroup, const char *file, const char *text);
int cgroupfs_write_set(int root, const struct cgroup *cgroup, const char *file,
                       const struct idset *set);
int cgroupfs_make(int root, const struct cgroup *cgroup);
int cgroupfs_remove(int root, const struct cgroup *cgroup);

#endif
