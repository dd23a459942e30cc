/* Sets: the kernel's lists and masks, with all that sysfs has been seen to hold, and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/idset.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* A literal and its length, with the NULs in it but without the one that ends it. */
#define BYTES(literal) literal, sizeof(literal) - 1

struct good {
	const char *text;
	size_t length;
	const char *list;
};

struct bad {
	const char *text;
	size_t length;
	int error;
};

static void check_good(const struct good *good, size_t count,
                       int (*parse)(const char *, size_t, struct idset *))
{
	static char text[IDSET_TEXT];

	for (size_t i = 0; i < count; i++) {
		/* A digit behind, which is not to be read. */
		char *copy = malloc(good[i].length + 1);
		struct idset set;
		int error;

		memset(&set, 0xff, sizeof(set));
		assert_non_null(copy);
		memcpy(copy, good[i].text, good[i].length);
		copy[good[i].length] = '7';
		error = parse(copy, good[i].length, &set);
		free(copy);
		if (error)
			fail_msg("'%s': error %d", good[i].text, error);
		assert_string_equal(idset_text(&set, text), good[i].list);
	}
}

static void check_bad(const struct bad *bad, size_t count,
                      int (*parse)(const char *, size_t, struct idset *))
{
	for (size_t i = 0; i < count; i++) {
		struct idset set, before;
		int error;

		memset(&set, 0x5a, sizeof(set));
		before = set;
		error = parse(bad[i].text, bad[i].length, &set);
		if (error != bad[i].error)
			fail_msg("'%s': %d, not %d", bad[i].text, error, bad[i].error);
		assert_memory_equal(&set, &before, sizeof(set));
	}
}

static void test_lists(void **state)
{
	static const struct good good[] = {
		{ BYTES(""), "" },
		{ BYTES("\n"), "" },
		{ BYTES("\0"), "" },
		{ BYTES("\0\n"), "" },
		{ BYTES(" \t\n"), "" },
		{ BYTES("0"), "0" },
		{ BYTES("0\n"), "0" },
		{ BYTES("0\n\0"), "0" },
		{ BYTES("\n\0 0-1 \0\0\n"), "0-1" },
		{ BYTES("0-3,8\n"), "0-3,8" },
		{ BYTES("0,1,2"), "0-2" },
		{ BYTES("5,3,4,3-4"), "3-5" },
		{ BYTES("7-7"), "7" },
		{ BYTES("0-2,33-34,45,72-73\n"), "0-2,33-34,45,72-73" },
		{ BYTES("63-64"), "63-64" },
		{ BYTES("250-255"), "250-255" },
		{ BYTES("8191"), "8191" },
		{ BYTES("0-8191"), "0-8191" },
		{ BYTES("007"), "7" },
	};
	static const struct bad bad[] = {
		{ BYTES(","), -EINVAL },
		{ BYTES(",1"), -EINVAL },
		{ BYTES("1,"), -EINVAL },
		{ BYTES("1,\n"), -EINVAL },
		{ BYTES("1,,2"), -EINVAL },
		{ BYTES("-"), -EINVAL },
		{ BYTES("-1"), -EINVAL },
		{ BYTES("1-"), -EINVAL },
		{ BYTES("1-,3"), -EINVAL },
		{ BYTES("3-1"), -EINVAL },
		{ BYTES("1-2-3"), -EINVAL },
		{ BYTES("0-6:2"), -EINVAL },
		{ BYTES("+1"), -EINVAL },
		{ BYTES("0x1"), -EINVAL },
		{ BYTES("1 2"), -EINVAL },
		{ BYTES("1, 2"), -EINVAL },
		{ BYTES("1\n2"), -EINVAL },
		{ BYTES("1\0002"), -EINVAL },
		{ BYTES("0-\0003"), -EINVAL },
		{ BYTES("abc"), -EINVAL },
		{ BYTES("1\r\n"), -EINVAL },
		{ BYTES("8192"), -ERANGE },
		{ BYTES("0-8192"), -ERANGE },
		{ BYTES("4294967296"), -ERANGE },
		{ BYTES("99999999999999999999999999"), -ERANGE },
	};

	(void)state;
	check_good(good, COUNT(good), idset_parse_list);
	check_bad(bad, COUNT(bad), idset_parse_list);
}

static void test_masks(void **state)
{
	static const struct good good[] = {
		{ BYTES(""), "" },
		{ BYTES("\n\0"), "" },
		{ BYTES("0"), "" },
		{ BYTES("00000000,00000000\n"), "" },
		{ BYTES("1\n"), "0" },
		{ BYTES("8"), "3" },
		{ BYTES("ff\n"), "0-7" },
		{ BYTES("fF"), "0-7" },
		{ BYTES("a"), "1,3" },
		{ BYTES("A5"), "0,2,5,7" },
		{ BYTES("80000000"), "31" },
		{ BYTES("00000001,00000000\n\0"), "32" },
		{ BYTES("ff,00000003"), "0-1,32-39" },
		/* 12 bits: no multiple of 32; and groups shorter than 32 bits before a comma. */
		{ BYTES("fff"), "0-11" },
		{ BYTES("1,1"), "0,32" },
		{ BYTES("80000000,00000000,00000001"), "0,95" },
		{ BYTES("\n 3\0 "), "0-1" },
	};
	static const struct bad bad[] = {
		{ BYTES(","), -EINVAL },         { BYTES(",1"), -EINVAL },
		{ BYTES("1,"), -EINVAL },        { BYTES("1,,1"), -EINVAL },
		{ BYTES("100000000"), -EINVAL }, { BYTES("1,000000000"), -EINVAL },
		{ BYTES("0x1"), -EINVAL },       { BYTES("g"), -EINVAL },
		{ BYTES("1 1"), -EINVAL },       { BYTES("1\0001"), -EINVAL },
		{ BYTES("-1"), -EINVAL },        { BYTES("1-2"), -EINVAL },
	};

	(void)state;
	check_good(good, COUNT(good), idset_parse_mask);
	check_bad(bad, COUNT(bad), idset_parse_mask);
}

