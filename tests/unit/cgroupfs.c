/* Cgroups by name, on a tree as the kernel makes it. */
#include "tree.h"

#include <errno.h>

#include "lib/cgroup.h"
#include "lib/cgroupfs.h"

static struct tree tree;
static struct cgroup mount = { .version = CGROUP_V2, .mount = "/sys/fs/cgroup" };

static int make(void **state)
{
	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/sys/fs/cgroup/cgroup.controllers", "cpu cpuset memory\n");
	tree_file(&tree, "/sys/fs/cgroup/cgroup.subtree_control", "cpu cpuset\n");
	tree_file(&tree, "/sys/fs/cgroup/cgroup.procs", "1\n");
	tree_file(&tree, "/sys/fs/cgroup/a.slice/cgroup.subtree_control", "cpusets\n");
	tree_file(&tree, "/sys/fs/cgroup/a.slice/cgroup.procs", "");
	tree_file(&tree, "/sys/fs/cgroup/a.slice/x.service/cgroup.procs", "17\n4242\n");
	tree_file(&tree, "/sys/fs/cgroup/a.slice/x.service/cpuset.mems", "0-1\n");
	tree_file(&tree, "/sys/fs/cgroup/a.slice/x.service/cpuset.cpus", "\n");
	tree_file(&tree, "/sys/fs/cgroup/a.slice/twice/cgroup.procs", "0\n");
	tree_file(&tree, "/sys/fs/cgroup/b.slice/twice/cgroup.procs", "x\n");
	tree_file(&tree, "/sys/fs/cgroup/a.slice/_memory.service/cgroup.procs", "");
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static void test_find(void **state)
{
	static const struct {
		const char *name;
		int error;
		const char *path;
	} cases[] = {
		{ "x.service", 0, "/a.slice/x.service" },
		{ "a.slice", 0, "/a.slice" },
		{ "/a.slice/x.service", 0, "/a.slice/x.service" },
		{ "a.slice//x.service/", 0, "/a.slice/x.service" },
		{ "/sys/fs/cgroup/a.slice", 0, "/a.slice" },
		{ "/sys/fs/cgroup", 0, "/" },
		{ "/sys/fs/cgroup/", 0, "/" },
		{ "/", 0, "/" },
		{ "twice", -EMLINK, NULL },
		{ "/b.slice/twice", 0, "/b.slice/twice" },
		{ "x", 0, "/a.slice/x.service" },
		{ "memory.service", 0, "/a.slice/_memory.service" },
		{ "memory", 0, "/a.slice/_memory.service" },
		{ "b", -ENOENT, NULL },
		{ "x.scope", -ENOENT, NULL },
		{ "/x.service", -ENOENT, NULL },
		{ "/sys/fs/cgroupa.slice", -ENOENT, NULL },
		{ "cgroup.procs", -ENOENT, NULL },
		{ "/a.slice/cgroup.procs", -ENOTDIR, NULL },
		{ "", -EINVAL, NULL },
		{ "..", -EINVAL, NULL },
		{ ".", -EINVAL, NULL },
		{ "a.slice/../b.slice", -EINVAL, NULL },
		{ "./a.slice", -EINVAL, NULL },
	};
	char other[CGROUP_PATH];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cgroup found = mount;
		int error = cgroupfs_find(tree.root, cases[i].name, &found, other);

		if (error != cases[i].error)
			fail_msg("'%s': %d", cases[i].name, error);
		if (cases[i].path)
			assert_string_equal(found.path, cases[i].path);
		if (error == -EMLINK)
			assert_string_not_equal(found.path, other);
	}
}

static struct cgroup at(const char *path)
{
	struct cgroup cgroup = mount;

	strcpy(cgroup.path, path);
	return cgroup;
}

static void test_family(void **state)
{
	struct cgroup cgroup = at("/a/b"), parent, child;

	(void)state;
	assert_true(cgroupfs_parent(&cgroup, &parent));
	assert_string_equal(parent.path, "/a");
	assert_true(cgroupfs_parent(&parent, &cgroup));
	assert_string_equal(cgroup.path, "/");
	assert_false(cgroupfs_parent(&cgroup, &parent));
	assert_int_equal(cgroupfs_child(&cgroup, "x", &child), 0);
	assert_string_equal(child.path, "/x");
	assert_null(cgroupfs_unit(&child));
	cgroup = at("/a.slice/_memory.service");
	assert_string_equal(cgroupfs_unit(&cgroup), "memory.service");
	cgroup = at("/a.slice");
	assert_string_equal(cgroupfs_unit(&cgroup), "a.slice");
	cgroup = at("/");
	assert_null(cgroupfs_unit(&cgroup));
	assert_int_equal(cgroupfs_child(&child, "y", &cgroup), 0);
	assert_string_equal(cgroup.path, "/x/y");
}

