/*
 * Reports and checks of a segment, on a machine of four nodes: a fake kernel says which policy and
 * which node each of its pages has. Its memory is real.
 */
#include "tree.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* All of the real kernel.c but what the fake one answers. */
#define kernel_move_pages real_move_pages
#define kernel_policy_at real_policy_at
#include "lib/kernel.c"
#undef kernel_move_pages
#undef kernel_policy_at

long kernel_move_pages(pid_t pid, size_t count, const unsigned long pages[], const int nodes[],
                       int status[], bool shared);
int kernel_policy_at(const void *address, int *mode, struct idset *nodes);

#include "binding.h"
#include "cache.h"
#include "destination.h"
#include "lib/pages.h"
#include "lib/util.h"
#include "placement.h"
#include "report/binding.h"
#include "request.h"
#include "segment.h"
#include "topology.h"
#include "verification.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NODE "/sys/devices/system/node"
#define PAGES 24
/* The range begins that far within the segment. */
#define FIRST 2

static struct {
	int node[PAGES]; /* -1: not in memory */
	int mode[PAGES];
	struct idset nodes[PAGES];
	int error; /* of kernel_policy_at */
} fake;

static struct tree tree;
static struct segment segment;
static char output[65536];

static size_t page_of(unsigned long address)
{
	size_t page = (address - (unsigned long)segment.memory) / segment.page_size;

	assert_true(page < PAGES);
	return page;
}

long kernel_move_pages(pid_t pid, size_t count, const unsigned long pages[], const int nodes[],
                       int status[], bool shared)
{
	(void)shared;
	assert_int_equal(pid, 0);
	assert_null(nodes);
	for (size_t i = 0; i < count; i++)
		status[i] = fake.node[page_of(pages[i])];
	return 0;
}

int kernel_policy_at(const void *address, int *mode, struct idset *nodes)
{
	size_t page = page_of((unsigned long)address);

	if (fake.error)
		return fake.error;
	*mode = fake.mode[page];
	*nodes = fake.nodes[page];
	return 0;
}

static struct idset set_of(const char *list)
{
	struct idset set;

	assert_int_equal(idset_parse_list(list, strlen(list), &set), 0);
	return set;
}

static void set_policy(size_t first, size_t count, int mode, const char *nodes)
{
	for (size_t i = first; i < first + count; i++) {
		fake.mode[i] = mode;
		fake.nodes[i] = set_of(nodes);
	}
}

/* "0 1 - 2": the nodes of the pages, as often as it takes. */
static void set_nodes(const char *text)
{
	const char *at = text;

	for (size_t i = 0; i < PAGES; i++, at += at[1] ? 2 : 1) {
		if (!*at)
			at = text;
		fake.node[i] = *at == '-' ? -1 : *at - '0';
		if (fake.node[i] >= 0)
			((volatile char *)segment.memory)[i * segment.page_size] = 1;
	}
}

static int setup_machine(void **state)
{
	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/online", "0-3\n");
	tree_file(&tree, NODE "/possible", "0-3\n");
	tree_file(&tree, NODE "/has_memory", "0-3\n");
	tree_file(&tree, "/sys/devices/system/cpu/online", "0\n");
	for (unsigned i = 0; i < 4; i++) {
		char name[128];

		snprintf(name, sizeof(name), NODE "/node%u/distance", i);
		tree_file(&tree, name, "10 20 20 20\n");
		snprintf(name, sizeof(name), NODE "/node%u/cpulist", i);
		tree_file(&tree, name, i ? "\n" : "0\n");
		snprintf(name, sizeof(name), "/sys/kernel/mm/mempolicy/weighted_interleave/node%u",
		         i);
		tree_file(&tree, name, i == 1 ? "3\n" : "1\n");
	}
	return 0;
}

