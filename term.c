#include "term.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mapping.h"
#include "lib/process.h"
#include "lib/util.h"
#include "machine.h"
#include "part.h"
#include "rank.h"
#include "thing.h"
#include "topology.h"

static int load(struct thing *thing, unsigned parts)
{
	int error = topology_load(thing->topology, parts);

	return error ? thing_fail_load(thing, error) : 0;
}

static int find_cpu(struct thing *thing)
{
	static char list[IDSET_TEXT];
	unsigned long cpu;
	int error = thing_number(thing, IDSET_MAX - 1, "cpu:3", &cpu);

	if (!error)
		error = load(thing, TOPOLOGY_ABSENT | TOPOLOGY_NODE_CPUS);
	if (error)
		return error;
	for (unsigned i = 0; i < thing->topology->count; i++)
		if (idset_has(&thing->topology->node[i].cpus, (unsigned)cpu))
			idset_add(&thing->nodes, thing->topology->node[i].id);
	if (!idset_empty(&thing->nodes))
		return 0;
	return thing_fail(thing, -ENOENT, "CPU %lu %s (CPUs: %.800s)", cpu,
	                  idset_has(&thing->topology->offline_cpus, (unsigned)cpu) ? "is offline"
	                  : idset_has(&thing->topology->cpus, (unsigned)cpu)       ? "is on no node"
	                                                                     : "does not exist",
	                  idset_text(&thing->topology->cpus, list));
}

/* Adds up where the pages are; -ENOENT with the reason, or the node with most of them. */
static int find_most(struct thing *thing, const struct process *process)
{
	unsigned long long bytes[MAPPING_NODES] = { 0 };
	struct mapping_reader *reader;
	struct mapping mapping;
	unsigned most = 0;
	int error = mapping_open(process->directory, 0, &reader), got = 0;

	while (!error && (got = mapping_next(reader, &mapping)) > 0)
		for (unsigned i = 0; i < mapping.nodes; i++)
			if (mapping.on[i].node < MAPPING_NODES)
				bytes[mapping.on[i].node] +=
					mapping.on[i].count * mapping.page_size;
	if (!error)
		mapping_close(reader);
	error = error ? error : got;
	if (error)
		return thing_fail(thing, -ENOENT,
		                  "the memory of process %d cannot be looked at: %s%s",
		                  process->pid, util_reason(error),
		                  error == -EACCES || error == -EPERM
		                          ? " (that needs its user, or CAP_SYS_PTRACE)"
		                          : "");
	for (unsigned node = 1; node < MAPPING_NODES; node++)
		if (bytes[node] > bytes[most])
			most = node;
	if (!bytes[most])
		return thing_fail(thing, -ENOENT, "process %d has no memory", process->pid);
	idset_add(&thing->nodes, most);
	return 0;
}

static int find_pid(struct thing *thing)
{
	struct process process;
	unsigned long pid;
	int error = thing_refuse_foreign(thing, "processes");

	if (!error)
		error = thing_number(thing, INT_MAX, "pid:4242", &pid);
	if (error)
		return error;
	error = pid ? process_open((pid_t)pid, &process) : -ESRCH;
	if (error == -ESRCH)
		return thing_fail(thing, -ENOENT, "there is no process %lu", pid);
	if (error == -ECHILD)
		return thing_fail(thing, -ENOENT,
		                  "%lu is a thread of process %lu (name the process)", pid,
		                  process.status.leader);
	if (error)
		return thing_fail(thing, -ENOENT, "process %lu: %s", pid, strerror(-error));
	error = find_most(thing, &process);
	process_close(&process);
	return error;
}

static int find_cpuless(struct thing *thing)
{
	int error = load(thing, TOPOLOGY_HAS_MEMORY | TOPOLOGY_NODE_CPUS);

	for (unsigned i = 0; !error && i < thing->topology->count; i++) {
		const struct topology_node *node = &thing->topology->node[i];

		if (idset_empty(&node->cpus) && idset_has(&thing->topology->has_memory, node->id))
			idset_add(&thing->nodes, node->id);
	}
	if (!error && idset_empty(&thing->nodes))
		error = thing_fail(thing, -ENODATA,
		                   "there is no node with memory and without CPUs");
	return error;
}

/* The tiers that there are, for what is said of one that is not. */
static const char *list_tiers(const struct machine *machine, char list[IDSET_TEXT])
{
	struct idset ids = { 0 };

	for (unsigned i = 0; i < machine->tiers; i++)
		if (machine->tier[i].id < IDSET_MAX)
			idset_add(&ids, machine->tier[i].id);
	return idset_text(&ids, list);
}

static int take_tier(struct thing *thing, const struct machine *machine, unsigned long id)
{
	static char list[IDSET_TEXT];

	if (!machine->tiers)
		return thing_fail(thing, -ENOENT,
		                  "the kernel tells no memory tiers (it does from Linux 6.1 on)");
	for (unsigned i = 0; i < machine->tiers; i++) {
		if (machine->tier[i].id != id)
			continue;
		thing->nodes = machine->tier[i].nodes;
		if (!idset_empty(&thing->nodes))
			return 0;
		return thing_fail(thing, -ENOENT, "memory tier %lu has no nodes", id);
	}
	return thing_fail(thing, -ENOENT, "there is no memory tier %lu (there are: %.800s)", id,
	                  list_tiers(machine, list));
}

