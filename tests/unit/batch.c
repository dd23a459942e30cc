/*
 * Pages moved against a fake kernel, which moves as do_pages_move() in mm/migrate.c: in lists, of
 * which it writes no status where some of a list fail, and then stops.
 */
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "batch.h"
#include "destination.h"
#include "lib/kernel.h"
#include "lib/process.h"
#include "lib/resident.h"
#include "lib/util.h"
#include "shut.h"
#include "tally.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096UL
#define PAGES 6000
#define IDS 4
/* A huge page, smaller than any that there is. */
#define BLOCK 16
#define FOR_EVER UINT_MAX
/* More calls than any of the tests can need. */
#define CALLS 20000

struct page {
	int node;         /* -1: there is none */
	int origin;       /* where it was at first */
	bool huge;        /* one of a block that moves as a whole */
	bool shared;      /* -EACCES, but by MPOL_MF_MOVE_ALL */
	bool unmovable;   /* -EFAULT */
	bool goes;        /* -ENOENT, when it is to be moved */
	bool fades;       /* freed while it is being moved */
	bool wanders;     /* is where it is sent before it is asked for */
	unsigned pinned;  /* so many times migration fails */
	unsigned claimed; /* so many times it cannot be taken off its list: -EBUSY */
	unsigned tried;   /* how often migration came to it */
};

/* The kernel that stands in for lib/kernel.c, and what it was asked. */
static struct {
	struct page page[PAGES];
	long room[IDS]; /* pages; -1: no end to it */
	bool closed;
	unsigned calls, questions, sizes[64];
	size_t asked;                  /* pages, in all questions */
	unsigned lost;                 /* of a block so many are gone then */
	unsigned splits;               /* of a block so many pages move, when it has fallen apart */
	long fail_call, fail_question; /* the error of that of which fail_at is the number */
	unsigned fail_at;
	unsigned sleeps; /* so many calls */
	long sleep;      /* ns, in each call */
	unsigned stop_at;
	volatile sig_atomic_t stop;
} fake;

static struct tree tree;
static struct process process;
static struct resident resident;
static struct destination destination;
static struct batch_options options;
static struct batch_range range;
static struct tally tally[IDS + 1]; /* the last is nobody's */

static struct page *page_at(unsigned long address)
{
	assert_true((unsigned long)address / PAGE < PAGES);
	return &fake.page[(unsigned long)address / PAGE];
}

static struct page *head_of(struct page *page)
{
	return page->huge ? page - (page - fake.page) % BLOCK : page;
}

/* 1 where it is taken to be moved, 0 where it is there, or -errno: add_page_for_migration(). */
static int take(struct page *page, int node, bool shared)
{
	struct page *head = head_of(page);

	if (page->goes)
		page->node = -1;
	if (page->wanders)
		page->node = node;
	if (page->node < 0)
		return -ENOENT;
	if (page->unmovable)
		return -EFAULT;
	if (page->node == node)
		return 0;
	if (page->shared && !shared)
		return -EACCES;
	if (head->claimed) {
		head->claimed -= head->claimed != FOR_EVER;
		return -EBUSY;
	}
	return 1;
}

/* Whether it moved; or -ENOMEM. */
static int move(struct page *page, int node)
{
	struct page *head = head_of(page);
	long size = page->huge ? BLOCK : 1;

	head->tried++;
	if (head->pinned) {
		head->pinned -= head->pinned != FOR_EVER;
		return 0;
	}
	if (page->fades) {
		page->node = -1;
		return 1;
	}
	if (fake.room[node] >= 0 && fake.room[node] < size)
		return -ENOMEM;
	if (fake.room[node] >= 0)
		fake.room[node] -= size;
	if (page->huge && fake.splits)
		size = fake.splits;
	for (long i = 0; i < size; i++)
		head[i].node = node;
	for (unsigned i = 0; page->huge && i < fake.lost; i++)
		head[BLOCK - 2 - i].node = -1;
	return 1;
}

/* A list of pages that go to NODE: those from START to END. As move_pages_and_store_status(). */
static long flush(const unsigned long pages[], int status[], int node, size_t start, size_t end,
                  size_t count)
{
	long failed = 0;

	for (size_t i = start; i < end; i++) {
		int moved = move(page_at(pages[i]), node);

		if (moved < 0)
			return moved;
		failed += !moved;
	}
	/* What it has not come to counts as well. */
	if (failed)
		return failed + (long)(count - end);
	for (size_t i = start; i < end; i++)
		status[i] = node;
	return 0;
}

static long send_pages(size_t count, const unsigned long pages[], const int nodes[], int status[],
                       bool shared)
{
	size_t start = 0;
	long error;

	for (size_t i = 0; i < count; i++) {
		int taken;

		assert_in_range(nodes[i], 0, IDS - 1);
		if (i > start && nodes[i] != nodes[start]) {
			error = flush(pages, status, nodes[start], start, i, count);
			if (error)
				return error;
			start = i;
		}
		taken = take(page_at(pages[i]), nodes[i], shared);
		if (taken > 0)
			continue;
		status[i] = taken < 0 ? taken : nodes[i];
		error = flush(pages, status, nodes[i], start, i, count);
		/* Page i has its status. */
		if (error)
			return error > 0 ? error - 1 : error;
		start = i + 1;
	}
	return start < count ? flush(pages, status, nodes[start], start, count, count) : 0;
}

