/* Ranks: what launchers tell, and the nodes, GPUs and cores that fall to each. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/launcher.h"
#include "spec.h"
#include "term.h"
#include "topology.h"
#include "tree.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CPU "/sys/devices/system/cpu"
#define NODE "/sys/devices/system/node"
#define OMPI "OMPI_COMM_WORLD_LOCAL_RANK"
#define OMPI_SIZE "OMPI_COMM_WORLD_LOCAL_SIZE"

static struct tree tree;
static struct topology machine;

/* The variables are this test's alone, but for what cmocka goes by. */
static void clear_variables(void)
{
	const char *format = getenv("CMOCKA_MESSAGE_OUTPUT");
	char *kept = format ? strdup(format) : NULL;

	assert_int_equal(clearenv(), 0);
	if (kept)
		assert_int_equal(setenv("CMOCKA_MESSAGE_OUTPUT", kept, 1), 0);
	free(kept);
}

static int clear(void **state)
{
	(void)state;
	clear_variables();
	return 0;
}

/* "NAME=VALUE NAME=VALUE" */
static void set(const char *variables)
{
	char text[512], *rest = text, *word;

	clear_variables();
	snprintf(text, sizeof(text), "%s", variables);
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value = '\0';
		assert_int_equal(setenv(word, value + 1, 1), 0);
	}
}

