#include "destination.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kernel.h"
#include "lib/util.h"
#include "placement.h"
#include "topology.h"

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		util_die(util_failure, "%s", strerror(errno));
	return memory;
}

/* The place of a node in topology->node; count where it is not online. */
static unsigned place_of(const struct topology *topology, unsigned id)
{
	unsigned place = 0;

	while (place < topology->count && topology->node[place].id != id)
		place++;
	return place;
}

/* Unknown distances are the longest; of equals the lower id comes first. */
static unsigned long distance_between(const struct topology *topology, unsigned from, unsigned to)
{
	unsigned distance = 0, a = place_of(topology, from), b = place_of(topology, to);

	if (a < topology->count && b < topology->count)
		distance = topology_distance(topology, a, b);
	return distance ? distance : ~0UL >> 16;
}

/* Sorts the nodes by their distance from each id: an insertion for each, as they are few. */
static void order_by_distance(struct destination *destination, const struct topology *topology)
{
	destination->near =
		allocate((size_t)destination->ids * destination->count, sizeof(*destination->near));
	for (unsigned from = 0; from < destination->ids; from++) {
		unsigned short *row = destination->near + (size_t)from * destination->count;
		unsigned filled = 0;

		for (idset_each(id, &destination->nodes)) {
			unsigned at = filled++;

			for (; at > 0 && distance_between(topology, from, row[at - 1]) >
			                         distance_between(topology, from, (unsigned)id);
			     at--)
				row[at] = row[at - 1];
			row[at] = (unsigned short)id;
		}
	}
}

/*
 * Index k goes to node k modulo their number, or, by weight, in blocks: so do interleave_nid() and
 * weighted_interleave_nid() in mm/mempolicy.c.
 */
static void make_turns(struct destination *destination, struct topology *topology, bool weighted)
{
	destination->turn = allocate((size_t)destination->count * (weighted ? 255 : 1),
	                             sizeof(*destination->turn));
	for (idset_each(id, &destination->nodes)) {
		unsigned weight = 1;

		if (weighted && topology_weight(topology, (unsigned)id, &weight))
			util_die(util_failure,
			         "--weighted-interleave: this kernel has no weight of node %d "
			         "(weighted interleaving needs Linux 6.9)",
			         id);
		for (unsigned i = 0; i < weight && i < 255; i++)
			destination->turn[destination->turns++] = (unsigned short)id;
	}
	if (!destination->turns)
		util_die(util_failure, "--weighted-interleave: the weights of these nodes are 0");
}

/*
 * The k-th of FROM goes to the k-th of TO, which begins anew when it is at its end. Where the sets
 * are of different size, what is in both stays: so does migrate_pages(2).
 */
static void make_pairs(struct destination *destination, const struct idset *from,
                       const struct idset *to)
{
	bool same_size = idset_count(from) == idset_count(to);
	int target = -1;

	destination->pair = allocate(destination->ids, sizeof(*destination->pair));
	for (unsigned i = 0; i < destination->ids; i++)
		destination->pair[i] = -1;
	for (idset_each(id, from)) {
		target = idset_next(to, (unsigned)(target + 1));
		if (target < 0)
			target = idset_next(to, 0);
		if (same_size || !idset_has(to, (unsigned)id))
			destination->pair[id] = (short)target;
	}
	destination->repeatable = true;
	for (unsigned i = 0; i < destination->ids; i++)
		if (destination->pair[i] >= 0 && destination->pair[i] != (short)i &&
		    destination->pair[destination->pair[i]] >= 0 &&
		    destination->pair[destination->pair[i]] != destination->pair[i])
			destination->repeatable = false;
}

/* The nodes of those CPUs; for one without memory the nearest that has some, as the kernel does. */
static struct idset nodes_near(const struct topology *topology, const struct idset *cpus)
{
	struct idset nodes = { 0 };

	for (unsigned i = 0; i < topology->count; i++) {
		unsigned from = topology->node[i].id;
		int nearest = -1;

		if (!idset_overlap(&topology->node[i].cpus, cpus))
			continue;
		for (idset_each(id, &topology->allowed_nodes))
			if (nearest < 0 || (unsigned)id == from ||
			    ((unsigned)nearest != from &&
			     distance_between(topology, from, (unsigned)id) <
			             distance_between(topology, from, (unsigned)nearest)))
				nearest = id;
		if (nearest >= 0)
			idset_add(&nodes, (unsigned)nearest);
	}
	return nodes;
}

static enum destination_rule rule_of(const struct placement *placement)
{
	if (!idset_empty(&placement->to))
		return DESTINATION_PAIRS;
	switch (placement->mode) {
	case MPOL_INTERLEAVE:
	case MPOL_WEIGHTED_INTERLEAVE: return DESTINATION_SPREAD;
	case MPOL_BIND:
	case MPOL_PREFERRED:
	case MPOL_PREFERRED_MANY:
	case MPOL_LOCAL: return DESTINATION_NEAREST;
	default: return DESTINATION_NONE;
	}
}

