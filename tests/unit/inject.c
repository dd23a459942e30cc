/* A call made by a stopped child: its result, its buffer, what it was doing; and code that is looked for. */
#include <asm/unistd.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/inject.h"
#include "lib/process.h"
#include "lib/text.h"
#include "lib/waiting.h"

/* A child that waits for a byte, and ends with it. */
static pid_t child;
static int ends[2];

static int start(void **state)
{
	(void)state;
	if (pipe(ends) || (child = fork()) < 0)
		return -1;
	if (child == 0) {
		char byte = 1;

		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 1 ? byte : 99);
	}
	return 0;
}

/* The call that it waited in goes on: it gets the byte. */
static int stop(void **state)
{
	int status;

	(void)state;
	if (write(ends[1], "\7", 1) != 1 || waitpid(child, &status, 0) != child)
		return -1;
	close(ends[0]);
	close(ends[1]);
	return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : -1;
}

struct asked {
	struct inject_site *site;
	int (*act)(struct inject *inject, void *argument);
	unsigned long long stopped;
	long result;
	char text[64];
};

static int hold(void *argument)
{
	struct asked *asked = argument;

	return inject_hold(child, asked->site, asked->act, asked, &asked->stopped);
}

static int ask_pid(struct inject *inject, void *argument)
{
	struct asked *asked = argument;
	struct inject_call call = { .number = __NR_getpid };

	return inject_call(inject, &call, &asked->result);
}

/* A buffer that is written to, behind what is left as it was. */
static int ask_folder(struct inject *inject, void *argument)
{
	struct asked *asked = argument;
	struct inject_call call = { .number = __NR_getcwd,
		                    .arguments = { 4, sizeof(asked->text) - 4 },
		                    .within = 1U << 0,
		                    .buffer = asked->text,
		                    .size = sizeof(asked->text) };
	int error = inject_call(inject, &call, &asked->result);

	/* A second one in the same stop, which fails. */
	if (!error && asked->result > 0) {
		call = (struct inject_call){ .number = __NR_close, .arguments = { 4242 } };
		error = inject_call(inject, &call, &asked->result);
	}
	return error;
}

static int refuse(struct inject *inject, void *argument)
{
	(void)inject;
	(void)argument;
	return -ENOMSG;
}

/* Where tracing is forbidden here, that is what is tested. */
static bool may_trace(struct asked *asked)
{
	struct process process;
	int error;

	assert_int_equal(process_open(child, &process), 0);
	error = inject_find(&process, &asked->site);
	process_close(&process);
	if (error == -EPERM || error == -EACCES || error == -ENOSYS)
		return false;
	assert_int_equal(error, 0);
	return true;
}

static void test_calls(void **state)
{
	struct asked asked = { .act = ask_pid, .text = "abc" };
	char folder[64] = "";

	(void)state;
	if (!may_trace(&asked))
		skip();
	assert_int_equal(inject_trace(hold, &asked), 0);
	assert_int_equal(asked.result, child);
	assert_true(asked.stopped > 0);
	asked.act = ask_folder;
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(inject_trace(hold, &asked), 0);
	assert_int_equal(asked.result, -EBADF);
	assert_memory_equal(asked.text, "abc", 4);
	assert_non_null(memchr(asked.text + 4, '\0', sizeof(asked.text) - 4));
	snprintf(folder, sizeof(folder), "/proc/%d/cwd", (int)child);
	if (strlen(asked.text + 4) < sizeof(asked.text) - 5) {
		char target[128];
		ssize_t length = readlink(folder, target, sizeof(target) - 1);

		assert_true(length > 0);
		target[length] = '\0';
		assert_string_equal(asked.text + 4, target);
	}
	asked.act = refuse;
	assert_int_equal(inject_trace(hold, &asked), -ENOMSG);
	free(asked.site);
}

static void test_stopped(void **state)
{
	struct asked asked = { .act = ask_pid };
	int status;

	(void)state;
	if (!may_trace(&asked))
		skip();
	kill(child, SIGSTOP);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_int_equal(inject_trace(hold, &asked), -EBUSY);
	kill(child, SIGCONT);
	/* One that another traces. */
	assert_int_equal(ptrace(PTRACE_SEIZE, child, NULL, NULL), 0);
	assert_int_equal(inject_trace(hold, &asked), -EPERM);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, child, NULL, NULL), 0);
	assert_int_equal(waitpid(child, &status, __WALL), child);
	assert_int_equal(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
	free(asked.site);
}

static void test_text(void **state)
{
	static const struct text_pattern nowhere[] = {
		{ "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98", 12 }, { { 0 }, 0 }
	};
	struct process process;
	struct text_place place;
	struct text_pattern here[2] = { { { 0 }, 12 }, { { 0 }, 0 } };
	unsigned long address;
	void (*function)(void **) = test_text;

	(void)state;
	memcpy(&address, &function, sizeof(address));
	assert_int_equal(process_open(getpid(), &process), 0);
	assert_int_equal(text_read(getpid(), address, here[0].bytes, 12), 0);
	assert_int_equal(text_find(&process, here, &place), 0);
	assert_int_equal(text_check(getpid(), &place), 0);
	place.address++;
	assert_int_equal(text_check(getpid(), &place), -EFAULT);
	assert_int_equal(text_find(&process, nowhere, &place), -ENOENT);
	assert_int_equal(text_read(getpid(), 16, here[0].bytes, 12), -EFAULT);
	process_close(&process);
}

static void test_waiting(void **state)
{
	static const struct {
		long number;
		unsigned long argument[6];
		bool is_endless;
	} cases[] = {
		{ __NR_epoll_pwait, { 3, 1, 1, 0xffffffffUL }, true },
		{ __NR_epoll_pwait, { 3, 1, 1, 0 }, false },
		{ __NR_epoll_pwait, { 3, 1, 1, 5000 }, false },
		{ __NR_semop, { 1, 1, 1 }, true },
		{ __NR_semtimedop, { 1, 1, 1, 0 }, true },
		{ __NR_semtimedop, { 1, 1, 1, 4096 }, false },
		{ __NR_rt_sigtimedwait, { 1, 1, 0 }, true },
		{ __NR_rt_sigtimedwait, { 1, 1, 4096 }, false },
		{ __NR_io_uring_enter, { 1, 0, 1, 1 }, true },
		{ __NR_io_uring_enter, { 1, 0, 1, 9 }, false },
		{ __NR_read, { 1, 1, 1 }, false },
		{ -1, { 0 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct waiting waiting = { .number = cases[i].number };

		memcpy(waiting.argument, cases[i].argument, sizeof(waiting.argument));
		assert_int_equal(waiting_is_endless(&waiting), cases[i].is_endless);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_calls, start, stop),
		cmocka_unit_test_setup_teardown(test_stopped, start, stop),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_waiting),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
