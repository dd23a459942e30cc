/*
 * pin MIB PINNED: touches that much memory, and has the kernel hold PINNED pages of it, by a pipe
 * that they were given to (vmsplice); they cannot move as long as it does. Says "ready", and stays.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t size = argc > 2 ? strtoul(argv[1], NULL, 10) << 20 : 0;
	size_t pinned = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned char *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int pipes[2];

	if (!size || memory == MAP_FAILED || pipe(pipes) ||
	    fcntl(pipes[1], F_SETPIPE_SZ, 1 << 20) < 0)
		return 2;
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += 4096)
		memory[at] = 1;
	/* Spread over the memory, so that a list of pages to move holds some in its middle. */
	for (size_t i = 0; i < pinned; i++) {
		struct iovec page = { memory + i * (size / pinned), 4096 };

		if (vmsplice(pipes[1], &page, 1, 0) != 4096)
			return 3;
	}
	printf("ready\n");
	fflush(stdout);
	return getchar() != EOF;
}
