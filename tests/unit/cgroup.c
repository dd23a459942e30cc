/* Cpusets, on trees as the kernel's three interfaces make them. */
#include "tree.h"

#include <errno.h>

#include "lib/cgroup.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_mounts(void **state)
{
	static const struct {
		const char *text;
		enum cgroup_version version;
		const char *mount;
	} cases[] = {
		{ "", CGROUP_NONE, "" },
		{ "\n\n", CGROUP_NONE, "" },
		{ "sysfs /sys sysfs rw 0 0\n", CGROUP_NONE, "" },
		{ "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n", CGROUP_NONE, "" },
		{ "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n", CGROUP_V2, "/sys/fs/cgroup" },
		/* No newline at the end, and no more than the words needed. */
		{ "x /c cgroup2", CGROUP_V2, "/c" },
		{ "cgroup /sys/fs/cgroup/cpuset cgroup rw,nosuid,cpuset,clone_children 0 0\n",
		  CGROUP_V1, "/sys/fs/cgroup/cpuset" },
		{ "cgroup /dev/cpuset cgroup rw,cpuset,noprefix,release_agent=/x 0 0\n",
		  CGROUP_BARE, "/dev/cpuset" },
		{ "none /dev/cpuset cpuset rw 0 0\n", CGROUP_BARE, "/dev/cpuset" },
		/* Hybrid: v2 is there, but v1 has the controller, whichever comes first. */
		{ "cgroup2 /u cgroup2 rw 0 0\ncgroup /c cgroup rw,cpu,cpuset 0 0\n", CGROUP_V1,
		  "/c" },
		{ "cgroup /c cgroup rw,cpuset 0 0\ncgroup2 /u cgroup2 rw 0 0\n", CGROUP_V1, "/c" },
		/* Hybrid without a cpuset in v1: v2 may have it. */
		{ "cgroup /c cgroup rw,freezer 0 0\ncgroup2 /u cgroup2 rw 0 0\n", CGROUP_V2, "/u" },
		/* Mounted twice: the first. */
		{ "a /1 cgroup2 rw 0 0\nb /2 cgroup2 rw 0 0\n", CGROUP_V2, "/1" },
		{ "a /1 cgroup rw,cpuset 0 0\nb /2 cgroup rw,cpuset 0 0\n", CGROUP_V1, "/1" },
		/* Options and types are whole words. */
		{ "a /1 cgroup rw,cpusets,xcpuset 0 0\n", CGROUP_NONE, "" },
		{ "a /1 cgroup3 rw,cpuset 0 0\ncpuset cgroup2 tmpfs cpuset 0 0\n", CGROUP_NONE,
		  "" },
		/* Blanks, tabs and backslashes in a mount point. */
		{ "a /my\\040dir\\011x\\134y cgroup2 rw 0 0\n", CGROUP_V2, "/my dir\tx\\y" },
		{ "a /end\\04 cgroup2 rw 0 0\n", CGROUP_V2, "/end\\04" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cgroup cgroup = { 0 };
		int error = cgroup_parse_mounts(cases[i].text, strlen(cases[i].text), &cgroup);

		if (cgroup.version != cases[i].version)
			fail_msg("'%s': version %d", cases[i].text, (int)cgroup.version);
		assert_int_equal(error, cases[i].version == CGROUP_NONE ? -ENOENT : 0);
		assert_string_equal(cgroup.mount, cases[i].mount);
	}
}

static void test_membership(void **state)
{
	static const struct {
		enum cgroup_version version;
		const char *text, *path;
	} cases[] = {
		{ CGROUP_V2, "0::/user.slice/batch.scope\n", "/user.slice/batch.scope" },
		{ CGROUP_V2, "0::/", "/" },
		{ CGROUP_V2, "3:cpuset:/one\n1:name=systemd:/two\n0::/three\n", "/three" },
		{ CGROUP_V2, "3:cpuset:/one\n", NULL },
		{ CGROUP_V2, "0:cpuset:/one\n", NULL },
		{ CGROUP_V1, "4:memory:/m\n3:cpuset:/one\n0::/three\n", "/one" },
		{ CGROUP_V1, "3:cpu,cpuset,cpuacct:/one\n", "/one" },
		{ CGROUP_V1, "1:name=cpuset:/no\n2:cpusets:/no\n3:cpuset:/one\n", "/one" },
		{ CGROUP_BARE, "1:cpuset:/bare:with:colons\n", "/bare:with:colons" },
		{ CGROUP_V1, "0::/three\n", NULL },
		{ CGROUP_V1, "3:cpuset:\n", NULL },
		{ CGROUP_V1, "3:cpuset:relative\n", NULL },
		{ CGROUP_V1, "3:cpuset", NULL },
		{ CGROUP_V1, "", NULL },
		{ CGROUP_V2, "0::/with blank (deleted)\n", "/with blank (deleted)" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cgroup cgroup = { .version = cases[i].version };
		int error = cgroup_parse_membership(cases[i].text, strlen(cases[i].text), &cgroup);

		if (error != (cases[i].path ? 0 : -ENOENT))
			fail_msg("'%s': %d", cases[i].text, error);
		assert_string_equal(cgroup.path, cases[i].path ? cases[i].path : "");
	}
}

static void test_long_paths(void **state)
{
	static char text[CGROUP_PATH + 16];
	struct cgroup cgroup = { .version = CGROUP_V2 };

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "0::/", 4);
	assert_int_equal(cgroup_parse_membership(text, 3 + CGROUP_PATH, &cgroup), -ENOENT);
	assert_int_equal(cgroup_parse_membership(text, 3 + CGROUP_PATH - 1, &cgroup), 0);
	assert_int_equal(strlen(cgroup.path), CGROUP_PATH - 1);
}

/* What the calling process's cpuset allows, and the topmost cgroup that forbids ID. */
static void check(const struct tree *tree, enum cgroup_what what, const char *allowed, unsigned id,
                  const char *file, const char *path)
{
	struct cgroup cgroup;
	struct cgroup_limit limit;
	struct idset set;
	char text[IDSET_TEXT];
	int error;

	assert_int_equal(cgroup_find(tree->root, "self", &cgroup), 0);
	error = cgroup_allowed(tree->root, &cgroup, what, &set);
	if (error) {
		assert_null(allowed);
		assert_int_equal(error, -ENOENT);
	} else {
		assert_non_null(allowed);
		assert_string_equal(idset_text(&set, text), allowed);
	}
	error = cgroup_find_limit(tree->root, &cgroup, what, id, &limit);
	if (error) {
		assert_null(path);
		assert_int_equal(error, -ENOENT);
	} else {
		assert_non_null(path);
		assert_string_equal(limit.file, file);
		assert_string_equal(limit.path, path);
	}
}

static void test_v2(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/proc/self/mounts", "c /sys/fs/cgroup cgroup2 rw 0 0\n");
	tree_file(&tree, "/proc/self/cgroup", "0::/user.slice/batch.scope/inner\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset.mems.effective", "0-3\n");
	tree_file(&tree, "/sys/fs/cgroup/user.slice/cpuset.cpus.effective", "0-7\n");
	tree_file(&tree, "/sys/fs/cgroup/user.slice/cpuset.mems.effective", "0-1\n");
	tree_file(&tree, "/sys/fs/cgroup/user.slice/batch.scope/cpuset.cpus.effective", "2-3\n");
	/* The controller is not enabled for mems' last levels, nor for anything in inner. */
	check(&tree, CGROUP_CPUS, "2-3", 0, "cpuset.cpus", "/user.slice/batch.scope");
	check(&tree, CGROUP_CPUS, "2-3", 9, "cpuset.cpus", "/");
	check(&tree, CGROUP_CPUS, "2-3", 3, NULL, NULL);
	check(&tree, CGROUP_MEMS, "0-1", 3, "cpuset.mems", "/user.slice");
	check(&tree, CGROUP_MEMS, "0-1", 1, NULL, NULL);
	tree_remove(&tree);
}

static void test_v1(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/proc/self/mounts",
	          "c /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\nc /sys/fs/cgroup/unified cgroup2 "
	          "rw 0 0\n");
	tree_file(&tree, "/proc/self/cgroup", "5:cpu:/x\n3:cpuset:/a/b\n0::/y\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset/cpuset.cpus", "0-7\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset/a/cpuset.cpus", "0-5\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset/a/b/cpuset.cpus", "4-7\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset/a/b/cpuset.effective_cpus", "4-5\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset/a/b/cpuset.mems", "1\n");
	/* Not ours: below the mount of v2. */
	tree_file(&tree, "/sys/fs/cgroup/unified/y/cpuset.cpus.effective", "0\n");
	check(&tree, CGROUP_CPUS, "4-5", 6, "cpuset.cpus", "/a");
	check(&tree, CGROUP_CPUS, "4-5", 3, "cpuset.cpus", "/a/b");
	check(&tree, CGROUP_MEMS, "1", 0, "cpuset.mems", "/a/b");
	tree_remove(&tree);
}

