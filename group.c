#include "group.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/attribute.h"
#include "topology.h"

#define CPU_DIRECTORY "/sys/devices/system/cpu"

static void add(struct group_map *map, const struct idset *cpus, unsigned id)
{
	for (idset_each(cpu, cpus))
		map->of[cpu] = id;
	map->cpus = idset_or(&map->cpus, cpus);
}

static int add_nodes(struct topology *topology, struct attribute_reader *reader,
                     struct group_map *map)
{
	int error = topology_load(topology, TOPOLOGY_NODE_CPUS);

	snprintf(reader->path, sizeof(reader->path), "%s",
	         error ? topology->failed : "/sys/devices/system/node");
	for (unsigned i = 0; !error && i < topology->count; i++)
		add(map, &topology->node[i].cpus, topology->node[i].id);
	return error;
}

/* A kernel that does not know it says -1. */
static int add_sockets(struct topology *topology, struct attribute_reader *reader,
                       struct group_map *map)
{
	for (idset_each(cpu, &topology->cpus)) {
		struct idset one = { 0 };
		long long id = GROUP_UNKNOWN;
		int result = attribute_number(reader, &id,
		                              CPU_DIRECTORY "/cpu%u/topology/physical_package_id",
		                              (unsigned)cpu);

		if (result < 0)
			return result;
		idset_add(&one, (unsigned)cpu);
		if (id >= 0 && id <= UINT_MAX)
			add(map, &one, (unsigned)id);
	}
	return 0;
}

static int add_cores(struct topology *topology, struct attribute_reader *reader,
                     struct group_map *map)
{
	struct idset left = topology->cpus;
	unsigned count = 0;

	for (idset_each(cpu, &topology->cpus)) {
		struct idset threads;
		int error;

		if (!idset_has(&left, (unsigned)cpu))
			continue;
		error = topology_core(topology, (unsigned)cpu, &threads);
		if (error)
			snprintf(reader->path, sizeof(reader->path), "%s", topology->failed);
		if (error == -ENOENT)
			continue;
		if (error)
			return error;
		threads = idset_and(&threads, &left);
		left = idset_minus(&left, &threads);
		add(map, &threads, count++);
	}
	return 0;
}

/* The index of its level 3 cache. 1, 0 where it has none, or -errno. */
static int find_level3(struct attribute_reader *reader, unsigned cpu, unsigned *index)
{
	for (*index = 0;; (*index)++) {
		long long level;
		int result =
			attribute_number(reader, &level, CPU_DIRECTORY "/cpu%u/cache/index%u/level",
		                         cpu, *index);

		if (result <= 0 || level == 3)
			return result;
	}
}

/* Its CPUs, as a list, or as a mask, which is all there was before Linux 2.6.26. */
static int read_sharers(struct attribute_reader *reader, unsigned cpu, unsigned index,
                        struct idset *cpus)
{
	int result =
		attribute_set(reader, cpus, idset_parse_list,
	                      CPU_DIRECTORY "/cpu%u/cache/index%u/shared_cpu_list", cpu, index);

	if (result)
		return result;
	return attribute_set(reader, cpus, idset_parse_mask,
	                     CPU_DIRECTORY "/cpu%u/cache/index%u/shared_cpu_map", cpu, index);
}

int group_read_cache(struct attribute_reader *reader, unsigned cpu, struct group_cache *cache)
{
	unsigned index;
	int result = find_level3(reader, cpu, &index);

	if (result <= 0)
		return result;
	result = read_sharers(reader, cpu, index, &cache->cpus);
	if (result <= 0)
		return result;
	/* Sharers that do not hold the CPU itself tell nothing. */
	if (!idset_has(&cache->cpus, cpu))
		return 0;
	cache->size = GROUP_UNKNOWN;
	result = attribute_size(reader, &cache->size, CPU_DIRECTORY "/cpu%u/cache/index%u/size",
	                        cpu, index);
	if (result < 0)
		return result;
	cache->id = GROUP_UNKNOWN;
	result = attribute_number(reader, &cache->id, CPU_DIRECTORY "/cpu%u/cache/index%u/id", cpu,
	                          index);
	return result < 0 ? result : 1;
}

static bool is_among(const unsigned *ids, unsigned count, long long id)
{
	for (unsigned i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static int add_caches(struct topology *topology, struct attribute_reader *reader,
                      struct group_map *map)
{
	struct idset left = topology->cpus;
	unsigned count = 0, ids[IDSET_MAX] = { 0 };
	bool has_ids = true;

	for (idset_each(cpu, &topology->cpus)) {
		struct group_cache cache;
		int result;

		if (!idset_has(&left, (unsigned)cpu))
			continue;
		result = group_read_cache(reader, (unsigned)cpu, &cache);
		if (result < 0)
			return result;
		if (!result)
			continue;
		cache.cpus = idset_and(&cache.cpus, &left);
		left = idset_minus(&left, &cache.cpus);
		has_ids = has_ids && cache.id >= 0 && cache.id <= UINT_MAX &&
		          !is_among(ids, count, cache.id);
		ids[count] = (unsigned)cache.id;
		add(map, &cache.cpus, count++);
	}
	for (idset_each(cpu, &map->cpus))
		if (has_ids)
			map->of[cpu] = ids[map->of[cpu]];
	return 0;
}

int group_load(struct topology *topology, enum group_kind kind, struct group_map *map)
{
	static int (*const add_groups[])(struct topology *, struct attribute_reader *,
	                                 struct group_map *) = {
		[GROUP_NODE] = add_nodes,
		[GROUP_SOCKET] = add_sockets,
		[GROUP_CACHE] = add_caches,
		[GROUP_CORE] = add_cores,
	};
	struct attribute_reader reader = { .root = topology->root };
	int error = topology_load(topology, TOPOLOGY_CPUS);

	memset(map, 0, sizeof(*map));
	if (error)
		return error;
	error = add_groups[kind](topology, &reader, map);
	if (!error && idset_empty(&map->cpus))
		error = -ENOENT;
	if (error)
		snprintf(topology->failed, sizeof(topology->failed), "%s", reader.path);
	return error;
}
