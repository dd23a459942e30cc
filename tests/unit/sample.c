/* Median and spread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/sample.h"

/* cmocka has none for doubles before 2.0. */
static void assert_near(double a, double b)
{
	assert_true(a - b < 1e-9 && b - a < 1e-9);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	double value[7];
	unsigned count;
	double median, spread;
	bool is_noisy;
} rows[] = {
	{ { 5 }, 1, 5, 0, false },
	{ { 4, 2 }, 2, 3, 2.0 / 3, true },
	{ { 2, 4 }, 2, 3, 2.0 / 3, true },
	{ { 9, 1, 5 }, 3, 5, 1.6, true },
	{ { 1, 2, 3, 4 }, 4, 2.5, 1.2, true },
	{ { 4, 1, 3, 2 }, 4, 2.5, 1.2, true },
	{ { 100, 100, 100 }, 3, 100, 0, false },
	{ { 96, 100, 106 }, 3, 100, 0.1, false },
	{ { 96, 100, 107 }, 3, 100, 0.11, true },
	/* One run that was disturbed does not move the median. */
	{ { 100, 101, 99, 900, 100, 100, 100 }, 7, 100, 8.01, true },
	{ { 0, 0, 0 }, 3, 0, 0, false },
	{ { 10, 9, 10, 11, 2, 11, 9 }, 7, 10, 0.9, true },
};

static void median_and_spread(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sample sample = { 0 };

		for (unsigned k = 0; k < rows[i].count; k++)
			sample_add(&sample, rows[i].value[k]);
		assert_int_equal(sample.count, rows[i].count);
		assert_near(sample_median(&sample), rows[i].median);
		assert_near(sample_spread(&sample), rows[i].spread);
		assert_int_equal(sample_is_noisy(&sample), rows[i].is_noisy);
		/* They stay in the order in which they came. */
		for (unsigned k = 0; k < rows[i].count; k++)
			assert_near(sample.value[k], rows[i].value[k]);
	}
}

static void no_more_than_there_is_room_for(void **state)
{
	struct sample sample = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2 * SAMPLE_MOST; i++)
		sample_add(&sample, i);
	assert_int_equal(sample.count, SAMPLE_MOST);
	assert_near(sample_median(&sample), (SAMPLE_MOST - 1) / 2.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_and_spread),
		cmocka_unit_test(no_more_than_there_is_room_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
