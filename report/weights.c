#include "report/weights.h"

#include <stdio.h>
#include <stdlib.h>

#include "machine.h"
#include "measurement.h"
#include "report/value.h"
#include "weight.h"

/* Nodes that have the same nearest initiators. */
struct group {
	const struct idset *initiators;
	unsigned *weight; /* of machine->count; owned */
	double error;
};

/*
 * Those of which two nodes or more have a bandwidth; COUNT of them. None where there is but one
 * group, which says what the whole says. Fails as if there were none.
 */
static struct group *find_groups(const struct machine *machine, unsigned *count)
{
	struct group *groups = calloc(machine->count + 1, sizeof(*groups));
	unsigned nodes, all = 0;

	*count = 0;
	for (unsigned i = 0; i < machine->count; i++)
		all += weight_bandwidth(&machine->node[i]) > 0;
	for (unsigned i = 0; groups && i < machine->count; i++) {
		const struct idset *initiators = &machine->node[i].access.initiators;
		struct group *group = &groups[*count];
		bool seen = idset_empty(initiators);

		for (unsigned k = 0; k < i && !seen; k++)
			seen = idset_equal(initiators, &machine->node[k].access.initiators);
		group->weight = seen ? NULL : calloc(machine->count, sizeof(*group->weight));
		if (!group->weight)
			continue;
		group->initiators = initiators;
		group->error = weight_by_hmat(machine, initiators, group->weight);
		nodes = 0;
		for (unsigned k = 0; k < machine->count; k++)
			nodes += group->weight[k] > 0;
		if (nodes > 1 && nodes < all)
			++*count;
		else
			free(group->weight);
	}
	return groups;
}

static void free_groups(struct group *groups, unsigned count)
{
	for (unsigned i = 0; groups && i < count; i++)
		free(groups[i].weight);
	free(groups);
}

static bool has_memory(const struct machine_node *node)
{
	return node->kind == MACHINE_WHOLE || node->kind == MACHINE_CPULESS;
}

/* "0:5,2:1": what --set-weights takes. */
static void print_list(const struct machine *machine, const unsigned weight[])
{
	const char *separator = "";

	for (unsigned i = 0; i < machine->count; i++) {
		if (!weight[i])
			continue;
		printf("%s%u:%u", separator, machine->node[i].id, weight[i]);
		separator = ",";
	}
}

static const char *mode_words(int is_automatic)
{
	return is_automatic < 0 ? "" : is_automatic ? ", automatic" : ", set by hand";
}

static void print_error(double error)
{
	printf("the shares are within %.1f %% of the exact ones\n", error * 100);
}

static void text_nodes(const struct machine *machine, const unsigned weight[])
{
	char list[IDSET_TEXT];

	printf("%5s %11s %7s %7s  %s\n", "node", "MiB/s", "weight", "now", "from");
	for (unsigned i = 0; i < machine->count; i++) {
		const struct machine_node *node = &machine->node[i];
		long long bandwidth = (long long)weight_bandwidth(node);

		if (!has_memory(node))
			continue;
		printf("%5u", node->id);
		value_number(11, bandwidth ? bandwidth : -1);
		value_number(7, weight[i] ? (long long)weight[i] : -1);
		value_number(7, node->weight);
		printf("  %s\n", bandwidth && !idset_empty(&node->access.initiators)
		                         ? idset_text(&node->access.initiators, list)
		                         : "-");
	}
}

