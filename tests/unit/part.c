/* Names of CPUs: the parts of a machine by their ids, and what is said of those it has not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group.h"
#include "lib/util.h"
#include "term.h"
#include "topology.h"
#include "tree.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CPU "/sys/devices/system/cpu"
#define NODE "/sys/devices/system/node"

static struct tree tree;
static struct topology machine;

__attribute__((format(printf, 3, 4))) static void add_cpu(unsigned cpu, const char *file,
                                                          const char *format, ...)
{
	char name[256], text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(name, sizeof(name), CPU "/cpu%u/%s", cpu, file);
	tree_file(&tree, name, text);
}

static void add_cache(unsigned cpu, const char *cpus, const char *id)
{
	add_cpu(cpu, "cache/index0/level", "2\n");
	add_cpu(cpu, "cache/index1/level", "3\n");
	add_cpu(cpu, "cache/index1/shared_cpu_list", "%s\n", cpus);
	if (id)
		add_cpu(cpu, "cache/index1/id", "%s\n", id);
}

/*
 * Node 0 has CPUs 0 to 3, node 5 has 4 to 7, node 6 none. Sockets 36 and 8442; the threads of a core
 * are two apart; CPU 8 is offline.
 */
static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	tree_file(&tree, CPU "/online", "0-7\n");
	tree_file(&tree, CPU "/present", "0-8\n");
	tree_file(&tree, NODE "/online", "0,5-6\n");
	tree_file(&tree, NODE "/node0/cpulist", "0-3\n");
	tree_file(&tree, NODE "/node5/cpulist", "4-7\n");
	tree_file(&tree, NODE "/node6/cpulist", "\n");
	for (unsigned cpu = 0; cpu < 8; cpu++) {
		unsigned first = cpu & ~2U;

		add_cpu(cpu, "topology/physical_package_id", "%u\n", cpu < 4 ? 36U : 8442U);
		add_cpu(cpu, "topology/thread_siblings_list", "%u,%u\n", first, first + 2);
		add_cache(cpu, cpu < 4 ? "0-3" : "4-8", cpu < 4 ? "3" : "70000");
	}
	topology_init(&machine, tree.root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	topology_free(&machine);
	tree_remove(&tree);
	return 0;
}

struct meaning {
	const char *term, *cpus, *reason;
	int error;
};

static void check(const struct meaning *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct idset cpus = { 0 }, usable = { 0 };
		struct term_scope scope = { .topology = &machine, .usable = &usable, .cpus = true };
		char reason[TERM_REASON] = "", list[IDSET_TEXT];
		int error = term_find(cases[i].term, strlen(cases[i].term), &scope, &cpus, reason);

		if (error != cases[i].error || strcmp(idset_text(&cpus, list), cases[i].cpus) != 0)
			fail_msg("'%s': %d, '%s', %s", cases[i].term, error, list, reason);
		assert_string_equal(reason, cases[i].reason);
	}
}

static void test_groups(void **state)
{
	static const struct meaning cases[] = {
		{ "node:0", "0-3", "", 0 },
		{ "node:0-9", "0-7", "", 0 },
		{ "node:1-9", "4-7", "", 0 },
		{ "node:6", "", "node 6 has no CPUs (nodes with CPUs: 0,5)", -ENOENT },
		{ "node:1", "", "node 1 does not exist (nodes with CPUs: 0,5)", -ENOENT },
		{ "node:6-7", "", "no node in the range 6-7 (nodes with CPUs: 0,5)", -ENOENT },
		{ "socket:36", "0-3", "", 0 },
		{ "socket:8442", "4-7", "", 0 },
		{ "socket:0-4294967295", "0-7", "", 0 },
		{ "socket:36-8442:8406", "0-7", "", 0 },
		{ "socket:36-8442:8405", "0-3", "", 0 },
		{ "socket:0", "", "socket 0 does not exist (sockets: 36,8442)", -ENOENT },
		{ "l3:3", "0-3", "", 0 },
		{ "l3:70000", "4-7", "", 0 },
		{ "l3:0", "", "level 3 cache 0 does not exist (level 3 caches: 3,70000)", -ENOENT },
		{ "core:0", "0,2", "", 0 },
		{ "core:3", "5,7", "", 0 },
		{ "core:1-2", "1,3-4,6", "", 0 },
		{ "core:0-3:2", "0,2,4,6", "", 0 },
		{ "core:1-9:2", "1,3,5,7", "", 0 },
		{ "core:4", "", "core 4 does not exist (cores: 0-3)", -ENOENT },
		{ "core:4-7", "", "no core in the range 4-7 (cores: 0-3)", -ENOENT },
	};

	(void)state;
	check(cases, COUNT(cases));
}

