/* Tables of numbers by node, from the kernel's files. */
#include "tree.h"

#include <errno.h>

#include "lib/nodestat.h"
#include "lib/usage.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(literal) literal, sizeof(literal) - 1
#define UNKNOWN NODESTAT_UNKNOWN
#define NODE "/sys/devices/system/node"

static void make(struct nodestat *table, const char *list)
{
	struct idset nodes;

	assert_int_equal(idset_parse_list(list, strlen(list), &nodes), 0);
	assert_int_equal(nodestat_init(table, &nodes), 0);
}

static void set(struct nodestat *table, const char *name, const long long *values)
{
	struct nodestat_row *row = nodestat_row(table, name);

	assert_non_null(row);
	for (unsigned i = 0; i < table->nodes; i++)
		row->value[i] = values[i];
}

static void test_lines(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *name; /* NULL: no row */
		long long value;
		bool is_size;
		int error;
	} cases[] = {
		{ BYTES("numa_hit 17\n"), "numa_hit", 17, false, 0 },
		{ BYTES("numa_hit 17"), "numa_hit", 17, false, 0 },
		{ BYTES("\n\0\nnuma_hit 17\0\n\0"), "numa_hit", 17, false, 0 },
		{ BYTES("\nNode 0 MemTotal:       1030800 kB\n"), "MemTotal", 1030800LL << 10, true,
		  0 },
		{ BYTES("Node 255 Active(anon):\0 8 kB\n\0"), "Active(anon)", 8192, true, 0 },
		{ BYTES("Node 0 HugePages_Total:     3\n"), "HugePages_Total", 3, false, 0 },
		{ BYTES("Node 0 MemFree: 0 kB"), "MemFree", 0, true, 0 },
		{ BYTES("Node 5\n"), "Node", 5, false, 0 },
		{ BYTES("numa_hit 9007199254740991"), "numa_hit", 9007199254740991LL, false, 0 },
		{ BYTES("a:9007199254740991kB"), "a", 9223372036854774784LL, true, 0 },
		{ BYTES("a:9007199254740992 kB"), NULL, 0, false, -ERANGE },
		{ BYTES("numa_hit 99999999999999999999999"), NULL, 0, false, -ERANGE },
		{ BYTES(""), NULL, 0, false, 0 },
		{ BYTES("\n\n\0"), NULL, 0, false, 0 },
		{ BYTES("numa_hit"), NULL, 0, false, -EINVAL },
		{ BYTES("numa_hit "), NULL, 0, false, -EINVAL },
		{ BYTES("numa_hit -1"), NULL, 0, false, -EINVAL },
		{ BYTES("numa_hit 0x3"), NULL, 0, false, -EINVAL },
		{ BYTES("numa_hit 1 2"), NULL, 0, false, -EINVAL },
		{ BYTES("numa_hit 1 MB"), NULL, 0, false, -EINVAL },
		{ BYTES("numa_hit 1 kBs"), NULL, 0, false, -EINVAL },
		{ BYTES("Node 0 : 3 kB"), NULL, 0, false, -EINVAL },
		{ BYTES("numa\033hit 1"), NULL, 0, false, -EINVAL },
		{ BYTES("a123456789a123456789a123456789a123456789a123456789a123456789abcd 1"), NULL,
		  0, false, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nodestat table;
		const struct nodestat_row *row;

		make(&table, "0-1");
		if (nodestat_parse(&table, 1, cases[i].text, cases[i].length) != cases[i].error)
			fail_msg("case %zu: '%s'", i, cases[i].text);
		row = cases[i].name ? nodestat_find(&table, cases[i].name) : NULL;
		if (cases[i].name && (!row || row->value[1] != cases[i].value ||
		                      row->value[0] != UNKNOWN || row->is_size != cases[i].is_size))
			fail_msg("case %zu: '%s' is not read", i, cases[i].text);
		if (!cases[i].error)
			assert_int_equal(table.rows, cases[i].name != NULL);
		nodestat_free(&table);
	}
}

