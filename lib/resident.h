/* Which pages of a running process are in memory. */
#ifndef RESIDENT_H
#define RESIDENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Since Linux 6.7 an ioctl names runs of pages and says which are huge (PAGEMAP_SCAN); before, the
 * file has eight bytes for each page, whether there is one or not, and nothing about huge ones.
 */
struct resident {
	int pagemap;                        /* owned */
	bool scans;                         /* PAGEMAP_SCAN */
	unsigned long page_size, huge_size; /* bytes; huge_size 0 where there are none */
};

/* Resident pages without a gap. */
struct resident_run {
	unsigned long start, end;
	bool huge; /* mapped as transparent huge pages, or of hugetlb; false before Linux 6.7 */
};

/*
 * DIRECTORY is /proc/PID. Returns 0 or -errno: -ENOENT where the kernel has no pagemap
 * (CONFIG_PROC_PAGE_MONITOR), -EACCES where we may not read it.
 */
int resident_open(int directory, struct resident *resident);
void resident_close(struct resident *resident);

/*
 * Finds the runs within [START, END), at most ROOM of them; *next is where to go on, END when
 * nothing is left. Returns how many, or -errno.
 */
long resident_find(const struct resident *resident, unsigned long start, unsigned long end,
                   struct resident_run *runs, size_t room, unsigned long *next);

/*
 * *next becomes the first place from START on where there may be a page, END where there is none.
 * Returns 0 or -errno.
 */
int resident_skip(const struct resident *resident, unsigned long start, unsigned long end,
                  unsigned long *next);

#endif
