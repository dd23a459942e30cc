/* The machine, from sysfs with all its oddities. */
#include "tree.h"

#include <errno.h>

#include "topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(literal) literal, sizeof(literal) - 1
#define UNKNOWN TOPOLOGY_UNKNOWN
#define NODE "/sys/devices/system/node"
#define CPU "/sys/devices/system/cpu"

static void test_meminfo(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		long long total, free, used;
		int error;
	} cases[] = {
		{ BYTES("\nNode 0 MemTotal:       1030800 kB\nNode 0 MemFree:         987136 kB\n"
		        "Node 0 MemUsed:          43664 kB\nNode 0 Active:  7 kB\n"),
		  1030800LL * 1024, 987136LL * 1024, 43664LL * 1024, 0 },
		/* MemUsed has not always been there. */
		{ BYTES("Node 3 MemTotal: 100 kB\nNode 3 MemFree: 40 kB\n"), 102400, 40960, 61440,
		  0 },
		{ BYTES("Node 3 MemTotal: 100 kB\nNode 3 MemFree: 140 kB\n"), 102400, 143360,
		  UNKNOWN, 0 },
		{ BYTES("Node 3 MemTotal: 100 kB\n"), 102400, UNKNOWN, UNKNOWN, 0 },
		{ BYTES("Node 3 MemTotal: 0 kB\nNode 3 MemFree: 0 kB\n"), 0, 0, 0, 0 },
		{ BYTES(""), UNKNOWN, UNKNOWN, UNKNOWN, 0 },
		{ BYTES("\n\n\0"), UNKNOWN, UNKNOWN, UNKNOWN, 0 },
		{ BYTES("Node 255 MemTotal:\0 8 kB\n\0"), 8192, UNKNOWN, UNKNOWN, 0 },
		{ BYTES("Node 0 MemTotal: 8"), 8192, UNKNOWN, UNKNOWN, 0 },
		{ BYTES("Node 0 MemTotal: 9007199254740991 kB"), 9223372036854774784LL, UNKNOWN,
		  UNKNOWN, 0 },
		{ BYTES("Node 0 MemTotal: 9007199254740992 kB"), 0, 0, 0, -ERANGE },
		{ BYTES("Node 0 MemTotal: 99999999999999999999999 kB"), 0, 0, 0, -ERANGE },
		{ BYTES("Node 0 MemTotal:"), 0, 0, 0, -EINVAL },
		{ BYTES("Node 0 MemTotal:   \n8 kB\n"), 0, 0, 0, -EINVAL },
		{ BYTES("Node 0 MemTotal: -8 kB\n"), 0, 0, 0, -EINVAL },
		{ BYTES("Node 0 MemTotal: 8 kB\nNode 0 MemFree: kB\n"), 0, 0, 0, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct topology_memory memory = { 4711, 4711, 4711, 4711, 4711 };
		int error = topology_parse_meminfo(cases[i].text, cases[i].length, &memory);

		if (error != cases[i].error)
			fail_msg("'%s': %d, not %d", cases[i].text, error, cases[i].error);
		assert_int_equal(memory.total, error ? 4711 : cases[i].total);
		assert_int_equal(memory.free, error ? 4711 : cases[i].free);
		assert_int_equal(memory.used, error ? 4711 : cases[i].used);
		if (error)
			assert_int_equal(memory.reclaimable + memory.file_cache, 2 * 4711);
	}
}

