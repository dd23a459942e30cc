/*
 * Room made on nodes against a fake kernel: what it is asked to reclaim of which node, when that
 * ends, and what is said when it falls short. room.c ends the program where it fails, so each case
 * is a child process.
 */
#include "tree.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* All of the real kernel.c but what the fake one answers. */
#define kernel_write real_write
#define kernel_older_than real_older_than
#include "lib/kernel.c"
#undef kernel_write
#undef kernel_older_than

int kernel_write(int root, const char *path, const char *text);
bool kernel_older_than(unsigned major, unsigned minor);

#include "lib/util.h"
#include "placement.h"
#include "request.h"
#include "room.h"
#include "topology.h"

#define NODE "/sys/devices/system/node"
#define NODES 3
#define MIB (1L << 20)
/* What has to be free beyond SIZE: page tables, the list of one CPU, one and a half of HIGH. */
#define HIGH 2
#define EXTRA(size) ((size) / 64 + 8 * MIB + HIGH * MIB * 3 / 2)

/* Shared with the child. */
static struct {
	long free[NODES], cache[NODES]; /* MiB */
	int error;                      /* what the write answers */
	bool old, ended;
	char calls[1024];
} * fake;

static struct tree tree;
static char said[4096];

static void write_zones(void)
{
	char text[1024] = "";
	long page = sysconf(_SC_PAGESIZE);

	for (unsigned i = 0; i < NODES; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		         "Node %u, zone Normal\n  pages free %ld\n  high %ld\n  present 1\n", i,
		         (fake->free[i] + HIGH) * MIB / page, HIGH * MIB / page);
	tree_file(&tree, "/proc/zoneinfo", text);
}

/* Gives up what there is of the node's cache; EAGAIN where that is less than was asked for. */
int kernel_write(int root, const char *path, const char *text)
{
	unsigned node;
	long size, asked, found;
	size_t used = strlen(fake->calls);

	assert_int_equal(root, tree.root);
	assert_int_equal(sscanf(path, NODE "/node%u/reclaim", &node), 1);
	assert_int_equal(sscanf(text, "%ld swappiness=0\n", &size), 1);
	snprintf(fake->calls + used, sizeof(fake->calls) - used, "%s%u:%ld", used ? " " : "", node,
	         size);
	if (fake->error || kernel_is_closed())
		return fake->error;
	asked = (size + MIB - 1) / MIB;
	found = asked < fake->cache[node] ? asked : fake->cache[node];
	fake->cache[node] -= found;
	fake->free[node] += found;
	write_zones();
	return found < asked ? -EAGAIN : 0;
}

bool kernel_older_than(unsigned major, unsigned minor)
{
	(void)major, (void)minor;
	return fake->old;
}

/* Three nodes of 1 GiB, of which each has 100 MiB free and 300 MiB of cache. */
static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/online", "0-2\n");
	tree_file(&tree, NODE "/possible", "0-2\n");
	tree_file(&tree, NODE "/has_memory", "0-2\n");
	tree_file(&tree, "/sys/devices/system/cpu/online", "0-2\n");
	fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(fake != MAP_FAILED);
	for (unsigned i = 0; i < NODES; i++) {
		char name[128], text[128];

		snprintf(name, sizeof(name), NODE "/node%u/cpulist", i);
		snprintf(text, sizeof(text), "%u\n", i);
		tree_file(&tree, name, text);
		snprintf(name, sizeof(name), NODE "/node%u/reclaim", i);
		tree_file(&tree, name, "");
		snprintf(name, sizeof(name), NODE "/node%u/meminfo", i);
		snprintf(text, sizeof(text), "Node %u MemTotal: 1048576 kB\n", i);
		tree_file(&tree, name, text);
		snprintf(name, sizeof(name), "/sys/kernel/mm/mempolicy/weighted_interleave/node%u",
		         i);
		tree_file(&tree, name, i == 0 ? "3\n" : "1\n");
		fake->free[i] = 100;
		fake->cache[i] = 300;
	}
	write_zones();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	munmap(fake, sizeof(*fake));
	tree_remove(&tree);
	return 0;
}

static struct idset set_of(const char *list)
{
	struct idset set;

	assert_int_equal(idset_parse_list(list, strlen(list), &set), 0);
	return set;
}

static const char *cpus = "1";

