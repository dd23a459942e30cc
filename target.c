#include "target.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/kernel.h"
#include "lib/mapping.h"
#include "lib/process.h"
#include "lib/resident.h"
#include "lib/util.h"
#include "policy.h"
#include "request.h"

/* PID_MAX_LIMIT of linux/threads.h on 64-bit kernels. */
#define PID_LIMIT (4UL << 20)
const unsigned long target_limit = PID_LIMIT;

/* Times that threads are listed anew: each sees those that the ones before have started. */
#define ROUNDS 100

const char *target_name(const struct process *process, char name[TARGET_NAME])
{
	snprintf(name, TARGET_NAME, "process %d (%s)", (int)process->pid, process->status.name);
	return name;
}

/* Who may do it, where we may not. */
static void explain_rights(const struct process *process, char *sentence, size_t size)
{
	unsigned long own = geteuid();

	if (own == 0)
		snprintf(
			sentence, size,
			"this is root, but without the right to (CAP_SYS_PTRACE, the user namespace, "
			"a security module): run numaplace outside of the container");
	else if (process->status.user == own)
		snprintf(
			sentence, size,
			"it is this user's, but has privileges or a user namespace of its own, or a "
			"security module protects it: run numaplace as root");
	else
		snprintf(sentence, size,
		         "it is user %lu's, and this is user %lu: run numaplace as root, as that "
		         "user, or with CAP_SYS_PTRACE and CAP_SYS_NICE",
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

/* Whether a kind of process has no memory to look at: says why, or NULL. */
static const char *why_without_memory(const struct process *process)
{
	if (process->status.state == 'Z' || process->status.state == 'X')
		return "has ended, or its first thread has: the kernel shows no memory of it any more";
	if (!process->status.has_memory)
		return "is a kernel thread: it has no memory of its own";
	return NULL;
}

/* What stands against looking at it, or changing it: true, and the sentence. */
static bool is_refused(const struct process *process, bool for_change, char *sentence, size_t size)
{
	char name[TARGET_NAME], rights[256];
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
	explain_rights(process, rights, sizeof(rights));
	/* The kernel lets only the owner set a thread's CPUs, whatever else is allowed. */
	if (!error && for_change && process->status.user != geteuid() && !kernel_may_nice())
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
		         "17,4242)",
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

static size_t open_named(const struct request *request, bool for_change, struct process **processes)
{
	const char *word = request->pids;
	size_t count = 0;

	for (;;) {
		size_t length = strcspn(word, ",");
		unsigned long pid = take_pid(request->pids, word, length);
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
		count++;
		if (!word[length])
			return count;
		word += length + 1;
	}
}

/* Says why a child is left out; one that has ended meanwhile needs no word. */
static bool add_child(struct process *process, pid_t pid, bool for_change, bool *is_whole)
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
	util_warn("--tree: left out: %s", sentence);
	return false;
}

size_t target_add_children(const struct request *request, bool for_change,
                           struct process **processes, size_t count, bool *is_whole)
{
	for (size_t i = 0; request->tree && i < count; i++) {
		pid_t *children = NULL;
		long found = process_children(&(*processes)[i], &children);

		if (found < 0) {
			*is_whole = false;
			util_warn("--tree: /proc: %s", util_reason((int)found));
			break;
		}
		for (long j = 0; j < found; j++) {
			struct process *process = append(processes, count);

			if (!is_known(*processes, count, (unsigned long)children[j]) &&
			    children[j] != getpid() &&
			    add_child(process, children[j], for_change, is_whole))
				count++;
		}
		free(children);
	}
	return count;
}

/* Each process is held by two descriptors. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

size_t target_open(const struct request *request, bool for_change, struct process **processes,
                   bool *is_whole)
{
	*processes = NULL;
	allow_descriptors();
	return target_add_children(request, for_change, processes,
	                           open_named(request, for_change, processes), is_whole);
}

int target_cpus(const struct process *process, struct idset *cpus)
{
	struct idset found = { 0 };
	pid_t *threads;
	long count = process_threads(process, &threads);

	if (count < 0)
		return (int)count;
	for (long i = 0; i < count; i++) {
		struct process_status status;

		int error = process_thread_status(process, threads[i], &status);

		/* A thread that has ended meanwhile runs nowhere. */
		if (!error) {
			found = idset_or(&found, &status.cpus);
		} else if (error != -ESRCH) {
			free(threads);
			return error;
		}
	}
	free(threads);
	if (idset_empty(&found))
		return -ESRCH;
	*cpus = found;
	return 0;
}

/*
 * 1 where its CPUs were set, 0 where they were right or the thread has ended, or -errno: -ERANGE
 * where the kernel set others.
 */
static int bind_thread(const struct process *process, pid_t thread, const struct idset *cpus)
{
	struct process_status status;
	struct idset set;
	int error = process_thread_status(process, thread, &status);

	if (error == -ESRCH || (!error && status.has_cpus && idset_equal(&status.cpus, cpus)))
		return 0;
	error = kernel_set_affinity(thread, cpus);
	if (error == -ESRCH)
		return 0;
	if (error || kernel_is_closed())
		return error;
	/* It sets what is asked for within the cpuset, and drops the rest without a word. */
	error = kernel_get_affinity(thread, &set);
	if (error)
		return error == -ESRCH ? 0 : error;
	return idset_equal(&set, cpus) ? 1 : -ERANGE;
}

static int say_unbound(const struct process *process, pid_t thread, int error)
{
	char name[TARGET_NAME], sentence[256] = "";

	if (error == -EPERM)
		explain_rights(process, sentence, sizeof(sentence));
	if (error == -ERANGE)
		snprintf(sentence, sizeof(sentence), "its cpuset does not allow all of these CPUs");
	if (error == -EAGAIN)
		snprintf(sentence, sizeof(sentence),
		         "it starts threads faster than they are bound");
	util_warn("sched_setaffinity: thread %d of %s: %s", (int)thread, target_name(process, name),
	          *sentence ? sentence : strerror(-error));
	return error;
}

/* Each round finds the threads that those of the round before started while they were unbound. */
int target_bind(const struct process *process, const struct placement *placement, bool *is_changed)
{
	for (int round = 0; round < ROUNDS; round++) {
		pid_t *threads;
		long count = process_threads(process, &threads);
		int bound = 0;

		if (count <= 0 || process_is_gone(process)) {
			if (count >= 0)
				free(threads);
			if (count >= 0 || process_is_gone(process))
				return -ESRCH;
			return say_unbound(process, process->pid, (int)count);
		}
		for (long i = 0; i < count; i++) {
			int result = bind_thread(process, threads[i], &placement->cpus);

			if (result < 0) {
				pid_t thread = threads[i];

				free(threads);
				return say_unbound(process, thread, result);
			}
			bound += result;
			*is_changed |= result > 0;
		}
		free(threads);
		if (!bound)
			return 0;
	}
	return say_unbound(process, process->pid, -EAGAIN);
}
