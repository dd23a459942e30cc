#include "lib/memlimit.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

#define LONGEST 4096

/* The names of both versions; v1 has its controllers mounted apart. */
struct version {
	const char *mount, *limit, *usage, *inactive, *active;
};

static const struct version versions[] = {
	{ "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
	  "total_inactive_file ", "total_active_file " },
	{ "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file ", "active_file " },
};

/* Whether a line of /proc/PID/cgroup names the memory controller, or is that of v2. */
static bool is_of(const char *controllers, size_t length, bool is_v2)
{
	if (is_v2)
		return !length;
	for (const char *word = controllers; word < controllers + length;) {
		size_t size = strcspn(word, ",:");

		if (size == 6 && !strncmp(word, "memory", size))
			return true;
		word += size + 1;
	}
	return false;
}

/* The path in the line "9:memory:/user.slice" of that version, or false. */
static bool find_path(const char *text, bool is_v2, char path[LONGEST])
{
	while (text) {
		const char *first = strchr(text, ':'), *next = strchr(text, '\n');
		const char *second = first ? strchr(first + 1, ':') : NULL;
		size_t length;

		if (!second)
			return false;
		if (is_of(first + 1, (size_t)(second - first - 1), is_v2)) {
			length = strcspn(second + 1, "\n");
			if (length >= LONGEST)
				return false;
			*(char *)mempcpy(path, second + 1, length) = '\0';
			return true;
		}
		text = next && next[1] ? next + 1 : NULL;
	}
	return false;
}

/* A file with one number. 1; 0 where it is missing or says that there is none; or -errno. */
static int read_number(int root, const char *path, long long *number)
{
	unsigned long value = 0;
	size_t length;
	char *text;
	int error = util_read(root, &text, &length, "%s", path);

	if (error)
		return util_is_missing(error) ? 0 : error;
	while (length && text[length - 1] == '\n')
		length--;
	if (length == 3 && !strncmp(text, "max", length))
		error = -ENOENT;
	else
		error = util_malformed(util_parse_number(text, length, LLONG_MAX, &value));
	free(text);
	if (error)
		return error == -ENOENT ? 0 : error;
	*number = (long long)value;
	return 1;
}

/* What stands behind the NAME in memory.stat; 0 where it is not there. */
static long long read_stat(int root, const char *folder, const char *name)
{
	unsigned long value = 0;
	size_t length;
	char *text, *line;

	if (util_read(root, &text, &length, "%s/memory.stat", folder))
		return 0;
	for (line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (!strncmp(line, name, strlen(name)) &&
		    util_parse_number(line + strlen(name), strcspn(line + strlen(name), "\n"),
		                      LLONG_MAX, &value))
			value = 0;
	free(text);
	return (long long)value;
}

/* Makes *LEFT smaller where a cgroup leaves less. 0 or -errno. */
static int narrow(int root, const struct version *version, const char *folder, bool all,
                  long long *left, char path[MEMLIMIT_PATH])
{
	long long limit = 0, usage = 0, rest, cache;
	int result;

	snprintf(path, MEMLIMIT_PATH, "%s/%s", folder, version->limit);
	result = read_number(root, path, &limit);
	if (result <= 0)
		return result;
	snprintf(path, MEMLIMIT_PATH, "%s/%s", folder, version->usage);
	result = read_number(root, path, &usage);
	if (result <= 0)
		return result;
	rest = usage < limit ? limit - usage : 0;
	/* v1 writes a limit near the largest number where there is none. */
	cache = read_stat(root, folder, version->inactive);
	if (all && __builtin_add_overflow(cache, read_stat(root, folder, version->active), &cache))
		cache = LLONG_MAX;
	rest = cache < limit - rest ? rest + cache : limit;
	if (*left == MEMLIMIT_NONE || rest < *left)
		*left = rest;
	return 0;
}

int memlimit_left(int root, bool all, long long *left, char path[MEMLIMIT_PATH])
{
	char own[LONGEST], folder[LONGEST + 64], *text;
	long long found = MEMLIMIT_NONE;
	size_t length;
	int error;

	snprintf(path, MEMLIMIT_PATH, "/proc/self/cgroup");
	error = util_read(root, &text, &length, "%s", path);
	if (error) {
		if (util_is_missing(error))
			*left = found;
		return util_is_missing(error) ? 0 : error;
	}
	for (int i = 0; i < 2 && !error; i++) {
		if (!find_path(text, i == 1, own))
			continue;
		/* Up to the root of the mount, which is a container's own where the path is not. */
		for (char *end = own + strlen(own); end && !error; end = strrchr(own, '/')) {
			*end = '\0';
			snprintf(folder, sizeof(folder), "%s%s", versions[i].mount, own);
			error = narrow(root, &versions[i], folder, all, &found, path);
		}
	}
	free(text);
	if (!error)
		*left = found;
	return error;
}
