#include "enclosure.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/cgroup.h"
#include "lib/cgroupfs.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "obstacle.h"
#include "placement.h"
#include "request.h"
#include "topology.h"

/* How often it is looked whether the cgroup is empty, when the command itself has ended. */
#define LOOK_NS 20000000L

static char sentence[OBSTACLE_SENTENCE];

struct enclosure {
	int root;
	struct cgroup own, inner;
	bool made, inside; /* by us, and we are in it */
	bool enabled;      /* the controller, by us */
};

/*
 * Takes all back: 0 or -errno. We can return to our own cgroup only when it has no controllers for
 * those below it any more. In the root cgroup they do not matter, and others may use them by now.
 */
static int undo(const struct enclosure *enclosure, bool failed)
{
	int error = 0;

	if (enclosure->enabled && (failed || enclosure->inside))
		error = cgroupfs_write(enclosure->root, &enclosure->own, "cgroup.subtree_control",
		                       "-cpuset\n");
	if (!error && enclosure->inside)
		error = cgroupfs_write(enclosure->root, &enclosure->own, "cgroup.procs", "0\n");
	if (!error && enclosure->made)
		error = cgroupfs_remove(enclosure->root, &enclosure->inner);
	return error == -ENOENT ? 0 : error;
}

/* Names that the kernel would take for something else, or that cannot be given back as operands. */
static int check_name(const char *name)
{
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || strpbrk(name, "/\n")) {
		snprintf(sentence, sizeof(sentence),
		         "a new cgroup is made within that of numaplace itself: give a name "
		         "without a slash");
		return -EINVAL;
	}
	if (strlen(name) > 255) {
		snprintf(sentence, sizeof(sentence), "the name is too long (255 bytes at most)");
		return -ENAMETOOLONG;
	}
	return 0;
}

static int say(const struct cgroup *cgroup, int error)
{
	snprintf(sentence, sizeof(sentence), "%s: %s", cgroup->path, util_reason(error));
	return error;
}

/* The one that is to be made. */
static int find_inner(struct enclosure *enclosure, const char *name)
{
	int error = cgroupfs_child(&enclosure->own, name, &enclosure->inner), exists;

	if (error) {
		snprintf(sentence, sizeof(sentence), "the path is too long");
		return error;
	}
	exists = cgroupfs_exists(enclosure->root, &enclosure->inner);
	if (exists < 0)
		return say(&enclosure->inner, exists);
	if (!exists)
		return 0;
	snprintf(sentence, sizeof(sentence),
	         "%s exists already (without --new it is bound as it is)", enclosure->inner.path);
	return -EEXIST;
}

static int find_own(struct enclosure *enclosure, const char *name, bool is_set)
{
	int error = cgroup_find(enclosure->root, "self", &enclosure->own), exists;

	if (error) {
		snprintf(sentence, sizeof(sentence), "%s",
		         util_is_fault(error)
		                 ? util_reason(error)
		                 : "no cgroup2 is mounted here, or this process is in none");
		return error;
	}
	exists = cgroupfs_exists(enclosure->root, &enclosure->own);
	if (exists < 0)
		return say(&enclosure->own, exists);
	if (!exists) {
		snprintf(sentence, sizeof(sentence),
		         "the cgroup of this process (%s) is not to be seen below %s (a container)",
		         enclosure->own.path, enclosure->own.mount);
		return -ENOENT;
	}
	error = is_set || enclosure->own.version != CGROUP_V2
	                ? obstacle_check_new(enclosure->root, &enclosure->own, sentence)
	                : 0;
	return error ? error : find_inner(enclosure, name);
}

/* The one root of all is no cgroup that has a type, whatever a namespace shows as "/". */
static bool is_real_root(const struct enclosure *enclosure)
{
	char *text;
	int error = cgroupfs_read(enclosure->root, &enclosure->own, "cgroup.type", &text);

	if (!error)
		free(text);
	return error == -ENOENT;
}

