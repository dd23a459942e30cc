#include "impediment.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/inject.h"
#include "lib/kernel.h"
#include "lib/process.h"
#include "lib/util.h"
#include "target.h"

/* The header of a program, and notes behind it. */
#define PROGRAM 8192
/* For a process that may not be traced just now: how often again, and after how many ns. */
#define TRIES 3
#define TRY_AGAIN 5000000

/* Whether it is one for this machine's own registers: then NULL, else why not. */
static const char *why_not_program(const unsigned char *bytes, size_t size)
{
	static const unsigned char go[] = { 4, 0, 0, 0, 'G', 'o', 0, 0 };
	Elf64_Ehdr header, own;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool has_own = fd >= 0 && read(fd, &own, sizeof(own)) == (ssize_t)sizeof(own);

	if (fd >= 0)
		close(fd);
	if (size < sizeof(header) || !has_own)
		return NULL;
	memcpy(&header, bytes, sizeof(header));
	if (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] || header.e_machine != own.e_machine)
		return "is a program of another width or machine than numaplace (32-bit on a 64-bit "
		       "kernel)";
	/* NT_GO_BUILD_ID: goroutines have stacks without room for a frame of the kernel's. */
	if (memmem(bytes, size, go, sizeof(go)))
		return "is a Go program: its stacks are too small for what a call takes";
	return NULL;
}

/* True, and the sentence, where it runs what would come to harm, or may. */
static bool is_harmed(const struct process *process, char sentence[IMPEDIMENT_TEXT])
{
	unsigned char bytes[PROGRAM];
	int fd = openat(process->directory, "exe", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	int error = size < 0 ? -errno : 0;
	const char *why = error ? NULL : why_not_program(bytes, (size_t)size);

	if (fd >= 0)
		close(fd);
	if (why)
		snprintf(sentence, IMPEDIMENT_TEXT, "it %s", why);
	/* One that has ended has none; that is found out later. */
	if (!error || error == -ENOENT || error == -ESRCH)
		return why;
	snprintf(sentence, IMPEDIMENT_TEXT,
	         "it runs a program that cannot be read (%s), and may be one that it would harm "
	         "(Go)",
	         util_reason(error));
	return true;
}

bool impediment_has_ended(int error, const struct process_status *status)
{
	return error == -ESRCH || (!error && (status->state == 'Z' || status->state == 'X'));
}

bool impediment_of_thread(const struct process *process, pid_t thread,
                          struct process_status *status, char sentence[IMPEDIMENT_TEXT])
{
	const char *why = NULL;
	int error = process_thread_status(process, thread, status);

	if (impediment_has_ended(error, status))
		return false;
	if (error) {
		snprintf(sentence, IMPEDIMENT_TEXT, "/proc/%d/task/%d/status: %s",
		         (int)process->pid, (int)thread, util_reason(error));
		return true;
	}
	if (status->tracer) {
		snprintf(sentence, IMPEDIMENT_TEXT,
		         "its thread %d is being traced by process %lu, and can have one tracer "
		         "only: end that (strace, gdb) first",
		         (int)thread, status->tracer);
		return true;
	}
	if (status->state == 'T' || status->state == 't')
		why = "is stopped: let it go on first (kill -CONT)";
	else if (status->seccomp == 1)
		why = "is in seccomp's strict mode, which kills it for such a call";
	else if (status->has_shadow_stack)
		why = "has a shadow stack, which would kill it if numaplace died in the midst";
	if (why)
		snprintf(sentence, IMPEDIMENT_TEXT, "its thread %d %s", (int)thread, why);
	return why;
}

/* What its filters say, in the stopped thread. */
static int look_at_filters(struct inject *inject, void *argument)
{
	(void)argument;
	return kernel_mind_filters_in(inject);
}

static const char *why_filtered(int error)
{
	switch (error) {
	case -EACCES:
		return "is under a seccomp filter that does not let set_mempolicy, get_mempolicy, "
		       "rt_sigreturn and restart_syscall through: allow these where it is set "
		       "(SystemCallFilter=, the container's profile), and start it anew";
	case -EPERM:
		return "is under a seccomp filter, which may kill it for a call that it does not "
		       "expect, and only root without a filter of its own (CAP_SYS_ADMIN) can see "
		       "what it allows";
	case -ENOSYS:
		return "is under a seccomp filter, which may kill it for a call that it does not "
		       "expect: start it under numaplace";
	default: return NULL;
	}
}

/* Yama's ptrace_scope, 0 where it is not there. */
static unsigned long read_scope(void)
{
	unsigned long scope = 0;
	char *text;
	size_t length;

	if (util_read(UTIL_HERE, &text, &length, "/proc/sys/kernel/yama/ptrace_scope"))
		return 0;
	if (util_parse_number(text, strcspn(text, "\n"), 3, &scope))
		scope = 0;
	free(text);
	return scope;
}

static void explain_refusal(const struct process *process, char sentence[IMPEDIMENT_TEXT])
{
	unsigned long scope = read_scope();
	char rights[TARGET_RIGHTS];

	target_rights(process, rights);
	if (scope == 3)
		snprintf(
			sentence, IMPEDIMENT_TEXT,
			"yama forbids all tracing until the next boot (kernel.yama.ptrace_scope is "
			"3)");
	else if (scope && geteuid() == process->status.user)
		snprintf(sentence, IMPEDIMENT_TEXT,
		         "yama forbids it to trace this process (kernel.yama.ptrace_scope is %lu): "
		         "run numaplace as root, or set that to 0",
		         scope);
	else
		snprintf(sentence, IMPEDIMENT_TEXT, "it may not be traced: %s", rights);
}

/* The kernel refuses one that is just starting another program, too: that takes milliseconds. */
static int try_process(void *argument)
{
	const struct process *process = argument;
	int error = inject_try(process->pid);

	for (int i = 0; i < TRIES && error == -EPERM; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = TRY_AGAIN }, NULL);
		error = inject_try(process->pid);
	}
	return error;
}

