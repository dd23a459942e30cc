#include "machine.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extent.h"
#include "fallback.h"
#include "group.h"
#include "lib/attribute.h"
#include "processor.h"
#include "topology.h"

#define NODE_DIRECTORY "/sys/devices/system/node"
#define TIER_DIRECTORY "/sys/devices/virtual/memory_tiering"

/* The kernel registers a class's attributes together; 0 is what the firmware does not tell. */
static int load_class(struct attribute_reader *reader, unsigned id, int class,
                      struct machine_access *access)
{
	const struct {
		const char *name;
		long long *value;
	} files[] = { { "read_latency", &access->read_latency },
		      { "write_latency", &access->write_latency },
		      { "read_bandwidth", &access->read_bandwidth },
		      { "write_bandwidth", &access->write_bandwidth } };
	unsigned long *nodes;
	bool is_told = false;
	long count = attribute_numbers(reader, &nodes, "node", "",
	                               NODE_DIRECTORY "/node%u/access%d/initiators", id, class);

	if (count < 0)
		return (int)count;
	for (long i = 0; i < count; i++)
		if (nodes[i] < IDSET_MAX)
			idset_add(&access->initiators, (unsigned)nodes[i]);
	free(nodes);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int result = attribute_number(reader, files[i].value,
		                              NODE_DIRECTORY "/node%u/access%d/initiators/%s", id,
		                              class, files[i].name);

		if (result < 0)
			return result;
		if (*files[i].value == 0)
			*files[i].value = MACHINE_UNKNOWN;
		is_told |= *files[i].value != MACHINE_UNKNOWN;
	}
	if (is_told || count > 0)
		access->class = class;
	return 0;
}

static int load_access(struct attribute_reader *reader, struct machine_node *node)
{
	static const struct machine_access unknown = {
		.class = -1,
		.read_latency = MACHINE_UNKNOWN,
		.write_latency = MACHINE_UNKNOWN,
		.read_bandwidth = MACHINE_UNKNOWN,
		.write_bandwidth = MACHINE_UNKNOWN,
	};
	int error;

	node->access = unknown;
	error = load_class(reader, node->id, 1, &node->access);
	if (!error && node->access.class < 0)
		error = load_class(reader, node->id, 0, &node->access);
	return error;
}

static int load_side_cache(struct attribute_reader *reader, struct machine_node *node)
{
	unsigned long *levels;
	long count = attribute_numbers(reader, &levels, "index", "",
	                               NODE_DIRECTORY "/node%u/memory_side_cache", node->id);
	long long sum = 0;
	bool is_told = false;
	int result = count < 0 ? (int)count : 0;

	for (long i = 0; result >= 0 && i < count; i++) {
		long long size;

		result = attribute_number(reader, &size,
		                          NODE_DIRECTORY "/node%u/memory_side_cache/index%lu/size",
		                          node->id, levels[i]);
		if (result <= 0 || size <= 0)
			continue;
		is_told = true;
		if (__builtin_add_overflow(sum, size, &sum))
			result = -ERANGE;
	}
	free(levels);
	node->side_cache = is_told ? sum : MACHINE_UNKNOWN;
	return result < 0 ? result : 0;
}

static int load_pool(struct attribute_reader *reader, unsigned id, unsigned long kib,
                     struct machine_huge *huge)
{
	const struct {
		const char *name;
		long long *value;
	} files[] = { { "nr_hugepages", &huge->total },
		      { "free_hugepages", &huge->free },
		      { "surplus_hugepages", &huge->surplus } };

	if (__builtin_mul_overflow(kib, 1024ULL, &huge->size))
		return -ERANGE;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int result;

		*files[i].value = MACHINE_UNKNOWN;
		result = attribute_number(reader, files[i].value,
		                          NODE_DIRECTORY "/node%u/hugepages/hugepages-%lukB/%s", id,
		                          kib, files[i].name);
		if (result < 0)
			return result;
	}
	return 0;
}

