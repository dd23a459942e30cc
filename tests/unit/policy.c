/*
 * Placements against a fake kernel: what is asked of it and in which order, and what is said and
 * done when it refuses. That ends the program, so each case is a child process.
 */
#include "tree.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "affinity.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "placement.h"
#include "policy.h"
#include "request.h"
#include "shut.h"
#include "topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NODE "/sys/devices/system/node"
#define CPU "/sys/devices/system/cpu"

/* The kernel that stands in for lib/kernel.c; shared with the child. */
struct fake {
	/* Scripted: what each call answers, and what is read back instead of what was set. */
	int try_error, set_error, get_error, allowed_error, set_affinity_error, get_affinity_error;
	unsigned major, minor;
	bool foreign, closed, other_mode, other_nodes, other_cpus;
	int mode;
	struct idset nodes, cpus;
	const char *allowed_nodes, *allowed_cpus;
	int next;
	/* Recorded. */
	char calls[4096];
	int set_mode;
	struct idset set_nodes, set_cpus;
	bool has_policy, has_affinity, ended;
	struct placement placement;
	struct policy_state policy;
	int read_error;
};

static struct fake *fake;
static struct tree tree;

static struct idset set_of(const char *list)
{
	struct idset set;

	assert_int_equal(idset_parse_list(list, strlen(list), &set), 0);
	return set;
}

static void record(const char *call, int mode, const struct idset *set)
{
	char list[IDSET_TEXT];
	size_t used = strlen(fake->calls);

	snprintf(fake->calls + used, sizeof(fake->calls) - used, "%s%s", used ? "; " : "", call);
	used = strlen(fake->calls);
	if (set && mode >= 0)
		snprintf(fake->calls + used, sizeof(fake->calls) - used, " %d {%s}", mode,
		         idset_text(set, list));
	else if (set)
		snprintf(fake->calls + used, sizeof(fake->calls) - used, " {%s}",
		         idset_text(set, list));
}

void kernel_door(bool closed, void (*narrate)(const char *call))
{
	(void)narrate;
	fake->closed = closed;
}

bool kernel_is_closed(void)
{
	return fake->closed;
}

int kernel_try_mempolicy(int mode, const struct idset *nodes)
{
	record("try", mode, nodes);
	return fake->try_error;
}

int kernel_set_mempolicy(int mode, const struct idset *nodes)
{
	record("set", mode, nodes);
	if (fake->set_error || fake->closed)
		return fake->set_error;
	fake->has_policy = true;
	fake->set_mode = mode;
	fake->set_nodes = *nodes;
	return 0;
}

int kernel_get_mempolicy(int *mode, struct idset *nodes)
{
	record("get", 0, NULL);
	if (fake->get_error)
		return fake->get_error;
	*mode = fake->other_mode ? fake->mode : fake->set_mode;
	*nodes = fake->other_nodes ? fake->nodes : fake->set_nodes;
	return 0;
}

int kernel_next_interleave(int *node)
{
	*node = fake->next;
	return 0;
}

int kernel_allowed_nodes(struct idset *nodes)
{
	if (!fake->allowed_error)
		*nodes = set_of(fake->allowed_nodes);
	return fake->allowed_error;
}

int kernel_set_affinity(pid_t pid, const struct idset *cpus)
{
	assert_int_equal(pid, 0);
	record("cpus", -1, cpus);
	if (fake->set_affinity_error || fake->closed)
		return fake->set_affinity_error;
	fake->has_affinity = true;
	fake->set_cpus = *cpus;
	return 0;
}

int kernel_get_affinity(pid_t pid, struct idset *cpus)
{
	assert_int_equal(pid, 0);
	if (!fake->has_affinity) {
		*cpus = set_of(fake->allowed_cpus);
		return 0;
	}
	record("get cpus", 0, NULL);
	if (!fake->get_affinity_error)
		*cpus = fake->other_cpus ? fake->cpus : fake->set_cpus;
	return fake->get_affinity_error;
}

/* The pages of other processes are none of a placement of this one. */
long kernel_move_pages(pid_t pid, size_t count, const unsigned long pages[], const int nodes[],
                       int status[], bool shared)
{
	(void)pid;
	(void)count;
	(void)pages;
	(void)nodes;
	(void)status;
	(void)shared;
	abort();
}

int kernel_execute(const char *path, char *const argv[])
{
	(void)path;
	(void)argv;
	return 0;
}