long kernel_move_pages(pid_t pid, size_t count, const unsigned long pages[], const int nodes[],
                       int status[], bool shared)
{
	assert_int_equal(pid, process.pid);
	assert_in_range(count, 1, BATCH_PAGES);
	if (!nodes) {
		fake.asked += count;
		if (++fake.questions == fake.fail_at && fake.fail_question)
			return fake.fail_question;
		for (size_t i = 0; i < count; i++)
			status[i] = page_at(pages[i])->node < 0 ? -ENOENT : page_at(pages[i])->node;
		return 0;
	}
	/* None that it was told to stop before. */
	assert_false(fake.stop);
	if (fake.calls < COUNT(fake.sizes))
		fake.sizes[fake.calls] = (unsigned)count;
	if (++fake.calls == CALLS)
		fail_msg("it goes on for ever");
	if (fake.calls == fake.stop_at)
		fake.stop = 1;
	if (fake.calls <= fake.sleeps)
		nanosleep(&(struct timespec){ .tv_nsec = fake.sleep }, NULL);
	if (fake.calls == fake.fail_at && fake.fail_call)
		return fake.fail_call;
	return fake.closed ? 0 : send_pages(count, pages, nodes, status, shared);
}

bool kernel_is_closed(void)
{
	return fake.closed;
}

/* The rest of the door is for others, and shut. */
void kernel_door(bool closed, void (*narrate)(const char *call))
{
	(void)closed;
	(void)narrate;
	abort();
}

int kernel_try_mempolicy(int mode, const struct idset *nodes)
{
	(void)mode;
	(void)nodes;
	abort();
}

int kernel_set_mempolicy(int mode, const struct idset *nodes)
{
	(void)mode;
	(void)nodes;
	abort();
}

int kernel_get_mempolicy(int *mode, struct idset *nodes)
{
	(void)mode;
	(void)nodes;
	abort();
}

int kernel_next_interleave(int *node)
{
	(void)node;
	abort();
}

int kernel_allowed_nodes(struct idset *nodes)
{
	(void)nodes;
	abort();
}

int kernel_set_affinity(pid_t pid, const struct idset *cpus)
{
	(void)pid;
	(void)cpus;
	abort();
}

int kernel_get_affinity(pid_t pid, struct idset *cpus)
{
	(void)pid;
	(void)cpus;
	abort();
}

int kernel_execute(const char *path, char *const argv[])
{
	(void)path;
	(void)argv;
	abort();
}

const struct kernel_mode *kernel_mode(int mode)
{
	(void)mode;
	abort();
}

bool kernel_older_than(unsigned major, unsigned minor)
{
	(void)major;
	(void)minor;
	abort();
}

/* Pages go to node 2, and where that is full to 3; a later rule takes the place of this one. */
static void use_nearest(void)
{
	static unsigned short near[IDS * 2] = { 2, 3, 2, 3, 2, 3, 3, 2 };

	memset(&destination, 0, sizeof(destination));
	destination.rule = DESTINATION_NEAREST;
	destination.repeatable = true;
	destination.ids = IDS;
	destination.count = 2;
	destination.near = near;
	idset_add_range(&destination.nodes, 2, 3);
}

/* Of a number that a block has as a factor: page and block take turns of their own. */
static unsigned short turn[] = { 1, 2, 3, 2 };

static void use_spread(void)
{
	use_nearest();
	destination.rule = DESTINATION_SPREAD;
	destination.turn = turn;
	destination.turns = COUNT(turn);
	destination.count = 3;
	idset_add(&destination.nodes, 1);
}

static void use_pairs(void)
{
	static short pair[IDS] = { 2, 3, -1, -1 };

	use_nearest();
	destination.rule = DESTINATION_PAIRS;
	destination.pair = pair;
}

/* Pages without anything of note, all on node 0, of a process that is there. */
static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	for (unsigned i = 0; i < PAGES; i++)
		fake.page[i].node = -1;
	for (unsigned i = 0; i < IDS; i++)
		fake.room[i] = -1;
	tree_make(&tree);
	tree_file(&tree, "/status", "State:\tS (sleeping)\n");
	process = (struct process){ .pid = 4711, .directory = tree.root, .pidfd = -1 };
	resident = (struct resident){ .pagemap = -1, .page_size = PAGE, .huge_size = BLOCK * PAGE };
	use_nearest();
	options = (struct batch_options){ .process = &process,
		                          .destination = &destination,
		                          .resident = &resident,
		                          .max_pause = 1000000000,
		                          .stop = &fake.stop };
	range = (struct batch_range){ .page_size = PAGE, .node = -1 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (resident.pagemap >= 0)
		close(resident.pagemap);
	tree_remove(&tree);
	return 0;
}

static void fill(unsigned from, unsigned to, int node)
{
	for (unsigned i = from; i < to; i++)
		fake.page[i].node = node;
}

/* The pagemap says what was there before the first call. */
static void write_pagemap(void)
{
	static uint64_t entries[PAGES];
	char path[128];

	for (unsigned i = 0; i < PAGES; i++) {
		fake.page[i].origin = fake.page[i].node;
		/* The lower bits are a frame's number, or nothing; the swapped have bit 62. */
		entries[i] = fake.page[i].node >= 0 ? 1ULL << 63 | i : 1ULL << 62 | i;
	}
	tree_bytes(&tree, "/pagemap", (const char *)entries, sizeof(entries));
	if (resident.pagemap >= 0)
		close(resident.pagemap);
	snprintf(path, sizeof(path), "%s/pagemap", tree.path);
	resident.pagemap = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(resident.pagemap >= 0);
}