static int load_huge(struct attribute_reader *reader, struct machine_node *node)
{
	unsigned long *sizes;
	long count = attribute_numbers(reader, &sizes, "hugepages-", "kB",
	                               NODE_DIRECTORY "/node%u/hugepages", node->id);
	int error = count < 0 ? (int)count : 0;

	if (count > 0) {
		node->huge = calloc((size_t)count, sizeof(*node->huge));
		if (!node->huge)
			error = -ENOMEM;
	}
	for (long i = 0; !error && i < count; i++)
		error = load_pool(reader, node->id, sizes[i], &node->huge[node->huges++]);
	free(sizes);
	return error;
}

static int load_weight(struct topology *topology, struct attribute_reader *reader,
                       struct machine_node *node)
{
	unsigned weight;
	int error = topology_weight(topology, node->id, &weight);

	node->weight = error ? MACHINE_UNKNOWN : (long long)weight;
	if (error && error != -ENOENT)
		snprintf(reader->path, sizeof(reader->path), "%s", topology->failed);
	return error == -ENOENT ? 0 : error;
}

static enum machine_kind find_kind(const struct topology *topology, unsigned place,
                                   const struct idset *initiators)
{
	const struct topology_node *node = &topology->node[place];
	bool has_memory = idset_has(&topology->has_memory, node->id);

	if (!idset_empty(&node->cpus))
		return has_memory ? MACHINE_WHOLE : MACHINE_MEMORYLESS;
	if (has_memory)
		return MACHINE_CPULESS;
	return idset_has(initiators, node->id) ? MACHINE_INITIATOR : MACHINE_EMPTY;
}

static int find_tier(const struct machine *machine, unsigned id)
{
	for (unsigned i = 0; i < machine->tiers; i++)
		if (idset_has(&machine->tier[i].nodes, id))
			return (int)i;
	return -1;
}

static int load_node(struct topology *topology, struct attribute_reader *reader,
                     const struct group_map *caches, struct machine *machine, unsigned place)
{
	struct machine_node *node = &machine->node[place];
	int error = load_access(reader, node);

	if (!error)
		error = load_side_cache(reader, node);
	if (!error)
		error = load_huge(reader, node);
	if (!error)
		error = load_weight(topology, reader, node);
	if (!error)
		error = processor_load(topology, place, caches, reader, node);
	return error;
}

static int load_nodes(struct topology *topology, struct attribute_reader *reader,
                      struct machine *machine)
{
	struct idset initiators = { 0 };
	struct group_map caches;
	int error = attribute_set(reader, &initiators, idset_parse_list,
	                          NODE_DIRECTORY "/has_generic_initiator");

	if (error < 0)
		return error;
	error = group_load(topology, GROUP_CACHE, &caches);
	if (error && error != -ENOENT) {
		snprintf(reader->path, sizeof(reader->path), "%s", topology->failed);
		return error;
	}
	machine->node = calloc(topology->count + 1, sizeof(*machine->node));
	if (!machine->node)
		return -ENOMEM;
	machine->count = topology->count;
	for (unsigned i = 0; i < machine->count; i++) {
		struct machine_node *node = &machine->node[i];

		node->id = topology->node[i].id;
		node->kind = find_kind(topology, i, &initiators);
		node->tier = find_tier(machine, node->id);
		error = load_node(topology, reader, &caches, machine, i);
		if (error)
			return error;
	}
	return 0;
}

/* A tier without nodes is gone, or nearly. */
static int load_tiers(struct attribute_reader *reader, struct machine *machine)
{
	unsigned long *ids;
	long count = attribute_numbers(reader, &ids, "memory_tier", "", TIER_DIRECTORY);
	int result = count < 0 ? (int)count : 0;

	if (count > 0) {
		machine->tier = calloc((size_t)count, sizeof(*machine->tier));
		if (!machine->tier)
			result = -ENOMEM;
	}
	for (long i = 0; result >= 0 && i < count; i++) {
		struct machine_tier *tier = &machine->tier[machine->tiers];

		if (ids[i] > UINT_MAX)
			continue;
		tier->id = (unsigned)ids[i];
		result = attribute_set(reader, &tier->nodes, idset_parse_list,
		                       TIER_DIRECTORY "/memory_tier%lu/nodelist", ids[i]);
		if (result > 0)
			machine->tiers++;
	}
	free(ids);
	return result < 0 ? result : 0;
}

