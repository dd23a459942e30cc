/* The text of /proc/zoneinfo. */
#include "tree.h"

#include <errno.h>
#include <limits.h>

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
	assert_int_equal(zones[0].protection, 487);
	/* What is not told is unknown. */
	assert_int_equal(zones[1].node, 12);
	assert_string_equal(zones[1].name, "Normal");
	assert_int_equal(zones[1].free, 9);
	assert_int_equal(zones[1].present, 10);
	assert_int_equal(zones[1].start, ZONEINFO_UNKNOWN);
	assert_int_equal(zones[1].managed, ZONEINFO_UNKNOWN);
	assert_int_equal(zones[1].high, ZONEINFO_UNKNOWN);
	assert_int_equal(zones[1].protection, ZONEINFO_UNKNOWN);
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
		{ "Node 0, zone A\nprotection: (0)\npresent 1\n", 1 },
		{ "Node 0, zone A\nprotection: (0, 1, 2)\npresent 1\n", 1 },
		{ "Node 0, zone A\nprotection:\n", -EINVAL },
		{ "Node 0, zone A\nprotection: 0\n", -EINVAL },
		{ "Node 0, zone A\nprotection: (\n", -EINVAL },
		{ "Node 0, zone A\nprotection: ()\n", -EINVAL },
		{ "Node 0, zone A\nprotection: (0, 1\n", -EINVAL },
		{ "Node 0, zone A\nprotection: (0,\n", -EINVAL },
		{ "Node 0, zone A\nprotection: (0 1)\n", -EINVAL },
		{ "Node 0, zone A\nprotection: (0, x)\n", -EINVAL },
		{ "Node 0, zone A\nprotection: (0) 1\n", -EINVAL },
		{ "Node 0, zone A\nprotection: (9223372036854775808)\n", -ERANGE },
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

/* What of it programs can have, and not, on the first IDS nodes of a machine with TEXT. */
static int read_room(const char *text, unsigned ids, long long *room, long long *high)
{
	struct tree tree;
	int error;

	tree_make(&tree);
	if (text)
		tree_file(&tree, "/proc/zoneinfo", text);
	error = zoneinfo_room(tree.root, ids, room, high);
	tree_remove(&tree);
	return error;
}

static void test_room(void **state)
{
	/* A lower zone keeps its protection; one below its watermark takes nothing away. */
	static const char text[] =
		"Node 0, zone DMA\n pages free 3776\n high 18\n present 4000\n"
		" protection: (0, 445, 445)\n"
		"Node 0, zone DMA32\n pages free 10000\n high 600\n present 20000\n"
		" protection: (0, 0, 0)\n cpu: 0\n high: 9000\n"
		"Node 0, zone Normal\n pages free 0\n high 32\n present 9\n"
		"Node 2, zone Normal\n pages free 100\n high 32\n present 200\n";
	long long room[3] = { 7, 7, 7 }, high[3], page = sysconf(_SC_PAGESIZE);

	(void)state;
	assert_int_equal(read_room(text, 3, room, high), 0);
	assert_int_equal(room[0], (3776 - 18 - 445 + 10000 - 600) * page);
	assert_int_equal(room[1], ZONEINFO_UNKNOWN);
	assert_int_equal(room[2], 68 * page);
	assert_int_equal(high[0], (18 + 600 + 32) * page);
	assert_int_equal(high[1], ZONEINFO_UNKNOWN);
	assert_int_equal(read_room(text, 0, NULL, NULL), 0);
	assert_int_equal(read_room("", 1, room, high), 0);
	assert_int_equal(room[0], ZONEINFO_UNKNOWN);
	assert_int_equal(read_room(NULL, 1, room, high), -ENOENT);
	assert_int_equal(read_room("Node ?\n", 1, room, high), -EBADMSG);
	assert_int_equal(read_room("Node 0, zone A\n pages free 9223372036854775807\n high 0\n"
	                           " present 1\n",
	                           1, room, high),
	                 -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
