#include "lib/idset.h"

#include <errno.h>
#include <stdio.h>

#include "lib/util.h"

#define LONGS (IDSET_MAX / IDSET_LONG_BITS)

bool idset_has(const struct idset *set, unsigned id)
{
	return set->bits[id / IDSET_LONG_BITS] >> id % IDSET_LONG_BITS & 1;
}

void idset_add(struct idset *set, unsigned id)
{
	set->bits[id / IDSET_LONG_BITS] |= 1UL << id % IDSET_LONG_BITS;
}

void idset_remove(struct idset *set, unsigned id)
{
	set->bits[id / IDSET_LONG_BITS] &= ~(1UL << id % IDSET_LONG_BITS);
}

void idset_add_range(struct idset *set, unsigned low, unsigned high)
{
	for (unsigned id = low; id <= high; id++)
		idset_add(set, id);
}

int idset_next(const struct idset *set, unsigned from)
{
	for (size_t i = from / IDSET_LONG_BITS; i < LONGS; i++) {
		unsigned long word = set->bits[i];

		if (i == from / IDSET_LONG_BITS)
			word &= ~0UL << from % IDSET_LONG_BITS;
		if (word)
			return (int)(i * IDSET_LONG_BITS) + __builtin_ctzl(word);
	}
	return -1;
}

unsigned idset_count(const struct idset *set)
{
	unsigned count = 0;

	for (size_t i = 0; i < LONGS; i++)
		count += (unsigned)__builtin_popcountl(set->bits[i]);
	return count;
}

bool idset_empty(const struct idset *set)
{
	return idset_next(set, 0) < 0;
}

bool idset_equal(const struct idset *a, const struct idset *b)
{
	return idset_subset(a, b) && idset_subset(b, a);
}

bool idset_subset(const struct idset *part, const struct idset *whole)
{
	for (size_t i = 0; i < LONGS; i++)
		if (part->bits[i] & ~whole->bits[i])
			return false;
	return true;
}

bool idset_overlap(const struct idset *a, const struct idset *b)
{
	for (size_t i = 0; i < LONGS; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

struct idset idset_and(const struct idset *a, const struct idset *b)
{
	struct idset set;

	for (size_t i = 0; i < LONGS; i++)
		set.bits[i] = a->bits[i] & b->bits[i];
	return set;
}

struct idset idset_or(const struct idset *a, const struct idset *b)
{
	struct idset set;

	for (size_t i = 0; i < LONGS; i++)
		set.bits[i] = a->bits[i] | b->bits[i];
	return set;
}

struct idset idset_minus(const struct idset *a, const struct idset *b)
{
	struct idset set;

	for (size_t i = 0; i < LONGS; i++)
		set.bits[i] = a->bits[i] & ~b->bits[i];
	return set;
}

static void trim(const char **text, size_t *length)
{
	while (*length && util_is_filler(**text)) {
		(*text)++;
		(*length)--;
	}
	while (*length && util_is_filler((*text)[*length - 1]))
		(*length)--;
}

/* Reads digits up to END into *id and returns what follows them, or NULL with *error set. */
static const char *parse_id(const char *p, const char *end, unsigned *id, int *error)
{
	unsigned value = 0;

	*error = -EINVAL;
	if (p == end || *p < '0' || *p > '9')
		return NULL;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (unsigned)(*p - '0');
		if (value >= IDSET_MAX) {
			*error = -ERANGE;
			return NULL;
		}
	}
	*id = value;
	return p;
}

int idset_parse_list(const char *text, size_t length, struct idset *set)
{
	struct idset found = { 0 };
	const char *end;
	int error;

	trim(&text, &length);
	end = text + length;
	while (text < end) {
		unsigned low, high;

		text = parse_id(text, end, &low, &error);
		if (!text)
			return error;
		high = low;
		if (text < end && *text == '-')
			text = parse_id(text + 1, end, &high, &error);
		if (!text)
			return error;
		if (high < low)
			return -EINVAL;
		idset_add_range(&found, low, high);
		if (text == end)
			break;
		if (*text++ != ',' || text == end)
			return -EINVAL;
	}
	*set = found;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* From the right: the last digit holds ids 0 to 3, and each comma ends a group of 32. */
int idset_parse_mask(const char *text, size_t length, struct idset *set)
{
	struct idset found = { 0 };
	unsigned id = 0, group = 0;

	trim(&text, &length);
	for (size_t i = length; i-- > 0;) {
		int digit = hex_digit(text[i]);

		if (text[i] == ',') {
			if (id == group || i == 0)
				return -EINVAL;
			id = group += 32;
			continue;
		}
		if (digit < 0 || id - group >= 32)
			return -EINVAL;
		for (unsigned bit = 0; bit < 4; bit++) {
			if (!(digit >> bit & 1))
				continue;
			if (id + bit >= IDSET_MAX)
				return -ERANGE;
			idset_add(&found, id + bit);
		}
		id += 4;
	}
	*set = found;
	return 0;
}

const char *idset_text(const struct idset *set, char text[IDSET_TEXT])
{
	char *p = text, *end = text + IDSET_TEXT;
	int low = idset_next(set, 0);

	*p = '\0';
	while (low >= 0) {
		int high = low;

		while (high + 1 < IDSET_MAX && idset_has(set, (unsigned)high + 1))
			high++;
		if (p > text)
			*p++ = ',';
		p += snprintf(p, (size_t)(end - p), low == high ? "%d" : "%d-%d", low, high);
		low = idset_next(set, (unsigned)high + 1);
	}
	return text;
}
