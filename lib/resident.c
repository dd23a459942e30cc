#include "lib/resident.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/util.h"

/* linux/fs.h since 6.7, which the oldest supported headers lack. */
struct scan_region {
	uint64_t start, end, categories;
};

struct scan {
	uint64_t size, flags, start, end, walk_end, regions, region_room, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

/* An unsigned long for glibc's ioctl, an int for musl's; the kernel looks at 32 bits of it. */
#ifdef __GLIBC__
#define SCAN _IOWR('f', 16, struct scan)
#else
#define SCAN ((int)_IOWR('f', 16, struct scan))
#endif
#define IS_PRESENT (1U << 3)
#define IS_HUGE (1U << 6)

/* Of an entry of the file, since Linux 2.6.25. */
#define ENTRY_PRESENT (1ULL << 63)

#define REGIONS 128
#define ENTRIES 1024

/* What a transparent huge page holds; 0 where there are none. */
static unsigned long read_huge_size(void)
{
	char *text;
	size_t length;
	unsigned long size = 0;

	if (util_read(UTIL_HERE, &text, &length,
	              "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"))
		return 0;
	size = strtoul(text, NULL, 10);
	free(text);
	return size & (size - 1) ? 0 : size;
}

/* An empty range is taken by every kernel that has the ioctl. */
static bool can_scan(int pagemap)
{
	struct scan scan = { .size = sizeof(scan), .return_mask = IS_PRESENT };

	return ioctl(pagemap, SCAN, &scan) >= 0;
}

int resident_open(int directory, struct resident *resident)
{
	int pagemap = openat(directory, "pagemap", O_RDONLY | O_CLOEXEC);

	if (pagemap < 0)
		return -errno;
	*resident = (struct resident){ .pagemap = pagemap,
		                       .scans = can_scan(pagemap),
		                       .page_size = (unsigned long)sysconf(_SC_PAGESIZE),
		                       .huge_size = read_huge_size() };
	return 0;
}

void resident_close(struct resident *resident)
{
	close(resident->pagemap);
}

/* Fills what every scan has in common; at most MAX pages, 0: no limit. Returns the regions. */
static long scan(const struct resident *resident, unsigned long start, unsigned long end,
                 struct scan_region *regions, size_t room, unsigned long max, unsigned long *next)
{
	struct scan scan = { .size = sizeof(scan),
		             .start = start,
		             .end = end,
		             .regions = (uintptr_t)regions,
		             .region_room = room,
		             .max_pages = max,
		             .category_mask = IS_PRESENT,
		             .return_mask = IS_PRESENT | IS_HUGE };
	int found;

	do {
		found = ioctl(resident->pagemap, SCAN, &scan);
	} while (found < 0 && errno == EINTR);
	if (found < 0)
		return -errno;
	*next = scan.walk_end;
	return found;
}

static long scan_runs(const struct resident *resident, unsigned long start, unsigned long end,
                      struct resident_run *runs, size_t room, unsigned long *next)
{
	struct scan_region regions[REGIONS];
	long found = scan(resident, start, end, regions, room < REGIONS ? room : REGIONS, 0, next);

	for (long i = 0; i < found; i++)
		runs[i] = (struct resident_run){ regions[i].start, regions[i].end,
			                         regions[i].categories & IS_HUGE };
	return found;
}

/* Reads up to ROOM entries from START on. Returns how many, 0 where the memory is gone, -errno. */
static long read_entries(const struct resident *resident, unsigned long start, unsigned long end,
                         uint64_t *entries, size_t room)
{
	size_t pages = (end - start) / resident->page_size;
	off_t at = (off_t)(start / resident->page_size * sizeof(*entries));
	ssize_t got;

	if (pages > room)
		pages = room;
	do {
		got = pread(resident->pagemap, entries, pages * sizeof(*entries), at);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got / (ssize_t)sizeof(*entries);
}

static long read_runs(const struct resident *resident, unsigned long start, unsigned long end,
                      struct resident_run *runs, size_t room, unsigned long *next)
{
	uint64_t entries[ENTRIES];
	size_t found = 0;
	bool in_run = false;

	while (start < end) {
		long count = read_entries(resident, start, end, entries, ENTRIES);

		if (count < 0)
			return count;
		if (count == 0)
			break;
		for (long i = 0; i < count; i++, start += resident->page_size) {
			bool present = entries[i] & ENTRY_PRESENT;

			if (present && !in_run) {
				if (found == room) {
					*next = start;
					return (long)found;
				}
				runs[found++] = (struct resident_run){ .start = start };
			}
			in_run = present;
			if (present)
				runs[found - 1].end = start + resident->page_size;
		}
	}
	*next = end;
	return (long)found;
}

long resident_find(const struct resident *resident, unsigned long start, unsigned long end,
                   struct resident_run *runs, size_t room, unsigned long *next)
{
	return (resident->scans ? scan_runs : read_runs)(resident, start, end, runs, room, next);
}

int resident_skip(const struct resident *resident, unsigned long start, unsigned long end,
                  unsigned long *next)
{
	struct scan_region region;
	long found;

	if (!resident->scans) {
		*next = start;
		return 0;
	}
	found = scan(resident, start, end, &region, 1, 1, next);
	if (found > 0)
		*next = region.start;
	else if (found == 0)
		*next = end;
	return found < 0 ? (int)found : 0;
}
