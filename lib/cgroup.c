#include "lib/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* A word of a line, not terminated. */
struct word {
	const char *text;
	size_t length;
};

static bool is_word(struct word word, const char *text)
{
	return word.length == strlen(text) && !memcmp(word.text, text, word.length);
}

/* The next word up to SEPARATOR or END; *at moves behind it. */
static struct word next_word(const char **at, const char *end, char separator)
{
	struct word word = { *at, 0 };
	const char *stop = memchr(*at, separator, (size_t)(end - *at));

	if (!stop)
		stop = end;
	word.length = (size_t)(stop - *at);
	*at = stop < end ? stop + 1 : end;
	return word;
}

static bool has_option(struct word options, const char *wanted)
{
	const char *at = options.text, *end = options.text + options.length;

	while (at < end)
		if (is_word(next_word(&at, end, ','), wanted))
			return true;
	return false;
}

static void decode(struct word word, char path[CGROUP_PATH])
{
	snprintf(path, CGROUP_PATH, "%.*s",
	         word.length < CGROUP_PATH ? (int)word.length : CGROUP_PATH, word.text);
	util_unescape(path);
}

static enum cgroup_version version_of_mount(struct word type, struct word options)
{
	if (is_word(type, "cpuset"))
		return CGROUP_BARE;
	if (is_word(type, "cgroup") && has_option(options, "cpuset"))
		return has_option(options, "noprefix") ? CGROUP_BARE : CGROUP_V1;
	return is_word(type, "cgroup2") ? CGROUP_V2 : CGROUP_NONE;
}

int cgroup_parse_mounts(const char *text, size_t length, struct cgroup *cgroup)
{
	const char *end = text + length;
	enum cgroup_version found = CGROUP_NONE;

	while (text < end) {
		struct word line = next_word(&text, end, '\n'), mount, type, options;
		const char *at = line.text, *line_end = line.text + line.length;
		enum cgroup_version version;

		next_word(&at, line_end, ' ');
		mount = next_word(&at, line_end, ' ');
		type = next_word(&at, line_end, ' ');
		options = next_word(&at, line_end, ' ');
		version = version_of_mount(type, options);
		/* Where v1 has the controller, v2 cannot have it; v2 is mounted there all the same. */
		if (version == CGROUP_NONE || (version == CGROUP_V2 && found != CGROUP_NONE))
			continue;
		if (found == CGROUP_BARE || found == CGROUP_V1)
			continue;
		found = version;
		decode(mount, cgroup->mount);
	}
	cgroup->version = found;
	return found == CGROUP_NONE ? -ENOENT : 0;
}

int cgroup_parse_membership(const char *text, size_t length, struct cgroup *cgroup)
{
	const char *end = text + length;

	while (text < end) {
		struct word line = next_word(&text, end, '\n'), id, controllers;
		const char *at = line.text, *line_end = line.text + line.length;
		bool wanted;

		id = next_word(&at, line_end, ':');
		controllers = next_word(&at, line_end, ':');
		if (cgroup->version == CGROUP_V2)
			wanted = is_word(id, "0") && controllers.length == 0;
		else
			wanted = has_option(controllers, "cpuset");
		if (wanted && at < line_end && *at == '/' && line_end - at < CGROUP_PATH) {
			memcpy(cgroup->path, at, (size_t)(line_end - at));
			cgroup->path[line_end - at] = '\0';
			return 0;
		}
	}
	return -ENOENT;
}

/* /proc/PID/cpuset holds the path alone: what kernels without /proc/PID/cgroup have. */
static int read_cpuset_path(int root, const char *pid, struct cgroup *cgroup)
{
	char *text;
	size_t length;
	int error = util_read(root, &text, &length, "/proc/%s/cpuset", pid);

	if (error)
		return error;
	length = strcspn(text, "\n");
	if (text[0] != '/' || length >= CGROUP_PATH) {
		free(text);
		return -EINVAL;
	}
	memcpy(cgroup->path, text, length);
	cgroup->path[length] = '\0';
	free(text);
	return 0;
}

static int read_membership(int root, const char *pid, struct cgroup *cgroup)
{
	char *text;
	size_t length;
	int error = util_read(root, &text, &length, "/proc/%s/cgroup", pid);

	if (!error) {
		error = cgroup_parse_membership(text, length, cgroup);
		free(text);
	}
	return error && !util_is_fault(error) ? read_cpuset_path(root, pid, cgroup) : error;
}

