#include "migrate.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "destination.h"
#include "lib/idset.h"
#include "lib/kernel.h"
#include "lib/mapping.h"
#include "lib/process.h"
#include "lib/resident.h"
#include "lib/util.h"
#include "migration.h"
#include "tally.h"

/* Passes that move nothing while pages are busy, before these are given up. */
#define IDLE_PASSES 3

/*
 * A process that goes on allocating elsewhere is not followed for ever, nor one that goes on
 * executing programs, a pass being cut short by each of these.
 */
#define PASSES 8
#define PROGRAMS 8

/* How often the caller is shown how far it is, ns. */
#define SHOW_EVERY 200000000

static volatile sig_atomic_t stopped;

/* What the workers share; all under the lock but what is constant during a pass. */
struct pass {
	const struct process *process;
	const struct destination *destination;
	const struct migrate_options *options;
	struct migration *migration;
	struct resident resident;

	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned running;
	int error; /* the first one */

	struct mapping_reader *reader;
	struct mapping mapping;   /* whose ranges are being handed out */
	unsigned long at;         /* in there */
	bool first;               /* pass */
	unsigned programs;        /* that were executed in the middle of a pass */
	unsigned long long moved; /* bytes, when it has ended */
	struct tally *tally;      /* of this pass, for each id */
};

void migrate_stop(void)
{
	stopped = 1;
}

bool migrate_is_stopped(void)
{
	return stopped;
}

/* All pages of the mapping are in place, by numa_maps. */
static bool is_in_place(const struct pass *pass)
{
	for (unsigned i = 0; i < pass->mapping.nodes; i++)
		if (destination_moves(pass->destination, pass->mapping.on[i].node))
			return false;
	return true;
}

static void count_in_place(struct pass *pass)
{
	for (unsigned i = 0; i < pass->mapping.nodes; i++) {
		unsigned long long bytes = pass->mapping.on[i].count * pass->mapping.page_size;

		if (pass->mapping.on[i].node >= pass->destination->ids)
			continue;
		tally_add_already(pass->tally, (int)pass->mapping.on[i].node, bytes);
		pass->migration->seen += bytes;
	}
}

/* The next mapping with something to do: 1, 0 at the end, or -errno. */
static int next_mapping(struct pass *pass)
{
	int got;

	while ((got = mapping_next(pass->reader, &pass->mapping)) > 0) {
		if (!(pass->options->kinds & 1U << pass->mapping.kind) || !pass->mapping.nodes)
			continue;
		migration_add(pass->migration, MIGRATION_AFTER, &pass->mapping);
		if (pass->first)
			migration_add(pass->migration, MIGRATION_BEFORE, &pass->mapping);
		if (!is_in_place(pass))
			break;
		count_in_place(pass);
	}
	if (got <= 0)
		pass->mapping.end = 0;
	pass->at = got > 0 ? pass->mapping.start : 0;
	return got;
}

/* What a worker takes at once: whole huge pages, and enough for a call. */
static unsigned long range_size(const struct pass *pass)
{
	unsigned long size = BATCH_PAGES * pass->resident.page_size;

	if (size < pass->resident.huge_size)
		size = pass->resident.huge_size;
	return size < pass->mapping.page_size ? pass->mapping.page_size : size;
}

/*
 * The place of a page within what it maps, from which an interleaving policy takes its turn
 * (get_vma_policy() in mm/mempolicy.c): that in the file; of anonymous memory the address.
 */
static unsigned long position_of(const struct mapping *mapping, unsigned long address)
{
	return mapping->file ? mapping->offset + (address - mapping->start) : address;
}

/* Takes a range off the mappings: 1, 0 when all are taken, or -errno. */
static int take_range(struct pass *pass, struct batch_range *range)
{
	unsigned long size, end;
	int got;

	for (;;) {
		while (pass->at >= pass->mapping.end) {
			got = next_mapping(pass);
			if (got <= 0)
				return got;
		}
		/* Reserved but unused memory can be vast. */
		got = resident_skip(&pass->resident, pass->at, pass->mapping.end, &pass->at);
		if (got < 0)
			return got;
		if (pass->at < pass->mapping.end)
			break;
	}
	size = range_size(pass);
	end = (pass->at / size + 1) * size;
	if (end > pass->mapping.end || end < pass->at)
		end = pass->mapping.end;
	*range = (struct batch_range){ .start = pass->at,
		                       .end = end,
		                       .position = position_of(&pass->mapping, pass->at),
		                       .page_size = pass->mapping.page_size,
		                       .may_be_huge = pass->mapping.huge > 0,
		                       .is_file = pass->mapping.kind == MAPPING_FILE,
		                       .is_special = pass->mapping.special,
		                       .node = pass->mapping.nodes == 1
		                                       ? (int)pass->mapping.on[0].node
		                                       : -1 };
	pass->at = end;
	return 1;
}

