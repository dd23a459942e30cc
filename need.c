#include "need.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "destination.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "migration.h"
#include "placement.h"
#include "request.h"
#include "target.h"
#include "topology.h"

/*
 * A policy that binds never goes beyond its nodes, nor can one of all nodes: when they are full the
 * kernel kills.
 */
static void say(const struct request *request, bool binds, bool all, const char *nodes,
                long long room)
{
	char size[UTIL_SIZE];

	util_size((unsigned long long)room, size);
	if (!binds && !all)
		util_warn("--need=%s: %s of --%s can hold %s, free and reclaimable; the rest "
		          "goes to other nodes",
		          request->need, nodes, request->option, size);
	else if (request->best_effort)
		util_warn("--need=%s: %s of --%s can hold %s, free and reclaimable; going on",
		          request->need, nodes, request->option, size);
	else if (all)
		util_die(util_failure,
		         "--need=%s: %s of --%s can hold %s, free and reclaimable, and there are "
		         "no others to use (--best-effort starts it all the same)",
		         request->need, nodes, request->option, size);
	else
		util_die(util_failure,
		         "--need=%s: %s of --%s can hold %s, free and reclaimable "
		         "(--membind=free:%s looks for room)",
		         request->need, nodes, request->option, size, request->need);
}

void need_check(const struct request *request, struct topology *topology,
                const struct placement *placement)
{
	static char list[IDSET_TEXT], nodes[IDSET_TEXT + 8];
	long long room;

	if (!request->need || idset_empty(&placement->nodes))
		return;
	placement_load(topology, TOPOLOGY_MEMORY);
	room = advice_room(topology, &placement->nodes);
	snprintf(nodes, sizeof(nodes), "node%s %s", idset_count(&placement->nodes) > 1 ? "s" : "",
	         idset_text(&placement->nodes, list));
	if (room < 0)
		util_warn("--need=%s: the kernel does not tell what %s can hold", request->need,
		          nodes);
	else if ((unsigned long long)room < request->need_size) {
		struct idset others = idset_minus(&topology->allowed_nodes, &placement->nodes);

		say(request, placement->mode == MPOL_BIND, idset_empty(&others), nodes, room);
	}
}

long long *need_room(struct topology *topology, unsigned ids)
{
	long long *room = calloc(ids, sizeof(*room));

	if (!room)
		util_die(util_failure, "%s", strerror(errno));
	placement_load(topology, TOPOLOGY_MEMORY);
	for (unsigned i = 0; i < ids; i++) {
		struct idset node = { 0 };

		idset_add(&node, i);
		room[i] = advice_room(topology, &node);
	}
	return room;
}

bool need_fits(const struct destination *destination, unsigned long long bytes, long long *room)
{
	long long size = (long long)bytes;

	for (idset_each(id, &destination->nodes))
		if (room[id] >= 0 && room[id] < size)
			return false;
	for (idset_each(id, &destination->nodes))
		room[id] -= room[id] < 0 ? 0 : size;
	return true;
}

void need_take(const struct request *request, const struct process *process,
               const struct destination *destination, const struct migration *migration,
               long long *room)
{
	unsigned long long *before = calloc(2 * (size_t)destination->ids, sizeof(*before)), *need;
	char text[512] = "", name[TARGET_NAME], space[UTIL_SIZE], wanted[UTIL_SIZE];
	size_t length = 0;

	if (!before)
		util_die(util_failure, "%s", strerror(errno));
	need = before + destination->ids;
	for (unsigned i = 0; i < destination->ids; i++)
		before[i] = migration->node[i].before;
	destination_need(destination, before, room, need);
	for (unsigned i = 0; i < destination->ids; i++) {
		if (!need[i] || room[i] < 0)
			continue;
		if (need[i] > (unsigned long long)room[i] && length < sizeof(text))
			length += (size_t)snprintf(text + length, sizeof(text) - length,
			                           "%snode %u has room for %s of the %s",
			                           length ? ", " : "", i,
			                           util_size((unsigned long long)room[i], space),
			                           util_size(need[i], wanted));
		room[i] -= need[i] > (unsigned long long)room[i] ? room[i] : (long long)need[i];
	}
	free(before);
	if (!length || destination->full_is_fine)
		return;
	target_name(process, name);
	if (!request->best_effort)
		util_die(util_failure, "%s: %s that belong there; --best-effort moves what fits",
		         name, text);
	util_warn("%s: %s that belong there; going on with what fits", name, text);
}