static int teardown_machine(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static int setup(void **state)
{
	unsigned long page_size = (unsigned long)sysconf(_SC_PAGESIZE);

	(void)state;
	memset(&fake, 0, sizeof(fake));
	segment = (struct segment){ .kind = SEGMENT_TMPFS,
		                    .option = "file",
		                    .name = "f",
		                    .exists = true,
		                    .size = (FIRST + PAGES) * page_size,
		                    .page_size = page_size,
		                    .offset = FIRST * page_size,
		                    .length = PAGES * page_size,
		                    .id = -1,
		                    .fd = -1 };
	segment.memory = mmap(NULL, segment.length, PROT_READ | PROT_WRITE,
	                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(segment.memory != MAP_FAILED);
	set_nodes("-");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return munmap(segment.memory, segment.length);
}

/* What is printed between these is put into output. */
static int saved_stdout = -1, captured;

static void capture(void)
{
	fflush(stdout);
	captured = memfd_create("output", MFD_CLOEXEC);
	saved_stdout = dup(STDOUT_FILENO);
	assert_true(captured >= 0 && saved_stdout >= 0);
	assert_true(dup2(captured, STDOUT_FILENO) >= 0);
}

static void release(void)
{
	ssize_t length;

	fflush(stdout);
	assert_true(dup2(saved_stdout, STDOUT_FILENO) >= 0);
	close(saved_stdout);
	length = pread(captured, output, sizeof(output) - 1, 0);
	assert_true(length >= 0 && length < (ssize_t)sizeof(output) - 1);
	output[length] = '\0';
	close(captured);
}

static void check_dump(enum binding_style style, const char *expected)
{
	struct topology topology;
	struct binding binding = { .segment = &segment, .topology = &topology };

	topology_init(&topology, tree.root);
	capture();
	binding_show(&segment, style);
	binding_dump(&binding);
	binding_show_end();
	release();
	topology_free(&topology);
	assert_string_equal(output, expected);
}

/* Runs are of equal mode, flags and nodes. What follows assumes pages of 4 KiB. */
static void test_dump(void **state)
{
	(void)state;
	set_policy(0, 2, MPOL_BIND, "1");
	set_policy(2, 1, MPOL_BIND, "1-2");
	set_policy(3, 1, MPOL_BIND | MPOL_F_STATIC_NODES, "1-2");
	set_policy(4, 4, MPOL_PREFERRED_MANY, "1-2");
	set_policy(12, 1, MPOL_PREFERRED, "");
	set_policy(13, 2, MPOL_LOCAL, "");
	set_policy(15, 9, MPOL_WEIGHTED_INTERLEAVE, "0-3");
	check_dump(BINDING_TEXT, "      offset       length  policy\n"
	                         "          8k           8k  bind, nodes 1\n"
	                         "         16k           4k  bind, nodes 1-2\n"
	                         "         20k           4k  bind, nodes 1-2, static-nodes\n"
	                         "         24k          16k  preferred-many, nodes 1-2\n"
	                         "         40k          16k  default\n"
	                         "         56k          12k  local\n"
	                         "         68k          36k  weighted-interleave, nodes 0-3\n");
	check_dump(BINDING_NUMACTL, "0000000000002000-0000000000004000: bind : 1 \n"
	                            "0000000000004000-0000000000005000: bind : 1 2 \n"
	                            "0000000000005000-0000000000006000: bind : 1 2 \n"
	                            "0000000000006000-000000000000a000: preferred-many : 1 2 \n"
	                            "000000000000e000-0000000000011000: local : \n"
	                            "0000000000011000-000000000001a000: weighted-interleave : 0 1 "
	                            "2 3 \n");
	set_policy(0, PAGES, MPOL_BIND, "3");
	check_dump(BINDING_JSON,
	           "{ \"file\": \"f\",\n  \"size\": 106496, \"page_size\": 4096, \"offset\": 8192, "
	           "\"length\": 98304,\n  \"policies\": [\n    { \"offset\": 8192, \"length\": "
	           "98304, \"mode\": \"bind\", \"nodes\": \"3\", \"flags\": [] } ] }\n");
}

/* Relative nodes are shown by the kernel's ids, as everywhere. */
static void test_relative(void **state)
{
	(void)state;
	set_policy(0, PAGES, MPOL_INTERLEAVE | MPOL_F_RELATIVE_NODES, "1,6");
	check_dump(BINDING_TEXT,
	           "      offset       length  policy\n"
	           "          8k          96k  interleave, nodes 1-2, relative-nodes\n");
}

/* Offsets are written as --offset takes them, and mean the same then. */
static void test_offsets(void **state)
{
	static const unsigned long offsets[] = {
		0,         4096,      1UL << 20,    (1UL << 20) + 4096, 3UL << 30,
		1UL << 40, 5UL << 40, 1023UL << 10, 1UL << 61,          4096UL * 257
	};

	(void)state;
	for (size_t i = 0; i < COUNT(offsets); i++) {
		struct idset none = { 0 };
		char text[64];
		unsigned long bytes;

		capture();
		binding_show(&segment, BINDING_TEXT);
		binding_show_policy(offsets[i], 4096, MPOL_LOCAL, &none);
		binding_show_policies_end();
		release();
		assert_int_equal(sscanf(strchr(output, '\n'), "%63s", text), 1);
		if (offsets[i])
			assert_int_equal(util_parse_size(text, &bytes), 0);
		else
			assert_string_equal(text, "0");
		assert_true(!offsets[i] || bytes == offsets[i]);
	}
}

/* What is not told of is in no range. */
static void test_gap(void **state)
{
	(void)state;
	capture();
	binding_show(&segment, BINDING_NUMACTL);
	binding_show_page(0, 4096, 1);
	binding_show_page(8192, 4096, 1);
	binding_show_pages_end();
	release();
	assert_string_equal(output, "0000000000000000-0000000000001000: 1\n"
	                            "0000000000002000-0000000000003000: 1\n");
}

static void check_pages(enum binding_style style, const char *expected)
{
	capture();
	binding_show(&segment, style);
	cache_show(&segment, true);
	binding_show_end();
	release();
	assert_string_equal(output, expected);
}

static void test_pages(void **state)
{
	(void)state;
	check_pages(BINDING_TEXT, "f: 0 of 96 K in memory\n");
	check_pages(BINDING_JSON, "{ \"file\": \"f\",\n  \"size\": 106496, \"page_size\": 4096, "
	                          "\"offset\": 8192, \"length\": 98304,\n  \"ranges\": [],\n  "
	                          "\"present\": 0, \"nodes\": [] }\n");
	set_nodes("1 1 1 - - 0 3 -");
	check_pages(BINDING_NUMACTL, "0000000000002000-0000000000005000: 1\n"
	                             "0000000000007000-0000000000008000: 0\n"
	                             "0000000000008000-0000000000009000: 3\n"
	                             "000000000000a000-000000000000d000: 1\n"
	                             "000000000000f000-0000000000010000: 0\n"
	                             "0000000000010000-0000000000011000: 3\n"
	                             "0000000000012000-0000000000015000: 1\n"
	                             "0000000000017000-0000000000018000: 0\n"
	                             "0000000000018000-0000000000019000: 3\n");
	set_nodes("2");
	check_pages(BINDING_TEXT, "      offset       length  node\n"
	                          "          8k          96k  2\n\n"
	                          "f: 96 K of 96 K in memory\n\n"
	                          " node    bytes\n    2     96 K\ntotal     96 K\n");
}

/* Compares; MODE REQUEST_NO_MODE: with the policies that the fake kernel tells. */
static int verify(int mode, const char *nodes, enum binding_style style)
{
	struct topology topology;
	struct placement placement = { .mode = mode, .nodes = set_of(nodes) };
	struct destination destination = { 0 };
	struct binding binding = { .segment = &segment,
		                   .topology = &topology,
		                   .placement = &placement };
	int status;

	topology_init(&topology, tree.root);
	if (mode != REQUEST_NO_MODE && mode != MPOL_LOCAL) {
		destination_resolve(&placement, &topology, NULL, &destination);
		binding.destination = &destination;
	}
	capture();
	binding_show(&segment, style);
	status = verification_after(&binding, false);
	release();
	destination_free(&destination);
	topology_free(&topology);
	return status;
}

static void check_right(int mode, const char *nodes)
{
	assert_int_equal(verify(mode, nodes, BINDING_TEXT), 0);
	assert_string_equal(output, "");
	/* By its own policy too. */
	assert_int_equal(verify(REQUEST_NO_MODE, "", BINDING_TEXT), 0);
	assert_string_equal(output, "");
}

static void check_wrong(int mode, const char *nodes, const char *expected)
{
	assert_int_equal(verify(mode, nodes, BINDING_TEXT), 1);
	assert_string_equal(output, expected);
	assert_int_equal(verify(REQUEST_NO_MODE, "", BINDING_TEXT), 1);
	assert_string_equal(output, expected);
}

#define HEADER "      offset       length  difference\n"

static void test_verify(void **state)
{
	(void)state;
	set_policy(0, PAGES, MPOL_BIND, "1-2");
	check_right(MPOL_BIND, "1-2");
	set_nodes("1 2 - -");
	check_right(MPOL_BIND, "1-2");
	set_nodes("1 3 3 -");
	check_wrong(MPOL_BIND, "1-2",
	            HEADER "         12k           8k  on node 3, wanted on 1-2\n"
	                   "         28k           8k  on node 3, wanted on 1-2\n"
	                   "         44k           8k  on node 3, wanted on 1-2\n"
	                   "         60k           8k  on node 3, wanted on 1-2\n"
	                   "         76k           8k  on node 3, wanted on 1-2\n"
	                   "         92k           8k  on node 3, wanted on 1-2\n"
	                   "\nf: 12 of 24 pages are not as they should be\n");
	set_nodes("0");
	check_wrong(MPOL_BIND, "1-2",
	            HEADER "          8k          96k  on node 0, wanted on 1-2\n"
	                   "\nf: 24 of 24 pages are not as they should be\n");
	set_policy(0, PAGES, MPOL_PREFERRED, "2");
	check_wrong(MPOL_PREFERRED, "2",
	            HEADER "          8k          96k  on node 0, wanted on 2\n"
	                   "\nf: 24 of 24 pages are not as they should be\n");
	/* Whoever touches them decides. */
	set_policy(0, PAGES, MPOL_LOCAL, "");
	check_right(MPOL_LOCAL, "");
}

/* Page k of the segment has index k, and the number of its file is added to it. */
static void test_verify_spread(void **state)
{
	static const struct {
		unsigned long phase;
		int mode;
		const char *policy, *nodes;
	} cases[] = {
		{ 0, MPOL_INTERLEAVE, "0-1", "0 1" },
		{ 1, MPOL_INTERLEAVE, "0-1", "1 0" },
		{ 0, MPOL_INTERLEAVE, "0-2", "2 0 1" },
		{ 0, MPOL_INTERLEAVE, "1,3", "1 3" },
		{ 5, MPOL_INTERLEAVE, "0-3", "3 0 1 2" },
		/* Node 1 weighs three: 0 1 1 1, of which the range begins with the third. */
		{ 0, MPOL_WEIGHTED_INTERLEAVE, "0-1", "1 1 0 1" },
		{ 2, MPOL_WEIGHTED_INTERLEAVE, "0-1", "0 1 1 1" },
		{ 1, MPOL_WEIGHTED_INTERLEAVE, "2-3", "3 2" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		segment.phase = cases[i].phase;
		set_policy(0, PAGES, cases[i].mode, cases[i].policy);
		set_nodes(cases[i].nodes);
		check_right(cases[i].mode, cases[i].policy);
		fake.node[7] = (fake.node[7] + 1) % 4;
		assert_int_equal(verify(cases[i].mode, cases[i].policy, BINDING_TEXT), 1);
		assert_non_null(strstr(output, "\nf: 1 of 24 pages"));
	}
	/* The node of each turn is named, and of many differences the first few. */
	segment.phase = 0;
	set_policy(0, PAGES, MPOL_INTERLEAVE, "0-1");
	set_nodes("1 0");
	assert_int_equal(verify(MPOL_INTERLEAVE, "0-1", BINDING_TEXT), 1);
	assert_non_null(strstr(output,
	                       HEADER "          8k           4k  on node 1, wanted on 0\n"
	                              "         12k           4k  on node 0, wanted on 1\n"));
	assert_non_null(strstr(output, "\n         36k           4k  on node 0, wanted on 1\n\nf: "
	                               "24 of 24 pages are not as they should be\n"));
}

static void test_verify_policy(void **state)
{
	(void)state;
	set_nodes("1");
	set_policy(0, PAGES, MPOL_BIND, "1");
	set_policy(4, 2, MPOL_BIND, "1-2");
	set_policy(6, 2, MPOL_BIND | MPOL_F_STATIC_NODES, "1");
	set_policy(8, 1, MPOL_DEFAULT, "");
	assert_int_equal(verify(MPOL_BIND, "1", BINDING_TEXT), 1);
	assert_string_equal(output,
	                    HEADER "         24k           8k  its policy is bind, nodes 1-2\n"
	                           "         32k           8k  its policy is bind, nodes 1, "
	                           "static-nodes\n"
	                           "         40k           4k  its policy is default\n"
	                           "\nf: 5 of 24 pages are not as they should be\n");
	assert_int_equal(verify(MPOL_BIND, "1", BINDING_JSON), 1);
	assert_non_null(strstr(output, "\"checked\": 24, \"different\": 5,\n  \"differences\": [\n"
	                               "    { \"offset\": 24576, \"length\": 8192, \"node\": null, "
	                               "\"wanted\": \"1\", \"mode\": \"bind\", \"nodes\": \"1-2\", "
	                               "\"flags\": [] },\n"));
}

/* Each part is compared with its own. */
static void test_verify_own(void **state)
{
	(void)state;
	set_nodes("1 1 1 1 0 1 0 1 2 2 2 2 3 3 3 3 0 0 0 0 - - - -");
	set_policy(0, 4, MPOL_BIND, "0-1");
	set_policy(4, 4, MPOL_INTERLEAVE, "0-1");
	set_policy(8, 4, MPOL_PREFERRED_MANY, "2-3");
	set_policy(12, 4, MPOL_DEFAULT, "");
	set_policy(16, 4, MPOL_BIND | MPOL_F_RELATIVE_NODES, "0,4");
	set_policy(20, 4, MPOL_BIND, "3");
	assert_int_equal(verify(REQUEST_NO_MODE, "", BINDING_TEXT), 0);
	assert_string_equal(output, "");
	set_policy(12, 4, MPOL_INTERLEAVE, "3");
	set_policy(16, 4, MPOL_BIND, "1");
	fake.node[6] = 1;
	assert_int_equal(verify(REQUEST_NO_MODE, "", BINDING_TEXT), 1);
	assert_string_equal(output, HEADER "         32k           4k  on node 1, wanted on 0\n"
	                                   "         72k          16k  on node 0, wanted on 1\n"
	                                   "\nf: 5 of 24 pages are not as they should be\n");
}

/* Ends by itself, with a line on stderr. */
static void check_ends(void (*call)(const struct binding *), const struct binding *binding)
{
	int status, null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pid_t child;

	assert_true(null >= 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		dup2(null, STDERR_FILENO);
		call(binding);
		_exit(0);
	}
	close(null);
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 125);
}

static void test_before(void **state)
{
	struct topology topology;
	struct placement placement = { .mode = MPOL_BIND, .nodes = set_of("1") };
	struct destination destination;
	struct verification_count elsewhere;
	struct binding binding = { .segment = &segment,
		                   .topology = &topology,
		                   .placement = &placement };

	(void)state;
	topology_init(&topology, tree.root);
	check_ends(verification_need_policy, &binding);
	set_policy(PAGES - 1, 1, MPOL_BIND, "1");
	verification_need_policy(&binding);
	fake.error = -EPERM;
	check_ends(verification_need_policy, &binding);
	destination_resolve(&placement, &topology, NULL, &destination);
	binding.destination = &destination;
	/* What is not in memory is not elsewhere. */
	set_nodes("1 - -");
	verification_before(&binding, &elsewhere);
	assert_int_equal(elsewhere.pages, 0);
	fake.node[21] = 2;
	fake.node[3] = 3;
	verification_before(&binding, &elsewhere);
	assert_int_equal(elsewhere.pages, 2);
	assert_int_equal(elsewhere.first, (FIRST + 3) * segment.page_size);
	assert_int_equal(elsewhere.node, 3);
	destination_free(&destination);
	topology_free(&topology);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dump),          TEST(test_relative),      TEST(test_offsets),
		TEST(test_gap),           TEST(test_pages),         TEST(test_verify),
		TEST(test_verify_spread), TEST(test_verify_policy), TEST(test_verify_own),
		TEST(test_before),
	};

	return cmocka_run_group_tests_name("segment", tests, setup_machine, teardown_machine);
}
