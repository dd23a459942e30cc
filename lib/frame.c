#include "lib/frame.h"

#include <errno.h>
#include <string.h>
#include <ucontext.h>

#include "lib/registers.h"

#ifdef __x86_64__

/* What the kernel asks for in a frame of a signal: asm/sigcontext.h, which no libc includes. */
#define EXTENDED_IS_THERE 1 /* UC_FP_XSTATE */
#define SS_IS_THERE 6       /* UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS */
#define MAGIC1 0x46505853U
#define MAGIC2 0x46505845U
#define END_SIZE 4

struct magic {
	uint32_t magic, with_end;
	uint64_t features;
	uint32_t size, padding[7];
};

/* The kernel's ucontext is that of libc as far as the first 8 bytes of the mask. */
#define CONTEXT_SIZE (offsetof(ucontext_t, uc_sigmask) + 8)

/* The return address, the context, and the extended state with its mark and at its alignment. */
size_t frame_size(const struct registers *registers)
{
	return 8 + CONTEXT_SIZE + 64 + registers->size + END_SIZE;
}

/*
 * As the kernel would do it on the way to user space (arch_do_signal_or_restart). What waited by a
 * restart block gets EINTR: the block does not outlive rt_sigreturn.
 */
static void restart(struct user_regs_struct *general)
{
	if ((long)general->orig_rax < 0)
		return;
	switch (-(long)general->rax) {
	case ERESTARTSYS:
	case ERESTARTNOINTR:
	case ERESTARTNOHAND:
		general->rax = general->orig_rax;
		general->rip -= 2;
		break;
	case ERESTART_RESTARTBLOCK: general->rax = (unsigned long long)-EINTR; break;
	default: break;
	}
}

static void fill_context(const struct registers *registers, ucontext_t *context)
{
	struct user_regs_struct from = registers->general;
	greg_t *to = context->uc_mcontext.gregs;

	restart(&from);
	/* No state of a signal stack, so that the kernel leaves it as it is (do_sigaltstack). */
	context->uc_stack.ss_flags = 0x7f;
	context->uc_flags = EXTENDED_IS_THERE | SS_IS_THERE;
	to[REG_R8] = (greg_t)from.r8;
	to[REG_R9] = (greg_t)from.r9;
	to[REG_R10] = (greg_t)from.r10;
	to[REG_R11] = (greg_t)from.r11;
	to[REG_R12] = (greg_t)from.r12;
	to[REG_R13] = (greg_t)from.r13;
	to[REG_R14] = (greg_t)from.r14;
	to[REG_R15] = (greg_t)from.r15;
	to[REG_RDI] = (greg_t)from.rdi;
	to[REG_RSI] = (greg_t)from.rsi;
	to[REG_RBP] = (greg_t)from.rbp;
	to[REG_RBX] = (greg_t)from.rbx;
	to[REG_RDX] = (greg_t)from.rdx;
	to[REG_RAX] = (greg_t)from.rax;
	to[REG_RCX] = (greg_t)from.rcx;
	to[REG_RSP] = (greg_t)from.rsp;
	to[REG_RIP] = (greg_t)from.rip;
	to[REG_EFL] = (greg_t)from.eflags;
	to[REG_CSGSFS] = (greg_t)(from.cs | from.gs << 16 | from.fs << 32 | from.ss << 48);
	memcpy(&context->uc_sigmask, &registers->mask, sizeof(registers->mask));
}

unsigned long frame_make(const struct registers *registers, unsigned long return_address,
                         unsigned long address, unsigned char *room)
{
	/* rt_sigreturn finds the context at the stack pointer, XRSTOR wants its area aligned. */
	unsigned long state = (address + 8 + CONTEXT_SIZE + 63) & ~63UL;
	unsigned long stack = (state - CONTEXT_SIZE - 8) & ~7UL;
	unsigned char *at = room + (state - address);
	struct magic magic = { .magic = MAGIC1,
		               .with_end = (uint32_t)(registers->size + END_SIZE),
		               .features = registers->features,
		               .size = (uint32_t)registers->size };
	uint32_t end = MAGIC2;
	ucontext_t context;

	memset(&context, 0, sizeof(context));
	fill_context(registers, &context);
	memcpy(&context.uc_mcontext.fpregs, &state, sizeof(state));
	memcpy(room + (stack - address), &return_address, 8);
	memcpy(room + (stack - address) + 8, &context, CONTEXT_SIZE);
	memcpy(at, registers->extended, registers->size);
	memcpy(at + MAGIC_AT, &magic, sizeof(magic));
	memcpy(at + registers->size, &end, sizeof(end));
	return stack;
}