static int find_tier(struct thing *thing)
{
	struct machine machine;
	unsigned long id;
	int error = thing_number(thing, IDSET_MAX - 1, "tier:4", &id);

	if (error)
		return error;
	error = machine_load_tiers(thing->topology, &machine);
	if (error)
		error = thing_fail(thing, -ENOENT, "%s: %s", machine.failed, util_reason(error));
	else
		error = take_tier(thing, &machine, id);
	machine_free(&machine);
	return error;
}

/* The nearest to the one at FROM of topology->node; -1: the kernel tells no distance. */
static int nearest(const struct thing *thing, unsigned from)
{
	unsigned least = 0;
	int found = -1;

	for (unsigned to = 0; to < thing->topology->count; to++) {
		unsigned distance = topology_distance(thing->topology, from, to);

		if (to == from || !distance ||
		    !idset_has(thing->usable, thing->topology->node[to].id) ||
		    (found >= 0 && distance >= least))
			continue;
		found = (int)thing->topology->node[to].id;
		least = distance;
	}
	return found;
}

/* Whether any distance from there to another node is known. */
static bool has_row(const struct topology *topology, unsigned from)
{
	for (unsigned to = 0; to < topology->count; to++)
		if (to != from && topology_distance(topology, from, to))
			return true;
	return topology->count == 1;
}

static int find_near(struct thing *thing)
{
	static char list[IDSET_TEXT];
	unsigned long id;
	unsigned place = 0;
	int found, error = thing_number(thing, IDSET_MAX - 1, "near:0", &id);

	if (!error)
		error = load(thing, TOPOLOGY_DISTANCES);
	if (error)
		return error;
	while (place < thing->topology->count && thing->topology->node[place].id != id)
		place++;
	if (place == thing->topology->count)
		return thing_fail(thing, -ENOENT, "node %lu does not exist (nodes: %.800s)", id,
		                  idset_text(&thing->topology->nodes, list));
	found = nearest(thing, place);
	if (found < 0)
		return thing_fail(thing, -ENOENT, "%s node %lu (nodes that can be used: %.800s)",
		                  has_row(thing->topology, place)
		                          ? "there is no other node to use than"
		                          : "the kernel tells no distances from",
		                  id, idset_text(thing->usable, list));
	idset_add(&thing->nodes, (unsigned)found);
	return 0;
}

struct row {
	const char *name; /* of a key with its colon */
	int (*find)(struct thing *thing);
};

static const struct row node_terms[] = {
	{ "netdev:", thing_netdev }, { "block:", thing_block }, { "file:", thing_file },
	{ "ip:", thing_ip },         { "pci:", thing_pci },     { "gpu:rank", rank_gpu },
	{ "gpu:", thing_gpu },       { "cpu:", find_cpu },      { "pid:", find_pid },
	{ "tier:", find_tier },      { "near:", find_near },    { "cpuless", find_cpuless },
	{ "rank", rank_node },
};

static const struct row cpu_terms[] = {
	{ "node:", part_node },  { "socket:", part_socket },
	{ "l3:", part_cache },   { "core:rank", rank_cores },
	{ "core:", part_core },  { "pcore", part_pcore },
	{ "ecore", part_ecore }, { "isolated", part_isolated },
	{ "rank", rank_node },   { "housekeeping", part_housekeeping },
};

static const struct row *find_row(const char *text, size_t length, bool cpus)
{
	const struct row *row = cpus ? cpu_terms : node_terms;
	const struct row *end = cpus ? cpu_terms + sizeof(cpu_terms) / sizeof(cpu_terms[0])
	                             : node_terms + sizeof(node_terms) / sizeof(node_terms[0]);

	for (; row < end; row++) {
		size_t name = strlen(row->name);

		if (length >= name && !memcmp(text, row->name, name) &&
		    (length == name || row->name[name - 1] == ':'))
			return row;
	}
	return NULL;
}

bool term_is(const char *text, size_t length, bool cpus)
{
	return find_row(text, length, cpus) != NULL;
}

bool term_is_rank(const char *text, size_t length, bool *gpu)
{
	const struct row *row = find_row(text, length, false);

	if (!row)
		row = find_row(text, length, true);
	*gpu = row && row->find == rank_gpu;
	return row && strstr(row->name, "rank");
}

int term_find(const char *text, size_t length, const struct term_scope *scope, struct idset *ids,
              char reason[TERM_REASON])
{
	const struct row *row = find_row(text, length, scope->cpus);
	size_t name = row ? strlen(row->name) : 0;
	struct thing thing = { .topology = scope->topology,
		               .usable = scope->usable,
		               .all = scope->all,
		               .ranked_memory = scope->ranked_memory,
		               .ranked_gpus = scope->ranked_gpus,
		               .reason = reason };
	char *value;
	int error;

	if (!row)
		return thing_fail(&thing, -EINVAL, "it names nothing (there are %s)",
		                  scope->cpus ? TERM_LIST_CPUS : TERM_LIST);
	if (length == name && row->name[name - 1] == ':')
		return thing_fail(&thing, -EINVAL, "there is nothing behind %s", row->name);
	value = strndup(text + name, length - name);
	if (!value)
		return thing_fail(&thing, -ENOENT, "%s", strerror(ENOMEM));
	thing.value = value;
	*reason = '\0';
	error = row->find(&thing);
	free(value);
	if (!error || error == -ENODATA)
		*ids = scope->cpus ? thing.cpus : thing.nodes;
	return error;
}
