/* /proc/PID/maps, and patterns in memory that it tells of: what is found is there. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "lib/process.h"
#include "lib/text.h"
#include "tests/fuzz/shared/files.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

/* Three of the pieces that are read at once; patterns at its start, across a border, at its end. */
#define START 0x10000000UL
#define SIZE (3UL << 18)

static const struct text_pattern patterns[] = { { { 0xde, 0xad, 0xbe, 0xef }, 4 },
	                                        { { 0x0f, 0x05 }, 2 },
	                                        { { 0 }, 0 } };

static unsigned char bytes[SIZE];

/* Of the process nothing else is mapped. */
ssize_t process_vm_readv(pid_t pid, const struct iovec *to, unsigned long count,
                         const struct iovec *from, unsigned long pieces, unsigned long flags)
{
	unsigned long start = (unsigned long)from->iov_base;

	(void)pid;
	CHECK(count == 1 && pieces == 1 && !flags && to->iov_len == from->iov_len);
	if (start < START || start - START > SIZE || to->iov_len > SIZE - (start - START)) {
		errno = EFAULT;
		return -1;
	}
	memcpy(to->iov_base, bytes + (start - START), to->iov_len);
	return (ssize_t)to->iov_len;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	memcpy(bytes, patterns[1].bytes, 2);
	memcpy(bytes + SIZE / 3 - 2, patterns[0].bytes, 4);
	memcpy(bytes + SIZE - 2, patterns[1].bytes, 2);
	return 0;
}

MUTATE_TEXT("10000000-100c0000 r-xp 00000000 00:00 0  [vdso]\n", "10000002-100bffff", "r-xp",
            "rw-p", "1003fffe-", "100bfffe-", "100c0000", "[vdso]", "[vsyscall]", " /usr/bin/cat",
            "-", " ", "\n")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char path[] = "/maps\n";
	const struct process process = { .pid = 17 };
	uint8_t *file = malloc(sizeof(path) + size);
	struct text_place place;
	int error;

	CHECK(file);
	memcpy(file, path, sizeof(path) - 1);
	if (size)
		memcpy(file + sizeof(path) - 1, data, size);
	files_set(file, sizeof(path) - 1 + size);
	error = text_find(&process, patterns, &place);
	CHECK(!error || error == -ENOENT || error == -EBADMSG);
	if (!error)
		CHECK(!text_check(process.pid, &place));
	free(file);
	return 0;
}
