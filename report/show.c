#include "report/show.h"

#include <errno.h>
#include <stdio.h>

#include "advice.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "placement.h"
#include "policy.h"
#include "refusal.h"
#include "report/chosen.h"
#include "report/value.h"
#include "request.h"
#include "spec.h"
#include "topology.h"

/* The placement of this process */

static bool is_interleaving(int mode)
{
	return mode == MPOL_INTERLEAVE || mode == MPOL_WEIGHTED_INTERLEAVE;
}

static bool is_preferring(int mode)
{
	return mode == MPOL_PREFERRED || mode == MPOL_PREFERRED_MANY;
}

static struct idset nodes_of_cpus(const struct topology *topology, const struct idset *cpus)
{
	struct idset nodes = { 0 };

	for (unsigned i = 0; i < topology->count; i++)
		if (idset_overlap(&topology->node[i].cpus, cpus))
			idset_add(&nodes, topology->node[i].id);
	return nodes;
}

static void print_preferred_node(const struct policy_state *policy)
{
	int first = idset_next(&policy->nodes, 0);

	if (is_interleaving(policy->mode) && policy->next >= 0)
		printf("preferred node: %d (interleave next)\n", policy->next);
	else if (first < 0 || is_interleaving(policy->mode))
		printf("preferred node: current\n");
	else
		printf("preferred node: %d%s\n", first,
		       policy->mode == MPOL_PREFERRED_MANY ? " (preferred-many)" : "");
}

static void print_policy(const struct show_self *self)
{
	const struct policy_state *policy = self->policy;

	if (!policy) {
		printf("policy: unknown\n");
		return;
	}
	printf("policy: %s\n", value_mode(policy->mode));
	print_preferred_node(policy);
	if (!is_interleaving(policy->mode))
		return;
	value_ids("interleavemask", &policy->nodes);
	if (self->weights) {
		printf("interleaveweights: ");
		for (unsigned i = 0; i < idset_count(&policy->nodes); i++)
			printf("%u ", self->weights[i]);
		putchar('\n');
	}
	if (policy->next >= 0)
		printf("interleavenode: %d\n", policy->next);
}

static void self_text(const struct show_self *self, const struct topology *topology,
                      enum show_style style)
{
	static const struct idset none = { 0 };
	const struct policy_state *policy = self->policy;
	struct idset nodes = nodes_of_cpus(topology, &self->cpus);
	bool binds = policy && policy->mode == MPOL_BIND;
	bool prefers = policy && is_preferring(policy->mode);

	print_policy(self);
	value_ids("physcpubind", &self->cpus);
	value_ids("cpubind", &nodes);
	value_ids("nodebind", &nodes);
	value_ids("membind", binds ? &policy->nodes : &topology->allowed_nodes);
	value_ids("preferred", prefers ? &policy->nodes : &none);
	if (style != SHOW_TEXT || !policy || !policy->flags)
		return;
	printf("\npolicy flags:");
	value_flags(policy->flags, " ");
	putchar('\n');
}

static void self_json(const struct show_self *self, const struct topology *topology)
{
	struct idset nodes = nodes_of_cpus(topology, &self->cpus);
	const struct policy_state *policy = self->policy;

	printf("{ \"policy\": ");
	if (policy) {
		printf("{ ");
		json_policy(policy->mode, policy->flags, &policy->nodes);
		printf(", \"next\": ");
		json_number(policy->next, policy->next >= 0);
		printf(", \"weights\": ");
		for (unsigned i = 0; self->weights && i < idset_count(&policy->nodes); i++)
			printf("%s%u", i ? ", " : "[", self->weights[i]);
		printf("%s }", self->weights ? "]" : "null");
	} else {
		printf("null");
	}
	printf(",\n  \"cpus\": ");
	json_set(&self->cpus);
	printf(",\n  \"cpu_nodes\": ");
	json_set(&nodes);
	printf(",\n  \"allowed_nodes\": ");
	json_set(&topology->allowed_nodes);
	printf(" }\n");
}

void show_self(const struct show_self *self, const struct topology *topology, enum show_style style)
{
	if (style == SHOW_JSON)
		self_json(self, topology);
	else
		self_text(self, topology, style);
}

/* The plan */

static const enum spec_kind kinds[] = { [PLACEMENT_NODES] = SPEC_MEMORY,
	                                [PLACEMENT_FROM] = SPEC_MEMORY,
	                                [PLACEMENT_TO] = SPEC_MEMORY,
	                                [PLACEMENT_CPU_NODES] = SPEC_NODE_CPUS,
	                                [PLACEMENT_CPUS] = SPEC_CPUS };

/* The ids of a choice that were left out for the same reason as ID, which they no longer hold. */
static struct idset take_same_reason(struct idset *left, enum spec_kind kind, unsigned id,
                                     const struct topology *topology)
{
	const char *reason = refusal_in_short(kind, id, topology);
	struct idset same = { 0 };

	for (idset_each(other, left))
		if (refusal_in_short(kind, (unsigned)other, topology) == reason)
			idset_add(&same, (unsigned)other);
	*left = idset_minus(left, &same);
	return same;
}

/* "2-3 (no memory), 4-7 (does not exist)" */
static void print_left_out(FILE *stream, const struct placement_choice *choice, enum spec_kind kind,
                           const struct topology *topology)
{
	struct idset left = choice->left_out;
	const char *separator = "";
	int id;

	while ((id = idset_next(&left, 0)) >= 0) {
		struct idset same = take_same_reason(&left, kind, (unsigned)id, topology);
		char list[IDSET_TEXT];

		fprintf(stream, "%s%s (%s)", separator, idset_text(&same, list),
		        refusal_in_short(kind, (unsigned)id, topology));
		separator = ", ";
	}
}

