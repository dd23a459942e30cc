/* A call that a stop interrupted, made anew where the kernel does not (registers_lose_calls). */
#ifndef REMAKE_H
#define REMAKE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct registers;
struct stop;
struct waiting;

/* Signals that can be kept back at a time; more are delivered. */
#define REMAKE_KEPT 16

struct remake {
	siginfo_t kept[REMAKE_KEPT];
	unsigned count;
};

/* Before a thread is stopped: the call in which it waits. */
void remake_look(pid_t thread, struct waiting *waiting);

/* In the first stop: learns what is to be made anew. Returns 0 or -errno, as inject_hold does. */
int remake_begin(struct stop *stop, struct waiting *waiting);

/*
 * A signal that is to be delivered, and is to end the call: kept back until the call is made anew,
 * where that is for us to do. Returns whether it was.
 */
bool remake_keep(struct remake *remake, const struct stop *stop, const struct registers *registers);

/*
 * In the last stop: leaves the thread where its call begins, and the signals find it there. It may
 * be traced still, and not be held: the end of the thread that traces lets go of it.
 */
void remake_end(struct remake *remake, struct stop *stop);

#endif
