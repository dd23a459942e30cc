#include "advice.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "lib/attribute.h"
#include "lib/load.h"
#include "lib/util.h"
#include "topology.h"

static const char best[] = "best", key[] = "free:";

bool advice_is_term(const char *text, size_t length)
{
	return (length == strlen(best) && !memcmp(text, best, length)) ||
	       (length >= strlen(key) && !memcmp(text, key, strlen(key)));
}

bool advice_is_in(const char *expression)
{
	if (!expression)
		return false;
	expression += strspn(expression, "!+");
	for (;;) {
		size_t length = strcspn(expression, ",");

		if (advice_is_term(expression, length))
			return true;
		if (!expression[length])
			return false;
		expression += length + 1;
	}
}

/* Writes the reason and returns ERROR. */
__attribute__((format(printf, 3, 4))) static int fail(char reason[ADVICE_REASON], int error,
                                                      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, ADVICE_REASON, format, arguments);
	va_end(arguments);
	return error;
}

static long long room_of(const struct topology_memory *memory)
{
	long long sum;

	if (memory->free < 0 || memory->reclaimable < 0)
		return memory->free;
	return __builtin_add_overflow(memory->free, memory->reclaimable, &sum) ? memory->free : sum;
}

long long advice_room(const struct topology *topology, const struct idset *nodes)
{
	long long sum = 0;

	for (idset_each(id, nodes)) {
		const struct topology_node *node = topology_node(topology, (unsigned)id);
		long long room = node ? room_of(&node->memory) : -1;

		if (room < 0 || __builtin_add_overflow(sum, room, &sum))
			return -1;
	}
	return sum;
}

/* Tasks on CPUS for each hundred of them. */
static long long load_of(const unsigned counts[], const struct idset *cpus)
{
	unsigned long long tasks = 0;

	for (idset_each(cpu, cpus))
		tasks += counts[cpu];
	return (long long)(tasks * 100 / idset_count(cpus));
}

/* COUNTS is NULL where loads are not known. */
static void load_node(const struct advice *advice, const unsigned counts[],
                      const struct topology_node *from, struct choose_node *node)
{
	const struct topology *topology = advice->topology;
	struct idset cpus =
		idset_and(&from->cpus, advice->all ? &topology->cpus : &topology->allowed_cpus);

	*node = (struct choose_node){
		.id = from->id,
		/* Whatever --all says, the kernel takes none beyond the cpuset. */
		.has_memory = idset_has(&topology->allowed_nodes, from->id),
		.cpus = idset_count(&cpus),
		.room = room_of(&from->memory),
		.load = counts && !idset_empty(&cpus) ? load_of(counts, &cpus) : CHOOSE_UNKNOWN,
	};
}

static struct choose_machine *new_machine(unsigned count, const unsigned *distances)
{
	struct choose_machine *machine = calloc(1, sizeof(*machine));
	struct choose_node *node = calloc(count + 1, sizeof(*node));

	if (!machine || !node) {
		free(machine);
		free(node);
		return NULL;
	}
	machine->node = node;
	machine->count = count;
	machine->distances = distances;
	return machine;
}

/* What is chosen from: read once, so that all choices are made from the same. NULL: REASON why. */
static struct choose_machine *load_machine(const struct advice *advice, char reason[ADVICE_REASON])
{
	struct topology *topology = advice->topology;
	struct attribute_reader reader = { .root = topology->root };
	static unsigned counts[IDSET_MAX];
	struct choose_machine *machine;
	int known, error = topology_load(topology, TOPOLOGY_HAS_MEMORY | TOPOLOGY_NODE_CPUS |
	                                                   TOPOLOGY_MEMORY | TOPOLOGY_DISTANCES);

	if (error) {
		fail(reason, error, "%s: %s", topology->failed, util_reason(error));
		return NULL;
	}
	known = load_count(&reader, counts);
	if (known < 0) {
		fail(reason, known, "%s: %s", reader.path, util_reason(known));
		return NULL;
	}
	machine = new_machine(topology->count, topology->distances);
	if (!machine)
		fail(reason, -ENOMEM, "%s", strerror(ENOMEM));
	for (unsigned i = 0; machine && i < topology->count; i++)
		load_node(advice, known ? counts : NULL, &topology->node[i], &machine->node[i]);
	return machine;
}

/* Options that are resolved one after the other ask for more and more. */
static void note_asked(struct advice *advice)
{
	for (unsigned i = 0; i < advice->machine->count; i++) {
		struct idset asked = idset_and(&advice->topology->node[i].cpus, &advice->cpus);

		advice->machine->node[i].asked = advice->has_cpus ? idset_count(&asked) : 0;
	}
}

static const struct choose_node *find_node(const struct choose_machine *machine, unsigned id)
{
	for (unsigned i = 0; i < machine->count; i++)
		if (machine->node[i].id == id)
			return &machine->node[i];
	return NULL;
}

/* Adds to a text that is cut off at its end. */
__attribute__((format(printf, 3, 4))) static void add(char *text, size_t size, const char *format,
                                                      ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, size - used, format, arguments);
	va_end(arguments);
}

/* "node 1 (free 52 G, load 0.1)" */
static void add_node(char *text, size_t size, const struct choose_node *node)
{
	long long tenths = choose_tenths(node->load);
	char free[UTIL_SIZE] = "unknown";

	if (node->room >= 0)
		util_size((unsigned long long)node->room, free);
	add(text, size, "node %u (free %s", node->id, free);
	if (tenths >= 0)
		add(text, size, ", load %lld.%lld", tenths / 10, tenths % 10);
	add(text, size, ")");
}

