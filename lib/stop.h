/* A thread that is traced: its stops, and the signals that come between them. */
#ifndef STOP_H
#define STOP_H

#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/types.h>

/* What ptrace(2) is asked for: glibc has a type of its own. */
#ifdef __GLIBC__
typedef enum __ptrace_request stop_what;
#else
typedef int stop_what;
#endif

struct stop {
	pid_t thread;
	bool is_held; /* it is in a stop */
};

/* What it stopped for: that it was told to, or by its job control; at a call; to get a signal. */
enum stop_kind { STOP_INTERRUPT, STOP_GROUP, STOP_CALL, STOP_SIGNAL };

/* Times that something is tried anew when a signal was delivered first. */
#define STOP_ATTEMPTS 1000

/* For one thread that traces, in which SIGCHLD is blocked. Return 0 or -errno: -ESRCH, it ended. */

int stop_seize(pid_t thread);

/* A request of ptrace(2). */
int stop_request(const struct stop *stop, unsigned what, unsigned long data);

/*
 * Waits for a stop. Returns an enum stop_kind; *signal is the one that is to be delivered. Or
 * -errno: -ETIMEDOUT after some seconds, as a loaded machine may not let it run before.
 */
int stop_wait(struct stop *stop, int *signal);

/* As stop_wait, but however long: after those seconds it is told to stop, and *is_late. */
int stop_wait_long(struct stop *stop, int *signal, bool *is_late);

/* Has it go on, get SIGNAL (0: none), and stop on its way to user space. */
int stop_go_on(struct stop *stop, int signal);

/*
 * Waits until it is stopped on its way to user space. A signal that comes first is delivered: it
 * then stops at the first instruction of the handler. -EBUSY: job control has stopped it.
 */
int stop_wait_interrupt(struct stop *stop);

/* Both of these. Never 0: -EAGAIN, what was to be done is to be tried anew. */
int stop_deliver(struct stop *stop, int signal);

/*
 * Lets go of one that is in a stop, or is ending. One that ends is waited for: execve(2) of another
 * thread waits until its tracer has done so (de_thread() in fs/exec.c), and to seize that other
 * thread waits for the execve.
 */
void stop_end(struct stop *stop);

#endif
