/* Sets from the files and folders of sysfs. */
#include "tree.h"

#include <errno.h>

#include "lib/sysfs.h"

static void check_set(const struct idset *set, const char *expected)
{
	char text[IDSET_TEXT];

	assert_string_equal(idset_text(set, text), expected);
}

static void test_sets(void **state)
{
	struct idset set;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/sys/list", "0-3,8\n");
	tree_file(&tree, "/sys/mask", "00000001,0000000f\n");
	tree_bytes(&tree, "/sys/nothing", "\n\0", 2);
	tree_file(&tree, "/sys/torn", "0-\n");
	tree_file(&tree, "/sys/wide", "0-8192\n");
	assert_int_equal(sysfs_read_set(tree.root, "/sys/list", idset_parse_list, &set), 0);
	check_set(&set, "0-3,8");
	assert_int_equal(sysfs_read_set(tree.root, "/sys/mask", idset_parse_mask, &set), 0);
	check_set(&set, "0-3,32");
	assert_int_equal(sysfs_read_list(tree.root, "/sys/list", &set), 0);
	check_set(&set, "0-3,8");
	/* What fails leaves the set as it was. */
	assert_int_equal(sysfs_read_set(tree.root, "/sys/list", idset_parse_mask, &set), -EBADMSG);
	assert_int_equal(sysfs_read_list(tree.root, "/sys/torn", &set), -EBADMSG);
	assert_int_equal(sysfs_read_list(tree.root, "/sys/wide", &set), -ERANGE);
	assert_int_equal(sysfs_read_list(tree.root, "/sys/none", &set), -ENOENT);
	assert_int_equal(sysfs_read_list(tree.root, "/sys/list/none", &set), -ENOENT);
	assert_int_equal(sysfs_read_list(tree.root, "/sys/nothing", &set), -ENOENT);
	check_set(&set, "0-3,8");
	/* Empty is a set all the same, where nobody takes it for silence. */
	assert_int_equal(sysfs_read_set(tree.root, "/sys/nothing", idset_parse_list, &set), 0);
	assert_true(idset_empty(&set));
	tree_remove(&tree);
}

static void test_folders(void **state)
{
	struct idset set;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/sys/node/node0/x", "");
	tree_file(&tree, "/sys/node/node40/x", "");
	tree_file(&tree, "/sys/node/node8191/x", "");
	/* None of these is a node. */
	tree_file(&tree, "/sys/node/node8192/x", "");
	tree_file(&tree, "/sys/node/node/x", "");
	tree_file(&tree, "/sys/node/node07/x", "");
	tree_file(&tree, "/sys/node/node1x", "");
	tree_file(&tree, "/sys/node/cpu3/x", "");
	tree_file(&tree, "/sys/node/3", "");
	assert_int_equal(sysfs_read_ids(tree.root, "/sys/node", "node", &set), 0);
	check_set(&set, "0,40,8191");
	assert_int_equal(sysfs_read_ids(tree.root, "/sys/none", "node", &set), -ENOENT);
	assert_int_equal(sysfs_read_ids(tree.root, "/sys/node/3", "node", &set), -ENOENT);
	check_set(&set, "0,40,8191");
	assert_int_equal(sysfs_read_ids(tree.root, "/sys/node", "memory", &set), 0);
	assert_true(idset_empty(&set));
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_folders),
	};

	return cmocka_run_group_tests_name("sysfs", tests, NULL, NULL);
}
