/* What the kernel tells of nodes: each value, missing and malformed. */
#include "tree.h"

#include <errno.h>

#include "machine.h"
#include "topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define UNKNOWN MACHINE_UNKNOWN
#define NODE "/sys/devices/system/node"
#define CPU "/sys/devices/system/cpu"
#define TIER "/sys/devices/virtual/memory_tiering/memory_tier"
#define WEIGHT "/sys/kernel/mm/mempolicy/weighted_interleave"

static struct tree tree;
static struct topology topology;
static struct machine machine;

/* Nodes 0 and 1 with CPUs, 2 and 3 without. */
static int make(void **state)
{
	static const char *const cpus[] = { "0-1\n", "2-3\n", "\n", "\n" };
	static const char *const distances[] = { "10 21 17 28\n", "21 10 28 17\n", "17 28 10 28\n",
		                                 "28 17 28 10\n" };
	char name[64];

	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/online", "0-3\n");
	tree_file(&tree, NODE "/has_memory", "0-3\n");
	tree_file(&tree, CPU "/online", "0-3\n");
	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), NODE "/node%u/cpulist", i);
		tree_file(&tree, name, cpus[i]);
		snprintf(name, sizeof(name), NODE "/node%u/distance", i);
		tree_file(&tree, name, distances[i]);
	}
	memset(&machine, 0, sizeof(machine));
	topology_init(&topology, tree.root);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	machine_free(&machine);
	topology_free(&topology);
	tree_remove(&tree);
	return 0;
}

/* As the files are now. */
static int load(void)
{
	machine_free(&machine);
	topology_free(&topology);
	topology_init(&topology, tree.root);
	return machine_load(&topology, &machine);
}

static void check_sockets(unsigned node, const char *expected)
{
	char text[MACHINE_SOCKETS];

	assert_string_equal(machine_sockets(&machine.node[node], text), expected);
}

static void check_set(const struct idset *set, const char *expected)
{
	char text[IDSET_TEXT];

	assert_string_equal(idset_text(set, text), expected);
}

/* Loading fails for TEXT in the file NAME, which is named; then the file is gone. */
static void check_malformed(const char *name, const char *text, int error)
{
	char path[256];
	int result;

	tree_file(&tree, name, text);
	result = load();
	if (result != error)
		fail_msg("%s: '%s': %d, not %d", name, text, result, error);
	assert_string_equal(machine.failed, name);
	snprintf(path, sizeof(path), "%s%s", tree.path, name);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(load(), 0);
}

/* A kernel that tells nothing but what topology must have. */
static void test_nothing(void **state)
{
	const struct machine_node *node;

	(void)state;
	assert_int_equal(load(), 0);
	assert_int_equal(machine.count, 4);
	assert_int_equal(machine.tiers, 0);
	assert_int_equal(machine.weights_are_automatic, -1);
	assert_int_equal(machine.demotion, -1);
	assert_int_equal(machine.numa_balancing, UNKNOWN);
	assert_int_equal(machine.zone_reclaim, UNKNOWN);
	node = &machine.node[3];
	assert_int_equal(node->id, 3);
	assert_int_equal(node->access.class, -1);
	assert_int_equal(node->access.read_latency, UNKNOWN);
	assert_int_equal(node->access.write_bandwidth, UNKNOWN);
	assert_int_equal(node->tier, -1);
	check_set(&node->demotion, "");
	assert_int_equal(node->weight, UNKNOWN);
	assert_int_equal(node->side_cache, UNKNOWN);
	assert_int_equal(node->huges + node->zones + node->ranges + node->caches, 0);
	check_sockets(0, "");
	assert_int_equal(machine.node[0].cores, 0);
}

/* Not even nodes: a kernel without NUMA. */
static void test_no_nodes(void **state)
{
	struct topology none;
	struct tree empty;

	(void)state;
	tree_make(&empty);
	topology_init(&none, empty.root);
	assert_int_equal(machine_load(&none, &machine), 0);
	assert_int_equal(machine.count, 0);
	topology_free(&none);
	tree_remove(&empty);
}

