/* The registers of a stopped thread. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __x86_64__
#include <sys/user.h>
#elif defined(__aarch64__)
#include <asm/ptrace.h>
#endif

struct text_pattern;
struct waiting;

/* The instructions that are needed in the text of its process; empty where we know of none. */
extern const struct text_pattern *const registers_call_code;   /* a system call, and a return */
extern const struct text_pattern *const registers_return_code; /* the call of rt_sigreturn */

#ifdef __x86_64__

#define REGISTERS_ARCH AUDIT_ARCH_X86_64 /* linux/audit.h */
#define REGISTERS_CALL 2                 /* bytes of the instruction that makes a call */

/* include/linux/errno.h: what the kernel says to itself of a call that a signal interrupts. */
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516

/* XSAVE's area: FXSAVE's, a header, and what they have in common with a frame of a signal. */
/* arch/x86/include/asm/fpu/types.h: with all that there is today 11,008. */
#define EXTENDED_MAX 16384
#define LEGACY 512   /* FXSAVE's part of it */
#define STANDARD 576 /* and XSAVE's header */
#define MAGIC_AT 464

struct registers {
	struct user_regs_struct general;
	uint64_t mask;
	bool is_at_call; /* never: no call is lost (registers_lose_calls) */
	size_t size;     /* of what follows; 0 on CPUs without XSAVE */
	uint64_t features;
	_Alignas(16) unsigned char extended[EXTENDED_MAX];
};

#elif defined(__aarch64__)

#define REGISTERS_ARCH AUDIT_ARCH_AARCH64
#define REGISTERS_CALL 4

/* For vectors of 64 bytes: what a frame has room for without its extension. */
#define VECTORS 4096

struct registers {
	struct user_pt_regs general;
	struct user_fpsimd_state vectors;
	uint64_t mask;
	bool is_at_call;
	size_t scalable_size; /* 0: no scalable vectors are in use */
	_Alignas(16) unsigned char scalable[sizeof(struct user_sve_header) + VECTORS];
};

#else

#define REGISTERS_ARCH 0
#define REGISTERS_CALL 0

struct registers {
	unsigned long general;
	uint64_t mask;
	bool is_at_call;
};

#endif

/*
 * Whether it is for us to have a call made anew that was interrupted, as on arm64: there the kernel
 * has set the registers back to the instruction of the call already when it stops the thread, and
 * what is left to do it remembers until the thread has been in user space, but not longer.
 */
extern const bool registers_lose_calls;

/*
 * In a ptrace stop on the way to user space. Where that stop has ended a call with EINTR that would
 * wait without end (waiting_is_endless), it will be made again. WAITING is the call that the thread
 * was in; it need not be known but where registers_lose_calls. Returns 0 or -errno.
 */
int registers_settle(pid_t thread, const struct waiting *waiting);

/*
 * In a ptrace stop on the way to user space: a sleep that this has interrupted, and that would go
 * on by the call of restart_syscall, ends with EINTR.
 */
void registers_end_sleep(pid_t thread);

/* In a stop at a call: that call. Returns 0 or -errno. */
int registers_waiting(pid_t thread, struct waiting *waiting);

/*
 * In a ptrace stop on the way to user space. The caller frees *registers by registers_free. Returns
 * 0 or -errno: -ENOEXEC where it runs code of another width, -EAGAIN where it is in a state that a
 * frame has no room for.
 */
int registers_read(pid_t thread, struct registers **registers);
void registers_free(struct registers *registers);

/* Gives them back, in a stop of that kind: a system call that the stop interrupted begins anew. */
int registers_restore(pid_t thread, const struct registers *registers);

/* Whether the thread is to make a call that was interrupted, or just about to. */
bool registers_is_at_call(const struct registers *registers);

/* Where the thread goes on. */
unsigned long registers_instruction(const struct registers *registers);

/* Below this the stack holds nothing, by the ABI. */
unsigned long registers_stack(const struct registers *registers);

/* What is called, and where. */
struct registers_call {
	unsigned long instruction;    /* of registers_call_code */
	unsigned long return_address; /* of registers_return_code */
	unsigned long stack;          /* as frame_make has it */
	long number;
	unsigned long arguments[6];
};

int registers_set_call(pid_t thread, const struct registers *registers,
                       const struct registers_call *call);

/* What it returned, in the stop behind it. */
int registers_result(pid_t thread, long *result);

#endif