static void test_files(void **state)
{
	struct cgroup cgroup = at("/a.slice/x.service"), root = at("/"), gap;
	struct idset set;
	char *text;

	(void)state;
	assert_int_equal(cgroup_read_set(tree.root, &cgroup, CGROUP_MEMS, &set), 0);
	assert_int_equal(idset_count(&set), 2);
	assert_int_equal(cgroup_read_set(tree.root, &cgroup, CGROUP_CPUS, &set), 0);
	assert_true(idset_empty(&set));
	assert_int_equal(cgroup_read_effective(tree.root, &cgroup, CGROUP_CPUS, &set), -ENOENT);
	assert_int_equal(cgroupfs_has_word(tree.root, &root, "cgroup.controllers", "cpuset"), 1);
	assert_int_equal(cgroupfs_has_word(tree.root, &root, "cgroup.controllers", "set"), 0);
	assert_int_equal(cgroupfs_find_gap(tree.root, &cgroup, "cpuset", &gap), 0);
	assert_string_equal(gap.path, "/a.slice");
	assert_int_equal(cgroupfs_find_gap(tree.root, &cgroup, "memory", &gap), 0);
	assert_string_equal(gap.path, "/");
	assert_int_equal(cgroupfs_find_gap(tree.root, &cgroup, "pids", &gap), -ENOENT);
	assert_int_equal(cgroupfs_may_write(tree.root, &cgroup, "cpuset.mems"), 0);
	assert_int_equal(cgroupfs_may_write(tree.root, &cgroup, "cpuset.none"), -ENOENT);
	assert_int_equal(cgroupfs_write(tree.root, &cgroup, "cpuset.cpus", "3\n"), 0);
	assert_int_equal(cgroup_read_set(tree.root, &cgroup, CGROUP_CPUS, &set), 0);
	assert_int_equal(cgroupfs_write_set(tree.root, &cgroup, "cpuset.mems", &set), 0);
	assert_int_equal(cgroupfs_read(tree.root, &cgroup, "cpuset.mems", &text), 0);
	assert_string_equal(text, "3");
	free(text);
}

/* What is no name of a file is not looked for below the mount. */
static void test_text(void **state)
{
	char path[CGROUP_PATH], longest[CGROUP_PATH + 8];
	pid_t *pids = NULL;

	(void)state;
	assert_int_equal(cgroupfs_parse_path("", path), 0);
	assert_string_equal(path, "/");
	assert_int_equal(cgroupfs_parse_path("//a///b/", path), 0);
	assert_string_equal(path, "/a/b");
	assert_int_equal(cgroupfs_parse_path("/a/.", path), -EINVAL);
	assert_int_equal(cgroupfs_parse_path("..", path), -EINVAL);
	assert_int_equal(cgroupfs_parse_path("/...", path), 0);
	memset(longest, 'a', sizeof(longest));
	longest[CGROUP_PATH - 2] = '\0';
	assert_int_equal(cgroupfs_parse_path(longest, path), 0);
	longest[CGROUP_PATH - 2] = 'a';
	longest[CGROUP_PATH - 1] = '\0';
	assert_int_equal(cgroupfs_parse_path(longest, path), -ENAMETOOLONG);
	assert_int_equal(cgroupfs_parse_processes("", &pids, 0), 0);
	assert_null(pids);
	assert_int_equal(cgroupfs_parse_processes("1\n0\n17", &pids, 0), 3);
	assert_int_equal(cgroupfs_parse_processes("4\n", &pids, 3), 4);
	assert_int_equal(pids[0] + pids[1] + pids[2] + pids[3], 22);
	assert_int_equal(cgroupfs_parse_processes("\n", &pids, 4), -EBADMSG);
	assert_int_equal(cgroupfs_parse_processes("-1\n", &pids, 4), -EBADMSG);
	assert_int_equal(cgroupfs_parse_processes("2147483648\n", &pids, 4), -EBADMSG);
	free(pids);
}

static void test_processes(void **state)
{
	struct cgroup a = at("/a.slice"), b = at("/b.slice/twice"), root = at("/");
	pid_t *pids;

	(void)state;
	assert_int_equal(cgroupfs_processes(tree.root, &a, false, &pids), 0);
	free(pids);
	assert_int_equal(cgroupfs_processes(tree.root, &a, true, &pids), 3);
	assert_int_equal(pids[0] + pids[1] + pids[2], 17 + 4242);
	free(pids);
	assert_int_equal(cgroupfs_processes(tree.root, &b, false, &pids), -EBADMSG);
	assert_int_equal(cgroupfs_processes(tree.root, &root, false, &pids), 1);
	free(pids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_find, make, unmake),
		cmocka_unit_test_setup_teardown(test_family, make, unmake),
		cmocka_unit_test_setup_teardown(test_files, make, unmake),
		cmocka_unit_test_setup_teardown(test_processes, make, unmake),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