static void test_kinds(void **state)
{
	(void)state;
	tree_file(&tree, NODE "/online", "0-4\n");
	tree_file(&tree, NODE "/has_memory", "0,2\n");
	tree_file(&tree, NODE "/has_generic_initiator", "0-2,4\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.node[0].kind, MACHINE_WHOLE);
	assert_int_equal(machine.node[1].kind, MACHINE_MEMORYLESS);
	assert_int_equal(machine.node[2].kind, MACHINE_CPULESS);
	assert_int_equal(machine.node[3].kind, MACHINE_EMPTY);
	assert_int_equal(machine.node[4].kind, MACHINE_INITIATOR);
	check_malformed(NODE "/has_generic_initiator", "4-2\n", -EBADMSG);
	assert_int_equal(machine.node[4].kind, MACHINE_EMPTY);
}

#define ACCESS(node, class) NODE "/node" node "/access" class "/initiators/"

static void test_access(void **state)
{
	const struct machine_access *access;

	(void)state;
	/* Both classes: the one whose initiators have CPUs. */
	tree_file(&tree, ACCESS("0", "0") "node2/x", "");
	tree_file(&tree, ACCESS("0", "0") "read_latency", "5\n");
	tree_file(&tree, ACCESS("0", "1") "node0/x", "");
	tree_file(&tree, ACCESS("0", "1") "node1/x", "");
	tree_file(&tree, ACCESS("0", "1") "read_latency", "80\n");
	tree_file(&tree, ACCESS("0", "1") "write_latency", "81\n");
	tree_file(&tree, ACCESS("0", "1") "read_bandwidth", "204800\n");
	tree_file(&tree, ACCESS("0", "1") "write_bandwidth", "102400\n");
	/* The other alone; what is 0 or not there is unknown. */
	tree_file(&tree, ACCESS("1", "0") "node1/x", "");
	tree_file(&tree, ACCESS("1", "0") "read_latency", "0\n");
	tree_file(&tree, ACCESS("1", "0") "write_latency", "90\n");
	/* A class that tells nothing does not stand before one that does. */
	tree_file(&tree, ACCESS("2", "1") "read_latency", "0\n");
	tree_file(&tree, ACCESS("2", "0") "read_latency", "250\n");
	/* Initiators are something. */
	tree_file(&tree, ACCESS("3", "1") "node1/x", "");
	assert_int_equal(load(), 0);
	access = &machine.node[0].access;
	assert_int_equal(access->class, 1);
	check_set(&access->initiators, "0-1");
	assert_int_equal(access->read_latency, 80);
	assert_int_equal(access->write_latency, 81);
	assert_int_equal(access->read_bandwidth, 204800);
	assert_int_equal(access->write_bandwidth, 102400);
	access = &machine.node[1].access;
	assert_int_equal(access->class, 0);
	check_set(&access->initiators, "1");
	assert_int_equal(access->read_latency, UNKNOWN);
	assert_int_equal(access->write_latency, 90);
	assert_int_equal(access->read_bandwidth, UNKNOWN);
	access = &machine.node[2].access;
	assert_int_equal(access->class, 0);
	check_set(&access->initiators, "");
	assert_int_equal(access->read_latency, 250);
	assert_int_equal(machine.node[3].access.class, 1);
	assert_int_equal(machine.node[3].access.read_latency, UNKNOWN);
	check_malformed(ACCESS("0", "1") "read_latency", "fast\n", -EBADMSG);
	check_malformed(ACCESS("1", "0") "write_bandwidth", "9223372036854775808\n", -ERANGE);
}

#define SIDE NODE "/node2/memory_side_cache/index"

static void test_side_cache(void **state)
{
	(void)state;
	tree_file(&tree, SIDE "1/size", "1073741824\n");
	tree_file(&tree, SIDE "2/size", "4096\n");
	tree_file(&tree, SIDE "3/indexing", "0\n");
	tree_file(&tree, NODE "/node3/memory_side_cache/index1/size", "0\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.node[2].side_cache, (1LL << 30) + 4096);
	assert_int_equal(machine.node[3].side_cache, UNKNOWN);
	check_malformed(SIDE "2/size", "4 kB\n", -EBADMSG);
	check_malformed(SIDE "2/size", "9223372036854775807\n", -ERANGE);
}

static void test_tiers(void **state)
{
	(void)state;
	tree_file(&tree, TIER "13/nodelist", "2\n");
	tree_file(&tree, TIER "4/nodelist", "0-1\n");
	/* As they come and go. */
	tree_file(&tree, TIER "5/nodelist", "\n");
	tree_file(&tree, TIER "6/uevent", "");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.tiers, 2);
	assert_int_equal(machine.tier[0].id, 4);
	check_set(&machine.tier[0].nodes, "0-1");
	assert_int_equal(machine.tier[1].id, 13);
	assert_int_equal(machine.node[1].tier, 0);
	assert_int_equal(machine.node[2].tier, 1);
	assert_int_equal(machine.node[3].tier, -1);
	machine_free(&machine);
	assert_int_equal(machine_load_tiers(&topology, &machine), 0);
	assert_null(machine.node);
	assert_int_equal(machine.tiers, 2);
	check_set(&machine.tier[1].nodes, "2");
	check_malformed(TIER "6/nodelist", "two\n", -EBADMSG);
	tree_file(&tree, TIER "6/nodelist", "8192\n");
	machine_free(&machine);
	assert_int_equal(machine_load_tiers(&topology, &machine), -ERANGE);
	assert_string_equal(machine.failed, TIER "6/nodelist");
}

static void test_demotion(void **state)
{
	(void)state;
	tree_file(&tree, TIER "4/nodelist", "0\n");
	tree_file(&tree, TIER "7/nodelist", "1\n");
	tree_file(&tree, TIER "13/nodelist", "2-3\n");
	assert_int_equal(load(), 0);
	/* One tier down; from there to the nearest; from the last nowhere. */
	check_set(&machine.node[0].demotion, "1");
	check_set(&machine.node[1].demotion, "3");
	check_set(&machine.node[2].demotion, "");
	/* All that are as near. */
	tree_file(&tree, NODE "/node1/distance", "21 10 17 17\n");
	assert_int_equal(load(), 0);
	check_set(&machine.node[1].demotion, "2-3");
	/* Not to where there is no memory. */
	tree_file(&tree, NODE "/has_memory", "0-2\n");
	assert_int_equal(load(), 0);
	check_set(&machine.node[1].demotion, "2");
	/* A lower number and CPUs are a step each: 1 ranks as 19 and so behind 3. */
	tree_file(&tree, NODE "/has_memory", "0-3\n");
	tree_file(&tree, TIER "4/nodelist", "2\n");
	tree_file(&tree, TIER "7/nodelist", "1,3\n");
	tree_file(&tree, TIER "13/nodelist", "\n");
	tree_file(&tree, NODE "/node2/distance", "17 17 10 18\n");
	assert_int_equal(load(), 0);
	check_set(&machine.node[2].demotion, "3");
}

static void check_fallback(unsigned place, const char *expected)
{
	const struct machine_node *node = &machine.node[place];
	char text[256] = "";

	for (unsigned i = 0; i < node->fallbacks; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), i ? " %u" : "%u",
		         node->fallback[i]);
	assert_string_equal(text, expected);
}

