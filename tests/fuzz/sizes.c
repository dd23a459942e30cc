/* Sizes that users write, by an arithmetic of our own; what is shown of one is never too long. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

/* Nothing, or digits that begin with no 0 unless they are "0", and at most a letter. */
static int expect(const char *text, unsigned long *bytes)
{
	static const char units[] = "kmgt";
	size_t digits = strspn(text, "0123456789");
	const char *unit =
		text[digits] ? strchr(units, tolower((unsigned char)text[digits])) : NULL;
	unsigned __int128 value = 0, most = UTIL_SIZE_MAX;

	if (!digits || (digits > 1 && *text == '0') ||
	    (text[digits] && (!unit || text[digits + 1])))
		return -EINVAL;
	for (size_t i = 0; i < digits; i++) {
		value = value * 10 + (unsigned)(text[i] - '0');
		if (value > most)
			return -ERANGE;
	}
	for (long i = unit ? unit - units + 1 : 0; i > 0; i--) {
		value *= 1024;
		if (value > most)
			return -ERANGE;
	}
	*bytes = (unsigned long)value;
	return 0;
}

MUTATE_TEXT("k", "M", "g", "t", "0", "4611686018427387903", "4611686018427387904")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[64], shown[UTIL_SIZE];
	unsigned long bytes = 4711, expected = 4711;
	int error;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	error = util_parse_size(text, &bytes);
	CHECK(error == expect(text, &expected));
	CHECK(bytes == expected);
	memset(shown, 'x', sizeof(shown));
	CHECK(util_size(bytes, shown) == shown && memchr(shown, '\0', sizeof(shown)));
	return 0;
}
