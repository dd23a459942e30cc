/* Where pages belong by a placement. */
#include "tree.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "destination.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "placement.h"
#include "request.h"
#include "topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NODE "/sys/devices/system/node"
#define CPU "/sys/devices/system/cpu"
#define WEIGHT "/sys/kernel/mm/mempolicy/weighted_interleave"

static struct tree tree;
static const struct idset none;

static struct idset set_of(const char *list)
{
	struct idset set;

	assert_int_equal(idset_parse_list(list, strlen(list), &set), 0);
	return set;
}

/*
 * Two nodes with CPUs, and a slower one near each: from 2 it is as far to 1 as to 3, and from 3 as
 * far to 0 as to 2.
 */
static int setup(void **state)
{
	static const char *const distances[] = { "10 21 17 28\n", "21 10 28 17\n", "17 28 10 28\n",
		                                 "28 17 28 10\n" };
	static const char *const cpus[] = { "0-1,4-5\n", "2-3,6-7\n", "\n", "\n" };

	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/online", "0-3\n");
	tree_file(&tree, NODE "/possible", "0-3\n");
	tree_file(&tree, NODE "/has_memory", "0-3\n");
	tree_file(&tree, CPU "/online", "0-7\n");
	for (unsigned i = 0; i < COUNT(distances); i++) {
		char name[128];

		snprintf(name, sizeof(name), NODE "/node%u/distance", i);
		tree_file(&tree, name, distances[i]);
		snprintf(name, sizeof(name), NODE "/node%u/cpulist", i);
		tree_file(&tree, name, cpus[i]);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static void resolve(const struct placement *placement, const char *cpus,
                    struct destination *destination)
{
	struct idset set = set_of(cpus);
	struct topology topology;

	topology_init(&topology, tree.root);
	destination_resolve(placement, &topology, &set, destination);
	/* It stands by itself from here on. */
	topology_free(&topology);
	memset(&topology, 0x5a, sizeof(topology));
}

static void resolve_mode(int mode, const char *nodes, struct destination *destination)
{
	struct placement placement = { .mode = mode, .nodes = set_of(nodes) };

	resolve(&placement, "0-7", destination);
}

static void resolve_pairs(const char *from, const char *to, struct destination *destination)
{
	struct placement placement = { .mode = REQUEST_NO_MODE,
		                       .from = set_of(from),
		                       .to = set_of(to) };

	resolve(&placement, "0-7", destination);
}

/* Where pages of INDEX on each node go: "0 2 2 -1". */
static void check_all(const struct destination *destination, unsigned long index, const char *full,
                      const char *expected)
{
	struct idset set = set_of(full);
	char text[256] = "";

	for (unsigned node = 0; node < destination->ids; node++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), node ? " %d" : "%d",
		         destination_of(destination, node, index, &set));
	assert_string_equal(text, expected);
}

/* That a page can be out of place is what destination_of says of some index. */
static void check_moves(const struct destination *destination)
{
	for (unsigned node = 0; node < destination->ids; node++) {
		bool moves = false;

		for (unsigned long index = 0; index < 2000 && !moves; index++)
			moves = destination_of(destination, node, index, &none) != (int)node;
		if (destination_moves(destination, node) != moves)
			fail_msg("node %u: %d", node, !moves);
	}
}

/* Done once more it moves nothing, unless it says so. */
static void check_repeated(const struct destination *destination)
{
	bool repeatable = true;

	for (unsigned node = 0; node < destination->ids; node++)
		for (unsigned long index = 0; index < 2000; index++) {
			int first = destination_of(destination, node, index, &none);

			assert_in_range(first, 0, destination->ids - 1);
			if (destination_of(destination, (unsigned)first, index, &none) != first)
				repeatable = false;
		}
	assert_int_equal(destination->repeatable, repeatable);
}

static void check_rest(struct destination *destination)
{
	check_moves(destination);
	check_repeated(destination);
	destination_free(destination);
	/* Nothing is left that could be freed or asked again. */
	assert_null(destination->near);
	assert_null(destination->turn);
	assert_null(destination->pair);
	assert_int_equal(destination->rule, DESTINATION_NONE);
}

static void test_none(void **state)
{
	struct destination destination;
	unsigned long long before[4] = { 1, 2, 3, 4 }, need[4];
	const long long room[4] = { -1, -1, -1, -1 };
	static const unsigned long long nothing[4];

	(void)state;
	resolve_mode(REQUEST_NO_MODE, "", &destination);
	assert_int_equal(destination.rule, DESTINATION_NONE);
	check_all(&destination, 7, "", "0 1 2 3");
	check_all(&destination, 7, "0-3", "0 1 2 3");
	memset(need, 0x5a, sizeof(need));
	destination_need(&destination, before, room, need);
	assert_memory_equal(need, nothing, sizeof(nothing));
	check_rest(&destination);
	resolve_mode(MPOL_DEFAULT, "", &destination);
	assert_int_equal(destination.rule, DESTINATION_NONE);
	check_rest(&destination);
}

/* Nearest first, of equals the lower id; those that are in place stay, full or not. */
static void test_nearest(void **state)
{
	static const struct {
		const char *nodes, *full, *expected;
	} cases[] = {
		{ "0-3", "", "0 1 2 3" },
		{ "0-3", "0-3", "0 1 2 3" },
		{ "2", "", "2 2 2 2" },
		{ "2", "2", "-1 -1 2 -1" },
		{ "2-3", "", "2 3 2 3" },
		{ "2-3", "2", "3 3 2 3" },
		{ "2-3", "3", "2 2 2 3" },
		{ "2-3", "2-3", "-1 -1 2 3" },
		{ "0-1", "", "0 1 0 1" },
		{ "0-1", "0", "0 1 1 1" },
		{ "0-1", "0-1", "0 1 -1 -1" },
		/* As far from 2 to 1 as to 3. */
		{ "1,3", "", "1 1 1 3" },
		{ "1,3", "1", "3 1 3 3" },
		{ "0-1,3", "0", "0 1 1 3" },
		{ "0-1,3", "0-1", "0 1 3 3" },
		/* As far from 3 to 0 as to 2. */
		{ "0,2", "", "0 0 2 0" },
		{ "0,2", "0", "0 2 2 2" },
		/* Nodes that it cannot be sent to may be full as they like. */
		{ "2-3", "0-1", "2 3 2 3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct destination destination;

		resolve_mode(MPOL_BIND, cases[i].nodes, &destination);
		assert_int_equal(destination.rule, DESTINATION_NEAREST);
		assert_int_equal(destination.ids, 4);
		assert_false(destination.full_is_fine);
		/* The index of a page has no part in it. */
		check_all(&destination, 0, cases[i].full, cases[i].expected);
		check_all(&destination, 4711, cases[i].full, cases[i].expected);
		check_rest(&destination);
	}
}

static void test_modes(void **state)
{
	static const struct {
		int mode;
		const char *nodes;
		enum destination_rule rule;
		bool full_is_fine;
	} cases[] = {
		{ MPOL_BIND, "1-2", DESTINATION_NEAREST, false },
		{ MPOL_PREFERRED, "2", DESTINATION_NEAREST, true },
		{ MPOL_PREFERRED_MANY, "1-2", DESTINATION_NEAREST, true },
		{ MPOL_INTERLEAVE, "1-2", DESTINATION_SPREAD, false },
		{ MPOL_WEIGHTED_INTERLEAVE, "1-2", DESTINATION_SPREAD, false },
		{ MPOL_LOCAL, "", DESTINATION_NEAREST, false },
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		char name[128];

		snprintf(name, sizeof(name), WEIGHT "/node%u", i);
		tree_file(&tree, name, "1\n");
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct destination destination;
		struct idset nodes = set_of(*cases[i].nodes ? cases[i].nodes : "0-1");

		resolve_mode(cases[i].mode, cases[i].nodes, &destination);
		assert_int_equal(destination.rule, cases[i].rule);
		assert_int_equal(destination.full_is_fine, cases[i].full_is_fine);
		assert_true(destination.repeatable);
		assert_true(idset_equal(&destination.nodes, &nodes));
		assert_int_equal(destination.count, idset_count(&nodes));
		check_rest(&destination);
	}
}

/* A virtual machine may lack the distances: then of all the lowest is taken. */
static void test_unknown_distances(void **state)
{
	struct destination destination;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s" NODE "/node%u/distance", tree.path, i);
		assert_int_equal(unlink(path), 0);
	}
	resolve_mode(MPOL_BIND, "1-3", &destination);
	check_all(&destination, 0, "", "1 1 2 3");
	check_all(&destination, 0, "1", "2 1 2 3");
	check_rest(&destination);
	/* A node is the nearest to itself all the same. */
	resolve(&(struct placement){ .mode = MPOL_LOCAL }, "2", &destination);
	check_all(&destination, 0, "", "1 1 1 1");
	check_rest(&destination);
	/* One that is not known is further than any that is. */
	tree_file(&tree, NODE "/node0/distance", "10 0 254 255\n");
	resolve_mode(MPOL_BIND, "1-3", &destination);
	check_all(&destination, 0, "", "2 1 2 3");
	check_all(&destination, 0, "2", "3 1 2 3");
	check_rest(&destination);
}

/* Ids with gaps, in the middle of which there is nothing. */
static void make_sparse(void)
{
	tree_file(&tree, NODE "/online", "0,2,7\n");
	tree_file(&tree, NODE "/possible", "0-7\n");
	tree_file(&tree, NODE "/has_memory", "0,7\n");
	tree_file(&tree, NODE "/node0/distance", "10 20 40\n");
	tree_file(&tree, NODE "/node2/distance", "20 10 15\n");
	tree_file(&tree, NODE "/node7/distance", "40 15 10\n");
	tree_file(&tree, NODE "/node0/cpulist", "0-1\n");
	tree_file(&tree, NODE "/node2/cpulist", "2-3\n");
	tree_file(&tree, NODE "/node7/cpulist", "\n");
}

static void test_sparse(void **state)
{
	struct destination destination;

	(void)state;
	make_sparse();
	resolve_mode(MPOL_BIND, "0,7", &destination);
	assert_int_equal(destination.ids, 8);
	assert_int_equal(destination.count, 2);
	assert_int_equal(destination_of(&destination, 0, 0, &none), 0);
	assert_int_equal(destination_of(&destination, 2, 0, &none), 7);
	assert_int_equal(destination_of(&destination, 7, 0, &none), 7);
	/* One that came meanwhile is none of ours. */
	assert_int_equal(destination_of(&destination, 8, 0, &none), 8);
	assert_int_equal(destination_of(&destination, 1023, 0, &none), 1023);
	check_rest(&destination);
	resolve_pairs("7", "0", &destination);
	check_all(&destination, 0, "", "0 1 2 3 4 5 6 0");
	check_rest(&destination);
	resolve_mode(MPOL_INTERLEAVE, "0,7", &destination);
	check_all(&destination, 4, "", "0 0 0 0 0 0 0 0");
	check_all(&destination, 5, "", "7 7 7 7 7 7 7 7");
	check_rest(&destination);
}

/* --localalloc: where the threads may run; of a node without memory the nearest that has some. */
static void test_local(void **state)
{
	static const struct {
		const char *cpus, *nodes;
	} cases[] = {
		{ "0", "0" }, { "5", "0" }, { "2,7", "1" }, { "1-2", "0-1" }, { "0-7", "0-1" },
	};
	struct placement placement = { .mode = MPOL_LOCAL };
	struct destination destination;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct idset nodes = set_of(cases[i].nodes);

		resolve(&placement, cases[i].cpus, &destination);
		assert_true(idset_equal(&destination.nodes, &nodes));
		assert_false(destination.full_is_fine);
		check_rest(&destination);
	}
	/* What the cpuset does not allow is no better than what has no memory. */
	tree_file(&tree, "/proc/self/status", "Mems_allowed_list:\t1-3\n");
	resolve(&placement, "0", &destination);
	check_all(&destination, 0, "", "2 2 2 2");
	check_rest(&destination);
	resolve(&placement, "0-7", &destination);
	check_all(&destination, 0, "", "2 1 2 1");
	check_rest(&destination);
	/* Of equals the lower one. */
	tree_file(&tree, "/proc/self/status", "Mems_allowed_list:\t0-1,3\n");
	tree_file(&tree, NODE "/node2/cpulist", "1\n");
	tree_file(&tree, NODE "/node2/distance", "28 17 10 17\n");
	resolve(&placement, "1", &destination);
	check_all(&destination, 0, "", "0 1 1 1");
	check_rest(&destination);
}

