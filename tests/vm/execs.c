/*
 * execs N: N threads that sleep shortly all the time, and one that has the process execute the program
 * anew after 1 to 37 ms, again and again. Its second argument counts that. Says "ready" at
 * first; ends at the end of stdin.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *threads;
static unsigned long executed;

static void *sleep_on(void *argument)
{
	for (;;)
		nanosleep(&(struct timespec){ .tv_nsec = 300000 }, NULL);
	return argument;
}

static void *execute(void *argument)
{
	long time = 1 + (long)(executed % 7) * (long)(executed % 7);
	char next[24];

	nanosleep(&(struct timespec){ .tv_nsec = time * 1000000 }, NULL);
	snprintf(next, sizeof(next), "%lu", executed + 1);
	execl("/proc/self/exe", "execs", threads, next, (char *)NULL);
	exit(4);
	return argument;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	threads = argc > 1 ? argv[1] : "0";
	executed = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	for (int i = 0; i < atoi(threads); i++)
		if (pthread_create(&thread, NULL, sleep_on, NULL))
			return 3;
	if (pthread_create(&thread, NULL, execute, NULL))
		return 3;
	if (!executed)
		printf("ready\n");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
