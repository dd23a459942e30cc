/*
 * The cpuset of a process. The input is three files, each ended by a NUL: /proc/mounts,
 * /proc/self/cgroup, and what every second level of the tree says. The files are handed out by an
 * util_read of our own.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cgroup.h"
#include "lib/util.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

static struct {
	const char *text;
	size_t length;
} mounts, membership, level;

static struct cgroup found;
static unsigned reads;

static const char *take_file(const char *from, const char *end, const char **text, size_t *length)
{
	const char *stop = from < end ? memchr(from, '\0', (size_t)(end - from)) : NULL;

	*text = from;
	*length = (size_t)((stop ? stop : end) - from);
	return stop ? stop + 1 : end;
}

static int hand_out(const char *from, size_t size, char **text, size_t *length)
{
	*text = malloc(size + 1);
	CHECK(*text);
	memcpy(*text, from, size);
	(*text)[size] = '\0';
	*length = size;
	return 0;
}

int util_read(int root, char **text, size_t *length, const char *path, ...)
{
	char name[PATH_MAX];
	va_list arguments;
	int size;

	(void)root;
	va_start(arguments, path);
	size = vsnprintf(name, sizeof(name), path, arguments);
	va_end(arguments);
	if (size >= (int)sizeof(name))
		return -ENAMETOOLONG;
	if (!strcmp(name, "/proc/self/mounts"))
		return hand_out(mounts.text, mounts.length, text, length);
	if (!strcmp(name, "/proc/self/cgroup"))
		return hand_out(membership.text, membership.length, text, length);
	if (!strcmp(name, "/proc/self/cpuset"))
		return -ENOENT;
	/* All that is read else lies below the mount. */
	CHECK(!strncmp(name, found.mount, strlen(found.mount)));
	return ++reads % 2 ? -ENOENT : hand_out(level.text, level.length, text, length);
}

static void check_level(enum cgroup_what what)
{
	struct cgroup_limit limit;
	struct idset set, again;
	int error;

	reads = 0;
	error = cgroup_allowed(-1, &found, what, &set);
	if (!error) {
		CHECK(!idset_parse_list(level.text, level.length, &again));
		CHECK(idset_equal(&set, &again));
	}
	reads = 0;
	error = cgroup_find_limit(-1, &found, what, 3, &limit);
	CHECK(error == 0 || error == -ENOENT);
	if (error)
		return;
	CHECK(!idset_parse_list(level.text, level.length, &again) && !idset_has(&again, 3));
	CHECK(limit.path[0] == '/' && memchr(limit.path, '\0', sizeof(limit.path)));
	CHECK(!strcmp(limit.path, "/") || !strncmp(limit.path, found.path, strlen(limit.path)));
}

MUTATE_TEXT("sysfs /sys sysfs rw 0 0\n", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n",
            "cgroup /c cgroup rw,cpuset 0 0\n", "cgroup", "cpuset", "noprefix", ",", "\\040",
            "\\134", "0::/a/b\n", "4:cpuset:/a\n", ":", "/", "0-3,5\n")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;

	if (size == 0)
		return 0;
	at = take_file(at, end, &mounts.text, &mounts.length);
	at = take_file(at, end, &membership.text, &membership.length);
	take_file(at, end, &level.text, &level.length);
	memset(&found, 0, sizeof(found));
	if (cgroup_find(-1, "self", &found))
		return 0;
	CHECK(found.version != CGROUP_NONE && found.path[0] == '/');
	CHECK(memchr(found.mount, '\0', sizeof(found.mount)));
	CHECK(memchr(found.path, '\0', sizeof(found.path)));
	check_level(CGROUP_CPUS);
	check_level(CGROUP_MEMS);
	return 0;
}
