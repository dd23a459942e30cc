#include "target.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/capability.h"
#include "lib/cgroup.h"
#include "lib/mapping.h"
#include "lib/process.h"
#include "lib/resident.h"
#include "lib/util.h"
#include "obstacle.h"
#include "request.h"

/* PID_MAX_LIMIT of linux/threads.h on 64-bit kernels. */
#define PID_LIMIT (4UL << 20)
const unsigned long target_limit = PID_LIMIT;

const char *target_name(const struct process *process, char name[TARGET_NAME])
{
	snprintf(name, TARGET_NAME, "process %d (%s)", (int)process->pid, process->status.name);
	return name;
}

void target_rights(const struct process *process, char rights[TARGET_RIGHTS])
{
	unsigned long own = geteuid();

	if (own == 0)
		snprintf(
			rights, TARGET_RIGHTS,
			"this is root, but without the right to (CAP_SYS_PTRACE, the user namespace, "
			"a security module): run numaplace outside of the container");
	else if (process->status.user == own)
		snprintf(
			rights, TARGET_RIGHTS,
			"it is this user's, but has privileges or a user namespace of its own, or a "
			"security module protects it: run numaplace as root");
	else
		snprintf(rights, TARGET_RIGHTS,
		         "it is user %lu's, and this is user %lu: run numaplace as root, as that "
		         "user, or with CAP_SYS_PTRACE (to change it, CAP_DAC_READ_SEARCH and "
		         "CAP_SYS_NICE too)",
		         process->status.user, own);
}

/* What keeps us from looking at its memory: 0, or -errno of the file that PATH becomes. */
static int try_files(const struct process *process, bool for_change, const char **path)
{
	struct mapping_reader *reader;
	struct resident resident;
	int error = mapping_open(process->directory, 0, &reader);

	*path = "numa_maps";
	if (error)
		return error;
	/* The right to read was checked; to read would walk all of its pages. */
	mapping_close(reader);
	if (!for_change)
		return 0;
	*path = "pagemap";
	error = resident_open(process->directory, &resident);
	if (!error)
		resident_close(&resident);
	return error;
}

/* The parent of all kernel threads (rest_init() in init/main.c). */
#define KTHREADD 2

/* Whether a kind of process has no memory to look at: says why, or NULL. */
static const char *why_without_memory(const struct process *process)
{
	if (process->status.state == 'Z' || process->status.state == 'X')
		return "has ended, or its first thread has: the kernel shows no memory of it any more";
	/* That of one that was killed goes before it is a zombie. */
	if (!process->status.has_memory && process->pid != KTHREADD &&
	    process->status.parent != KTHREADD)
		return "has ended";
	if (!process->status.has_memory)
		return "is a kernel thread: it has no memory of its own";
	return NULL;
}

/* What stands against looking at it, or changing it: true, and the sentence. */
static bool is_refused(const struct process *process, bool for_change, char *sentence, size_t size)
{
	char name[TARGET_NAME], rights[TARGET_RIGHTS];
	const char *why = why_without_memory(process), *path;
	int error;

	target_name(process, name);
	if (why) {
		snprintf(sentence, size, "%s %s", name, why);
		return true;
	}
	if (for_change && process->pid == getpid()) {
		snprintf(sentence, size, "that is numaplace itself");
		return true;
	}
	error = try_files(process, for_change, &path);
	target_rights(process, rights);
	/* The kernel lets only the owner set a thread's CPUs, whatever else is allowed. */
	if (!error && for_change && process->status.user != geteuid() && !capability_may_nice())
		error = -EPERM;
	if (!error)
		return false;
	if (error == -EACCES || error == -EPERM)
		snprintf(sentence, size, "%s may not be %s: %s", name,
		         for_change ? "changed" : "looked at", rights);
	else if (error == -ESRCH || (error == -ENOENT && process_is_gone(process)))
		snprintf(sentence, size, "%s has ended", name);
	else if (error == -ENOENT)
		snprintf(sentence, size,
		         "there is no /proc/%d/%s: the kernel was built without CONFIG_%s",
		         (int)process->pid, path,
		         !strcmp(path, "pagemap") ? "PROC_PAGE_MONITOR" : "NUMA");
	else
		snprintf(sentence, size, "/proc/%d/%s: %s", (int)process->pid, path,
		         util_reason(error));
	return true;
}

