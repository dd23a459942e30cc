#include "rank.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "group.h"
#include "lib/launcher.h"
#include "lib/util.h"
#include "locate.h"
#include "thing.h"
#include "topology.h"

static int fail_value(struct thing *thing, const char *variable, const char *reason)
{
	const char *value = getenv(variable);

	return thing_fail(thing, -ENOENT, "%s='%.40s' in the environment %s", variable,
	                  value ? value : "", reason);
}

static int find_launcher(struct thing *thing, struct launcher *launcher)
{
	char names[LAUNCHER_NAMES];
	int error = launcher_find(launcher);

	if (error == -ENOENT)
		return thing_fail(thing, -ENOENT,
		                  "there is no rank: no launcher (mpirun, srun, torchrun) has set "
		                  "any of %s",
		                  launcher_names(names));
	return error ? fail_value(thing, launcher->variable, "is no rank") : 0;
}

static int find_size(struct thing *thing, struct launcher *launcher, unsigned long *size)
{
	int error = launcher_size(launcher, size);

	if (error == -ENOENT)
		return thing_fail(thing, -ENOENT,
		                  "%s does not tell how many ranks there are here, for a share of "
		                  "the cores (rank alone means the whole node)",
		                  launcher->size_variable);
	if (error == -ERANGE)
		return thing_fail(thing, -ENOENT,
		                  "%s=%lu is not within the number of ranks that %s tells",
		                  launcher->variable, launcher->rank, launcher->size_variable);
	return error ? fail_value(thing, launcher->size_variable, "does not tell a number of ranks")
	             : 0;
}

/*
 * The nodes that ranks are on: those with CPUs and, where memory is asked for by rank as well, with
 * memory, so that both are on the same one.
 */
static int find_nodes(struct thing *thing, struct idset *nodes)
{
	struct topology *topology = thing->topology;
	unsigned parts = TOPOLOGY_NODE_CPUS | (thing->ranked_memory ? TOPOLOGY_HAS_MEMORY : 0);
	int error = topology_load(topology, parts);
	const struct idset *cpus = thing->all ? &topology->cpus : &topology->allowed_cpus;

	if (error)
		return thing_fail_load(thing, error);
	*nodes = (struct idset){ 0 };
	for (unsigned i = 0; i < topology->count; i++)
		if (idset_overlap(&topology->node[i].cpus, cpus))
			idset_add(nodes, topology->node[i].id);
	if (thing->ranked_memory)
		*nodes = idset_and(nodes,
		                   thing->all ? &topology->has_memory : &topology->allowed_nodes);
	if (idset_empty(nodes))
		return thing_fail(thing, -ENOENT,
		                  "there is no node with %sCPUs that can be used, for a rank",
		                  thing->ranked_memory ? "memory and " : "");
	return 0;
}

static unsigned pick(const struct idset *set, unsigned long place)
{
	int id = idset_next(set, 0);

	while (place--)
		id = idset_next(set, (unsigned)id + 1);
	return (unsigned)id;
}

static void note(struct thing *thing, const struct launcher *launcher)
{
	thing_fail(thing, 0, "local rank %lu by %s", launcher->rank, launcher->variable);
}

static int find(struct thing *thing, struct launcher *launcher, struct idset *nodes, unsigned *node)
{
	int error = find_launcher(thing, launcher);

	if (!error)
		error = find_nodes(thing, nodes);
	if (!error)
		*node = pick(nodes, launcher->rank % idset_count(nodes));
	return error;
}

int rank_node(struct thing *thing)
{
	struct launcher launcher;
	struct idset nodes;
	unsigned node;
	int error = find(thing, &launcher, &nodes, &node);

	if (error)
		return error;
	idset_add(&thing->nodes, node);
	thing->cpus = topology_node(thing->topology, node)->cpus;
	note(thing, &launcher);
	return 0;
}

/* How many GPUs there are, and the address of the one that falls to RANK; or a failure. */
static long find_gpu(struct thing *thing, unsigned long rank, char address[32])
{
	long count = device_accelerator(thing->topology, 0, address);

	if (count > 0)
		count = device_accelerator(thing->topology, rank % (unsigned long)count, address);
	if (count < 0)
		return thing_fail(thing, -ENOENT, LOCATE_PCI ": %s", util_reason((int)count));
	if (count == 0)
		return thing_fail(thing, -ENOENT, "there is no GPU");
	return count;
}

int rank_gpu(struct thing *thing)
{
	struct launcher launcher;
	char address[32];
	long count;
	int error = find_launcher(thing, &launcher);

	if (error)
		return error;
	count = find_gpu(thing, launcher.rank, address);
	if (count < 0)
		return (int)count;
	error = thing_gpu_at(thing, address);
	if (!error)
		thing_fail(thing, 0, "GPU %s, local rank %lu by %s", address, launcher.rank,
		           launcher.variable);
	return error;
}