bool kernel_older_than(unsigned major, unsigned minor)
{
	return fake->major < major || (fake->major == major && fake->minor < minor);
}

const struct kernel_mode *kernel_mode(int mode)
{
	static const struct kernel_mode modes[] = {
		{ MPOL_DEFAULT, "default", "MPOL_DEFAULT", 2, 6 },
		{ MPOL_PREFERRED, "preferred", "MPOL_PREFERRED", 2, 6 },
		{ MPOL_BIND, "bind", "MPOL_BIND", 2, 6 },
		{ MPOL_INTERLEAVE, "interleave", "MPOL_INTERLEAVE", 2, 6 },
		{ MPOL_LOCAL, "local", "MPOL_LOCAL", 3, 8 },
		{ MPOL_PREFERRED_MANY, "preferred-many", "MPOL_PREFERRED_MANY", 5, 15 },
		{ MPOL_WEIGHTED_INTERLEAVE, "weighted-interleave", "MPOL_WEIGHTED_INTERLEAVE", 6,
		  9 },
	};

	return mode >= 0 && mode < (int)COUNT(modes) ? &modes[mode] : NULL;
}

/*
 * Nodes 0 to 3 with 256 MiB each; CPUs 0-3 on node 0 and 4-7 on node 1, two threads to a core;
 * CPU 8 of node 1 is offline. Everything is allowed.
 */
static int setup(void **state)
{
	static const char *const siblings[] = { "0-1", "0-1", "2-3", "2-3",
		                                "4-5", "4-5", "6-7", "6-7" };

	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/online", "0-3\n");
	tree_file(&tree, NODE "/possible", "0-7\n");
	tree_file(&tree, NODE "/has_memory", "0-3\n");
	tree_file(&tree, NODE "/node0/cpulist", "0-3\n");
	tree_file(&tree, NODE "/node1/cpulist", "4-8\n");
	tree_file(&tree, NODE "/node2/cpulist", "\n");
	tree_file(&tree, NODE "/node3/cpulist", "\n");
	tree_file(&tree, CPU "/online", "0-7\n");
	tree_file(&tree, CPU "/present", "0-8\n");
	for (unsigned cpu = 0; cpu < COUNT(siblings); cpu++) {
		char name[128];

		snprintf(name, sizeof(name), CPU "/cpu%u/topology/thread_siblings_list", cpu);
		tree_file(&tree, name, siblings[cpu]);
	}
	fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(fake != MAP_FAILED);
	fake->major = 6;
	fake->minor = 18;
	fake->allowed_nodes = "0-3";
	fake->allowed_cpus = "0-7";
	fake->next = 2;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	munmap(fake, sizeof(*fake));
	tree_remove(&tree);
	return 0;
}

/* What the program does between the command line and exec. */
static void place(const struct request *request)
{
	struct topology topology;

	topology_init(&topology, tree.root);
	/* This machine, though its files are ours: so the kernel is asked. */
	topology.foreign = fake->foreign;
	placement_resolve(request, &topology, &fake->placement);
	policy_check(&fake->placement, &topology);
	policy_apply(&fake->placement, &topology);
	affinity_apply(&fake->placement, &topology);
	if (fake->has_policy)
		fake->read_error = policy_read(&topology, &fake->policy);
	topology_free(&topology);
	fake->ended = true;
}

static char said[65536];

/* Returns the exit status of the child; what it said is in SAID, without the program's name. */
static int run(const struct request *request)
{
	int ends[2], status;
	size_t used = 0, name = strlen(program_invocation_short_name) + 2;
	ssize_t got;
	pid_t child;

	fake->calls[0] = '\0';
	fake->has_policy = fake->has_affinity = fake->ended = false;
	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		place(request);
		_exit(0);
	}
	close(ends[1]);
	while (used < sizeof(said) - 1 &&
	       (got = read(ends[0], said + used, sizeof(said) - 1 - used)) > 0)
		used += (size_t)got;
	said[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (used > name)
		memmove(said, said + name, used - name + 1);
	return WEXITSTATUS(status);
}

/* It goes through, makes just CALLS, and says SENTENCE, if anything. */
static void check_done(const struct request *request, const char *calls, const char *sentence)
{
	char line[sizeof(said)];
	int status = run(request);

	snprintf(line, sizeof(line), "%s%s", sentence, *sentence ? "\n" : "");
	assert_string_equal(said, line);
	assert_int_equal(status, 0);
	assert_true(fake->ended);
	assert_string_equal(fake->calls, calls);
}

