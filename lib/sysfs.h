/* Sets, from the files and folders of sysfs; its folders and links. */
#ifndef SYSFS_H
#define SYSFS_H

#include <stddef.h>

#include "lib/idset.h"

/*
 * All take ROOT and paths as util_read does, store *set on success only, and return 0; -ENOENT
 * where the file is not there; -EBADMSG or -ERANGE where it is malformed; or another -errno.
 */

/* PARSE is idset_parse_list or idset_parse_mask. */
int sysfs_read_set(int root, const char *path, int (*parse)(const char *, size_t, struct idset *),
                   struct idset *set);

/* A list that says nothing when it is empty (or holds nothing but NULs): -ENOENT too. */
int sysfs_read_list(int root, const char *path, struct idset *set);

/* The N of the entries PREFIXN in a folder: "node" of .../system/node. */
int sysfs_read_ids(int root, const char *path, const char *prefix, struct idset *set);

/* Paths of sysfs are shorter. */
#define SYSFS_PATH 1024

/*
 * Follows all links in PATH below ROOT, where absolute ones begin anew and ".." ends: none leads
 * out of it. Returns 0, -ENOENT, -ELOOP or another -errno; *resolved is written on success only.
 */
int sysfs_resolve(int root, const char *path, char resolved[SYSFS_PATH]);

/*
 * The names in a folder but those that begin with a dot, by ascending number where they have one.
 * Returns how many there are, or -errno; *names is one piece, which the caller frees.
 */
long sysfs_names(int root, const char *path, char ***names);

#endif
