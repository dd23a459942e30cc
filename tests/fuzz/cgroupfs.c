/*
 * Names of cgroups and the text of cgroup.procs: a path that is taken comes out clean, and is taken
 * again as it is; numbers of processes are those that stand there.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "lib/cgroup.h"
#include "lib/cgroupfs.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void check_path(const char *text)
{
	static char path[CGROUP_PATH], again[CGROUP_PATH];
	int error = cgroupfs_parse_path(text, path);

	if (error) {
		CHECK(error == -EINVAL || error == -ENAMETOOLONG);
		return;
	}
	CHECK(strnlen(path, sizeof(path)) < sizeof(path));
	CHECK(path[0] == '/' && !strstr(path, "//"));
	CHECK(!path[1] || path[strlen(path) - 1] != '/');
	for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
		size_t length = strcspn(slash + 1, "/");

		CHECK(length != 1 || slash[1] != '.');
		CHECK(length != 2 || strncmp(slash + 1, "..", 2) != 0);
	}
	CHECK(!cgroupfs_parse_path(path, again));
	CHECK(!strcmp(path, again));
}

static void check_processes(const char *text)
{
	pid_t *pids = NULL;
	long count = cgroupfs_parse_processes(text, &pids, 0);
	char number[16];

	CHECK(count >= 0 || count == -EBADMSG);
	for (long i = 0; i < count; i++) {
		int length = snprintf(number, sizeof(number), "%d", (int)pids[i]);

		CHECK(!strncmp(text, number, (size_t)length));
		text += length;
		CHECK(*text == '\n' || !*text);
		text += *text == '\n';
	}
	CHECK(count < 0 || !*text);
	free(pids);
}

MUTATE_TEXT("/", "//", "..", ".", "./", "../", "a", "/sys/fs/cgroup", "\n", "\\040", "4194304")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_path(text);
	check_processes(text);
	free(text);
	return 0;
}
