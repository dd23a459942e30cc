#include "lib/cgroupfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cgroup.h"
#include "lib/kernel.h"
#include "lib/util.h"

/* Folders within folders, at most: a loop cannot be, but a dump is not the kernel's. */
#define DEPTH 64

/* What stands before "/FILE": of the root of the mount nothing but the mount. */
static const char *inner_path(const struct cgroup *cgroup)
{
	return cgroup->path[1] ? cgroup->path : "";
}

static int file_path(const struct cgroup *cgroup, const char *file, char path[PATH_MAX])
{
	int length = snprintf(path, PATH_MAX, "%s%s%s%s", cgroup->mount, inner_path(cgroup),
	                      *file ? "/" : "", file);

	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Some file systems leave the type of an entry open. */
static bool is_folder(DIR *folder, const struct dirent *entry)
{
	struct stat status;

	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return false;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return !fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) &&
	       S_ISDIR(status.st_mode);
}

/* Back to where it was LENGTH bytes long, 0 of the root. */
static void cut_path(struct cgroup *at, size_t length)
{
	at->path[0] = '/';
	at->path[length ? length : 1] = '\0';
}

/*
 * Visits AT, which is left as it was, and all below it, no deeper than DEPTH. 0, or what VISIT
 * returned that was not. One that was removed meanwhile has nothing below it.
 */
// NOLINTNEXTLINE(misc-no-recursion)
static int walk(int root, struct cgroup *at, unsigned depth,
                int (*visit)(int root, const struct cgroup *at, void *context), void *context)
{
	size_t length = strlen(inner_path(at));
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *folder;
	int result = visit(root, at, context), error;

	if (result || depth == 0 || file_path(at, "", path))
		return result;
	error = util_open_folder(root, path, &folder);
	if (error)
		return util_is_fault(error) ? error : 0;
	while (!result && (errno = 0, entry = readdir(folder))) {
		if (!is_folder(folder, entry) ||
		    length + strlen(entry->d_name) + 2 > sizeof(at->path))
			continue;
		snprintf(at->path + length, sizeof(at->path) - length, "/%s", entry->d_name);
		result = walk(root, at, depth - 1, visit, context);
	}
	if (!result && errno && errno != ENOENT && errno != ENODEV)
		result = -errno;
	closedir(folder);
	cut_path(at, length);
	return result;
}

/* Those that are called NAME: how many were found, of which the first two are kept. */
struct search {
	const char *name;
	struct cgroup *found;
	char *other;
	unsigned count;
};

static int visit_name(int root, const struct cgroup *at, void *context)
{
	struct search *search = context;

	(void)root;
	if (strcmp(strrchr(at->path, '/') + 1, search->name) != 0)
		return 0;
	memcpy(search->count++ ? search->other : search->found->path, at->path, CGROUP_PATH);
	return search->count == 2;
}

