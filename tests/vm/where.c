/*
 * where shm KEYFILE ID | where file PATH, then [OFFSET LENGTH]: another process's view of a segment
 * or file: which pages are in memory, and on which nodes. Of huge pages all are brought in.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NODES 64

static unsigned long counts[NODES];

static int look(char *memory, size_t size, size_t page)
{
	for (size_t at = 0; at < size; at += page) {
		void *address = memory + at;
		unsigned char present = 1;
		int status = -1;

		if (page == 4096 && mincore(address, page, &present))
			return 4;
		if (!(present & 1))
			continue;
		(void)*(volatile char *)address;
		if (syscall(SYS_move_pages, 0, 1UL, &address, NULL, &status, 0))
			return 5;
		if (status >= 0 && status < NODES)
			counts[status]++;
	}
	printf("nodes");
	for (int i = 0; i < NODES; i++)
		if (counts[i])
			printf(" N%d=%lu", i, counts[i]);
	putchar('\n');
	return fflush(stdout) ? 6 : 0;
}

static int look_shm(const char *name, int project, size_t offset, size_t length)
{
	int id = shmget(ftok(name, project), 0, 0);
	struct shmid_ds status;
	char *memory;
	size_t page = 4096;

	if (id < 0 || shmctl(id, IPC_STAT, &status))
		return 2;
	memory = shmat(id, NULL, 0);
	if (memory == (void *)-1)
		return 3;
	if (getenv("HUGE"))
		page = 2 << 20;
	return look(memory + offset, length ? length : status.shm_segsz - offset, page);
}

static int look_file(const char *name, size_t offset, size_t length)
{
	int fd = open(name, O_RDONLY);
	struct stat file;
	struct statfs system;
	char *memory;

	if (fd < 0 || fstat(fd, &file) || fstatfs(fd, &system))
		return 2;
	if (!length)
		length = (size_t)file.st_size - offset;
	memory = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, (off_t)offset);
	if (memory == MAP_FAILED)
		return 3;
	madvise(memory, length, MADV_RANDOM);
	return look(memory, length, system.f_bsize > 65536 ? (size_t)system.f_bsize : 4096);
}

int main(int argc, char **argv)
{
	int range = argc > 1 && !strcmp(argv[1], "shm") ? 4 : 3;
	size_t offset = argc > range ? strtoul(argv[range], NULL, 0) : 0;
	size_t length = argc > range + 1 ? strtoul(argv[range + 1], NULL, 0) : 0;

	if (argc < range)
		return 1;
	return range == 4 ? look_shm(argv[2], atoi(argv[3]), offset, length)
	                  : look_file(argv[2], offset, length);
}
