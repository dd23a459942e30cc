/* Pages of our own mappings: which are in memory, and on which nodes. */
#ifndef PAGES_H
#define PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* Of a page: its node, or one of these. */
#define PAGES_ABSENT (-1)
#define PAGES_UNKNOWN (-2)

/* What is known beforehand, as mincore(2) tells nothing of huge pages that are not mapped. */
enum pages_hint { PAGES_ASK, PAGES_ALL, PAGES_NONE, PAGES_NOT_TOLD };

/* The most pages of a call of pages_locate. */
#define PAGES_WINDOW 16384

/*
 * Brings pages in, and changes nothing in them. WRITES, for a mapping that may be written to: they
 * count as written, as the kernel may drop those of tmpfs that nobody has written to. Returns 0 or
 * -errno: -EFAULT where there is no room for one, or the file has become shorter.
 */
int pages_populate(void *address, unsigned long length, bool writes);

/*
 * The node of each of COUNT pages of that size from ADDRESS on; brings none in. The mapping should
 * be MADV_RANDOM, so that a page that is looked at reads no further ones from a disk. Maps what it
 * finds: pages_forget gives that up. Returns 0 or -errno.
 */
int pages_locate(void *address, size_t count, unsigned long page_size, enum pages_hint hint,
                 int nodes[]);

void pages_forget(void *address, unsigned long length);

#endif
