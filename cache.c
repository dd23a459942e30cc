#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/kernel.h"
#include "lib/pages.h"
#include "lib/util.h"
#include "report/binding.h"
#include "segment.h"

struct sight {
	const struct segment *segment;
	bool ranges;
	struct binding_where where;
};

static void see_window(void *context, unsigned long offset, size_t count, const int nodes[])
{
	struct sight *sight = context;
	unsigned long page_size = sight->segment->page_size;

	for (size_t i = 0; i < count; i++) {
		if (sight->ranges)
			binding_show_page(offset + i * page_size, page_size, nodes[i]);
		if (nodes[i] == PAGES_UNKNOWN)
			sight->where.unknown += page_size;
		if (nodes[i] < 0 || nodes[i] >= BINDING_NODES)
			continue;
		sight->where.present += page_size;
		sight->where.on[nodes[i]] += page_size;
	}
}

void cache_show(const struct segment *segment, bool ranges)
{
	static struct sight sight;

	sight = (struct sight){ .segment = segment, .ranges = ranges };
	segment_walk(segment, see_window, &sight);
	if (ranges)
		binding_show_pages_end();
	binding_show_where(segment, &sight.where);
}

/*
 * Dirty pages the kernel begins to write back at this call (as it would anyway), and keeps for the
 * time; those that a process maps it keeps too.
 */
int cache_evict(const struct segment *segment)
{
	static struct sight before, after;
	int error;

	kernel_tell("posix_fadvise(%s, %lu, %lu, POSIX_FADV_DONTNEED)", segment->name,
	            segment->offset, segment->length);
	if (kernel_is_closed())
		return 0;
	before.segment = after.segment = segment;
	segment_walk(segment, see_window, &before);
	error = posix_fadvise(segment->fd, (off_t)segment->offset, (off_t)segment->length,
	                      POSIX_FADV_DONTNEED);
	if (error)
		segment_refuse(segment, strerror(error));
	segment_walk(segment, see_window, &after);
	binding_show_evicted(segment, &before.where, &after.where);
	if (after.where.present)
		util_warn("%s: what stayed is dirty, locked, or mapped by a process",
		          segment->name);
	return after.where.present ? 1 : 0;
}
