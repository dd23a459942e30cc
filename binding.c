#include "binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "advice.h"
#include "batch.h"
#include "destination.h"
#include "lib/attribute.h"
#include "lib/capability.h"
#include "lib/kernel.h"
#include "lib/mapping.h"
#include "lib/memlimit.h"
#include "lib/pages.h"
#include "lib/process.h"
#include "lib/resident.h"
#include "lib/util.h"
#include "placement.h"
#include "policy.h"
#include "report/binding.h"
#include "segment.h"
#include "tally.h"
#include "topology.h"

/* For pages that were busy the move is tried so often. */
#define PASSES 3

__attribute__((noreturn)) static void fail(const struct binding *binding, const char *call,
                                           int error, const char *reason)
{
	util_die(util_failure, "--%s=%s: %s: %s: %s", binding->segment->option,
	         binding->segment->name, call, strerror(-error), reason);
}

/* What was there before is another from now on, whatever becomes of the rest. */
static void begin_change(const struct segment *segment)
{
	if (!segment->made && !kernel_is_closed())
		util_failure = 1;
}

void binding_apply(const struct binding *binding)
{
	struct segment *segment = binding->segment;
	struct idset mask = policy_mask(binding->placement, binding->topology);
	/* In a dry run there may be nothing to point to yet. */
	unsigned long memory = segment->memory && !kernel_is_closed()
	                               ? (unsigned long)segment->memory
	                               : segment->offset;
	int error = kernel_mbind(memory, segment->length,
	                         binding->placement->mode | binding->placement->flags, &mask,
	                         binding->strict ? MPOL_MF_STRICT : 0);

	if (error)
		fail(binding, "mbind", error, policy_reason(binding->topology, error));
	begin_change(segment);
	if (binding->home_node < 0)
		return;
	error = kernel_set_home_node(memory, segment->length, (unsigned)binding->home_node);
	if (error)
		fail(binding, "set_mempolicy_home_node", error,
		     policy_reason(binding->topology, error));
}

static void count_absent(void *context, unsigned long offset, size_t count, const int nodes[])
{
	(void)offset;
	for (size_t i = 0; i < count; i++)
		*(unsigned long *)context += nodes[i] == PAGES_ABSENT;
}

/* At least so many bytes of the range are not in memory: of huge pages those there may be of it. */
static unsigned long missing(const struct segment *segment)
{
	unsigned long absent = 0;
	long long here;

	if (segment->is_huge) {
		here = segment_huge_bytes(segment);
		return here < 0 || (unsigned long)here > segment->length
		               ? 0
		               : segment->length - (unsigned long)here;
	}
	segment_walk(segment, count_absent, &absent);
	return absent * segment->page_size;
}

/* Free pages of a pool, as long as none may be added to it while they are taken. */
static long long huge_room(struct topology *topology, unsigned id, unsigned long page_size)
{
	struct attribute_reader reader = { .root = topology->root };
	unsigned long kib = page_size / 1024;
	long long more, pages;

	if (attribute_number(&reader, &more,
	                     "/sys/kernel/mm/hugepages/hugepages-%lukB/nr_overcommit_hugepages",
	                     kib) <= 0 ||
	    more ||
	    attribute_number(&reader, &pages,
	                     "/sys/devices/system/node/node%u/hugepages/hugepages-%lukB/"
	                     "free_hugepages",
	                     id, kib) <= 0)
		return -1;
	return pages * (long long)page_size;
}

/* Bytes that the nodes of the placement have room for; -1: not known. */
static long long room_for(const struct binding *binding)
{
	const struct idset *nodes = &binding->placement->nodes;
	const struct segment *segment = binding->segment;
	long long sum = 0;

	if (!segment->is_huge) {
		placement_load(binding->topology, TOPOLOGY_MEMORY);
		return advice_room(binding->topology, nodes);
	}
	for (idset_each(id, nodes)) {
		long long room = huge_room(binding->topology, (unsigned)id, segment->page_size);

		if (room < 0)
			return -1;
		sum += room;
	}
	return sum;
}

/*
 * It counts no pages of pools, and those of a disk's file can be written and dropped. Where there
 * is swap the kernel may use that.
 */
static void check_limit(const struct binding *binding)
{
	const struct segment *segment = binding->segment;
	char path[MEMLIMIT_PATH], needed[UTIL_SIZE], free[UTIL_SIZE];
	unsigned long need;
	long long left;
	struct sysinfo system;
	int error;

	if (segment->is_huge || segment->kind == SEGMENT_CACHE ||
	    (!sysinfo(&system) && system.freeswap))
		return;
	error = memlimit_left(UTIL_HERE, true, &left, path);
	if (error)
		util_warn("--touch: %s: %s", path, util_reason(error));
	if (error || left == MEMLIMIT_NONE || segment->length <= (unsigned long)left)
		return;
	need = missing(segment);
	if (need <= (unsigned long)left)
		return;
	util_die(util_failure,
	         "--touch: %s of %s are to come, and the limit of this memory cgroup leaves %s",
	         util_size(need, needed), segment->name, util_size((unsigned long long)left, free));
}

/*
 * Beyond its nodes' memory a binding policy lets the kernel kill processes, ours or others; beyond
 * the limit of a memory cgroup it kills one in that.
 */
void binding_check_room(const struct binding *binding)
{
	struct segment *segment = binding->segment;
	unsigned long need;
	long long room;
	char needed[UTIL_SIZE], free[UTIL_SIZE];

	if (kernel_is_closed())
		return;
	check_limit(binding);
	if (binding->placement->mode != MPOL_BIND)
		return;
	room = room_for(binding);
	need = missing(segment);
	if (room < 0 || need <= (unsigned long long)room)
		return;
	util_die(util_failure, "--touch: %s of %s are to come, and these nodes have room for %s%s",
	         util_size(need, needed), segment->name, util_size((unsigned long long)room, free),
	         segment->is_huge ? " in huge pages (nr_hugepages of their pools makes more)" : "");
}