/* File cache and slabs, where the kernel tells both lists of the cache (since Linux 2.6.28). */
static void test_reclaimable(void **state)
{
	static const struct {
		const char *text;
		long long reclaimable;
	} cases[] = {
		{ "Node 0 Active(file): 10 kB\nNode 0 Inactive(file): 20 kB\n"
		  "Node 0 SReclaimable: 3 kB\n",
		  33 * 1024 },
		{ "Node 0 Active(file): 10 kB\nNode 0 Inactive(file): 20 kB\n", 30 * 1024 },
		{ "Node 0 MemFree: 20 kB\nNode 0 SReclaimable: 3 kB\n", TOPOLOGY_UNKNOWN },
		{ "Node 0 Inactive(anon): 7 kB\nNode 0 Active: 8 kB\n", TOPOLOGY_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct topology_memory memory;

		assert_int_equal(topology_parse_meminfo(cases[i].text, strlen(cases[i].text),
		                                        &memory),
		                 0);
		assert_int_equal(memory.reclaimable, cases[i].reclaimable);
	}
}

static void test_file_cache(void **state)
{
	static const struct {
		const char *text;
		int error;
		long long file_cache;
	} cases[] = {
		{ "Node 0 FilePages:          1234 kB\nNode 0 Mapped: 7 kB\n", 0, 1234 * 1024 },
		{ "Node 0 FilePages: 0 kB\n", 0, 0 },
		{ "Node 0 FileHugePages: 8 kB\nNode 0 FilePmdMapped: 9 kB\n", 0, TOPOLOGY_UNKNOWN },
		{ "Node 0 FilePages: many kB\n", -EINVAL, 4711 },
		{ "Node 0 FilePages: 9007199254740992 kB\n", -ERANGE, 4711 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct topology_memory memory = { .file_cache = 4711 };

		assert_int_equal(topology_parse_meminfo(cases[i].text, strlen(cases[i].text),
		                                        &memory),
		                 cases[i].error);
		assert_int_equal(memory.file_cache, cases[i].file_cache);
	}
}

static void check_set(const struct idset *set, const char *expected)
{
	char text[IDSET_TEXT];

	assert_string_equal(idset_text(set, text), expected);
}

static void check_row(const struct topology *topology, unsigned from, const char *expected)
{
	char text[256] = "";

	for (unsigned to = 0; to < topology->count; to++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), to ? " %u" : "%u",
		         topology_distance(topology, from, to));
	assert_string_equal(text, expected);
}

#define EVERYTHING 127

/* Nodes 0, 2 and 7; no CPU 0; CPU 9 of node 2 is offline; node 7 has no CPUs, 2 no memory. */
static void make_sparse(struct tree *tree)
{
	tree_make(tree);
	tree_file(tree, NODE "/online", "0,2,7\n");
	tree_file(tree, NODE "/possible", "0-7\n");
	tree_file(tree, NODE "/has_memory", "0,7\n");
	tree_file(tree, CPU "/online", "1-8\n");
	tree_file(tree, CPU "/present", "1-9\n");
	tree_file(tree, NODE "/node0/cpulist", "1-4\n");
	tree_file(tree, NODE "/node2/cpulist", "5-9\n");
	tree_file(tree, NODE "/node7/cpulist", "\n");
	tree_file(tree, NODE "/node0/meminfo", "Node 0 MemTotal: 4 kB\n");
	tree_file(tree, NODE "/node2/meminfo", "Node 2 MemTotal: 0 kB\n");
	tree_file(tree, NODE "/node7/meminfo", "Node 7 MemTotal: 8 kB\n");
	tree_file(tree, NODE "/node0/distance", "10 20 30\n");
	tree_file(tree, NODE "/node2/distance", "20 10 40\n");
	tree_file(tree, NODE "/node7/distance", "35 40 10\n");
}

static void test_sparse(void **state)
{
	struct topology topology;
	struct tree tree;

	(void)state;
	make_sparse(&tree);
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, EVERYTHING), 0);
	assert_true(topology.foreign && topology.is_numa);
	assert_int_equal(topology.count, 3);
	check_set(&topology.nodes, "0,2,7");
	check_set(&topology.has_memory, "0,7");
	check_set(&topology.allowed_nodes, "0,7");
	check_set(&topology.cpus, "1-8");
	check_set(&topology.allowed_cpus, "1-8");
	check_set(&topology.offline_nodes, "1,3-6");
	check_set(&topology.offline_cpus, "9");
	check_set(&topology.node[1].cpus, "5-8");
	check_set(&topology.node[2].cpus, "");
	assert_int_equal(topology.node[2].memory.total, 8192);
	assert_ptr_equal(topology_node(&topology, 7), &topology.node[2]);
	assert_null(topology_node(&topology, 1));
	check_row(&topology, 0, "10 20 30");
	check_row(&topology, 2, "35 40 10");
	topology_free(&topology);
	tree_remove(&tree);
}

/* A row for each possible node, a row with a 0, a missing row, and one of no known length. */
static void test_odd_distances(void **state)
{
	struct topology topology;
	struct tree tree;

	(void)state;
	make_sparse(&tree);
	tree_file(&tree, NODE "/node0/distance", "10 1 20 3 4 5 6 30\n");
	tree_file(&tree, NODE "/node2/distance", "20 0 40\n");
	tree_file(&tree, NODE "/node7/distance", "10 20\n");
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, TOPOLOGY_DISTANCES), 0);
	check_row(&topology, 0, "10 20 30");
	check_row(&topology, 1, "20 0 40");
	check_row(&topology, 2, "0 0 0");
	topology_free(&topology);
	tree_remove(&tree);
}