#elif defined(__aarch64__)

#include <asm/sigcontext.h>

/* The kernel's ucontext is that of libc, as far as the room for further state. */
#define CONTEXT_SIZE offsetof(ucontext_t, uc_mcontext.__reserved)
#define INFO_SIZE 128

/* Of the scalable vectors' own part, which in a frame is as in the set, behind a header. */
static size_t scalable_part(const struct registers *registers)
{
	struct user_sve_header header;

	if (!registers->scalable_size)
		return 0;
	memcpy(&header, registers->scalable, sizeof(header));
	return SVE_SIG_CONTEXT_SIZE(sve_vq_from_vl(header.vl));
}

/*
 * No less than what the kernel makes it itself: rt_sigreturn looks whether all of that is memory of
 * programs, and just below the end of that lies a stack that was not put anywhere at random.
 */
size_t frame_size(const struct registers *registers)
{
	size_t scalable = (scalable_part(registers) + 15) & ~15UL;
	size_t state = sizeof(struct fpsimd_context) + scalable + sizeof(struct _aarch64_ctx) + 16;
	size_t room = sizeof(ucontext_t) - CONTEXT_SIZE;

	return INFO_SIZE + CONTEXT_SIZE + (state > room ? state : room);
}

static void fill_state(const struct registers *registers, unsigned char *at)
{
	struct fpsimd_context vectors = { .head = { FPSIMD_MAGIC, sizeof(vectors) },
		                          .fpsr = registers->vectors.fpsr,
		                          .fpcr = registers->vectors.fpcr };
	size_t size = scalable_part(registers);
	struct user_sve_header header;

	memcpy(vectors.vregs, registers->vectors.vregs, sizeof(vectors.vregs));
	memcpy(at, &vectors, sizeof(vectors));
	if (size) {
		struct sve_context scalable = { .head = { SVE_MAGIC,
			                                  (uint32_t)((size + 15) & ~15UL) } };

		memcpy(&header, registers->scalable, sizeof(header));
		scalable.vl = header.vl;
		memcpy(at + sizeof(vectors), registers->scalable, size);
		memcpy(at + sizeof(vectors), &scalable, sizeof(scalable));
	}
}

unsigned long frame_make(const struct registers *registers, unsigned long return_address,
                         unsigned long address, unsigned char *room)
{
	unsigned long stack = (address + 15) & ~15UL;
	unsigned char *at = room + (stack - address) + INFO_SIZE;
	ucontext_t context;

	(void)return_address;
	memset(&context, 0, sizeof(context));
	/* No state of a signal stack, so that the kernel leaves it as it is (do_sigaltstack). */
	context.uc_stack.ss_flags = 0x7f;
	memcpy(&context.uc_sigmask, &registers->mask, sizeof(registers->mask));
	memcpy(context.uc_mcontext.regs, registers->general.regs, sizeof(context.uc_mcontext.regs));
	context.uc_mcontext.sp = registers->general.sp;
	context.uc_mcontext.pc = registers->general.pc;
	context.uc_mcontext.pstate = registers->general.pstate;
	memcpy(at, &context, CONTEXT_SIZE);
	fill_state(registers, at + CONTEXT_SIZE);
	return stack;
}

#else

size_t frame_size(const struct registers *registers)
{
	(void)registers;
	return 0;
}

unsigned long frame_make(const struct registers *registers, unsigned long return_address,
                         unsigned long address, unsigned char *room)
{
	(void)registers;
	(void)return_address;
	(void)room;
	return address;
}

#endif
