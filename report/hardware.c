#include "report/hardware.h"

#include <stdio.h>

#include "report/value.h"
#include "topology.h"

#define MIB (1024 * 1024LL)

/* numactl's --cpu-compress: "0-1, 4 (3)", the count in parentheses. */
static void print_compressed(const char *heading, const struct idset *set)
{
	char list[IDSET_TEXT];

	printf("%s: ", heading);
	for (const char *p = idset_text(set, list); *p; p++) {
		putchar(*p);
		if (*p == ',')
			putchar(' ');
	}
	printf(" (%u)\n", idset_count(set));
}

static bool is_allowed(const struct topology *topology, unsigned id)
{
	return idset_has(&topology->allowed_nodes, id);
}

static void print_size(unsigned id, const char *name, long long bytes)
{
	if (bytes == TOPOLOGY_UNKNOWN)
		printf("node %u %s: <not available>\n", id, name);
	else
		printf("node %u %s: %lld MB\n", id, name, bytes / MIB);
}

static bool has_distances(const struct topology *topology)
{
	for (unsigned i = 0; i < topology->count * topology->count; i++)
		if (topology->distances[i])
			return true;
	return false;
}

/* Digits of the largest id or distance, and numactl's least width. */
static int distance_width(const struct topology *topology)
{
	unsigned largest = topology->node[topology->count - 1].id;
	int width = 1;

	for (unsigned i = 0; i < topology->count * topology->count; i++)
		if (topology->distances[i] > largest)
			largest = topology->distances[i];
	for (; largest > 9; largest /= 10)
		width++;
	return width < 3 ? 3 : width;
}

static void print_distances(const struct topology *topology)
{
	int width;

	if (!has_distances(topology)) {
		printf("No distance information available.\n");
		return;
	}
	width = distance_width(topology);
	printf("node distances:\nnode ");
	for (unsigned i = 0; i < topology->count; i++)
		printf("%*u ", width, topology->node[i].id);
	putchar('\n');
	for (unsigned i = 0; i < topology->count; i++) {
		printf("%*u: ", width, topology->node[i].id);
		for (unsigned j = 0; j < topology->count; j++) {
			unsigned distance = topology_distance(topology, i, j);

			if (distance)
				printf("%*u ", width, distance);
			else
				printf("%*s ", width, "-");
		}
		putchar('\n');
	}
}

static void print_nodes(const struct topology *topology, bool compressed)
{
	char list[IDSET_TEXT];

	printf("available: %u nodes (%s)\n", topology->count, idset_text(&topology->nodes, list));
	for (unsigned i = 0; i < topology->count; i++) {
		const struct topology_node *node = &topology->node[i];
		char heading[32];

		snprintf(heading, sizeof(heading), "node %u cpus", node->id);
		if (compressed)
			print_compressed(heading, &node->cpus);
		else
			value_ids(heading, &node->cpus);
		print_size(node->id, "size", node->memory.total);
		print_size(node->id, "free", node->memory.free);
	}
}

/* What is special about a node, in words; nothing where it has CPUs and memory, all allowed. */
static void print_remarks(const struct topology *topology, const struct topology_node *node)
{
	const char *separator = "  ";
	bool no_memory = !idset_has(&topology->has_memory, node->id);
	const struct {
		bool holds;
		const char *words;
	} remarks[] = {
		{ idset_empty(&node->cpus), "no CPUs" },
		{ no_memory, "no memory" },
		{ !idset_empty(&node->cpus) && !idset_overlap(&node->cpus, &topology->allowed_cpus),
		  "CPUs not allowed" },
		{ !no_memory && !is_allowed(topology, node->id), "memory not allowed" },
	};

	for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
		if (!remarks[i].holds)
			continue;
		printf("%s%s", separator, remarks[i].words);
		separator = ", ";
	}
}

static void print_mib(long long bytes)
{
	if (bytes == TOPOLOGY_UNKNOWN)
		printf(" %9s", "-");
	else
		printf(" %9lld", bytes / MIB);
}

/* No line of it begins with "node" or has "cpus" in it: scripts look for these in numactl's. */
static void print_memory(const struct topology *topology)
{
	int width = distance_width(topology);

	printf("\nmemory in MB:\n%*s  %9s %9s %9s\n", width, "", "size", "used", "free");
	for (unsigned i = 0; i < topology->count; i++) {
		const struct topology_node *node = &topology->node[i];

		printf("%*u: ", width, node->id);
		print_mib(node->memory.total);
		print_mib(node->memory.used);
		print_mib(node->memory.free);
		print_remarks(topology, node);
		putchar('\n');
	}
}

static void print_text(const struct topology *topology, enum hardware_style style)
{
	print_nodes(topology, style == HARDWARE_NUMACTL_COMPRESSED);
	if (!topology->is_numa) {
		char list[IDSET_TEXT];

		printf("this kernel has no NUMA support: one memory for all CPUs (%s)\n",
		       idset_text(&topology->cpus, list));
		return;
	}
	print_distances(topology);
	if (style == HARDWARE_TEXT)
		print_memory(topology);
}

static void json_node(const struct topology *topology, const struct topology_node *node)
{
	struct idset allowed = idset_and(&node->cpus, &topology->allowed_cpus);
	const struct topology_memory *memory = &node->memory;

	printf("{ \"id\": %u, \"cpus\": ", node->id);
	json_set(&node->cpus);
	printf(", \"memory\": { \"total\": ");
	json_number(memory->total, memory->total != TOPOLOGY_UNKNOWN);
	printf(", \"free\": ");
	json_number(memory->free, memory->free != TOPOLOGY_UNKNOWN);
	printf(", \"used\": ");
	json_number(memory->used, memory->used != TOPOLOGY_UNKNOWN);
	printf(" }, \"has_memory\": %s, \"allowed\": { \"cpus\": ",
	       idset_has(&topology->has_memory, node->id) ? "true" : "false");
	json_set(&allowed);
	printf(", \"memory\": %s } }", is_allowed(topology, node->id) ? "true" : "false");
}

static void json_distances(const struct topology *topology)
{
	if (!topology->count || !has_distances(topology)) {
		printf("null");
		return;
	}
	printf("{ \"nodes\": [");
	for (unsigned i = 0; i < topology->count; i++)
		printf("%s%u", i ? ", " : "", topology->node[i].id);
	printf("],\n    \"matrix\": [");
	for (unsigned i = 0; i < topology->count; i++) {
		printf("%s[", i ? ",\n      " : "\n      ");
		for (unsigned j = 0; j < topology->count; j++) {
			unsigned distance = topology_distance(topology, i, j);

			printf("%s", j ? ", " : "");
			json_number(distance, distance != 0);
		}
		putchar(']');
	}
	printf(" ] }");
}

static void print_json(const struct topology *topology)
{
	printf("{ \"numa\": %s,\n  \"nodes\": [", topology->is_numa ? "true" : "false");
	for (unsigned i = 0; i < topology->count; i++) {
		printf("%s", i ? ",\n    " : "\n    ");
		json_node(topology, &topology->node[i]);
	}
	printf(" ],\n  \"distances\": ");
	json_distances(topology);
	printf(",\n  \"cpus\": { \"online\": ");
	json_set(&topology->cpus);
	printf(", \"allowed\": ");
	json_set(&topology->allowed_cpus);
	printf(" },\n  \"allowed_nodes\": ");
	json_set(&topology->allowed_nodes);
	printf(" }\n");
}

void hardware_show(const struct topology *topology, enum hardware_style style)
{
	if (style == HARDWARE_JSON)
		print_json(topology);
	else
		print_text(topology, style);
}
