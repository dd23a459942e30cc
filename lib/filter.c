#include "lib/filter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/stop.h"

/* linux/ptrace.h, which libc's header does not go with. */
#define GET_FILTER 0x420c /* Linux 4.4 */

/* What a program works on: its accumulator, its index, and its memory. */
struct machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
	const struct seccomp_data *call;
};

/* Words of the call; what lies beyond it, or between two of them, no filter may ask for. */
static bool load(struct machine *machine, uint32_t offset)
{
	if (offset & 3 || offset > sizeof(*machine->call) - 4)
		return false;
	memcpy(&machine->a, (const char *)machine->call + offset, 4);
	return true;
}

static bool compute(struct machine *machine, const struct sock_filter *step)
{
	uint32_t value = BPF_SRC(step->code) == BPF_X ? machine->x : step->k;

	switch (BPF_OP(step->code)) {
	case BPF_ADD: machine->a += value; break;
	case BPF_SUB: machine->a -= value; break;
	case BPF_MUL: machine->a *= value; break;
	case BPF_AND: machine->a &= value; break;
	case BPF_OR: machine->a |= value; break;
	case BPF_XOR: machine->a ^= value; break;
	case BPF_LSH: machine->a <<= value & 31; break;
	case BPF_RSH: machine->a >>= value & 31; break;
	case BPF_NEG: machine->a = -machine->a; break;
	case BPF_DIV:
		if (!value)
			return false;
		machine->a /= value;
		break;
	default: return false;
	}
	return true;
}

static bool take(struct machine *machine, const struct sock_filter *step)
{
	switch (step->code) {
	case BPF_LD | BPF_W | BPF_ABS: return load(machine, step->k);
	case BPF_LD | BPF_W | BPF_LEN: machine->a = sizeof(*machine->call); return true;
	case BPF_LDX | BPF_W | BPF_LEN: machine->x = sizeof(*machine->call); return true;
	case BPF_LD | BPF_IMM: machine->a = step->k; return true;
	case BPF_LDX | BPF_IMM: machine->x = step->k; return true;
	case BPF_MISC | BPF_TAX: machine->x = machine->a; return true;
	case BPF_MISC | BPF_TXA: machine->a = machine->x; return true;
	default: break;
	}
	if (BPF_CLASS(step->code) == BPF_ALU)
		return compute(machine, step);
	if (step->k >= BPF_MEMWORDS)
		return false;
	switch (step->code) {
	case BPF_LD | BPF_MEM: machine->a = machine->memory[step->k]; return true;
	case BPF_LDX | BPF_MEM: machine->x = machine->memory[step->k]; return true;
	case BPF_ST: machine->memory[step->k] = machine->a; return true;
	case BPF_STX: machine->memory[step->k] = machine->x; return true;
	default: return false;
	}
}

/* Steps to leave out: always forward. */
static size_t jump(const struct machine *machine, const struct sock_filter *step)
{
	uint32_t a = machine->a, value = BPF_SRC(step->code) == BPF_X ? machine->x : step->k;
	bool is_true = false;

	switch (BPF_OP(step->code)) {
	case BPF_JA: return step->k;
	case BPF_JEQ: is_true = a == value; break;
	case BPF_JGT: is_true = a > value; break;
	case BPF_JGE: is_true = a >= value; break;
	case BPF_JSET: is_true = a & value; break;
	default: break;
	}
	return is_true ? step->jt : step->jf;
}

uint32_t filter_run(const struct sock_filter *program, size_t length,
                    const struct seccomp_data *call)
{
	struct machine machine = { .call = call };

	for (size_t at = 0; at < length; at++) {
		const struct sock_filter *step = &program[at];

		if (step->code == (BPF_RET | BPF_K))
			return step->k;
		if (step->code == (BPF_RET | BPF_A))
			return machine.a;
		if (BPF_CLASS(step->code) == BPF_JMP)
			at += jump(&machine, step);
		else if (!take(&machine, step))
			break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

static bool lets_through(const struct sock_filter *program, size_t length,
                         const struct seccomp_data *call)
{
	uint32_t action = filter_run(program, length, call) & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* All of them are run, and the strictest answer counts: so each has to let it through. */
int filter_check(pid_t thread, const struct seccomp_data *call)
{
	struct sock_filter *program = calloc(BPF_MAXINSNS, sizeof(*program));
	int error = program ? 0 : -ENOMEM;

	for (unsigned long i = 0; !error; i++) {
		long length = ptrace((stop_what)GET_FILTER, thread, i, program);

		if (length < 0 && errno == ENOENT && i)
			break;
		if (length < 0)
			error = errno == ESRCH ? -ESRCH : -EPERM;
		else if (!lets_through(program, (size_t)length, call))
			error = -EACCES;
	}
	free(program);
	return error;
}