static void test_read(void **state)
{
	struct nodestat table;
	const struct nodestat_row *row;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/node0/numastat", "numa_hit 3\nnuma_miss 4\n");
	tree_file(&tree, NODE "/node9/numastat", "numa_hit 5\nnew_kernels_own 6\n");
	make(&table, "0,4,9");
	assert_int_equal(nodestat_read(&table, tree.root, NODESTAT_COUNTERS), 0);
	assert_int_equal(table.rows, 3);
	row = nodestat_find(&table, "numa_hit");
	assert_true(row->value[0] == 3 && row->value[1] == UNKNOWN && row->value[2] == 5);
	assert_true(nodestat_total(&table, row) == UNKNOWN);
	row = nodestat_find(&table, "new_kernels_own");
	assert_true(row->value[0] == UNKNOWN && row->value[2] == 6);
	nodestat_free(&table);
	tree_file(&tree, NODE "/node9/numastat", "numa_hit five\n");
	make(&table, "0,9");
	assert_int_equal(nodestat_read(&table, tree.root, NODESTAT_COUNTERS), -EBADMSG);
	assert_string_equal(table.failed, NODE "/node9/numastat");
	nodestat_free(&table);
	tree_remove(&tree);
}

#define POOLS(node) NODE "/node" node "/hugepages/hugepages-"

static void test_huge(void **state)
{
	static const char meminfo[] = "Node 0 HugePages_Total: 1\nNode 0 HugePages_Free: 0\n"
				      "Node 0 HugePages_Surp: 0\n";
	struct nodestat table;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/node0/meminfo", meminfo);
	tree_file(&tree, POOLS("0") "2048kB/nr_hugepages", "1\n");
	tree_file(&tree, POOLS("0") "2048kB/free_hugepages", "0\n");
	tree_file(&tree, POOLS("0") "1048576kB/nr_hugepages", "2\n");
	tree_file(&tree, POOLS("0") "1048576kB/free_hugepages", "2\n");
	tree_file(&tree, POOLS("0") "stray/nr_hugepages", "2\n");
	tree_file(&tree, NODE "/node1/meminfo", meminfo);
	make(&table, "0-1");
	assert_int_equal(nodestat_read(&table, tree.root, NODESTAT_MEMINFO), 0);
	assert_true(nodestat_find(&table, "HugePages_Total")->value[0] ==
	            (2048LL << 10) + (2LL << 30));
	assert_true(nodestat_find(&table, "HugePages_Free")->value[0] == 2LL << 30);
	/* Pools that do not say, and of how many bytes that node's page is. */
	assert_true(nodestat_find(&table, "HugePages_Surp")->value[0] == UNKNOWN);
	assert_true(nodestat_find(&table, "HugePages_Total")->value[1] == UNKNOWN);
	assert_true(nodestat_find(&table, "HugePages_Free")->value[1] == 0);
	nodestat_free(&table);
	tree_file(&tree, POOLS("0") "2048kB/nr_hugepages", "-1\n");
	make(&table, "0");
	assert_int_equal(nodestat_read(&table, tree.root, NODESTAT_MEMINFO), -EBADMSG);
	nodestat_free(&table);
	tree_remove(&tree);
}

static void check_order(const struct nodestat *table, unsigned column, const char *want)
{
	struct nodestat arranged;
	char names[64] = "";

	assert_int_equal(nodestat_arrange(table, column, false, &arranged), 0);
	for (unsigned i = 0; i < arranged.rows; i++)
		strcat(names, arranged.row[i].name);
	assert_string_equal(names, want);
	nodestat_free(&arranged);
}

