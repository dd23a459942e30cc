/* The kernel's lists of ids: what parses is written and parsed again, as a list and as a mask. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/idset.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

/* Room for the widest mask: nine characters for each 32 bits. */
#define MASK_TEXT (IDSET_MAX / 32 * 9 + 1)

static void write_mask(const struct idset *set, char text[MASK_TEXT])
{
	int length = 0;

	for (unsigned group = IDSET_MAX / 32; group-- > 0;) {
		unsigned word = 0;

		for (unsigned bit = 0; bit < 32; bit++)
			word |= (unsigned)idset_has(set, group * 32 + bit) << bit;
		length += sprintf(text + length, group ? "%08x," : "%08x", word);
	}
}

MUTATE_TEXT(",", "-", ":", "\n", "0-3", "0-31:1/4", "8191")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char list[IDSET_TEXT], mask[MASK_TEXT];
	struct idset set, again, untouched;
	size_t digits = 0;

	memset(&set, 0x5a, sizeof(set));
	untouched = set;
	if (idset_parse_list((const char *)data, size, &set)) {
		CHECK(!memcmp(&set, &untouched, sizeof(set)));
		return 0;
	}
	/* Each id and each range is something; nothing else is taken but what is passed over. */
	for (size_t i = 0; i < size; i++)
		digits += data[i] >= '0' && data[i] <= '9';
	CHECK(idset_empty(&set) == (digits == 0));
	memset(list, 'x', sizeof(list));
	CHECK(idset_text(&set, list) == list && memchr(list, '\0', sizeof(list)));
	CHECK(!idset_parse_list(list, strlen(list), &again) && idset_equal(&set, &again));
	write_mask(&set, mask);
	CHECK(!idset_parse_mask(mask, strlen(mask), &again) && idset_equal(&set, &again));
	return 0;
}