static void test_malformed(void **state)
{
	static const char *const values[] = { "x",   "-1",    "1-",    "0-1:", "0-1:0", "0:2",
		                              "01",  "0x1",   "1-2-3", "1 ",   " 1",    "+1",
		                              "all", "0-1:x", "1.",    "0-01", "!0",    "0-1:01" };
	struct idset cpus, usable = { 0 };
	struct term_scope scope = { .topology = &machine, .usable = &usable, .cpus = true };
	char reason[TERM_REASON], term[64];

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		char want[128];

		snprintf(term, sizeof(term), "core:%s", values[i]);
		snprintf(want, sizeof(want),
		         "'%s' is no number and no range (write it as in core:0-15:2)", values[i]);
		assert_int_equal(term_find(term, strlen(term), &scope, &cpus, reason), -EINVAL);
		assert_string_equal(reason, want);
	}
	assert_int_equal(term_find("socket:4294967296", 17, &scope, &cpus, reason), -EINVAL);
	assert_string_equal(reason, "'4294967296' is too large (write it as in socket:0)");
	assert_int_equal(term_find("l3:2-1", 6, &scope, &cpus, reason), -EINVAL);
	assert_string_equal(reason, "the range 2-1 is reversed (write 1-2)");
	assert_int_equal(term_find("node:", 5, &scope, &cpus, reason), -EINVAL);
	assert_string_equal(reason, "there is nothing behind node:");
}

/* What the kernel does not tell of any CPU; and of some. */
static void test_unknown(void **state)
{
	static const struct meaning some[] = {
		{ "socket:36", "1-3", "", 0 },
		{ "core:0", "1,3", "", 0 },
		{ "l3:1", "4-7", "", 0 },
	};
	static const struct meaning none[] = {
		{ "socket:0", "",
		  "the kernel does not tell the sockets of CPUs (there is no " CPU
		  "/cpu9/topology/physical_package_id)",
		  -ENOENT },
		{ "core:0", "",
		  "the kernel does not tell which CPUs share a core (there is no " CPU
		  "/cpu9/topology/thread_siblings_list)",
		  -ENOENT },
		{ "l3:0", "",
		  "the kernel does not tell any level 3 cache (there is no " CPU
		  "/cpu9/cache/index0/level)",
		  -ENOENT },
	};

	(void)state;
	add_cpu(0, "topology/physical_package_id", "-1\n");
	/* One that is without the CPU itself tells nothing, nor does a list of others of this one. */
	add_cpu(0, "topology/thread_siblings_list", "5\n");
	/* Two caches of one id: both are counted. */
	for (unsigned cpu = 4; cpu < 8; cpu++)
		add_cache(cpu, "4-8", "3");
	check(some, COUNT(some));
	topology_free(&machine);
	tree_file(&tree, CPU "/online", "9\n");
	topology_init(&machine, tree.root);
	check(none, COUNT(none));
}

