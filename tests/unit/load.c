/* Tasks that run on each CPU: the text of /proc/PID/stat, and counts on machines of our own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/attribute.h"
#include "lib/load.h"
#include "lib/util.h"
#include "tree.h"

/* Of a kernel: name, state and last CPU are what differs here. */
#define STAT(name, state, threads, cpu)                                                            \
	"17 (" name ") " state " 1 17 17 0 -1 4194304 1 0 0 0 2 3 0 0 20 0 " threads               \
	" 0 99 1024 5 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 " cpu                        \
	" 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		char state; /* '-': malformed */
		unsigned cpu;
		unsigned long threads;
	} cases[] = {
		{ STAT("sh", "R", "1", "3"), 'R', 3, 1 },
		{ STAT("sh", "S", "12", "8191"), 'S', 8191, 12 },
		{ STAT("a b) R 1 (c", "D", "1", "0"), 'D', 0, 1 },
		{ STAT("x\n) Z", "R", "2", "5"), 'R', 5, 2 },
		{ STAT("sh", "R", "1", "8192"), '-', 0, 0 },
		{ STAT("sh", "R", "1", "-1"), '-', 0, 0 },
		{ STAT("sh", "R", "x", "1"), '-', 0, 0 },
		{ "17 (sh) R 1 2 3\n", '-', 0, 0 },
		{ "17 (sh)", '-', 0, 0 },
		{ "17 (sh) ", '-', 0, 0 },
		{ "17 sh R 1", '-', 0, 0 },
		{ "", '-', 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct load_task task = { .state = '-' };
		int error = load_parse(cases[i].text, strlen(cases[i].text), &task);

		assert_int_equal(error, cases[i].state == '-' ? -EINVAL : 0);
		assert_int_equal(task.state, cases[i].state);
		assert_int_equal(task.cpu, cases[i].cpu);
		assert_int_equal(task.threads, cases[i].threads);
	}
}

static unsigned counts[IDSET_MAX];

static unsigned sum(void)
{
	unsigned all = 0;

	for (size_t i = 0; i < IDSET_MAX; i++)
		all += counts[i];
	return all;
}

static void test_count(void **state)
{
	struct tree tree;
	struct attribute_reader reader = { 0 };

	(void)state;
	tree_make(&tree);
	reader.root = tree.root;
	assert_int_equal(load_count(&reader, counts), 0);
	tree_file(&tree, "/proc/stat", "cpu  1 2 3\nprocesses 99\n");
	assert_int_equal(load_count(&reader, counts), 0);
	/* One with three threads, two of which run; one that runs, one that sleeps. */
	tree_file(&tree, "/proc/stat", "cpu  1 2 3\nprocs_running 3\nprocs_blocked 0\n");
	tree_file(&tree, "/proc/7/stat", STAT("a", "S", "3", "1"));
	tree_file(&tree, "/proc/7/task/7/stat", STAT("a", "S", "3", "1"));
	tree_file(&tree, "/proc/7/task/8/stat", STAT("b", "R", "3", "2"));
	tree_file(&tree, "/proc/7/task/9/stat", STAT("c", "R", "3", "9"));
	tree_file(&tree, "/proc/12/stat", STAT("d", "R", "1", "2"));
	tree_file(&tree, "/proc/13/stat", STAT("e", "S", "1", "2"));
	tree_file(&tree, "/proc/self/stat", STAT("f", "R", "1", "2"));
	assert_int_equal(load_count(&reader, counts), 1);
	assert_int_equal(counts[2], 2);
	assert_int_equal(counts[9], 1);
	assert_int_equal(sum(), 3);
	/* No more than there are is looked for, from the last process on. */
	tree_file(&tree, "/proc/stat", "cpu  1 2 3\nprocs_running 1\n");
	assert_int_equal(load_count(&reader, counts), 1);
	assert_int_equal(sum(), 1);
	tree_file(&tree, "/proc/stat", "cpu  1 2 3\nprocs_running 0\n");
	assert_int_equal(load_count(&reader, counts), 1);
	assert_int_equal(sum(), 0);
	/* Most of them are hidden. */
	tree_file(&tree, "/proc/stat", "cpu  1 2 3\nprocs_running 9\n");
	assert_int_equal(load_count(&reader, counts), 0);
	tree_file(&tree, "/proc/stat", "cpu  1 2 3\nprocs_running 8\n");
	assert_int_equal(load_count(&reader, counts), 1);
	tree_file(&tree, "/proc/stat", "cpu  1 2 3\nprocs_running 3\n");
	/* It ended while it was read. */
	tree_file(&tree, "/proc/12/stat", "");
	assert_int_equal(load_count(&reader, counts), 1);
	assert_int_equal(sum(), 2);
	tree_file(&tree, "/proc/12/stat", "12 (d) R\n");
	assert_int_equal(load_count(&reader, counts), -EBADMSG);
	assert_string_equal(reader.path, "/proc/12/stat");
	tree_file(&tree, "/proc/stat", "\nprocs_running x\n");
	assert_int_equal(load_count(&reader, counts), -EBADMSG);
	assert_string_equal(reader.path, "/proc/stat");
	tree_remove(&tree);
}

/* Here: what this process itself does is no load. */
static void test_here(void **state)
{
	struct attribute_reader reader = { .root = UTIL_HERE };

	(void)state;
	assert_true(load_count(&reader, counts) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
