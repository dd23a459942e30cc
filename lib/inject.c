#include "lib/inject.h"

#include <asm/unistd.h>
#include <errno.h>
#include <linux/audit.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <time.h>

#include "lib/filter.h"
#include "lib/frame.h"
#include "lib/registers.h"
#include "lib/remake.h"
#include "lib/stop.h"
#include "lib/text.h"
#include "lib/util.h"
#include "lib/waiting.h"

/*
 * WHAT HAPPENS IF NUMAPLACE DIES. The kernel then lets go of all that a thread of ours traces: what
 * is stopped runs on from the registers that it has, at each of these steps:
 *
 *  1. Stopped by PTRACE_INTERRUPT. The registers are its own, and the kernel makes the interrupted
 *     call anew as it would have done without us.
 *  2. The frame and the buffer were written below its stack, where a signal's frame could be at any
 *     time: nothing is there. (Go keeps its signals off its small stacks; injection.c refuses it.)
 *  3. The registers were set: it makes our call, returns to what the frame begins with, the call of
 *     rt_sigreturn, and by that takes all of its registers, its mask of signals, and the state of
 *     its vector unit from the frame. Calls that had been interrupted are made again by the frame's
 *     instruction pointer. So it restores itself, wherever between here and 4 we are gone.
 *  4. In the stop behind our call its registers are set back. That stop is again one on the way to
 *     user space in which the kernel looks for a call to make anew, so this is 1.
 *  5. What had been below its stack is written back, and it is let go.
 *
 * What is left, each for some microseconds, is EINTR, as from a signal. A wait that ends at a time
 * of its own (nanosleep, poll, futex with a time-out) gets it where we die between 3 and 4: the
 * kernel forgets its restart block in rt_sigreturn. A wait that every stop ends with EINTR
 * (epoll_wait, signal(7)) gets it where we die before that was mended, as the first thing in 1.
 *
 * On arm64 a signal of just then may be lost with us that was kept back for the call that is to be
 * made anew (lib/remake.c).
 *
 * Stops are looked at with WNOWAIT, and never waited for: the kernel delivers a signal that is
 * being reported when its tracer dies, as long as the report was not taken. A stop at a system
 * call is marked by PTRACE_O_TRACESYSGOOD, as its code would else be taken for a signal,
 * SIGTRAP, and kill. For the same reason there is no single step. PTRACE_O_EXITKILL is not set.
 */

/* linux/ptrace.h, which libc's header does not go with. */
#define GET_RSEQ 0x420f     /* Linux 5.13 */
#define GET_DISPATCH 0x4211 /* Linux 6.4 */

struct inject_site {
	struct text_place call, restore;
};

struct inject {
	struct stop stop;
	const struct inject_site *site;
	bool is_filtered;
	bool is_open;           /* the last call was let go, and has not been reported */
	struct waiting waiting; /* the call that it was in, where that has to be known */
	struct remake remake;
};

int inject_find(const struct process *process, struct inject_site **site)
{
	struct inject_site found;
	int error;

	if (!registers_call_code->length)
		return -ENOSYS;
	error = text_find(process, registers_call_code, &found.call);
	if (!error)
		error = text_find(process, registers_return_code, &found.restore);
	if (error)
		return error;
	*site = malloc(sizeof(**site));
	if (!*site)
		return -ENOMEM;
	**site = found;
	return 0;
}

/*
 * Within a restartable sequence the kernel would take our instruction pointer for one that has left
 * it, and forget to have the thread begin it anew.
 */
static bool is_in_sequence(const struct inject *inject, unsigned long instruction)
{
	struct {
		uint64_t pointer;
		uint32_t size, signature, flags, pad;
	} known = { 0 };
	struct {
		uint32_t version, flags;
		uint64_t start, length, abort;
	} sequence = { 0 };
	uint64_t current = 0;

	return ptrace((stop_what)GET_RSEQ, inject->stop.thread, sizeof(known), &known) > 0 &&
	       known.pointer &&
	       !text_read(inject->stop.thread, known.pointer + 8, &current, sizeof(current)) &&
	       current && !text_read(inject->stop.thread, current, &sequence, sizeof(sequence)) &&
	       instruction - sequence.start < sequence.length;
}

