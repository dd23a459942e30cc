#include "batch.h"

#include <errno.h>
#include <stdlib.h>

#include "calls.h"
#include "destination.h"
#include "lib/idset.h"
#include "lib/kernel.h"
#include "lib/resident.h"
#include "tally.h"

/* Calls that may find a page busy before it counts as such; each tries ten times by itself. */
#define TRIES 2

#define RUNS 128

/* Of so many pages one is asked for. */
#define SAMPLE 16

/* A page of some size, as one entry of a call: a huge page is named by its head alone. */
struct unit {
	unsigned long bytes;
	int now, wanted;
	unsigned char tries;
	bool settled;
};

struct batch {
	struct batch_options options;
	struct calls calls;
	struct idset full[2]; /* of small pages, and of huge ones */

	unsigned count;
	struct unit unit[BATCH_PAGES];
	unsigned long address[BATCH_PAGES];

	/* Of one call: its pages are those of the units that the first array names. */
	unsigned call[BATCH_PAGES];
	unsigned long pages[BATCH_PAGES];
	int nodes[BATCH_PAGES], status[BATCH_PAGES];
};

struct batch *batch_new(const struct batch_options *options)
{
	struct batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return NULL;
	batch->options = *options;
	batch->calls = (struct calls){ .process = options->process,
		                       .shared = options->shared,
		                       .page_size = options->resident->page_size,
		                       .most_pages = BATCH_PAGES,
		                       .max_pause = options->max_pause,
		                       .rate = options->rate,
		                       .stop = options->stop };
	calls_begin(&batch->calls);
	return batch;
}

void batch_free(struct batch *batch)
{
	free(batch);
}

unsigned long long batch_longest(const struct batch *batch)
{
	return batch->calls.longest;
}

static bool is_huge(const struct batch *batch, unsigned i)
{
	return batch->unit[i].bytes > batch->options.resident->page_size;
}

/* Finds the next units from *AT on, which goes on to where the following ones are. 0 or -errno. */
static int find_units(struct batch *batch, const struct batch_range *range, unsigned long *at)
{
	const struct resident *resident = batch->options.resident;
	struct resident_run runs[RUNS];

	batch->count = 0;
	while (*at < range->end) {
		unsigned long next;
		long found = resident_find(resident, *at, range->end, runs, RUNS, &next);

		if (found < 0)
			return (int)found;
		for (long i = 0; i < found; i++) {
			bool huge = runs[i].huge && resident->huge_size > range->page_size;
			unsigned long step = huge ? resident->huge_size : range->page_size;

			for (*at = runs[i].start; *at < runs[i].end; *at += step) {
				if (batch->count == BATCH_PAGES)
					return 0;
				batch->address[batch->count] = *at;
				batch->unit[batch->count++] =
					(struct unit){ .bytes = step, .now = CALLS_UNKNOWN };
			}
		}
		*at = next;
	}
	return 0;
}

/* Asks for some pages, and whether each is where numa_maps has them all. 0 or -errno. */
static int sample(struct batch *batch, int node, bool *is_right)
{
	unsigned count = 0;
	int error;

	for (unsigned i = 0; i < batch->count; i += SAMPLE)
		batch->pages[count++] = batch->address[i];
	error = calls_ask(&batch->calls, count, batch->pages, batch->status);
	*is_right = !error;
	for (unsigned i = 0; i < count; i++)
		if (batch->status[i] != node)
			*is_right = false;
	return error;
}

/*
 * Where each unit is now. To ask for all takes a thirtieth of the time of moving them; where
 * numa_maps saw the whole mapping on one node, and a sample is still there, so are the others: at
 * worst a page that has come meanwhile counts as moved to where it already was.
 */
static int locate(struct batch *batch, const struct batch_range *range)
{
	bool is_right = false;
	int error = range->node < 0 ? 0 : sample(batch, range->node, &is_right);

	if (!error && !is_right)
		error = calls_ask(&batch->calls, batch->count, batch->address, batch->status);
	for (unsigned i = 0; i < batch->count; i++)
		batch->unit[i].now = is_right ? range->node : batch->status[i];
	return error;
}

/* How many units from FIRST on are a whole aligned block on one node; 0 where they are not. */
static unsigned block_at(const struct batch *batch, unsigned first)
{
	const struct resident *resident = batch->options.resident;
	unsigned pages = (unsigned)(resident->huge_size / resident->page_size);
	unsigned long start = batch->address[first];

	if (start % resident->huge_size || batch->count - first < pages)
		return 0;
	for (unsigned i = 0; i < pages; i++)
		if (batch->address[first + i] != start + i * resident->page_size ||
		    batch->unit[first + i].now < 0 ||
		    batch->unit[first + i].now != batch->unit[first].now)
			return 0;
	return pages;
}

/*
 * Before Linux 6.7 nothing tells which pages are huge, only that there are some in the mapping: a
 * whole block on one node is taken for a huge page. If it is none, its head alone moves, which
 * check_huge notices, and the next pass sees small ones.
 */
