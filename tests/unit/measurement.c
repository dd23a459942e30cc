/* What is to be measured: initiators, their CPUs in order, buffers by the caches and what is free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "lib/sample.h"
#include "lib/stream.h"
#include "machine.h"
#include "measurement.h"
#include "report/measure.h"
#include "topology.h"
#include "tree.h"

/* cmocka has none for doubles before 2.0. */
static void assert_near(double a, double b)
{
	assert_true(a - b < 1e-9 && b - a < 1e-9);
}

#define MIB (1LL << 20)

static struct tree tree;
static struct topology topology;
static struct machine machine;
static struct measurement measurement;

/*
 * Node 0: CPUs 0-7 (k and k + 4 are threads of a core, two caches of 16 MiB), 16 GiB free; node 1:
 * CPUs 8-9, no memory; node 2: memory alone, 400 MiB free.
 */
static int setup(void **state)
{
	char path[128];

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/sys/devices/system/node/online", "0-2\n");
	tree_file(&tree, "/sys/devices/system/node/has_memory", "0,2\n");
	tree_file(&tree, "/sys/devices/system/cpu/online", "0-9\n");
	tree_file(&tree, "/sys/devices/system/node/node0/cpulist", "0-7\n");
	tree_file(&tree, "/sys/devices/system/node/node1/cpulist", "8-9\n");
	tree_file(&tree, "/sys/devices/system/node/node2/cpulist", "\n");
	tree_file(&tree, "/sys/devices/system/node/node0/meminfo",
	          "Node 0 MemTotal: 33554432 kB\nNode 0 MemFree: 16777216 kB\n"
	          "Node 0 MemUsed: 16777216 kB\n");
	tree_file(&tree, "/sys/devices/system/node/node2/meminfo",
	          "Node 2 MemTotal: 1048576 kB\nNode 2 MemFree: 409600 kB\n"
	          "Node 2 MemUsed: 638976 kB\n");
	for (unsigned cpu = 0; cpu < 8; cpu++) {
		char list[16];

		snprintf(path, sizeof(path),
		         "/sys/devices/system/cpu/cpu%u/topology/"
		         "thread_siblings_list",
		         cpu);
		snprintf(list, sizeof(list), "%u,%u\n", cpu % 4, cpu % 4 + 4);
		tree_file(&tree, path, list);
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/cache/index0/level",
		         cpu);
		tree_file(&tree, path, "3\n");
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/cache/index0/size",
		         cpu);
		tree_file(&tree, path, "16384K\n");
		snprintf(path, sizeof(path),
		         "/sys/devices/system/cpu/cpu%u/cache/index0/"
		         "shared_cpu_list",
		         cpu);
		tree_file(&tree, path, cpu % 4 < 2 ? "0-1,4-5\n" : "2-3,6-7\n");
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	measurement_free(&measurement);
	machine_free(&machine);
	topology_free(&topology);
	tree_remove(&tree);
	return 0;
}

static void plan(const struct measurement_options *options)
{
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, TOPOLOGY_HAS_MEMORY | TOPOLOGY_NODE_CPUS |
	                                                  TOPOLOGY_MEMORY | TOPOLOGY_DISTANCES),
	                 0);
	assert_int_equal(machine_load(&topology, &machine), 0);
	assert_int_equal(measurement_plan(&topology, &machine, options, &measurement), 0);
}

static void cpus_are(unsigned initiator, unsigned count, const unsigned cpus[])
{
	assert_int_equal(measurement.initiator[initiator].threads, count);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(measurement.initiator[initiator].cpu[i], cpus[i]);
}

static void who_and_where(void **state)
{
	const unsigned first[] = { 0, 1, 2, 3, 4, 5, 6, 7 }, second[] = { 8, 9 };

	(void)state;
	plan(&(struct measurement_options){ .limit = -1 });
	assert_int_equal(measurement.initiators, 2);
	assert_int_equal(measurement.initiator[0].node, 0);
	assert_int_equal(measurement.initiator[1].node, 1);
	cpus_are(0, 8, first);
	cpus_are(1, 2, second);
	assert_int_equal(measurement.targets, 2);
	assert_int_equal(measurement.target[0].node, 0);
	assert_int_equal(measurement.target[1].node, 2);
	assert_int_equal(measurement.planned, 2 * 2 * MEASUREMENT_KINDS * measurement.runs);
	assert_int_equal(measurement_most_threads(&measurement), 8);
}

/* Cores first, and so few of them that all caches are met. */
static void few_threads(void **state)
{
	const unsigned spread[] = { 0, 2 }, second[] = { 8, 9 };

	(void)state;
	plan(&(struct measurement_options){ .limit = -1, .threads = 2 });
	cpus_are(0, 2, spread);
	cpus_are(1, 2, second);
}

static void more_threads_than_cores(void **state)
{
	const unsigned first[] = { 0, 1, 2, 3, 4 }, second[] = { 8, 9 };

	(void)state;
	plan(&(struct measurement_options){ .limit = -1, .threads = 5 });
	cpus_are(0, 5, first);
	/* A node with fewer has all of its own. */
	cpus_are(1, 2, second);
}