static bool is_dispatched(const struct inject *inject)
{
	struct {
		uint64_t mode, selector, offset, length;
	} dispatch = { 0 };

	return !ptrace((stop_what)GET_DISPATCH, inject->stop.thread, sizeof(dispatch), &dispatch) &&
	       dispatch.mode;
}

/* What is below the thread's stack during a call: the frame, above it the buffer. */
struct room {
	unsigned long address, buffer, stack;
	size_t size;
	unsigned char *before, *during; /* before is owned and holds both */
};

static int make_room(const struct inject *inject, const struct registers *registers,
                     const struct inject_call *call, struct room *room)
{
	size_t frame = frame_size(registers), buffer = (call->size + 15) & ~15UL;
	int error;

	room->buffer = (registers_stack(registers) - buffer) & ~15UL;
	room->address = (room->buffer - frame) & ~63UL;
	room->size = room->buffer + buffer - room->address;
	room->before = calloc(2, room->size);
	if (!room->before)
		return -ENOMEM;
	room->during = room->before + room->size;
	error = text_read(inject->stop.thread, room->address, room->before, room->size);
	if (error)
		return error;
	room->stack =
		frame_make(registers, inject->site->restore.address, room->address, room->during);
	if (call->buffer)
		memcpy(room->during + (room->buffer - room->address), call->buffer, call->size);
	return text_write(inject->stop.thread, room->address, room->during, room->size);
}

/* Sets back what the call had changed, in a stop on the way to user space. */
static int restore(const struct inject *inject, const struct registers *registers,
                   const struct room *room)
{
	int error = registers_restore(inject->stop.thread, registers);

	if (!error)
		error = text_write(inject->stop.thread, room->address, room->before, room->size);
	return error;
}

/* A fault at the call itself, as where its instruction has gone meanwhile. */
static bool is_our_fault(const struct inject *inject, int signal)
{
	unsigned long address = inject->site->call.address;
	siginfo_t info;

	/* si_call_addr, which SIGSYS has there, is behind the instruction. */
	return (signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGSYS) &&
	       !ptrace(PTRACE_GETSIGINFO, inject->stop.thread, NULL, &info) && info.si_code > 0 &&
	       (unsigned long)info.si_addr - address <= inject->site->call.pattern->length;
}

/*
 * From the stop with our registers set to the one at the call. Something may come first, and finds
 * the thread's own registers: a signal, which is delivered as if we were not here, and the call is
 * to be tried anew (-EAGAIN); or the end of the time in which it should have come to it.
 */
static int come_to_call(struct inject *inject, const struct registers *registers,
                        const struct room *room)
{
	int signal, kind, error;
	bool is_late;

	do {
		error = stop_request(&inject->stop, PTRACE_SYSCALL, 0);
		if (error)
			return error;
		kind = stop_wait_long(&inject->stop, &signal, &is_late);
	} while (kind == STOP_SIGNAL && !is_our_fault(inject, signal) &&
	         remake_keep(&inject->remake, &inject->stop, registers));
	if (kind < 0 || kind == STOP_CALL)
		return kind < 0 ? kind : 0;
	if (restore(inject, registers, room))
		return -ESRCH;
	if (kind == STOP_INTERRUPT)
		return is_late ? -ETIMEDOUT : -EAGAIN;
	if (kind == STOP_GROUP)
		return -EBUSY;
	if (!is_our_fault(inject, signal))
		return stop_deliver(&inject->stop, signal);
	error = stop_deliver(&inject->stop, 0);
	return error == -EAGAIN ? -EFAULT : error;
}

