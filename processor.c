#include "processor.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "lib/attribute.h"
#include "machine.h"
#include "topology.h"

#define CPU_DIRECTORY "/sys/devices/system/cpu"

/* Adds the CPU's; a kernel that does not know it says -1. arm64 has offsets into a table there. */
static int add_socket(struct attribute_reader *reader, unsigned cpu, struct machine_node *node,
                      bool *unknown)
{
	long long id = MACHINE_UNKNOWN;
	int result = attribute_number(reader, &id,
	                              CPU_DIRECTORY "/cpu%u/topology/physical_package_id", cpu);
	unsigned place = 0, *more;

	if (result < 0)
		return result;
	if (id < 0 || id > UINT_MAX) {
		*unknown = true;
		return 0;
	}
	while (place < node->sockets && node->socket[place] < id)
		place++;
	if (place < node->sockets && node->socket[place] == id)
		return 0;
	more = reallocarray(node->socket, node->sockets + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	memmove(more + place + 1, more + place, (node->sockets - place) * sizeof(*more));
	more[place] = (unsigned)id;
	node->socket = more;
	node->sockets++;
	return 0;
}

static int load_cores(struct topology *topology, const struct idset *cpus,
                      struct attribute_reader *reader, struct machine_node *node)
{
	struct idset left = *cpus;
	bool no_cores = false, no_sockets = false;
	unsigned cores = 0;

	for (idset_each(cpu, cpus)) {
		struct idset threads = { 0 };
		int error;

		if (!idset_has(&left, (unsigned)cpu))
			continue;
		error = topology_core(topology, (unsigned)cpu, &threads);
		if (error == -ENOENT) {
			no_cores = true;
			idset_add(&threads, (unsigned)cpu);
		} else if (error) {
			snprintf(reader->path, sizeof(reader->path), "%s", topology->failed);
			return error;
		}
		left = idset_minus(&left, &threads);
		cores++;
		/* A core's threads are of one socket. */
		error = add_socket(reader, (unsigned)cpu, node, &no_sockets);
		if (error)
			return error;
	}
	if (!no_cores)
		node->cores = cores;
	if (no_sockets)
		node->sockets = 0;
	return 0;
}

/* Of CPUs that share one, those after the first need not be asked. */
static int load_caches(const struct idset *cpus, const struct group_map *caches,
                       struct attribute_reader *reader, struct machine_node *node)
{
	struct idset left = *cpus;

	for (idset_each(cpu, cpus)) {
		struct machine_cache *more;
		struct group_cache cache;
		int result;

		if (!idset_has(&left, (unsigned)cpu))
			continue;
		result = group_read_cache(reader, (unsigned)cpu, &cache);
		if (result < 0)
			return result;
		if (!result)
			continue;
		more = reallocarray(node->cache, node->caches + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		node->cache = more;
		left = idset_minus(&left, &cache.cpus);
		node->cache[node->caches++] =
			(struct machine_cache){ .cpus = idset_and(&cache.cpus, cpus),
			                        .id = caches->of[cpu],
			                        .size = cache.size };
	}
	return 0;
}

int processor_load(struct topology *topology, unsigned place, const struct group_map *caches,
                   struct attribute_reader *reader, struct machine_node *node)
{
	const struct idset *cpus = &topology->node[place].cpus;
	int error = load_cores(topology, cpus, reader, node);

	return error ? error : load_caches(cpus, caches, reader, node);
}
