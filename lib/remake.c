#include "lib/remake.h"

#include <asm/unistd.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <time.h>
#include <unistd.h>

#include "lib/registers.h"
#include "lib/stop.h"
#include "lib/waiting.h"

/* Looks at a thread before it is stopped, and the time between them, ns. */
#define LOOKS 5
#define BETWEEN_LOOKS 2000000

/*
 * One that is just about to wait does not do so yet, and its call could not be told from another
 * when it has been stopped; one that computes never will.
 */
void remake_look(pid_t thread, struct waiting *waiting)
{
	struct timespec moment = { .tv_nsec = BETWEEN_LOOKS };

	waiting->number = -1;
	for (int i = 0; registers_lose_calls && i < LOOKS; i++) {
		waiting_read(thread, waiting);
		if (waiting->number >= 0)
			return;
		nanosleep(&moment, NULL);
	}
}

static bool is_at_call(const struct stop *stop)
{
	struct registers *registers;
	bool found;

	if (registers_read(stop->thread, &registers))
		return false;
	found = registers_is_at_call(registers);
	registers_free(registers);
	return found;
}

/* As far as the call, or to a signal, which is delivered, and on to the next stop. 1: the call. */
static int go_through_call(struct stop *stop, struct waiting *waiting)
{
	int signal, kind, error = stop_request(stop, PTRACE_SYSCALL, 0);
	bool is_late;

	if (error)
		return error;
	kind = stop_wait_long(stop, &signal, &is_late);
	if (kind < 0 || kind == STOP_GROUP)
		return kind < 0 ? kind : -EBUSY;
	if (kind == STOP_INTERRUPT)
		return is_late ? -ETIMEDOUT : 0;
	if (kind == STOP_CALL)
		error = registers_waiting(stop->thread, waiting);
	if (error)
		return error;
	error = stop_deliver(stop, kind == STOP_SIGNAL ? signal : 0);
	return error == -EAGAIN ? kind == STOP_CALL : error;
}

/*
 * What is left of a wait with a time-out the kernel makes known to the thread on its way to user
 * space only (restart_syscall). So it goes as far as into its call, which ends at once, as it is to
 * stop again: like any call at a stop.
 */
int remake_begin(struct stop *stop, struct waiting *waiting)
{
	int result = 0;

	for (int i = 0; registers_lose_calls && !result && i < STOP_ATTEMPTS; i++) {
		result = registers_settle(stop->thread, waiting);
		if (result || !is_at_call(stop))
			return result;
		result = go_through_call(stop, waiting);
	}
	return result > 0 ? registers_settle(stop->thread, waiting) : result;
}

static bool keep(struct remake *remake, const struct stop *stop)
{
	if (remake->count == REMAKE_KEPT ||
	    ptrace(PTRACE_GETSIGINFO, stop->thread, NULL, &remake->kept[remake->count]))
		return false;
	remake->count++;
	return true;
}

bool remake_keep(struct remake *remake, const struct stop *stop, const struct registers *registers)
{
	return registers_is_at_call(registers) && keep(remake, stop);
}

/* Gives a signal that is being delivered anew what came with it when it was kept back. */
static void give_back(struct remake *remake, const struct stop *stop, int signal)
{
	for (unsigned i = 0; i < remake->count; i++) {
		if (remake->kept[i].si_signo != signal)
			continue;
		ptrace(PTRACE_SETSIGINFO, stop->thread, NULL, &remake->kept[i]);
		remake->kept[i] = remake->kept[--remake->count];
		return;
	}
}

/* In a stop at its call: the signals that were kept back come to it there, as they would have. */
static void deliver_kept(struct remake *remake, struct stop *stop)
{
	int signal = 0;

	for (unsigned i = 0; i < remake->count; i++)
		syscall(__NR_tkill, stop->thread, remake->kept[i].si_signo);
	while (remake->count && !stop_request(stop, PTRACE_CONT, (unsigned long)signal)) {
		int kind = stop_wait(stop, &signal);

		if (kind < 0 || kind == STOP_GROUP)
			return;
		if (kind == STOP_SIGNAL)
			give_back(remake, stop, signal);
		else
			signal = 0;
	}
	stop->is_held = stop_request(stop, PTRACE_DETACH, (unsigned long)signal) != 0;
}

/*
 * PTRACE_DETACH marks a thread that is in a stop as one with a signal, which ends some calls with
 * EINTR at once (ptrace_signal_wake_up). So it is left to the end of the tracer to let go of it.
 */
void remake_end(struct remake *remake, struct stop *stop)
{
	bool is_there = false;

	while (!is_there && registers_lose_calls && stop->is_held && is_at_call(stop)) {
		int signal, kind;
		bool is_late;

		if (stop_request(stop, PTRACE_SYSCALL, 0))
			return;
		kind = stop_wait_long(stop, &signal, &is_late);
		is_there = kind == STOP_CALL;
		if (kind < 0 || kind == STOP_GROUP || is_late)
			return;
		if (kind == STOP_SIGNAL && !keep(remake, stop) &&
		    stop_deliver(stop, signal) != -EAGAIN)
			return;
	}
	if (remake->count)
		deliver_kept(remake, stop);
	else if (is_there && !stop_request(stop, PTRACE_CONT, 0))
		stop->is_held = false;
}
