#include "obstacle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cgroup.h"
#include "lib/cgroupfs.h"
#include "lib/process.h"
#include "lib/util.h"

int obstacle_find(int root, const char *name, struct cgroup *cgroup, char *sentence)
{
	struct cgroup found = { 0 };
	char other[CGROUP_PATH];
	int error = cgroup_find_mount(root, &found);

	if (error) {
		snprintf(sentence, OBSTACLE_SENTENCE, "%s%s",
		         error == -ENOENT ? "no cgroup2 is mounted here" : "/proc/self/mounts: ",
		         error == -ENOENT ? " (mount -t cgroup2 cgroup /sys/fs/cgroup)"
		                          : util_reason(error));
		return error;
	}
	error = cgroupfs_find(root, name, &found, other);
	if (error == -EMLINK)
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "several cgroups have that name (%s and %s): give the path", found.path,
		         other);
	else if (error == -ENOENT)
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "there is no such cgroup below %s (give its path, or the name of a unit, "
		         "such as redis.service)",
		         found.mount);
	else if (error == -ENOTDIR)
		snprintf(sentence, OBSTACLE_SENTENCE, "it is no cgroup, but a file in one");
	else if (error == -EINVAL)
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "it is not the name of a cgroup (give its path without . and .., or the "
		         "name of a unit)");
	else if (error)
		snprintf(sentence, OBSTACLE_SENTENCE, "%s", strerror(-error));
	else
		*cgroup = found;
	return error;
}

static bool has_memory(pid_t pid)
{
	struct process_status status;
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)pid);
	return process_read_status(UTIL_HERE, number, &status) || status.has_memory;
}

long obstacle_processes(const char *name, pid_t **pids, size_t *unseen, char *sentence)
{
	struct cgroup cgroup;
	long count = obstacle_find(UTIL_HERE, name, &cgroup, sentence), kept = 0;

	if (count < 0)
		return count;
	count = cgroupfs_processes(UTIL_HERE, &cgroup, true, pids);
	if (count < 0)
		snprintf(sentence, OBSTACLE_SENTENCE, "%s",
		         count == -EOPNOTSUPP ? "it is a threaded cgroup, whose processes are "
		                                "listed further up"
		                              : util_reason((int)count));
	*unseen = 0;
	for (long i = 0; i < count; i++) {
		*unseen += !(*pids)[i];
		if ((*pids)[i] && (*pids)[i] != getpid() && has_memory((*pids)[i]))
			(*pids)[kept++] = (*pids)[i];
	}
	return count < 0 ? count : kept;
}

/* No file of the cpuset: the controller was not switched on for it, and where. */
static void explain_missing(int root, const struct cgroup *cgroup, char *sentence)
{
	const char *unit = cgroupfs_unit(cgroup);
	struct cgroup gap, parent;
	int length, error = cgroupfs_find_gap(root, cgroup, "cpuset", &gap);

	if (error && error != -ENOENT) {
		obstacle_explain(root, cgroup, "cgroup.controllers", error, sentence);
		return;
	}
	if (error) {
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "it has no cpuset: the controller is not in cgroup.controllers of %s (a "
		         "container's, or a kernel without CONFIG_CPUSETS or with "
		         "cgroup_disable=cpuset)",
		         cgroup->mount);
		return;
	}
	cgroupfs_parent(cgroup, &parent);
	length = snprintf(sentence, OBSTACLE_SENTENCE,
	                  "the cpuset controller is not enabled for it: write +cpuset to "
	                  "cgroup.subtree_control of %s",
	                  gap.path);
	if (strcmp(gap.path, parent.path) != 0)
		length += snprintf(sentence + length, OBSTACLE_SENTENCE - (size_t)length,
		                   ", and so down to %s", parent.path);
	if (unit)
		snprintf(sentence + length, OBSTACLE_SENTENCE - (size_t)length,
		         " (systemd does it with systemctl set-property %s "
		         "AllowedMemoryNodes=, AllowedCPUs=)",
		         unit);
}

/* Whose it is, where it is not ours to write. */
static void explain_owner(int root, const struct cgroup *cgroup, const char *file, char *sentence)
{
	uid_t owner;

	if (geteuid() == 0 || cgroupfs_owner(root, cgroup, file, &owner))
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "%s of %s may not be written by this process (a container, or a security "
		         "module): run numaplace outside of it",
		         file, cgroup->path);
	else
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "%s of %s is user %lu's, and not delegated to user %lu: run numaplace as "
		         "that user, or have it delegated (systemd: Delegate=cpuset)",
		         file, cgroup->path, (unsigned long)owner, (unsigned long)geteuid());
}

