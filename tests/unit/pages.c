/* Pages of our own mappings, of the kernel that runs this. */
#include "tree.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "lib/kernel.h"
#include "lib/pages.h"

#define COUNT 12

static unsigned long page_size;
static int file;
static char *memory;

static int setup(void **state)
{
	(void)state;
	page_size = (unsigned long)sysconf(_SC_PAGESIZE);
	file = memfd_create("pages", MFD_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, (off_t)(COUNT * page_size)), 0);
	memory = mmap(NULL, COUNT * page_size, PROT_READ, MAP_SHARED, file, 0);
	assert_true(memory != MAP_FAILED);
	return madvise(memory, COUNT * page_size, MADV_RANDOM);
}

static int teardown(void **state)
{
	(void)state;
	munmap(memory, COUNT * page_size);
	return close(file);
}

static void write_page(size_t page)
{
	assert_int_equal(pwrite(file, "x", 1, (off_t)(page * page_size)), 1);
}

/* What the file has in memory. */
static size_t blocks(void)
{
	struct stat status;

	assert_int_equal(fstat(file, &status), 0);
	return (size_t)status.st_blocks * 512 / page_size;
}

/* Whether our mapping maps the page: pagemap's bit 63. */
static bool is_mapped(size_t page)
{
	unsigned long long entry;
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned long number = (unsigned long)memory / page_size + page;

	assert_true(pagemap >= 0);
	assert_int_equal(pread(pagemap, &entry, sizeof(entry), (off_t)(number * sizeof(entry))),
	                 sizeof(entry));
	close(pagemap);
	return entry >> 63;
}

static void need_move_pages(void)
{
	unsigned long page = (unsigned long)&page_size & ~(page_size - 1);
	int status;

	/* Without NUMA support there is no such call; a container may forbid it. */
	if (kernel_move_pages(0, 1, &page, NULL, &status, false) < 0)
		skip();
}

/* Each is told as it is, none is brought in, and none stays mapped. */
static void test_locate(void **state)
{
	int nodes[COUNT];

	(void)state;
	need_move_pages();
	write_page(2);
	write_page(3);
	write_page(COUNT - 1);
	assert_int_equal(pages_locate(memory, COUNT, page_size, PAGES_ASK, nodes), 0);
	for (size_t i = 0; i < COUNT; i++) {
		bool is_there = i == 2 || i == 3 || i == COUNT - 1;

		assert_int_equal(nodes[i] >= 0, is_there);
		assert_true(is_there || nodes[i] == PAGES_ABSENT);
		assert_int_equal(is_mapped(i), is_there);
	}
	assert_int_equal(blocks(), 3);
	pages_forget(memory, COUNT * page_size);
	for (size_t i = 0; i < COUNT; i++)
		assert_false(is_mapped(i));
	assert_int_equal(blocks(), 3);
	/* From another place on. */
	assert_int_equal(pages_locate(memory + 3 * page_size, 2, page_size, PAGES_ASK, nodes), 0);
	assert_true(nodes[0] >= 0 && nodes[1] == PAGES_ABSENT);
}

/* What is known beforehand is not asked for. */
static void test_hints(void **state)
{
	int nodes[COUNT];

	(void)state;
	need_move_pages();
	write_page(1);
	assert_int_equal(pages_locate(memory, COUNT, page_size, PAGES_NONE, nodes), 0);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(nodes[i], PAGES_ABSENT);
	assert_int_equal(pages_locate(memory, COUNT, page_size, PAGES_NOT_TOLD, nodes), 0);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(nodes[i], PAGES_UNKNOWN);
	assert_int_equal(blocks(), 1);
	assert_int_equal(pages_populate(memory, COUNT * page_size, false), 0);
	assert_int_equal(pages_locate(memory, COUNT, page_size, PAGES_ALL, nodes), 0);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(nodes[i] >= 0);
}

static void test_populate(void **state)
{
	(void)state;
	write_page(5);
	assert_int_equal(pages_populate(memory, COUNT * page_size, false), 0);
	assert_int_equal(blocks(), COUNT);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(is_mapped(i));
	/* Nothing was written. */
	assert_int_equal(memory[5 * page_size], 'x');
	assert_int_equal(memory[6 * page_size], 0);
}

/* What counts as written stays when the kernel wants memory back; and it is as it was. */
static void test_populate_for_good(void **state)
{
	(void)state;
	write_page(5);
	munmap(memory, COUNT * page_size);
	memory = mmap(NULL, COUNT * page_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	assert_true(memory != MAP_FAILED);
	assert_int_equal(pages_populate(memory, COUNT * page_size, true), 0);
	madvise(memory, COUNT * page_size, MADV_PAGEOUT);
	assert_int_equal(blocks(), COUNT);
	assert_int_equal(memory[5 * page_size], 'x');
	assert_int_equal(memory[6 * page_size], 0);
}

/* A file that became shorter: an error, and no signal. */
static void test_beyond(void **state)
{
	int nodes[COUNT];

	(void)state;
	write_page(0);
	assert_int_equal(ftruncate(file, (off_t)page_size), 0);
	assert_int_equal(pages_populate(memory, page_size, false), 0);
	assert_int_equal(pages_populate(memory, 2 * page_size, false), -EFAULT);
	need_move_pages();
	assert_int_equal(pages_locate(memory, COUNT, page_size, PAGES_ASK, nodes), 0);
	assert_true(nodes[0] >= 0);
	for (size_t i = 1; i < COUNT; i++)
		assert_int_equal(nodes[i], PAGES_ABSENT);
	/* Even where they are said to be there. */
	assert_int_equal(pages_locate(memory, COUNT, page_size, PAGES_ALL, nodes), 0);
	for (size_t i = 1; i < COUNT; i++)
		assert_int_equal(nodes[i], PAGES_ABSENT);
	assert_int_equal(pages_populate(memory, COUNT * page_size, false), -EFAULT);
}

static void test_unmapped(void **state)
{
	int nodes[1];

	(void)state;
	assert_int_equal(munmap(memory, page_size), 0);
	assert_int_equal(pages_locate(memory, 1, page_size, PAGES_ASK, nodes), -ENOMEM);
	assert_int_equal(pages_populate(memory, page_size, false), -ENOMEM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_locate),   TEST(test_hints),
		TEST(test_populate), TEST(test_populate_for_good),
		TEST(test_beyond),   TEST(test_unmapped),
	};

	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
