/* What memory cgroups leave. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/memlimit.h"
#include "tree.h"

#define UNTOUCHED 4711

static struct tree tree;
static char path[MEMLIMIT_PATH];

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static long long left_with(bool all)
{
	long long bytes = UNTOUCHED;

	assert_int_equal(memlimit_left(tree.root, all, &bytes, path), 0);
	return bytes;
}

static long long left(void)
{
	return left_with(false);
}

static void no_cgroup(void **state)
{
	(void)state;
	assert_int_equal(left(), MEMLIMIT_NONE);
	tree_file(&tree, "/proc/self/cgroup", "");
	assert_int_equal(left(), MEMLIMIT_NONE);
	tree_file(&tree, "/proc/self/cgroup", "0::/user.slice\n");
	assert_int_equal(left(), MEMLIMIT_NONE);
	tree_file(&tree, "/sys/fs/cgroup/user.slice/memory.max", "max\n");
	tree_file(&tree, "/sys/fs/cgroup/user.slice/memory.current", "1000\n");
	assert_int_equal(left(), MEMLIMIT_NONE);
	/* No lines of the kernel's. */
	tree_file(&tree, "/proc/self/cgroup", "junk\n::\n\n");
	assert_int_equal(left(), MEMLIMIT_NONE);
}

static void the_tightest(void **state)
{
	(void)state;
	tree_file(&tree, "/proc/self/cgroup", "0::/a/b/c\n");
	tree_file(&tree, "/sys/fs/cgroup/a/memory.max", "1000000\n");
	tree_file(&tree, "/sys/fs/cgroup/a/memory.current", "900000\n");
	tree_file(&tree, "/sys/fs/cgroup/a/b/memory.max", "max\n");
	tree_file(&tree, "/sys/fs/cgroup/a/b/memory.current", "800000\n");
	tree_file(&tree, "/sys/fs/cgroup/a/b/c/memory.max", "500000\n");
	tree_file(&tree, "/sys/fs/cgroup/a/b/c/memory.current", "100000\n");
	assert_int_equal(left(), 100000);
	/* What the kernel gives up first counts as free. */
	tree_file(&tree, "/sys/fs/cgroup/a/memory.stat",
	          "anon 1\ninactive_filex 5\ninactive_file 200000\nactive_file 3\n");
	assert_int_equal(left(), 300000);
	assert_int_equal(left_with(true), 300003);
	tree_file(&tree, "/sys/fs/cgroup/a/b/c/memory.current", "600000\n");
	assert_int_equal(left(), 0);
	tree_file(&tree, "/sys/fs/cgroup/a/b/c/memory.stat", "inactive_file 900000\n");
	assert_int_equal(left(), 300000);
}

/* In a container the mount's root is its own cgroup. */
static void the_root(void **state)
{
	(void)state;
	tree_file(&tree, "/proc/self/cgroup", "0::/\n");
	tree_file(&tree, "/sys/fs/cgroup/memory.max", "4096\n");
	tree_file(&tree, "/sys/fs/cgroup/memory.current", "96\n");
	assert_int_equal(left(), 4000);
	tree_file(&tree, "/proc/self/cgroup", "0::/docker/1234\n");
	assert_int_equal(left(), 4000);
}

static void version_1(void **state)
{
	(void)state;
	tree_file(&tree, "/proc/self/cgroup",
	          "9:name=systemd:/x\n5:memory_x:/wrong\n4:cpu,memory:/batch\n0::/x\n");
	tree_file(&tree, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	tree_file(&tree, "/sys/fs/cgroup/memory/memory.usage_in_bytes", "4771712\n");
	tree_file(&tree, "/sys/fs/cgroup/memory/batch/memory.limit_in_bytes", "8192\n");
	tree_file(&tree, "/sys/fs/cgroup/memory/batch/memory.usage_in_bytes", "8000\n");
	tree_file(&tree, "/sys/fs/cgroup/memory/batch/memory.stat", "total_inactive_file 8\n");
	tree_file(&tree, "/sys/fs/cgroup/memory/wrong/memory.limit_in_bytes", "1\n");
	tree_file(&tree, "/sys/fs/cgroup/memory/wrong/memory.usage_in_bytes", "0\n");
	assert_int_equal(left(), 200);
	tree_file(&tree, "/sys/fs/cgroup/memory/batch/memory.stat",
	          "total_inactive_file 8\ntotal_active_file 92\n");
	assert_int_equal(left(), 200);
	assert_int_equal(left_with(true), 292);
	/* Of the root more than all is free: counters are late. */
	tree_file(&tree, "/sys/fs/cgroup/memory/memory.stat", "total_inactive_file 9000000\n");
	assert_int_equal(left(), 200);
	tree_file(&tree, "/proc/self/cgroup", "4:memory:/\n");
	assert_int_equal(left(), 9223372036854771712);
}

static void malformed(void **state)
{
	static const char *const texts[] = { "x\n", "", "-1\n", "1 2\n", "maxx\n", "0x10\n" };

	(void)state;
	tree_file(&tree, "/proc/self/cgroup", "0::/a\n");
	tree_file(&tree, "/sys/fs/cgroup/a/memory.current", "1\n");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		long long bytes = UNTOUCHED;

		tree_file(&tree, "/sys/fs/cgroup/a/memory.max", texts[i]);
		assert_int_equal(memlimit_left(tree.root, true, &bytes, path), -EBADMSG);
		assert_int_equal(bytes, UNTOUCHED);
		assert_string_equal(path, "/sys/fs/cgroup/a/memory.max");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_cgroup), TEST(the_tightest), TEST(the_root),
		TEST(version_1), TEST(malformed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
