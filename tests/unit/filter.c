/* Programs of seccomp filters: what ours says of them, and what the kernel does. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/filter.h"

#define AT(field) offsetof(struct seccomp_data, field)
#define STEPS 48
#define MAX_ERROR 0x7ff /* below the 4095 at which the kernel cuts what a filter returns */

static const struct seccomp_data call = { .nr = SYS_getppid,
	                                  .args = { 7, 0x123456789abcULL, 0, 3, ~0ULL, 1 } };

static struct sock_filter step(unsigned code, uint32_t k)
{
	return (struct sock_filter)BPF_STMT((unsigned short)code, k);
}

static struct sock_filter branch(unsigned code, uint32_t k, unsigned yes, unsigned no)
{
	return (struct sock_filter)BPF_JUMP((unsigned short)code, k, (unsigned char)yes,
	                                    (unsigned char)no);
}

/* In a child under the program: the call's errno, or 0; or -1 where it was killed. */
static int kernels(const struct sock_filter *program, size_t length)
{
	struct sock_fprog wanted = { (unsigned short)length, (struct sock_filter *)program };
	int ends[2], error = -1;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		long result = -1;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &wanted))
			_exit(3);
		result = syscall(SYS_getppid, call.args[0], call.args[1], call.args[2],
		                 call.args[3], call.args[4], call.args[5]);
		error = result < 0 ? errno : 0;
		_exit(write(ends[1], &error, sizeof(error)) != sizeof(error));
	}
	close(ends[1]);
	if (read(ends[0], &error, sizeof(error)) != sizeof(error))
		error = -1;
	close(ends[0]);
	waitpid(child, NULL, 0);
	return error;
}

