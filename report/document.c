#include "report/document.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "machine.h"
#include "report/hardware.h"
#include "report/value.h"
#include "topology.h"

/* A number of an object; negative ones are those that are not known. */
struct member {
	const char *name;
	long long number;
};

/* Ends with one that has no name. */
static void json_members(const struct member *member)
{
	for (const char *separator = ""; member->name; member++, separator = ", ") {
		printf("%s\"%s\": ", separator, member->name);
		json_number(member->number, member->number >= 0);
	}
}

#define MEMBERS(...) json_members((const struct member[]){ __VA_ARGS__, { NULL, 0 } })

static const char *flag(int is_set)
{
	return is_set < 0 ? "null" : is_set ? "true" : "false";
}

/*
 * Of what no node of the machine has any, nothing is known. OFFSET is that of the count in struct
 * machine_node.
 */
static bool is_known(const struct machine *machine, size_t offset)
{
	for (unsigned i = 0; i < machine->count; i++) {
		unsigned count;

		memcpy(&count, (const char *)&machine->node[i] + offset, sizeof(count));
		if (count)
			return true;
	}
	return false;
}

/* Begins a member that is a list; false, and null, where nothing is known of it. */
static bool begins_list(const struct machine *machine, const char *name, size_t offset)
{
	bool known = is_known(machine, offset);

	printf("\"%s\": %s", name, known ? "[" : "null");
	return known;
}

static void json_limits(const struct topology *topology, const struct topology_node *node)
{
	struct idset allowed = idset_and(&node->cpus, &topology->allowed_cpus);

	printf("\"has_memory\": %s, \"allowed\": { \"cpus\": ",
	       flag(idset_has(&topology->has_memory, node->id)));
	json_set(&allowed);
	printf(", \"memory\": %s }", flag(idset_has(&topology->allowed_nodes, node->id)));
}

static void json_access(const struct machine_access *access)
{
	printf("\"access\": ");
	if (access->class < 0) {
		printf("null");
		return;
	}
	printf("{ \"class\": %d, \"initiators\": ", access->class);
	json_set(&access->initiators);
	printf(", ");
	MEMBERS({ "read_latency", access->read_latency },
	        { "write_latency", access->write_latency },
	        { "read_bandwidth", access->read_bandwidth },
	        { "write_bandwidth", access->write_bandwidth });
	printf(" }");
}

/* Where the kernel goes from the node: tier, demotion, weight, fallback. */
static void json_order(const struct machine *machine, const struct machine_node *node)
{
	MEMBERS({ "tier", node->tier < 0 ? -1 : (long long)machine->tier[node->tier].id },
	        { "weight", node->weight }, { "side_cache", node->side_cache });
	printf(", \"demotion\": ");
	if (machine->tiers)
		json_set(&node->demotion);
	else
		printf("null");
	printf(", ");
	if (!begins_list(machine, "fallback", offsetof(struct machine_node, fallbacks)))
		return;
	for (unsigned k = 0; k < node->fallbacks; k++)
		printf("%s%u", k ? ", " : "", node->fallback[k]);
	printf("]");
}

static void json_cores(const struct machine *machine, const struct machine_node *node)
{
	bool has_cpus = node->kind == MACHINE_WHOLE || node->kind == MACHINE_MEMORYLESS;

	char sockets[MACHINE_SOCKETS];

	if (has_cpus && !node->sockets)
		printf("\"sockets\": null");
	else
		printf("\"sockets\": \"%s\"", machine_sockets(node, sockets));
	printf(", ");
	MEMBERS({ "cores", has_cpus && !node->cores ? -1 : (long long)node->cores });
	printf(", ");
	if (!begins_list(machine, "caches", offsetof(struct machine_node, caches)))
		return;
	for (unsigned k = 0; k < node->caches; k++) {
		printf("%s{ \"id\": %u, \"cpus\": ", k ? ", " : "", node->cache[k].id);
		json_set(&node->cache[k].cpus);
		printf(", ");
		MEMBERS({ "size", node->cache[k].size });
		printf(" }");
	}
	printf("]");
}

static void json_huge(const struct machine *machine, const struct machine_node *node)
{
	if (!begins_list(machine, "huge_pages", offsetof(struct machine_node, huges)))
		return;
	for (unsigned k = 0; k < node->huges; k++) {
		const struct machine_huge *huge = &node->huge[k];

		printf("%s{ ", k ? ", " : "");
		MEMBERS({ "size", (long long)huge->size }, { "total", huge->total },
		        { "free", huge->free }, { "surplus", huge->surplus });
		printf(" }");
	}
	printf("]");
}