/* Someone may have cut it off since it was mapped. */
static bool is_cut_off(const struct segment *segment)
{
	struct stat status;

	return segment->fd >= 0 && !fstat(segment->fd, &status) &&
	       (unsigned long)status.st_size <=
	               segment->offset + segment->length - segment->page_size;
}

void binding_touch(const struct binding *binding)
{
	struct segment *segment = binding->segment;
	unsigned long window = PAGES_WINDOW * segment->page_size, length;

	kernel_tell("madvise(%#lx, %lu, MADV_POPULATE_%s)", segment->offset, segment->length,
	            segment->writable ? "WRITE" : "READ");
	begin_change(segment);
	for (unsigned long at = 0; at < segment->length && !kernel_is_closed(); at += length) {
		int error;

		length = segment->length - at < window ? segment->length - at : window;
		error = pages_populate(segment->memory + at, length, segment->writable);
		if (error)
			fail(binding, "madvise", error,
			     is_cut_off(segment) ? "it was made shorter meanwhile"
			     : segment->is_huge
			             ? "not enough free huge pages on these nodes"
			             : "no room for its pages (on these nodes, or on the tmpfs)");
		pages_forget(segment->memory + at, length);
	}
	segment->touched = true;
}

struct mover {
	const struct binding *binding;
	struct process self;
	struct resident resident;
	struct batch *batch;
	struct tally *tally, *part; /* of all, and of a pass over a window */
};

static bool is_busy(const struct tally *tally, unsigned ids)
{
	for (unsigned i = 0; i < ids; i++)
		if (tally[i].stayed[TALLY_BUSY] || tally[i].stayed[TALLY_HUGE])
			return true;
	return false;
}

/* What is in place in a later pass was moved there by an earlier one, or was in place in it. */
static void add_tally(struct tally *sum, const struct tally *part, unsigned ids, int pass,
                      bool last)
{
	for (unsigned i = 0; i < ids; i++) {
		sum[i].moved += part[i].moved;
		if (pass == 1)
			sum[i].already += part[i].already;
		for (int r = 0; r < TALLY_REASONS && last; r++)
			sum[i].stayed[r] += part[i].stayed[r];
	}
}

/* The window's pages are mapped by now, so they are found as those of any process. */
static void move_window(void *context, unsigned long offset, size_t count, const int nodes[])
{
	struct mover *mover = context;
	const struct segment *segment = mover->binding->segment;
	unsigned ids = mover->binding->destination->ids;
	unsigned long start = (unsigned long)segment->memory + (offset - segment->offset);
	struct batch_range range = { .start = start,
		                     .end = start + count * segment->page_size,
		                     .position = offset + segment->phase * segment->page_size,
		                     .page_size = segment->page_size,
		                     .may_be_huge = !mover->resident.scans && !segment->is_huge &&
		                                    mapping_has_thp(mover->self.directory),
		                     .node = -1 };
	bool last = false;

	(void)nodes;
	for (int pass = 1; !last; pass++) {
		int error;

		memset(mover->part, 0, ids * sizeof(*mover->part));
		error = batch_move(mover->batch, &range, mover->part);
		if (error)
			fail(mover->binding, "move_pages", error,
			     policy_reason(mover->binding->topology, error));
		last = pass == PASSES || !is_busy(mover->part, ids);
		add_tally(mover->tally, mover->part, ids, pass, last);
	}
}

int binding_move(const struct binding *binding)
{
	struct mover mover = { .binding = binding };
	unsigned ids = binding->destination->ids;
	struct batch_options options = { .process = &mover.self,
		                         .destination = binding->destination,
		                         .resident = &mover.resident,
		                         .shared = capability_may_nice(),
		                         .max_pause = 20000000 };
	int error = process_open(getpid(), &mover.self), status = 0;

	if (!error)
		error = resident_open(mover.self.directory, &mover.resident);
	mover.batch = error ? NULL : batch_new(&options);
	mover.tally = calloc(ids, sizeof(*mover.tally));
	mover.part = calloc(ids, sizeof(*mover.part));
	if (error || !mover.batch || !mover.tally || !mover.part)
		fail(binding, "moving pages", error ? error : -ENOMEM, "/proc/self cannot be read");
	segment_walk(binding->segment, move_window, &mover);
	binding_show_moved(binding->segment, mover.tally, ids);
	for (unsigned i = 0; i < ids && !binding->destination->full_is_fine; i++)
		if (tally_stayed(&mover.tally[i]))
			status = 1;
	free(mover.part);
	free(mover.tally);
	batch_free(mover.batch);
	resident_close(&mover.resident);
	process_close(&mover.self);
	return status;
}

void binding_policy(const struct binding *binding, unsigned long offset,
                    struct policy_state *policy)
{
	const struct segment *segment = binding->segment;
	struct idset mask;
	int mode, error = kernel_policy_at(segment->memory + (offset - segment->offset), &mode,
	                                   &mask);

	if (error)
		fail(binding, "get_mempolicy", error, policy_reason(binding->topology, error));
	policy_decode(binding->topology, mode, &mask, policy);
}

void binding_dump(const struct binding *binding)
{
	const struct segment *segment = binding->segment;

	for (unsigned long at = 0; at < segment->length; at += segment->page_size) {
		struct policy_state policy;

		binding_policy(binding, segment->offset + at, &policy);
		binding_show_policy(segment->offset + at, segment->page_size,
		                    policy.mode | policy.flags, &policy.nodes);
	}
	binding_show_policies_end();
}
