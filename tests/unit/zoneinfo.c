/* The text of /proc/zoneinfo. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/zoneinfo.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As Linux 7.2 has it, cut short; Movable has no pages. */
static const char text_72[] = "Node 0, zone      DMA\n"
			      "  per-node stats\n"
			      "      nr_inactive_anon 0\n"
			      "  pages free     3776\n"
			      "        boost    0\n"
			      "        min      12\n"
			      "        low      15\n"
			      "        high     18\n"
			      "        promo    21\n"
			      "        spanned  4095\n"
			      "        present  3998\n"
			      "        managed  3840\n"
			      "        cma      0\n"
			      "        protection: (0, 487, 487, 487, 487)\n"
			      "      nr_free_pages 3776\n"
			      "  pagesets\n"
			      "    cpu: 0\n"
			      "              count:    0\n"
			      "              high:     77\n"
			      "              high_min: 7\n"
			      "  vm stats threshold: 6\n"
			      "  node_unreclaimable:  0\n"
			      "  start_pfn:           1\n"
			      "Node 0, zone  Movable\n"
			      "  pages free     0\n"
			      "        min      0\n"
			      "        spanned  0\n"
			      "        present  0\n"
			      "        managed  0\n"
			      "Node 12, zone   Normal\n"
			      "  pages free     9\n"
			      "        present  10\n";

static void test_kernel(void **state)
{
	struct zoneinfo *zones;

	(void)state;
	assert_int_equal(zoneinfo_parse(text_72, strlen(text_72), &zones), 2);
	assert_int_equal(zones[0].node, 0);
	assert_string_equal(zones[0].name, "DMA");
	assert_int_equal(zones[0].start, 1);
	assert_int_equal(zones[0].spanned, 4095);
	assert_int_equal(zones[0].present, 3998);
	assert_int_equal(zones[0].managed, 3840);
	assert_int_equal(zones[0].free, 3776);
	assert_int_equal(zones[0].min, 12);
	assert_int_equal(zones[0].low, 15);
	assert_int_equal(zones[0].high, 18);
	/* What is not told is unknown. */
	assert_int_equal(zones[1].node, 12);
	assert_string_equal(zones[1].name, "Normal");
	assert_int_equal(zones[1].free, 9);
	assert_int_equal(zones[1].present, 10);
	assert_int_equal(zones[1].start, ZONEINFO_UNKNOWN);
	assert_int_equal(zones[1].managed, ZONEINFO_UNKNOWN);
	assert_int_equal(zones[1].high, ZONEINFO_UNKNOWN);
	free(zones);
}

static void test_odd(void **state)
{
	static const struct {
		const char *text;
		long result;
	} cases[] = {
		{ "", 0 },
		{ "\n\n", 0 },
		{ "present 7\n", 0 },
		{ "Node 0, zone A\npresent 7", 1 },
		{ "Node 0, zone A\npresent 7\nNode 0, zone B\npresent 7\n", 2 },
		{ "Node 0, zone A\n", 0 },
		{ "Node 0, zone A\npresent 9223372036854775807\n", 1 },
		{ "Node 0, zone A\npresent 9223372036854775808\n", -ERANGE },
		{ "Node 0, zone A\npresent -7\n", -EINVAL },
		{ "Node 0, zone A\npresent\n", -EINVAL },
		{ "Node 0, zone A\npages free none\n", -EINVAL },
		{ "Node 0, zone A\npages fresh none\npresent 1\n", 1 },
		{ "Node 0, zone A\nstart_pfn: x\n", -EINVAL },
		{ "Node 4294967295, zone A\npresent 1\n", 1 },
		{ "Node 4294967296, zone A\npresent 1\n", -ERANGE },
		{ "Node 0 zone A\n", -EINVAL },
		{ "Node ,\n", -EINVAL },
		{ "Node\n", -EINVAL },
		{ "Node x, zone A\n", -EINVAL },
		{ "Node 0, zones A\n", -EINVAL },
		{ "Node 0, zone\n", -EINVAL },
		{ "Node 0, zone A\033[m\n", -EINVAL },
		{ "Node 0, zone ABCDEFGHIJKLMNO\npresent 1\n", 1 },
		{ "Node 0, zone ABCDEFGHIJKLMNOP\n", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct zoneinfo *zones = NULL;
		long result = zoneinfo_parse(cases[i].text, strlen(cases[i].text), &zones);

		if (result != cases[i].result)
			fail_msg("'%s': %ld", cases[i].text, result);
		if (result < 0)
			assert_null(zones);
		free(zones);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