/* It ends with 125 and one line after CALLS. */
static void check_refused(const struct request *request, const char *calls, const char *sentence)
{
	char line[sizeof(said)];
	int status = run(request);

	snprintf(line, sizeof(line), "%s\n", sentence);
	assert_string_equal(said, line);
	assert_int_equal(status, 125);
	assert_false(fake->ended);
	assert_string_equal(fake->calls, calls);
}

/* With --best-effort the same sentence, and on. */
static void check_effort(const struct request *request, const char *calls, const char *sentence)
{
	struct request lenient = *request;
	char whole[sizeof(said)];

	lenient.best_effort = true;
	snprintf(whole, sizeof(whole), "%s; going on with the rest", sentence);
	check_done(&lenient, calls, whole);
}

#define NOTHING                                                                                    \
	{                                                                                          \
		.tool = REQUEST_NUMAPLACE, .mode = REQUEST_NO_MODE                                 \
	}
#define MEMORY(m, o, n)                                                                            \
	{                                                                                          \
		.tool = REQUEST_NUMAPLACE, .mode = (m), .option = (o), .nodes = (n)                \
	}
#define BIND(n) MEMORY(MPOL_BIND, "membind", n)

static void test_nothing(void **state)
{
	struct request request = NOTHING;

	(void)state;
	check_done(&request, "", "");
	assert_false(fake->has_policy || fake->has_affinity);
}

