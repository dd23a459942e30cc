#include "report/order.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "report/hardware.h"
#include "report/terminal.h"
#include "topology.h"

/* A column of numbers of the nodes' access, and which of its ends is the better one. */
struct column {
	const char *name;
	size_t offset;
	bool more_is_better;
};

static const struct column columns[] = {
	{ "read ns", offsetof(struct machine_access, read_latency), false },
	{ "write ns", offsetof(struct machine_access, write_latency), false },
	{ "read MiB/s", offsetof(struct machine_access, read_bandwidth), true },
	{ "write MiB/s", offsetof(struct machine_access, write_bandwidth), true },
};

static long long value_at(const struct machine_node *node, const struct column *column)
{
	long long value;

	memcpy(&value, (const char *)&node->access + column->offset, sizeof(value));
	return value;
}

static void print_value(const struct machine *machine, unsigned i, const struct column *column)
{
	long long value = value_at(&machine->node[i], column), least = value, most = value;
	char text[32];

	if (value < 0) {
		printf(" %11s", "-");
		return;
	}
	for (unsigned k = 0; k < machine->count; k++) {
		long long other = value_at(&machine->node[k], column);

		if (other >= 0 && other < least)
			least = other;
		if (other > most)
			most = other;
	}
	snprintf(text, sizeof(text), " %11lld", value);
	terminal_shade(text, (double)value, (double)(column->more_is_better ? most : least),
	               (double)(column->more_is_better ? least : most));
}

/* Nodes that have an access of this class. */
static struct idset nodes_of_class(const struct machine *machine, int class)
{
	struct idset nodes = { 0 };

	for (unsigned i = 0; i < machine->count; i++)
		if (machine->node[i].access.class == class)
			idset_add(&nodes, machine->node[i].id);
	return nodes;
}

static void print_class(const struct hardware *hardware, int class)
{
	const struct machine *machine = hardware->machine;
	struct idset nodes = nodes_of_class(machine, class);
	char list[IDSET_TEXT];

	if (idset_empty(&nodes))
		return;
	hardware_heading(class ? "access from the nearest CPUs (access1)"
	                       : "access from the nearest initiators (access0)");
	printf("%*s", (int)hardware_label_width(hardware), "");
	for (size_t k = 0; k < sizeof(columns) / sizeof(columns[0]); k++)
		printf(" %11s", columns[k].name);
	printf("  from\n");
	for (unsigned i = 0; i < machine->count; i++) {
		const struct machine_access *access = &machine->node[i].access;

		if (access->class != class)
			continue;
		hardware_label(hardware, machine->node[i].id);
		for (size_t k = 0; k < sizeof(columns) / sizeof(columns[0]); k++)
			print_value(machine, i, &columns[k]);
		printf("  %s\n", idset_empty(&access->initiators)
		                         ? "-"
		                         : idset_text(&access->initiators, list));
	}
}

static const char *on_or_off(int is_on)
{
	return is_on < 0 ? "unknown" : is_on ? "on" : "off";
}

static void print_tiers(const struct hardware *hardware)
{
	const struct machine *machine = hardware->machine;
	struct terminal_row row = { 0 };
	char list[IDSET_TEXT], word[IDSET_TEXT + 32];
	bool is_first = true;

	if (!machine->tiers)
		return;
	hardware_heading("memory tiers, the fastest first");
	for (unsigned i = 0; i < machine->tiers; i++)
		printf("tier %u: %s\n", machine->tier[i].id,
		       idset_text(&machine->tier[i].nodes, list));
	for (unsigned i = 0; i < machine->count; i++) {
		const struct machine_node *node = &machine->node[i];

		if (idset_empty(&node->demotion))
			continue;
		if (is_first) {
			snprintf(word, sizeof(word),
			         "demotion (%s):", on_or_off(machine->demotion));
			terminal_word(&row, word);
			row.indent = 2;
		}
		snprintf(word, sizeof(word), "%s %u to %s", is_first ? "" : ",", node->id,
		         idset_text(&node->demotion, list));
		terminal_word(&row, word);
		is_first = false;
	}
	if (!is_first)
		putchar('\n');
}

/* One line for all nodes of the same weight, the largest first. */
static void print_weights(const struct hardware *hardware)
{
	const struct machine *machine = hardware->machine;
	static const char *const headings[] = { "weights for interleaving",
		                                "weights for interleaving (set by hand)",
		                                "weights for interleaving (automatic)" };
	long long below = -1;

	for (unsigned i = 0; i < machine->count; i++)
		if (machine->node[i].weight >= below)
			below = machine->node[i].weight + 1;
	if (below <= 0)
		return;
	hardware_heading(headings[machine->weights_are_automatic + 1]);
	while (below > 0) {
		long long weight = MACHINE_UNKNOWN;
		struct idset nodes = { 0 };
		char list[IDSET_TEXT];

		for (unsigned i = 0; i < machine->count; i++)
			if (machine->node[i].weight < below && machine->node[i].weight > weight)
				weight = machine->node[i].weight;
		for (unsigned i = 0; i < machine->count; i++)
			if (machine->node[i].weight == weight)
				idset_add(&nodes, machine->node[i].id);
		if (weight >= 0)
			printf("weight %lld: %s\n", weight, idset_text(&nodes, list));
		below = weight;
	}
}

static void print_fallback(const struct hardware *hardware)
{
	const struct machine *machine = hardware->machine;
	int width = hardware->width;
	bool is_first = true;

	for (unsigned i = 0; i < machine->count; i++) {
		const struct machine_node *node = &machine->node[i];
		struct terminal_row row = { hardware_label_width(hardware),
			                    hardware_label_width(hardware) };

		if (!node->fallbacks || machine->count < 2)
			continue;
		if (is_first)
			hardware_heading(
				"where memory comes from when a node is full, in this order");
		is_first = false;
		hardware_label(hardware, node->id);
		for (unsigned k = 0; k < node->fallbacks; k++) {
			char word[16];

			snprintf(word, sizeof(word), "%s%*u", k ? " " : "", width,
			         node->fallback[k]);
			terminal_word(&row, word);
		}
		putchar('\n');
	}
}

void order_show(const struct hardware *hardware)
{
	print_class(hardware, 1);
	print_class(hardware, 0);
	print_tiers(hardware);
	print_weights(hardware);
	print_fallback(hardware);
}
