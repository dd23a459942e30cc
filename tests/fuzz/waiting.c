/* /proc/PID/syscall: what is found, written out as the kernel would, is found again. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/waiting.h"
#include "tests/fuzz/shared/files.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define THREAD 17

static const char path[] = "/proc/17/syscall\n";

static void read_text(const void *text, size_t size, struct waiting *waiting)
{
	uint8_t *file = malloc(sizeof(path) + size);

	CHECK(file);
	memcpy(file, path, sizeof(path) - 1);
	if (size)
		memcpy(file + sizeof(path) - 1, text, size);
	files_set(file, sizeof(path) - 1 + size);
	memset(waiting, 0, sizeof(*waiting));
	waiting_read(THREAD, waiting);
	free(file);
}

MUTATE_TEXT("22 0x5 0x7f10 0x1 0xffffffff 0x0 0x8 0x7ffc 0x7f20\n", "running", "-1 0x7ffc 0x7f20\n",
            "0x", " ", "232", "281", "\n")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct waiting waiting, again;
	char text[512];
	const unsigned long *argument = waiting.argument;

	read_text(data, size, &waiting);
	CHECK(waiting.number >= -1);
	waiting_is_endless(&waiting);
	if (waiting.number < 0)
		return 0;
	snprintf(text, sizeof(text), "%ld 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n",
	         waiting.number, argument[0], argument[1], argument[2], argument[3], argument[4],
	         argument[5], waiting.stack, waiting.instruction);
	read_text(text, strlen(text), &again);
	CHECK(!memcmp(&waiting, &again, sizeof(again)));
	return 0;
}
