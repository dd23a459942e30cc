/* The loops behind --measure: what is gone through, and all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/stream.h"

/* More than three arrays of three steps, and no multiple of anything. */
#define LENGTH (11 * STREAM_STEP + 4096)

static char *allocate(void)
{
	char *buffer = aligned_alloc(64, LENGTH);

	assert_non_null(buffer);
	stream_fill(buffer, LENGTH);
	return buffer;
}

/* Steps until the stream begins anew. */
static size_t pass(struct stream *stream)
{
	size_t bytes = 0;

	do
		bytes += stream_step(stream);
	while (stream->position);
	return bytes;
}

static void within_the_buffer(void **state)
{
	(void)state;
	for (size_t length = STREAM_LEAST; length <= LENGTH; length += 4096)
		for (int kind = 0; kind < STREAM_KINDS; kind++) {
			char *buffer = (char *)64;
			struct stream stream;
			char *end = buffer;

			stream_init(&stream, (enum stream_kind)kind, buffer, length);
			assert_true(stream.length >= STREAM_STEP);
			assert_int_equal(stream.length % STREAM_STEP, 0);
			for (int i = 0; i < 3 && stream.array[i]; i++) {
				/* One behind the other, each at a line. */
				assert_true(stream.array[i] >= end);
				assert_int_equal((uintptr_t)stream.array[i] % 64, 0);
				end = stream.array[i] + stream.length;
			}
			assert_true(end <= buffer + length);
		}
}

static void counts_what_it_moves(void **state)
{
	static const size_t arrays[] = { 1, 1, 2, 3 };
	char *buffer = allocate();

	(void)state;
	for (int kind = 0; kind < STREAM_KINDS; kind++) {
		struct stream stream;

		stream_init(&stream, (enum stream_kind)kind, buffer, LENGTH);
		assert_int_equal(pass(&stream), arrays[kind] * stream.length);
	}
	free(buffer);
}

static void reading_changes_nothing(void **state)
{
	char *buffer = allocate(), *copy = allocate();
	struct stream stream;

	(void)state;
	memcpy(copy, buffer, LENGTH);
	stream_init(&stream, STREAM_READ, buffer, LENGTH);
	pass(&stream);
	assert_memory_equal(buffer, copy, LENGTH);
	free(copy);
	free(buffer);
}

/* Each line is written, and with no word of zero: memory may be faster with those. */
static void writes_every_line(void **state)
{
	char *buffer = allocate();
	struct stream stream;

	(void)state;
	stream_init(&stream, STREAM_WRITE, buffer, LENGTH);
	pass(&stream);
	for (size_t i = 0; i < stream.length; i += 64)
		assert_memory_equal(buffer + i, buffer, 64);
	for (size_t i = 0; i < 64; i += 8) {
		uint64_t word;

		memcpy(&word, buffer + i, 8);
		assert_true(word >> 32 && word & UINT32_MAX);
	}
	free(buffer);
}

static void copies_every_line(void **state)
{
	char *buffer = allocate();
	struct stream stream;

	(void)state;
	stream_init(&stream, STREAM_COPY, buffer, LENGTH);
	assert_memory_not_equal(stream.array[0], stream.array[1], stream.length);
	pass(&stream);
	assert_memory_equal(stream.array[0], stream.array[1], stream.length);
	free(buffer);
}

static void mixes_both(void **state)
{
	char *buffer = allocate();
	struct stream stream;

	(void)state;
	stream_init(&stream, STREAM_MIX, buffer, LENGTH);
	pass(&stream);
	for (size_t i = 0; i < stream.length; i++)
		assert_int_equal(stream.array[0][i],
		                 (char)(stream.array[1][i] ^ stream.array[2][i]));
	free(buffer);
}

static int compare(const void *a, const void *b)
{
	uint64_t left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return (left > right) - (left < right);
}

static void fills_without_repeating(void **state)
{
	size_t words = LENGTH / 8;
	uint64_t *word = (uint64_t *)(void *)allocate();

	(void)state;
	qsort(word, words, sizeof(*word), compare);
	assert_true(word[0]);
	for (size_t i = 1; i < words; i++)
		assert_true(word[i] != word[i - 1]);
	free(word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(within_the_buffer),       cmocka_unit_test(counts_what_it_moves),
		cmocka_unit_test(reading_changes_nothing), cmocka_unit_test(writes_every_line),
		cmocka_unit_test(copies_every_line),       cmocka_unit_test(mixes_both),
		cmocka_unit_test(fills_without_repeating),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
