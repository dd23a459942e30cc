/* Weights from bandwidths: small ones, how wrong they are, and of which nodes there are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machine.h"
#include "weight.h"

#define MANY 6

static void test_derive(void **state)
{
	static const struct {
		unsigned long long bandwidth[MANY];
		unsigned count, weight[MANY];
		double least, most; /* of the error */
	} cases[] = {
		/* The same everywhere. */
		{ { 100, 100, 100 }, 3, { 1, 1, 1 }, 0, 0 },
		{ { 7 }, 1, { 1 }, 0, 0 },
		/* A ratio of small numbers is met, also when the numbers are large. */
		{ { 200, 100 }, 2, { 2, 1 }, 0, 0 },
		{ { 204800, 204800, 40960, 40960 }, 4, { 5, 5, 1, 1 }, 0, 0 },
		{ { 1ULL << 62, 1ULL << 61 }, 2, { 2, 1 }, 0, 0 },
		{ { 100, 200, 300 }, 3, { 1, 2, 3 }, 0, 0 },
		/* What is nearly the same is the same: 5 % are good enough. */
		{ { 104, 100 }, 2, { 1, 1 }, 0.015, 0.025 },
		{ { 100, 96, 32 }, 3, { 3, 3, 1 }, 0.01, 0.03 },
		{ { 80, 55 }, 2, { 3, 2 }, 0.01, 0.02 },
		{ { 190, 101 }, 2, { 2, 1 }, 0.02, 0.05 },
		/* Large numbers where it takes them. */
		{ { 100, 1 }, 2, { 96, 1 }, 0.04, 0.05 },
		/* Beyond 255 to 1 the slow node has too much. */
		{ { 1000, 1 }, 2, { 255, 1 }, 2.5, 3.0 },
		/* Of what is not known there is no weight, and it changes no other. */
		{ { 200, 0, 100 }, 3, { 2, 0, 1 }, 0, 0 },
		{ { 0, 0 }, 2, { 0, 0 }, -1, -1 },
		{ { 0 }, 0, { 0 }, -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned weight[MANY + 1] = { 99, 99, 99, 99, 99, 99, 99 };
		double error = weight_derive(cases[i].bandwidth, cases[i].count, weight);

		for (unsigned k = 0; k < cases[i].count; k++)
			if (weight[k] != cases[i].weight[k])
				fail_msg("case %zu: place %u is %u", i, k, weight[k]);
		assert_int_equal(weight[cases[i].count], 99);
		if (error < cases[i].least - 1e-12 || error > cases[i].most + 1e-12)
			fail_msg("case %zu: error %g", i, error);
	}
}

/* Whatever the bandwidths: weights are the kernel's, and the error is what it says. */
static void test_any(void **state)
{
	unsigned long long seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		unsigned long long bandwidth[MANY], sum = 0;
		unsigned weight[MANY], weights = 0;
		double error, worst = 0;

		for (unsigned i = 0; i < MANY; i++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			bandwidth[i] = seed % 5 ? (seed >> 33) % 500000 : 0;
			sum += bandwidth[i];
		}
		error = weight_derive(bandwidth, MANY, weight);
		for (unsigned i = 0; i < MANY; i++) {
			assert_int_equal(weight[i] > 0, bandwidth[i] > 0);
			assert_in_range(weight[i], 0, WEIGHT_MAX);
			weights += weight[i];
		}
		for (unsigned i = 0; i < MANY && sum; i++) {
			double wrong =
				(double)weight[i] * (double)sum - (double)bandwidth[i] * weights;

			if (!bandwidth[i])
				continue;
			wrong = (wrong < 0 ? -wrong : wrong) / ((double)bandwidth[i] * weights);
			worst = wrong > worst ? wrong : worst;
		}
		assert_true(sum ? error > worst - 1e-9 && error < worst + 1e-9 : error < 0);
	}
}

static void set_access(struct machine_node *node, long long read, long long write, unsigned from)
{
	node->kind = MACHINE_WHOLE;
	node->access.read_bandwidth = read;
	node->access.write_bandwidth = write;
	idset_add(&node->access.initiators, from);
}

static void test_hmat(void **state)
{
	struct machine_node node[MANY] = { 0 };
	struct machine machine = { .node = node, .count = MANY };
	struct idset from = { 0 };
	unsigned weight[MANY];

	(void)state;
	set_access(&node[0], 200, 100, 0);
	set_access(&node[1], MACHINE_UNKNOWN, 200, 1);
	set_access(&node[2], 50, MACHINE_UNKNOWN, 0);
	node[2].kind = MACHINE_CPULESS;
	set_access(&node[3], 25, 30, 1);
	set_access(&node[4], MACHINE_UNKNOWN, MACHINE_UNKNOWN, 1);
	/* CPUs alone have no bandwidth of their own. */
	set_access(&node[5], 500, 500, 1);
	node[5].kind = MACHINE_MEMORYLESS;
	assert_int_equal(weight_bandwidth(&node[0]), 100);
	assert_int_equal(weight_bandwidth(&node[1]), 200);
	assert_int_equal(weight_bandwidth(&node[2]), 50);
	assert_int_equal(weight_bandwidth(&node[3]), 25);
	assert_int_equal(weight_bandwidth(&node[4]), 0);
	assert_int_equal(weight_bandwidth(&node[5]), 0);
	assert_true(weight_by_hmat(&machine, NULL, weight) == 0);
	assert_memory_equal(weight, ((unsigned[]){ 4, 8, 2, 1, 0, 0 }), sizeof(weight));
	idset_add(&from, 0);
	assert_true(weight_by_hmat(&machine, &from, weight) == 0);
	assert_memory_equal(weight, ((unsigned[]){ 2, 0, 1, 0, 0, 0 }), sizeof(weight));
	idset_add(&from, 1);
	assert_true(weight_by_hmat(&machine, &from, weight) < 0);
	assert_memory_equal(weight, ((unsigned[]){ 0, 0, 0, 0, 0, 0 }), sizeof(weight));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derive),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_hmat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