/*
 * From the stop at the call to one behind it: of all stops that one comes first, as the kernel
 * looks for it before it looks for signals (get_signal). There the result is read.
 */
static int finish_call(struct inject *inject, const struct registers *registers,
                       const struct inject_call *call, const struct room *room, long *result)
{
	int signal, error, kind;
	long value = 0;
	bool is_late;

	error = stop_go_on(&inject->stop, 0);
	if (error)
		return error;
	inject->is_open = true;
	kind = stop_wait_long(&inject->stop, &signal, &is_late);
	if (kind < 0)
		return kind;
	error = registers_result(inject->stop.thread, &value);
	if (!error && call->buffer)
		error = text_read(inject->stop.thread, room->buffer, call->buffer, call->size);
	if (restore(inject, registers, room))
		return -ESRCH;
	if (error || kind == STOP_GROUP)
		return error ? error : -EBUSY;
	*result = value;
	inject->is_open = false;
	return 0;
}

/* INSTRUCTION is the address behind the one that makes the call. */
static int ask_filters(const struct inject *inject, unsigned long instruction, long number,
                       const unsigned long arguments[6])
{
	struct seccomp_data data = { .nr = (int)number,
		                     .arch = REGISTERS_ARCH,
		                     .instruction_pointer = instruction };

	for (unsigned i = 0; arguments && i < 6; i++)
		data.args[i] = arguments[i];
	return filter_check(inject->stop.thread, &data);
}

static int ask_for_call(const struct inject *inject, long number, const unsigned long arguments[6])
{
	return inject->is_filtered
	               ? ask_filters(inject, inject->site->call.address + REGISTERS_CALL, number,
	                             arguments)
	               : 0;
}

/*
 * That the thread may restore itself if we die; and that it may go on with a sleep that the stop
 * has interrupted: else it would be killed for that, as by any stop.
 */
int inject_mind_filters(struct inject *inject)
{
	const struct text_place *restore = &inject->site->restore;
	int error;

	inject->is_filtered = true;
	if (registers_lose_calls)
		return -ENOSYS;
	error = ask_for_call(inject, __NR_restart_syscall, NULL);
	if (error == -EACCES)
		registers_end_sleep(inject->stop.thread);
	return error ? error
	             : ask_filters(inject, restore->address + restore->pattern->length,
	                           __NR_rt_sigreturn, NULL);
}

int inject_may_call(const struct inject *inject, long number)
{
	return ask_for_call(inject, number, NULL);
}

static int try_call(struct inject *inject, const struct registers *registers,
                    const struct inject_call *call, long *result)
{
	struct registers_call set = { .instruction = inject->site->call.address,
		                      .return_address = inject->site->restore.address,
		                      .number = call->number };
	struct room room = { 0 };
	int error = make_room(inject, registers, call, &room);

	for (unsigned i = 0; i < 6; i++)
		set.arguments[i] = call->arguments[i] + (call->within >> i & 1 ? room.buffer : 0);
	set.stack = room.stack;
	if (!error)
		error = ask_for_call(inject, call->number, set.arguments);
	if (!error)
		error = registers_set_call(inject->stop.thread, registers, &set);
	if (!error)
		error = come_to_call(inject, registers, &room);
	if (!error)
		error = finish_call(inject, registers, call, &room, result);
	free(room.before);
	return error;
}

/* A moment for the thread to get on: what it is in the midst of is short. Then to be tried anew. */
static int let_run(struct inject *inject)
{
	struct timespec moment = { .tv_nsec = 50000 };
	int error = stop_request(&inject->stop, PTRACE_CONT, 0);

	inject->stop.is_held = false;
	nanosleep(&moment, NULL);
	if (!error)
		error = stop_request(&inject->stop, PTRACE_INTERRUPT, 0);
	if (!error)
		error = stop_wait_interrupt(&inject->stop);
	return error ? error : -EAGAIN;
}