static void test_bare(void **state)
{
	static const char *const mounts[] = {
		"none /dev/cpuset cpuset rw 0 0\n",
		"c /dev/cpuset cgroup rw,cpuset,noprefix 0 0\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(mounts); i++) {
		struct tree tree;

		tree_make(&tree);
		tree_file(&tree, "/proc/self/mounts", mounts[i]);
		/* Kernels without /proc/self/cgroup have the path here. */
		tree_file(&tree, "/proc/self/cpuset", "/batch\n");
		tree_file(&tree, "/dev/cpuset/mems", "0-1\n");
		tree_file(&tree, "/dev/cpuset/batch/mems", "1\n");
		tree_file(&tree, "/dev/cpuset/batch/effective_cpus", "3\n");
		tree_file(&tree, "/dev/cpuset/batch/cpus", "3-4\n");
		check(&tree, CGROUP_MEMS, "1", 0, "mems", "/batch");
		check(&tree, CGROUP_CPUS, "3", 4, "cpus", "/batch");
		tree_remove(&tree);
	}
}

/* The path of a container's own view, or of the host's, need not be there below the mount. */
static void test_container(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	/* A dump has no link /proc/mounts -> self/mounts. */
	tree_file(&tree, "/proc/mounts", "c /sys/fs/cgroup cgroup2 ro 0 0\n");
	tree_file(&tree, "/proc/self/cgroup", "0::/docker/0123\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset.mems.effective", "0,2\n");
	check(&tree, CGROUP_MEMS, "0,2", 1, "cpuset.mems", "/");
	/* Nothing tells of CPUs. */
	check(&tree, CGROUP_CPUS, NULL, 1, NULL, NULL);
	tree_file(&tree, "/proc/self/cgroup", "0::/\n");
	check(&tree, CGROUP_MEMS, "0,2", 1, "cpuset.mems", "/");
	tree_remove(&tree);
}

