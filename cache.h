/* Pages of a segment or a file in memory: where they are, and dropping those of a file. */
#ifndef CACHE_H
#define CACHE_H

#include <stdbool.h>

struct segment;

/* Shows the node of each page, in ranges (RANGES), and the sum per node. */
void cache_show(const struct segment *segment, bool ranges);

/*
 * Drops the clean pages of a file (SEGMENT_CACHE) from the page cache, and says how many. Returns 1
 * where some stayed. Exits with util_failure where that cannot be.
 */
int cache_evict(const struct segment *segment);

#endif
