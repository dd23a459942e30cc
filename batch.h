/* The pages in a range of addresses of a process: found, sent where they belong, and counted. */
#ifndef BATCH_H
#define BATCH_H

#include <signal.h>
#include <stdbool.h>

struct destination;
struct process;
struct resident;
struct tally;

/* The most pages of a single call: with more the process waits for longer, and nothing is won. */
#define BATCH_PAGES 2048

struct batch_options {
	const struct process *process;
	const struct destination *destination;
	const struct resident *resident;
	bool shared;                       /* pages that other processes map too */
	unsigned long long max_pause;      /* ns, of a call */
	unsigned long rate;                /* bytes a second; 0: no limit */
	const volatile sig_atomic_t *stop; /* no call is begun when it is set */
};

struct batch_range {
	unsigned long start, end; /* of one mapping; multiples of its page size */
	unsigned long
		position; /* that of start in what it maps: the index of a page is counted from there */
	unsigned long page_size; /* bytes; of hugetlb its size */
	bool may_be_huge; /* transparent huge pages may be here, and the kernel does not say where */
	bool is_file, is_special; /* mapping->special */
	int node;                 /* by numa_maps all pages are on this one; -1: on several */
};

/* A worker's own: buffers, the size that calls have come to, which nodes are full. */
struct batch;

/* NULL: no memory. */
struct batch *batch_new(const struct batch_options *options);
void batch_free(struct batch *batch);

/*
 * Adds what came of each page to TALLY, of destination->ids elements. Returns 0, also when it was
 * stopped; or -errno of a call that failed as a whole: -ESRCH where the process has ended.
 */
int batch_move(struct batch *batch, const struct batch_range *range, struct tally *tally);

/* The longest of its calls so far, ns. */
unsigned long long batch_longest(const struct batch *batch);

#endif