/* Eight times both caches; for one thread, eight times the one that it meets. */
static void buffers_by_the_caches(void **state)
{
	(void)state;
	plan(&(struct measurement_options){ .limit = -1 });
	assert_int_equal(measurement.cache, 32 * MIB);
	assert_int_equal(measurement.target[0].buffer, 256 * MIB);
	assert_int_equal(measurement.target[0].chased, 128 * MIB);
	assert_false(measurement.target[0].is_bounded);
	/* A quarter of what is free. */
	assert_int_equal(measurement.target[1].buffer, 100 * MIB);
	assert_int_equal(measurement.target[1].chased, 100 * MIB);
	assert_true(measurement.target[1].is_bounded);
	assert_int_equal(measurement.target[1].free, 400 * MIB);
}

static void quick_is_half(void **state)
{
	(void)state;
	plan(&(struct measurement_options){ .limit = -1, .quick = true });
	assert_int_equal(measurement.target[0].buffer, 128 * MIB);
	assert_int_equal(measurement.target[0].chased, 64 * MIB);
	assert_true(measurement.runs >= 3);
}

static void a_buffer_that_was_asked_for(void **state)
{
	(void)state;
	plan(&(struct measurement_options){ .limit = -1, .buffer = 300 * MIB });
	assert_int_equal(measurement.target[0].buffer, 300 * MIB);
	assert_int_equal(measurement.target[1].buffer, 300 * MIB);
	assert_int_equal(measurement.target[1].fate, MEASUREMENT_WAITING);
	measurement_free(&measurement);
	machine_free(&machine);
	topology_free(&topology);
	/* No other one instead where there is no room for it. */
	plan(&(struct measurement_options){ .limit = -1, .buffer = 301 * MIB });
	assert_int_equal(measurement.target[0].fate, MEASUREMENT_WAITING);
	assert_int_equal(measurement.target[1].fate, MEASUREMENT_NO_MEMORY);
	assert_int_equal(measurement.planned, 2 * 1 * MEASUREMENT_KINDS * measurement.runs);
}

static void hardly_any_memory(void **state)
{
	(void)state;
	tree_file(&tree, "/sys/devices/system/node/node2/meminfo",
	          "Node 2 MemTotal: 1048576 kB\nNode 2 MemFree: 16384 kB\n"
	          "Node 2 MemUsed: 1032192 kB\n");
	plan(&(struct measurement_options){ .limit = -1 });
	assert_int_equal(measurement.target[1].fate, MEASUREMENT_NO_MEMORY);
	assert_int_equal(measurement.target[0].fate, MEASUREMENT_WAITING);
}

/* A cgroup leaves less than the nodes have. */
static void a_limit(void **state)
{
	(void)state;
	plan(&(struct measurement_options){ .limit = 80 * MIB });
	for (int t = 0; t < 2; t++) {
		assert_int_equal(measurement.target[t].buffer, 20 * MIB);
		assert_int_equal(measurement.target[t].free, 80 * MIB);
		assert_true(measurement.target[t].is_bounded);
	}
}

/* Half of it is the load's; each thread has a part that a stream can go through. */
static void under_load(void **state)
{
	(void)state;
	plan(&(struct measurement_options){ .limit = -1, .loaded = true });
	assert_int_equal(measurement.target[0].chased, measurement.target[0].buffer / 2);
	assert_true(measurement_least_buffer(&measurement) / 2 / 8 >= STREAM_LEAST);
	assert_int_equal(measurement.planned, 2 * 2 * MEASUREMENT_LEVELS * measurement.runs);
	assert_int_equal(measurement_loads[0], 0);
	assert_int_equal(measurement_loads[MEASUREMENT_LEVELS - 1], 100);
	for (int i = 1; i < MEASUREMENT_LEVELS; i++)
		assert_true(measurement_loads[i] > measurement_loads[i - 1]);
	assert_true(idset_empty(&measurement.alone));
}

static void nobody_for_the_load(void **state)
{
	(void)state;
	tree_file(&tree, "/sys/devices/system/node/node1/cpulist", "8\n");
	plan(&(struct measurement_options){ .limit = -1, .loaded = true });
	assert_int_equal(measurement.initiators, 1);
	assert_int_equal(idset_count(&measurement.alone), 1);
	assert_true(idset_has(&measurement.alone, 1));
}

/* Each has a place of its own, and what was not measured is not known. */
static void places_of_figures(void **state)
{
	double number = 0;

	(void)state;
	plan(&(struct measurement_options){ .limit = -1 });
	for (unsigned i = 0; i < 2; i++)
		for (unsigned t = 0; t < 2; t++)
			for (unsigned kind = 0; kind < MEASUREMENT_KINDS; kind++) {
				assert_true(measurement_median(&measurement, i, t, kind) < 0);
				sample_add(measurement_figure(&measurement, i, t, kind), ++number);
			}
	number = 0;
	for (unsigned i = 0; i < 2; i++)
		for (unsigned t = 0; t < 2; t++)
			for (unsigned kind = 0; kind < MEASUREMENT_KINDS; kind++)
				assert_near(measurement_median(&measurement, i, t, kind), ++number);
}