/* Asks for SIZE MiB for what MODE places on NODES. Returns the exit status of the child. */
static int make_room(long size, int mode, const char *nodes, struct request request)
{
	struct placement placement = { .mode = mode, .nodes = set_of(nodes) };
	struct topology topology;
	int ends[2], status;
	size_t used = 0;
	ssize_t got;
	pid_t child;

	placement.cpus = set_of(cpus);
	placement.has_cpus = *cpus;
	request.make_room = (unsigned long)(size * MIB);
	request.make_room_text = "SIZE";
	fake->calls[0] = '\0';
	fake->ended = false;
	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		kernel_door(request.dry_run, NULL);
		topology_init(&topology, tree.root);
		room_make(&request, &topology, &placement, NULL);
		topology_free(&topology);
		fake->ended = true;
		exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], said + used, sizeof(said) - 1 - used)) > 0)
		used += (size_t)got;
	said[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void check_said(const char *words)
{
	if (!strstr(said, words))
		fail_msg("\"%s\" is not in: %s", words, said);
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void check_done(long size, int mode, const char *nodes, const char *calls)
{
	struct request request = { 0 };

	assert_int_equal(make_room(size, mode, nodes, request), 0);
	assert_string_equal(said, "");
	assert_true(fake->ended);
	assert_string_equal(fake->calls, calls);
}

static void check_refused(long size, int mode, const char *nodes, const char *words)
{
	struct request request = { 0 };

	assert_int_equal(make_room(size, mode, nodes, request), 125);
	assert_false(fake->ended);
	check_said(words);
}

static void test_enough(void **state)
{
	char calls[64];

	(void)state;
	check_done(0, MPOL_BIND, "1", "");
	check_done(80, MPOL_BIND, "1", "");
	check_done(180, MPOL_BIND, "0-1", "");
	/* Beyond the number a margin; without a kernel that can make it the number will do. */
	snprintf(calls, sizeof(calls), "1:%ld", EXTRA(100 * MIB));
	check_done(100, MPOL_BIND, "1", calls);
	fake->error = -ENOENT;
	calls[0] = '0';
	check_done(100, MPOL_BIND, "0", calls);
}

/* What is missing, and what page tables and the CPUs' lists take, of that node alone. */
static void test_one_node(void **state)
{
	char calls[64];

	(void)state;
	snprintf(calls, sizeof(calls), "1:%ld", 200 * MIB + EXTRA(300 * MIB));
	check_done(300, MPOL_BIND, "1", calls);
	assert_int_equal(fake->cache[0], 300);
	assert_true(fake->free[1] >= 300);
	check_done(300, MPOL_BIND, "1", "");
}

/* Memory that may lie on any of them: the next node gives what the first has not. */
static void test_any_node(void **state)
{
	char calls[128];

	(void)state;
	fake->cache[0] = 50;
	/* The first has no more after the second time. */
	snprintf(calls, sizeof(calls), "0:%ld 0:%ld 1:%ld", 200 * MIB + EXTRA(400 * MIB),
	         150 * MIB + EXTRA(400 * MIB), 150 * MIB + EXTRA(400 * MIB));
	check_done(400, MPOL_BIND, "0-1", calls);
	assert_int_equal(fake->cache[2], 300);
}

/* A share of each node, and by their weights. */
static void test_shares(void **state)
{
	char calls[128];
	long extra = EXTRA(500 * MIB);

	(void)state;
	snprintf(calls, sizeof(calls), "0:%ld 1:%ld", 150 * MIB + extra, 150 * MIB + extra);
	check_done(500, MPOL_INTERLEAVE, "0-1", calls);
	fake->free[0] = fake->free[1] = 100;
	fake->cache[0] = 400;
	write_zones();
	/* 375 and 125. */
	snprintf(calls, sizeof(calls), "0:%ld 1:%ld", 275 * MIB + extra, 25 * MIB + extra);
	check_done(500, MPOL_WEIGHTED_INTERLEAVE, "0-1", calls);
}

/* Without a policy it comes to lie beside the CPUs: here those of node 1, then of all. */
static void test_no_nodes(void **state)
{
	struct request request = { 0 };

	(void)state;
	assert_int_equal(make_room(300, REQUEST_NO_MODE, "", request), 0);
	assert_int_equal(fake->cache[0] + fake->cache[2], 600);
	cpus = "";
	assert_int_equal(make_room(200, REQUEST_NO_MODE, "", request), 0);
	assert_string_equal(fake->calls, ""); /* of all nodes: 600 MiB are there */
	assert_int_equal(make_room(700, REQUEST_NO_MODE, "", request), 0);
	assert_non_null(strstr(fake->calls, "0:"));
	cpus = "1";
}

/* What several CPUs take for later; no more than a program of that size makes them take. */
static void test_lists(void **state)
{
	char calls[64];

	(void)state;
	cpus = "0-2";
	snprintf(calls, sizeof(calls), "1:%ld", 200 * MIB + EXTRA(300 * MIB) + 2 * 8 * MIB);
	check_done(300, MPOL_BIND, "1", calls);
	snprintf(calls, sizeof(calls), "0:%ld", 4 * MIB + EXTRA(104 * MIB) + 2 * 8 * MIB);
	check_done(104, MPOL_BIND, "0", calls);
	cpus = "0-63";
	snprintf(calls, sizeof(calls), "2:%ld", 28 * MIB + EXTRA(128 * MIB) + (32 - 8) * MIB);
	check_done(128, MPOL_BIND, "2", calls);
	cpus = "1";
}

static void test_short(void **state)
{
	struct request lenient = { .best_effort = true }, told = { .verbose = true };

	(void)state;
	check_refused(4096, MPOL_BIND, "1-2", "is more than the memory of nodes 1-2 (2");
	assert_string_equal(fake->calls, "");
	check_refused(500, MPOL_BIND, "1",
	              "SIZE: 300 M freed, node 1 has room for 400 M; --best-effort");
	assert_int_equal(make_room(500, MPOL_BIND, "1-2", told), 0);
	check_said("SIZE: 19 M freed, node 1 has room for 400 M, node 2 has room for 119 M\n");
	fake->cache[2] = 0;
	assert_int_equal(make_room(900, MPOL_BIND, "1-2", lenient), 0);
	check_said("; going on");
	assert_true(fake->ended);
	/* Enough for one node is not enough for both. */
	check_refused(700, MPOL_INTERLEAVE, "0,2", "node 2 has room for ");
}

/* The reasons, in words; after the first no other node is asked. */
static void test_refused(void **state)
{
	static const struct {
		int error;
		bool old;
		const char *words;
	} cases[] = {
		{ ENOENT, true, "this kernel cannot reclaim from one node, Linux 6.17 can (drop" },
		{ ENOENT, false, "this kernel has no reclaim file for nodes (dropping" },
		{ EROFS, false, "/sys is mounted read-only here" },
		{ EINVAL, false, NODE "/node0/reclaim: Invalid argument" },
		{ EPERM, false, "have memory reclaimed" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake->error = -cases[i].error;
		fake->old = cases[i].old;
		check_refused(300, MPOL_BIND, "0-1", "SIZE: 0 freed, node 0 has room for 100 M");
		check_said(cases[i].words);
		assert_null(strstr(fake->calls, "1:"));
	}
}

/* A plan asks each node, waits for nothing, and finds out what is not there. */
static void test_planned(void **state)
{
	struct request request = { .dry_run = true };
	char path[128];

	(void)state;
	assert_int_equal(make_room(600, MPOL_INTERLEAVE, "0,2", request), 0);
	assert_string_equal(said, "");
	assert_non_null(strstr(fake->calls, "0:"));
	assert_non_null(strstr(fake->calls, " 2:"));
	snprintf(path, sizeof(path), "%s" NODE "/node2/reclaim", tree.path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(make_room(600, MPOL_INTERLEAVE, "0,2", request), 125);
	check_said("this kernel has no reclaim file for nodes");
}

static void test_unreadable(void **state)
{
	(void)state;
	tree_file(&tree, "/proc/zoneinfo", "Node 0, zone Normal\n  pages free x\n");
	check_refused(300, MPOL_BIND, "0", "--make-room: /proc/zoneinfo: ");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_enough),   CASE(test_one_node),   CASE(test_any_node), CASE(test_shares),
		CASE(test_no_nodes), CASE(test_lists),      CASE(test_short),    CASE(test_refused),
		CASE(test_planned),  CASE(test_unreadable),
	};

	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
