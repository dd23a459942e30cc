/* One run: threads on CPUs, each with its part of a buffer on a node, all at the same time. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* A size that the kernel does not tell. */
#define PROBE_UNKNOWN (-1LL)

struct probe_buffer {
	char *start;
	size_t length;
	unsigned node;
	long long huge; /* bytes of it on huge pages, or PROBE_UNKNOWN */
};

/* Where pages of a buffer are that stand for all of them. */
struct probe_where {
	unsigned asked, on_node; /* of those asked for: on the node that they are to be on */
	int other;               /* a node that others are on; -1: none, or they are nowhere */
};

/*
 * A buffer whose pages are all in memory, on NODE if that has room (the kernel takes another node
 * otherwise, rather than kill for it: see probe_locate). HUGE: on huge pages where there are any;
 * the kernel prefers those of other nodes to small ones of NODE. Returns 0; -EINTR after
 * probe_stop; or -errno, with what failed in *call.
 */
int probe_map(unsigned node, size_t length, bool huge, struct probe_buffer *buffer,
              const char **call);
void probe_unmap(struct probe_buffer *buffer);

/* Asks the kernel for the nodes of a sample of its pages. Returns 0 or -errno. */
int probe_locate(const struct probe_buffer *buffer, struct probe_where *where);

/* What one thread does. */
struct probe_task {
	unsigned cpu;
	bool chases;   /* follows a cycle of lib/chase; otherwise streams */
	unsigned kind; /* enum stream_kind */
	unsigned load; /* the part of the time in which it streams, in percent: 1 to 100 */
	void *start;   /* its part of the buffer, or where in the cycle it is: also at the end */
	size_t length;

	/* Results */
	unsigned long long count, elapsed; /* bytes or loads; ns that they took */
	int error;                         /* -errno: the thread could not stay on its CPU */
};

/* Lasts DURATION ns, or until probe_stop. Returns 0 or -errno, also of a task. */
int probe_run(struct probe_task tasks[], unsigned count, unsigned long long duration);

/* From a signal handler: ends what runs, and all runs after it. */
void probe_stop(void);
bool probe_is_stopped(void);

#endif