/* Moves the pages from..to that were in the pagemap; what came of it is in TALLY. */
static int move_range(unsigned from, unsigned to)
{
	struct batch *batch = batch_new(&options);
	int error;

	assert_non_null(batch);
	memset(tally, 0, sizeof(tally));
	range.start = from * PAGE;
	range.end = to * PAGE;
	error = batch_move(batch, &range, tally);
	batch_free(batch);
	return error;
}

static int run(unsigned from, unsigned to)
{
	write_pagemap();
	return move_range(from, to);
}

static unsigned long long stayed_on(unsigned node)
{
	unsigned long long bytes = 0;

	for (int reason = 0; reason < TALLY_REASONS; reason++)
		bytes += tally[node].stayed[reason];
	return bytes;
}

static unsigned long long stayed(enum tally_reason reason)
{
	unsigned long long bytes = 0;

	for (unsigned node = 0; node < IDS; node++)
		bytes += tally[node].stayed[reason];
	return bytes / PAGE;
}

static unsigned long long moved(void)
{
	unsigned long long bytes = 0;

	for (unsigned node = 0; node < IDS; node++)
		bytes += tally[node].moved;
	return bytes / PAGE;
}

/* Each tally is that of the pages: those that are left of what was there, and where they are. */
static void check_tally(unsigned from, unsigned to)
{
	unsigned long long seen[IDS] = { 0 }, here[IDS] = { 0 }, came[IDS] = { 0 };
	unsigned long long all_moved = 0, all_out = 0, all_stayed = 0;
	static const struct tally nothing;

	for (unsigned i = from; i < to; i++) {
		const struct page *page = &fake.page[i];

		if (page->node < 0)
			continue;
		seen[page->origin] += PAGE;
		if (page->node == page->origin)
			here[page->origin] += PAGE;
		else
			came[page->node] += PAGE;
	}
	for (unsigned node = 0; node < IDS; node++) {
		assert_int_equal(tally[node].seen, seen[node]);
		assert_int_equal(tally[node].moved, came[node]);
		assert_int_equal(tally[node].already + stayed_on(node), here[node]);
		assert_int_equal(tally[node].seen, tally[node].already + tally[node].out);
		all_moved += tally[node].moved;
		all_stayed += stayed_on(node);
		all_out += tally[node].out;
	}
	assert_int_equal(all_out, all_moved + all_stayed);
	assert_memory_equal(&tally[IDS], &nothing, sizeof(nothing));
}

static void test_all_moved(void **state)
{
	(void)state;
	fill(0, 5000, 0);
	/* Nobody will stop it. */
	options.stop = NULL;
	assert_int_equal(run(0, 5000), 0);
	check_tally(0, 5000);
	assert_int_equal(tally[2].moved, 5000 * PAGE);
	assert_int_equal(tally[0].seen, 5000 * PAGE);
	assert_int_equal(tally[0].out, 5000 * PAGE);
	/* Done again nothing is to be moved. */
	fake.calls = 0;
	assert_int_equal(run(0, 5000), 0);
	check_tally(0, 5000);
	assert_int_equal(tally[2].already, 5000 * PAGE);
	assert_int_equal(fake.calls, 0);
}

/* What is not in memory is not asked for, nor what is outside of the range. */
static void test_gaps(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PAGES; i += 1 + i % 7)
		fill(i, i + 1, (int)(i % IDS));
	assert_int_equal(run(100, 5900), 0);
	check_tally(100, 5900);
	for (unsigned i = 0; i < PAGES; i++)
		if (i < 100 || i >= 5900)
			assert_int_equal(fake.page[i].node, fake.page[i].origin);
		else if (fake.page[i].node >= 0)
			assert_int_equal(fake.page[i].node,
			                 fake.page[i].origin < 2 ? 2 : fake.page[i].origin);
}

static void test_empty(void **state)
{
	static const struct tally nothing[IDS];

	(void)state;
	assert_int_equal(run(0, PAGES), 0);
	assert_memory_equal(tally, nothing, sizeof(nothing));
	fill(0, 10, 0);
	assert_int_equal(run(5, 5), 0);
	assert_memory_equal(tally, nothing, sizeof(nothing));
	assert_int_equal(fake.calls, 0);
}

/* What came of a range is added to what there was. */
static void test_added(void **state)
{
	struct batch *batch;

	(void)state;
	fill(0, 30, 0);
	fake.page[7].pinned = fake.page[21].pinned = FOR_EVER;
	write_pagemap();
	memset(tally, 0, sizeof(tally));
	batch = batch_new(&options);
	assert_non_null(batch);
	for (unsigned i = 0; i < 30; i += 10) {
		range.start = i * PAGE;
		range.end = (i + 10) * PAGE;
		assert_int_equal(batch_move(batch, &range, tally), 0);
	}
	batch_free(batch);
	check_tally(0, 30);
	assert_int_equal(stayed(TALLY_BUSY), 2);
	assert_int_equal(moved(), 28);
}

static void test_pinned(void **state)
{
	(void)state;
	fill(0, 1000, 0);
	fake.page[0].pinned = FOR_EVER;
	fake.page[300].pinned = FOR_EVER;
	fake.page[301].pinned = FOR_EVER;
	fake.page[999].pinned = FOR_EVER;
	/* Pinned, but where it belongs. */
	fill(500, 510, 3);
	fake.page[505].pinned = FOR_EVER;
	assert_int_equal(run(0, 1000), 0);
	check_tally(0, 1000);
	assert_int_equal(tally[0].stayed[TALLY_BUSY], 4 * PAGE);
	assert_int_equal(moved(), 986);
	assert_int_equal(fake.page[505].tried, 0);
	/* Tried more than once, but not for ever. */
	assert_in_range(fake.page[300].tried, 2, 10);
}