static void test_local_memoryless(void **state)
{
	struct placement placement = { .mode = MPOL_LOCAL };
	struct destination destination;
	struct idset nodes = set_of("7");

	(void)state;
	make_sparse();
	resolve(&placement, "3", &destination);
	assert_true(idset_equal(&destination.nodes, &nodes));
	check_rest(&destination);
	nodes = set_of("0,7");
	resolve(&placement, "0,3", &destination);
	assert_true(idset_equal(&destination.nodes, &nodes));
	check_rest(&destination);
}

/* As interleave_nid(): the k-th of the nodes, whatever node it is on. */
static void test_spread(void **state)
{
	struct destination destination;

	(void)state;
	resolve_mode(MPOL_INTERLEAVE, "0-1,3", &destination);
	assert_int_equal(destination.turns, 3);
	check_all(&destination, 0, "", "0 0 0 0");
	check_all(&destination, 1, "", "1 1 1 1");
	check_all(&destination, 2, "", "3 3 3 3");
	check_all(&destination, 3, "", "0 0 0 0");
	check_all(&destination, 3000000000001, "", "1 1 1 1");
	check_all(&destination, ~0UL, "", ~0UL % 3 == 0 ? "0 0 0 0" : "1 1 1 1");
	/* It has one place: where that is full it waits, unless it is there. */
	check_all(&destination, 1, "1", "-1 1 -1 -1");
	check_all(&destination, 1, "0,2-3", "1 1 1 1");
	check_rest(&destination);
	resolve_mode(MPOL_INTERLEAVE, "2", &destination);
	assert_false(destination_moves(&destination, 2));
	assert_true(destination_moves(&destination, 0));
	check_all(&destination, 4711, "", "2 2 2 2");
	check_rest(&destination);
}