/* Ranks take seats in turn, and begin anew with the first one. */
struct seats {
	unsigned count;
	struct idset same; /* those whose nodes are the same as this rank's */
	struct idset nodes;
};

static int find_node_seats(struct thing *thing, unsigned long rank, struct seats *seats)
{
	struct idset nodes;
	int error = find_nodes(thing, &nodes);

	if (error)
		return error;
	seats->count = idset_count(&nodes);
	idset_add(&seats->same, (unsigned)(rank % seats->count));
	idset_add(&seats->nodes, pick(&nodes, rank % seats->count));
	return 0;
}

/* A GPU whose node is not known is on that of no other. */
static int find_gpu_seats(struct thing *thing, unsigned long rank, struct seats *seats)
{
	char address[32];
	struct thing own = *thing;
	long count = find_gpu(&own, rank, address);
	int error = count < 0 ? (int)count : thing_gpu_at(&own, address);

	if (error)
		return error;
	seats->nodes = own.nodes;
	seats->count = count > IDSET_MAX ? IDSET_MAX : (unsigned)count;
	for (unsigned seat = 0; seat < seats->count; seat++) {
		struct thing other = *thing;

		if (find_gpu(&other, seat, address) > 0 && !thing_gpu_at(&other, address) &&
		    idset_equal(&other.nodes, &own.nodes))
			idset_add(&seats->same, seat);
	}
	return 0;
}

/* Of the ranks below END those on the same nodes. */
static unsigned count_ranks(const struct seats *seats, unsigned long end)
{
	unsigned long ranks = 0;

	for (idset_each(seat, &seats->same))
		ranks += end / seats->count + ((unsigned)seat < end % seats->count);
	return (unsigned)ranks;
}

/* The usable CPUs of the nodes whose cores are known. */
static int find_cpus(struct thing *thing, const struct idset *nodes, struct group_map *cores,
                     struct idset *cpus)
{
	int error = group_load(thing->topology, GROUP_CORE, cores);
	char list[IDSET_TEXT];

	if (error == -ENOENT)
		return thing_fail(thing, -ENOENT,
		                  "the kernel does not tell which CPUs share a core (there is no "
		                  "%s)",
		                  thing->topology->failed);
	if (!error)
		error = topology_load(thing->topology, TOPOLOGY_NODE_CPUS);
	if (error)
		return thing_fail_load(thing, error);
	*cpus = (struct idset){ 0 };
	for (idset_each(id, nodes)) {
		const struct topology_node *node = topology_node(thing->topology, (unsigned)id);

		if (node)
			*cpus = idset_or(cpus, &node->cpus);
	}
	*cpus = idset_and(cpus, thing->usable);
	*cpus = idset_and(cpus, &cores->cpus);
	if (idset_empty(cpus))
		return thing_fail(thing, -ENOENT, "node %.80s has no cores that can be used",
		                  idset_text(nodes, list));
	return 0;
}

/* The CPUs by cores: the one at PLACE of as many even shares as that and BEHIND it. */
static void take_share(struct thing *thing, const struct group_map *cores, const struct idset *cpus,
                       unsigned place, unsigned behind)
{
	struct idset ids = { 0 };
	unsigned long first, end, k = 0, count = (unsigned long)place + behind + 1;

	for (idset_each(cpu, cpus))
		idset_add(&ids, cores->of[cpu]);
	/* Of more ranks than cores several share one. */
	first = (unsigned long)place * idset_count(&ids) / count;
	end = (place + 1UL) * idset_count(&ids) / count;
	end = end > first ? end : first + 1;
	for (idset_each(id, &ids)) {
		if (k >= first && k < end)
			for (idset_each(cpu, cpus))
				if (cores->of[cpu] == (unsigned)id)
					idset_add(&thing->cpus, (unsigned)cpu);
		k++;
	}
}

int rank_cores(struct thing *thing)
{
	struct launcher launcher;
	struct seats seats = { 0 };
	struct group_map cores;
	struct idset cpus;
	unsigned long size;
	unsigned place;
	int error = find_launcher(thing, &launcher);

	if (!error)
		error = find_size(thing, &launcher, &size);
	if (!error)
		error = thing->ranked_gpus ? find_gpu_seats(thing, launcher.rank, &seats)
		                           : find_node_seats(thing, launcher.rank, &seats);
	if (!error)
		error = find_cpus(thing, &seats.nodes, &cores, &cpus);
	if (error)
		return error;
	place = count_ranks(&seats, launcher.rank);
	take_share(thing, &cores, &cpus, place, count_ranks(&seats, size) - place - 1);
	thing_fail(thing, 0, "local rank %lu of %lu by %s", launcher.rank, size, launcher.variable);
	return 0;
}
