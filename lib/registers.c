#include "lib/registers.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "lib/text.h"
#include "lib/waiting.h"

static int get_set(pid_t thread, unsigned type, void *bytes, size_t *size)
{
	struct iovec area = { bytes, *size };

	if (ptrace(PTRACE_GETREGSET, thread, type, &area))
		return -errno;
	*size = area.iov_len;
	return 0;
}

/* The set of a thread that runs 32-bit code is smaller. */
static int read_general(pid_t thread, void *general, size_t size)
{
	size_t found = size;
	int error = get_set(thread, NT_PRSTATUS, general, &found);

	return !error && found != size ? -ENOEXEC : error;
}

static int write_general(pid_t thread, const void *general, size_t size)
{
	struct iovec area = { (void *)general, size };

	return ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &area) ? -errno : 0;
}

#ifdef __x86_64__

#include <cpuid.h>
#include <stdint.h>

/* The part of a process's stack below the stack pointer that its functions use (System V ABI). */
#define RED_ZONE 128

#define PROTECTION_KEYS 9

const bool registers_lose_calls = false;

static const struct text_pattern call_code[] = { { { 0x0f, 0x05, 0xc3 }, 3 }, { { 0 }, 0 } };

/* As glibc and Go write it, and as musl does. */
static const struct text_pattern return_code[] = {
	{ { 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 }, 9 },
	{ { 0xb8, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 }, 7 },
	{ { 0 }, 0 }
};

/* The end of the last component in use; those that are not in use take no room in a frame. */
static size_t used_size(uint64_t features)
{
	size_t end = STANDARD;

	for (unsigned i = 2; i < 63; i++) {
		unsigned size, offset, c, d;

		if (!(features >> i & 1) || !__get_cpuid_count(0xd, i, &size, &offset, &c, &d))
			continue;
		if (offset + size > end)
			end = offset + size;
	}
	return end;
}

/* All but the general ones. */
static int read_others(pid_t thread, struct registers *registers)
{
	size_t size = sizeof(registers->extended);
	int error = get_set(thread, NT_X86_XSTATE, registers->extended, &size);
	uint64_t in_use, known;

	if (error)
		return error == -ENODEV ? -EOPNOTSUPP : error;
	memcpy(&known, registers->extended + MAGIC_AT, sizeof(known));
	memcpy(&in_use, registers->extended + LEGACY, sizeof(in_use));
	/* The kernel keeps these apart and says so nowhere, but here they are. */
	in_use |= known & 1ULL << PROTECTION_KEYS;
	memcpy(registers->extended + LEGACY, &in_use, sizeof(in_use));
	registers->features = in_use | 3;
	registers->size = used_size(in_use);
	return registers->size > size ? -EOPNOTSUPP : 0;
}

static void fill_waiting(const struct user_regs_struct *general, struct waiting *waiting)
{
	*waiting = (struct waiting){ (long)general->orig_rax,
		                     { general->rdi, general->rsi, general->rdx, general->r10,
		                       general->r8, general->r9 },
		                     general->rsp,
		                     general->rip };
}

int registers_waiting(pid_t thread, struct waiting *waiting)
{
	struct user_regs_struct general;
	int error = read_general(thread, &general, sizeof(general));

	if (!error)
		fill_waiting(&general, waiting);
	return error;
}

/*
 * With this the kernel makes the call again if it has no signal to deliver, and gives EINTR if a
 * handler runs: so all other calls that wait say of themselves.
 */
int registers_settle(pid_t thread, const struct waiting *waiting)
{
	struct waiting here;
	struct user_regs_struct general;
	int error = read_general(thread, &general, sizeof(general));

	(void)waiting;
	if (error || (long)general.rax != -EINTR)
		return error;
	fill_waiting(&general, &here);
	if (!waiting_is_endless(&here))
		return 0;
	general.rax = (unsigned long long)-ERESTARTNOHAND;
	return write_general(thread, &general, sizeof(general));
}

void registers_end_sleep(pid_t thread)
{
	struct user_regs_struct general;

	if (read_general(thread, &general, sizeof(general)) || (long)general.orig_rax < 0 ||
	    (long)general.rax != -ERESTART_RESTARTBLOCK)
		return;
	general.rax = (unsigned long long)-EINTR;
	write_general(thread, &general, sizeof(general));
}

