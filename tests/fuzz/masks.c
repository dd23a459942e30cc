/*
 * The kernel's masks: what parses holds the bits that a second reader, written the other way round,
 * finds, and survives as a list.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/idset.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

/* From the left: so many commas, so many groups of 32 to come. Only for masks that are right. */
static struct idset read_forwards(const char *text, size_t length)
{
	struct idset set = { 0 };
	size_t commas = 0;
	unsigned long group = 0;

	for (size_t i = 0; i < length; i++)
		commas += text[i] == ',';
	for (size_t i = 0; i <= length; i++) {
		if (i < length && text[i] != ',') {
			char digit[2] = { text[i], '\0' };

			if (!strchr("\n\t ", *digit))
				group = group << 4 | strtoul(digit, NULL, 16);
			continue;
		}
		for (unsigned bit = 0; bit < 32; bit++)
			if (group >> bit & 1)
				idset_add(&set, (unsigned)commas * 32 + bit);
		commas--;
		group = 0;
	}
	return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char list[IDSET_TEXT];
	struct idset set, again, untouched;

	memset(&set, 0x5a, sizeof(set));
	untouched = set;
	if (idset_parse_mask((const char *)data, size, &set)) {
		CHECK(!memcmp(&set, &untouched, sizeof(set)));
		return 0;
	}
	again = read_forwards((const char *)data, size);
	CHECK(idset_equal(&set, &again));
	idset_text(&set, list);
	CHECK(!idset_parse_list(list, strlen(list), &again) && idset_equal(&set, &again));
	return 0;
}