/*
 * A cgroup has either processes or controllers for those below it, but for the root. (The cpuset is
 * a threaded controller, which can be enabled beside processes, but then nothing but threads goes
 * into the cgroups below.) So our own one must be left, which helps where we are alone in it.
 */
static int check_alone(const struct enclosure *enclosure)
{
	pid_t *pids;
	long count = cgroupfs_processes(enclosure->root, &enclosure->own, false, &pids);

	if (count >= 0)
		free(pids);
	if (count == 1)
		return 0;
	snprintf(sentence, sizeof(sentence),
	         "%s has other processes, and a cgroup has either these or controllers for those "
	         "below it: start it where it is alone (systemd-run --scope -p Delegate=yes "
	         "numaplace ...), or as root in the root cgroup",
	         enclosure->own.path);
	return -EBUSY;
}

static int enter(struct enclosure *enclosure)
{
	int error = cgroupfs_write(enclosure->root, &enclosure->inner, "cgroup.procs", "0\n");

	if (error)
		obstacle_explain(enclosure->root, &enclosure->inner, "cgroup.procs", error,
		                 sentence);
	enclosure->inside = !error;
	return error;
}

static int enable(struct enclosure *enclosure)
{
	static const char file[] = "cgroup.subtree_control";
	int error, has = cgroupfs_has_word(enclosure->root, &enclosure->own, file, "cpuset");

	if (has > 0)
		return 0;
	/* What was enabled before is not to be taken back at the end. */
	if (has < 0) {
		obstacle_explain(enclosure->root, &enclosure->own, file, has, sentence);
		return has;
	}
	error = cgroupfs_write(enclosure->root, &enclosure->own, file, "+cpuset\n");
	if (error)
		obstacle_explain(enclosure->root, &enclosure->own, file, error, sentence);
	enclosure->enabled = !error;
	return error;
}

static int write_set(struct enclosure *enclosure, enum cgroup_what what, const struct idset *set)
{
	const char *file = cgroup_file(&enclosure->inner, what);
	int error = cgroupfs_write_set(enclosure->root, &enclosure->inner, file, set);

	if (error)
		obstacle_explain(enclosure->root, &enclosure->inner, file, error, sentence);
	if (error || kernel_is_closed())
		return error;
	return obstacle_check_force(enclosure->root, &enclosure->inner, (int)what, set, sentence);
}

static int write_sets(struct enclosure *enclosure, const struct placement *placement)
{
	int error = 0;

	if (placement->mode == MPOL_BIND)
		error = write_set(enclosure, CGROUP_MEMS, &placement->nodes);
	if (!error && placement->has_cpus)
		error = write_set(enclosure, CGROUP_CPUS, &placement->cpus);
	return error;
}

static void explain_making(const struct enclosure *enclosure, int error)
{
	if (error == -EACCES || error == -EPERM || error == -EROFS)
		obstacle_explain(enclosure->root, &enclosure->own, "cgroup.procs", error, sentence);
	else
		snprintf(sentence, sizeof(sentence), "%s cannot be made: %s", enclosure->inner.path,
		         strerror(-error));
}

static int make(struct enclosure *enclosure, const char *name, const struct placement *placement)
{
	bool is_set = placement->mode == MPOL_BIND || placement->has_cpus, leaves;
	int error = check_name(name);

	if (!error)
		error = find_own(enclosure, name, is_set);
	leaves = !error && is_set && !is_real_root(enclosure);
	if (leaves)
		error = check_alone(enclosure);
	if (error)
		return error;
	error = cgroupfs_make(enclosure->root, &enclosure->inner);
	if (error) {
		explain_making(enclosure, error);
		return error;
	}
	enclosure->made = true;
	if (leaves)
		error = enter(enclosure);
	if (!error && is_set)
		error = enable(enclosure);
	return error ? error : write_sets(enclosure, placement);
}

