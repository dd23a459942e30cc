#include "lib/stop.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/util.h"

/* Until a thread stops, or has made its call: seconds, as a loaded machine may not let it run. */
#define TIME_LIMIT 10

int stop_request(const struct stop *stop, unsigned what, unsigned long data)
{
	return ptrace((stop_what)what, stop->thread, NULL, data) ? -errno : 0;
}

/* Takes the rest of a thread that has ended: its tracer has to, or it stays as a zombie. */
static int bury(const struct stop *stop)
{
	siginfo_t info;

	waitid(P_PID, (id_t)stop->thread, &info, WEXITED | WNOHANG | __WALL);
	return -ESRCH;
}

static enum stop_kind kind_of(int status, int *signal)
{
	*signal = status & 0x7f;
	if (status >> 8 == PTRACE_EVENT_STOP)
		return *signal == SIGTRAP ? STOP_INTERRUPT : STOP_GROUP;
	return status == (SIGTRAP | 0x80) ? STOP_CALL : STOP_SIGNAL;
}

/* The kernel signals each stop with SIGCHLD, which is blocked: it may come late, or for another. */
int stop_wait(struct stop *stop, int *signal)
{
	unsigned long long end = util_now() + TIME_LIMIT * 1000000000ULL;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		siginfo_t info = { .si_pid = 0 };
		struct timespec some = { .tv_nsec = 100000000 };

		if (waitid(P_PID, (id_t)stop->thread, &info,
		           WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL))
			return errno == ECHILD ? -ESRCH : -errno;
		stop->is_held = info.si_pid && info.si_code == CLD_TRAPPED;
		if (stop->is_held)
			return (int)kind_of(info.si_status, signal);
		if (info.si_pid)
			return bury(stop);
		if (util_now() > end)
			return -ETIMEDOUT;
		sigtimedwait(&child, NULL, &some);
	}
}

int stop_go_on(struct stop *stop, int signal)
{
	int error = stop_request(stop, PTRACE_INTERRUPT, 0);

	if (!error)
		error = stop_request(stop, PTRACE_CONT, (unsigned long)signal);
	return error;
}

int stop_wait_interrupt(struct stop *stop)
{
	for (int i = 0; i < STOP_ATTEMPTS; i++) {
		int signal, error, kind = stop_wait(stop, &signal);

		if (kind < 0)
			return kind;
		if (kind == STOP_INTERRUPT)
			return 0;
		if (kind == STOP_GROUP)
			return -EBUSY;
		error = stop_go_on(stop, kind == STOP_SIGNAL ? signal : 0);
		if (error)
			return error;
	}
	return -EAGAIN;
}

int stop_deliver(struct stop *stop, int signal)
{
	int error = stop_go_on(stop, signal);

	if (!error)
		error = stop_wait_interrupt(stop);
	return error ? error : -EAGAIN;
}

int stop_wait_long(struct stop *stop, int *signal, bool *is_late)
{
	int kind = stop_wait(stop, signal);

	*is_late = kind == -ETIMEDOUT;
	if (*is_late && stop_request(stop, PTRACE_INTERRUPT, 0))
		return -ESRCH;
	while (kind == -ETIMEDOUT)
		kind = stop_wait(stop, signal);
	return kind;
}

/* A request fails for one that was killed: it is no longer in its stop, though it may still end. */
void stop_end(struct stop *stop)
{
	int signal = 0;

	while (!stop->is_held || stop_request(stop, PTRACE_DETACH, (unsigned long)signal)) {
		int kind = stop_wait(stop, &signal);

		if (kind < 0)
			return;
		if (kind != STOP_SIGNAL)
			signal = 0;
	}
	stop->is_held = false;
}

int stop_seize(pid_t thread)
{
	return ptrace(PTRACE_SEIZE, thread, NULL, (unsigned long)PTRACE_O_TRACESYSGOOD) ? -errno
	                                                                                : 0;
}