static bool is_unit(const char *name)
{
	static const char *const suffixes[] = { ".service", ".scope", ".slice",
		                                ".socket",  ".mount", ".swap" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (!strcmp(dot, suffixes[i]))
			return true;
	return false;
}

const char *cgroupfs_unit(const struct cgroup *cgroup)
{
	const char *name = strrchr(cgroup->path, '/') + 1;

	return !is_unit(name) ? NULL : name + (*name == '_');
}

/*
 * As it stands; as systemd has it where the kernel's files could be called so ("_memory.service");
 * and what systemd takes a name without a suffix for.
 */
static int find_by_name(int root, const char *name, struct cgroup *cgroup, char *other)
{
	static const struct {
		const char *before, *behind;
	} forms[] = { { "", "" }, { "_", "" }, { "", ".service" }, { "_", ".service" } };
	struct cgroup found = *cgroup, at = *cgroup;
	size_t count = is_unit(name) ? 2 : 4;
	char form[NAME_MAX + 16];
	struct search search = { .name = form, .found = &found, .other = other };
	int error;

	if (strlen(name) > NAME_MAX)
		return -ENOENT;
	for (size_t i = 0; i < count && !search.count; i++) {
		snprintf(form, sizeof(form), "%s%s%s", forms[i].before, name, forms[i].behind);
		cut_path(&at, 0);
		error = walk(root, &at, DEPTH, visit_name, &search);
		if (error < 0)
			return error;
	}
	if (search.count == 0)
		return -ENOENT;
	memcpy(cgroup->path, found.path, sizeof(found.path));
	return search.count > 1 ? -EMLINK : 0;
}

int cgroupfs_parse_path(const char *text, char *path)
{
	size_t used = 0;

	for (;;) {
		size_t length = strcspn(text += strspn(text, "/"), "/");

		if (!length)
			break;
		if (used + length + 2 > CGROUP_PATH)
			return -ENAMETOOLONG;
		if ((length == 1 && text[0] == '.') ||
		    (length == 2 && text[0] == '.' && text[1] == '.'))
			return -EINVAL;
		path[used++] = '/';
		memcpy(path + used, text, length);
		used += length;
		text += length;
	}
	if (!used)
		path[used++] = '/';
	path[used] = '\0';
	return 0;
}

/* Behind the mount, where NAME begins with it. */
static const char *without_mount(const char *name, const struct cgroup *cgroup)
{
	size_t length = strlen(cgroup->mount);

	if (!strncmp(name, cgroup->mount, length) && (name[length] == '/' || !name[length]))
		return name[length] ? name + length : "/";
	return name;
}

int cgroupfs_find(int root, const char *name, struct cgroup *cgroup, char *other)
{
	struct cgroup found = *cgroup;
	char path[PATH_MAX];
	struct stat status;
	int error;

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	if (!strchr(name, '/'))
		return find_by_name(root, name, cgroup, other);
	error = cgroupfs_parse_path(without_mount(name, cgroup), found.path);
	if (!error)
		error = file_path(&found, "", path);
	if (error)
		return error;
	if (fstatat(root, util_below(root, path), &status, 0))
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	*cgroup = found;
	return 0;
}

bool cgroupfs_parent(const struct cgroup *cgroup, struct cgroup *parent)
{
	char *slash;

	if (!cgroup->path[1])
		return false;
	*parent = *cgroup;
	slash = strrchr(parent->path, '/');
	slash[slash == parent->path] = '\0';
	return true;
}

int cgroupfs_child(const struct cgroup *cgroup, const char *name, struct cgroup *child)
{
	struct cgroup found = *cgroup;
	size_t length = strlen(inner_path(cgroup)), room = sizeof(found.path) - length;

	if (snprintf(found.path + length, room, "/%s", name) >= (int)room)
		return -ENAMETOOLONG;
	*child = found;
	return 0;
}

int cgroupfs_exists(int root, const struct cgroup *cgroup)
{
	char path[PATH_MAX];

	if (file_path(cgroup, "", path))
		return 0;
	if (!faccessat(root, util_below(root, path), F_OK, 0))
		return 1;
	return util_is_fault(-errno) ? -errno : 0;
}

int cgroupfs_read(int root, const struct cgroup *cgroup, const char *file, char **text)
{
	size_t length;
	int error =
		util_read(root, text, &length, "%s%s/%s", cgroup->mount, inner_path(cgroup), file);

	if (!error && length && (*text)[length - 1] == '\n')
		(*text)[length - 1] = '\0';
	return error;
}

int cgroupfs_has_word(int root, const struct cgroup *cgroup, const char *file, const char *word)
{
	char *text, *rest, *next;
	bool found = false;
	int error = cgroupfs_read(root, cgroup, file, &text);

	if (error)
		return util_is_fault(error) ? error : 0;
	rest = text;
	while ((next = strsep(&rest, " \n")))
		found |= !strcmp(next, word);
	free(text);
	return found;
}

int cgroupfs_may_write(int root, const struct cgroup *cgroup, const char *file)
{
	char path[PATH_MAX];
	int error = file_path(cgroup, file, path);

	if (error)
		return error;
	return faccessat(root, util_below(root, path), W_OK, AT_EACCESS) ? -errno : 0;
}

int cgroupfs_owner(int root, const struct cgroup *cgroup, const char *file, uid_t *owner)
{
	char path[PATH_MAX];
	struct stat status;
	int error = file_path(cgroup, file, path);

	if (error)
		return error;
	if (fstatat(root, util_below(root, path), &status, 0))
		return -errno;
	*owner = status.st_uid;
	return 0;
}

int cgroupfs_find_gap(int root, const struct cgroup *cgroup, const char *controller,
                      struct cgroup *gap)
{
	struct cgroup at = *cgroup, parent;
	bool found = false;
	int has;

	cut_path(&at, 0);
	has = cgroupfs_has_word(root, &at, "cgroup.controllers", controller);
	if (has <= 0)
		return has ? has : -ENOENT;
	for (at = *cgroup; cgroupfs_parent(&at, &parent); at = parent) {
		has = cgroupfs_has_word(root, &parent, "cgroup.subtree_control", controller);
		if (has < 0)
			return has;
		if (has)
			continue;
		*gap = parent;
		found = true;
	}
	return found ? 0 : -ENOENT;
}

long cgroupfs_parse_processes(const char *text, pid_t **pids, size_t count)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		unsigned long pid;
		pid_t *larger;

		if (util_parse_number(text, length, INT_MAX, &pid))
			return -EBADMSG;
		larger = reallocarray(*pids, count + 1, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		larger[count++] = (pid_t)pid;
		*pids = larger;
		text += length + (text[length] == '\n');
	}
	return (long)count;
}