static void show_text(const struct machine *machine, const unsigned weight[], double error)
{
	char list[IDSET_TEXT];
	unsigned count;
	struct group *groups;

	printf("weights by the firmware's bandwidths (now: the kernel's%s):\n",
	       mode_words(machine->weights_are_automatic));
	text_nodes(machine, weight);
	if (error < 0) {
		printf("\nno bandwidth is known (it would be in the HMAT of the firmware)\n");
		return;
	}
	print_error(error);
	groups = find_groups(machine, &count);
	if (count)
		printf("\nfor what runs on some nodes only:\n");
	for (unsigned i = 0; i < count; i++) {
		printf("from %s: ", idset_text(groups[i].initiators, list));
		print_list(machine, groups[i].weight);
		printf(" (within %.1f %%)\n", groups[i].error * 100);
	}
	free_groups(groups, count);
	printf("\nnumaplace --set-weights=");
	print_list(machine, weight);
	printf(" sets them\n");
}

static const char *flag(int is_set)
{
	return is_set < 0 ? "null" : is_set ? "true" : "false";
}

static void json_error(double error)
{
	if (error < 0)
		printf("null");
	else
		printf("%.4f", error);
}

static void json_groups(const struct machine *machine)
{
	unsigned count;
	struct group *groups = find_groups(machine, &count);

	printf("[");
	for (unsigned i = 0; i < count; i++) {
		const char *separator = "";

		printf("%s{ \"initiators\": ", i ? ",\n    " : "\n    ");
		json_set(groups[i].initiators);
		printf(", \"weights\": [");
		for (unsigned k = 0; k < machine->count; k++) {
			if (!groups[i].weight[k])
				continue;
			printf("%s{ \"id\": %u, \"weight\": %u }", separator, machine->node[k].id,
			       groups[i].weight[k]);
			separator = ", ";
		}
		printf("], \"error\": ");
		json_error(groups[i].error);
		printf(" }");
	}
	printf("]");
	free_groups(groups, count);
}

static void show_json(const struct machine *machine, const unsigned weight[], double error)
{
	const char *separator = "\n    ";

	printf("{ \"source\": \"hmat\", \"automatic\": %s,\n  \"nodes\": [",
	       flag(machine->weights_are_automatic));
	for (unsigned i = 0; i < machine->count; i++) {
		const struct machine_node *node = &machine->node[i];
		unsigned long long bandwidth = weight_bandwidth(node);

		if (!has_memory(node))
			continue;
		printf("%s{ \"id\": %u, \"bandwidth\": ", separator, node->id);
		json_number((long long)bandwidth, bandwidth > 0);
		printf(", \"weight\": ");
		json_number(weight[i], weight[i] > 0);
		printf(", \"now\": ");
		json_number(node->weight, node->weight >= 0);
		printf(", \"initiators\": ");
		json_set(&node->access.initiators);
		printf(" }");
		separator = ",\n    ";
	}
	printf(" ],\n  \"error\": ");
	json_error(error);
	printf(",\n  \"by_initiator\": ");
	json_groups(machine);
	printf(" }\n");
}

void weights_show(const struct machine *machine, bool json)
{
	unsigned *weight = calloc(machine->count + 1, sizeof(*weight));
	double error = weight ? weight_by_hmat(machine, NULL, weight) : -1;

	if (weight && json)
		show_json(machine, weight, error);
	else if (weight)
		show_text(machine, weight, error);
	free(weight);
}

/* What follows from a measurement, by the places of its targets. */
struct measured {
	const struct measurement *measurement;
	unsigned long long *bandwidth; /* 0 where it is not known */
	unsigned *weight;
	double error;
};

static void measured_text(const struct measured *measured)
{
	const struct measurement *measurement = measured->measurement;
	const char *separator = "";

	printf("\nweights by the lesser of reading and writing, from where it is the most:\n"
	       "%5s %11s %7s\n",
	       "node", "MiB/s", "weight");
	for (unsigned t = 0; t < measurement->targets; t++) {
		printf("%5u", measurement->target[t].node);
		value_number(11, measured->bandwidth[t] ? (long long)measured->bandwidth[t] : -1);
		value_number(7, measured->weight[t] ? (long long)measured->weight[t] : -1);
		putchar('\n');
	}
	if (measured->error < 0)
		return;
	print_error(measured->error);
	printf("\nnumaplace --set-weights=");
	for (unsigned t = 0; t < measurement->targets; t++) {
		if (!measured->weight[t])
			continue;
		printf("%s%u:%u", separator, measurement->target[t].node, measured->weight[t]);
		separator = ",";
	}
	printf(" sets them\n");
}

