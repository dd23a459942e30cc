/* What came of the pages on a node, in bytes. */
#ifndef TALLY_H
#define TALLY_H

/* Why a page is not where it belongs. */
enum tally_reason {
	TALLY_BUSY,        /* held by the kernel or a device for longer than we tried */
	TALLY_HUGE,        /* likewise of a huge page; or it could not be split */
	TALLY_SHARED,      /* memory that other processes map too */
	TALLY_SHARED_FILE, /* likewise of files (libraries, programs): no failure */
	TALLY_FULL,        /* no room on any node that it could go to */
	TALLY_UNMOVABLE,   /* the kernel does not move this kind of page */
	TALLY_KERNEL,      /* the kernel's own (the vdso): no failure */
	TALLY_NOT_TRIED,   /* we were stopped before */
	TALLY_REASONS
};

struct tally {
	unsigned long long moved;   /* to here */
	unsigned long long already; /* in place before */
	unsigned long long stayed[TALLY_REASONS];
	unsigned long long seen, out; /* that were here at first: all, and those out of place */
};

/* Adds BYTES that were on NODE to the tallies of the nodes, of which TALLY is the first. */
void tally_add_moved(struct tally *tally, int node, int to, unsigned long long bytes);
void tally_add_stayed(struct tally *tally, int node, enum tally_reason reason,
                      unsigned long long bytes);
void tally_add_already(struct tally *tally, int node, unsigned long long bytes);

/* All that stayed, for whatever reason. */
unsigned long long tally_stayed(const struct tally *tally);

#endif