static void test_launchers(void **state)
{
	static const struct {
		const char *variables, *variable;
		unsigned long rank, size; /* 0: not told */
		int error, size_error;
	} cases[] = {
		{ "", NULL, 0, 0, -ENOENT, 0 },
		{ "RANK=1 PMI_RANK=2 SLURM_PROCID=3", NULL, 0, 0, -ENOENT, 0 },
		{ OMPI "=3 " OMPI_SIZE "=4", OMPI, 3, 4, 0, 0 },
		{ OMPI "=0", OMPI, 0, 0, 0, -ENOENT },
		{ OMPI "=4 " OMPI_SIZE "=4", OMPI, 4, 0, 0, -ERANGE },
		{ OMPI "=0 " OMPI_SIZE "=0", OMPI, 0, 0, 0, -ERANGE },
		{ OMPI "=0 " OMPI_SIZE "=x", OMPI, 0, 0, 0, -EINVAL },
		{ OMPI "=0 " OMPI_SIZE "=", OMPI, 0, 0, 0, -EINVAL },
		{ OMPI "=-1", OMPI, 0, 0, -EINVAL, 0 },
		{ OMPI "=", OMPI, 0, 0, -EINVAL, 0 },
		{ OMPI "=01", OMPI, 0, 0, -EINVAL, 0 },
		{ OMPI "=4294967295", OMPI, 4294967295, 0, 0, -ENOENT },
		{ OMPI "=4294967296", OMPI, 0, 0, -EINVAL, 0 },
		{ "MPI_LOCALRANKID=1 MPI_LOCALNRANKS=2", "MPI_LOCALRANKID", 1, 2, 0, 0 },
		{ "MV2_COMM_WORLD_LOCAL_RANK=1 MV2_COMM_WORLD_LOCAL_SIZE=2",
		  "MV2_COMM_WORLD_LOCAL_RANK", 1, 2, 0, 0 },
		{ "PMI_LOCAL_RANK=1 PMI_LOCAL_SIZE=2", "PMI_LOCAL_RANK", 1, 2, 0, 0 },
		{ "PALS_LOCAL_RANKID=1 PALS_LOCAL_SIZE=2", "PALS_LOCAL_RANKID", 1, 2, 0, 0 },
		{ "PMIX_LOCAL_RANK=1 PMIX_LOCAL_SIZE=2", "PMIX_LOCAL_RANK", 1, 2, 0, 0 },
		{ "LOCAL_RANK=1 LOCAL_WORLD_SIZE=2", "LOCAL_RANK", 1, 2, 0, 0 },
		/* Flux: of the job, if it divides evenly. */
		{ "FLUX_TASK_LOCAL_ID=1 FLUX_JOB_SIZE=6 FLUX_JOB_NNODES=2", "FLUX_TASK_LOCAL_ID", 1,
		  3, 0, 0 },
		{ "FLUX_TASK_LOCAL_ID=1 FLUX_JOB_SIZE=5 FLUX_JOB_NNODES=2", "FLUX_TASK_LOCAL_ID", 1,
		  0, 0, -ENOENT },
		{ "FLUX_TASK_LOCAL_ID=1 FLUX_JOB_SIZE=5 FLUX_JOB_NNODES=0", "FLUX_TASK_LOCAL_ID", 1,
		  0, 0, -ENOENT },
		{ "FLUX_TASK_LOCAL_ID=1 FLUX_JOB_SIZE=5", "FLUX_TASK_LOCAL_ID", 1, 0, 0, -ENOENT },
		/* Slurm: of each host, in order. */
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=4(x2),3 SLURM_NODEID=0",
		  "SLURM_LOCALID", 2, 4, 0, 0 },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=4(x2),3 SLURM_NODEID=1",
		  "SLURM_LOCALID", 2, 4, 0, 0 },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=4(x2),3 SLURM_NODEID=2",
		  "SLURM_LOCALID", 2, 3, 0, 0 },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=4(x2),3 SLURM_NODEID=3",
		  "SLURM_LOCALID", 2, 0, 0, -EINVAL },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=8 SLURM_NODEID=0", "SLURM_LOCALID", 2,
		  8, 0, 0 },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=8", "SLURM_LOCALID", 2, 0, 0,
		  -ENOENT },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=4(x2 SLURM_NODEID=0", "SLURM_LOCALID",
		  2, 0, 0, -EINVAL },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=4x SLURM_NODEID=0", "SLURM_LOCALID", 2,
		  0, 0, -EINVAL },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=4(y2) SLURM_NODEID=0", "SLURM_LOCALID",
		  2, 0, 0, -EINVAL },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE= SLURM_NODEID=0", "SLURM_LOCALID", 2,
		  0, 0, -EINVAL },
		{ "SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=4 SLURM_NODEID=one", "SLURM_LOCALID",
		  2, 0, 0, -EINVAL },
		{ "SLURM_LOCALID=2 SLURM_NTASKS_PER_NODE=4", "SLURM_LOCALID", 2, 4, 0, 0 },
		{ "SLURM_LOCALID=2", "SLURM_LOCALID", 2, 0, 0, -ENOENT },
		/* The launcher counts, not the allocation that it is in. */
		{ "SLURM_LOCALID=0 SLURM_NTASKS_PER_NODE=8 " OMPI "=3 " OMPI_SIZE "=4", OMPI, 3, 4,
		  0, 0 },
		{ "SLURM_LOCALID=0 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2", "LOCAL_RANK", 1, 2, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct launcher launcher = { 0 };
		unsigned long size = 0;
		int error;

		set(cases[i].variables);
		error = launcher_find(&launcher);
		if (error != cases[i].error)
			fail_msg("'%s': %d", cases[i].variables, error);
		if (cases[i].variable)
			assert_string_equal(launcher.variable, cases[i].variable);
		if (error)
			continue;
		assert_int_equal(launcher.rank, cases[i].rank);
		error = launcher_size(&launcher, &size);
		if (error != cases[i].size_error || size != cases[i].size)
			fail_msg("'%s': size %lu, %d", cases[i].variables, size, error);
	}
}

/* All of them are in the message, whole. */
static void test_names(void **state)
{
	char names[LAUNCHER_NAMES];
	size_t length = strlen(launcher_names(names));

	(void)state;
	assert_true(length < LAUNCHER_NAMES - 1);
	assert_non_null(strstr(names, OMPI ", "));
	assert_string_equal(names + length - strlen(", SLURM_LOCALID"), ", SLURM_LOCALID");
}

/*
 * Node 0: CPUs 0 to 7, two a core (0 and 4). Node 1: 8 to 13, each a core. Node 2: 14 and 15, and no
 * memory. Node 3: memory alone.
 */