static void test_modes(void **state)
{
	static const struct {
		struct request request;
		const char *calls;
	} cases[] = {
		{ BIND("0-1"), "try 2 {0-1}; set 2 {0-1}; get" },
		{ MEMORY(MPOL_PREFERRED, "preferred", "3"), "try 1 {3}; set 1 {3}; get" },
		{ MEMORY(MPOL_PREFERRED_MANY, "preferred-many", "!0"),
		  "try 5 {1-3}; set 5 {1-3}; get" },
		{ MEMORY(MPOL_INTERLEAVE, "interleave", "all"), "try 3 {0-3}; set 3 {0-3}; get" },
		{ MEMORY(MPOL_WEIGHTED_INTERLEAVE, "weighted-interleave", "0,2"),
		  "try 6 {0,2}; set 6 {0,2}; get" },
		{ MEMORY(MPOL_LOCAL, "localalloc", NULL), "try 4 {}; set 4 {}; get" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char calls[128];

		/* The last is what --show reads. */
		snprintf(calls, sizeof(calls), "%s; get", cases[i].calls);
		check_done(&cases[i].request, calls, "");
		assert_int_equal(fake->policy.mode, cases[i].request.mode);
		assert_int_equal(fake->policy.flags, 0);
		assert_true(idset_equal(&fake->policy.nodes, &fake->placement.nodes));
	}
}

static void test_flags(void **state)
{
	struct request request = BIND("1");

	(void)state;
	request.balancing = request.static_nodes = true;
	check_done(&request, "try 40962 {1}; set 40962 {1}; get; get", "");
	assert_int_equal(fake->set_mode, MPOL_BIND | MPOL_F_NUMA_BALANCING | MPOL_F_STATIC_NODES);
	assert_int_equal(fake->policy.mode, MPOL_BIND);
	assert_int_equal(fake->policy.flags, MPOL_F_NUMA_BALANCING | MPOL_F_STATIC_NODES);
}

/* The kernel counts relative nodes within the cpuset; users name them by their ids. */
static void test_relative(void **state)
{
	struct request request = BIND("3");

	(void)state;
	request.relative_nodes = true;
	fake->allowed_nodes = "1,3";
	check_done(&request, "try 16386 {1}; set 16386 {1}; get; get", "");
	assert_int_equal(fake->policy.flags, MPOL_F_RELATIVE_NODES);
	assert_true(idset_has(&fake->policy.nodes, 3));
	assert_int_equal(idset_count(&fake->policy.nodes), 1);
}

/* An inherited relative mask that is wider than the cpuset is folded, as the kernel does it. */
static void test_relative_folded(void **state)
{
	struct request request = BIND("1,3");
	struct idset expected = set_of("1,3");

	(void)state;
	request.relative_nodes = true;
	fake->allowed_nodes = "1,3";
	check_done(&request, "try 16386 {0-1}; set 16386 {0-1}; get; get", "");
	assert_true(idset_equal(&fake->policy.nodes, &expected));
	request.nodes = "1";
	/* Position 6 of two nodes is position 0. */
	fake->other_nodes = true;
	fake->nodes = set_of("6");
	request.best_effort = true;
	assert_int_equal(run(&request), 0);
	expected = set_of("1");
	assert_true(idset_equal(&fake->policy.nodes, &expected));
}

/* Before Linux 5.14 local allocation is kept, and read back, as preferred of no node. */
static void test_local_on_old_kernel(void **state)
{
	struct request request = MEMORY(MPOL_LOCAL, "localalloc", NULL);

	(void)state;
	fake->minor = fake->major = 4;
	fake->other_mode = true;
	fake->mode = MPOL_PREFERRED;
	check_done(&request, "try 4 {}; set 4 {}; get; get", "");
	assert_int_equal(fake->policy.mode, MPOL_LOCAL);
	assert_true(idset_empty(&fake->policy.nodes));
}

/* ... but not where a node was preferred. */
static void test_preferred_is_not_local(void **state)
{
	struct request request = MEMORY(MPOL_PREFERRED, "preferred", "1");

	(void)state;
	fake->other_nodes = true;
	check_refused(&request, "try 1 {1}; set 1 {1}; get",
	              "the kernel set another policy than it was asked for, on nodes  (was "
	              "the cpuset changed meanwhile?)");
}

static void test_next(void **state)
{
	struct request request = MEMORY(MPOL_INTERLEAVE, "interleave", "all");

	(void)state;
	check_done(&request, "try 3 {0-3}; set 3 {0-3}; get; get", "");
	assert_int_equal(fake->policy.next, 2);
}

static void test_no_next(void **state)
{
	struct request request = BIND("0");

	(void)state;
	check_done(&request, "try 2 {0}; set 2 {0}; get; get", "");
	assert_int_equal(fake->policy.next, -1);
}

#define FILTER                                                                                     \
	"blocked by a seccomp filter (containers need CAP_SYS_NICE or a profile that allows it)"
#define WITHOUT "; --best-effort runs without it"

/* Each failure of the calls on memory policies, at each of the three. */
static void test_memory_refused(void **state)
{
	static const struct {
		int error;
		const char *seccomp, *reason;
	} cases[] = {
		{ -EPERM, "2", "Operation not permitted: " FILTER },
		{ -EPERM, "0", "Operation not permitted: forbidden by a security module" },
		{ -EACCES, "0", "Permission denied: forbidden by a security module" },
		{ -EACCES, "2", "Permission denied: " FILTER },
		{ -ENOSYS, "0",
		  "Function not implemented: hidden from this process, though the kernel has NUMA "
		  "support" },
		{ -ENOSYS, "2", "Function not implemented: " FILTER },
		{ -ENOMEM, "2", "Cannot allocate memory: the kernel is out of memory" },
		{ -EINVAL, "0",
		  "Invalid argument: the kernel takes neither these nodes nor this mode now" },
		{ -EIO, "0", "Input/output error: refused by the kernel" },
	};
	static const char *const names[] = { "mbind", "set_mempolicy", "get_mempolicy" };
	static const char *const calls[] = { "try 2 {1}", "try 2 {1}; set 2 {1}",
		                             "try 2 {1}; set 2 {1}; get" };
	/* CPUs are bound all the same; what was set is read for --show. */
	static const char *const rest[] = { "; cpus {4-7}; get cpus", "; cpus {4-7}; get cpus",
		                            "; cpus {4-7}; get cpus; get" };
	struct request request = BIND("1");

	(void)state;
	request.cpunodebind = "1";
	for (size_t i = 0; i < COUNT(cases); i++) {
		char status[64];

		snprintf(status, sizeof(status), "Name:\tx\nSeccomp:\t%s\n", cases[i].seccomp);
		tree_file(&tree, "/proc/self/status", status);
		for (int call = 0; call < 3; call++) {
			char sentence[256], all[256];

			fake->try_error = call == 0 ? cases[i].error : 0;
			fake->set_error = call == 1 ? cases[i].error : 0;
			fake->get_error = call == 2 ? cases[i].error : 0;
			snprintf(sentence, sizeof(sentence), "%s: %s" WITHOUT, names[call],
			         cases[i].reason);
			check_refused(&request, calls[call], sentence);
			assert_false(fake->has_affinity);
			snprintf(sentence, sizeof(sentence), "%s: %s", names[call],
			         cases[i].reason);
			snprintf(all, sizeof(all), "%s%s", calls[call], rest[call]);
			check_effort(&request, all, sentence);
		}
	}
}

/* EINVAL of a kernel that is older than the mode or flag. */
static void test_too_old(void **state)
{
	static const struct {
		unsigned major, minor;
		int mode;
		bool balancing;
		const char *sentence;
	} cases[] = {
		{ 6, 8, MPOL_WEIGHTED_INTERLEAVE, false, "weighted-interleave needs Linux 6.9" },
		{ 5, 14, MPOL_PREFERRED_MANY, false, "preferred-many needs Linux 5.15" },
		{ 5, 14, MPOL_PREFERRED_MANY, true, "preferred-many needs Linux 5.15" },
		{ 5, 11, MPOL_BIND, true, "--balancing needs Linux 5.12" },
		{ 6, 9, MPOL_PREFERRED_MANY, true,
		  "--balancing with --preferred-many needs Linux 6.10" },
		{ 6, 9, MPOL_WEIGHTED_INTERLEAVE, false,
		  "the kernel takes neither these nodes nor this mode now" },
		{ 5, 12, MPOL_BIND, true,
		  "the kernel takes neither these nodes nor this mode now" },
		{ 6, 10, MPOL_PREFERRED_MANY, true,
		  "the kernel takes neither these nodes nor this mode now" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = MEMORY(cases[i].mode, "option", "0-1");
		char sentence[256], calls[64];

		request.balancing = cases[i].balancing;
		fake->major = cases[i].major;
		fake->minor = cases[i].minor;
		fake->try_error = -EINVAL;
		snprintf(calls, sizeof(calls), "try %d {0-1}",
		         cases[i].mode | (cases[i].balancing ? MPOL_F_NUMA_BALANCING : 0));
		snprintf(sentence, sizeof(sentence), "mbind: Invalid argument: %s" WITHOUT,
		         cases[i].sentence);
		check_refused(&request, calls, sentence);
		snprintf(sentence, sizeof(sentence), "mbind: Invalid argument: %s",
		         cases[i].sentence);
		check_effort(&request, calls, sentence);
		assert_int_equal(fake->placement.mode, REQUEST_NO_MODE);
	}
}

/* What the kernel says it set is not what it was asked for. */
static void test_read_back(void **state)
{
	static const char *const sentences[] = {
		"the kernel set another policy than it was asked for, on nodes 0 (was "
		"the cpuset changed meanwhile?)",
		"the kernel set another policy than it was asked for, on nodes 0-1 (was "
		"the cpuset changed meanwhile?)",
	};
	struct request request = BIND("0-1");

	(void)state;
	fake->other_nodes = true;
	fake->nodes = set_of("0");
	check_refused(&request, "try 2 {0-1}; set 2 {0-1}; get", sentences[0]);
	check_effort(&request, "try 2 {0-1}; set 2 {0-1}; get; get", sentences[0]);
	fake->other_nodes = false;
	fake->other_mode = true;
	fake->mode = MPOL_INTERLEAVE;
	check_refused(&request, "try 2 {0-1}; set 2 {0-1}; get", sentences[1]);
	fake->mode = MPOL_BIND | MPOL_F_STATIC_NODES;
	check_refused(&request, "try 2 {0-1}; set 2 {0-1}; get", sentences[1]);
}

static void test_closed(void **state)
{
	struct request request = BIND("1");

	(void)state;
	request.cpunodebind = "1";
	fake->closed = true;
	check_done(&request, "try 2 {1}; set 2 {1}; cpus {4-7}", "");
	assert_false(fake->has_policy || fake->has_affinity);
}

static void test_cpus(void **state)
{
	static const struct {
		const char *nodes, *cpus;
		bool one_per_core;
		const char *expected;
	} cases[] = {
		{ "1", NULL, false, "4-7" },      { NULL, "0,7", false, "0,7" },
		{ "0", "2-5", false, "2-3" },     { "all", "all", false, "0-7" },
		{ NULL, NULL, true, "0,2,4,6" },  { "1", NULL, true, "4,6" },
		{ NULL, "1-2,5", true, "1-2,5" }, { NULL, "1-5", true, "1-2,4" },
		{ "0", "3-6", true, "3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = NOTHING;
		char calls[128];

		request.cpunodebind = cases[i].nodes;
		request.physcpubind = cases[i].cpus;
		request.one_per_core = cases[i].one_per_core;
		snprintf(calls, sizeof(calls), "cpus {%s}; get cpus", cases[i].expected);
		check_done(&request, calls, "");
		assert_false(fake->has_policy);
	}
}

static void test_inherited_affinity(void **state)
{
	struct request request = NOTHING;

	(void)state;
	fake->allowed_cpus = "2-5";
	request.cpunodebind = "0";
	check_done(&request, "cpus {2-3}; get cpus", "");
	request.cpunodebind = NULL;
	request.physcpubind = "!2";
	check_done(&request, "cpus {3-5}; get cpus", "");
	request.all = true;
	check_done(&request, "cpus {0-1,3-7}; get cpus", "");
	request.all = false;
	request.physcpubind = "7";
	check_refused(&request, "",
	              "--physcpubind=7: the inherited affinity allows CPUs 2-5 only (--all looks "
	              "beyond it)");
}

static void test_no_common_cpu(void **state)
{
	static const char sentence[] =
		"--physcpubind=4-7: none of these CPUs is on the nodes of --cpunodebind=0";
	struct request request = NOTHING;

	(void)state;
	request.cpunodebind = "0";
	request.physcpubind = "4-7";
	check_refused(&request, "", sentence);
	/* Neither of the two is the rest, but --one-per-core is. */
	check_effort(&request, "", sentence);
	request.one_per_core = true;
	check_effort(&request, "cpus {0,2,4,6}; get cpus", sentence);
}

static void test_unknown_cores(void **state)
{
	static const char sentence[] =
		"--one-per-core: the kernel does not tell which CPUs share a core (there is no " CPU
		"/cpu4/topology/thread_siblings_list)";
	struct request request = NOTHING;
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s" CPU "/cpu4/topology/thread_siblings_list", tree.path);
	assert_int_equal(unlink(path), 0);
	request.one_per_core = true;
	request.physcpubind = "1-7";
	check_refused(&request, "", sentence);
	/* It is left out as a whole, though other cores are known. */
	check_effort(&request, "cpus {1-7}; get cpus", sentence);
}

/* A cpuset whose CPUs are 0-5, in /batch. */
static void make_cpuset(void)
{
	tree_file(&tree, "/proc/self/mounts", "c /sys/fs/cgroup cgroup2 rw 0 0\n");
	tree_file(&tree, "/proc/self/cgroup", "0::/batch\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
	tree_file(&tree, "/sys/fs/cgroup/cpuset.mems.effective", "0-3\n");
	tree_file(&tree, "/sys/fs/cgroup/batch/cpuset.cpus.effective", "0-5\n");
	tree_file(&tree, "/sys/fs/cgroup/batch/cpuset.mems.effective", "0-1\n");
}

/* The kernel sets what the cpuset allows of the CPUs, without a word. */
static void test_clipped_affinity(void **state)
{
	static const char sentence[] =
		"sched_setaffinity: the cpuset allows CPUs 0-5 only (cpuset.cpus of /batch)";
	struct request request = NOTHING;

	(void)state;
	make_cpuset();
	request.physcpubind = "4-7";
	request.all = true;
	fake->allowed_cpus = "1";
	fake->other_cpus = true;
	fake->cpus = set_of("4-5");
	check_refused(&request, "cpus {4-7}; get cpus", sentence);
	check_effort(&request, "cpus {4-7}; get cpus", sentence);
}

/* Where no cgroup can be seen, what is known of the cpuset is what the kernel left. */
static void test_clipped_unseen(void **state)
{
	struct request request = NOTHING;

	(void)state;
	request.physcpubind = "4-7";
	request.all = true;
	fake->allowed_cpus = "1";
	fake->other_cpus = true;
	fake->cpus = set_of("4-5");
	assert_int_equal(run(&request), 125);
	/* The inherited affinity, CPU 1, is not what the cpuset allows. */
	assert_null(strstr(said, "allows CPUs 1 only"));
	assert_memory_equal(said, "sched_setaffinity: ", 19);
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

/* More than was asked for is no placement either. */
static void test_extra_cpus(void **state)
{
	static const char sentence[] = "sched_setaffinity: it may run on CPUs 6-7 all the same";
	struct request request = NOTHING;

	(void)state;
	request.cpunodebind = "1";
	request.physcpubind = "4-5";
	fake->other_cpus = true;
	fake->cpus = set_of("4-7");
	check_refused(&request, "cpus {4-5}; get cpus", sentence);
	check_effort(&request, "cpus {4-5}; get cpus", sentence);
}

/* Under the name numactl, -N means all CPUs of the nodes, as far as the cpuset allows. */
static void test_clipped_as_numactl(void **state)
{
	struct request request = NOTHING;

	(void)state;
	make_cpuset();
	request.tool = REQUEST_NUMACTL;
	request.clip_cpus = true;
	request.cpunodebind = "1";
	fake->other_cpus = true;
	fake->cpus = set_of("4-5");
	check_done(&request, "cpus {4-7}; get cpus", "");
}

static void test_affinity_refused(void **state)
{
	struct request request = NOTHING;
	static const char invalid[] =
		"sched_setaffinity: the cpuset allows CPUs 0-5 only (cpuset.cpus of /batch)";

	(void)state;
	make_cpuset();
	request.physcpubind = "6-7";
	request.all = true;
	fake->set_affinity_error = -EINVAL;
	check_refused(&request, "cpus {6-7}", invalid);
	check_effort(&request, "cpus {6-7}", invalid);
	fake->set_affinity_error = -EPERM;
	check_refused(&request, "cpus {6-7}", "sched_setaffinity: Operation not permitted" WITHOUT);
	check_effort(&request, "cpus {6-7}", "sched_setaffinity: Operation not permitted");
	tree_file(&tree, "/proc/self/status", "Seccomp:\t2\n");
	check_refused(&request, "cpus {6-7}",
	              "sched_setaffinity: Operation not permitted: blocked by a seccomp "
	              "filter" WITHOUT);
}

static void test_affinity_unread(void **state)
{
	struct request request = NOTHING;

	(void)state;
	request.physcpubind = "6-7";
	fake->get_affinity_error = -EPERM;
	check_refused(&request, "cpus {6-7}; get cpus",
	              "sched_getaffinity: Operation not permitted");
	check_effort(&request, "cpus {6-7}; get cpus",
	             "sched_getaffinity: Operation not permitted");
}

static void test_cpuset_nodes(void **state)
{
	static const char sentence[] =
		"--membind=1-2: the cpuset allows memory on nodes 0-1 only (cpuset.mems of /batch)";
	struct request request = BIND("2");

	(void)state;
	make_cpuset();
	fake->allowed_nodes = "0-1";
	check_refused(&request, "",
	              "--membind=2: the cpuset allows memory on nodes 0-1 only (cpuset.mems of "
	              "/batch)");
	/* A range takes what is allowed of it. */
	request.nodes = "1-2";
	check_done(&request, "try 2 {1}; set 2 {1}; get; get", "");
	/* --all looks beyond the cpuset, but the kernel does not ... */
	request.all = true;
	check_refused(&request, "", sentence);
	check_effort(&request, "try 2 {1}; set 2 {1}; get; get", sentence);
	/* ... but for nodes that are kept until the cpuset has them. */
	request.static_nodes = true;
	check_done(&request, "try 32770 {1-2}; set 32770 {1-2}; get; get", "");
	request.nodes = "2-3";
	check_refused(&request, "",
	              "--membind=2-3: the cpuset allows memory on nodes 0-1 only (cpuset.mems of "
	              "/batch)");
}

/* Where get_mempolicy is forbidden, /proc tells what the cpuset allows. */
static void test_forbidden_question(void **state)
{
	struct request request = BIND("all");

	(void)state;
	fake->allowed_error = -EPERM;
	tree_file(&tree, "/proc/self/status", "Mems_allowed_list:\t2-3\nSeccomp:\t2\n");
	check_done(&request, "try 2 {2-3}; set 2 {2-3}; get; get", "");
}

static void test_best_effort_nodes(void **state)
{
	static const struct {
		const char *nodes, *said, *set;
	} cases[] = {
		{ "0,9",
		  "--membind=0,9: node 9 does not exist (nodes with memory: 0-3); going on with "
		  "the rest\n",
		  "0" },
		{ "0,8,9",
		  "--membind=0,8,9: 8-9 cannot be used: node 8 does not exist (nodes with memory: "
		  "0-3); going on with the rest\n",
		  "0" },
		{ "!0,9",
		  "--membind=!0,9: node 9 does not exist (nodes with memory: 0-3); going on with "
		  "the rest\n",
		  "1-3" },
		{ "+0,9",
		  "--membind=+0,9: not all of these positions exist; going on with the rest\n",
		  "0" },
		{ "9",
		  "--membind=9: node 9 does not exist (nodes with memory: 0-3); going on with the "
		  "rest\n",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = BIND(cases[i].nodes);
		struct idset expected;

		request.best_effort = true;
		assert_int_equal(run(&request), 0);
		assert_string_equal(said, cases[i].said);
		assert_true(fake->ended);
		assert_int_equal(fake->has_policy, cases[i].set != NULL);
		if (!cases[i].set)
			continue;
		expected = set_of(cases[i].set);
		assert_true(idset_equal(&fake->set_nodes, &expected));
	}
}

/* A mistake in writing is no lack of the machine. */
static void test_best_effort_is_no_excuse(void **state)
{
	static const char *const mistakes[] = { "", "x", "0,", "9,x", "9,3-1", "9-8", "9,0 " };

	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		struct request request = BIND(mistakes[i]);

		request.best_effort = true;
		if (run(&request) != 125)
			fail_msg("'%s': taken: %s", mistakes[i], said);
		assert_string_equal(fake->calls, "");
	}
}

static void test_no_numa(void **state)
{
	static const char sentence[] = "--membind=0: this kernel has no NUMA support (there is no "
				       "/sys/devices/system/node)";
	struct request request = BIND("0");
	struct tree whole = tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, CPU "/online", "0-7\n");
	/* Else the directory of the real machine would be looked at. */
	fake->foreign = true;
	request.physcpubind = "1";
	check_refused(&request, "", sentence);
	check_effort(&request, "cpus {1}; get cpus", sentence);
	tree_remove(&tree);
	tree = whole;
}

static void test_contradictions(void **state)
{
	static const struct {
		struct request request;
		const char *sentence;
	} cases[] = {
		{ MEMORY(MPOL_PREFERRED, "preferred", "0-1"),
		  "--preferred=0-1: takes one node, not 2 (0-1); --preferred-many takes several" },
		{ { .mode = MPOL_INTERLEAVE,
		    .option = "interleave",
		    .nodes = "0",
		    .balancing = true },
		  "--balancing: needs --membind or --preferred-many" },
		{ { .mode = MPOL_BIND,
		    .option = "membind",
		    .nodes = "0",
		    .static_nodes = true,
		    .relative_nodes = true },
		  "--static-nodes: conflicts with --relative-nodes (give one)" },
		{ { .mode = REQUEST_NO_MODE, .static_nodes = true },
		  "--static-nodes: needs a memory policy with nodes (such as --membind)" },
		{ { .mode = MPOL_LOCAL, .option = "localalloc", .relative_nodes = true },
		  "--relative-nodes: needs a memory policy with nodes (such as --membind)" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_refused(&cases[i].request, "", cases[i].sentence);
}

/* A malformed file ends it, with its path and as what. */
static void test_malformed(void **state)
{
	struct request request = BIND("0");

	(void)state;
	tree_file(&tree, NODE "/has_memory", "0-\n");
	check_refused(&request, "", NODE "/has_memory: malformed");
	tree_file(&tree, NODE "/has_memory", "0-9999\n");
	check_refused(&request, "", NODE "/has_memory: malformed: a number is too large");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_nothing),
		CASE(test_modes),
		CASE(test_flags),
		CASE(test_relative),
		CASE(test_relative_folded),
		CASE(test_local_on_old_kernel),
		CASE(test_preferred_is_not_local),
		CASE(test_next),
		CASE(test_no_next),
		CASE(test_memory_refused),
		CASE(test_too_old),
		CASE(test_read_back),
		CASE(test_closed),
		CASE(test_cpus),
		CASE(test_inherited_affinity),
		CASE(test_no_common_cpu),
		CASE(test_unknown_cores),
		CASE(test_clipped_affinity),
		CASE(test_clipped_unseen),
		CASE(test_extra_cpus),
		CASE(test_clipped_as_numactl),
		CASE(test_affinity_refused),
		CASE(test_affinity_unread),
		CASE(test_cpuset_nodes),
		CASE(test_forbidden_question),
		CASE(test_best_effort_nodes),
		CASE(test_best_effort_is_no_excuse),
		CASE(test_no_numa),
		CASE(test_contradictions),
		CASE(test_malformed),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
