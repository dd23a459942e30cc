/* The first line of a command that cannot be run: why is said in one line, whatever it holds. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/command.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

MUTATE_TEXT("#!/bin/sh\n", "#!", " ", "\r\n", "/usr/bin/env sh", "\177ELF")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	static char path[64];
	char sentence[COMMAND_SENTENCE];

	if (file < 0) {
		file = memfd_create("script", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	}
	CHECK(file >= 0 && !ftruncate(file, 0));
	CHECK(pwrite(file, data, size, 0) == (ssize_t)size);
	memset(sentence, 'x', sizeof(sentence));
	command_explain(path, -ENOENT, sentence);
	CHECK(memchr(sentence, '\0', sizeof(sentence)) && *sentence && !strchr(sentence, '\n'));
	return 0;
}