/* What the log of Linux 7.2 said for the same machine ("Fallback order for Node 0: 0 2 1 3"). */
static void test_fallback(void **state)
{
	(void)state;
	assert_int_equal(load(), 0);
	check_fallback(0, "0 2 1 3");
	check_fallback(1, "1 3 0 2");
	check_fallback(2, "2 0 3 1");
	check_fallback(3, "3 1 0 2");
	/* Unknown distances: an unknown order. */
	tree_file(&tree, NODE "/node2/distance", "17 28 0 28\n");
	assert_int_equal(load(), 0);
	check_fallback(0, "");
}

/* Likewise: eight nodes equally far, with CPUs on 0 to 2 and no memory on 1. */
static void test_ties(void **state)
{
	static const char *const logged[] = { "0 2 3 4 5 6 7", "3 4 5 6 7 2 0", "2 4 5 6 7 3 0",
		                              "3 5 6 7 4 0 2", "4 6 7 5 0 2 3", "5 7 6 0 2 3 4",
		                              "6 7 0 2 3 4 5", "7 0 2 3 4 5 6" };
	char name[64], row[64];

	(void)state;
	tree_file(&tree, NODE "/online", "0-7\n");
	tree_file(&tree, NODE "/has_memory", "0,2-7\n");
	for (unsigned i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), NODE "/node%u/cpulist", i);
		tree_file(&tree, name, i == 0 ? "0\n" : i == 1 ? "1\n" : i == 2 ? "2-3\n" : "\n");
		*row = '\0';
		for (unsigned j = 0; j < 8; j++)
			strcat(row, i == j ? "10 " : "20 ");
		snprintf(name, sizeof(name), NODE "/node%u/distance", i);
		tree_file(&tree, name, row);
	}
	assert_int_equal(load(), 0);
	for (unsigned i = 0; i < 8; i++)
		check_fallback(i, logged[i]);
}