static int setup(void **state)
{
	static const char *const cpus[] = { "0-7\n", "8-13\n", "14-15\n", "\n" };
	char name[128], text[64];

	(void)state;
	tree_make(&tree);
	tree_file(&tree, CPU "/online", "0-15\n");
	tree_file(&tree, NODE "/online", "0-3\n");
	tree_file(&tree, NODE "/has_memory", "0-1,3\n");
	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), NODE "/node%u/cpulist", i);
		tree_file(&tree, name, cpus[i]);
	}
	for (unsigned i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), CPU "/cpu%u/topology/thread_siblings_list", i);
		snprintf(text, sizeof(text), i < 8 ? "%u,%u\n" : "%u\n", i % 4, i % 4 + 4);
		if (i >= 8)
			snprintf(text, sizeof(text), "%u\n", i);
		tree_file(&tree, name, text);
	}
	topology_init(&machine, tree.root);
	clear_variables();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	topology_free(&machine);
	tree_remove(&tree);
	return 0;
}

/* Memory is not asked for by rank, or is, or by the rank's GPU. */
enum manner { APART, TOGETHER, BY_GPU };

struct want {
	enum spec_kind kind;
	enum manner manner;
	const char *text, *ids;
};

/* RANK of SIZE, as Open MPI says it. */
static void check(unsigned rank, unsigned size, const struct want *want)
{
	char variables[128], list[IDSET_TEXT];
	struct spec_scope scope;
	struct spec_result result;
	struct spec_error error = { 0 };

	snprintf(variables, sizeof(variables), OMPI "=%u " OMPI_SIZE "=%u", rank, size);
	set(variables);
	assert_int_equal(topology_load(&machine, spec_parts(want->kind)), 0);
	scope = spec_scope(&machine, want->kind, false);
	scope.ranked_memory |= want->manner == TOGETHER;
	scope.ranked_gpus = want->manner == BY_GPU;
	if (spec_parse(want->text, &scope, false, &result, &error))
		fail_msg("%s, rank %u: %d %s", want->text, rank, (int)error.fault, error.reason);
	if (strcmp(idset_text(&result.ids, list), want->ids) != 0)
		fail_msg("%s, rank %u of %u: %s, not %s", want->text, rank, size, list, want->ids);
}

static void test_nodes(void **state)
{
	(void)state;
	/* Memory is counted where there are CPUs too; CPUs without memory, if it is not asked for. */
	for (unsigned rank = 0; rank < 9; rank++) {
		static const char *const both[] = { "0", "1" }, *const cpus[] = { "0", "1", "2" };
		static const char *const lists[] = { "0-7", "8-13", "14-15" };
		static const char *const others[] = { "1-2", "0,2", "0-1" };
		const struct want wants[] = {
			{ SPEC_MEMORY, APART, "rank", both[rank % 2] },
			{ SPEC_NODE_CPUS, TOGETHER, "rank", both[rank % 2] },
			{ SPEC_CPUS, TOGETHER, "rank", lists[rank % 2] },
			{ SPEC_NODE_CPUS, APART, "rank", cpus[rank % 3] },
			{ SPEC_CPUS, APART, "rank", lists[rank % 3] },
			{ SPEC_NODE_CPUS, APART, "!rank", others[rank % 3] },
		};

		for (size_t i = 0; i < COUNT(wants); i++)
			check(rank, 9, &wants[i]);
	}
}

/* Whatever their number: no core to two ranks while there are enough, none left over. */
static void test_shares(void **state)
{
	(void)state;
	check(0, 2, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "0-7" });
	check(1, 2, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "8-13" });
	check(0, 4, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "0-1,4-5" });
	check(2, 4, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "2-3,6-7" });
	check(1, 4, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "8-10" });
	check(3, 4, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "11-13" });
	/* Three on node 0 and two on node 1. */
	check(0, 5, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "0,4" });
	check(2, 5, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "1,5" });
	check(4, 5, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "2-3,6-7" });
	check(3, 5, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "11-13" });
	/* More ranks than cores: eight on four cores. */
	check(0, 16, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "0,4" });
	check(2, 16, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "0,4" });
	check(4, 16, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "1,5" });
	check(14, 16, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "3,7" });
	/* The smallest and the largest. */
	check(0, 1, &(struct want){ SPEC_CPUS, APART, "core:rank", "0-7" });
	check(4294967294, 4294967295, &(struct want){ SPEC_CPUS, TOGETHER, "core:rank", "3,7" });
}

