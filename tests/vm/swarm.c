/*
 * swarm N: N threads that work on memory, each of which starts another one and ends, all the time.
 * Says "ready", then answers lines on stdin: "sum" with how many have ended and how many of them found
 * another sum than they should; "allocate MIB" with the address of as much memory, touched by a thread
 * that is new. Ends at the end of stdin.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define SIZE 16384

static atomic_ulong ended, wrong;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static unsigned long turn;

/* What the numbers of a thread come to, by memory and by vector registers. */
static double work(unsigned long seed)
{
	double *memory =
		mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double sum = 0;

	if (memory == MAP_FAILED)
		exit(3);
	for (size_t i = 0; i < SIZE / sizeof(*memory); i++)
		memory[i] = (double)(seed + i) * 0.5;
	for (size_t i = 0; i < SIZE / sizeof(*memory); i++)
		sum += memory[i];
	munmap(memory, SIZE);
	return sum;
}

static double expected(unsigned long seed)
{
	double count = SIZE / sizeof(double);

	return count * (double)seed * 0.5 + count * (count - 1) * 0.25;
}

/* Waits for its turn, which the one before it gives: a wake-up that is lost ends all. */
static void *go_on(void *argument)
{
	unsigned long seed = ended & 0xffff;
	pthread_attr_t detached;
	pthread_t next;

	wrong += work(seed) != expected(seed);
	pthread_mutex_lock(&lock);
	turn++;
	pthread_cond_signal(&turned);
	if (turn % 2)
		pthread_cond_wait(&turned, &lock);
	pthread_mutex_unlock(&lock);
	nanosleep(&(struct timespec){ .tv_nsec = 500000000 }, NULL);
	ended++;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&next, &detached, go_on, argument))
		exit(4);
	return NULL;
}

/* Between two gaps, or it would become one with the mapping beside it. */
static void *allocate(void *argument)
{
	size_t size = *(size_t *)argument, gap = 65536;
	char *room = mmap(NULL, size + 2 * gap, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *memory = room + gap;

	if (room == MAP_FAILED || mprotect(memory, size, PROT_READ | PROT_WRITE))
		exit(5);
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
	return memory;
}

static void answer(const char *line)
{
	size_t size = strtoul(line + strcspn(line, " "), NULL, 10) << 20;
	pthread_t thread;
	void *memory;

	if (!strncmp(line, "sum", 3))
		printf("%lu %lu\n", ended, wrong);
	if (strncmp(line, "allocate", 8) != 0)
		return;
	if (pthread_create(&thread, NULL, allocate, &size) || pthread_join(thread, &memory))
		exit(6);
	printf("%lx\n", (unsigned long)memory);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;
	pthread_t thread;
	char line[64];

	for (int i = 0; i < count; i++)
		if (pthread_create(&thread, NULL, go_on, NULL) || pthread_detach(thread))
			return 3;
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		answer(line);
		fflush(stdout);
	}
	return 0;
}