/* All other calls are let through: the child makes some. */
static size_t begin(struct sock_filter *program)
{
	program[0] = step(BPF_LD | BPF_W | BPF_ABS, AT(nr));
	program[1] = branch(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0);
	program[2] = step(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return 3;
}

/* What the accumulator has becomes the call's errno. */
static size_t finish(struct sock_filter *program, size_t length)
{
	program[length++] = step(BPF_ALU | BPF_AND | BPF_K, MAX_ERROR);
	program[length++] = step(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
	program[length++] = step(BPF_RET | BPF_A, 0);
	return length;
}

static uint32_t next(void)
{
	static uint64_t state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* The two words of memory have been written, as the kernel wants of a program. */
static struct sock_filter any_step(void)
{
	static const unsigned short operators[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND, BPF_OR,
		                                    BPF_XOR, BPF_LSH, BPF_RSH, BPF_NEG, BPF_DIV };
	static const unsigned short branches[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	uint32_t value = next();
	unsigned operation = operators[next() % 10];

	switch (next() % 12) {
	case 0: return step(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(AT(args) + 4UL * (next() % 12)));
	case 1: return step(BPF_LD | BPF_IMM, value);
	case 2: return step(BPF_LDX | BPF_IMM, value);
	case 3: return step(BPF_MISC | BPF_TAX, 0);
	case 4: return step(BPF_MISC | BPF_TXA, 0);
	case 5: return step((next() % 2 ? BPF_LD : BPF_LDX) | BPF_W | BPF_LEN, 0);
	case 6: return step(BPF_LD | BPF_MEM, next() % 2);
	case 7: return step(BPF_LDX | BPF_MEM, next() % 2);
	case 8:
		return branch(BPF_JMP | branches[next() % 4] | (next() % 2 ? BPF_K : BPF_X), value,
		              next() % 3, next() % 3);
	case 9: return branch(BPF_JMP | BPF_JA, next() % 3, 0, 0);
	default: break;
	}
	if (operation == BPF_NEG)
		return step(BPF_ALU | BPF_NEG, 0);
	/* By a constant, whose range the kernel checks; by what the index has where that is any. */
	if (operation == BPF_LSH || operation == BPF_RSH)
		return step(BPF_ALU | operation | BPF_K, value % 32);
	if (operation == BPF_DIV)
		return step(BPF_ALU | BPF_DIV | BPF_K, value | 1);
	return step(BPF_ALU | operation | (next() % 2 ? BPF_K : BPF_X), value);
}

static void programs_run_as_in_the_kernel(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++) {
		struct sock_filter program[STEPS + 16];
		size_t length = begin(program), filled;
		uint32_t said;
		int error;

		program[length++] = step(BPF_LD | BPF_IMM, next());
		program[length++] = step(BPF_ST, 0);
		program[length++] = step(BPF_LDX | BPF_IMM, next());
		program[length++] = step(BPF_STX, 1);
		filled = length + STEPS;
		while (length < filled)
			program[length++] = any_step();
		/* Where the last ones may jump to. */
		program[length++] = step(BPF_MISC | BPF_TXA, 0);
		program[length++] = step(BPF_ALU | BPF_ADD | BPF_K, 1);
		program[length++] = step(BPF_LDX | BPF_MEM, 1);
		length = finish(program, length);
		said = filter_run(program, length, &call);
		error = kernels(program, length);
		assert_int_equal(said & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
		assert_int_equal(said & SECCOMP_RET_DATA, error);
	}
}

/* A shift by the index takes its last bits; division by nothing kills. */
static void by_the_index(void **state)
{
	struct sock_filter program[16];
	size_t length = begin(program), kept;

	(void)state;
	program[length++] = step(BPF_LDX | BPF_IMM, 35);
	program[length++] = step(BPF_LD | BPF_IMM, 5);
	program[length++] = step(BPF_ALU | BPF_LSH | BPF_X, 0);
	kept = finish(program, length);
	assert_int_equal(filter_run(program, kept, &call), SECCOMP_RET_ERRNO | 40);
	assert_int_equal(kernels(program, kept), 40);
	program[3] = step(BPF_LDX | BPF_IMM, 0);
	program[5] = step(BPF_ALU | BPF_DIV | BPF_X, 0);
	assert_int_equal(filter_run(program, kept, &call), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(kernels(program, kept), -1);
}

/* What the kernel would not take lets nothing through, and does not lead us astray. */
static void bad_programs_kill(void **state)
{
	struct sock_filter allow = step(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_filter bad[][2] = {
		{ step(BPF_LD | BPF_W | BPF_ABS, sizeof(struct seccomp_data)), allow },
		{ step(BPF_LD | BPF_W | BPF_ABS, 0xfffffffc), allow },
		{ step(BPF_LD | BPF_W | BPF_ABS, 2), allow },
		{ step(BPF_LD | BPF_H | BPF_ABS, 0), allow },
		{ step(BPF_LD | BPF_MEM, BPF_MEMWORDS), allow },
		{ step(BPF_STX, 0xffffffff), allow },
		{ step(BPF_ALU | BPF_MOD | BPF_K, 3), allow },
		{ step(BPF_JMP | BPF_JA, 0xffffffff), allow },
		{ branch(BPF_JMP | BPF_JEQ | BPF_K, 0, 255, 255), allow },
		{ step(BPF_MISC | BPF_TAX, 0), step(BPF_MISC | BPF_TXA, 0) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(filter_run(bad[i], 2, &call), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(filter_run(&allow, 0, &call), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(filter_run(&allow, 1, &call), SECCOMP_RET_ALLOW);
}

/* One without filters has none that could be read. */
static void without_filters_nothing_is_known(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		for (;;)
			pause();
	if (ptrace(PTRACE_SEIZE, child, NULL, NULL)) {
		kill(child, SIGKILL);
		skip();
	}
	ptrace(PTRACE_INTERRUPT, child, NULL, NULL);
	waitpid(child, &status, __WALL);
	assert_int_equal(filter_check(child, &call), -EPERM);
	kill(child, SIGKILL);
	waitpid(child, &status, __WALL);
	assert_int_equal(filter_check(child, &call), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_run_as_in_the_kernel),
		cmocka_unit_test(by_the_index),
		cmocka_unit_test(bad_programs_kill),
		cmocka_unit_test(without_filters_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