static void test_all_pinned(void **state)
{
	(void)state;
	fill(0, 3000, 1);
	for (unsigned i = 0; i < 3000; i++)
		fake.page[i].pinned = FOR_EVER;
	assert_int_equal(run(0, 3000), 0);
	check_tally(0, 3000);
	assert_int_equal(tally[1].stayed[TALLY_BUSY], 3000 * PAGE);
	for (unsigned i = 0; i < 3000; i++)
		assert_in_range(fake.page[i].tried, 1, 10);
}

/* Held for a moment: the next call finds it free. */
static void test_pinned_once(void **state)
{
	(void)state;
	fill(0, 600, 0);
	for (unsigned i = 0; i < 600; i += 50)
		fake.page[i].pinned = 1;
	for (unsigned i = 25; i < 600; i += 50)
		fake.page[i].claimed = 1;
	assert_int_equal(run(0, 600), 0);
	check_tally(0, 600);
	assert_int_equal(moved(), 600);
}

/* It cannot be taken off its list; the ones before it are a list of their own then. */
static void test_claimed(void **state)
{
	(void)state;
	fill(0, 600, 0);
	fake.page[0].claimed = FOR_EVER;
	fake.page[100].claimed = FOR_EVER;
	fake.page[599].claimed = FOR_EVER;
	assert_int_equal(run(0, 600), 0);
	check_tally(0, 600);
	assert_int_equal(stayed(TALLY_BUSY), 3);
	assert_int_equal(moved(), 597);
}

/*
 * Where a list fails the kernel stops, and what comes behind it in the call was not tried: it is
 * not to count as busy, however many lists of the call fail one after the other.
 */
static void test_not_attempted(void **state)
{
	(void)state;
	fill(0, 256, 0);
	for (unsigned i = 0; i < 200; i += 2) {
		fake.page[i].pinned = FOR_EVER;
		fake.page[i + 1].shared = true;
	}
	assert_int_equal(run(0, 256), 0);
	check_tally(0, 256);
	assert_int_equal(stayed(TALLY_BUSY), 100);
	assert_int_equal(stayed(TALLY_SHARED), 100);
	assert_int_equal(moved(), 56);
}

static void test_shared(void **state)
{
	(void)state;
	fill(0, 300, 0);
	for (unsigned i = 0; i < 300; i += 3)
		fake.page[i].shared = true;
	/* In place: it does not matter then. */
	fake.page[3].node = 2;
	assert_int_equal(run(0, 300), 0);
	check_tally(0, 300);
	assert_int_equal(tally[0].stayed[TALLY_SHARED], 99 * PAGE);
	assert_int_equal(tally[2].already, PAGE);
	assert_int_equal(moved(), 200);
	range.is_file = true;
	assert_int_equal(run(0, 300), 0);
	assert_int_equal(tally[0].stayed[TALLY_SHARED_FILE], 99 * PAGE);
	assert_int_equal(stayed(TALLY_SHARED), 0);
	options.shared = true;
	assert_int_equal(run(0, 300), 0);
	check_tally(0, 300);
	assert_int_equal(tally[2].moved, 99 * PAGE);
	assert_int_equal(stayed(TALLY_SHARED_FILE), 0);
}

static void test_unmovable(void **state)
{
	(void)state;
	fill(0, 20, 0);
	fake.page[4].unmovable = fake.page[5].unmovable = true;
	assert_int_equal(run(0, 20), 0);
	check_tally(0, 20);
	assert_int_equal(tally[0].stayed[TALLY_UNMOVABLE], 2 * PAGE);
	range.is_special = true;
	assert_int_equal(run(0, 20), 0);
	check_tally(0, 20);
	assert_int_equal(tally[0].stayed[TALLY_KERNEL], 2 * PAGE);
	assert_int_equal(stayed(TALLY_UNMOVABLE), 0);
}

/* Freed meanwhile: it is on no node's account. */
static void test_gone(void **state)
{
	(void)state;
	fill(0, 700, 0);
	for (unsigned i = 0; i < 700; i += 5)
		fake.page[i].goes = true;
	/* While it was moved, in a list of which the kernel writes no status. */
	fake.page[11].fades = true;
	fake.page[12].pinned = 1;
	assert_int_equal(run(0, 700), 0);
	check_tally(0, 700);
	assert_int_equal(moved(), 559);
	assert_int_equal(tally[0].seen, 559 * PAGE);
}

/* In the pagemap, but on no node: so the kernel says of the zero page; or on one that has come. */
static void test_no_node(void **state)
{
	(void)state;
	fill(0, 10, 0);
	write_pagemap();
	fill(3, 4, -1);
	fill(6, 7, IDS);
	assert_int_equal(move_range(0, 10), 0);
	assert_int_equal(fake.page[6].node, IDS);
	fake.page[6].node = -1;
	check_tally(0, 10);
	assert_int_equal(moved(), 8);
}