int registers_restore(pid_t thread, const struct registers *registers)
{
	return write_general(thread, &registers->general, sizeof(registers->general));
}

unsigned long registers_instruction(const struct registers *registers)
{
	return registers->general.rip;
}

unsigned long registers_stack(const struct registers *registers)
{
	return registers->general.rsp - RED_ZONE;
}

/* No number of a call in orig_rax: what it was is not made again on the way to user space. */
int registers_set_call(pid_t thread, const struct registers *registers,
                       const struct registers_call *call)
{
	struct user_regs_struct general = registers->general;

	general.orig_rax = (unsigned long long)-1;
	general.rax = (unsigned long long)call->number;
	general.rip = call->instruction;
	general.rsp = call->stack;
	general.rdi = call->arguments[0];
	general.rsi = call->arguments[1];
	general.rdx = call->arguments[2];
	general.r10 = call->arguments[3];
	general.r8 = call->arguments[4];
	general.r9 = call->arguments[5];
	return write_general(thread, &general, sizeof(general));
}

int registers_result(pid_t thread, long *result)
{
	struct user_regs_struct general;
	int error = read_general(thread, &general, sizeof(general));

	if (!error)
		*result = (long)general.rax;
	return error;
}

#elif defined(__aarch64__)

#include <asm/unistd.h>
#include <stdint.h>

/* include/uapi/linux/elf.h: of streaming vectors, and of their array. */
#define STREAMING 0x40b
#define ARRAY 0x40c

#define SVC 0xd4000001U
#define BRANCH_TYPE 0xc00UL /* PSR_BTYPE_MASK: from where an indirect branch came */

const bool registers_lose_calls = true;

/* "svc #0" and "ret". */
static const struct text_pattern call_code[] = {
	{ { 0x01, 0x00, 0x00, 0xd4, 0xc0, 0x03, 0x5f, 0xd6 }, 8 }, { { 0 }, 0 }
};

/* "mov x8, #139" and "svc #0": the vdso has it. */
static const struct text_pattern return_code[] = {
	{ { 0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4 }, 8 }, { { 0 }, 0 }
};

static bool is_at_svc(pid_t thread, const struct user_pt_regs *general)
{
	uint32_t code;

	return !text_read(thread, general->pc, &code, sizeof(code)) && code == SVC;
}

int registers_waiting(pid_t thread, struct waiting *waiting)
{
	struct user_pt_regs general;
	int error = read_general(thread, &general, sizeof(general));

	if (error)
		return error;
	*waiting = (struct waiting){ .number = (long)general.regs[8],
		                     .stack = general.sp,
		                     .instruction = general.pc };
	memcpy(waiting->argument, general.regs, sizeof(waiting->argument));
	return 0;
}

/* The result has taken the place of its first operand. */
int registers_settle(pid_t thread, const struct waiting *waiting)
{
	struct user_pt_regs general;
	int error = read_general(thread, &general, sizeof(general));

	if (error || (long)general.regs[0] != -EINTR || !waiting_is_endless(waiting) ||
	    (long)general.regs[8] != waiting->number || general.pc != waiting->instruction ||
	    general.sp != waiting->stack)
		return error;
	general.regs[0] = waiting->argument[0];
	general.pc -= 4;
	return write_general(thread, &general, sizeof(general));
}

/* Filters are not minded here (inject_mind_filters). */
void registers_end_sleep(pid_t thread)
{
	(void)thread;
}

/*
 * A call discards what scalable vectors have beyond the 128 bits of plain ones: at one they are not
 * in use. What is streaming, or has an array, is too large for the frame.
 */