static void test_not_found(void **state)
{
	struct cgroup cgroup;
	struct idset set;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	assert_int_equal(cgroup_find(tree.root, "self", &cgroup), -ENOENT);
	tree_file(&tree, "/proc/self/mounts", "sysfs /sys sysfs rw 0 0\n");
	assert_int_equal(cgroup_find(tree.root, "self", &cgroup), -ENOENT);
	tree_file(&tree, "/proc/self/mounts", "c /c cgroup2 rw 0 0\n");
	assert_int_equal(cgroup_find(tree.root, "self", &cgroup), -ENOENT);
	tree_file(&tree, "/proc/self/cpuset", "no path\n");
	assert_int_equal(cgroup_find(tree.root, "self", &cgroup), -EINVAL);
	/* A malformed file is no limit, and no permission either. */
	tree_file(&tree, "/proc/self/cpuset", "/\n");
	tree_file(&tree, "/c/cpuset.mems.effective", "0-\n");
	assert_int_equal(cgroup_find(tree.root, "self", &cgroup), 0);
	assert_int_equal(cgroup_allowed(tree.root, &cgroup, CGROUP_MEMS, &set), -EINVAL);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts),     cmocka_unit_test(test_membership),
		cmocka_unit_test(test_long_paths), cmocka_unit_test(test_v2),
		cmocka_unit_test(test_v1),         cmocka_unit_test(test_bare),
		cmocka_unit_test(test_container),  cmocka_unit_test(test_not_found),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