/* Where another process, or the kernel, has sent it just there, it counts as moved. */
static void test_wanders(void **state)
{
	(void)state;
	fill(0, 300, 0);
	for (unsigned i = 7; i < 300; i += 11)
		fake.page[i].wanders = true;
	fake.page[100].pinned = FOR_EVER;
	assert_int_equal(run(0, 300), 0);
	check_tally(0, 300);
	assert_int_equal(moved(), 299);
}

/* What has no room goes to the next node, and what has none there stays. */
static void test_full(void **state)
{
	(void)state;
	fill(0, 1000, 0);
	fake.room[2] = 300;
	assert_int_equal(run(0, 1000), 0);
	check_tally(0, 1000);
	assert_int_equal(tally[2].moved, 300 * PAGE);
	assert_int_equal(tally[3].moved, 700 * PAGE);
	assert_int_equal(stayed(TALLY_FULL), 0);
	fill(0, 1000, 1);
	fake.room[2] = 100;
	fake.room[3] = 250;
	assert_int_equal(run(0, 1000), 0);
	check_tally(0, 1000);
	assert_int_equal(tally[2].moved, 100 * PAGE);
	assert_int_equal(tally[3].moved, 250 * PAGE);
	assert_int_equal(tally[1].stayed[TALLY_FULL], 650 * PAGE);
	/* Which is not found out page by page. */
	fill(0, 3000, 1);
	fake.room[2] = fake.room[3] = 0;
	fake.calls = 0;
	assert_int_equal(run(0, 3000), 0);
	check_tally(0, 3000);
	assert_int_equal(tally[1].stayed[TALLY_FULL], 3000 * PAGE);
	assert_int_equal(fake.calls, 2);
}

/* The one reason does not hide the other. */
static void test_full_and_others(void **state)
{
	(void)state;
	fill(0, 200, 0);
	fake.room[2] = 0;
	fake.room[3] = 0;
	for (unsigned i = 0; i < 50; i++)
		fake.page[i].shared = true;
	assert_int_equal(run(0, 200), 0);
	check_tally(0, 200);
	assert_int_equal(stayed(TALLY_SHARED), 50);
	assert_int_equal(stayed(TALLY_FULL), 150);
}

static void test_pairs(void **state)
{
	(void)state;
	use_pairs();
	for (unsigned i = 0; i < 400; i++)
		fake.page[i].node = (int)(i % IDS);
	fake.room[3] = 60;
	assert_int_equal(run(0, 400), 0);
	check_tally(0, 400);
	assert_int_equal(tally[2].moved, 100 * PAGE);
	assert_int_equal(tally[3].moved, 60 * PAGE);
	assert_int_equal(tally[1].stayed[TALLY_FULL], 40 * PAGE);
	assert_int_equal(tally[2].already, 100 * PAGE);
	assert_int_equal(tally[3].already, 100 * PAGE);
}

/* By the place in what is mapped, not by that in the range. */
static void test_spread(void **state)
{
	(void)state;
	use_spread();
	for (unsigned i = 0; i < 3000; i++)
		fake.page[i].node = (int)(i * 7 % IDS);
	range.position = 5 * PAGE;
	assert_int_equal(run(10, 3000), 0);
	check_tally(10, 3000);
	for (unsigned i = 10; i < 3000; i++)
		assert_int_equal(fake.page[i].node, turn[(5 + i - 10) % COUNT(turn)]);
}

/* As far as the first call that may take longer, and no call is larger than the largest. */
static void test_calls(void **state)
{
	unsigned most = 0;

	(void)state;
	fill(0, PAGES, 0);
	assert_int_equal(run(0, PAGES), 0);
	check_tally(0, PAGES);
	assert_true(fake.calls < COUNT(fake.sizes));
	assert_int_equal(fake.sizes[0], 256);
	assert_int_equal(fake.sizes[1], 512);
	for (unsigned i = 0; i < fake.calls; i++)
		most = fake.sizes[i] > most ? fake.sizes[i] : most;
	assert_int_equal(most, BATCH_PAGES);
}

static void test_pauses(void **state)
{
	struct batch *batch;
	unsigned most = 0;

	(void)state;
	fill(0, 1500, 0);
	write_pagemap();
	/* Each call takes longer than it may. */
	options.max_pause = 10000000;
	fake.sleep = 12000000;
	fake.sleeps = 5;
	batch = batch_new(&options);
	assert_non_null(batch);
	assert_int_equal(batch_longest(batch), 0);
	memset(tally, 0, sizeof(tally));
	range.end = 1500 * PAGE;
	assert_int_equal(batch_move(batch, &range, tally), 0);
	check_tally(0, 1500);
	assert_int_equal(moved(), 1500);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(fake.sizes[i], 256 >> i);
	/* That is the least, as a call costs something by itself; and more again, when there is time. */
	for (unsigned i = 3; i < 6; i++)
		assert_int_equal(fake.sizes[i], 64);
	for (unsigned i = 6; i < fake.calls && i < COUNT(fake.sizes); i++)
		most = fake.sizes[i] > most ? fake.sizes[i] : most;
	assert_true(most >= 256);
	assert_true(batch_longest(batch) >= 12000000);
	batch_free(batch);
}

/* So many bytes a second, the waiting included. */
static void test_rate(void **state)
{
	unsigned long long start;

	(void)state;
	fill(0, 1000, 0);
	options.rate = 20 * 1000 * PAGE;
	start = util_now();
	assert_int_equal(run(0, 1000), 0);
	assert_true(util_now() - start >= 50000000);
	check_tally(0, 1000);
	assert_int_equal(moved(), 1000);
}

