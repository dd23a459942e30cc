#include "report/chosen.h"

#include <stdio.h>

#include "advice.h"
#include "choose.h"
#include "report/value.h"
#include "topology.h"

static void json_candidate(const struct advice *advice, const struct advice_choice *choice,
                           unsigned place)
{
	const struct choose_node *node = &advice->machine->node[place];
	const struct topology_memory *memory = &advice->topology->node[place].memory;
	double distance = choose_distance(advice->machine, choice->near, place);

	printf("{ \"id\": %u, \"free\": ", node->id);
	json_number(memory->free, memory->free >= 0);
	printf(", \"reclaimable\": ");
	json_number(memory->reclaimable, memory->reclaimable >= 0);
	printf(", \"cpus\": %u, \"load\": ", node->cpus);
	if (node->load < 0)
		printf("null");
	else
		printf("%lld.%02lld", node->load / 100, node->load % 100);
	printf(", \"distance\": ");
	if (distance < 0)
		printf("null");
	else
		printf("%g", distance);
	printf(" }");
}

static void json_choice(const struct advice *advice, const struct advice_choice *choice)
{
	const char *separator = "\n      ";

	printf("{ \"term\": ");
	json_string(choice->term);
	printf(", \"nodes\": ");
	json_set(&choice->nodes);
	printf(", \"room\": %llu, \"near\": ", choice->room);
	json_set(&choice->near_cpus);
	printf(", \"reason\": ");
	json_string(choice->reason);
	printf(",\n    \"candidates\": [");
	for (unsigned i = 0; i < advice->machine->count; i++) {
		const struct choose_node *node = &advice->machine->node[i];

		if (!node->has_memory || (choice->to_run && !node->cpus))
			continue;
		printf("%s", separator);
		json_candidate(advice, choice, i);
		separator = ",\n      ";
	}
	printf(" ] }");
}

void chosen_json(const struct advice *advice)
{
	printf("[");
	for (unsigned i = 0; advice && i < advice->count; i++) {
		printf("%s", i ? ",\n    " : "\n    ");
		json_choice(advice, &advice->choice[i]);
	}
	printf("]");
}
