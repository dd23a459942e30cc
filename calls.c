#include "calls.h"

#include <errno.h>
#include <time.h>

#include "lib/kernel.h"
#include "lib/process.h"
#include "lib/util.h"

/* Of 2 ms each, until a process that is ending has ended. */
#define WAITS 1000

/* The first call; later ones grow to the most pages as long as they keep to the longest pause. */
#define FIRST_PAGES 256

/*
 * The shortest: what it takes to move fewer is little beside what each call costs, which waits for
 * every CPU to give up the pages that it has in hand (lru_add_drain_all).
 */
#define LEAST_PAGES 64

/* Parts of a second that a rate is kept in. */
#define PACE 20

/* What a rate allows in a twentieth of a second, and one page at least. */
static unsigned long most_bytes(const struct calls *calls)
{
	unsigned long most = calls->most_pages * calls->page_size;

	if (!calls->rate || calls->rate / PACE >= most)
		return most;
	return calls->rate / PACE > calls->page_size ? calls->rate / PACE : calls->page_size;
}

static unsigned long least_of(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

void calls_begin(struct calls *calls)
{
	calls->limit = least_of(FIRST_PAGES * calls->page_size, most_bytes(calls));
	calls->longest = 0;
	calls->started = util_now();
	calls->sent = 0;
}

bool calls_are_stopped(const struct calls *calls)
{
	return calls->stop && *calls->stop;
}

/*
 * ESRCH is said of a process that is ending: soon it is gone. Or its first thread has ended, as
 * another one executes a program: that one soon takes its place, and the call can be made again.
 */
static long call_kernel(const struct calls *calls, unsigned count, const unsigned long pages[],
                        const int nodes[], int status[])
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	long result = -ESRCH;

	for (unsigned i = 0; i < count; i++)
		status[i] = CALLS_UNKNOWN;
	for (unsigned i = 0; result == -ESRCH && i < WAITS; i++) {
		if (i)
			nanosleep(&pause, NULL);
		/* The number may be another process's by now; its pages are none of ours. */
		if ((nodes || i) && process_is_gone(calls->process))
			return -ESRCH;
		result = kernel_move_pages(calls->process->pid, count, pages, nodes, status,
		                           nodes && calls->shared);
	}
	return result;
}

int calls_ask(const struct calls *calls, unsigned count, const unsigned long pages[], int status[])
{
	return count ? (int)call_kernel(calls, count, pages, NULL, status) : 0;
}

/* Shorter calls when one took too long, longer ones when there is time to spare. */
static void adapt(struct calls *calls, unsigned long bytes, unsigned long long elapsed)
{
	unsigned long most = most_bytes(calls);
	unsigned long least = least_of(LEAST_PAGES * calls->page_size, most);

	if (elapsed > calls->longest)
		calls->longest = elapsed;
	calls->sent += bytes;
	if (elapsed > calls->max_pause)
		calls->limit = calls->limit / 2 > least ? calls->limit / 2 : least;
	else if (elapsed < calls->max_pause / 2 && bytes >= calls->limit)
		calls->limit = least_of(2 * calls->limit, most);
}

long calls_send(struct calls *calls, unsigned count, unsigned long bytes,
                const unsigned long pages[], const int nodes[], int status[])
{
	unsigned long long start = util_now();
	long result = call_kernel(calls, count, pages, nodes, status);

	adapt(calls, bytes, util_now() - start);
	return result;
}

/* A part of a second at a time. */
void calls_pace(const struct calls *calls)
{
	if (!calls->rate)
		return;
	while (!calls_are_stopped(calls)) {
		double due = (double)calls->sent / (double)calls->rate;
		double wait = due - (double)(util_now() - calls->started) / 1e9;
		struct timespec step = { .tv_nsec = wait > 1.0 / PACE ? 1000000000 / PACE
			                                              : (long)(wait * 1e9) };

		if (wait <= 0)
			return;
		nanosleep(&step, NULL);
	}
}