/* What was begun is counted, the rest is not. */
static void test_stopped(void **state)
{
	(void)state;
	fill(0, 3000, 0);
	fake.stop_at = 2;
	assert_int_equal(run(0, 3000), 0);
	assert_int_equal(fake.calls, 2);
	assert_int_equal(tally[2].moved, (256 + 512) * PAGE);
	assert_int_equal(tally[0].seen, (256 + 512) * PAGE);
	assert_int_equal(tally[0].out, (256 + 512) * PAGE);
	/* And not begun at all. */
	fake.questions = 0;
	assert_int_equal(run(0, 3000), 0);
	assert_int_equal(fake.calls, 2);
	assert_int_equal(fake.questions, 0);
	assert_int_equal(tally[0].seen, 0);
}

/* It does not wait for the time of what it will not send. */
static void test_stopped_pace(void **state)
{
	unsigned long long start = util_now();

	(void)state;
	fill(0, 3000, 0);
	options.rate = 1;
	fake.stop_at = 1;
	assert_int_equal(run(0, 3000), 0);
	assert_int_equal(fake.calls, 1);
	/* No more than the rate allows, but for a page. */
	assert_int_equal(moved(), 1);
	assert_true(util_now() - start < 10000000000);
}

/* A dry run: what would be moved counts as moved, and nothing is. */
static void test_closed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3000; i++)
		fake.page[i].node = (int)(i % IDS);
	fake.page[0].shared = true;
	fake.closed = true;
	assert_int_equal(run(0, 3000), 0);
	for (unsigned i = 0; i < 3000; i++)
		assert_int_equal(fake.page[i].node, i % IDS);
	assert_int_equal(tally[2].moved, 1500 * PAGE);
	for (unsigned node = 0; node < IDS; node++) {
		assert_int_equal(tally[node].seen, 750 * PAGE);
		assert_int_equal(tally[node].out, node < 2 ? 750 * PAGE : 0);
		assert_int_equal(stayed_on(node), 0);
	}
}

static void test_failures(void **state)
{
	static const int errors[] = { -EPERM, -EACCES, -ENODEV, -EINVAL, -ENOSYS };

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		fill(0, 2000, 0);
		fake.fail_call = errors[i];
		fake.fail_at = fake.calls + 2;
		assert_int_equal(run(0, 2000), errors[i]);
		/* Those of the first call have moved all the same. */
		assert_int_equal(tally[2].moved, 256 * PAGE);
		assert_int_equal(tally[0].out, 256 * PAGE);
		assert_int_equal(fake.calls, fake.fail_at);
		fake.fail_call = 0;
		fill(0, 2000, 0);
		fake.fail_question = errors[i];
		fake.fail_at = fake.questions + 1;
		assert_int_equal(run(0, 2000), errors[i]);
		assert_int_equal(moved(), 0);
		fake.fail_question = 0;
	}
}

/* Its number may be another's by now: none of its pages is touched. */
/* Its first thread has ended for a moment, as another one executes a program. */
static void test_between(void **state)
{
	(void)state;
	fill(0, 2000, 0);
	fake.fail_call = -ESRCH;
	fake.fail_at = fake.calls + 2;
	assert_int_equal(run(0, 2000), 0);
	assert_int_equal(tally[2].moved, 2000 * PAGE);
}