static void test_arrange(void **state)
{
	struct nodestat table, arranged;

	(void)state;
	make(&table, "3,5,8");
	set(&table, "a", (long long[]){ 0, 0, 0 });
	set(&table, "b", (long long[]){ 1, 0, 9 });
	set(&table, "c", (long long[]){ 4, 0, UNKNOWN });
	set(&table, "d", (long long[]){ 4, 0, 2 });
	check_order(&table, NODESTAT_UNSORTED, "abcd");
	check_order(&table, 0, "cdba");
	check_order(&table, 1, "abcd");
	check_order(&table, 2, "bdac");
	check_order(&table, 3, "bdac");
	assert_int_equal(nodestat_arrange(&table, NODESTAT_UNSORTED, true, &arranged), 0);
	assert_int_equal(arranged.nodes, 2);
	assert_int_equal(arranged.node[1], 8);
	assert_int_equal(arranged.rows, 3);
	assert_true(arranged.row[0].value[1] == 9);
	assert_int_equal(nodestat_column(&arranged, 5), -1);
	assert_int_equal(nodestat_column(&arranged, 8), 1);
	nodestat_free(&arranged);
	nodestat_free(&table);
}

static void test_change(void **state)
{
	struct nodestat before, now, change;

	(void)state;
	make(&before, "0-1");
	set(&before, "a", (long long[]){ 10, 10 });
	set(&before, "gone", (long long[]){ 1, 1 });
	make(&now, "1-2");
	set(&now, "new", (long long[]){ 1, 1 });
	set(&now, "a", (long long[]){ 5, 7 });
	assert_int_equal(nodestat_change(&now, &before, 2, &change), 0);
	assert_int_equal(change.rows, 2);
	assert_true(change.row[0].value[0] == UNKNOWN);
	/* Rounded away from nothing. */
	assert_true(change.row[1].value[0] == -3);
	assert_true(change.row[1].value[1] == UNKNOWN);
	nodestat_free(&change);
	nodestat_free(&now);
	nodestat_free(&before);
}

static void test_total(void **state)
{
	struct nodestat table;

	(void)state;
	make(&table, "0-1");
	set(&table, "a", (long long[]){ LLONG_MAX, 1 });
	set(&table, "b", (long long[]){ LLONG_MAX, 0 });
	assert_true(nodestat_total(&table, &table.row[0]) == UNKNOWN);
	assert_true(nodestat_total(&table, &table.row[1]) == LLONG_MAX);
	nodestat_free(&table);
}

static void test_usage(void **state)
{
	struct usage usage;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/numa_maps",
	          "1000 default heap anon=3 N0=1 N3=2 kernelpagesize_kB=4\n"
	          "2000 default stack anon=3 N0=1 kernelpagesize_kB=4\n"
	          "3000 bind:0 file=/anon_hugepage\\040(deleted) huge N3=2 kernelpagesize_kB=2048\n"
	          "4000 bind:0 file=/huge\\040heap mapped=1 N3=1 kernelpagesize_kB=4\n"
	          "5000 default anon=1 N1=1 kernelpagesize_kB=4\n");
	assert_int_equal(usage_read(tree.root, &usage), 0);
	assert_int_equal(usage.ids, 4);
	assert_true(usage_on(&usage, 0, USAGE_HEAP) == 4096);
	assert_true(usage_on(&usage, 3, USAGE_HUGE) == 4 << 20);
	assert_true(usage_on(&usage, 3, USAGE_KINDS) == (4 << 20) + 3 * 4096);
	assert_true(usage_on(&usage, 9, USAGE_KINDS) == 0);
	assert_true(usage_total(&usage, USAGE_PRIVATE) == 2 * 4096);
	assert_true(usage_total(&usage, USAGE_KINDS) == (4 << 20) + 6 * 4096);
	usage_free(&usage);
	tree_file(&tree, "/numa_maps", "1000 default heap N0=x\n");
	assert_int_equal(usage_read(tree.root, &usage), -EBADMSG);
	tree_remove(&tree);
	tree_make(&tree);
	assert_int_equal(usage_read(tree.root, &usage), -ESRCH);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),  cmocka_unit_test(test_read),
		cmocka_unit_test(test_huge),   cmocka_unit_test(test_arrange),
		cmocka_unit_test(test_change), cmocka_unit_test(test_total),
		cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
