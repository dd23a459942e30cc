/*
 * A process moved as a whole, against a fake kernel, and the report of it: the passes, why they
 * end, and what is told. Its files of /proc are a tree.
 */
#include "tree.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>

/* All of the real kernel.c but what the fake one answers. */
#define kernel_move_pages real_move_pages
#include "lib/kernel.c"
#undef kernel_move_pages

long kernel_move_pages(pid_t pid, size_t count, const unsigned long pages[], const int nodes[],
                       int status[], bool shared);

#include "destination.h"
#include "lib/mapping.h"
#include "lib/process.h"
#include "lib/util.h"
#include "migrate.h"
#include "migration.h"
#include "placement.h"
#include "report/move.h"
#include "request.h"
#include "tally.h"
#include "topology.h"

#define NODE "/sys/devices/system/node"
#define IDS 3
/* What follows assumes pages of 4 KiB. */
#define PAGE 4096UL
#define KIB 1024ULL
/* Of the two mappings: a heap, and anonymous memory; the third is a file's, and not looked at. */
#define HEAP 0x100000UL
#define ANON 0x200000UL
#define PAGES 64
#define MAPPINGS 2

/* The kernel that stands in for lib/kernel.c, and the memory of the process. */
static struct {
	pthread_mutex_t lock;
	int node[MAPPINGS][PAGES];
	int status;       /* what each page on node 0 of the heap gets when it is to be moved */
	unsigned calls;   /* that moved */
	unsigned fail_at; /* the call that fails with error */
	long error;
	bool ends, stops; /* with that call the process ends, or the caller is told to stop */
	bool grows;       /* there is new memory on node 0 after each call */
} fake;

static struct tree tree;
static struct process process;
static struct topology topology;
static struct destination destination;
static struct migration migration;
static struct placement placement;
static char output[65536];

static int *node_of(unsigned long address)
{
	return &fake.node[address >= ANON][(address - (address >= ANON ? ANON : HEAP)) / PAGE];
}

/* In a new file: the old one may be being read. */
static void write_maps(void)
{
	static const unsigned long starts[] = { HEAP, ANON };
	static const char *const names[] = { " heap", "" };
	char text[1024] = "", from[128], to[128];
	size_t used = 0;

	for (int m = 0; m < MAPPINGS; m++) {
		unsigned count[IDS] = { 0 };

		for (int i = 0; i < PAGES; i++)
			if (fake.node[m][i] >= 0)
				count[fake.node[m][i]]++;
		used += (size_t)sprintf(text + used, "%08lx default%s", starts[m], names[m]);
		for (int id = 0; id < IDS; id++)
			if (count[id])
				used += (size_t)sprintf(text + used, " N%d=%u", id, count[id]);
		used += (size_t)sprintf(text + used, " kernelpagesize_kB=4\n");
	}
	sprintf(text + used, "00300000 default file=/bin/x mapped=4 N0=4 kernelpagesize_kB=4\n");
	tree_file(&tree, "/proc/17/new", text);
	snprintf(from, sizeof(from), "%s/proc/17/new", tree.path);
	snprintf(to, sizeof(to), "%s/proc/17/numa_maps", tree.path);
	rename(from, to);
}

static long move_all(size_t count, const unsigned long pages[], const int nodes[], int status[])
{
	if (++fake.calls == fake.fail_at) {
		char path[128];

		snprintf(path, sizeof(path), "%s/proc/17/status", tree.path);
		if (fake.ends)
			unlink(path);
		if (fake.stops)
			migrate_stop();
		if (fake.error)
			return fake.error;
	}
	for (size_t i = 0; i < count; i++) {
		int *node = node_of(pages[i]);

		status[i] = pages[i] < ANON && *node == 0 ? fake.status : 0;
		if (!status[i])
			status[i] = *node = nodes[i];
	}
	if (fake.grows)
		fake.node[1][fake.calls % PAGES] = 0;
	write_maps();
	return 0;
}

/* Several threads may call it. */
long kernel_move_pages(pid_t pid, size_t count, const unsigned long pages[], const int nodes[],
                       int status[], bool shared)
{
	long result = 0;

	(void)shared;
	if (pid != process.pid)
		return -ESRCH;
	pthread_mutex_lock(&fake.lock);
	if (nodes && !kernel_is_closed())
		result = move_all(count, pages, nodes, status);
	for (size_t i = 0; !nodes && i < count; i++)
		status[i] = *node_of(pages[i]) < 0 ? -ENOENT : *node_of(pages[i]);
	pthread_mutex_unlock(&fake.lock);
	return result;
}