/* Without the file of the possible nodes a longer row cannot be told. */
static void test_unknown_columns(void **state)
{
	static char row[2 * (IDSET_MAX + 2)];
	struct topology topology;
	struct tree tree;
	char path[128];

	(void)state;
	make_sparse(&tree);
	snprintf(path, sizeof(path), "%s" NODE "/possible", tree.path);
	assert_int_equal(unlink(path), 0);
	tree_file(&tree, NODE "/node0/distance", "10 1 20 3 4 5 6 30\n");
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, TOPOLOGY_DISTANCES), 0);
	check_row(&topology, 0, "0 0 0");
	check_row(&topology, 1, "20 10 40");
	topology_free(&topology);
	for (size_t i = 0; i < sizeof(row) - 1; i++)
		row[i] = i % 2 ? ' ' : '1';
	tree_file(&tree, NODE "/node0/distance", row);
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, TOPOLOGY_DISTANCES), -ERANGE);
	assert_string_equal(topology.failed, NODE "/node0/distance");
	topology_free(&topology);
	tree_remove(&tree);
}

/* Neither online nor has_memory nor cpulist: the directories and sizes tell, and masks. */
static void test_old_files(void **state)
{
	struct topology topology;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/node1/cpumap", "00000000,000000f0\n\0");
	tree_file(&tree, NODE "/node1/meminfo", "\nNode 1 MemTotal: 0 kB\n");
	tree_file(&tree, NODE "/node0/cpumap", "f\n");
	tree_file(&tree, NODE "/node0/meminfo", "\nNode 0 MemTotal: 16 kB\n");
	tree_file(&tree, NODE "/node3/numastat", "");
	tree_file(&tree, NODE "/nodes", "");
	tree_file(&tree, NODE "/node03", "");
	tree_file(&tree, NODE "/has_normal_memory", "0-9\n");
	for (int cpu = 0; cpu < 6; cpu++) {
		char name[64];

		snprintf(name, sizeof(name), CPU "/cpu%d/x", cpu);
		tree_file(&tree, name, "");
	}
	tree_file(&tree, CPU "/cpufreq/x", "");
	tree_file(&tree, CPU "/cpuidle/x", "");
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, EVERYTHING), 0);
	check_set(&topology.nodes, "0-1,3");
	check_set(&topology.cpus, "0-5");
	/* Of node 3 nothing is known: it is not left out. */
	check_set(&topology.has_memory, "0,3");
	check_set(&topology.node[0].cpus, "0-3");
	check_set(&topology.node[1].cpus, "4-5");
	assert_int_equal(topology.node[2].memory.total, UNKNOWN);
	check_row(&topology, 1, "0 0 0");
	assert_true(idset_empty(&topology.offline_cpus));
	topology_free(&topology);
	tree_remove(&tree);
}

/* A file of NULs or of nothing tells no more than a missing one. */
static void test_empty_lists(void **state)
{
	struct topology topology;
	struct tree tree;

	(void)state;
	make_sparse(&tree);
	tree_bytes(&tree, NODE "/online", "\n\0\0", 3);
	tree_file(&tree, NODE "/has_memory", "\n");
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, TOPOLOGY_NODES | TOPOLOGY_HAS_MEMORY), 0);
	check_set(&topology.nodes, "0,2,7");
	check_set(&topology.has_memory, "0,7");
	topology_free(&topology);
	tree_remove(&tree);
}

static void test_no_numa(void **state)
{
	struct topology topology;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, CPU "/online", "0-1\n");
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, EVERYTHING), 0);
	assert_false(topology.is_numa);
	assert_int_equal(topology.count, 0);
	check_set(&topology.allowed_cpus, "0-1");
	assert_null(topology_node(&topology, 0));
	topology_free(&topology);
	tree_remove(&tree);
}

/* /proc/self/status first; what that does not say, the cpuset does. */
static void test_limits(void **state)
{
	struct topology topology;
	struct tree tree;

	(void)state;
	make_sparse(&tree);
	tree_file(&tree, "/proc/self/status", "Cpus_allowed_list:\t2-5\n");
	tree_file(&tree, "/proc/self/mounts", "c /cg cgroup2 rw 0 0\n");
	tree_file(&tree, "/proc/self/cgroup", "0::/batch\n");
	tree_file(&tree, "/cg/batch/cpuset.cpus.effective", "8\n");
	tree_file(&tree, "/cg/batch/cpuset.mems.effective", "2,7\n");
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, EVERYTHING), 0);
	check_set(&topology.allowed_cpus, "2-5");
	check_set(&topology.allowed_nodes, "7");
	topology_free(&topology);
	tree_file(&tree, "/proc/self/status", "Mems_allowed_list:\t0-3\n");
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, TOPOLOGY_CPUS | TOPOLOGY_HAS_MEMORY), 0);
	check_set(&topology.allowed_cpus, "8");
	check_set(&topology.allowed_nodes, "0");
	topology_free(&topology);
	tree_remove(&tree);
}

/* Without /sys there is what may be used. */
static void test_no_sys(void **state)
{
	struct topology topology;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/proc/self/status", "Cpus_allowed_list:\t2-5\nMems_allowed_list:\t0\n");
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, EVERYTHING), 0);
	check_set(&topology.cpus, "2-5");
	check_set(&topology.allowed_cpus, "2-5");
	assert_false(topology.is_numa);
	topology_free(&topology);
	tree_remove(&tree);
}