/* Whether anybody but us is left in there, or below it. */
static bool is_populated(const struct enclosure *enclosure)
{
	pid_t *pids;
	long count = cgroupfs_processes(enclosure->root, &enclosure->inner, true, &pids);

	if (count >= 0)
		free(pids);
	return count > (enclosure->inside ? 1 : 0);
}

/*
 * What is sent to us is meant for the command. The terminal sends to the whole group in the
 * foreground, so to the command too (si_code SI_KERNEL).
 */
static void pass_on(pid_t command, const siginfo_t *signal)
{
	if (signal->si_code <= 0)
		kill(command, signal->si_signo);
}

/* A command that stops takes us with it, so that the shell sees its job stopped. */
static void stop_too(pid_t command)
{
	kill(getpid(), SIGSTOP);
	kill(command, SIGCONT);
}

/* Until the command has ended: its status, as waitpid tells it. */
static int wait_for(pid_t command, const sigset_t *all)
{
	siginfo_t signal;
	int status;

	for (;;) {
		pid_t got = waitpid(command, &status, WNOHANG | WUNTRACED);

		if (got == command && !WIFSTOPPED(status))
			return status;
		if (got == command)
			stop_too(command);
		else if (got == 0 && sigwaitinfo(all, &signal) > 0 && signal.si_signo != SIGCHLD)
			pass_on(command, &signal);
	}
}

/* A signal ends it: what is still in there stays, and so does the cgroup. */
static void wait_until_empty(const struct enclosure *enclosure, const sigset_t *all)
{
	static const struct timespec look = { .tv_nsec = LOOK_NS };

	while (is_populated(enclosure)) {
		int got = sigtimedwait(all, NULL, &look);

		if (got == SIGINT || got == SIGTERM || got == SIGHUP || got == SIGQUIT)
			return;
	}
}

/* By the signal that ended the command, without a core of ours. */
static void end_by(int number)
{
	static const struct rlimit none = { 0, 0 };
	sigset_t only;

	setrlimit(RLIMIT_CORE, &none);
	signal(number, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, number);
	kill(getpid(), number);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	exit(128 + number);
}

__attribute__((noreturn)) static void stay_behind(const struct enclosure *enclosure, pid_t command,
                                                  const sigset_t *all)
{
	int status = wait_for(command, all), error;

	wait_until_empty(enclosure, all);
	error = undo(enclosure, false);
	if (error)
		util_warn("%s is left behind: %s", enclosure->inner.path,
		          error == -EBUSY ? "processes or cgroups are still in it"
		                          : strerror(-error));
	if (WIFSIGNALED(status))
		end_by(WTERMSIG(status));
	exit(WEXITSTATUS(status));
}

/* Signals wait until one of the two processes is there to take them. */
static int split(const struct enclosure *enclosure)
{
	sigset_t all, before;
	int error;
	pid_t command;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	/* Whoever ignores SIGCHLD is not told how children end; the command inherits it all the same. */
	void (*handler)(int) = signal(SIGCHLD, SIG_DFL);

	command = fork();
	if (command < 0) {
		error = -errno;
		snprintf(sentence, sizeof(sentence), "fork: %s", strerror(-error));
		signal(SIGCHLD, handler);
		sigprocmask(SIG_SETMASK, &before, NULL);
		return error;
	}
	if (command > 0)
		stay_behind(enclosure, command, &all);
	signal(SIGCHLD, handler);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return 0;
}

void enclosure_enter(const struct request *request, struct topology *topology,
                     const struct placement *placement)
{
	static struct enclosure enclosure;
	int error;

	enclosure.root = topology->root;
	error = make(&enclosure, request->cgroup, placement);
	if (!error && !kernel_is_closed())
		error = split(&enclosure);
	if (error)
		undo(&enclosure, true);
	else if (!enclosure.inside)
		error = enter(&enclosure);
	if (!error)
		return;
	if (!request->best_effort)
		util_die(util_failure, "--cgroup=%s: %s", request->cgroup, sentence);
	util_warn("--cgroup=%s: %s; going on without it", request->cgroup, sentence);
}