static void set_nodes(int mapping, int first, int count, int node)
{
	for (int i = first; i < first + count; i++)
		fake.node[mapping][i] = node;
	write_maps();
}

/* All pages of both are on node 0. */
static int setup(void **state)
{
	static uint64_t entries[(ANON / PAGE) + PAGES];
	char path[128];

	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/online", "0-2\n");
	tree_file(&tree, NODE "/possible", "0-2\n");
	tree_file(&tree, NODE "/has_memory", "0-2\n");
	tree_file(&tree, "/sys/devices/system/cpu/online", "0\n");
	for (unsigned i = 0; i < IDS; i++) {
		snprintf(path, sizeof(path), NODE "/node%u/distance", i);
		tree_file(&tree, path,
		          i == 0   ? "10 20 30\n"
		          : i == 1 ? "20 10 20\n"
		                   : "30 20 10\n");
		snprintf(path, sizeof(path), NODE "/node%u/cpulist", i);
		tree_file(&tree, path, i ? "\n" : "0\n");
	}
	memset(&fake, 0, sizeof(fake));
	pthread_mutex_init(&fake.lock, NULL);
	tree_file(&tree, "/proc/17/status", "Name:\tx\n");
	tree_file(&tree, "/proc/17/maps",
	          "00100000-00140000 rw-p 00000000 00:00 0 [heap]\n"
	          "00200000-00240000 rw-p 00000000 00:00 0 \n"
	          "00300000-00304000 r--p 00000000 fe:00 9 /bin/x\n");
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		entries[i] = 1ULL << 63;
	tree_bytes(&tree, "/proc/17/pagemap", (char *)entries, sizeof(entries));
	write_maps();
	snprintf(path, sizeof(path), "%s/proc/17", tree.path);
	process = (struct process){ .pid = 17, .pidfd = -1 };
	process.directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(process.directory >= 0);
	strcpy(process.status.name, "x");
	topology_init(&topology, tree.root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kernel_door(false, NULL);
	migration_free(&migration);
	destination_free(&destination);
	topology_free(&topology);
	close(process.directory);
	tree_remove(&tree);
	return 0;
}

static void run(int mode, const char *nodes, unsigned workers)
{
	const struct migrate_options options = { .kinds = 1U << MAPPING_HEAP |
		                                          1U << MAPPING_ANONYMOUS,
		                                 .workers = workers,
		                                 .max_pause = 20000000,
		                                 .show = move_progress };

	placement = (struct placement){ .mode = mode };
	assert_int_equal(idset_parse_list(nodes, strlen(nodes), &placement.nodes), 0);
	destination_resolve(&placement, &topology, NULL, &destination);
	assert_int_equal(migration_init(&migration, destination.ids), 0);
	move_watch(&process, false);
	migrate_run(&process, &destination, &options, &migration);
}

/* What goes to DESCRIPTOR between these is put into output. */
static int saved = -1, captured;

static void capture(int descriptor)
{
	fflush(stdout);
	captured = memfd_create("output", MFD_CLOEXEC);
	saved = dup(descriptor);
	assert_true(captured >= 0 && saved >= 0);
	assert_true(dup2(captured, descriptor) >= 0);
}

static void release(int descriptor)
{
	ssize_t length;

	fflush(stdout);
	assert_true(dup2(saved, descriptor) >= 0);
	close(saved);
	length = pread(captured, output, sizeof(output) - 1, 0);
	assert_true(length >= 0);
	output[length] = '\0';
	close(captured);
}

static void report(bool json)
{
	struct move_report made = { .process = &process,
		                    .destination = &destination,
		                    .end = (int)migration.end,
		                    .migration = &migration,
		                    .placement = &placement,
		                    .planned = kernel_is_closed(),
		                    .mappings = true,
		                    .kinds = 1U << MAPPING_HEAP | 1U << MAPPING_ANONYMOUS };

	capture(STDOUT_FILENO);
	(json ? move_json : move_text)(&made);
	release(STDOUT_FILENO);
}

static void check_report(const char *words)
{
	if (!strstr(output, words))
		fail_msg("\"%s\" is not in:\n%s", words, output);
}

/* How many pages each node has, by the fake. */
static void check_nodes(unsigned n0, unsigned n1, unsigned n2)
{
	unsigned count[IDS] = { 0 };

	for (int m = 0; m < MAPPINGS; m++)
		for (int i = 0; i < PAGES; i++)
			if (fake.node[m][i] >= 0)
				count[fake.node[m][i]]++;
	assert_int_equal(count[0], n0);
	assert_int_equal(count[1], n1);
	assert_int_equal(count[2], n2);
}

static void test_moved(void **state)
{
	(void)state;
	set_nodes(1, 0, 16, 2);
	run(MPOL_BIND, "2", 1);
	assert_int_equal(migration.end, MIGRATION_DONE);
	check_nodes(0, 0, 128);
	assert_int_equal(migration.moved, 112 * 4 * KIB);
	assert_int_equal(migration.total, 128 * 4 * KIB);
	assert_int_equal(migration_failures(&destination, &migration), 0);
	assert_true(migration_agrees(&migration));
	report(false);
	check_report("process 17 (x): 448 K of 512 K moved in ");
	check_report("\n node    before  moved here already there    stayed       now\n");
	check_report("\n    0     448 K           -             -         -         -\n");
	check_report("\n    2      64 K       448 K          64 K         -     512 K\n");
	check_report("\ntotal     512 K       448 K          64 K         -     512 K\n");
	/* What was in place is not asked for again. */
	run(MPOL_BIND, "2", 1);
	assert_int_equal(migration.passes, 1);
	report(false);
	check_report("process 17 (x): nothing to move: all of 512 K is in place\n");
}

static void test_workers(void **state)
{
	(void)state;
	run(MPOL_INTERLEAVE, "1-2", 2);
	assert_int_equal(migration.end, MIGRATION_DONE);
	assert_int_equal(migration.workers, 2);
	check_nodes(0, 64, 64);
	for (int i = 0; i < PAGES; i++)
		assert_int_equal(fake.node[0][i], 1 + i % 2);
	assert_true(migration_agrees(&migration));
}

/* Given up after some passes, and told. */
static void test_busy(void **state)
{
	(void)state;
	fake.status = -EBUSY;
	set_nodes(0, 8, PAGES - 8, 2);
	run(MPOL_BIND, "2", 1);
	assert_int_equal(migration.end, MIGRATION_DONE);
	assert_true(migration.passes > 1 && migration.passes < 8);
	check_nodes(8, 0, 120);
	assert_int_equal(migration_failures(&destination, &migration), 32 * KIB);
	report(false);
	check_report("\nbusy or pinned                           0      32 K\n");
	check_report(
		"\n100000         heap         -   256 K  default            0: 32 K, 2: 224 K\n");
	report(true);
	check_report("\"failed\": 32768");
	check_report("\"busy\": 32768");
	check_report("\"agrees\": true");
}

static void test_shared(void **state)
{
	struct move_report made = { .process = &process, .migration = &migration };

	(void)state;
	fake.status = -EACCES;
	run(MPOL_BIND, "1", 1);
	report(false);
	check_report(
		"mapped by others                         0     256 K  --shared moves them too\n");
	capture(STDERR_FILENO);
	move_stayed(&made);
	release(STDERR_FILENO);
	check_report("process 17 (x): not moved: mapped by others 256 K\n");
}

/* Behind a closed door: what is out of place, the mapping with most of it first. */
static void test_planned(void **state)
{
	char *heap, *anon;

	(void)state;
	set_nodes(0, 0, 60, 2);
	kernel_door(true, NULL);
	run(MPOL_BIND, "2", 4);
	assert_int_equal(fake.calls, 0);
	assert_int_equal(migration.workers, 1);
	assert_int_equal(migration.mappings, 2);
	check_nodes(68, 0, 60);
	report(false);
	check_report("process 17 (x): 272 K of 512 K would move\n");
	check_report("stayed      then\n");
	heap = strstr(output, "\n100000 ");
	anon = strstr(output, "\n200000 ");
	assert_true(heap && anon && anon < heap);
	report(true);
	check_report("\"planned\": true");
	check_report("\"agrees\": null");
	check_report("\"after\": null");
	check_report("\"mappings\": [");
}

/* New memory elsewhere is followed for some passes, not for ever. */
static void test_grows(void **state)
{
	(void)state;
	fake.grows = true;
	run(MPOL_BIND, "2", 1);
	assert_int_equal(migration.end, MIGRATION_DONE);
	assert_int_equal(migration.passes, 8);
	assert_false(migration_agrees(&migration));
	report(false);
	check_report("\nnuma_maps shows something else than the calls told");
	check_report("\n    0         -     4.0 K\n");
}

static void test_failed(void **state)
{
	(void)state;
	fake.fail_at = 1;
	fake.error = -EPERM;
	run(MPOL_BIND, "2", 1);
	assert_int_equal(migration.end, MIGRATION_FAILED);
	assert_int_equal(migration.error, -EPERM);
	report(false);
	check_report(
		"failed: Operation not permitted; the counts are of what was done until then\n");
	check_report("not tried                                0     512 K\n");
}

/* Between two programs it has no memory. */
static void test_executes(void **state)
{
	(void)state;
	fake.fail_at = 1;
	fake.error = -ESRCH;
	run(MPOL_BIND, "2", 1);
	assert_int_equal(migration.end, MIGRATION_DONE);
	assert_true(migration.passes > 1);
	check_nodes(0, 0, 128);
}

static void test_gone(void **state)
{
	(void)state;
	fake.fail_at = 1;
	fake.error = -ESRCH;
	fake.ends = true;
	run(MPOL_BIND, "2", 1);
	assert_int_equal(migration.end, MIGRATION_GONE);
	report(false);
	check_report("the process ended meanwhile: the counts are of what was done until then\n");
	report(true);
	check_report("\"end\": \"gone\"");
	check_report("\"after\": null");
}

static void test_unreadable(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/proc/17/pagemap", tree.path);
	assert_int_equal(unlink(path), 0);
	run(MPOL_BIND, "2", 1);
	assert_int_equal(migration.end, MIGRATION_FAILED);
	assert_int_equal(migration.error, -ENOENT);
}

/* What a terminal shows meanwhile, and that nothing of it stays. */
static void test_bar(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), other, before = dup(STDERR_FILENO);
	struct migration half = { .total = 1 << 20,
		                  .seen = 1 << 19,
		                  .moved = 1 << 18,
		                  .elapsed = 1000000000,
		                  .passes = 1 };
	size_t length = 0;
	ssize_t got;

	(void)state;
	assert_true(terminal >= 0 && before >= 0);
	assert_int_equal(grantpt(terminal) | unlockpt(terminal), 0);
	other = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(other >= 0);
	assert_true(dup2(other, STDERR_FILENO) >= 0);
	move_watch(&process, true);
	move_progress(&half, false);
	move_progress(&half, true);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	close(other);
	/* In pieces, as the kernel hands it over; when nobody has the other end there is EIO. */
	while ((got = read(terminal, output + length, sizeof(output) - 1 - length)) > 0)
		length += (size_t)got;
	output[length] = '\0';
	check_report(
		"\r17 [############............]  50%  pass 1, 256 K moved, 256 K/s, 1 s left");
	check_report("\r\033[K");
	check_report(": pass 1: 512 K seen, 256 K moved so far, 0 left");
	close(terminal);
}

/* The last one: what has been told to stop does not go on. */
static void test_interrupted(void **state)
{
	(void)state;
	fake.fail_at = 1;
	fake.stops = true;
	run(MPOL_BIND, "2", 1);
	assert_true(migrate_is_stopped());
	assert_int_equal(migration.end, MIGRATION_INTERRUPTED);
	assert_int_equal(fake.calls, 1);
	report(false);
	check_report("interrupted: the counts are of what was done until then\n");
	check_report("not tried ");
	assert_int_equal(migration.moved + migration.tally[0].stayed[TALLY_NOT_TRIED], 512 * KIB);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_moved),      CASE(test_workers),  CASE(test_busy),
		CASE(test_shared),     CASE(test_planned),  CASE(test_grows),
		CASE(test_failed),     CASE(test_executes), CASE(test_gone),
		CASE(test_unreadable), CASE(test_bar),      CASE(test_interrupted),
	};

	return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
