#include "tests/fuzz/shared/mutate.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where arithmetic ends, and where what is too large begins. */
static const char *const numbers[] = {
	"0",
	"1",
	"2",
	"7",
	"10",
	"31",
	"32",
	"63",
	"64",
	"255",
	"256",
	"1024",
	"4095",
	"8191",
	"8192",
	"2147483647",
	"2147483648",
	"4294967295",
	"4096",
	"00",
	"07",
	"4294967296",
	"-1",
	"9223372036854775807",
	"65535",
	"65536",
	"1048576",
	"9223372036854775808",
	"18446744073709551615",
	"18446744073709551616",
};

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

struct text {
	uint8_t *bytes;
	size_t size, max;
	uint32_t state;
};

struct span {
	size_t at, length;
};

/* Xorshift: libFuzzer hands out a new seed for each input. */
static size_t below(struct text *text, size_t limit)
{
	text->state ^= text->state << 13;
	text->state ^= text->state >> 17;
	text->state ^= text->state << 5;
	return limit ? text->state % limit : 0;
}

/* Tokens are runs of digits, of letters, of blanks; all else stands alone. */
static int class_of(uint8_t c)
{
	return isdigit(c) ? 1 : isalpha(c) || c == '_' ? 2 : c == ' ' || c == '\t' ? 3 : 0;
}

static bool is_same(const struct text *text, size_t a, size_t b, bool lines)
{
	const uint8_t *bytes = text->bytes;

	/* A line ends behind its newline, or the NUL between two files. */
	if (lines)
		return bytes[a] != '\n' && bytes[a];
	return class_of(bytes[a]) && class_of(bytes[a]) == class_of(bytes[b]);
}

static struct span pick(struct text *text, bool lines)
{
	size_t at = below(text, text->size), end = at + 1;

	while (at > 0 && is_same(text, at - 1, at, lines))
		at--;
	while (end < text->size && is_same(text, end - 1, end, lines))
		end++;
	return (struct span){ at, end - at };
}

/* WITH may lie in the text itself. Too long: nothing. */
static void splice(struct text *text, struct span span, const void *with, size_t length)
{
	uint8_t *copy;

	if (text->size - span.length + length > text->max)
		return;
	copy = malloc(length + 1);
	if (!copy)
		abort();
	memcpy(copy, with, length);
	memmove(text->bytes + span.at + length, text->bytes + span.at + span.length,
	        text->size - span.at - span.length);
	memcpy(text->bytes + span.at, copy, length);
	text->size += length - span.length;
	free(copy);
}

/* What is between them stays; spans that overlap stay too. */
static void swap(struct text *text, struct span a, struct span b)
{
	struct span first = a.at < b.at ? a : b, second = a.at < b.at ? b : a;
	size_t behind = first.at + first.length, length = second.at + second.length - first.at;
	uint8_t *from = text->bytes + first.at, *copy, *to;

	if (behind > second.at)
		return;
	copy = to = malloc(length);
	if (!copy)
		abort();
	to = mempcpy(to, text->bytes + second.at, second.length);
	to = mempcpy(to, text->bytes + behind, second.at - behind);
	memcpy(to, from, first.length);
	memcpy(from, copy, length);
	free(copy);
}

static void put_word(struct text *text, struct span span, const char *const words[])
{
	size_t count = 0;

	while (words[count])
		count++;
	if (count) {
		const char *word = words[below(text, count)];

		splice(text, span, word, strlen(word));
	}
}

static void put_number(struct text *text, struct span span)
{
	char small[16];
	const char *number = numbers[below(text, NUMBERS)];

	if (below(text, 2)) {
		snprintf(small, sizeof(small), "%zu", below(text, 100));
		number = small;
	}
	splice(text, span, number, strlen(number));
}

/* Anywhere, the next number. */
static struct span pick_number(struct text *text)
{
	struct span span = pick(text, false);

	for (int i = 0; i < 16 && !isdigit(text->bytes[span.at]); i++)
		span = pick(text, false);
	return span;
}

static void mutate(struct text *text, const char *const words[])
{
	bool lines = below(text, 3) == 0;
	struct span span = pick(text, lines), other = pick(text, lines);
	struct span border = { other.at, 0 }, behind = { span.at + span.length, 0 };

	switch (below(text, 8)) {
	case 0: splice(text, span, "", 0); break;
	case 1: splice(text, behind, text->bytes + span.at, span.length); break;
	case 2: splice(text, border, text->bytes + span.at, span.length); break;
	case 3: splice(text, other, text->bytes + span.at, span.length); break;
	case 4: swap(text, span, other); break;
	case 5: put_word(text, pick(text, false), words); break;
	case 6: put_word(text, behind, words); break;
	case 7: put_number(text, pick_number(text)); break;
	}
}

size_t mutate_text(uint8_t *data, size_t size, size_t max, unsigned seed, const char *const words[])
{
	struct text text = { data, size, max, seed * 2654435761U | 1 };

	/* What its own way finds is not to be lost: cuts, bytes of any kind, other inputs. */
	below(&text, 2);
	if (below(&text, 3) == 0)
		return LLVMFuzzerMutate(data, size, max);
	if (!size)
		put_word(&text, (struct span){ 0, 0 }, words);
	else
		mutate(&text, words);
	/* Nothing at all says nothing. */
	return text.size ? text.size : LLVMFuzzerMutate(data, size, max);
}
