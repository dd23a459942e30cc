#include "room.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/kernel.h"
#include "lib/util.h"
#include "lib/zoneinfo.h"
#include "placement.h"
#include "request.h"
#include "topology.h"

/* Times that a node is asked: each time the kernel tries sixteen times itself. */
#define ROUNDS 8

#define SENTENCE 512

/*
 * What a CPU takes from a zone at once at most: 63 pages, up to 32 times that (Linux 6.7,
 * CONFIG_PCP_BATCH_SCALE_MAX). The kernel goes to the next node while such a list is yet full.
 */
#define LIST (8LL << 20)

/* What is known of the nodes' room, by id. */
struct room {
	const struct request *request;
	struct topology *topology;
	struct idset nodes;
	unsigned ids;
	unsigned cpus;     /* that will take the memory */
	long long *free;   /* bytes; -1 unknown; owned */
	long long *high;   /* bytes; the watermarks that "free" does not count; owned */
	long long *wanted; /* of each node, where each has a share of its own; owned */
	bool shares;
	unsigned long long freed;
	char why[SENTENCE]; /* no more can be had; empty: not yet */
};

/* Where the memory goes of what runs on CPUS: its policy's nodes, or those of these CPUs. */
static struct idset nodes_of(const struct placement *placement, struct topology *topology,
                             const struct idset *cpus)
{
	struct idset nodes = { 0 };

	if (!idset_empty(&placement->nodes))
		return placement->nodes;
	placement_load(topology, TOPOLOGY_HAS_MEMORY | TOPOLOGY_NODE_CPUS);
	for (unsigned i = 0; i < topology->count; i++)
		if (idset_overlap(&topology->node[i].cpus, cpus))
			idset_add(&nodes, topology->node[i].id);
	return idset_and(&nodes, &topology->has_memory);
}

static void read_free(struct room *room)
{
	int error = zoneinfo_room(room->topology->root, room->ids, room->free, room->high);

	if (error)
		util_die(util_failure, "--make-room: /proc/zoneinfo: %s", util_reason(error));
}

/* Interleaved memory needs a share of each node, by weight; other memory any of them. */
static void share(struct room *room, int mode)
{
	unsigned long long size = room->request->make_room, sum = 0;
	unsigned weight;

	room->shares = mode == MPOL_INTERLEAVE || mode == MPOL_WEIGHTED_INTERLEAVE;
	for (int pass = 0; room->shares && pass < 2; pass++) {
		for (idset_each(id, &room->nodes)) {
			if (mode == MPOL_INTERLEAVE ||
			    topology_weight(room->topology, (unsigned)id, &weight))
				weight = 1;
			if (pass == 0)
				sum += weight;
			else
				room->wanted[id] = (long long)(size / (sum ? sum : 1) * weight);
		}
	}
}

/* What NODE still has to give up. */
static long long missing(const struct room *room, unsigned node)
{
	long long total = 0;

	if (room->shares)
		return room->wanted[node] - (room->free[node] > 0 ? room->free[node] : 0);
	for (idset_each(id, &room->nodes))
		total += room->free[id] > 0 ? room->free[id] : 0;
	return (long long)room->request->make_room - total;
}

/*
 * What has to be free beyond that for the memory to stay on NODE to its last page: page tables (a
 * page in 512), what the CPUs have taken for later, no more than a program of that size makes them
 * take, and the watermarks, which the kernel raises by up to one and a half of the high one when it
 * has to break up a block of pages (vm.watermark_boost_factor).
 */
static long long margin(const struct room *room, unsigned node)
{
	long long size = (long long)room->request->make_room, lists = room->cpus * LIST;
	long long most = size / 4 > LIST ? size / 4 : LIST;

	return size / 64 + (lists < most ? lists : most) +
	       (room->high[node] > 0 ? room->high[node] * 3 / 2 : 0);
}

/* What no reclaim can bring about takes no cache away in vain. */
static void check_total(const struct room *room)
{
	char total[UTIL_SIZE], list[IDSET_TEXT];
	unsigned long long sum = 0;

	placement_load(room->topology, TOPOLOGY_MEMORY);
	for (unsigned i = 0; i < room->topology->count; i++) {
		const struct topology_node *node = &room->topology->node[i];

		if (!idset_has(&room->nodes, node->id))
			continue;
		if (node->memory.total == TOPOLOGY_UNKNOWN)
			return;
		sum += (unsigned long long)node->memory.total;
	}
	if (room->request->make_room > sum && !room->request->best_effort)
		util_die(util_failure, "--make-room=%s: is more than the memory of nodes %s (%s)",
		         room->request->make_room_text, idset_text(&room->nodes, list),
		         util_size(sum, total));
}

