/*
 * Command lines, under each of the four names: one word a line, the program's first. Each is
 * taken, or refused with one line; taken, it says nothing that goes against itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void end(int status);

/* --help and --version would end the fuzzer. */
#define exit(status) end(status)
#include "request.c"
#undef exit

#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define WORDS 32

static jmp_buf ended;

/* What stands before a jump is still known after it. */
static struct request request;

static void end(int status)
{
	(void)status;
	longjmp(ended, 1);
}

void util_die(int status, const char *format, ...)
{
	char sentence[4096];
	va_list arguments;

	va_start(arguments, format);
	CHECK(vsnprintf(sentence, sizeof(sentence), format, arguments) > 0);
	va_end(arguments);
	CHECK(status == util_failure && !strchr(sentence, '\n'));
	longjmp(ended, 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stdout = fopen("/dev/null", "w");
	CHECK(stdout);
	/* Where a user asked for it, the help of numastat is not what went wrong. */
	stderr = stdout;
	return 0;
}

MUTATE_TEXT("numaplace\n", "numactl\n", "migratepages\n", "numastat\n", "--interleave=0-1\n",
            "--weighted-interleave=0\n", "--preferred=0\n", "--preferred-many=0,1\n",
            "--membind=0\n", "--membind\nsame\n", "--localalloc\n", "--need=4g\n", "--balancing\n",
            "--static-nodes\n", "--relative-nodes\n", "-N0\n", "-c\n0\n", "-C0-3\n",
            "--one-per-core\n", "--all\n", "--pid=17\n", "--tree\n", "--to=1\n", "--from=same\n",
            "--inject\n", "--default-policy\n", "--only=heap,stack\n", "--shared\n",
            "--max-pause=9\n", "--rate=1m\n", "--workers=2\n", "--mappings\n", "--shm=k\n",
            "--file=f\n", "--shmid=1\n", "--shmmode=600\n", "--huge\n", "--length=1g\n",
            "--offset=0\n", "--touch\n", "--strict\n", "--home-node=0\n", "--verify\n", "--dump\n",
            "--dump-nodes\n", "--evict\n", "--cgroup=a\n", "--new\n", "--show\n", "--hardware\n",
            "--weights\n", "--color=always\n", "--stat\n", "--meminfo\n", "--sort=total\n",
            "--nonzero\n", "--pages\n", "--watch=1\n", "--openmetrics\n", "--measure\n",
            "--threads=1\n", "--buffer=1m\n", "--loaded\n", "--quick\n", "--set-weights=0:3\n",
            "--dry-run\n", "-v\n", "--json\n", "--systemd\n", "--svg\n", "--make-room=1g\n",
            "--best-effort\n", "--sysroot=d\n", "--help\n", "--version\n", "--cpu-compress\n",
            "--\n", "-mcs1\n", "-p\n1\n", "17\n0\n1\n", "-", "--", "=", ",", "\n")

static void check_request(void)
{
	CHECK(request.only && request.max_pause);
	CHECK(request.tool != REQUEST_MIGRATEPAGES || (request.pids && request.from && request.to));
	CHECK((request.mode == REQUEST_NO_MODE) == !request.option);
	CHECK(!request.command || *request.command);
	CHECK(!request.need == !request.need_size);
	CHECK(!request_moves(&request) || request.pids || request.cgroup);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest = text, *words[WORDS + 1] = { NULL };
	int count = 0;

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	while (count < WORDS && rest && *rest)
		words[count++] = strsep(&rest, "\n");
	memset(&request, 0, sizeof(request));
	util_failure = 125;
	/* glibc's getopt begins anew. */
	optind = 0;
	if (!setjmp(ended)) {
		request_parse(count, words, &request);
		check_request();
	}
	if (request.tool == REQUEST_NUMASTAT)
		free(request.stat.names);
	free(text);
	return 0;
}
