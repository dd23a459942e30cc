/* Memory streamed through as fast as one thread can: the loops behind bandwidths. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>

/* STREAM_MIX reads two bytes for each that it writes. */
enum stream_kind { STREAM_READ, STREAM_WRITE, STREAM_COPY, STREAM_MIX, STREAM_KINDS };

/* "read", "write", "copy", "mix" */
extern const char *const stream_kind_names[STREAM_KINDS];

/* What is gone through at once, in each of its arrays, bytes. */
#define STREAM_STEP 262144UL

/* A buffer is cut into as many arrays as its kind needs. */
struct stream {
	enum stream_kind kind;
	char *array[3]; /* the first is written, where any is */
	size_t length;  /* of each */
	size_t position;
};

/* The least length of a buffer, for any kind. */
#define STREAM_LEAST (4 * STREAM_STEP)

/*
 * Fills a buffer, of whole words, with what no two of its lines have in common, and brings its
 * pages in. Some memory is twice as fast where lines are half of zeros (seen on an EPYC 9004): that
 * is not what programs keep there.
 */
void stream_fill(void *buffer, size_t length);

/* BUFFER begins with a cache line, and has LENGTH of at least STREAM_LEAST bytes; not owned. */
void stream_init(struct stream *stream, enum stream_kind kind, void *buffer, size_t length);

/* Goes on for a step, at the end from the start again. Returns the bytes read and written. */
size_t stream_step(struct stream *stream);

/* Whether stores go past the caches (x86): otherwise a line is read before it is written. */
bool stream_stores_past_caches(void);

#endif
