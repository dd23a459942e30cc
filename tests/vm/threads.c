/*
 * threads N: N threads, each of which starts another one and ends, all the time. Says "ready"; ends at
 * the end of stdin.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void *go_on(void *argument)
{
	pthread_attr_t detached;
	pthread_t next;

	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&next, &detached, go_on, argument))
		exit(3);
	return NULL;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;

	for (int i = 0; i < count; i++)
		go_on(NULL);
	printf("ready\n");
	fflush(stdout);
	return getchar() != EOF;
}