int cgroup_find_mount(int root, struct cgroup *cgroup)
{
	char *text;
	size_t length;
	int error = util_read(root, &text, &length, "/proc/self/mounts");

	/* A dump of another machine has no link /proc/mounts -> self/mounts, but the file. */
	if (error && !util_is_fault(error))
		error = util_read(root, &text, &length, "/proc/mounts");
	if (error)
		return error;
	error = cgroup_parse_mounts(text, length, cgroup);
	free(text);
	return error;
}

int cgroup_find(int root, const char *pid, struct cgroup *cgroup)
{
	int error = cgroup_find_mount(root, cgroup);

	return error ? error : read_membership(root, pid, cgroup);
}

/* The files that say what is in force, best first, then as one would write it. */
static const struct {
	const char *effective[2], *file;
} files[][2] = {
	[CGROUP_BARE] = { { { "effective_cpus", "cpus" }, "cpus" },
	                  { { "effective_mems", "mems" }, "mems" } },
	[CGROUP_V1] = { { { "cpuset.effective_cpus", "cpuset.cpus" }, "cpuset.cpus" },
	                { { "cpuset.effective_mems", "cpuset.mems" }, "cpuset.mems" } },
	[CGROUP_V2] = { { { "cpuset.cpus.effective", NULL }, "cpuset.cpus" },
	                { { "cpuset.mems.effective", NULL }, "cpuset.mems" } },
};

/* The set in a file LENGTH bytes down the path. 0 or -errno. */
static int read_file(int root, const struct cgroup *cgroup, size_t length, const char *file,
                     struct idset *set)
{
	char *text;
	size_t size;
	int error = util_read(root, &text, &size, "%s%.*s/%s", cgroup->mount, (int)length,
	                      cgroup->path, file);

	if (error)
		return error;
	error = idset_parse_list(text, size, set);
	free(text);
	return error;
}

/* The set in force there. */
static int read_level(int root, const struct cgroup *cgroup, size_t length, enum cgroup_what what,
                      struct idset *set)
{
	const char *const *effective = files[cgroup->version][what].effective;
	int error = read_file(root, cgroup, length, effective[0], set);

	/* Older kernels of v1 do not tell it apart. */
	if (error && error != -EINVAL && error != -ERANGE && !util_is_fault(error) && effective[1])
		error = read_file(root, cgroup, length, effective[1], set);
	return error;
}

/* The length of the path that ends before the last component; 0 for the root. */
static size_t parent(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/')
		length--;
	return length > 0 ? length - 1 : 0;
}

static size_t path_length(const struct cgroup *cgroup)
{
	size_t length = strlen(cgroup->path);

	return length == 1 ? 0 : length;
}

const char *cgroup_file(const struct cgroup *cgroup, enum cgroup_what what)
{
	return files[cgroup->version][what].file;
}

int cgroup_read_set(int root, const struct cgroup *cgroup, enum cgroup_what what, struct idset *set)
{
	return read_file(root, cgroup, path_length(cgroup), cgroup_file(cgroup, what), set);
}

int cgroup_read_effective(int root, const struct cgroup *cgroup, enum cgroup_what what,
                          struct idset *set)
{
	return read_level(root, cgroup, path_length(cgroup), what, set);
}

/*
 * A cgroup without the controller has no such file and is ruled by the nearest ancestor that has
 * one. In a container the path may not exist below the mount: its top then holds our cpuset.
 */
int cgroup_allowed(int root, const struct cgroup *cgroup, enum cgroup_what what, struct idset *set)
{
	size_t length = path_length(cgroup);
	int error;

	while (util_is_missing(error = read_level(root, cgroup, length, what, set)) && length > 0)
		length = parent(cgroup->path, length);
	return error;
}

int cgroup_find_limit(int root, const struct cgroup *cgroup, enum cgroup_what what, unsigned id,
                      struct cgroup_limit *limit)
{
	size_t length = path_length(cgroup), best = length;
	bool found = false;

	for (;; length = parent(cgroup->path, length)) {
		struct idset set;

		if (!read_level(root, cgroup, length, what, &set) && !idset_has(&set, id)) {
			best = length;
			found = true;
		}
		if (length == 0)
			break;
	}
	if (!found)
		return -ENOENT;
	limit->file = cgroup_file(cgroup, what);
	snprintf(limit->path, sizeof(limit->path), "%.*s", best ? (int)best : 1,
	         best ? cgroup->path : "/");
	return 0;
}