static void join_blocks(struct batch *batch)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < batch->count; kept++) {
		unsigned pages = block_at(batch, i);

		batch->unit[kept] = batch->unit[i];
		batch->address[kept] = batch->address[i];
		if (pages)
			batch->unit[kept].bytes = batch->options.resident->huge_size;
		i += pages ? pages : 1;
	}
	batch->count = kept;
}

static void settle_moved(struct batch *batch, struct tally *tally, unsigned i,
                         unsigned long long bytes)
{
	struct unit *unit = &batch->unit[i];

	tally_add_moved(tally, unit->now, unit->wanted, bytes);
	unit->settled = true;
}

static void settle_stayed(struct batch *batch, struct tally *tally, unsigned i,
                          enum tally_reason reason, unsigned long long bytes)
{
	struct unit *unit = &batch->unit[i];

	tally_add_stayed(tally, unit->now, reason, bytes);
	unit->settled = true;
}

static void settle_gone(struct batch *batch, unsigned i)
{
	batch->unit[i].settled = true;
}

/* Where the unit belongs: settled where it is there, or where all it could go to is full. */
static void decide(struct batch *batch, const struct batch_range *range, struct tally *tally,
                   unsigned i)
{
	const struct destination *destination = batch->options.destination;
	struct unit *unit = &batch->unit[i];
	unsigned long position = range->position + (batch->address[i] - range->start);

	/* No page is there any more, or it is none of its own: the zero page, a device's. */
	if (unit->now < 0 || (unsigned)unit->now >= destination->ids) {
		settle_gone(batch, i);
		return;
	}
	unit->wanted = destination_of(destination, (unsigned)unit->now, position / unit->bytes,
	                              &batch->full[is_huge(batch, i)]);
	if (unit->wanted < 0) {
		settle_stayed(batch, tally, i, TALLY_FULL, unit->bytes);
	} else if (unit->wanted == unit->now) {
		tally_add_already(tally, unit->now, unit->bytes);
		unit->settled = true;
	}
}

/* Where it was to go may have turned out to be full since. */
static void decide_again(struct batch *batch, const struct batch_range *range, struct tally *tally,
                         unsigned i)
{
	const struct unit *unit = &batch->unit[i];

	if (!unit->settled && idset_has(&batch->full[is_huge(batch, i)], (unsigned)unit->wanted))
		decide(batch, range, tally, i);
}

/* The units of the next call: those that go to where the first one goes. 0 when none is left. */
static unsigned choose(struct batch *batch, const struct batch_range *range, struct tally *tally,
                       unsigned *first)
{
	unsigned count = 0;
	unsigned long bytes = 0;

	for (; *first < batch->count; (*first)++) {
		decide_again(batch, range, tally, *first);
		if (!batch->unit[*first].settled)
			break;
	}
	for (unsigned i = *first; i < batch->count; i++) {
		const struct unit *unit = &batch->unit[i];

		decide_again(batch, range, tally, i);
		if (unit->settled || unit->wanted != batch->unit[*first].wanted ||
		    is_huge(batch, i) != is_huge(batch, *first))
			continue;
		if (count && bytes + unit->bytes > batch->calls.limit)
			break;
		bytes += unit->bytes;
		batch->call[count] = i;
		batch->pages[count] = batch->address[i];
		batch->nodes[count++] = unit->wanted;
	}
	return count;
}

/*
 * A huge page was named by its head. Its last page tells whether it moved as a whole: if not, it
 * was none, or was split on the way; page by page, what has moved counts, and the rest is for the
 * next pass.
 */
static int check_huge(struct batch *batch, struct tally *tally, unsigned i)
{
	unsigned long page = batch->options.resident->page_size;
	unsigned long head = batch->address[i], size = batch->unit[i].bytes;
	unsigned long last = head + size - page;
	unsigned long long moved = 0, left = 0;
	int node, error = calls_ask(&batch->calls, 1, &last, &node);

	if (error)
		return error;
	if (node == batch->unit[i].wanted) {
		settle_moved(batch, tally, i, size);
		return 0;
	}
	for (unsigned long at = 0; at < size && !error; at += page) {
		unsigned long address = head + at;

		error = calls_ask(&batch->calls, 1, &address, &node);
		if (node == batch->unit[i].wanted)
			moved += page;
		else if (node >= 0)
			left += page;
	}
	settle_moved(batch, tally, i, moved);
	settle_stayed(batch, tally, i, TALLY_HUGE, left);
	return error;
}