static void test_ended(void **state)
{
	char path[128];

	(void)state;
	fill(0, 100, 0);
	tree_file(&tree, "/status", "State:\tZ (zombie)\n");
	assert_int_equal(run(0, 100), -ESRCH);
	snprintf(path, sizeof(path), "%s/status", tree.path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(run(0, 100), -ESRCH);
	assert_int_equal(fake.calls, 0);
	/* Where there is nothing to do it is not asked for. */
	fill(0, 100, 2);
	assert_int_equal(run(0, 100), 0);
	check_tally(0, 100);
}

/* Huge pages of a pool: one entry for each, and they move as a whole. */
static void test_pool(void **state)
{
	(void)state;
	fill(0, 20 * BLOCK, 0);
	for (unsigned i = 0; i < 20 * BLOCK; i++)
		fake.page[i].huge = true;
	fake.page[3 * BLOCK].pinned = FOR_EVER;
	for (unsigned i = 0; i < BLOCK; i++)
		fake.page[5 * BLOCK + i].shared = true;
	range.page_size = BLOCK * PAGE;
	assert_int_equal(run(0, 20 * BLOCK), 0);
	check_tally(0, 20 * BLOCK);
	assert_int_equal(tally[0].stayed[TALLY_HUGE], BLOCK * PAGE);
	assert_int_equal(tally[0].stayed[TALLY_SHARED], BLOCK * PAGE);
	assert_int_equal(stayed(TALLY_BUSY), 0);
	assert_int_equal(tally[2].moved, 18 * BLOCK * PAGE);
	/* Sent once, of which one failed, and once more. */
	assert_int_equal(fake.page[4 * BLOCK].tried, 1);
	assert_int_equal(fake.sizes[0], 16);
}

/* Their turn is that of the huge page, not of its first small one. */
static void test_pool_spread(void **state)
{
	(void)state;
	use_spread();
	fill(0, 9 * BLOCK, 0);
	for (unsigned i = 0; i < 9 * BLOCK; i++)
		fake.page[i].huge = true;
	range.page_size = BLOCK * PAGE;
	range.position = BLOCK * PAGE;
	assert_int_equal(run(0, 9 * BLOCK), 0);
	check_tally(0, 9 * BLOCK);
	for (unsigned i = 0; i < 9 * BLOCK; i++)
		assert_int_equal(fake.page[i].node, turn[(1 + i / BLOCK) % COUNT(turn)]);
}

/* Transparent ones, of which the kernel does not say where they are, among small pages. */
static void test_blocks(void **state)
{
	(void)state;
	fill(0, 40 * BLOCK, 0);
	for (unsigned i = 4 * BLOCK; i < 20 * BLOCK; i++)
		fake.page[i].huge = true;
	fake.page[6 * BLOCK].pinned = FOR_EVER;
	/* A block that is not whole, and one that is not on one node. */
	fill(25 * BLOCK + 3, 25 * BLOCK + 4, -1);
	fill(26 * BLOCK + 3, 26 * BLOCK + 4, 1);
	range.may_be_huge = true;
	assert_int_equal(run(3, 40 * BLOCK - 3), 0);
	check_tally(3, 40 * BLOCK - 3);
	/* That many moved as huge ones, by one entry. */
	for (unsigned i = 4; i < 20; i++)
		if (i != 6)
			assert_int_equal(fake.page[i * BLOCK].tried, 1);
	assert_int_equal(fake.page[4 * BLOCK + 1].tried, 0);
	for (unsigned i = 6 * BLOCK; i < 7 * BLOCK; i++)
		assert_int_equal(fake.page[i].node, 0);
	/* Of a block that is none the head alone has moved: the rest is for the next pass ... */
	assert_int_equal(fake.page[30 * BLOCK].node, 2);
	assert_int_equal(fake.page[30 * BLOCK + 1].node, 0);
	assert_true(tally[0].stayed[TALLY_HUGE] >= (BLOCK + BLOCK - 1) * PAGE);
	/* ... which sees that it is none. */
	assert_int_equal(run(3, 40 * BLOCK - 3), 0);
	check_tally(3, 40 * BLOCK - 3);
	assert_int_equal(stayed(TALLY_HUGE), BLOCK);
	assert_int_equal(stayed(TALLY_BUSY), 0);
}

/* Split on the way, of which some pages have moved. */
static void test_split(void **state)
{
	(void)state;
	fill(0, 4 * BLOCK, 0);
	for (unsigned i = 0; i < 4 * BLOCK; i++)
		fake.page[i].huge = true;
	fake.splits = 5;
	range.may_be_huge = true;
	assert_int_equal(run(0, 4 * BLOCK), 0);
	check_tally(0, 4 * BLOCK);
	assert_int_equal(tally[2].moved, 4 * 5 * PAGE);
	assert_int_equal(tally[0].stayed[TALLY_HUGE], 4 * (BLOCK - 5) * PAGE);
	/* Some of them are freed by then. */
	fill(0, 4 * BLOCK, 0);
	fake.lost = 3;
	assert_int_equal(run(0, 4 * BLOCK), 0);
	check_tally(0, 4 * BLOCK);
	assert_int_equal(tally[2].moved, 4 * 5 * PAGE);
	assert_int_equal(tally[0].stayed[TALLY_HUGE], 4 * (BLOCK - 5 - 3) * PAGE);
}

/* Room for small pages is none for huge ones, and what has no room for these may have for those. */
static void test_full_of_huge(void **state)
{
	(void)state;
	fill(0, 2 * BLOCK, 0);
	fill(2 * BLOCK + 1, 3 * BLOCK, 0);
	for (unsigned i = 0; i < 2 * BLOCK; i++)
		fake.page[i].huge = true;
	fake.room[2] = fake.room[3] = BLOCK - 1;
	range.may_be_huge = true;
	assert_int_equal(run(0, 3 * BLOCK), 0);
	check_tally(0, 3 * BLOCK);
	assert_int_equal(tally[0].stayed[TALLY_FULL], 2 * BLOCK * PAGE);
	assert_int_equal(tally[2].moved, (BLOCK - 1) * PAGE);
	/* Wherever they stand. */
	fill(0, 5 * BLOCK, -1);
	fill(BLOCK - 4, 4 * BLOCK + 5, 0);
	for (unsigned i = 0; i < 5 * BLOCK; i++)
		fake.page[i].huge = i >= BLOCK && i < 4 * BLOCK;
	fake.room[2] = 9;
	fake.room[3] = 0;
	assert_int_equal(run(0, 5 * BLOCK), 0);
	check_tally(0, 5 * BLOCK);
	assert_int_equal(tally[0].stayed[TALLY_FULL], 3 * BLOCK * PAGE);
	assert_int_equal(tally[2].moved, 9 * PAGE);
}

/* Of a range that ends within a block, after one that held the whole: only what is in there. */
static void test_block_cut(void **state)
{
	struct batch *batch;

	(void)state;
	fill(0, BLOCK, 0);
	fake.page[0].pinned = FOR_EVER;
	write_pagemap();
	range.may_be_huge = true;
	batch = batch_new(&options);
	assert_non_null(batch);
	memset(tally, 0, sizeof(tally));
	range.end = BLOCK * PAGE;
	assert_int_equal(batch_move(batch, &range, tally), 0);
	check_tally(0, BLOCK);
	assert_int_equal(tally[0].stayed[TALLY_HUGE], BLOCK * PAGE);
	memset(tally, 0, sizeof(tally));
	range.end = 5 * PAGE;
	assert_int_equal(batch_move(batch, &range, tally), 0);
	check_tally(0, 5);
	assert_int_equal(tally[0].stayed[TALLY_BUSY], PAGE);
	assert_int_equal(tally[2].moved, 4 * PAGE);
	batch_free(batch);
}

/* Where numa_maps has the whole mapping on one node, some of them are asked for, not all. */
static void test_on_one_node(void **state)
{
	(void)state;
	range.node = 0;
	fill(0, 2000, 0);
	assert_int_equal(run(0, 2000), 0);
	check_tally(0, 2000);
	assert_true(fake.asked > 0 && fake.asked < 2000 / 4);
	fill(0, 2000, 0);
	fill(1000, 1010, -1);
	fake.page[77].pinned = FOR_EVER;
	fake.page[88].shared = true;
	fake.page[99].goes = true;
	assert_int_equal(run(0, 2000), 0);
	check_tally(0, 2000);
	assert_int_equal(moved(), 1990 - 3);
	/* It is in place: nothing is sent. */
	fill(0, 2000, 2);
	range.node = 2;
	fake.calls = 0;
	assert_int_equal(run(0, 2000), 0);
	check_tally(0, 2000);
	assert_int_equal(tally[2].already, 2000 * PAGE);
	assert_int_equal(fake.calls, 0);
	/* It is not what it was: all are asked for. */
	for (unsigned i = 0; i < 2000; i++)
		fake.page[i].node = (int)(i / 3 % IDS);
	range.node = 0;
	assert_int_equal(run(0, 2000), 0);
	check_tally(0, 2000);
	/* Nor is any left of it. */
	fill(0, 2000, -1);
	assert_int_equal(run(0, 2000), 0);
	check_tally(0, 2000);
	fake.fail_question = -EPERM;
	fake.fail_at = fake.questions + 1;
	fill(0, 2000, 0);
	assert_int_equal(run(0, 2000), -EPERM);
	assert_int_equal(moved(), 0);
}

/* The same numbers on each machine. */
static unsigned next_random(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % below;
}

static void make_random(unsigned *seed, unsigned count)
{
	unsigned odds = 2 + next_random(seed, 200);

	for (unsigned i = 0; i < count; i++) {
		struct page *page = &fake.page[i];

		memset(page, 0, sizeof(*page));
		page->node = (int)next_random(seed, IDS + 1) - 1;
		if (next_random(seed, odds))
			continue;
		switch (next_random(seed, 8)) {
		case 0: page->shared = true; break;
		case 1: page->unmovable = true; break;
		case 2: page->goes = true; break;
		case 3: page->claimed = FOR_EVER; break;
		case 4: page->claimed = 1; break;
		case 5: page->pinned = 1; break;
		default: page->pinned = FOR_EVER;
		}
	}
}

/* Why a page that did not move stayed, by what is the matter with it. */
static void check_reasons(unsigned count)
{
	unsigned long long busy = 0, shared = 0, unmovable = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct page *page = &fake.page[i];

		if (page->node < 0 || page->node != page->origin || page->origin >= 2)
			continue;
		busy += page->pinned == FOR_EVER || page->claimed == FOR_EVER;
		shared += page->shared;
		unmovable += page->unmovable;
	}
	assert_int_equal(stayed(TALLY_BUSY), busy);
	assert_int_equal(stayed(TALLY_SHARED), shared);
	assert_int_equal(stayed(TALLY_UNMOVABLE), unmovable);
	assert_int_equal(stayed(TALLY_FULL), 0);
	assert_int_equal(stayed(TALLY_HUGE), 0);
}

