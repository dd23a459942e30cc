/* /proc/PID/stat: what is found, written out as the kernel would, is found again. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/idset.h"
#include "lib/load.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

MUTATE_TEXT("17 (sh) R 1 17 17 0 -1 4194304 1 0 0 0 2 3 0 0 20 0 1 0 99 1024 5 "
            "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0",
            "(", "(a) b)", ") ", "R", "D", "-1", " ")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct load_task task, again;
	char text[256];
	int length, error = load_parse((const char *)data, size, &task);

	if (error) {
		CHECK(error == -EINVAL);
		return 0;
	}
	CHECK(task.cpu < IDSET_MAX);
	length =
		snprintf(text, sizeof(text),
	                 "1 (a) b) %c 1 1 1 0 -1 0 1 0 0 0 2 3 0 0 20 0 %lu 0 9 1 5 18 1 1 0 0 0 0 "
	                 "0 0 0 0 0 0 17 %u 0 0\n",
	                 task.state, task.threads, task.cpu);
	CHECK(!load_parse(text, (size_t)length, &again));
	CHECK(again.state == task.state && again.threads == task.threads && again.cpu == task.cpu);
	return 0;
}
