/* Which nodes are chosen: the table of tests/choose.txt, and all sets there are on random ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choose.h"
#include "lib/util.h"

#define GIB (1LL << 30)
#define NODES 16

struct constructed {
	struct choose_node node[NODES];
	unsigned distances[NODES * NODES];
	struct choose_machine machine;
};

static unsigned number_in(const char *parts, char letter)
{
	for (const char *p = parts; p; p = strchr(p + 1, ','))
		if (p[1] == letter)
			return (unsigned)strtoul(p + 2, NULL, 10);
	return 0;
}

static bool has_part(const char *parts, const char *part)
{
	return strstr(parts, part) != NULL;
}

/* "0:c4,f8" */
static void take_node(struct constructed *made, char *word)
{
	struct choose_node *node = &made->node[made->machine.count++];
	char *parts = strchr(word, ':');

	assert_non_null(parts);
	assert_true(made->machine.count <= NODES);
	*parts = ',';
	*node = (struct choose_node){
		.id = (unsigned)strtoul(word, NULL, 10),
		.has_memory = has_part(parts, ",f") && !has_part(parts, ",x"),
		.cpus = number_in(parts, 'c'),
		.asked = number_in(parts, 'a'),
		.room = CHOOSE_UNKNOWN,
		.load = CHOOSE_UNKNOWN,
	};
	if (has_part(parts, ",f") && !has_part(parts, ",f?"))
		node->room = (number_in(parts, 'f') + number_in(parts, 'r')) * GIB;
	if (node->cpus && !has_part(parts, ",t?"))
		node->load = number_in(parts, 't') * 100LL / node->cpus;
}

static void take_distances(struct constructed *made, char *text)
{
	unsigned count = made->machine.count, cells = 0;
	char *end = text;

	if (!strcmp(text, "-"))
		return;
	made->machine.distances = made->distances;
	if (strchr(text, ';')) {
		for (; *end; cells++) {
			assert_true(cells < count * count);
			made->distances[cells] = (unsigned)strtoul(end, &end, 10);
			end += *end == ';';
		}
		assert_int_equal(cells, count * count);
		return;
	}
	for (; cells < count * count; cells++)
		made->distances[cells] =
			cells % (count + 1) ? (unsigned)strtoul(text, NULL, 10) : 10;
}

