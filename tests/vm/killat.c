/*
 * killat N COMMAND...: runs it, and kills it at the N-th call, counted over all of its threads, that
 * has to do with tracing. Exits as a shell would: with 137 where it was killed.
 */
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long trace(unsigned long request, pid_t pid, unsigned long address, void *data)
{
	return syscall(SYS_ptrace, request, pid, address, data);
}

static int is_counted(pid_t pid)
{
	struct ptrace_syscall_info info;

	if (trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
	switch (info.entry.nr) {
	case SYS_ptrace:
	case SYS_process_vm_readv:
	case SYS_process_vm_writev:
	case SYS_waitid: return 1;
	default: return 0;
	}
}

int main(int argc, char **argv)
{
	unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE;
	long left = argc > 2 ? atol(argv[1]) : 0;
	pid_t child = fork(), pid;
	int status;

	if (argc < 3)
		return 2;
	if (child == 0) {
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	waitpid(child, &status, WUNTRACED);
	if (trace(PTRACE_SEIZE, child, 0, (void *)options))
		return 3;
	kill(child, SIGCONT);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		int signal = WSTOPSIG(status), is_call = signal == (SIGTRAP | 0x80);

		if (pid == child && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (pid == child && WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (!WIFSTOPPED(status))
			continue;
		if (is_call && is_counted(pid) && --left == 0)
			kill(child, SIGKILL);
		if (is_call || status >> 16)
			signal = 0;
		trace(PTRACE_SYSCALL, pid, 0, (void *)(long)signal);
	}
	return 4;
}
