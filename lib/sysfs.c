#include "lib/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

/* ENODEV: it went away (a CPU, say) after it was opened. What is forbidden is there. */
static int is_absent(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ENODEV;
}

int sysfs_read_set(int root, const char *path, int (*parse)(const char *, size_t, struct idset *),
                   struct idset *set)
{
	char *text;
	size_t length;
	int error = util_read(root, &text, &length, "%s", path);

	if (error)
		return is_absent(error) ? -ENOENT : error;
	error = parse(text, length, set);
	free(text);
	/* EINVAL would say that the file could not be opened or read. */
	return util_malformed(error);
}

int sysfs_read_list(int root, const char *path, struct idset *set)
{
	struct idset found;
	int error = sysfs_read_set(root, path, idset_parse_list, &found);

	if (!error && idset_empty(&found))
		return -ENOENT;
	if (!error)
		*set = found;
	return error;
}

static int read_names(DIR *folder, const char *prefix, struct idset *set)
{
	struct idset found = { 0 };
	struct dirent *entry;

	while ((errno = 0, entry = readdir(folder))) {
		const char *digits = entry->d_name + strlen(prefix);
		unsigned long id;

		if (!strncmp(entry->d_name, prefix, strlen(prefix)) &&
		    !util_parse_number(digits, strlen(digits), IDSET_MAX - 1, &id))
			idset_add(&found, (unsigned)id);
	}
	if (errno)
		return -errno;
	*set = found;
	return 0;
}

/* NULL: errno says why, ENOENT for all that is no folder there. */
static DIR *open_folder(int root, const char *path)
{
	DIR *folder;
	int error = util_open_folder(root, path, &folder);

	if (!error)
		return folder;
	errno = is_absent(error) ? ENOENT : -error;
	return NULL;
}

int sysfs_read_ids(int root, const char *path, const char *prefix, struct idset *set)
{
	DIR *folder = open_folder(root, path);
	int error;

	if (!folder)
		return -errno;
	error = read_names(folder, prefix, set);
	closedir(folder);
	return error;
}

/* What is still to be walked, and where the walk is. */
struct walk {
	char rest[SYSFS_PATH], done[SYSFS_PATH];
	unsigned links;
};

/*
 * What was found last on this machine: no part of it is a link, and devices are asked for many
 * files in few folders.
 */
static char found_last[SYSFS_PATH];

static bool is_on_it(int root, const char *path)
{
	size_t length = strlen(path);

	return root == UTIL_HERE && !strncmp(path, found_last, length) &&
	       (found_last[length] == '/' || !found_last[length]);
}

static void leave(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/');

	if (slash)
		*slash = '\0';
}

/* What the link that walk->done ends with says takes its place. */
static int follow(struct walk *walk, const char *link)
{
	char rest[SYSFS_PATH];

	/* As many as the kernel follows. */
	if (++walk->links > 40)
		return -ELOOP;
	if (snprintf(rest, sizeof(rest), "%s/%s", link, walk->rest) >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	if (*link == '/')
		*walk->done = '\0';
	else
		leave(walk);
	memcpy(walk->rest, rest, sizeof(rest));
	return 0;
}

/* Takes one name from walk->rest. */
static int step(int root, struct walk *walk)
{
	char name[SYSFS_PATH], link[SYSFS_PATH];
	size_t slashes = strspn(walk->rest, "/");
	size_t length = strcspn(walk->rest + slashes, "/"), done = strlen(walk->done);
	ssize_t got;

	memcpy(name, walk->rest + slashes, length);
	name[length] = '\0';
	memmove(walk->rest, walk->rest + slashes + length,
	        strlen(walk->rest + slashes + length) + 1);
	if (!*name || !strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		leave(walk);
		return 0;
	}
	if (done + 1 + length >= sizeof(walk->done))
		return -ENAMETOOLONG;
	walk->done[done] = '/';
	memcpy(walk->done + done + 1, name, length + 1);
	if (is_on_it(root, walk->done))
		return 0;
	got = readlinkat(root, util_below(root, walk->done), link, sizeof(link) - 1);
	if (got < 0)
		return errno == EINVAL ? 0 : is_absent(-errno) ? -ENOENT : -errno;
	link[got] = '\0';
	return follow(walk, link);
}

int sysfs_resolve(int root, const char *path, char resolved[SYSFS_PATH])
{
	struct walk walk = { .links = 0 };
	int error = 0;

	if (snprintf(walk.rest, sizeof(walk.rest), "%s", path) >= (int)sizeof(walk.rest))
		return -ENAMETOOLONG;
	while (!error && *walk.rest)
		error = step(root, &walk);
	if (error)
		return error;
	snprintf(resolved, SYSFS_PATH, "%s", *walk.done ? walk.done : "/");
	if (root == UTIL_HERE)
		memcpy(found_last, resolved, sizeof(found_last));
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* The names, each with its NUL, one behind the other. */
static long collect_names(DIR *folder, char **text, size_t *used)
{
	size_t size = 0;
	struct dirent *entry;
	long count = 0;

	while ((errno = 0, entry = readdir(folder))) {
		size_t length = strlen(entry->d_name) + 1;

		if (*entry->d_name == '.')
			continue;
		if (*used + length > size) {
			char *larger = realloc(*text, 2 * (size + length));

			if (!larger)
				return -ENOMEM;
			*text = larger;
			size = 2 * (size + length);
		}
		memcpy(*text + *used, entry->d_name, length);
		*used += length;
		count++;
	}
	return errno ? -errno : count;
}

long sysfs_names(int root, const char *path, char ***names)
{
	char *text = NULL, **found = NULL, *p, resolved[SYSFS_PATH];
	size_t used = 0;
	DIR *folder;
	long count = sysfs_resolve(root, path, resolved);

	if (count)
		return count;
	folder = open_folder(root, resolved);
	if (!folder)
		return -errno;
	count = collect_names(folder, &text, &used);
	closedir(folder);
	if (count >= 0)
		found = malloc((size_t)count * sizeof(*found) + used + 1);
	if (!found) {
		free(text);
		return count < 0 ? count : -ENOMEM;
	}
	p = (char *)(found + count);
	if (used)
		memcpy(p, text, used);
	free(text);
	for (long i = 0; i < count; i++, p += strlen(p) + 1)
		found[i] = p;
	qsort(found, (size_t)count, sizeof(*found), compare_names);
	*names = found;
	return count;
}