static void test_damaged(void **state)
{
	static const struct meaning cases[] = {
		{ "socket:0", "", CPU "/cpu3/topology/physical_package_id: malformed", -ENOENT },
		{ "core:0", "", CPU "/cpu1/topology/thread_siblings_list: malformed", -ENOENT },
		{ "l3:0", "", CPU "/cpu0/cache/index1/id: malformed", -ENOENT },
	};

	(void)state;
	add_cpu(3, "topology/physical_package_id", "one\n");
	add_cpu(1, "topology/thread_siblings_list", "1-\n");
	add_cpu(0, "cache/index1/id", "three\n");
	check(cases, COUNT(cases));
}

static void test_kinds(void **state)
{
	static const struct meaning none[] = {
		{ "pcore", "",
		  "the kernel tells of no P-cores: no hybrid processor, or a kernel before "
		  "Linux 5.13 (there is no "
		  "/sys/devices/cpu_core/cpus)",
		  -ENOENT },
		{ "ecore", "",
		  "the kernel tells of no E-cores: no hybrid processor, or a kernel before "
		  "Linux 5.13 (there is no "
		  "/sys/devices/cpu_atom/cpus)",
		  -ENOENT },
		{ "isolated", "",
		  "the kernel does not tell which CPUs are isolated (there is no " CPU "/isolated)",
		  -ENOENT },
		{ "housekeeping", "",
		  "the kernel does not tell which CPUs are isolated (there is no " CPU "/isolated)",
		  -ENOENT },
	};
	static const struct meaning empty[] = {
		{ "isolated", "", "no CPU is isolated (" CPU "/isolated is empty)", -ENODATA },
		{ "housekeeping", "0-7", "", 0 },
	};
	static const struct meaning some[] = {
		{ "pcore", "0-3", "", 0 },
		{ "ecore", "4-7", "", 0 },
		{ "isolated", "6-7", "", 0 },
		{ "housekeeping", "0-4", "", 0 },
	};
	static const struct meaning all[] = {
		{ "housekeeping", "", "all CPUs are isolated or nohz_full", -ENOENT },
	};
	static const struct meaning damaged[] = {
		{ "housekeeping", "", CPU "/nohz_full: malformed", -ENOENT },
	};

	(void)state;
	check(none, COUNT(none));
	tree_file(&tree, CPU "/isolated", "\n");
	check(empty, COUNT(empty));
	tree_file(&tree, CPU "/nohz_full", "  (null)\n");
	check(empty, COUNT(empty));
	tree_file(&tree, CPU "/isolated", "6-7\n");
	tree_file(&tree, CPU "/nohz_full", "5,7\n");
	tree_file(&tree, "/sys/devices/cpu_core/cpus", "0-3\n");
	tree_file(&tree, "/sys/devices/cpu_atom/cpus", "4-7\n");
	check(some, COUNT(some));
	tree_file(&tree, CPU "/nohz_full", "0-5\n");
	check(all, COUNT(all));
	tree_file(&tree, CPU "/nohz_full", "none\n");
	check(damaged, COUNT(damaged));
}

/* Where no cache has an id they are counted by their first CPU, and each CPU is in one. */
static void test_counted(void **state)
{
	static struct group_map map;

	(void)state;
	for (unsigned cpu = 0; cpu < 8; cpu++) {
		char name[256];

		snprintf(name, sizeof(name), "%s" CPU "/cpu%u/cache/index1/id", tree.path, cpu);
		assert_int_equal(unlink(name), 0);
		add_cache(cpu, cpu % 2 ? "1,3,5,7" : "0,2,4,6", NULL);
	}
	assert_int_equal(group_load(&machine, GROUP_CACHE, &map), 0);
	for (unsigned cpu = 0; cpu < 8; cpu++) {
		assert_true(idset_has(&map.cpus, cpu));
		assert_int_equal(map.of[cpu], cpu % 2);
	}
	assert_int_equal(idset_count(&map.cpus), 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_groups),  TEST(test_malformed), TEST(test_unknown),
		TEST(test_damaged), TEST(test_kinds),     TEST(test_counted),
	};

	return cmocka_run_group_tests_name("part", tests, NULL, NULL);
}
