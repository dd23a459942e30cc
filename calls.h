/* The calls that ask for a process's pages or move them: how long each is, and how fast they go. */
#ifndef CALLS_H
#define CALLS_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>

struct process;

/* A status that the kernel did not write: when pages fail it stops, and leaves the rest. */
#define CALLS_UNKNOWN INT_MIN

struct calls {
	const struct process *process;
	bool shared; /* pages that other processes map too */
	unsigned long page_size;
	unsigned long most_pages;          /* of a single call */
	unsigned long long max_pause;      /* ns, of a call */
	unsigned long rate;                /* bytes a second; 0: no limit */
	const volatile sig_atomic_t *stop; /* no call is begun when it is set; may be NULL */

	unsigned long limit;        /* bytes of the next call: what the ones before have come to */
	unsigned long long longest; /* of the calls so far, ns */
	unsigned long long started, sent;
};

/* With the first members set. */
void calls_begin(struct calls *calls);

bool calls_are_stopped(const struct calls *calls);

/* Where each of COUNT pages is: its node or -errno. Returns 0, or -errno of the whole. */
int calls_ask(const struct calls *calls, unsigned count, const unsigned long pages[], int status[]);

/*
 * Sends COUNT pages, of BYTES in all, to their nodes, and adapts the limit to the time that took.
 * Returns what the kernel does: how many failed to move where it stopped at them, or -errno.
 */
long calls_send(struct calls *calls, unsigned count, unsigned long bytes,
                const unsigned long pages[], const int nodes[], int status[]);

/* Waits until what was sent is no more than the rate allows, or they are stopped. */
void calls_pace(const struct calls *calls);

#endif
