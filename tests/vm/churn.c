/*
 * churn [EXEC]: maps, fills, unmaps, forks and starts threads all the time; with EXEC it also starts
 * itself anew some times a second. Says "ready" once; ends at the end of stdin.
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AREAS 32
#define AREA (1UL << 20)

static void *touch_some(void *argument)
{
	unsigned char memory[16384];

	memset(memory, 1, sizeof(memory));
	return memory[17] ? argument : NULL;
}

static void fork_once(const unsigned char *memory)
{
	pid_t child = fork();

	if (child == 0)
		_exit(memory && memory[0] == 0);
	if (child > 0)
		waitpid(child, NULL, 0);
}

static int has_input(void)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };

	return poll(&input, 1, 0) > 0;
}

int main(int argc, char **argv)
{
	unsigned char *areas[AREAS] = { NULL };
	time_t start = time(NULL);

	if (argc < 3)
		printf("ready\n");
	fflush(stdout);
	for (unsigned round = 0; !has_input(); round++) {
		unsigned char **area = &areas[rand() % AREAS];
		pthread_t thread;

		if (*area)
			munmap(*area, AREA);
		*area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		             0);
		if (*area == MAP_FAILED)
			return 2;
		memset(*area, 1, AREA / (1 + round % 3));
		if (round % 8 == 0)
			fork_once(*area);
		if (round % 4 == 0 && !pthread_create(&thread, NULL, touch_some, NULL))
			pthread_join(thread, NULL);
		if (argc > 1 && time(NULL) > start)
			execl("/proc/self/exe", argv[0], argv[1], "again", (char *)NULL);
	}
	return 0;
}