static void set_weights(const char *const weights[])
{
	for (unsigned i = 0; weights[i]; i++) {
		char name[128];

		snprintf(name, sizeof(name), WEIGHT "/node%u", i);
		tree_file(&tree, name, weights[i]);
	}
}

/* As weighted_interleave_nid(): in blocks, by ascending id. */
static void test_weighted(void **state)
{
	static const char *const weights[] = { "3\n", "1\n", "2\n", "255\n", NULL };
	static const int turns[] = { 0, 0, 0, 1, 2, 2 };
	struct destination destination;

	(void)state;
	set_weights(weights);
	resolve_mode(MPOL_WEIGHTED_INTERLEAVE, "0-2", &destination);
	assert_int_equal(destination.turns, COUNT(turns));
	for (unsigned long k = 0; k < 3 * COUNT(turns); k++)
		assert_int_equal(destination_of(&destination, 3, k, &none),
		                 turns[k % COUNT(turns)]);
	check_rest(&destination);
	resolve_mode(MPOL_WEIGHTED_INTERLEAVE, "1,3", &destination);
	assert_int_equal(destination.turns, 256);
	assert_int_equal(destination_of(&destination, 0, 256, &none), 1);
	assert_int_equal(destination_of(&destination, 0, 257, &none), 3);
	assert_int_equal(destination_of(&destination, 0, 511, &none), 3);
	check_rest(&destination);
	/* Plain interleaving knows no weights. */
	resolve_mode(MPOL_INTERLEAVE, "0-2", &destination);
	assert_int_equal(destination.turns, 3);
	check_rest(&destination);
}