bool inject_is_open(const struct inject *inject)
{
	return inject->is_open;
}

/* Whether its code is still what it was, and a call would go to the kernel. */
static int check_site(struct inject *inject)
{
	int error = is_dispatched(inject) ? -EUSERS
	                                  : text_check(inject->stop.thread, &inject->site->call);

	return error ? error : text_check(inject->stop.thread, &inject->site->restore);
}

int inject_call(struct inject *inject, const struct inject_call *call, long *result)
{
	inject->is_open = false;
	for (int i = 0; i < STOP_ATTEMPTS; i++) {
		struct registers *registers;
		int error = registers_settle(inject->stop.thread, &inject->waiting);

		if (!error)
			error = registers_read(inject->stop.thread, &registers);
		if (error == -EAGAIN && (error = let_run(inject)) == -EAGAIN)
			continue;
		if (error)
			return error;
		error = check_site(inject);
		if (!error && is_in_sequence(inject, registers_instruction(registers)))
			error = let_run(inject);
		else if (!error)
			error = try_call(inject, registers, call, result);
		registers_free(registers);
		if (error != -EAGAIN)
			return error;
	}
	return -EAGAIN;
}

int inject_try(pid_t thread)
{
	return stop_seize(thread);
}

/* A thread that traces. */
struct tracer {
	int (*work)(void *argument);
	void *argument;
	int result;
};

static void *trace(void *argument)
{
	struct tracer *tracer = argument;

	/* While it waits for a CPU another thread stands still. Linux takes 0 for this thread alone. */
	setpriority(PRIO_PROCESS, 0, -20);
	tracer->result = tracer->work(tracer->argument);
	return NULL;
}

int inject_trace(int (*work)(void *argument), void *argument)
{
	struct sigaction plain = { .sa_handler = SIG_DFL }, action;
	struct tracer tracer = { work, argument, 0 };
	sigset_t child, mask;
	pthread_t thread;
	int error;

	/* The kernel sends no SIGCHLD to those who ignore it, and each thread has to block it. */
	sigaction(SIGCHLD, &plain, &action);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &child, &mask);
	error = pthread_create(&thread, NULL, trace, &tracer);
	if (!error)
		pthread_join(thread, NULL);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGCHLD, &action, NULL);
	return error ? -EDQUOT : tracer.result;
}

/* What a thread is held for. */
struct hold {
	struct inject inject;
	int (*act)(struct inject *inject, void *argument);
	void *argument;
	unsigned long long took; /* ns */
};

static int hold_thread(void *argument)
{
	struct hold *hold = argument;
	struct stop *stop = &hold->inject.stop;
	unsigned long long since;
	int error;

	remake_look(stop->thread, &hold->inject.waiting);
	error = stop_seize(stop->thread);
	if (error)
		return error;
	since = util_now();
	error = stop_request(stop, PTRACE_INTERRUPT, 0);
	if (!error)
		error = stop_wait_interrupt(stop);
	if (!error)
		error = remake_begin(stop, &hold->inject.waiting);
	if (!error)
		error = hold->act(&hold->inject, hold->argument);
	if (error != -EBUSY)
		remake_end(&hold->inject.remake, stop);
	/* What goes on cannot be detached: the end of this thread does that. */
	if (stop->is_held || error == -ESRCH)
		stop_end(stop);
	hold->took = util_now() - since;
	return error;
}

int inject_hold(pid_t thread, const struct inject_site *site,
                int (*act)(struct inject *inject, void *argument), void *argument,
                unsigned long long *stopped)
{
	struct hold hold = { .inject = { .stop = { .thread = thread }, .site = site },
		             .act = act,
		             .argument = argument };
	int error = registers_lose_calls ? inject_trace(hold_thread, &hold) : hold_thread(&hold);

	if (hold.took > *stopped)
		*stopped = hold.took;
	return error;
}