static void explain_open(unsigned long pid, const struct process *process, int error,
                         char *sentence, size_t size)
{
	if (error == -ECHILD)
		snprintf(sentence, size, "%lu is a thread of process %lu (give that one)", pid,
		         process->status.leader);
	else if (error == -EXDEV)
		snprintf(sentence, size,
		         "/proc is that of another pid namespace, its numbers mean nothing here");
	else if (error == -ESRCH && (!kill((pid_t)pid, 0) || errno == EPERM))
		snprintf(sentence, size,
		         "process %lu is hidden from this user (/proc is mounted with hidepid)",
		         pid);
	else if (error == -ESRCH)
		snprintf(sentence, size, "there is no process %lu", pid);
	else
		snprintf(sentence, size, "/proc/%lu: %s", pid, util_reason(error));
}

static struct process *append(struct process **processes, size_t count)
{
	struct process *larger = reallocarray(*processes, count + 1, sizeof(*larger));

	if (!larger)
		util_die(util_failure, "%s", strerror(errno));
	*processes = larger;
	return &larger[count];
}

static bool is_known(const struct process *processes, size_t count, unsigned long pid)
{
	for (size_t i = 0; i < count; i++)
		if ((unsigned long)processes[i].pid == pid)
			return true;
	return false;
}

static unsigned long take_pid(const char *pids, const char *word, size_t length)
{
	unsigned long pid;
	int error = util_parse_number(word, length, PID_LIMIT, &pid);

	if (error == -ERANGE)
		util_die(util_failure, "--pid=%s: there is no process %.*s (the largest is %lu)",
		         pids, length > 40 ? 40 : (int)length, word, PID_LIMIT);
	if (error || !pid)
		util_die(util_failure,
		         "--pid=%s: '%.*s' is not the number of a process (write them like 17 or "
		         "17,4242, or cgroup:PATH)",
		         pids, length > 40 ? 40 : (int)length, word);
	return pid;
}

int target_look(unsigned long pid, struct process *process, char sentence[TARGET_SENTENCE])
{
	int error = process_open((pid_t)pid, process);

	if (error) {
		explain_open(pid, process, error, sentence, TARGET_SENTENCE);
		return error;
	}
	if (!is_refused(process, false, sentence, TARGET_SENTENCE))
		return 0;
	error = process_is_gone(process) ? -ESRCH : why_without_memory(process) ? -ENOMSG : -EACCES;
	process_close(process);
	return error;
}

/* What stands before the name of a cgroup in --pid. */
#define GROUP "cgroup:"
#define GROUP_LENGTH ((int)sizeof(GROUP) - 1)

static bool is_group(const char *word)
{
	return !strncmp(word, GROUP, sizeof(GROUP) - 1);
}

static const char *next_item(const char *word)
{
	const char *comma = strchr(word, ',');

	return comma ? comma + 1 : NULL;
}

static void open_pid(const struct request *request, unsigned long pid, bool for_change,
                     struct process **processes, size_t count)
{
	struct process *process = append(processes, count);
	char sentence[512];
	int error;

	if (is_known(*processes, count, pid))
		util_die(util_failure, "--pid=%s: %lu is given twice", request->pids, pid);
	error = process_open((pid_t)pid, process);
	if (error)
		explain_open(pid, process, error, sentence, sizeof(sentence));
	if (error || is_refused(process, for_change, sentence, sizeof(sentence)))
		util_die(util_failure, "--pid=%s: %s", request->pids, sentence);
}

/* The numbers in --pid. */
static size_t open_named(const struct request *request, bool for_change, struct process **processes)
{
	size_t count = 0;

	for (const char *word = request->pids; word; word = next_item(word))
		if (!is_group(word))
			open_pid(request, take_pid(request->pids, word, strcspn(word, ",")),
			         for_change, processes, count++);
	return count;
}

/*
 * Of one that was not named itself: says why it is left out, where OPTION is not NULL and it has
 * not ended.
 */