static void test_weights(void **state)
{
	(void)state;
	tree_file(&tree, WEIGHT "/node0", "13\n");
	tree_file(&tree, WEIGHT "/node2", "2\n");
	tree_file(&tree, WEIGHT "/auto", "true\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.node[0].weight, 13);
	assert_int_equal(machine.node[1].weight, UNKNOWN);
	assert_int_equal(machine.node[2].weight, 2);
	assert_int_equal(machine.weights_are_automatic, 1);
	tree_file(&tree, WEIGHT "/auto", "false\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.weights_are_automatic, 0);
	check_malformed(WEIGHT "/auto", "perhaps\n", -EBADMSG);
	check_malformed(WEIGHT "/node1", "heavy\n", -EBADMSG);
}

static void test_settings(void **state)
{
	(void)state;
	tree_file(&tree, "/proc/sys/kernel/numa_balancing", "2\n");
	tree_file(&tree, "/proc/sys/vm/zone_reclaim_mode", "0\n");
	tree_file(&tree, "/sys/kernel/mm/numa/demotion_enabled", "false\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.numa_balancing, 2);
	assert_int_equal(machine.zone_reclaim, 0);
	assert_int_equal(machine.demotion, 0);
	check_malformed("/proc/sys/kernel/numa_balancing", "on\n", -EBADMSG);
	check_malformed("/proc/sys/vm/zone_reclaim_mode", "0x1\n", -EBADMSG);
	check_malformed("/sys/kernel/mm/numa/demotion_enabled", "0\n", -EBADMSG);
}

#define HUGE NODE "/node1/hugepages/hugepages-"

static void test_huge(void **state)
{
	const struct machine_node *node;

	(void)state;
	tree_file(&tree, HUGE "1048576kB/nr_hugepages", "1\n");
	tree_file(&tree, HUGE "2048kB/nr_hugepages", "8\n");
	tree_file(&tree, HUGE "2048kB/free_hugepages", "5\n");
	tree_file(&tree, HUGE "2048kB/surplus_hugepages", "0\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.node[0].huges, 0);
	node = &machine.node[1];
	assert_int_equal(node->huges, 2);
	assert_int_equal(node->huge[0].size, 2 << 20);
	assert_int_equal(node->huge[0].total, 8);
	assert_int_equal(node->huge[0].free, 5);
	assert_int_equal(node->huge[0].surplus, 0);
	assert_int_equal(node->huge[1].size, 1 << 30);
	assert_int_equal(node->huge[1].total, 1);
	assert_int_equal(node->huge[1].free, UNKNOWN);
	check_malformed(HUGE "2048kB/free_hugepages", "-5\n", -EBADMSG);
	tree_file(&tree, HUGE "18446744073709551615kB/nr_hugepages", "1\n");
	assert_int_equal(load(), -ERANGE);
}

static void make_cpu(unsigned cpu, const char *threads, const char *socket)
{
	char name[64];

	snprintf(name, sizeof(name), CPU "/cpu%u/topology/thread_siblings_list", cpu);
	tree_file(&tree, name, threads);
	snprintf(name, sizeof(name), CPU "/cpu%u/topology/physical_package_id", cpu);
	tree_file(&tree, name, socket);
}

static void test_cores(void **state)
{
	(void)state;
	make_cpu(0, "0-1", "3");
	/* A thread of a core that has been read is not asked. */
	make_cpu(1, "0-1", "malformed");
	make_cpu(2, "2", "4");
	make_cpu(3, "3", "0");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.node[0].cores, 1);
	check_sockets(0, "3");
	assert_int_equal(machine.node[1].cores, 2);
	check_sockets(1, "0,4");
	assert_int_equal(machine.node[2].cores, 0);
	/* Of a socket that is not known to a set of sockets nothing is known. */
	make_cpu(2, "2", "-1");
	make_cpu(0, "0-1", "8442");
	assert_int_equal(load(), 0);
	check_sockets(0, "8442");
	check_sockets(1, "");
	assert_int_equal(machine.node[1].cores, 2);
	check_malformed(CPU "/cpu3/topology/physical_package_id", "first", -EBADMSG);
	check_malformed(CPU "/cpu3/topology/thread_siblings_list", "3-2", -EBADMSG);
	assert_int_equal(machine.node[1].cores, 0);
}

static void make_cache(unsigned cpu, const char *index, const char *level, const char *cpus)
{
	char name[64];

	snprintf(name, sizeof(name), CPU "/cpu%u/cache/index%s/level", cpu, index);
	tree_file(&tree, name, level);
	snprintf(name, sizeof(name), CPU "/cpu%u/cache/index%s/shared_cpu_list", cpu, index);
	tree_file(&tree, name, cpus);
}

static void test_caches(void **state)
{
	const struct machine_cache *cache;

	(void)state;
	/* Node 1 is CPUs 2 to 5: 2, 4 and CPU 0 of another node share one, 5 shares none. */
	tree_file(&tree, CPU "/online", "0-5\n");
	tree_file(&tree, NODE "/node1/cpulist", "2-5\n");
	make_cache(2, "0", "1\n", "2\n");
	make_cache(2, "1", "3\n", "0,2,4,7\n");
	tree_file(&tree, CPU "/cpu2/cache/index1/id", "9\n");
	tree_file(&tree, CPU "/cpu2/cache/index1/size", "16384K\n");
	make_cache(3, "0", "1\n", "3\n");
	/* Shares a cache with an earlier one, and so is not asked. */
	make_cache(4, "0", "malformed", "\n");
	make_cache(5, "0", "3\n", "");
	tree_file(&tree, CPU "/cpu5/cache/index0/shared_cpu_map", "20\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.node[0].caches, 0);
	assert_int_equal(machine.node[1].caches, 2);
	cache = machine.node[1].cache;
	check_set(&cache[0].cpus, "2,4");
	/* The kernel numbers one of two: they are counted. */
	assert_int_equal(cache[0].id, 0);
	assert_int_equal(cache[0].size, 16 << 20);
	check_set(&cache[1].cpus, "5");
	assert_int_equal(cache[1].id, 1);
	assert_int_equal(cache[1].size, UNKNOWN);
	/* Sharers that are without the CPU itself tell nothing. */
	make_cache(5, "0", "3\n", "2-3\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.node[1].caches, 1);
	check_malformed(CPU "/cpu3/cache/index0/level", "low\n", -EBADMSG);
	check_malformed(CPU "/cpu2/cache/index1/size", "big\n", -EBADMSG);
	check_malformed(CPU "/cpu2/cache/index1/id", "a\n", -EBADMSG);
	make_cache(4, "0", "1\n", "4\n");
	check_malformed(CPU "/cpu2/cache/index1/shared_cpu_list", "2-\n", -EBADMSG);
	assert_int_equal(machine.node[1].caches, 0);
}

static const char zoneinfo[] =
	"Node 0, zone    DMA32\n  pages free     1000\n"
	"        min      1\n        low      2\n        high     3\n"
	"        spanned  8192\n        present  8000\n        managed  7000\n"
	"  start_pfn:           4096\n"
	"Node 0, zone   DMA\n  pages free     24\n        present  100\n"
	"  start_pfn:           1\n"
	"Node 0, zone   Normal\n  pages free     0\n        present  0\n"
	"Node 77, zone   Normal\n  pages free     1\n        present  1\n";

static void test_zones(void **state)
{
	const struct machine_node *node = NULL;

	(void)state;
	tree_file(&tree, "/proc/zoneinfo", zoneinfo);
	/* Page sizes are of another machine: from what is free, in bytes and in pages. */
	tree_file(&tree, NODE "/node0/meminfo", "Node 0 MemFree: 4100 kB\n");
	assert_int_equal(load(), 0);
	node = &machine.node[0];
	assert_int_equal(node->zones, 2);
	assert_string_equal(node->zone[0].name, "DMA");
	assert_int_equal(node->zone[0].start, 4096);
	assert_int_equal(node->zone[0].managed, UNKNOWN);
	assert_string_equal(node->zone[1].name, "DMA32");
	assert_int_equal(node->zone[1].start, 4096 * 4096);
	assert_int_equal(node->zone[1].spanned, 8192 * 4096);
	assert_int_equal(node->zone[1].present, 8000 * 4096);
	assert_int_equal(node->zone[1].managed, 7000 * 4096);
	assert_int_equal(node->zone[1].free, 1000 * 4096);
	assert_int_equal(node->zone[1].min, 4096);
	assert_int_equal(node->zone[1].low, 2 * 4096);
	assert_int_equal(node->zone[1].high, 3 * 4096);
	assert_int_equal(machine.node[1].zones, 0);
	tree_file(&tree, NODE "/node0/meminfo", "Node 0 MemFree: 60000 kB\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.node[0].zone[1].free, 1000 * 65536);
	/* Neither this nor that: the zones are there, their sizes are not. */
	tree_file(&tree, NODE "/node0/meminfo", "Node 0 MemFree: 6000 kB\n");
	assert_int_equal(load(), 0);
	assert_int_equal(machine.node[0].zones, 2);
	assert_int_equal(machine.node[0].zone[1].free, UNKNOWN);
	assert_int_equal(machine.node[0].zone[1].start, UNKNOWN);
	check_malformed("/proc/zoneinfo", "Node 0, zone A\n present all\n", -EBADMSG);
	tree_file(&tree, NODE "/node0/meminfo", "Node 0 MemFree: 40 kB\n");
	check_malformed("/proc/zoneinfo",
	                "Node 0, zone A\n pages free 10\n present 4503599627370496\n", -ERANGE);
}

#define BLOCK "/sys/devices/system/memory/"

static void make_blocks(unsigned node, unsigned from, unsigned to)
{
	char name[64];

	for (unsigned i = from; i <= to; i++) {
		snprintf(name, sizeof(name), NODE "/node%u/memory%u/x", node, i);
		tree_file(&tree, name, "");
	}
}

static void check_ranges(unsigned place, const char *expected)
{
	const struct machine_node *node = &machine.node[place];
	char text[256] = "";

	for (unsigned i = 0; i < node->ranges; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%llx-%llx",
		         i ? " " : "", node->range[i].start, node->range[i].end);
	assert_string_equal(text, expected);
}

static void test_ranges(void **state)
{
	(void)state;
	make_blocks(0, 8, 11);
	make_blocks(0, 100000, 100000);
	make_blocks(1, 12, 13);
	assert_int_equal(load(), 0);
	check_ranges(0, "");
	tree_file(&tree, BLOCK "block_size_bytes", "8000000\n");
	assert_int_equal(load(), 0);
	check_ranges(0, "40000000-60000000 c3500000000-c3508000000");
	check_ranges(1, "60000000-70000000");
	check_ranges(2, "");
	/* What is not online is left out. */
	tree_file(&tree, BLOCK "memory9/state", "offline\n");
	tree_file(&tree, BLOCK "memory10/state", "online\n");
	tree_file(&tree, BLOCK "memory12/state", "going-offline\n");
	assert_int_equal(load(), 0);
	check_ranges(0, "40000000-48000000 50000000-60000000 c3500000000-c3508000000");
	check_ranges(1, "68000000-70000000");
	check_malformed(BLOCK "memory9/state",
	                "0123456789012345678901234567890123456789012345678901234567890123",
	                -EBADMSG);
}

/* States are read where zones do not tell that all is there. */
static void test_states(void **state)
{
	(void)state;
	tree_file(&tree, BLOCK "block_size_bytes", "100000\n");
	tree_file(&tree, NODE "/node0/meminfo", "Node 0 MemFree: 400 kB\n");
	make_blocks(0, 0, 1);
	tree_file(&tree, BLOCK "memory1/state", "offline\n");
	tree_file(&tree, "/proc/zoneinfo", "Node 0, zone A\npages free 100\npresent 256\n");
	assert_int_equal(load(), 0);
	check_ranges(0, "0-100000");
	tree_file(&tree, "/proc/zoneinfo", "Node 0, zone A\npages free 100\npresent 257\n");
	assert_int_equal(load(), 0);
	check_ranges(0, "0-200000");
}

static void test_block_size(void **state)
{
	(void)state;
	make_blocks(0, 1, 2);
	check_malformed(BLOCK "block_size_bytes", "0\n", -EBADMSG);
	check_malformed(BLOCK "block_size_bytes", "0x8000000\n", -EBADMSG);
	check_malformed(BLOCK "block_size_bytes", "-1\n", -EBADMSG);
	check_malformed(BLOCK "block_size_bytes", "10000000000000000\n", -ERANGE);
	tree_file(&tree, BLOCK "block_size_bytes", "8000000000000000\n");
	assert_int_equal(load(), -ERANGE);
}

/* What topology fails on is named as well. */
static void test_topology(void **state)
{
	(void)state;
	check_malformed(NODE "/node1/meminfo", "Node 1 MemFree: kB\n", -EBADMSG);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),  TEST(test_no_nodes),   TEST(test_kinds),
		TEST(test_access),   TEST(test_side_cache), TEST(test_tiers),
		TEST(test_demotion), TEST(test_fallback),   TEST(test_ties),
		TEST(test_weights),  TEST(test_settings),   TEST(test_huge),
		TEST(test_cores),    TEST(test_caches),     TEST(test_zones),
		TEST(test_ranges),   TEST(test_states),     TEST(test_block_size),
		TEST(test_topology),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