static void construct(struct constructed *made, char *nodes, char *distances)
{
	memset(made, 0, sizeof(*made));
	made->machine.node = made->node;
	for (char *rest, *word = strtok_r(nodes, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		take_node(made, word);
	take_distances(made, distances);
}

/* What came of it, in the words of the table. */
static void ask(struct constructed *made, const char *wish, char *text, char *passed)
{
	struct choose_answer answer = { .next = -1 };
	bool to_run = !strncmp(wish, "run ", 4);
	char size[UTIL_SIZE];
	unsigned long bytes = 0;
	int error;

	wish += to_run ? 4 : 0;
	*passed = '\0';
	if (!strncmp(wish, "best", 4)) {
		if (wish[4])
			assert_int_equal(util_parse_size(wish + strlen("best need "), &bytes), 0);
		error = choose_best(&made->machine, bytes, &answer);
	} else {
		assert_int_equal(util_parse_size(wish + strlen("free:"), &bytes), 0);
		error = choose_room(&made->machine, bytes, to_run, &answer);
	}
	if (error == -ENOENT)
		strcpy(text, "none");
	else if (error == -ENOSPC)
		sprintf(text, "! %s", util_size(answer.room, size));
	else
		idset_text(&answer.nodes, text);
	if (!error)
		idset_text(&answer.passed, passed);
}

static void test_table(void **state)
{
	FILE *file = fopen("tests/choose.txt", "r");
	static char line[1024], text[IDSET_TEXT], passed[IDSET_TEXT];
	int rows = 0, bad = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		static struct constructed made;
		char *field[6], *p = line;

		if (*line == '#')
			continue;
		for (int i = 0; i < 6; i++) {
			char *end = strstr(p, i < 5 ? "| " : "\n");

			assert_non_null(end);
			field[i] = p;
			p = end + (i < 5 ? 2 : 1);
			while (end > field[i] && end[-1] == ' ')
				end--;
			*end = '\0';
		}
		construct(&made, field[0], field[1]);
		ask(&made, field[2], text, passed);
		if (strcmp(text, field[3]) != 0 || strcmp(passed, field[4]) != 0) {
			print_error("%s: %s, passed over '%s'; not %s, '%s': %s\n", field[2], text,
			            passed, field[3], field[4], field[5]);
			bad++;
		}
		rows++;
	}
	fclose(file);
	assert_true(rows >= 30);
	assert_int_equal(bad, 0);
}

/* Numbers that are the same in every run. */
static unsigned next_random(void)
{
	static unsigned long long seed = 1;

	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(seed >> 33);
}

#define FEW 6

static void construct_random(struct constructed *made)
{
	memset(made, 0, sizeof(*made));
	made->machine = (struct choose_machine){ made->node, 2 + next_random() % (FEW - 1),
		                                 made->distances };
	for (unsigned i = 0; i < made->machine.count; i++)
		made->node[i] = (struct choose_node){
			.id = i,
			.has_memory = next_random() % 5 != 0,
			.cpus = i ? next_random() % 3 : 1,
			.asked = i ? 0 : 1,
			.room = next_random() % 8,
			.load = next_random() % 200,
		};
	for (unsigned i = 0; i < made->machine.count * made->machine.count; i++)
		made->distances[i] = 10 + next_random() % 4 * 5;
}

/* The places of a set in the order of nearness to node 0, then of room. */
static unsigned rank(const struct choose_machine *machine, unsigned place)
{
	unsigned before = 0;

	for (unsigned i = 0; i < machine->count; i++) {
		unsigned mine = machine->distances[place], other = machine->distances[i];
		long long room = machine->node[place].room, its = machine->node[i].room;

		before += other < mine ||
		          (other == mine && (its > room || (its == room && i < place)));
	}
	return before;
}

/* By all sets there are: the fewest nodes that hold SIZE, of them the one with the nearest. */
static unsigned find_set(const struct choose_machine *machine, unsigned long size, bool to_run)
{
	unsigned found = 0, found_ranks = 0, fewest = FEW + 1;

	for (unsigned set = 1; set < 1U << machine->count; set++) {
		unsigned count = 0, ranks = 0;
		unsigned long room = 0;
		bool fits = true;

		for (unsigned i = 0; i < machine->count; i++) {
			const struct choose_node *node = &machine->node[i];

			if (!(set >> i & 1))
				continue;
			fits = fits && node->has_memory && (!to_run || node->cpus);
			room += (unsigned long)node->room;
			ranks |= 1U << (FEW - rank(machine, i));
			count++;
		}
		if (!fits || room < size || count > fewest ||
		    (count == fewest && ranks < found_ranks))
			continue;
		found = set;
		fewest = count;
		found_ranks = ranks;
	}
	return found;
}

static void test_all_sets(void **state)
{
	int held = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		static struct constructed made;
		struct choose_answer answer = { .next = -1 };
		unsigned long size = 1 + next_random() % 20;
		bool to_run = next_random() % 2;
		unsigned set;
		int error;

		construct_random(&made);
		error = choose_room(&made.machine, size, to_run, &answer);
		set = find_set(&made.machine, size, to_run);
		if (!set) {
			assert_true(error == -ENOSPC || error == -ENOENT);
			continue;
		}
		assert_int_equal(error, 0);
		assert_int_equal(answer.nodes.bits[0], set);
		assert_true(answer.room >= size && answer.near == -1);
		assert_false(idset_overlap(&answer.nodes, &answer.passed));
		held++;
	}
	assert_in_range(held, 5000, 15000);
}

/* As many nodes as the kernel can have, with sizes whose sum is more than there are bytes. */
static void test_wide(void **state)
{
	struct choose_machine machine = { .count = 1024 };
	struct choose_answer answer;

	(void)state;
	machine.node = calloc(machine.count, sizeof(*machine.node));
	assert_non_null(machine.node);
	for (unsigned i = 0; i < machine.count; i++)
		machine.node[i] = (struct choose_node){
			.id = i, .has_memory = true, .cpus = 1, .room = INT64_MAX, .load = 0
		};
	assert_int_equal(choose_room(&machine, ~0UL, false, &answer), 0);
	assert_int_equal(idset_count(&answer.nodes), 3);
	assert_int_equal(answer.near, 0);
	assert_true(choose_distance(&machine, 0, 1) < 0);
	for (unsigned i = 0; i < machine.count; i++)
		machine.node[i].room = 1;
	assert_int_equal(choose_room(&machine, 1024, false, &answer), 0);
	assert_int_equal(idset_count(&answer.nodes), 1024);
	assert_int_equal(choose_room(&machine, 1025, false, &answer), -ENOSPC);
	assert_int_equal(answer.room, 1024);
	free(machine.node);
}

static void test_distance(void **state)
{
	static const unsigned distances[] = { 10, 21, 17, 21, 10, 28, 17, 28, 0 };
	struct choose_node node[3] = { { .asked = 6 }, { .asked = 2 }, { .id = 2 } };
	struct choose_machine machine = { node, 3, distances };

	(void)state;
	assert_true(choose_distance(&machine, -1, 0) == 12.75);
	assert_true(choose_distance(&machine, -1, 2) == 19.75);
	assert_true(choose_distance(&machine, 1, 2) == 28);
	assert_true(choose_distance(&machine, 2, 2) < 0);
	assert_int_equal(choose_tenths(4), 0);
	assert_int_equal(choose_tenths(5), 1);
	assert_int_equal(choose_tenths(CHOOSE_UNKNOWN), CHOOSE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_all_sets),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