static bool add_found(struct process *process, pid_t pid, bool for_change, const char *option,
                      bool *is_whole)
{
	char sentence[512];
	int error = process_open(pid, process);

	if (error == -ESRCH)
		return false;
	if (error)
		explain_open((unsigned long)pid, process, error, sentence, sizeof(sentence));
	else if (!is_refused(process, for_change, sentence, sizeof(sentence)))
		return true;
	else if (process_is_gone(process))
		error = -ESRCH;
	process_close(process);
	if (error == -ESRCH)
		return false;
	*is_whole = false;
	if (option)
		util_warn("%s: left out: %s", option, sentence);
	return false;
}

/* Those of a cgroup and of the ones below it; where FIRST it has to be there. */
static size_t add_group(const char *option, const char *name, bool first, bool for_change,
                        struct process **processes, size_t count, bool *is_whole)
{
	static char sentence[OBSTACLE_SENTENCE];
	char label[CGROUP_PATH + 16];
	size_t unseen;
	pid_t *pids;
	long found = obstacle_processes(name, &pids, &unseen, sentence);

	snprintf(label, sizeof(label), "%s%s", option, name);
	if (found < 0 && first)
		util_die(util_failure, "%s: %s", label, sentence);
	if (found < 0)
		return count;
	for (long i = 0; i < found; i++) {
		struct process *process = append(processes, count);

		if (!is_known(*processes, count, (unsigned long)pids[i]) &&
		    add_found(process, pids[i], for_change, first ? label : NULL, is_whole))
			count++;
	}
	if (unseen && first) {
		*is_whole = false;
		util_warn("%s: left out: %zu in another pid namespace", label, unseen);
	}
	free(pids);
	return count;
}

/* Those of --cgroup, and of the cgroups in --pid. */
static size_t add_groups(const struct request *request, bool first, bool for_change,
                         struct process **processes, size_t count, bool *is_whole)
{
	char name[CGROUP_PATH];

	if (request->cgroup)
		count = add_group("--cgroup=", request->cgroup, first, for_change, processes, count,
		                  is_whole);
	for (const char *word = request->pids; word; word = next_item(word)) {
		if (!is_group(word))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, ",") - GROUP_LENGTH,
		         word + GROUP_LENGTH);
		count = add_group("--pid=" GROUP, name, first, for_change, processes, count,
		                  is_whole);
	}
	/* A cgroup is shown without. */
	if (!count && first && (request->pids || for_change))
		util_die(util_failure, "--%s=%s: there is no process in it that can be %s",
		         request->pids ? "pid" : "cgroup",
		         request->pids ? request->pids : request->cgroup,
		         for_change ? "moved" : "shown");
	return count;
}

static bool add_child(const struct process_family *family, bool for_change,
                      struct process **processes, size_t count, bool *is_whole)
{
	struct process *child;

	if (family->pid == getpid() || is_known(*processes, count, (unsigned long)family->pid))
		return false;
	child = append(processes, count);
	if (!add_found(child, family->pid, for_change, "--tree", is_whole))
		return false;
	if (child->status.parent == (unsigned long)family->parent)
		return true;
	/* Its number has been given to another one since. */
	process_close(child);
	return false;
}

static size_t add_children(const struct request *request, bool for_change,
                           struct process **processes, size_t count, bool *is_whole)
{
	struct process_family *families = NULL;
	long all = request->tree ? process_families(&families) : 0;

	if (all < 0) {
		*is_whole = false;
		util_warn("--tree: /proc: %s", util_reason((int)all));
	}
	for (size_t i = 0; i < count; i++)
		for (long j = 0; j < all; j++)
			if (families[j].parent == (*processes)[i].pid &&
			    add_child(&families[j], for_change, processes, count, is_whole))
				count++;
	free(families);
	return count;
}

size_t target_add_children(const struct request *request, bool for_change,
                           struct process **processes, size_t count, bool *is_whole)
{
	count = add_groups(request, false, for_change, processes, count, is_whole);
	return add_children(request, for_change, processes, count, is_whole);
}

size_t target_open(const struct request *request, bool for_change, struct process **processes,
                   bool *is_whole)
{
	size_t count;

	*processes = NULL;
	process_allow_many();
	count = open_named(request, for_change, processes);
	count = add_groups(request, true, for_change, processes, count, is_whole);
	return add_children(request, for_change, processes, count, is_whole);
}