struct list {
	pid_t *pids;
	long count;
};

static int visit_processes(int root, const struct cgroup *at, void *context)
{
	struct list *list = context;
	char *text;
	int error = cgroupfs_read(root, at, "cgroup.procs", &text);
	long count;

	if (error)
		return error;
	count = cgroupfs_parse_processes(text, &list->pids, (size_t)list->count);
	free(text);
	if (count < 0)
		return (int)count;
	list->count = count;
	return 0;
}

/* One that was removed meanwhile had none; a threaded one's are listed above it. */
static int visit_lower(int root, const struct cgroup *at, void *context)
{
	int error = visit_processes(root, at, context);

	return error == -ENOENT || error == -ENODEV || error == -EOPNOTSUPP ? 0 : error;
}

long cgroupfs_processes(int root, const struct cgroup *cgroup, bool below, pid_t **pids)
{
	struct cgroup at = *cgroup;
	struct list list = { 0 };
	int error;

	/* What is no failure below is one of CGROUP itself. */
	error = visit_processes(root, cgroup, &list);
	if (!error && below) {
		list.count = 0;
		error = walk(root, &at, DEPTH, visit_lower, &list);
	}
	if (error) {
		free(list.pids);
		return error;
	}
	*pids = list.pids;
	return list.count;
}

int cgroupfs_write(int root, const struct cgroup *cgroup, const char *file, const char *text)
{
	char path[PATH_MAX];
	int error = file_path(cgroup, file, path);

	return error ? error : kernel_write(root, path, text);
}

int cgroupfs_write_set(int root, const struct cgroup *cgroup, const char *file,
                       const struct idset *set)
{
	static char list[IDSET_TEXT], text[IDSET_TEXT + 1];

	snprintf(text, sizeof(text), "%s\n", idset_text(set, list));
	return cgroupfs_write(root, cgroup, file, text);
}

int cgroupfs_make(int root, const struct cgroup *cgroup)
{
	char path[PATH_MAX];
	int error = file_path(cgroup, "", path);

	return error ? error : kernel_make_folder(root, path);
}

int cgroupfs_remove(int root, const struct cgroup *cgroup)
{
	char path[PATH_MAX];
	int error = file_path(cgroup, "", path);

	return error ? error : kernel_remove_folder(root, path);
}