/* The units whose status does not tell where they are now are asked for again. */
static int ask_again(struct batch *batch, unsigned count)
{
	unsigned asked = 0, place[BATCH_PAGES];
	int status[BATCH_PAGES], error;

	for (unsigned k = 0; k < count; k++) {
		if (batch->status[k] >= 0)
			continue;
		batch->pages[asked] = batch->address[batch->call[k]];
		place[asked++] = k;
	}
	error = calls_ask(&batch->calls, asked, batch->pages, status);
	for (unsigned a = 0; a < asked && !error; a++) {
		unsigned k = place[a];

		/* On its way, or gone; else why it stayed is what the first status said. */
		if (status[a] == batch->nodes[k] || status[a] < 0)
			batch->status[k] = status[a] < 0 ? -ENOENT : status[a];
	}
	return error;
}

/* The pages of the call up to the last one that the kernel wrote a status for. */
static unsigned count_written(const struct batch *batch, unsigned count)
{
	while (count > 0 && batch->status[count - 1] == CALLS_UNKNOWN)
		count--;
	return count;
}

/*
 * How many of the call's pages the kernel has come to. It collects pages in lists; a page that it
 * cannot take ends one and gets its status at once. It stops at a list of which some pages fail to
 * move, and writes no status for that list. So where some failed, and none behind the last WRITTEN
 * status has moved, these may not have been tried.
 */
static unsigned count_tried(const struct batch *batch, unsigned count, unsigned written,
                            long result)
{
	if (result <= 0 || written == 0)
		return count;
	for (unsigned k = written; k < count; k++)
		if (batch->status[k] >= 0)
			return count;
	return written;
}

static void settle_one(struct batch *batch, const struct batch_range *range, struct tally *tally,
                       unsigned k, bool is_full)
{
	unsigned i = batch->call[k];
	struct unit *unit = &batch->unit[i];
	/* Of the vdso, which all processes map, Linux 7.3 says EACCES, those before it EFAULT. */
	enum tally_reason shared = range->is_special ? TALLY_KERNEL
	                           : range->is_file  ? TALLY_SHARED_FILE
	                                             : TALLY_SHARED;
	enum tally_reason unmovable = range->is_special ? TALLY_KERNEL : TALLY_UNMOVABLE;
	enum tally_reason busy = is_huge(batch, i) ? TALLY_HUGE : TALLY_BUSY;

	switch (batch->status[k]) {
	case -EACCES: settle_stayed(batch, tally, i, shared, unit->bytes); break;
	case -ENOENT: settle_gone(batch, i); break;
	case -EFAULT: settle_stayed(batch, tally, i, unmovable, unit->bytes); break;
	default:
		if (is_full)
			decide(batch, range, tally, i);
		else if (++unit->tries == TRIES)
			settle_stayed(batch, tally, i, busy, unit->bytes);
	}
}

/* After a call: every unit of it is settled, or is to be sent again. 0 or -errno. */
static int settle(struct batch *batch, const struct batch_range *range, struct tally *tally,
                  unsigned count, long result)
{
	bool is_full = result == -ENOMEM;
	unsigned first = batch->call[0], written = count_written(batch, count), tried;
	int error = ask_again(batch, count);

	if (error)
		return error;
	if (is_full)
		idset_add(&batch->full[is_huge(batch, first)], (unsigned)batch->unit[first].wanted);
	tried = count_tried(batch, count, written, result);
	for (unsigned k = 0; k < count && !error; k++) {
		unsigned i = batch->call[k];

		if (batch->status[k] != batch->unit[i].wanted) {
			if (k < tried)
				settle_one(batch, range, tally, k, is_full);
		} else if (is_huge(batch, i) && range->page_size < batch->unit[i].bytes) {
			error = check_huge(batch, tally, i);
		} else {
			settle_moved(batch, tally, i, batch->unit[i].bytes);
		}
	}
	return error;
}

/* Sends what is out of place, call by call. */
static int send_units(struct batch *batch, const struct batch_range *range, struct tally *tally)
{
	unsigned count, first = 0;
	int error = 0;

	while (!error && !calls_are_stopped(&batch->calls) &&
	       (count = choose(batch, range, tally, &first))) {
		unsigned long bytes = count * batch->unit[batch->call[0]].bytes;
		long result = calls_send(&batch->calls, count, bytes, batch->pages, batch->nodes,
		                         batch->status);

		if (kernel_is_closed()) {
			for (unsigned k = 0; k < count; k++)
				settle_moved(batch, tally, batch->call[k],
				             batch->unit[batch->call[k]].bytes);
			continue;
		}
		if (result < 0 && result != -ENOMEM)
			return (int)result;
		error = settle(batch, range, tally, count, result);
		calls_pace(&batch->calls);
	}
	return error;
}

int batch_move(struct batch *batch, const struct batch_range *range, struct tally *tally)
{
	unsigned long at = range->start;
	int error = 0;

	while (!error && at < range->end && !calls_are_stopped(&batch->calls)) {
		error = find_units(batch, range, &at);
		if (!error)
			error = locate(batch, range);
		if (error)
			break;
		if (range->may_be_huge)
			join_blocks(batch);
		for (unsigned i = 0; i < batch->count; i++)
			decide(batch, range, tally, i);
		error = send_units(batch, range, tally);
	}
	return error;
}
