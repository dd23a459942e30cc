/* pageout FILE: has the kernel take back what it can of a file's pages, as when memory is short. */
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

int main(int argc, char **argv)
{
	struct stat status;
	volatile char *memory;
	int file = argc > 1 ? open(argv[1], O_RDONLY) : -1;

	if (file < 0 || fstat(file, &status))
		return 2;
	memory = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
	if (memory == MAP_FAILED)
		return 3;
	/* It looks at mapped pages alone. */
	for (off_t at = 0; at < status.st_size; at += 4096)
		(void)memory[at];
	return madvise((void *)memory, (size_t)status.st_size, MADV_PAGEOUT) != 0;
}