static void json_zones(const struct machine *machine, const struct machine_node *node)
{
	if (!begins_list(machine, "zones", offsetof(struct machine_node, zones)))
		return;
	for (unsigned k = 0; k < node->zones; k++) {
		const struct machine_zone *zone = &node->zone[k];

		printf("%s{ \"name\": ", k ? ",\n        " : "");
		json_string(zone->name);
		printf(", ");
		MEMBERS({ "start", zone->start }, { "spanned", zone->spanned },
		        { "present", zone->present }, { "managed", zone->managed },
		        { "free", zone->free }, { "min", zone->min }, { "low", zone->low },
		        { "high", zone->high });
		printf(" }");
	}
	printf("]");
}

static void json_ranges(const struct machine *machine, const struct machine_node *node)
{
	if (!begins_list(machine, "ranges", offsetof(struct machine_node, ranges)))
		return;
	for (unsigned k = 0; k < node->ranges; k++)
		printf("%s{ \"start\": %llu, \"end\": %llu }", k ? ", " : "", node->range[k].start,
		       node->range[k].end);
	printf("]");
}

static void json_text(const char *name, const char *text)
{
	printf("\"%s\": ", name);
	if (*text)
		json_string(text);
	else
		printf("null");
}

static void json_devices(const struct hardware *hardware, unsigned id)
{
	const char *separator = "";

	printf("\"devices\": [");
	for (size_t k = 0; k < hardware->devices; k++) {
		const struct device *device = &hardware->device[k];

		if (!idset_has(&device->nodes, id))
			continue;
		printf("%s{ ", separator);
		json_text("kind", device_kind_names[device->kind]);
		printf(", ");
		json_text("name", device->name);
		printf(", ");
		json_text("address", device->address);
		printf(" }");
		separator = ",\n        ";
	}
	printf("]");
}

static void json_node(const struct hardware *hardware, unsigned i)
{
	static const char *const kinds[] = {
		[MACHINE_WHOLE] = "whole",           [MACHINE_CPULESS] = "cpuless",
		[MACHINE_MEMORYLESS] = "memoryless", [MACHINE_INITIATOR] = "initiator",
		[MACHINE_EMPTY] = "empty",
	};
	const struct topology_node *node = &hardware->topology->node[i];
	const struct topology_memory *memory = &node->memory;
	const struct machine_node *more = &hardware->machine->node[i];

	printf("{ \"id\": %u, \"kind\": \"%s\", \"cpus\": ", node->id, kinds[more->kind]);
	json_set(&node->cpus);
	printf(",\n      \"memory\": { ");
	MEMBERS({ "total", memory->total }, { "free", memory->free }, { "used", memory->used },
	        { "file_cache", memory->file_cache }, { "reclaimable", memory->reclaimable });
	printf(" },\n      ");
	json_limits(hardware->topology, node);
	printf(",\n      ");
	json_access(&more->access);
	printf(",\n      ");
	json_order(hardware->machine, more);
	printf(",\n      ");
	json_cores(hardware->machine, more);
	printf(",\n      ");
	json_huge(hardware->machine, more);
	printf(",\n      ");
	json_zones(hardware->machine, more);
	printf(",\n      ");
	json_ranges(hardware->machine, more);
	printf(",\n      ");
	json_devices(hardware, node->id);
	printf(" }");
}

static void json_distances(const struct topology *topology)
{
	if (!topology->count || !hardware_has_distances(topology)) {
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

static void json_tiers(const struct machine *machine)
{
	printf("\"tiers\": ");
	if (!machine->tiers) {
		printf("null");
		return;
	}
	printf("[");
	for (unsigned i = 0; i < machine->tiers; i++) {
		printf("%s{ \"id\": %u, \"nodes\": ", i ? ", " : "", machine->tier[i].id);
		json_set(&machine->tier[i].nodes);
		printf(" }");
	}
	printf("]");
}

static void json_settings(const struct machine *machine)
{
	printf("\"settings\": { ");
	MEMBERS({ "numa_balancing", machine->numa_balancing },
	        { "zone_reclaim_mode", machine->zone_reclaim });
	printf(", \"demotion\": %s, \"automatic_weights\": %s }", flag(machine->demotion),
	       flag(machine->weights_are_automatic));
}

void document_show(const struct hardware *hardware)
{
	const struct topology *topology = hardware->topology;

	printf("{ \"numa\": %s,\n  \"nodes\": [", flag(topology->is_numa));
	for (unsigned i = 0; i < topology->count; i++) {
		printf("%s", i ? ",\n    " : "\n    ");
		json_node(hardware, i);
	}
	printf(" ],\n  \"distances\": ");
	json_distances(topology);
	printf(",\n  ");
	json_tiers(hardware->machine);
	printf(",\n  ");
	json_settings(hardware->machine);
	printf(",\n  \"cpus\": { \"online\": ");
	json_set(&topology->cpus);
	printf(", \"allowed\": ");
	json_set(&topology->allowed_cpus);
	printf(" },\n  \"allowed_nodes\": ");
	json_set(&topology->allowed_nodes);
	printf(" }\n");
}