/* Adds what came of a range to the whole, and makes TALLY anew. */
static void merge(struct pass *pass, struct tally *tally, unsigned long mapping_start)
{
	unsigned long long out = 0;

	for (unsigned i = 0; i < pass->destination->ids; i++) {
		struct tally *whole = &pass->tally[i];

		whole->moved += tally[i].moved;
		whole->already += tally[i].already;
		whole->seen += tally[i].seen;
		whole->out += tally[i].out;
		out += tally[i].out;
		pass->migration->seen += tally[i].seen;
		pass->migration->moved += tally[i].moved;
		for (int r = 0; r < TALLY_REASONS; r++) {
			whole->stayed[r] += tally[i].stayed[r];
			pass->migration->left += tally[i].stayed[r];
		}
	}
	if (kernel_is_closed() && out)
		migration_note(pass->migration, mapping_start, out);
	memset(tally, 0, pass->destination->ids * sizeof(*tally));
}

/* Ranges, until there are none or something fails. */
static int work(struct pass *pass, struct batch *batch, struct tally *tally)
{
	int got = 0;

	pthread_mutex_lock(&pass->lock);
	while (!stopped && !pass->error) {
		unsigned long mapping_start;
		struct batch_range range;

		got = take_range(pass, &range);
		if (got <= 0)
			break;
		mapping_start = pass->mapping.start;
		pthread_mutex_unlock(&pass->lock);
		got = batch_move(batch, &range, tally);
		pthread_mutex_lock(&pass->lock);
		merge(pass, tally, mapping_start);
		if (got)
			break;
	}
	pthread_mutex_unlock(&pass->lock);
	return got;
}

static void *run_worker(void *argument)
{
	struct pass *pass = argument;
	const struct migrate_options *options = pass->options;
	struct batch_options batch_options = {
		.process = pass->process,
		.destination = pass->destination,
		.resident = &pass->resident,
		.shared = options->shared,
		.max_pause = options->max_pause,
		.rate = options->rate
		                ? options->rate / (options->workers ? options->workers : 1) + 1
		                : 0,
		.stop = &stopped,
	};
	struct batch *batch = batch_new(&batch_options);
	struct tally *tally = calloc(pass->destination->ids, sizeof(*tally));
	int error = batch && tally ? work(pass, batch, tally) : -ENOMEM;

	pthread_mutex_lock(&pass->lock);
	if (error < 0 && !pass->error)
		pass->error = error;
	if (batch && batch_longest(batch) > pass->migration->longest)
		pass->migration->longest = batch_longest(batch);
	pass->running--;
	pthread_cond_signal(&pass->ended);
	pthread_mutex_unlock(&pass->lock);
	free(tally);
	batch_free(batch);
	return NULL;
}

/* Until all workers have ended; with a word to the caller now and then. */
static void wait_for_workers(struct pass *pass, unsigned long long start)
{
	pthread_mutex_lock(&pass->lock);
	while (pass->running) {
		struct timespec until;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += SHOW_EVERY;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		pthread_cond_timedwait(&pass->ended, &pass->lock, &until);
		pass->migration->elapsed = util_now() - start;
		if (pass->options->show)
			pass->options->show(pass->migration, false);
	}
	pthread_mutex_unlock(&pass->lock);
}

