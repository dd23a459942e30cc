/* A system call that a stopped thread makes, and goes on as if nothing had been. */
#ifndef INJECT_H
#define INJECT_H

#include <stdbool.h>
#include <sys/types.h>

struct process;

/* The instructions in a process's text that are made use of. */
struct inject_site;

/*
 * The caller frees *site. Returns 0 or -errno: -ENOENT where the process has no such instructions,
 * -ENOSYS where this program knows of none for its machine.
 */
int inject_find(const struct process *process, struct inject_site **site);

/* What -ENOENT of inject_find is in words, and -EDQUOT of inject_trace. */
#define INJECT_NO_CODE "there is no code in it that could make the call"
#define INJECT_NO_THREAD "pthread_create: no thread for it (a limit of processes, or no memory)"

/*
 * Has WORK called in a thread of its own, with whose end the kernel lets go of all that it traces:
 * a stop that comes too late (as of one that waited uninterruptibly) then finds no tracer, and is
 * none. The functions below are for WORK. Returns what that did, or -EDQUOT where no thread can be
 * started.
 */
int inject_trace(int (*work)(void *argument), void *argument);

/* Whether it could be held: attaches, without a stop. Returns 0 or -errno. */
int inject_try(pid_t thread);

/* A thread that is held. */
struct inject;

/*
 * Stops THREAD, has ACT called, and lets it go. *stopped is raised to the ns that this took, where
 * it was less. Returns what ACT did; or -errno, and it was not called or its calls came to nothing:
 *   -ESRCH      the thread has ended
 *   -EPERM      it may not be traced, or is traced by another
 *   -EBUSY      it is stopped by a signal
 *   -ETIMEDOUT  it does not stop, as it waits for something uninterruptibly, or is frozen
 *   -ENOEXEC    it runs 32-bit code
 *   -EFAULT     there is no room below its stack, or the instructions have gone
 *   -EUSERS     its system calls are dispatched to a handler of its own
 *   -EAGAIN     signals keep it from calling
 *   -EACCES     a seccomp filter does not let the call through (inject_mind_filters)
 *   -EPERM      or cannot be read
 */
int inject_hold(pid_t thread, const struct inject_site *site,
                int (*act)(struct inject *inject, void *argument), void *argument,
                unsigned long long *stopped);

/*
 * From within ACT. BUFFER, which may be NULL, is in the thread's memory during the call, and is
 * what that has then when it returns; arguments with a bit in WITHIN are offsets in it. Returns 0
 * and stores what the call returned, or -errno as above.
 */
struct inject_call {
	long number;
	unsigned long arguments[6];
	unsigned within;
	void *buffer;
	size_t size;
};

int inject_call(struct inject *inject, const struct inject_call *call, long *result);

/* Of the last one that failed: whether the thread may have made the call all the same. */
bool inject_is_open(const struct inject *inject);

/*
 * From now on each call is made only where the thread's seccomp filters let it through. Returns 0
 * where they let it restore itself and go on with what it slept in; -EACCES or -EPERM as above; or
 * -ENOSYS where the thread might be killed for having been stopped (registers_lose_calls).
 */
int inject_mind_filters(struct inject *inject);

/* Whether they would, as far as they do not ask for arguments: 0, or -EACCES or -EPERM as above. */
int inject_may_call(const struct inject *inject, long number);

#endif