static void test_partition(void **state)
{
	(void)state;
	for (unsigned size = 1; size <= 10; size++) {
		struct idset seen = { 0 };

		for (unsigned rank = 0; rank < size; rank++) {
			struct idset usable = { 0 }, cpus;
			struct term_scope scope = { .topology = &machine,
				                    .usable = &usable,
				                    .cpus = true,
				                    .ranked_memory = true };
			char variables[128], reason[TERM_REASON];

			idset_add_range(&usable, 0, 15);
			snprintf(variables, sizeof(variables), OMPI "=%u " OMPI_SIZE "=%u", rank,
			         size);
			set(variables);
			if (term_find("core:rank", 9, &scope, &cpus, reason))
				fail_msg("%u of %u: %s", rank, size, reason);
			/* Node 0 has four cores: enough for as many. */
			if (size <= 8)
				assert_false(idset_overlap(&seen, &cpus));
			seen = idset_or(&seen, &cpus);
		}
		assert_int_equal(idset_count(&seen), size == 1 ? 8 : 14);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *variables, *term;
		bool cpus;
		const char *reason;
	} cases[] = {
		{ "", "rank", false, "there is no rank: no launcher" },
		{ "", "gpu:rank", false, "there is no rank: no launcher" },
		{ "", "core:rank", true, "there is no rank: no launcher" },
		{ OMPI "=one", "rank", false, OMPI "='one' in the environment is no rank" },
		{ OMPI "=0", "gpu:rank", false, "there is no GPU" },
		{ OMPI "=0", "core:rank", true,
		  OMPI_SIZE
		  " does not tell how many ranks there are here, for a share of the cores "
		  "(rank alone means the whole node)" },
		{ OMPI "=4 " OMPI_SIZE "=4", "core:rank", true,
		  OMPI "=4 is not within the number of ranks that " OMPI_SIZE " tells" },
		{ OMPI "=0 " OMPI_SIZE "=many", "core:rank", true,
		  OMPI_SIZE "='many' in the environment does not tell a number of ranks" },
		{ "SLURM_LOCALID=0 SLURM_STEP_TASKS_PER_NODE=4 SLURM_NODEID=one", "core:rank", true,
		  "SLURM_NODEID='one' in the environment does not tell a number of ranks" },
		{ "SLURM_LOCALID=0 SLURM_STEP_TASKS_PER_NODE=4x SLURM_NODEID=0", "core:rank", true,
		  "SLURM_STEP_TASKS_PER_NODE='4x' in the environment does not tell a number" },
		{ "SLURM_LOCALID=0 SLURM_NTASKS_PER_NODE=x", "core:rank", true,
		  "SLURM_NTASKS_PER_NODE='x' in the environment does not tell a number" },
		{ "FLUX_TASK_LOCAL_ID=0 FLUX_JOB_SIZE=4 FLUX_JOB_NNODES=x", "core:rank", true,
		  "FLUX_JOB_NNODES='x' in the environment does not tell a number of ranks" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct idset usable = { 0 }, ids;
		struct term_scope scope = { .topology = &machine,
			                    .usable = &usable,
			                    .cpus = cases[i].cpus };
		char reason[TERM_REASON];

		idset_add_range(&usable, 0, 15);
		set(cases[i].variables);
		assert_int_equal(term_find(cases[i].term, strlen(cases[i].term), &scope, &ids,
		                           reason),
		                 -ENOENT);
		if (strncmp(reason, cases[i].reason, strlen(cases[i].reason)) != 0)
			fail_msg("%s, %s: %s", cases[i].variables, cases[i].term, reason);
	}
}

static void add_gpu(const char *address, const char *class, const char *node)
{
	char name[128], target[128];

	snprintf(name, sizeof(name), "/sys/devices/pci0000:00/%s/class", address);
	tree_file(&tree, name, class);
	snprintf(name, sizeof(name), "/sys/devices/pci0000:00/%s/numa_node", address);
	tree_file(&tree, name, node);
	snprintf(name, sizeof(name), "/sys/bus/pci/devices/.keep");
	tree_file(&tree, name, "");
	snprintf(name, sizeof(name), "%s/sys/bus/pci/devices/%s", tree.path, address);
	snprintf(target, sizeof(target), "/sys/devices/pci0000:00/%s", address);
	assert_int_equal(symlink(target, name), 0);
}

/* Round-robin by address; the screen of a BMC counts only where it is all there is. */
static void test_gpus(void **state)
{
	(void)state;
	add_gpu("0000:00:01.0", "0x030000\n", "1\n");
	for (unsigned rank = 0; rank < 3; rank++)
		check(rank, 3, &(struct want){ SPEC_MEMORY, APART, "gpu:rank", "1" });
	add_gpu("0000:00:02.0", "0x030200\n", "0\n");
	add_gpu("0000:00:03.0", "0x120000\n", "3\n");
	add_gpu("0000:00:04.0", "0x038000\n", "1\n");
	for (unsigned rank = 0; rank < 7; rank++) {
		static const char *const nodes[] = { "0", "3", "1" };

		check(rank, 7, &(struct want){ SPEC_MEMORY, APART, "gpu:rank", nodes[rank % 3] });
	}
}

/* The cores beside the GPU, among all whose GPUs are there; one without a known node is alone. */
static void test_gpu_cores(void **state)
{
	static const char *const cpus[] = { "0,4", "8-9", "1,5", "10-11", "2,6", "12-13" };

	(void)state;
	add_gpu("0000:00:01.0", "0x030200\n", "0\n");
	add_gpu("0000:00:02.0", "0x030200\n", "1\n");
	add_gpu("0000:00:03.0", "0x030200\n", "0\n");
	add_gpu("0000:00:04.0", "0x030200\n", "1\n");
	add_gpu("0000:00:05.0", "0x030200\n", "-1\n");
	/* Ranks 0, 2, 5, 7 and 1, 3, 6: ten ranks would take all seats twice. */
	check(0, 8, &(struct want){ SPEC_CPUS, BY_GPU, "core:rank", cpus[0] });
	check(2, 8, &(struct want){ SPEC_CPUS, BY_GPU, "core:rank", cpus[2] });
	check(5, 8, &(struct want){ SPEC_CPUS, BY_GPU, "core:rank", cpus[4] });
	check(7, 8, &(struct want){ SPEC_CPUS, BY_GPU, "core:rank", "3,7" });
	check(1, 8, &(struct want){ SPEC_CPUS, BY_GPU, "core:rank", cpus[1] });
	check(3, 8, &(struct want){ SPEC_CPUS, BY_GPU, "core:rank", cpus[3] });
	check(6, 8, &(struct want){ SPEC_CPUS, BY_GPU, "core:rank", cpus[5] });
	/* Two of them share one, as node 1 is not counted for the four on node 0. */
	check(0, 2, &(struct want){ SPEC_CPUS, BY_GPU, "core:rank", "0-7" });
}

static void test_named(void **state)
{
	static const struct {
		const char *text;
		bool has;
	} cases[] = {
		{ "rank", true },         { "!rank", true },
		{ "0,rank", true },       { "gpu:rank,0", true },
		{ "core:rank", true },    { "!0,core:rank", true },
		{ "netdev:rank", false }, { "rank:0", false },
		{ "ranks", false },       { "", false },
		{ "file:/rank", false },  { "near:0", false },
		{ "!", false },
	};

	(void)state;
	assert_false(spec_has_rank(NULL));
	for (size_t i = 0; i < COUNT(cases); i++)
		if (spec_has_rank(cases[i].text) != cases[i].has)
			fail_msg("%s", cases[i].text);
	assert_true(spec_has_gpu_rank("0,gpu:rank") && !spec_has_gpu_rank("rank,core:rank"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_launchers, clear),
		cmocka_unit_test_setup(test_names, clear),
		TEST(test_nodes),
		TEST(test_shares),
		TEST(test_partition),
		TEST(test_refused),
		TEST(test_gpus),
		TEST(test_gpu_cores),
		cmocka_unit_test_setup(test_named, clear),
	};

	return cmocka_run_group_tests_name("rank", tests, NULL, NULL);
}