static void run_workers(struct pass *pass, unsigned long long start)
{
	unsigned count = pass->migration->workers, begun = 0;
	pthread_t *threads = calloc(count, sizeof(*threads));

	/* One is enough where the machine gives no more threads. */
	pass->running = count;
	while (threads && begun < count && !pthread_create(&threads[begun], NULL, run_worker, pass))
		begun++;
	pthread_mutex_lock(&pass->lock);
	pass->running -= count - begun - (begun ? 0 : 1);
	pass->migration->workers = begun ? begun : 1;
	pthread_mutex_unlock(&pass->lock);
	if (!begun)
		run_worker(pass);
	wait_for_workers(pass, start);
	for (unsigned i = 0; i < begun; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

/* What the first pass did not come to, when it was stopped, was there before all the same. */
static void finish_before(struct pass *pass)
{
	while (mapping_next(pass->reader, &pass->mapping) > 0)
		if (pass->options->kinds & 1U << pass->mapping.kind)
			migration_add(pass->migration, MIGRATION_BEFORE, &pass->mapping);
	pass->migration->total = migration_before(pass->migration);
}

/* 0 or -errno, of opening as of moving. */
static int run_pass(struct pass *pass, unsigned long long start)
{
	unsigned parts = MAPPING_ENDS;
	int error = resident_open(pass->process->directory, &pass->resident);

	if (error)
		return error;
	if (!pass->resident.scans && pass->resident.huge_size &&
	    mapping_has_thp(pass->process->directory))
		parts |= MAPPING_THP;
	error = mapping_open(pass->process->directory, parts, &pass->reader);
	if (!error) {
		memset(&pass->mapping, 0, sizeof(pass->mapping));
		pass->at = 0;
		pass->error = 0;
		pass->migration->seen = pass->migration->left = 0;
		migration_forget(pass->migration, MIGRATION_AFTER);
		run_workers(pass, start);
		error = pass->error;
		if (pass->first)
			finish_before(pass);
		mapping_close(pass->reader);
	}
	resident_close(&pass->resident);
	return error;
}

static unsigned long long sum_out(const struct migration *migration, const struct tally *tally)
{
	unsigned long long out = 0;

	for (unsigned i = 0; i < migration->ids; i++)
		out += tally[i].out;
	return out;
}

/* Whether one more pass may help. */
static bool goes_on(struct pass *pass, unsigned *idle)
{
	unsigned long long busy = 0;
	struct timespec pause = { .tv_nsec = 20000000L << *idle };

	for (unsigned i = 0; i < pass->migration->ids; i++)
		busy += pass->tally[i].stayed[TALLY_BUSY] + pass->tally[i].stayed[TALLY_HUGE];
	if (kernel_is_closed() || !pass->destination->repeatable ||
	    pass->migration->passes == PASSES + pass->programs ||
	    !sum_out(pass->migration, pass->tally))
		return false;
	if (pass->moved) {
		*idle = 0;
		return true;
	}
	if (!busy || ++*idle == IDLE_PASSES)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

static enum migration_end run_passes(struct pass *pass, unsigned long long start)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct migration *migration = pass->migration;
	unsigned idle = 0;

	for (;;) {
		unsigned long long moved = migration->moved;
		int error;

		memset(pass->tally, 0, migration->ids * sizeof(*pass->tally));
		migration->passes++;
		pass->first = migration->passes == 1;
		error = run_pass(pass, start);
		migration_fold(migration, pass->tally, pass->first, error || stopped);
		migration->elapsed = util_now() - start;
		if (pass->options->show)
			pass->options->show(migration, true);
		if (process_is_gone(pass->process))
			return MIGRATION_GONE;
		/* It executes another program: for a moment it has no memory, then new one. */
		if (error == -ESRCH && pass->programs < PROGRAMS && !stopped) {
			pass->programs++;
			nanosleep(&pause, NULL);
			continue;
		}
		migration->error = error;
		if (error)
			return MIGRATION_FAILED;
		if (stopped)
			return MIGRATION_INTERRUPTED;
		pass->moved = migration->moved - moved;
		if (!goes_on(pass, &idle))
			return MIGRATION_DONE;
	}
}

void migrate_run(const struct process *process, const struct destination *destination,
                 const struct migrate_options *options, struct migration *migration)
{
	struct pass pass = { .process = process,
		             .destination = destination,
		             .options = options,
		             .migration = migration };
	unsigned long long start = util_now();
	pthread_condattr_t monotonic;
	int error;

	/* Mappings are noted in their order, which takes a single worker. */
	migration->workers = kernel_is_closed() || !options->workers ? 1 : options->workers;
	pthread_mutex_init(&pass.lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&pass.ended, &monotonic);
	pass.tally = calloc(migration->ids, sizeof(*pass.tally));
	migration_forget(migration, MIGRATION_BEFORE);
	if (pass.tally) {
		migration->end = run_passes(&pass, start);
	} else {
		migration->end = MIGRATION_FAILED;
		migration->error = -ENOMEM;
	}
	free(pass.tally);
	pthread_cond_destroy(&pass.ended);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_destroy(&pass.lock);
	/* A pass that moved nothing has looked already. */
	error = migration->end == MIGRATION_GONE ||
	                        (migration->end == MIGRATION_DONE && !pass.moved)
	                ? 0
	                : migration_look(migration, MIGRATION_AFTER, process, options->kinds);
	if (process_is_gone(process)) {
		migration->end = MIGRATION_GONE;
	} else if (error && migration->end != MIGRATION_FAILED) {
		migration->end = MIGRATION_FAILED;
		migration->error = error;
	}
}
