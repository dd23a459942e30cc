/* How much memory a running process has on each node, by the kinds that numastat tells apart. */
#ifndef USAGE_H
#define USAGE_H

/* Private is all that is not one of the others: files and shared memory too. */
enum usage_kind { USAGE_HUGE, USAGE_HEAP, USAGE_STACK, USAGE_PRIVATE, USAGE_KINDS };

/* "huge", "heap", "stack", "private" */
extern const char *const usage_kind_names[USAGE_KINDS];

struct usage {
	unsigned ids;                          /* of the highest node with memory, and one */
	unsigned long long (*on)[USAGE_KINDS]; /* ids of them: bytes on each node; owned */
};

/*
 * DIRECTORY is /proc/PID. Returns 0; or -errno with nothing to free (-ESRCH: the process has ended,
 * -EBADMSG: malformed).
 */
int usage_read(int directory, struct usage *usage);
void usage_free(struct usage *usage);

/* Bytes of one kind or, where that is USAGE_KINDS, of all, on one node. */
unsigned long long usage_on(const struct usage *usage, unsigned node, unsigned kind);

/* The same on all nodes. */
unsigned long long usage_total(const struct usage *usage, unsigned kind);

#endif
