#include "lib/pages.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/kernel.h"

/* Since Linux 5.14; the oldest supported headers lack it. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

static sigjmp_buf no_page;

static void on_bus_error(int signal)
{
	(void)signal;
	siglongjmp(no_page, 1);
}

/* What is there is written once more, unless another process has just changed it. */
static void rewrite(char *byte)
{
	char there = __atomic_load_n(byte, __ATOMIC_RELAXED);

	__atomic_compare_exchange_n(byte, &there, there, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* Page by page; where there is none to be had, that is a signal. */
static int touch_each(char *address, unsigned long length, bool writes)
{
	struct sigaction action = { .sa_handler = on_bus_error }, before;
	unsigned long step = (unsigned long)sysconf(_SC_PAGESIZE);
	int error = 0;

	sigaction(SIGBUS, &action, &before);
	if (sigsetjmp(no_page, 1))
		error = -EFAULT;
	else
		for (unsigned long at = 0; at < length; at += step)
			if (writes)
				rewrite(address + at);
			else
				(void)*(volatile char *)(address + at);
	sigaction(SIGBUS, &before, NULL);
	return error;
}

int pages_populate(void *address, unsigned long length, bool writes)
{
	if (!madvise(address, length, writes ? MADV_POPULATE_WRITE : MADV_POPULATE_READ))
		return 0;
	if (errno == EINVAL)
		return touch_each(address, length, writes);
	return errno == EHWPOISON ? -EFAULT : -errno;
}

/* nodes[i] becomes 0 where the page is in memory. */
static int find_present(void *address, size_t count, unsigned long page_size, int nodes[])
{
	static unsigned char present[PAGES_WINDOW];

	if (mincore(address, count * page_size, present))
		return -errno;
	for (size_t i = 0; i < count; i++)
		nodes[i] = present[i] & 1 ? 0 : PAGES_ABSENT;
	return 0;
}

/* The kernel names nodes of mapped pages only. One that has gone meanwhile stays unmapped. */
static int map_present(char *address, size_t count, unsigned long page_size, const int nodes[])
{
	for (size_t i = 0, run; i < count; i += run) {
		run = 1;
		while (i + run < count && (nodes[i + run] < 0) == (nodes[i] < 0))
			run++;
		if (nodes[i] >= 0) {
			int error = pages_populate(address + i * page_size, run * page_size, false);

			if (error && error != -EFAULT)
				return error;
		}
	}
	return 0;
}

static int ask_nodes(char *address, size_t count, unsigned long page_size, int nodes[])
{
	static unsigned long pages[PAGES_WINDOW];
	static int status[PAGES_WINDOW];
	size_t asked = 0;
	long result;

	for (size_t i = 0; i < count; i++)
		if (nodes[i] >= 0)
			pages[asked++] = (unsigned long)(address + i * page_size);
	if (!asked)
		return 0;
	result = kernel_move_pages(0, asked, pages, NULL, status, false);
	if (result < 0)
		return (int)result;
	asked = 0;
	for (size_t i = 0; i < count; i++)
		if (nodes[i] >= 0) {
			int node = status[asked++];

			nodes[i] = node >= 0 ? node : PAGES_ABSENT;
		}
	return 0;
}

int pages_locate(void *address, size_t count, unsigned long page_size, enum pages_hint hint,
                 int nodes[])
{
	int error;

	for (size_t i = 0; i < count; i++)
		nodes[i] = hint == PAGES_NOT_TOLD ? PAGES_UNKNOWN
		           : hint == PAGES_ALL    ? 0
		                                  : PAGES_ABSENT;
	if (hint == PAGES_ASK) {
		error = find_present(address, count, page_size, nodes);
		if (error)
			return error;
	}
	error = map_present(address, count, page_size, nodes);
	return error ? error : ask_nodes(address, count, page_size, nodes);
}

/* Huge pages stay mapped before Linux 5.18: that does no harm. */
void pages_forget(void *address, unsigned long length)
{
	madvise(address, length, MADV_DONTNEED);
}