static int load_settings(struct attribute_reader *reader, struct machine *machine)
{
	const struct {
		const char *path;
		long long *number;
		int *flag;
	} files[] = {
		{ "/proc/sys/kernel/numa_balancing", &machine->numa_balancing, NULL },
		{ "/proc/sys/vm/zone_reclaim_mode", &machine->zone_reclaim, NULL },
		{ "/sys/kernel/mm/numa/demotion_enabled", NULL, &machine->demotion },
		{ MACHINE_WEIGHTS "/" MACHINE_AUTO, NULL, &machine->weights_are_automatic },
		{ MACHINE_WEIGHTS "/" MACHINE_AUTO_TYPE, NULL, &machine->weights_are_automatic },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int result =
			files[i].number
				? attribute_number(reader, files[i].number, "%s", files[i].path)
				: attribute_flag(reader, files[i].flag, "%s", files[i].path);

		if (result < 0)
			return result;
	}
	return 0;
}

static int load_all(struct topology *topology, struct attribute_reader *reader,
                    struct machine *machine)
{
	int error = topology_load(topology, TOPOLOGY_HAS_MEMORY | TOPOLOGY_NODE_CPUS |
	                                            TOPOLOGY_MEMORY | TOPOLOGY_DISTANCES);

	if (error) {
		snprintf(reader->path, sizeof(reader->path), "%s", topology->failed);
		return error;
	}
	error = load_tiers(reader, machine);
	if (!error)
		error = load_nodes(topology, reader, machine);
	if (!error)
		error = load_settings(reader, machine);
	if (!error)
		error = extent_load(topology, reader, machine);
	if (!error)
		error = fallback_compute(topology, machine);
	return error;
}

/* Nothing is known yet. */
static void clear(struct machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	machine->weights_are_automatic = -1;
	machine->demotion = -1;
	machine->numa_balancing = MACHINE_UNKNOWN;
	machine->zone_reclaim = MACHINE_UNKNOWN;
}

static int note(struct machine *machine, int error, const struct attribute_reader *reader)
{
	if (error)
		snprintf(machine->failed, sizeof(machine->failed), "%s", reader->path);
	return error;
}

int machine_load(struct topology *topology, struct machine *machine)
{
	struct attribute_reader reader = { .root = topology->root };

	clear(machine);
	return note(machine, load_all(topology, &reader, machine), &reader);
}

int machine_load_tiers(struct topology *topology, struct machine *machine)
{
	struct attribute_reader reader = { .root = topology->root };

	clear(machine);
	return note(machine, load_tiers(&reader, machine), &reader);
}

void machine_free(struct machine *machine)
{
	for (unsigned i = 0; i < machine->count; i++) {
		free(machine->node[i].fallback);
		free(machine->node[i].cache);
		free(machine->node[i].socket);
		free(machine->node[i].huge);
		free(machine->node[i].zone);
		free(machine->node[i].range);
	}
	free(machine->node);
	free(machine->tier);
	machine->node = NULL;
	machine->tier = NULL;
	machine->count = machine->tiers = 0;
}

const char *machine_sockets(const struct machine_node *node, char text[MACHINE_SOCKETS])
{
	int length = 0;

	*text = '\0';
	for (unsigned i = 0; i < node->sockets && length < MACHINE_SOCKETS; i++)
		length += snprintf(text + length, (size_t)(MACHINE_SOCKETS - length), "%s%u",
		                   i ? "," : "", node->socket[i]);
	return text;
}
