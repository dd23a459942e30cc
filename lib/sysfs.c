#include "lib/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
	return error == -EINVAL ? -EBADMSG : error;
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

int sysfs_read_ids(int root, const char *path, const char *prefix, struct idset *set)
{
	DIR *folder;
	int fd, error;

	if (root != UTIL_HERE)
		path += strspn(path, "/");
	fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return is_absent(-errno) ? -ENOENT : -errno;
	folder = fdopendir(fd);
	if (!folder) {
		error = -errno;
		close(fd);
		return error;
	}
	error = read_names(folder, prefix, set);
	closedir(folder);
	return error;
}
