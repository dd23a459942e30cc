#include "fallback.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "machine.h"
#include "topology.h"

/* What the nodes are ranked by besides distance; places are those of topology->node. */
struct ranking {
	const struct topology *topology;
	unsigned *load;    /* for how many nodes each is the first of a group of distance */
	bool avoids_cpus;  /* nodes with CPUs come after those without */
	struct idset used; /* places that have had their turn */
};

static bool has_memory(const struct topology *topology, unsigned place)
{
	return idset_has(&topology->has_memory, topology->node[place].id);
}

/* As find_next_best_node() ranks them since Linux 5.18: the lower the sooner. */
static unsigned long long rank(const struct ranking *ranking, unsigned from, unsigned to)
{
	const struct topology *topology = ranking->topology;
	unsigned long long value = topology_distance(topology, from, to);

	value += to < from;
	value += ranking->avoids_cpus && !idset_empty(&topology->node[to].cpus);
	/* A load counts for less than a distance of one: MAX_NUMNODES is 1024 at most. */
	return value * 1024 + ranking->load[to];
}

/* The place of the next one, or -1. */
static int find_next(struct ranking *ranking, unsigned from)
{
	unsigned long long best = ULLONG_MAX;
	int found = -1;

	/* The node itself comes first, whatever its distance is said to be. */
	if (!idset_has(&ranking->used, from) && has_memory(ranking->topology, from)) {
		idset_add(&ranking->used, from);
		return (int)from;
	}
	for (unsigned to = 0; to < ranking->topology->count; to++) {
		unsigned long long value;

		if (idset_has(&ranking->used, to) || !has_memory(ranking->topology, to))
			continue;
		value = rank(ranking, from, to);
		if (value < best) {
			best = value;
			found = (int)to;
		}
	}
	if (found >= 0)
		idset_add(&ranking->used, (unsigned)found);
	return found;
}

/*
 * As build_zonelists(): node by node in ascending order, since each leaves its mark on the load of
 * the others. Linux before 6.8 has a node without memory come first in its own list; there is
 * nothing to be had from it.
 */
static void order(struct ranking *ranking, unsigned from, struct machine_node *node)
{
	const struct topology *topology = ranking->topology;
	unsigned before = from;
	int next;

	ranking->used = (struct idset){ 0 };
	while ((next = find_next(ranking, from)) >= 0) {
		unsigned to = (unsigned)next;

		if (topology_distance(topology, from, to) !=
		    topology_distance(topology, from, before))
			ranking->load[to]++;
		node->fallback[node->fallbacks++] = topology->node[to].id;
		before = to;
	}
}

/*
 * As establish_demotion_targets() since Linux 6.1: of the next slower tier the nodes that are as
 * near as the first that is found.
 */
static void demote(struct ranking *ranking, const struct machine *machine, unsigned from,
                   struct machine_node *node)
{
	const struct topology *topology = ranking->topology;
	unsigned nearest = 0;
	int next;

	if (!has_memory(topology, from) || node->tier < 0 ||
	    (unsigned)node->tier + 1 >= machine->tiers)
		return;
	ranking->used = (struct idset){ 0 };
	for (unsigned to = 0; to < topology->count; to++)
		if (!idset_has(&machine->tier[node->tier + 1].nodes, topology->node[to].id))
			idset_add(&ranking->used, to);
	while ((next = find_next(ranking, from)) >= 0) {
		unsigned to = (unsigned)next, distance = topology_distance(topology, from, to);

		if (!idset_empty(&node->demotion) && distance != nearest)
			return;
		nearest = distance;
		idset_add(&node->demotion, topology->node[to].id);
	}
}

static bool knows_distances(const struct topology *topology)
{
	for (unsigned from = 0; from < topology->count; from++)
		for (unsigned to = 0; to < topology->count; to++)
			if (topology_distance(topology, from, to) == 0)
				return false;
	return true;
}

/*
 * The lists are built before a single CPU is entered in its node's mask (numa_add_cpu() of x86 and
 * arm64 comes later in start_kernel(); seen in the log of Linux 6.1 and 7.2), so that nodes with
 * CPUs are not avoided; they are when demotion targets are sought. Memory that is plugged in later
 * makes the kernel build the lists anew, with CPUs: that no file tells, and it matters only where
 * nodes are equally far, or nearly.
 */
int fallback_compute(const struct topology *topology, struct machine *machine)
{
	struct ranking ranking = { .topology = topology };

	if (!knows_distances(topology))
		return 0;
	ranking.load = calloc(topology->count + 1, sizeof(*ranking.load));
	if (!ranking.load)
		return -ENOMEM;
	for (unsigned i = 0; i < topology->count; i++) {
		struct machine_node *node = &machine->node[i];

		node->fallback = calloc(topology->count, sizeof(*node->fallback));
		if (!node->fallback) {
			free(ranking.load);
			return -ENOMEM;
		}
		order(&ranking, i, node);
	}
	ranking.avoids_cpus = true;
	for (unsigned i = 0; i < topology->count; i++)
		demote(&ranking, machine, i, &machine->node[i]);
	free(ranking.load);
	return 0;
}
