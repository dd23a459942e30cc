/* CPUs in groups (by node, socket, level 3 cache or core), by the ids that users know. */
#ifndef GROUP_H
#define GROUP_H

#include "lib/idset.h"

struct attribute_reader;
struct topology;

/*
 * A node or socket has the kernel's id. A level 3 cache has the kernel's where each has one and no
 * two the same; else they are counted by ascending first CPU. Cores are always counted so, as the
 * kernel's core_id is but one within its socket: that is the CORE of lscpu -e.
 */
enum group_kind { GROUP_NODE, GROUP_SOCKET, GROUP_CACHE, GROUP_CORE };

struct group_map {
	struct idset cpus;      /* online, and their group is known; never empty */
	unsigned of[IDSET_MAX]; /* the id of the group of each of these */
};

/*
 * Returns 0; -ENOENT where the kernel tells of no CPU, with a file that it lacks in
 * topology->failed; or another -errno, likewise with the file that it is about.
 */
int group_load(struct topology *topology, enum group_kind kind, struct group_map *map);

/* A number that the kernel does not tell. */
#define GROUP_UNKNOWN (-1LL)

struct group_cache {
	struct idset cpus; /* some may be offline */
	long long id;      /* the kernel's, or GROUP_UNKNOWN */
	long long size;    /* bytes, or GROUP_UNKNOWN */
};

/* CPU's level 3 cache. Returns 1, 0 where it has none that is known, or -errno. */
int group_read_cache(struct attribute_reader *reader, unsigned cpu, struct group_cache *cache);

#endif