static void print_word(const char *word)
{
	putchar(' ');
	value_text(stdout, word);
}

static void plan_text(const struct show_plan *plan, const struct topology *topology)
{
	const struct placement *placement = plan->placement;
	char list[IDSET_TEXT];

	printf("policy:   %s", placement->mode != REQUEST_NO_MODE ? value_mode(placement->mode)
	                       : plan->segment                    ? "as it is"
	                                                          : "inherited");
	if (!idset_empty(&placement->nodes))
		printf(", nodes %s", idset_text(&placement->nodes, list));
	value_flags(placement->flags, ", ");
	putchar('\n');
	if (plan->segment) {
		printf("segment: ");
		print_word(plan->segment);
		putchar('\n');
	} else {
		printf("CPUs:     %s\n",
		       placement->has_cpus ? idset_text(&placement->cpus, list) : "inherited");
	}
	for (int i = 0; i < PLACEMENT_OPERANDS; i++) {
		const struct placement_choice *choice = &placement->choice[i];

		if (*choice->named)
			printf("named:    of --%s=%s: %s\n", choice->option, choice->text,
			       choice->named);
		if (idset_empty(&choice->left_out))
			continue;
		printf("left out: of --%s=%s: ", choice->option, choice->text);
		print_left_out(stdout, choice, kinds[i], topology);
		putchar('\n');
	}
	if (plan->need) {
		long long room = advice_room(topology, &placement->nodes);
		char need[UTIL_SIZE], size[UTIL_SIZE] = "unknown";

		if (room >= 0)
			util_size((unsigned long long)room, size);
		printf("need:     %s, room: %s\n", util_size(plan->need, need), size);
	}
	if (plan->command) {
		printf("command: ");
		for (size_t i = 0; plan->command[i]; i++)
			print_word(plan->command[i]);
		putchar('\n');
	}
	if (plan->calls[0])
		printf("calls:\n");
	for (size_t i = 0; plan->calls[i]; i++) {
		putchar(' ');
		print_word(plan->calls[i]);
		putchar('\n');
	}
}

static void json_left_out(const struct placement *placement, const struct topology *topology)
{
	const char *separator = "";

	printf("[");
	for (int i = 0; i < PLACEMENT_OPERANDS; i++) {
		const struct placement_choice *choice = &placement->choice[i];
		struct idset left = choice->left_out;
		int id;

		while ((id = idset_next(&left, 0)) >= 0) {
			struct idset same =
				take_same_reason(&left, kinds[i], (unsigned)id, topology);

			printf("%s{ \"option\": \"--%s\", \"ids\": ", separator, choice->option);
			json_set(&same);
			printf(", \"reason\": \"%s\" }",
			       refusal_in_short(kinds[i], (unsigned)id, topology));
			separator = ", ";
		}
	}
	printf("]");
}

static void plan_json(const struct show_plan *plan, const struct topology *topology)
{
	const struct placement *placement = plan->placement;

	printf("{ \"policy\": ");
	if (placement->mode != REQUEST_NO_MODE) {
		printf("{ ");
		json_policy(placement->mode, placement->flags, &placement->nodes);
		printf(" }");
	} else {
		printf("null");
	}
	printf(",\n  \"cpus\": ");
	if (placement->has_cpus)
		json_set(&placement->cpus);
	else
		printf("null");
	printf(",\n  \"left_out\": ");
	json_left_out(placement, topology);
	printf(",\n  \"chosen\": ");
	chosen_json(placement->advice);
	printf(",\n  \"need\": ");
	if (plan->need) {
		long long room = advice_room(topology, &placement->nodes);

		printf("{ \"size\": %lu, \"room\": ", plan->need);
		json_number(room, room >= 0);
		printf(" }");
	} else {
		printf("null");
	}
	printf(",\n  \"command\": ");
	if (plan->command)
		json_strings(plan->command);
	else
		printf("null");
	printf(",\n  \"path\": ");
	if (plan->path)
		json_string(plan->path);
	else
		printf("null");
	if (plan->segment) {
		printf(",\n  \"segment\": ");
		json_string(plan->segment);
	}
	printf(",\n  \"calls\": ");
	json_strings(plan->calls);
	printf(" }\n");
}

void show_plan(const struct show_plan *plan, const struct topology *topology, enum show_style style)
{
	if (style == SHOW_JSON)
		plan_json(plan, topology);
	else
		plan_text(plan, topology);
}

void show_choices(const struct placement *placement, const struct topology *topology)
{
	char list[IDSET_TEXT];

	for (int i = 0; i < PLACEMENT_OPERANDS; i++) {
		const struct placement_choice *choice = &placement->choice[i];

		if (!choice->text || idset_empty(&choice->ids))
			continue;
		fprintf(stderr, "%s: --%s=%s: %s %s", program_invocation_short_name, choice->option,
		        choice->text, kinds[i] == SPEC_CPUS ? "CPUs" : "nodes",
		        idset_text(&choice->ids, list));
		if (*choice->named)
			fprintf(stderr, "; %s", choice->named);
		if (!idset_empty(&choice->left_out)) {
			fprintf(stderr, "; left out: ");
			print_left_out(stderr, choice, kinds[i], topology);
		}
		fputc('\n', stderr);
	}
}
