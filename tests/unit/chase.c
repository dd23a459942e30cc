/* The cycle behind latencies: one cycle, through all lines, in no order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/chase.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const size_t counts[] = { 2, 3, 4, 5, 7, 64, 1000, 4096, 65537, 300000 };

static uint32_t *order_of(size_t count)
{
	uint32_t *next = calloc(count, sizeof(*next));

	assert_non_null(next);
	chase_order(next, count);
	return next;
}

static void one_cycle_of_all(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(counts); k++) {
		uint32_t *next = order_of(counts[k]);
		size_t at = 0, steps = 0;

		do {
			assert_true(next[at] < counts[k]);
			at = next[at];
			steps++;
		} while (at && steps <= counts[k]);
		/* Back where it began after as many steps as there are places: it met each once. */
		assert_int_equal(at, 0);
		assert_int_equal(steps, counts[k]);
		free(next);
	}
}

/* A prefetcher that takes the line behind, or one at a fixed distance, is hardly ever right. */
static void in_no_order(void **state)
{
	size_t count = 300000, hits[64] = { 0 };
	uint32_t *next = order_of(count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (uint32_t k = 1; k < 32; k++) {
			hits[k] += next[i] == i + k;
			hits[32 + k] += next[i] + k == i;
		}
	for (size_t k = 0; k < 64; k++)
		assert_true(hits[k] < count / 1000);
	free(next);
}

static void the_same_each_time(void **state)
{
	uint32_t *first = order_of(4096), *second = order_of(4096);

	(void)state;
	assert_memory_equal(first, second, 4096 * sizeof(*first));
	free(first);
	free(second);
}

static void laid_and_followed(void **state)
{
	size_t count = 65537;
	uint32_t *next = order_of(count);
	char *buffer = aligned_alloc(CHASE_LINE, count * CHASE_LINE);
	size_t at = 0;

	(void)state;
	assert_non_null(buffer);
	chase_lay(buffer, next, count);
	for (size_t steps = 0; steps < 1000; steps++) {
		assert_ptr_equal(chase_run(buffer, steps), buffer + at * CHASE_LINE);
		at = next[at];
	}
	assert_ptr_equal(chase_run(buffer, count), buffer);
	/* In pieces as at once. */
	assert_ptr_equal(chase_run(chase_run(buffer, 600), count - 600), buffer);
	free(buffer);
	free(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cycle_of_all),
		cmocka_unit_test(in_no_order),
		cmocka_unit_test(the_same_each_time),
		cmocka_unit_test(laid_and_followed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
