/*
 * stall MIB: keeps that much memory in small pages, while one thread maps, touches and unmaps a page
 * every 100 us, and another touches a page of the memory as often. Says "ready"; a line on stdin is
 * answered with how long each has waited at most since the line before, in us.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static unsigned char *memory;
static size_t size;
static _Atomic long longest[2];

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void note(int i, long start)
{
	long elapsed = now() - start;

	if (elapsed > longest[i])
		longest[i] = elapsed;
}

static void rest(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
}

static void *map_and_unmap(void *unused)
{
	for (;; rest()) {
		long start = now();
		unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		*page = 1;
		munmap(page, 4096);
		note(0, start);
	}
	return unused;
}

static void *touch(void *unused)
{
	for (size_t at = 0;; at = (at + 4096 * 97) % size, rest()) {
		long start = now();

		memory[at]++;
		note(1, start);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char line[64];

	size = argc > 1 ? strtoul(argv[1], NULL, 10) << 20 : 0;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!size || memory == MAP_FAILED)
		return 2;
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += 4096)
		memory[at] = 1;
	if (pthread_create(&thread, NULL, map_and_unmap, NULL) ||
	    pthread_create(&thread, NULL, touch, NULL))
		return 3;
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		printf("%ld %ld\n", atomic_exchange(&longest[0], 0) / 1000,
		       atomic_exchange(&longest[1], 0) / 1000);
		fflush(stdout);
	}
	return 0;
}