/* "node 0 has only 12 G" of the first few. */
static void add_passed(char *text, size_t size, const struct choose_machine *machine,
                       const struct idset *passed)
{
	unsigned count = 0;

	for (idset_each(id, passed)) {
		const struct choose_node *node = find_node(machine, (unsigned)id);
		char free[UTIL_SIZE];

		add(text, size, count ? ", node %d %s" : "; node %d has only %s", id,
		    util_size((unsigned long long)node->room, free));
		if (++count == 3)
			break;
	}
	if (idset_count(passed) > count)
		add(text, size, ", and so on");
}

static void explain(const struct choose_machine *machine, const struct choose_answer *answer,
                    struct advice_choice *choice)
{
	char *text = choice->reason, free[UTIL_SIZE];
	const size_t size = sizeof(choice->reason);
	static char list[IDSET_TEXT];

	if (idset_count(&answer->nodes) == 1)
		add_node(text, size, find_node(machine, (unsigned)idset_next(&answer->nodes, 0)));
	else
		add(text, size, "nodes %s (free %s together)", idset_text(&answer->nodes, list),
		    util_size(answer->room, free));
	add_passed(text, size, machine, &answer->passed);
	if (answer->next >= 0) {
		add(text, size, "; the next is ");
		add_node(text, size, &machine->node[answer->next]);
	}
}

static int refuse_room(const struct choose_answer *answer, int error, bool to_run,
                       char reason[ADVICE_REASON])
{
	static char list[IDSET_TEXT];
	char free[UTIL_SIZE];
	bool is_one = idset_count(&answer->nodes) == 1;

	if (error == -ENOMEM)
		return fail(reason, -ENOENT, "%s", strerror(ENOMEM));
	if (error == -ENOENT)
		return fail(reason, -ENOENT, "there is no node%s whose free memory is known",
		            to_run ? " with CPUs and memory" : " with memory");
	return fail(reason, -ENOENT, "the largest set has %s free and reclaimable (node%s %.800s)",
	            util_size(answer->room, free), is_one ? "" : "s",
	            idset_text(&answer->nodes, list));
}

static int choose_size(const struct advice *advice, const char *text, bool to_run,
                       struct choose_answer *answer, char reason[ADVICE_REASON])
{
	unsigned long size;
	int error = util_parse_size(text, &size);

	if (error || !size)
		return fail(reason, -EINVAL, "'%.40s' %s", text,
		            error == -ERANGE ? "is too large"
		                             : "is no size (write free:500m, free:40g or so)");
	error = choose_room(advice->machine, size, to_run, answer);
	return error ? refuse_room(answer, error, to_run, reason) : 0;
}

static int choose_node(const struct advice *advice, struct choose_answer *answer,
                       char reason[ADVICE_REASON])
{
	static char list[IDSET_TEXT];

	if (!choose_best(advice->machine, advice->need, answer))
		return 0;
	return fail(reason, -ENOENT,
	            "no node has both memory and %s (allowed nodes with memory: %.800s)",
	            advice->has_cpus ? "CPUs that were asked for" : "CPUs to use",
	            idset_text(&advice->topology->allowed_nodes, list));
}

static const struct advice_choice *find_choice(const struct advice *advice, const char *term,
                                               bool to_run)
{
	for (unsigned i = 0; i < advice->count; i++)
		if (!strcmp(advice->choice[i].term, term) && (advice->choice[i].to_run || !to_run))
			return &advice->choice[i];
	return NULL;
}

static const struct advice_choice *keep(struct advice *advice, struct advice_choice *choice,
                                        const struct choose_answer *answer)
{
	const struct topology *topology = advice->topology;
	struct advice_choice *more = reallocarray(advice->choice, advice->count + 1, sizeof(*more));

	if (!more)
		return NULL;
	choice->nodes = answer->nodes;
	choice->near = answer->near;
	choice->room = answer->room;
	if (answer->near >= 0)
		choice->near_cpus =
			idset_and(&topology->node[answer->near].cpus,
		                  advice->all ? &topology->cpus : &topology->allowed_cpus);
	else if (advice->has_cpus)
		choice->near_cpus = advice->cpus;
	explain(advice->machine, answer, choice);
	advice->choice = more;
	more += advice->count++;
	*more = *choice;
	return more;
}

int advice_choose(struct advice *advice, const char *text, size_t length, bool to_run,
                  const struct advice_choice **chosen, char reason[ADVICE_REASON])
{
	struct choose_answer answer = { .near = -1 };
	struct advice_choice choice = { 0 };
	bool is_best = length == strlen(best);
	int error;

	if (length >= sizeof(choice.term))
		return fail(reason, -EINVAL, "'%.40s' is no size", text);
	memcpy(choice.term, text, length);
	choice.to_run = to_run || is_best;
	*chosen = find_choice(advice, choice.term, to_run);
	if (*chosen)
		return 0;
	if (!advice->machine)
		advice->machine = load_machine(advice, reason);
	if (!advice->machine)
		return -ENOENT;
	note_asked(advice);
	error = is_best ? choose_node(advice, &answer, reason)
	                : choose_size(advice, choice.term + strlen(key), to_run, &answer, reason);
	if (error)
		return error;
	*chosen = keep(advice, &choice, &answer);
	return *chosen ? 0 : fail(reason, -ENOENT, "%s", strerror(ENOMEM));
}

void advice_free(struct advice *advice)
{
	if (advice->machine)
		free(advice->machine->node);
	free(advice->machine);
	free(advice->choice);
	advice->machine = NULL;
	advice->choice = NULL;
	advice->count = 0;
}