static void measured_json_object(const struct measured *measured)
{
	const struct measurement *measurement = measured->measurement;

	printf("{ \"nodes\": [");
	for (unsigned t = 0; t < measurement->targets; t++) {
		printf("%s{ \"id\": %u, \"bandwidth\": ", t ? ", " : "",
		       measurement->target[t].node);
		json_number((long long)measured->bandwidth[t], measured->bandwidth[t] > 0);
		printf(", \"weight\": ");
		json_number(measured->weight[t], measured->weight[t] > 0);
		printf(" }");
	}
	printf("], \"error\": ");
	json_error(measured->error);
	printf(" }");
}

void weights_show_measured(const struct measurement *measurement, bool json)
{
	unsigned count = measurement->targets;
	struct measured measured = { measurement, calloc(count + 1, sizeof(*measured.bandwidth)),
		                     calloc(count + 1, sizeof(*measured.weight)), -1 };

	for (unsigned t = 0; measured.bandwidth && t < count; t++)
		measured.bandwidth[t] = measurement_bandwidth(measurement, t);
	if (measured.bandwidth && measured.weight) {
		measured.error = weight_derive(measured.bandwidth, count, measured.weight);
		(json ? measured_json_object : measured_text)(&measured);
	}
	free(measured.bandwidth);
	free(measured.weight);
}

static void change_text(const struct weights_change *change)
{
	static const char *const modes[] = { "", "set by hand", "automatic" };

	printf("weights for interleaving, of the whole system");
	if (change->is_now >= 0)
		printf(": %s (%s %s)", modes[change->is_now + 1],
		       change->planned ? "now" : "before", modes[change->was_automatic + 1]);
	printf("\n%5s %7s %7s\n", "node", change->planned ? "now" : "before",
	       change->planned ? "then" : "now");
	for (unsigned i = 0; i < change->count; i++) {
		printf("%5u", change->id[i]);
		value_number(7, change->before[i]);
		value_number(7, change->after[i] ? (long long)change->after[i] : -1);
		putchar('\n');
	}
	if (change->error >= 0)
		print_error(change->error);
	if (change->is_now == 0 && change->goes_back)
		printf("to go back to automatic ones: numaplace --set-weights=auto\n");
	if (change->is_now < 1 && !change->goes_back) {
		printf("to go back: numaplace --set-weights=");
		for (unsigned i = 0; i < change->count; i++)
			printf("%s%u:%u", i ? "," : "", change->id[i], change->before[i]);
		putchar('\n');
	}
	if (!change->calls || !change->calls[0])
		return;
	printf("calls:\n");
	for (size_t i = 0; change->calls[i]; i++)
		printf("  %s\n", change->calls[i]);
}

static void change_json(const struct weights_change *change)
{
	printf("{ \"source\": \"%s\", \"automatic\": { \"before\": %s, \"after\": %s },\n"
	       "  \"nodes\": [",
	       change->source, flag(change->was_automatic), flag(change->is_now));
	for (unsigned i = 0; i < change->count; i++) {
		printf("%s{ \"id\": %u, \"before\": %u, \"after\": ", i ? ",\n    " : "\n    ",
		       change->id[i], change->before[i]);
		json_number(change->after[i], change->after[i] > 0);
		printf(" }");
	}
	printf(" ],\n  \"error\": ");
	json_error(change->error);
	printf(",\n  \"calls\": ");
	if (change->calls)
		json_strings(change->calls);
	else
		printf("null");
	printf(" }\n");
}

void weights_show_change(const struct weights_change *change, bool json)
{
	if (json)
		change_json(change);
	else
		change_text(change);
}