/* Each part is read once: what the file says later is not seen. */
static void test_once(void **state)
{
	struct topology topology;
	struct tree tree;

	(void)state;
	make_sparse(&tree);
	topology_init(&topology, tree.root);
	assert_int_equal(topology_load(&topology, TOPOLOGY_CPUS), 0);
	assert_int_equal(topology.loaded, TOPOLOGY_CPUS);
	tree_file(&tree, CPU "/online", "0-99\n");
	assert_int_equal(topology_load(&topology, TOPOLOGY_NODE_CPUS), 0);
	assert_int_equal(topology.loaded, TOPOLOGY_CPUS | TOPOLOGY_NODES | TOPOLOGY_NODE_CPUS);
	check_set(&topology.cpus, "1-8");
	topology_free(&topology);
	tree_remove(&tree);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *file, *text;
		int error;
	} cases[] = {
		{ NODE "/online", "0-\n", -EBADMSG },
		{ NODE "/online", "0-9999\n", -ERANGE },
		{ NODE "/has_memory", "nodes\n", -EBADMSG },
		{ NODE "/possible", "0,,1\n", -EBADMSG },
		{ CPU "/online", "3-1\n", -EBADMSG },
		{ CPU "/present", "x\n", -EBADMSG },
		{ NODE "/node2/cpulist", "5-8,\n", -EBADMSG },
		{ NODE "/node7/meminfo", "Node 7 MemTotal: much\n", -EBADMSG },
		{ NODE "/node0/distance", "10 twenty 30\n", -EBADMSG },
		{ "/proc/self/status", "Mems_allowed_list:\t-\n", -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct topology topology;
		struct tree tree;

		make_sparse(&tree);
		tree_file(&tree, cases[i].file, cases[i].text);
		topology_init(&topology, tree.root);
		assert_int_equal(topology_load(&topology, EVERYTHING), cases[i].error);
		assert_string_equal(topology.failed, cases[i].file);
		topology_free(&topology);
		tree_remove(&tree);
	}
}

static void test_cores(void **state)
{
	struct topology topology;
	struct idset threads;
	struct tree tree;

	(void)state;
	make_sparse(&tree);
	tree_file(&tree, CPU "/cpu1/topology/thread_siblings_list", "1,5\n");
	tree_file(&tree, CPU "/cpu2/topology/thread_siblings", "44\n");
	tree_file(&tree, CPU "/cpu3/topology/thread_siblings_list", "3,\n");
	tree_file(&tree, CPU "/cpu5/topology/thread_siblings_list", "6-7\n");
	topology_init(&topology, tree.root);
	assert_int_equal(topology_core(&topology, 1, &threads), 0);
	check_set(&threads, "1,5");
	assert_int_equal(topology_core(&topology, 2, &threads), 0);
	check_set(&threads, "2,6");
	assert_int_equal(topology_core(&topology, 3, &threads), -EBADMSG);
	assert_int_equal(topology_core(&topology, 4, &threads), -ENOENT);
	/* A core that the CPU is no part of. */
	assert_int_equal(topology_core(&topology, 5, &threads), -ENOENT);
	check_set(&threads, "2,6");
	topology_free(&topology);
	tree_remove(&tree);
}

static void test_weights(void **state)
{
	static const char file[] = "/sys/kernel/mm/mempolicy/weighted_interleave/node2";
	struct topology topology;
	struct tree tree;
	unsigned weight = 4711;

	(void)state;
	make_sparse(&tree);
	topology_init(&topology, tree.root);
	assert_int_equal(topology_weight(&topology, 2, &weight), -ENOENT);
	tree_file(&tree, file, "13\n");
	assert_int_equal(topology_weight(&topology, 2, &weight), 0);
	assert_int_equal(weight, 13);
	tree_file(&tree, file, "-1\n");
	assert_int_equal(topology_weight(&topology, 2, &weight), -EBADMSG);
	assert_string_equal(topology.failed, file);
	assert_int_equal(weight, 13);
	topology_free(&topology);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meminfo),       cmocka_unit_test(test_reclaimable),
		cmocka_unit_test(test_file_cache),    cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_odd_distances), cmocka_unit_test(test_unknown_columns),
		cmocka_unit_test(test_no_sys),        cmocka_unit_test(test_old_files),
		cmocka_unit_test(test_empty_lists),   cmocka_unit_test(test_no_numa),
		cmocka_unit_test(test_limits),        cmocka_unit_test(test_once),
		cmocka_unit_test(test_malformed),     cmocka_unit_test(test_cores),
		cmocka_unit_test(test_weights),
	};

	return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
