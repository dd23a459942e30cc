/* nodeN/distance: the count does not hang on how much fits, and nothing is stored beyond that. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/distance.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define MANY 64
#define FEW 3
#define MARK 0xfeedU

MUTATE_TEXT(" ", "10", "21", "\n", "255")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned many[MANY], few[FEW + 1] = { [FEW] = MARK };
	int count = distance_parse((const char *)data, size, many, MANY);

	CHECK(count >= 0 || count == -EINVAL || count == -ERANGE);
	CHECK(distance_parse((const char *)data, size, few, FEW) == count);
	CHECK(distance_parse((const char *)data, size, NULL, 0) == count);
	CHECK(few[FEW] == MARK);
	for (int i = 0; i < count && i < FEW; i++)
		CHECK(few[i] == many[i]);
	/* Each number takes a digit and, but for the last, something behind it. */
	CHECK(count <= 0 || (size_t)count <= (size + 1) / 2);
	return 0;
}