static int read_scalable(pid_t thread, struct registers *registers)
{
	struct user_sve_header header;
	size_t size = sizeof(header);

	if (registers->is_at_call || get_set(thread, NT_ARM_SVE, &header, &size))
		return 0;
	size = sizeof(header);
	if (!get_set(thread, STREAMING, &header, &size) && header.flags & SVE_PT_REGS_SVE)
		return -EAGAIN;
	size = sizeof(header);
	if (!get_set(thread, ARRAY, &header, &size) && header.size > sizeof(header))
		return -EAGAIN;
	size = sizeof(registers->scalable);
	if (get_set(thread, NT_ARM_SVE, registers->scalable, &size))
		return -EAGAIN;
	memcpy(&header, registers->scalable, sizeof(header));
	if ((header.flags & SVE_PT_REGS_MASK) != SVE_PT_REGS_SVE)
		return 0;
	registers->scalable_size = size;
	return size < header.size ? -EAGAIN : 0;
}

static int read_others(pid_t thread, struct registers *registers)
{
	size_t size = sizeof(registers->vectors);
	int error = get_set(thread, NT_PRFPREG, &registers->vectors, &size);

	if (error)
		return error;
	registers->is_at_call = is_at_svc(thread, &registers->general);
	return read_scalable(thread, registers);
}

int registers_restore(pid_t thread, const struct registers *registers)
{
	struct iovec area = { (void *)registers->scalable, registers->scalable_size };

	if (area.iov_len && ptrace(PTRACE_SETREGSET, thread, NT_ARM_SVE, &area))
		return -errno;
	return write_general(thread, &registers->general, sizeof(registers->general));
}

unsigned long registers_instruction(const struct registers *registers)
{
	return registers->general.pc;
}

unsigned long registers_stack(const struct registers *registers)
{
	return registers->general.sp;
}

int registers_set_call(pid_t thread, const struct registers *registers,
                       const struct registers_call *call)
{
	struct user_pt_regs general = registers->general;

	memcpy(general.regs, call->arguments, sizeof(call->arguments));
	general.regs[8] = (unsigned long)call->number;
	general.regs[30] = call->return_address;
	general.pc = call->instruction;
	general.sp = call->stack;
	general.pstate &= ~BRANCH_TYPE;
	return write_general(thread, &general, sizeof(general));
}

int registers_result(pid_t thread, long *result)
{
	struct user_pt_regs general;
	int error = read_general(thread, &general, sizeof(general));

	if (!error)
		*result = (long)general.regs[0];
	return error;
}

#else

/* Without code to look for (inject_find) nothing below is called. */

const bool registers_lose_calls = false;
static const struct text_pattern call_code[] = { { { 0 }, 0 } }, *const return_code = call_code;

int registers_waiting(pid_t thread, struct waiting *waiting)
{
	(void)thread;
	(void)waiting;
	return -ENOSYS;
}

int registers_settle(pid_t thread, const struct waiting *waiting)
{
	(void)thread;
	(void)waiting;
	return -ENOSYS;
}

void registers_end_sleep(pid_t thread)
{
	(void)thread;
}

static int read_others(pid_t thread, struct registers *registers)
{
	(void)thread;
	(void)registers;
	return -ENOSYS;
}

int registers_restore(pid_t thread, const struct registers *registers)
{
	return write_general(thread, &registers->general, sizeof(registers->general));
}

unsigned long registers_instruction(const struct registers *registers)
{
	return registers->general;
}

unsigned long registers_stack(const struct registers *registers)
{
	return registers->general;
}

int registers_set_call(pid_t thread, const struct registers *registers,
                       const struct registers_call *call)
{
	(void)thread;
	(void)registers;
	(void)call;
	return -ENOSYS;
}

int registers_result(pid_t thread, long *result)
{
	(void)thread;
	(void)result;
	return -ENOSYS;
}

#endif

const struct text_pattern *const registers_call_code = call_code;
const struct text_pattern *const registers_return_code = return_code;

int registers_read(pid_t thread, struct registers **registers)
{
	struct registers *found = calloc(1, sizeof(*found));
	int error;

	if (!found)
		return -ENOMEM;
	error = read_general(thread, &found->general, sizeof(found->general));
	if (!error && ptrace(PTRACE_GETSIGMASK, thread, sizeof(found->mask), &found->mask))
		error = -errno;
	if (!error)
		error = read_others(thread, found);
	if (error) {
		free(found);
		return error;
	}
	*registers = found;
	return 0;
}

void registers_free(struct registers *registers)
{
	free(registers);
}

bool registers_is_at_call(const struct registers *registers)
{
	return registers->is_at_call;
}