/*
 * Whether all threads could be held: true, and the sentence, where not. *is_filtered: some are
 * under a filter, which only the stopped thread lets see.
 */
static bool is_refused(const struct process *process, bool *is_filtered,
                       char sentence[IMPEDIMENT_TEXT])
{
	struct process_status status = { 0 };
	pid_t *threads;
	long count;
	bool found = false;
	int error;

	if (is_harmed(process, sentence))
		return true;
	count = process_threads(process, &threads);
	if (count < 0)
		return false;
	for (long i = 0; i < count && !found; i++) {
		found = impediment_of_thread(process, threads[i], &status, sentence);
		*is_filtered |= status.seccomp > 0;
	}
	free(threads);
	if (found)
		return true;
	error = inject_trace(try_process, (void *)process);
	if (!error || error == -ESRCH || process_is_gone(process))
		return false;
	if (error == -EPERM || error == -EACCES)
		explain_refusal(process, sentence);
	else if (error == -EDQUOT)
		snprintf(sentence, IMPEDIMENT_TEXT, INJECT_NO_THREAD);
	else
		snprintf(sentence, IMPEDIMENT_TEXT, "ptrace: %s", strerror(-error));
	return true;
}

/* Those under filters: true, and the sentence. */
struct look {
	const struct process *process;
	const struct inject_site *site;
	char *sentence;
};

static int look_at_threads(void *argument)
{
	const struct look *look = argument;
	unsigned long long took = 0;
	pid_t *threads;
	long count = process_threads(look->process, &threads);
	int found = 0;

	for (long i = 0; i < count && !found; i++) {
		struct process_status status;
		int error = process_thread_status(look->process, threads[i], &status);

		if (error || impediment_has_ended(error, &status) || status.seccomp <= 0)
			continue;
		error = inject_hold(threads[i], look->site, look_at_filters, NULL, &took);
		if (!why_filtered(error))
			continue;
		snprintf(look->sentence, IMPEDIMENT_TEXT, "its thread %d %s", (int)threads[i],
		         why_filtered(error));
		found = 1;
	}
	if (count >= 0)
		free(threads);
	return found;
}

static bool is_filtered_out(const struct process *process, const struct inject_site *site,
                            char sentence[IMPEDIMENT_TEXT])
{
	struct look look = { process, site, sentence };

	return inject_trace(look_at_threads, &look) > 0;
}

static const char *why_not_found(int error)
{
	if (error == -ENOSYS)
		return "numaplace does not know how on this machine (x86-64 and arm64 it does)";
	if (error == -ENOENT)
		return INJECT_NO_CODE " (nor is there while it starts another program: try again)";
	return util_reason(error);
}

void impediment_check(const struct process *process)
{
	char sentence[IMPEDIMENT_TEXT], name[TARGET_NAME];
	struct inject_site *site;
	bool is_filtered = false;
	int error;

	target_name(process, name);
	if (is_refused(process, &is_filtered, sentence))
		util_die(util_failure, "--inject: %s: %s", name, sentence);
	error = inject_find(process, &site);
	if (error && !process_is_gone(process))
		util_die(util_failure, "--inject: %s: %s", name, why_not_found(error));
	if (error)
		return;
	if (is_filtered && is_filtered_out(process, site, sentence))
		util_die(util_failure, "--inject: %s: %s", name, sentence);
	free(site);
}
