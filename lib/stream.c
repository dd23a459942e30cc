#include "lib/stream.h"

#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * What SSE2 and NEON load at once. Of wider types compilers without wider registers keep parts in
 * memory, and the loop then waits for its own stores; on an EPYC 9004 32 bytes are no faster.
 */
typedef uint64_t vector __attribute__((vector_size(16), may_alias));

#define STEP_VECTORS (STREAM_STEP / sizeof(vector))

/*
 * Between arrays: ones that are a power of two apart fall into the same sets of caches and the same
 * banks of memory.
 */
#define STAGGER 6144UL

const char *const stream_kind_names[STREAM_KINDS] = {
	[STREAM_READ] = "read",
	[STREAM_WRITE] = "write",
	[STREAM_COPY] = "copy",
	[STREAM_MIX] = "mix",
};

/* The compiler has to take it that somebody looks at what is there. */
static void keep(const void *result)
{
	__asm__ volatile("" : : "r"(result) : "memory");
}

bool stream_stores_past_caches(void)
{
#ifdef __SSE2__
	return true;
#else
	return false;
#endif
}

#ifdef __SSE2__
static inline void store(vector *at, vector value)
{
	_mm_stream_si128((__m128i *)at, (__m128i)value);
}

/* Such stores are weakly ordered: the step is over when they are. */
static inline void finish(void)
{
	_mm_sfence();
}
#else
/* Arm's cores see a stream of stores by themselves, and then allocate no line for it. */
static inline void store(vector *at, vector value)
{
	*at = value;
}

static inline void finish(void)
{
}
#endif

/* Four sums, so that no load waits for the one before it; by name, to be in registers. */
static void read_step(const vector *from)
{
	vector first = { 0 }, second = { 0 }, third = { 0 }, fourth = { 0 };

	for (size_t i = 0; i < STEP_VECTORS; i += 4) {
		first ^= from[i];
		second ^= from[i + 1];
		third ^= from[i + 2];
		fourth ^= from[i + 3];
	}
	first ^= second ^ third ^ fourth;
	keep(&first);
}

static void write_step(vector *to)
{
	/* Nothing of it is zero: see stream_fill. */
	const vector value = { UINT64_MAX - 1, UINT64_MAX - 2 };

	for (size_t i = 0; i < STEP_VECTORS; i++)
		store(to + i, value);
	finish();
	keep(to);
}

static void copy_step(vector *to, const vector *from)
{
	for (size_t i = 0; i < STEP_VECTORS; i++)
		store(to + i, from[i]);
	finish();
	keep(to);
}

static void mix_step(vector *to, const vector *from, const vector *other)
{
	for (size_t i = 0; i < STEP_VECTORS; i++)
		store(to + i, from[i] ^ other[i]);
	finish();
	keep(to);
}

void stream_fill(void *buffer, size_t length)
{
	uint64_t *word = buffer, state = (uint64_t)(uintptr_t)buffer | 1;

	/* Marsaglia's xorshift. */
	for (size_t i = 0; i < length / sizeof(*word); i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		word[i] = state;
	}
}

static size_t arrays_of(enum stream_kind kind)
{
	return kind == STREAM_MIX ? 3 : kind == STREAM_COPY ? 2 : 1;
}

void stream_init(struct stream *stream, enum stream_kind kind, void *buffer, size_t length)
{
	size_t arrays = arrays_of(kind);

	*stream = (struct stream){ .kind = kind };
	stream->length = (length - (arrays - 1) * STAGGER) / arrays / STREAM_STEP * STREAM_STEP;
	for (size_t i = 0; i < arrays; i++)
		stream->array[i] = (char *)buffer + i * (stream->length + STAGGER);
}

/* Where the next step of an array begins. */
static vector *next_of(const struct stream *stream, int array)
{
	return (vector *)(void *)(stream->array[array] + stream->position);
}

size_t stream_step(struct stream *stream)
{
	switch (stream->kind) {
	case STREAM_READ: read_step(next_of(stream, 0)); break;
	case STREAM_WRITE: write_step(next_of(stream, 0)); break;
	case STREAM_COPY: copy_step(next_of(stream, 0), next_of(stream, 1)); break;
	default: mix_step(next_of(stream, 0), next_of(stream, 1), next_of(stream, 2));
	}
	stream->position += STREAM_STEP;
	if (stream->position == stream->length)
		stream->position = 0;
	return arrays_of(stream->kind) * STREAM_STEP;
}
