/* Distances between nodes: the text of a row. Whole tables are in tests/unit/topology.c. */
#include "tree.h"

#include <errno.h>

#include "lib/distance.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(literal) literal, sizeof(literal) - 1

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		int result;
		unsigned row[4];
	} cases[] = {
		{ BYTES("10 21 17 28\n"), 4, { 10, 21, 17, 28 } },
		{ BYTES("10"), 1, { 10 } },
		{ BYTES("0 255\n\0"), 2, { 0, 255 } },
		{ BYTES("10  20\t30\n"), 3, { 10, 20, 30 } },
		{ BYTES("10 21\0\0"), 2, { 10, 21 } },
		{ BYTES(""), 0, { 0 } },
		{ BYTES("\n"), 0, { 0 } },
		{ BYTES("4294967295"), 1, { 4294967295U } },
		/* All are counted, but no more stored than fit. */
		{ BYTES("1 2 3 4 5 6"), 6, { 1, 2, 3, 4 } },
		{ BYTES("10 -1"), -EINVAL, { 10 } },
		{ BYTES("10,20"), -EINVAL, { 0 } },
		{ BYTES("ten"), -EINVAL, { 0 } },
		{ BYTES("0x10"), -EINVAL, { 0 } },
		{ BYTES("4294967296"), -EINVAL, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned row[5] = { [4] = 4711 };
		int result = distance_parse(cases[i].text, cases[i].length, row, 4);

		if (result != cases[i].result)
			fail_msg("'%s': %d", cases[i].text, result);
		assert_memory_equal(row, cases[i].row, sizeof(cases[i].row));
		assert_int_equal(row[4], 4711);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests_name("distance", tests, NULL, NULL);
}
