/* many MAPPINGS MIB: a process of as many mappings and as much memory. Says "ready", and stays. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	size_t count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	size_t size = argc > 2 ? strtoul(argv[2], NULL, 10) << 20 : 0;
	size_t each = count ? size / count / 4096 * 4096 : 0;
	char *memory;

	if (!each)
		return 2;
	memory = mmap(NULL, count * each, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	              0);
	if (memory == MAP_FAILED)
		return 3;
	madvise(memory, count * each, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < count * each; at += 4096)
		memory[at] = 1;
	/* Neighbours of different rights are mappings of their own. */
	for (size_t i = 0; i < count; i += 2)
		if (mprotect(memory + i * each, each, PROT_READ))
			return 4;
	printf("ready\n");
	fflush(stdout);
	return getchar() != EOF;
}