/* Whatever stands beside what: nothing that could move is left, or is called what it is not. */
static void test_random(void **state)
{
	unsigned seed = 4711;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		unsigned count = 1 + next_random(&seed, round < 250 ? 600 : PAGES);

		fake.calls = 0;
		make_random(&seed, count);
		assert_int_equal(run(0, count), 0);
		check_tally(0, count);
		check_reasons(count);
	}
}

/* With nodes that are full after some time there is more than one truth, but each page has one. */
static void test_random_full(void **state)
{
	unsigned seed = 4712;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		unsigned count = 1 + next_random(&seed, 1500);

		fake.calls = 0;
		make_random(&seed, count);
		for (unsigned node = 0; node < IDS; node++)
			fake.room[node] =
				next_random(&seed, 3) ? (long)next_random(&seed, count) : -1;
		switch (round % 3) {
		case 0: use_nearest(); break;
		case 1: use_spread(); break;
		default: use_pairs();
		}
		assert_int_equal(run(0, count), 0);
		check_tally(0, count);
	}
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_all_moved),   CASE(test_gaps),         CASE(test_empty),
		CASE(test_added),       CASE(test_pinned),       CASE(test_all_pinned),
		CASE(test_pinned_once), CASE(test_claimed),      CASE(test_not_attempted),
		CASE(test_shared),      CASE(test_unmovable),    CASE(test_gone),
		CASE(test_no_node),     CASE(test_wanders),      CASE(test_full),
		CASE(test_pairs),       CASE(test_spread),       CASE(test_full_and_others),
		CASE(test_calls),       CASE(test_pauses),       CASE(test_rate),
		CASE(test_stopped),     CASE(test_stopped_pace), CASE(test_closed),
		CASE(test_failures),    CASE(test_between),      CASE(test_ended),
		CASE(test_pool),        CASE(test_pool_spread),  CASE(test_blocks),
		CASE(test_split),       CASE(test_block_cut),    CASE(test_full_of_huge),
		CASE(test_on_one_node), CASE(test_random),       CASE(test_random_full),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