void obstacle_explain(int root, const struct cgroup *cgroup, const char *file, int error,
                      char *sentence)
{
	const char *why = strerror(-error);

	if (error == -EACCES || error == -EPERM) {
		explain_owner(root, cgroup, file, sentence);
		return;
	}
	if (error == -EROFS)
		why = "the file system is mounted read-only here (a container's, as a rule): run "
		      "numaplace outside of it";
	else if (error == -ENOENT || error == -ENODEV)
		why = "it is no longer there";
	else if (error == -EBUSY)
		why = "in use: of processes with deadline scheduling, say, or of a partition";
	else if (error == -EINVAL || error == -ENOSPC)
		why = "the kernel does not take that (do a partition or exclusive CPUs beside it "
		      "stand against it?)";
	snprintf(sentence, OBSTACLE_SENTENCE, "%s of %s: %s", file, cgroup->path, why);
}

/* A partition's CPUs are taken from all others: that is not to be changed in passing. */
static int check_partition(int root, const struct cgroup *cgroup, char *sentence)
{
	char *text;
	bool is_member;

	if (cgroupfs_read(root, cgroup, "cpuset.cpus.partition", &text))
		return 0;
	is_member = !strcmp(text, "member");
	if (!is_member)
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "it is a partition (%s), whose CPUs are taken from all others: write "
		         "member to cpuset.cpus.partition of %s first",
		         text, cgroup->path);
	free(text);
	return is_member ? 0 : -EBUSY;
}

/* "threaded", or what became invalid when the one above it was made threaded. */
static int check_type(int root, const struct cgroup *cgroup, char *sentence)
{
	char *text;
	bool is_domain;

	if (cgroupfs_read(root, cgroup, "cgroup.type", &text))
		return 0;
	is_domain = !strcmp(text, "domain") || !strcmp(text, "domain threaded");
	if (!is_domain)
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "it is a threaded cgroup (cgroup.type: %s), and memory is bound by "
		         "process: give the one above it that is not",
		         text);
	free(text);
	return is_domain ? 0 : -EOPNOTSUPP;
}

static int check_version(const struct cgroup *cgroup, char *sentence)
{
	if (cgroup->version == CGROUP_V2)
		return 0;
	snprintf(sentence, OBSTACLE_SENTENCE,
	         "cpusets are those of cgroup v1 here (%s), of which numaplace only reads: it sets "
	         "those of v2",
	         cgroup->mount);
	return -EOPNOTSUPP;
}

/* Of an empty set nothing can be given to those below. */
static int check_not_empty(int root, const struct cgroup *cgroup, enum cgroup_what what,
                           char *sentence)
{
	struct idset found;

	if (cgroup_read_effective(root, cgroup, what, &found) || !idset_empty(&found))
		return 0;
	snprintf(sentence, OBSTACLE_SENTENCE,
	         "nothing is in force in %s: its %s.effective is empty (%s)", cgroup->path,
	         cgroup_file(cgroup, what),
	         what == CGROUP_CPUS ? "a partition has taken its CPUs, or they are offline"
	                             : "its nodes have no memory any more");
	return -ENOSPC;
}

int obstacle_check_new(int root, const struct cgroup *cgroup, char *sentence)
{
	int error = check_version(cgroup, sentence);

	if (!error)
		error = check_type(root, cgroup, sentence);
	if (error)
		return error;
	error = cgroupfs_has_word(root, cgroup, "cgroup.controllers", "cpuset");
	if (error > 0)
		return 0;
	if (error)
		obstacle_explain(root, cgroup, "cgroup.controllers", error, sentence);
	else
		explain_missing(root, cgroup, sentence);
	return error ? error : -ENOENT;
}

int obstacle_check(int root, const struct cgroup *cgroup, int what, char *sentence)
{
	const char *file = cgroup_file(cgroup, (enum cgroup_what)what);
	struct cgroup parent;
	int error = check_version(cgroup, sentence);

	if (!error)
		error = check_type(root, cgroup, sentence);
	if (error)
		return error;
	if (!cgroupfs_parent(cgroup, &parent)) {
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "the root cgroup has no cpuset to set: give one below it");
		return -EINVAL;
	}
	error = cgroupfs_may_write(root, cgroup, file);
	if (error == -ENOENT)
		explain_missing(root, cgroup, sentence);
	else if (error)
		obstacle_explain(root, cgroup, file, error, sentence);
	if (!error && what == CGROUP_CPUS)
		error = check_partition(root, cgroup, sentence);
	return error ? error : check_not_empty(root, &parent, (enum cgroup_what)what, sentence);
}

int obstacle_check_force(int root, const struct cgroup *cgroup, int what, const struct idset *set,
                         char *sentence)
{
	const char *file = cgroup_file(cgroup, (enum cgroup_what)what);
	static char wanted[IDSET_TEXT], list[IDSET_TEXT];
	struct idset found;
	int error = cgroup_read_effective(root, cgroup, (enum cgroup_what)what, &found);

	if (!error && idset_equal(&found, set))
		return 0;
	idset_text(set, wanted);
	if (error)
		snprintf(sentence, OBSTACLE_SENTENCE, "%s.effective of %s: %s", file, cgroup->path,
		         util_reason(error));
	else
		snprintf(sentence, OBSTACLE_SENTENCE,
		         "%s of %s was set to %.4000s, but in force is %.4000s", file, cgroup->path,
		         wanted, idset_empty(&found) ? "nothing" : idset_text(&found, list));
	return -ERANGE;
}