/* More runs and larger buffers take longer. */
static void about_how_long(void **state)
{
	unsigned long long whole;

	(void)state;
	plan(&(struct measurement_options){ .limit = -1 });
	whole = measurement_time(&measurement);
	assert_true(whole > measurement.planned * measurement.duration);
	measurement_free(&measurement);
	assert_int_equal(measurement_plan(&topology, &machine,
	                                  &(struct measurement_options){ .limit = -1,
	                                                                 .quick = true },
	                                  &measurement),
	                 0);
	assert_true(measurement_time(&measurement) < whole / 2);
	assert_true(measurement_time(&measurement) < 10000000000ULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* What is printed is put into output. */
static char output[16384];

static void report(void)
{
	const struct measure_report made = { .measurement = &measurement,
		                             .topology = &topology,
		                             .machine = &machine };
	int captured = memfd_create("output", MFD_CLOEXEC), saved;
	ssize_t length;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	assert_true(captured >= 0 && saved >= 0);
	assert_true(dup2(captured, STDOUT_FILENO) >= 0);
	measure_text(&made);
	fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
	length = pread(captured, output, sizeof(output) - 1, 0);
	assert_true(length >= 0);
	output[length] = '\0';
	close(captured);
}

static void check_report(const char *words)
{
	if (!strstr(output, words))
		fail_msg("\"%s\" is not in:\n%s", words, output);
}

/* Two loads were measured of one pair; nothing of the others. */
static void report_of_loads(void **state)
{
	(void)state;
	plan(&(struct measurement_options){ .limit = -1, .loaded = true });
	measurement.target[0].fate = MEASUREMENT_DONE;
	measurement.target[1].fate = MEASUREMENT_DONE;
	idset_add(&measurement.alone, 7);
	for (unsigned run = 0; run < 3; run++) {
		sample_add(measurement_level(&measurement, 0, 1, 0, false), 100);
		sample_add(measurement_level(&measurement, 0, 1, 0, true), 0);
		sample_add(measurement_level(&measurement, 0, 1, 3, false), 200 + 25 * run);
		sample_add(measurement_level(&measurement, 0, 1, 3, true), 5000);
	}
	report();
	check_report("load:       the other threads read, for a part of the time\n");
	check_report("left out:   from node 7: one CPU only, so that none is left for a load\n");
	check_report("\nlatency from node 0 to node 2 under a load:\n"
	             " load    MiB/s             ns\n");
	check_report("   0%        0   0%     100.0   0%\n");
	check_report("     5000   0%     225.0  22%*\n");
	assert_null(strstr(output, "from node 0 to node 0"));
	assert_null(strstr(output, "from node 1"));
}

/* Why there are no figures of a node, and how far it came. */
static void report_of_what_is_missing(void **state)
{
	struct measurement_target *target;

	(void)state;
	plan(&(struct measurement_options){ .limit = -1 });
	target = measurement.target;
	sample_add(measurement_figure(&measurement, 0, 0, MEASUREMENT_LATENCY), 90);
	target[0].fate = MEASUREMENT_DONE;
	target[0].huge = (long long)target[0].buffer / 4;
	target[1].fate = MEASUREMENT_ELSEWHERE;
	target[1].other = 0;
	target[1].asked = 200;
	target[1].on_node = 50;
	measurement.is_interrupted = true;
	measurement.done = 1;
	report();
	check_report("pages:      node 0: huge for ");
	check_report("left out:   node 2: 75% of its buffer were on other nodes (such as 0)\n");
	check_report("incomplete: interrupted after 1 of 140 runs\n");
	/* Of a single run there is no spread. */
	check_report("\n   0:     90.0    -         -\n   1:        -              -\n");
	target[1].other = -1;
	report();
	check_report("left out:   node 2: a part of its buffer was not in memory\n");
	target[1].fate = MEASUREMENT_NO_MEMORY;
	target[1].is_bounded = true;
	target[1].free = 5 * MIB;
	report();
	check_report("left out:   node 2: too little memory is free: 5.0 M\n");
	target[1].is_bounded = false;
	target[1].buffer = 64 * MIB;
	report();
	check_report("left out:   node 2: no memory for a buffer of 64 M\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_and_where),
		TEST(few_threads),
		TEST(more_threads_than_cores),
		TEST(buffers_by_the_caches),
		TEST(quick_is_half),
		TEST(a_buffer_that_was_asked_for),
		TEST(hardly_any_memory),
		TEST(a_limit),
		TEST(under_load),
		TEST(nobody_for_the_load),
		TEST(places_of_figures),
		TEST(about_how_long),
		TEST(report_of_loads),
		TEST(report_of_what_is_missing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