/* As migrate_pages(2): see do_migrate_pages() and bitmap_remap(). */
static void test_pairs(void **state)
{
	static const struct {
		const char *from, *to, *expected;
		bool repeatable;
	} cases[] = {
		{ "0", "1", "1 1 2 3", true },
		{ "0-1", "2-3", "2 3 2 3", true },
		{ "2-3", "0-1", "0 1 0 1", true },
		{ "1,3", "0,2", "0 0 2 2", true },
		/* More than there are to go to: these begin anew. */
		{ "0-2", "3", "3 3 3 3", true },
		{ "0-1,3", "2", "2 2 2 2", true },
		{ "1-3", "0", "0 0 0 0", true },
		/* Fewer: the last ones get nothing. */
		{ "0", "1-3", "1 1 2 3", true },
		{ "0-1", "0-3", "0 1 2 3", true },
		/* What is in both, stays where the sizes differ, but takes its turn. */
		{ "0-3", "0-1", "0 1 0 1", true },
		{ "0-3", "3", "3 3 3 3", true },
		{ "0-2", "2-3", "2 3 2 3", true },
		{ "1-3", "0-1", "0 1 1 0", true },
		/* Of the same size all go, though others come to where they were. */
		{ "0-1", "1-2", "1 2 2 3", false },
		{ "1-2", "0-1", "0 0 1 3", false },
		{ "0,2", "2-3", "2 1 3 3", false },
		{ "0-1,3", "1-3", "1 2 2 3", false },
		{ "0-2", "1-3", "1 2 3 3", false },
		{ "0-1", "0-1", "0 1 2 3", true },
		{ "0-1", "0,2", "0 2 2 3", true },
		{ "0-3", "0-3", "0 1 2 3", true },
		/* Everything is there already (--to=all). */
		{ "", "0-3", "0 1 2 3", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct destination destination;
		struct idset to = set_of(cases[i].to);

		resolve_pairs(cases[i].from, cases[i].to, &destination);
		assert_int_equal(destination.rule, DESTINATION_PAIRS);
		assert_true(idset_equal(&destination.nodes, &to));
		assert_false(destination.full_is_fine);
		if (destination.repeatable != cases[i].repeatable)
			fail_msg("%s to %s", cases[i].from, cases[i].to);
		check_all(&destination, 0, "", cases[i].expected);
		check_all(&destination, 4711, "", cases[i].expected);
		check_rest(&destination);
	}
}

/* Each has but one place to go to, and those that have none stay, however full it is. */
static void test_pairs_full(void **state)
{
	struct destination destination;

	(void)state;
	resolve_pairs("0-1", "2-3", &destination);
	check_all(&destination, 0, "2", "-1 3 2 3");
	check_all(&destination, 0, "3", "2 -1 2 3");
	check_all(&destination, 0, "0-3", "-1 -1 2 3");
	check_rest(&destination);
	resolve_pairs("0-1", "0-1", &destination);
	check_all(&destination, 0, "0-3", "0 1 2 3");
	check_rest(&destination);
}

/* Before, room and need of the four nodes; a fifth element is nobody's. */
static void check_need(const struct destination *destination, const unsigned long long before[4],
                       const long long room[4], const unsigned long long expected[4])
{
	unsigned long long need[5];

	memset(need, 0x5a, sizeof(need));
	destination_need(destination, before, room, need);
	for (unsigned i = 0; i < 4; i++)
		if (need[i] != expected[i])
			fail_msg("node %u: %llu, not %llu", i, need[i], expected[i]);
	assert_int_equal(need[4], 0x5a5a5a5a5a5a5a5a);
}

static void test_need_nearest(void **state)
{
	static const struct {
		const char *nodes;
		unsigned long long before[4];
		long long room[4];
		unsigned long long need[4];
	} cases[] = {
		{ "2-3", { 100, 50, 7, 9 }, { -1, -1, -1, -1 }, { 0, 0, 100, 50 } },
		{ "2-3", { 0, 0, 7, 9 }, { -1, -1, 0, 0 }, { 0, 0, 0, 0 } },
		{ "2-3", { 100, 50, 0, 0 }, { 0, 0, 100, 50 }, { 0, 0, 100, 50 } },
		/* What finds no room goes on to the next. */
		{ "2-3", { 100, 50, 0, 0 }, { 0, 0, 60, -1 }, { 0, 0, 60, 90 } },
		{ "2-3", { 100, 50, 0, 0 }, { 0, 0, 60, 1000 }, { 0, 0, 60, 90 } },
		{ "2-3", { 0, 50, 0, 0 }, { 0, 0, 1000, 20 }, { 0, 0, 30, 20 } },
		/* Where there is too little in all, the nearest is short of it. */
		{ "2-3", { 100, 0, 0, 0 }, { 0, 0, 60, 30 }, { 0, 0, 70, 30 } },
		{ "2-3", { 100, 50, 0, 0 }, { 0, 0, 60, 30 }, { 0, 0, 70, 80 } },
		{ "3", { 100, 50, 7, 1 }, { 0, 0, 0, 0 }, { 0, 0, 0, 157 } },
		{ "0-3", { 1, 2, 3, 4 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
		{ "1",
		  { 1ULL << 62, 5, 1ULL << 61, 3 },
		  { -1, -1, -1, -1 },
		  { 0, (1ULL << 62) + (1ULL << 61) + 3, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct destination destination;

		resolve_mode(MPOL_BIND, cases[i].nodes, &destination);
		check_need(&destination, cases[i].before, cases[i].room, cases[i].need);
		destination_free(&destination);
	}
}

static void test_need_spread(void **state)
{
	static const char *const weights[] = { "3\n", "1\n", "1\n", "1\n", NULL };
	static const struct {
		int mode;
		const char *nodes;
		unsigned long long before[4], need[4];
	} cases[] = {
		{ MPOL_INTERLEAVE, "0-3", { 400, 0, 0, 0 }, { 0, 100, 100, 100 } },
		{ MPOL_INTERLEAVE, "0-3", { 100, 100, 100, 100 }, { 0, 0, 0, 0 } },
		{ MPOL_INTERLEAVE, "1-2", { 100, 60, 0, 0 }, { 0, 20, 80, 0 } },
		{ MPOL_INTERLEAVE, "2", { 100, 60, 5, 1 }, { 0, 0, 161, 0 } },
		{ MPOL_INTERLEAVE, "0-1", { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
		{ MPOL_WEIGHTED_INTERLEAVE, "0-1", { 0, 0, 400, 0 }, { 300, 100, 0, 0 } },
	};
	const long long room[4] = { -1, 0, 0, 0 };

	(void)state;
	set_weights(weights);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct destination destination;

		resolve_mode(cases[i].mode, cases[i].nodes, &destination);
		check_need(&destination, cases[i].before, room, cases[i].need);
		destination_free(&destination);
	}
}

static void test_need_pairs(void **state)
{
	static const struct {
		const char *from, *to;
		unsigned long long before[4], need[4];
	} cases[] = {
		{ "0-1", "2-3", { 10, 20, 30, 40 }, { 0, 0, 10, 20 } },
		{ "0-2", "3", { 10, 20, 30, 40 }, { 0, 0, 0, 60 } },
		{ "0-1", "1-2", { 10, 20, 30, 40 }, { 0, 10, 20, 0 } },
		{ "0-1", "0-1", { 10, 20, 30, 40 }, { 0, 0, 0, 0 } },
		{ "0-2", "2-3", { 10, 20, 30, 40 }, { 0, 0, 10, 20 } },
	};
	const long long room[4] = { 0, 0, 0, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct destination destination;

		resolve_pairs(cases[i].from, cases[i].to, &destination);
		check_need(&destination, cases[i].before, room, cases[i].need);
		destination_free(&destination);
	}
}

/* It ends with 125 and one line; PLACEMENT in a child. */
static void check_refused(const struct placement *placement, const char *cpus, const char *sentence)
{
	char said[1024], expected[1024];
	size_t used = 0;
	int ends[2], status;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct destination destination;

		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		resolve(placement, cpus, &destination);
		_exit(0);
	}
	close(ends[1]);
	while (used < sizeof(said) - 1 &&
	       (got = read(ends[0], said + used, sizeof(said) - 1 - used)) > 0)
		used += (size_t)got;
	said[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	snprintf(expected, sizeof(expected), "%s: %s\n", program_invocation_short_name, sentence);
	assert_string_equal(said, expected);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 125);
}

static void test_refused(void **state)
{
	static const char *const weights[] = { "1\n", NULL };
	struct placement placement = { .mode = MPOL_LOCAL };

	(void)state;
	check_refused(&placement, "64",
	              "--localalloc: the threads' CPUs are on no node that is known");
	check_refused(&placement, "",
	              "--localalloc: the threads' CPUs are on no node that is known");
	placement.mode = MPOL_WEIGHTED_INTERLEAVE;
	placement.nodes = set_of("0-1");
	set_weights(weights);
	check_refused(&placement, "0",
	              "--weighted-interleave: this kernel has no weight of node 1 (weighted "
	              "interleaving needs Linux 6.9)");
	placement.mode = MPOL_BIND;
	tree_file(&tree, NODE "/node1/distance", "21 x\n");
	check_refused(&placement, "0", NODE "/node1/distance: malformed");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_none),        CASE(test_nearest),
		CASE(test_modes),       CASE(test_unknown_distances),
		CASE(test_sparse),      CASE(test_local),
		CASE(test_spread),      CASE(test_local_memoryless),
		CASE(test_weighted),    CASE(test_pairs),
		CASE(test_pairs_full),  CASE(test_need_nearest),
		CASE(test_need_spread), CASE(test_need_pairs),
		CASE(test_refused),
	};

	return cmocka_run_group_tests_name("destination", tests, NULL, NULL);
}