void destination_resolve(const struct placement *placement, struct topology *topology,
                         const struct idset *cpus, struct destination *destination)
{
	struct destination found = { .rule = rule_of(placement), .repeatable = true };

	placement_load(topology, TOPOLOGY_HAS_MEMORY | TOPOLOGY_DISTANCES | TOPOLOGY_NODE_CPUS);
	if (placement->mode == MPOL_LOCAL)
		found.nodes = nodes_near(topology, cpus);
	else
		found.nodes = found.rule == DESTINATION_PAIRS ? placement->to : placement->nodes;
	found.count = idset_count(&found.nodes);
	/* Pages are on the nodes that are online, and nowhere else. */
	for (idset_each(id, &topology->nodes))
		found.ids = (unsigned)id + 1;
	if (found.rule == DESTINATION_NEAREST && !found.count)
		util_die(util_failure,
		         "--localalloc: the threads' CPUs are on no node that is known");
	found.full_is_fine =
		placement->mode == MPOL_PREFERRED || placement->mode == MPOL_PREFERRED_MANY;
	if (found.rule == DESTINATION_NEAREST)
		order_by_distance(&found, topology);
	else if (found.rule == DESTINATION_SPREAD)
		make_turns(&found, topology, placement->mode == MPOL_WEIGHTED_INTERLEAVE);
	else if (found.rule == DESTINATION_PAIRS)
		make_pairs(&found, &placement->from, &placement->to);
	*destination = found;
}

void destination_free(struct destination *destination)
{
	free(destination->near);
	free(destination->turn);
	free(destination->pair);
	memset(destination, 0, sizeof(*destination));
}

static int nearest_of(const struct destination *destination, unsigned node,
                      const struct idset *full)
{
	const unsigned short *row = destination->near + (size_t)node * destination->count;

	for (unsigned i = 0; i < destination->count; i++)
		if (!idset_has(full, row[i]))
			return row[i];
	return -1;
}

int destination_of(const struct destination *destination, unsigned node, unsigned long index,
                   const struct idset *full)
{
	int wanted = (int)node;

	if (node >= destination->ids)
		return wanted;
	switch (destination->rule) {
	case DESTINATION_NEAREST:
		if (idset_has(&destination->nodes, node))
			return wanted;
		return nearest_of(destination, node, full);
	case DESTINATION_SPREAD: wanted = destination->turn[index % destination->turns]; break;
	case DESTINATION_PAIRS:
		if (destination->pair[node] >= 0)
			wanted = destination->pair[node];
		break;
	case DESTINATION_NONE: break;
	}
	return wanted != (int)node && idset_has(full, (unsigned)wanted) ? -1 : wanted;
}

bool destination_moves(const struct destination *destination, unsigned node)
{
	switch (destination->rule) {
	case DESTINATION_NEAREST: return !idset_has(&destination->nodes, node);
	case DESTINATION_SPREAD:
		return destination->count > 1 || !idset_has(&destination->nodes, node);
	case DESTINATION_PAIRS:
		return node < destination->ids && destination->pair[node] >= 0 &&
		       destination->pair[node] != (short)node;
	case DESTINATION_NONE: break;
	}
	return false;
}

/* What is on NODE fills the nearest ones up to their room; the nearest gets what finds none. */
static void need_nearest(const struct destination *destination, unsigned node,
                         unsigned long long bytes, const long long *room, unsigned long long *need)
{
	const unsigned short *row = destination->near + (size_t)node * destination->count;

	for (unsigned i = 0; i < destination->count && bytes; i++) {
		unsigned long long left = bytes;

		if (room[row[i]] >= 0) {
			unsigned long long space = (unsigned long long)room[row[i]];

			left = need[row[i]] < space ? space - need[row[i]] : 0;
		}
		if (left > bytes)
			left = bytes;
		need[row[i]] += left;
		bytes -= left;
	}
	need[row[0]] += bytes;
}

static void need_spread(const struct destination *destination, const unsigned long long *before,
                        unsigned long long *need)
{
	unsigned long long total = 0;

	for (unsigned i = 0; i < destination->ids; i++)
		total += before[i];
	for (unsigned long k = 0; k < destination->turns; k++)
		need[destination->turn[k]] += total / destination->turns;
	/* What lies there already is more likely than not a share of each index. */
	for (unsigned i = 0; i < destination->ids; i++)
		need[i] = need[i] > before[i] ? need[i] - before[i] : 0;
}

void destination_need(const struct destination *destination, const unsigned long long *before,
                      const long long *room, unsigned long long *need)
{
	memset(need, 0, destination->ids * sizeof(*need));
	if (destination->rule == DESTINATION_SPREAD) {
		need_spread(destination, before, need);
		return;
	}
	for (unsigned i = 0; i < destination->ids; i++) {
		if (!destination_moves(destination, i))
			continue;
		if (destination->rule == DESTINATION_NEAREST)
			need_nearest(destination, i, before[i], room, need);
		else
			need[destination->pair[i]] += before[i];
	}
}