/* The kernel may be built for more CPUs than we know: zeroes beyond are no ids. */
static void test_wide_masks(void **state)
{
	static char mask[2 + 9 * (IDSET_MAX / 32) + 9], list[IDSET_TEXT];
	struct idset set;
	char *p;

	(void)state;
	strcpy(mask, "0");
	for (unsigned i = 0; i < IDSET_MAX / 32; i++)
		strcat(mask, ",00000000");
	assert_int_equal(idset_parse_mask(mask, strlen(mask), &set), 0);
	assert_true(idset_empty(&set));
	mask[0] = '1';
	assert_int_equal(idset_parse_mask(mask, strlen(mask), &set), -ERANGE);
	mask[0] = '0';
	p = mask + 2;
	*p = '8';
	assert_int_equal(idset_parse_mask(mask, strlen(mask), &set), 0);
	assert_string_equal(idset_text(&set, list), "8191");
}

/* Writes into more room than promised, so that a text too long is told from a crash. */
static void check_length(const struct idset *set)
{
	static char room[4 * IDSET_TEXT];
	struct idset again;

	idset_text(set, room);
	assert_true(strlen(room) < IDSET_TEXT);
	assert_int_equal(idset_parse_list(room, strlen(room), &again), 0);
	assert_true(idset_equal(set, &again));
}

/* Runs of RUN ids with gaps of one; from each first id, as digits come at other places. */
static void test_longest_text(void **state)
{
	(void)state;
	for (unsigned run = 1; run <= 4; run++) {
		for (unsigned first = 0; first <= run; first++) {
			struct idset set = { 0 };

			for (unsigned id = 0; id < IDSET_MAX; id++)
				if ((id + first) % (run + 1) != run)
					idset_add(&set, id);
			check_length(&set);
		}
	}
}

static struct idset set_of(const char *list)
{
	struct idset set;

	assert_int_equal(idset_parse_list(list, strlen(list), &set), 0);
	return set;
}

static void test_members(void **state)
{
	struct idset set = { 0 };
	int expected[] = { 0, 63, 64, 8191 };
	size_t seen = 0;

	(void)state;
	assert_true(idset_empty(&set));
	assert_int_equal(idset_next(&set, 0), -1);
	for (size_t i = 0; i < COUNT(expected); i++)
		idset_add(&set, (unsigned)expected[i]);
	assert_false(idset_empty(&set));
	assert_int_equal(idset_count(&set), 4);
	for (idset_each(id, &set)) {
		assert_true(seen < COUNT(expected));
		assert_int_equal(id, expected[seen++]);
	}
	assert_int_equal(seen, COUNT(expected));
	assert_int_equal(idset_next(&set, 1), 63);
	assert_int_equal(idset_next(&set, 64), 64);
	assert_int_equal(idset_next(&set, 65), 8191);
	assert_int_equal(idset_next(&set, IDSET_MAX), -1);
	assert_true(idset_has(&set, 63) && !idset_has(&set, 62) && !idset_has(&set, 65));
	idset_remove(&set, 63);
	idset_remove(&set, 62);
	assert_int_equal(idset_count(&set), 3);
	idset_add_range(&set, 10, 9);
	assert_int_equal(idset_count(&set), 3);
	idset_add_range(&set, 0, IDSET_MAX - 1);
	assert_int_equal(idset_count(&set), IDSET_MAX);
}

static void test_algebra(void **state)
{
	struct idset a = set_of("0-3,100,8191"), b = set_of("2-5,100"), none = { 0 }, set;
	char text[IDSET_TEXT];

	(void)state;
	set = idset_and(&a, &b);
	assert_string_equal(idset_text(&set, text), "2-3,100");
	assert_true(idset_subset(&set, &a) && idset_subset(&set, &b));
	assert_false(idset_subset(&a, &set));
	set = idset_or(&a, &b);
	assert_string_equal(idset_text(&set, text), "0-5,100,8191");
	set = idset_minus(&a, &b);
	assert_string_equal(idset_text(&set, text), "0-1,8191");
	assert_true(idset_overlap(&a, &b));
	assert_false(idset_overlap(&set, &b));
	assert_false(idset_overlap(&a, &none));
	assert_true(idset_subset(&none, &none) && idset_equal(&none, &none));
	assert_true(idset_equal(&a, &a));
	assert_false(idset_equal(&a, &b));
	assert_false(idset_equal(&none, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),      cmocka_unit_test(test_masks),
		cmocka_unit_test(test_wide_masks), cmocka_unit_test(test_longest_text),
		cmocka_unit_test(test_members),    cmocka_unit_test(test_algebra),
	};

	return cmocka_run_group_tests_name("idset", tests, NULL, NULL);
}
