/*
 * spawn ROUNDS COMMAND...: runs the commands (a string each, split at blanks) in turn, ROUNDS times.
 * Prints a line for each round, with each one's wall time in microseconds. In turn, because machines
 * are shared: what disturbs one disturbs its neighbours.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS 1024

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* A command cut short would be measured as if it were whole. */
static void too_long(const char *command)
{
	fprintf(stderr, "spawn: %.40s...: too long\n", command);
	exit(1);
}

static double run(const char *command, const posix_spawn_file_actions_t *actions)
{
	static char words[1 << 16];
	char *argv[WORDS + 1] = { NULL };
	double start;
	int status, count = 0;
	pid_t pid;

	if (snprintf(words, sizeof(words), "%s", command) >= (int)sizeof(words))
		too_long(command);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
		if (count == WORDS)
			too_long(command);
		argv[count++] = word;
	}
	start = now();
	if (posix_spawn(&pid, argv[0], actions, NULL, argv, environ) ||
	    waitpid(pid, &status, 0) < 0 || status != 0) {
		fprintf(stderr, "spawn: %s failed\n", command);
		exit(1);
	}
	return now() - start;
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	posix_spawn_file_actions_t actions;

	if (!rounds)
		return 2;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	for (size_t i = 0; i < rounds; i++)
		for (int j = 2; j < argc; j++)
			printf("%.1f%c", run(argv[j], &actions), j + 1 < argc ? ' ' : '\n');
	return 0;
}