static void explain(int error, unsigned node, char why[SENTENCE])
{
	if (error == -ENOENT)
		snprintf(why, SENTENCE,
		         "%s (dropping all caches of the machine works on any: echo 1 "
		         ">/proc/sys/vm/drop_caches)",
		         kernel_older_than(6, 17)
		                 ? "this kernel cannot reclaim from one node, Linux 6.17 can"
		                 : "this kernel has no reclaim file for nodes");
	else if (error == -EACCES || error == -EPERM)
		snprintf(why, SENTENCE,
		         geteuid() ? "only root may have memory reclaimed"
		                   : "this process may not have memory reclaimed (a container?)");
	else if (error == -EROFS)
		snprintf(why, SENTENCE, "/sys is mounted read-only here (a container?)");
	else
		snprintf(why, SENTENCE, "/sys/devices/system/node/node%u/reclaim: %s", node,
		         strerror(-error));
}

/* swappiness=0: the memory of programs stays. EAGAIN: less than all of that was found. */
static void reclaim(struct room *room, unsigned node)
{
	int root = room->topology->root;

	for (int round = 0; round < ROUNDS; round++) {
		long long before = room->free[node],
			  size = missing(room, node) + margin(room, node);
		char path[64], text[64];
		int error;

		if (size <= 0)
			return;
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/reclaim", node);
		snprintf(text, sizeof(text), "%lld swappiness=0\n", size);
		/* A plan is checked, too. */
		error = faccessat(root, util_below(root, path), W_OK, 0)
		                ? -errno
		                : kernel_write(root, path, text);
		if (error && error != -EAGAIN && error != -EINTR && error != -EBUSY) {
			explain(error, node, room->why);
			return;
		}
		if (kernel_is_closed())
			return;
		read_free(room);
		if (room->free[node] <= before)
			return;
		room->freed += (unsigned long long)(room->free[node] - before);
	}
}

/* In the end: enough, or one line. */
static void conclude(const struct room *room)
{
	char size[UTIL_SIZE], freed[UTIL_SIZE], list[SENTENCE] = "";
	size_t length = 0;
	bool enough = true;

	for (idset_each(id, &room->nodes)) {
		enough &= missing(room, (unsigned)id) <= 0;
		if (length < sizeof(list) - 1)
			length += (size_t)snprintf(
				list + length, sizeof(list) - length, "%snode %d has room for %s",
				length ? ", " : "", id,
				util_size((unsigned long long)(room->free[id] > 0 ? room->free[id]
			                                                          : 0),
			                  size));
	}
	util_size(room->freed, freed);
	if (enough || (kernel_is_closed() && !*room->why)) {
		if (room->request->verbose && !kernel_is_closed())
			util_warn("--make-room=%s: %s freed, %s", room->request->make_room_text,
			          freed, list);
		return;
	}
	if (!room->request->best_effort)
		util_die(util_failure, "--make-room=%s: %s freed, %s%s%s; --best-effort goes on",
		         room->request->make_room_text, freed, list, *room->why ? ": " : "",
		         room->why);
	util_warn("--make-room=%s: %s freed, %s%s%s; going on", room->request->make_room_text,
	          freed, list, *room->why ? ": " : "", room->why);
}

void room_make(const struct request *request, struct topology *topology,
               const struct placement *placement, const struct idset *nodes)
{
	const struct idset *cpus = placement->has_cpus ? &placement->cpus : &topology->allowed_cpus;
	struct room room = { .request = request, .topology = topology };

	if (!request->make_room)
		return;
	placement_load(topology, TOPOLOGY_CPUS);
	room.cpus = idset_count(cpus);
	room.nodes = nodes ? *nodes : nodes_of(placement, topology, cpus);
	for (idset_each(id, &room.nodes))
		room.ids = (unsigned)id + 1;
	room.free = calloc(room.ids + 1, sizeof(*room.free));
	room.high = calloc(room.ids + 1, sizeof(*room.high));
	room.wanted = calloc(room.ids + 1, sizeof(*room.wanted));
	if (!room.free || !room.high || !room.wanted)
		util_die(util_failure, "%s", strerror(errno));
	check_total(&room);
	read_free(&room);
	share(&room, nodes ? MPOL_DEFAULT : placement->mode);
	for (idset_each(id, &room.nodes))
		if (!*room.why)
			reclaim(&room, (unsigned)id);
	conclude(&room);
	free(room.free);
	free(room.high);
	free(room.wanted);
}
