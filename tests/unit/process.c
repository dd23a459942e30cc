/* /proc/PID/status. */
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "lib/process.h"
#include "lib/util.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int parse(const char *text, struct process_status *status)
{
	return process_parse_status(text, strlen(text), status);
}

static void check_set(const struct idset *set, const char *expected)
{
	char text[IDSET_TEXT];

	assert_string_equal(idset_text(set, text), expected);
}

static void test_whole(void **state)
{
	struct process_status status;

	(void)state;
	assert_int_equal(parse("Name:\tsh\nUmask:\t0022\nSeccomp:\t2\nSeccomp_filters:\t1\n"
	                       "Cpus_allowed:\tff\nCpus_allowed_list:\t0-7\n"
	                       "Mems_allowed:\t00000000,00000003\nMems_allowed_list:\t0-1\n",
	                       &status),
	                 0);
	assert_true(status.has_cpus && status.has_nodes);
	check_set(&status.cpus, "0-7");
	check_set(&status.nodes, "0-1");
	assert_int_equal(status.seccomp, 2);
}

/* Before Linux 2.6.26 there are no lists, before 3.8 no Seccomp. */
static void test_unknown(void **state)
{
	struct process_status status;

	(void)state;
	assert_int_equal(parse("Name:\tsh\nCpus_allowed:\tff\n", &status), 0);
	assert_false(status.has_cpus || status.has_nodes);
	assert_true(idset_empty(&status.cpus) && idset_empty(&status.nodes));
	assert_int_equal(status.seccomp, -1);
	assert_int_equal(parse("", &status), 0);
	assert_false(status.has_cpus || status.has_nodes);
	assert_int_equal(parse("Cpus_allowed_list:\t3", &status), 0);
	assert_true(status.has_cpus && !status.has_nodes);
	check_set(&status.cpus, "3");
	assert_int_equal(parse("Seccomp:\t0\n", &status), 0);
	assert_int_equal(status.seccomp, 0);
	assert_int_equal(parse("Seccomp:\t7\n", &status), 0);
	assert_int_equal(status.seccomp, -1);
}

/* The name of a process may be anything but a newline, which the kernel writes as \n. */
static void test_forged_name(void **state)
{
	struct process_status status;

	(void)state;
	assert_int_equal(parse("Name:\tCpus_allowed_list:\t9\nCpus_allowed_list:\t1\n", &status),
	                 0);
	check_set(&status.cpus, "1");
}

static void test_malformed(void **state)
{
	struct process_status status, before;

	(void)state;
	memset(&status, 0x5a, sizeof(status));
	before = status;
	assert_int_equal(parse("Cpus_allowed_list:\t0-\n", &status), -EINVAL);
	assert_int_equal(parse("Cpus_allowed_list:\t0\nMems_allowed_list:\tx\n", &status), -EINVAL);
	assert_int_equal(parse("Mems_allowed_list:\t0-8192\n", &status), -ERANGE);
	assert_memory_equal(&status, &before, sizeof(status));
}

static void test_read(void **state)
{
	struct process_status status;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	assert_int_equal(process_read_status(tree.root, "self", &status), -ENOENT);
	tree_file(&tree, "/proc/42/status", "Cpus_allowed_list:\t5\n");
	assert_int_equal(process_read_status(tree.root, "42", &status), 0);
	check_set(&status.cpus, "5");
	tree_file(&tree, "/proc/42/status", "Cpus_allowed_list:\t5,\n");
	assert_int_equal(process_read_status(tree.root, "42", &status), -EBADMSG);
	tree_remove(&tree);
}

/* As Linux 6.18 writes it: real, effective, saved and file system's user; a number a namespace. */
static void test_fields(void **state)
{
	struct process_status status;

	(void)state;
	assert_int_equal(parse("Name:\tbash\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t4711\n"
	                       "Ngid:\t9\nPid:\t4712\nPPid:\t17\nTracerPid:\t8\n"
	                       "Uid:\t1000\t1001\t1002\t1003\nGid:\t50\t51\t52\t53\n"
	                       "FDSize:\t256\nGroups:\t4 24 27 \nNStgid:\t4711\t40\t2\n"
	                       "NSpid:\t4712\t41\t3\nNSpgid:\t4711\t40\t2\nNSsid:\t1\t0\t0\n"
	                       "Kthread:\t0\nVmPeak:\t   10240 kB\nVmSize:\t   10236 kB\n"
	                       "Seccomp:\t0\nCpus_allowed_list:\t0-7\nMems_allowed_list:\t0\n",
	                       &status),
	                 0);
	assert_string_equal(status.name, "bash");
	assert_int_equal(status.state, 'S');
	assert_int_equal(status.leader, 4711);
	assert_int_equal(status.parent, 17);
	assert_int_equal(status.inner, 3);
	assert_int_equal(status.user, 1001);
	assert_true(status.has_memory);
}

static void test_fields_unknown(void **state)
{
	struct process_status status;

	(void)state;
	assert_int_equal(parse("", &status), 0);
	assert_string_equal(status.name, "");
	assert_int_equal(status.state, '?');
	assert_int_equal(status.leader, 0);
	assert_int_equal(status.parent, 0);
	assert_int_equal(status.inner, 0);
	assert_int_equal(status.user, ULONG_MAX);
	assert_false(status.has_memory);
	/* Lines without a value, and those of another name that ends or begins likewise. */
	assert_int_equal(parse("Name:\t\nState:\t\nTgid:\t\nPPid:\t\nNSpid:\t\nUid:\t\n"
	                       "NStgid:\t8\nNSpgid:\t8\nXUid:\t8\nPid:\t8\nVmSizes:\t8 kB\n",
	                       &status),
	                 0);
	assert_string_equal(status.name, "");
	assert_int_equal(status.state, '?');
	assert_int_equal(status.leader, 0);
	assert_int_equal(status.parent, 0);
	assert_int_equal(status.inner, 0);
	assert_int_equal(status.user, ULONG_MAX);
	assert_false(status.has_memory);
}

/* Of a kernel thread: no memory, no parent but kthreadd; user 0 is known. */
static void test_kernel_thread(void **state)
{
	struct process_status status;

	(void)state;
	assert_int_equal(parse("Name:\tkworker/0:1-events\nState:\tI (idle)\nTgid:\t12\n"
	                       "PPid:\t2\nUid:\t0\t0\t0\t0\nNSpid:\t12\nKthread:\t1\n",
	                       &status),
	                 0);
	assert_string_equal(status.name, "kworker/0:1-events");
	assert_int_equal(status.state, 'I');
	assert_int_equal(status.leader, 12);
	assert_int_equal(status.parent, 2);
	assert_int_equal(status.inner, 12);
	assert_int_equal(status.user, 0);
	assert_false(status.has_memory);
}

static void check_name(const char *value, const char *expected)
{
	struct process_status status;
	char text[512];

	snprintf(text, sizeof(text), "Name:\t%s\nState:\tR (running)\n", value);
	assert_int_equal(parse(text, &status), 0);
	assert_string_equal(status.name, expected);
	assert_int_equal(status.state, 'R');
	/* The last line of what was cut off. */
	snprintf(text, sizeof(text), "Name:\t%s", value);
	assert_int_equal(parse(text, &status), 0);
	assert_string_equal(status.name, expected);
	assert_int_equal(status.state, '?');
}

static void test_names(void **state)
{
	char longest[PROCESS_NAME + 100], cut[PROCESS_NAME];

	(void)state;
	check_name("sh", "sh");
	/* As the kernel escapes them. */
	check_name("a\\nb", "a\nb");
	check_name("a\\\\b", "a\\b");
	check_name("a\\\\nb", "a\\nb");
	check_name("a\\", "a\\");
	check_name("a\\tb", "a\\tb");
	check_name(" a b ", " a b ");
	check_name("(sd-pam)", "(sd-pam)");
	check_name("a\tb", "a\tb");
	check_name("\303\251\033[2J", "\303\251\033[2J");
	check_name("Name:\tx", "Name:\tx");
	/* It may claim to be any other line. */
	check_name("Tgid:\t7", "Tgid:\t7");
	memset(longest, 'x', sizeof(longest));
	memset(cut, 'x', sizeof(cut));
	cut[PROCESS_NAME - 1] = longest[PROCESS_NAME + 50] = '\0';
	check_name(cut, cut);
	check_name(longest, cut);
}

/* The name comes first in the file, and none of what follows is taken from it. */
static void test_forged_fields(void **state)
{
	struct process_status status;

	(void)state;
	assert_int_equal(parse("Name:\tUid:\t0\t0\nState:\tZ (zombie)\nTgid:\t5\n"
	                       "Uid:\t7\t8\t9\t10\n",
	                       &status),
	                 0);
	assert_int_equal(status.user, 8);
	assert_int_equal(status.state, 'Z');
	assert_int_equal(parse("Name:\tVmSize:\t1\nTgid:\t5\n", &status), 0);
	assert_false(status.has_memory);
}

static void test_inner(void **state)
{
	static const struct {
		const char *line;
		unsigned long inner;
	} cases[] = {
		{ "NSpid:\t1\n", 1 },
		{ "NSpid:\t4712\t41\t3\n", 3 },
		{ "NSpid:\t4712\t41\t3", 3 },
		{ "NSpid:\t4712\t1\nNSpgid:\t9\n", 1 },
		{ "NSpid:\t4194304\t4194303\n", 4194303 },
		/* Of a namespace that we are not in (from below: 0). */
		{ "NSpid:\t0\n", 0 },
		/* The kernel does not write such: unknown, not a part of it. */
		{ "NSpid:\t1\t99999999999999999999\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct process_status status;

		assert_int_equal(parse(cases[i].line, &status), 0);
		if (status.inner != cases[i].inner)
			fail_msg("'%s': %lu", cases[i].line, status.inner);
	}
}

/* Nor is any of the other fields written where a list is malformed. */
static void test_malformed_fields(void **state)
{
	struct process_status status, before;

	(void)state;
	memset(&status, 0x5a, sizeof(status));
	before = status;
	assert_int_equal(parse("Name:\tsh\nState:\tR\nTgid:\t1\nCpus_allowed_list:\t0-\n", &status),
	                 -EINVAL);
	assert_memory_equal(&status, &before, sizeof(status));
}

/* This process, as the kernel of this machine writes it. */
static void test_self(void **state)
{
	struct process_status status;
	char name[16];

	(void)state;
	assert_int_equal(process_read_status(UTIL_HERE, "self", &status), 0);
	snprintf(name, sizeof(name), "%s", program_invocation_short_name);
	assert_string_equal(status.name, name);
	assert_int_equal(status.state, 'R');
	assert_int_equal(status.leader, getpid());
	assert_int_equal(status.parent, getppid());
	assert_int_equal(status.user, geteuid());
	assert_true(status.has_memory);
}

static void test_held(void **state)
{
	struct process process;
	struct process_status status;
	pid_t *pids, child = fork();
	int ended;
	long count;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(process_open(child, &process), 0);
	assert_int_equal(process.pid, child);
	assert_int_equal(process.status.parent, getpid());
	assert_false(process_is_gone(&process));
	count = process_threads(&process, &pids);
	assert_int_equal(count, 1);
	assert_int_equal(pids[0], child);
	free(pids);
	assert_int_equal(process_thread_status(&process, child, &status), 0);
	assert_int_equal(status.leader, child);
	assert_int_equal(process_thread_status(&process, getpid(), &status), -ESRCH);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT), 0);
	/* A zombie has ended. */
	assert_true(process_is_gone(&process));
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(process_is_gone(&process));
	assert_int_equal(process_thread_status(&process, child, &status), -ESRCH);
	process_close(&process);
	assert_int_equal(process_open(child, &process), -ESRCH);
}

static void *wait_for_end(void *argument)
{
	int *ends = argument;
	pid_t thread = gettid();
	char byte;

	if (write(ends[3], &thread, sizeof(thread)) == sizeof(thread))
		(void)!read(ends[0], &byte, 1);
	return NULL;
}

/* A thread is no process, but tells of which it is one. */
static void test_threads(void **state)
{
	struct process_status status;
	struct process process;
	pid_t thread, *threads;
	pthread_t handle;
	int ends[4];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe(ends + 2), 0);
	assert_int_equal(pthread_create(&handle, NULL, wait_for_end, ends), 0);
	assert_int_equal(read(ends[2], &thread, sizeof(thread)), sizeof(thread));
	assert_int_equal(process_open(thread, &process), -ECHILD);
	assert_int_equal(process.status.leader, getpid());
	assert_int_equal(process_open(getpid(), &process), 0);
	assert_int_equal(process_threads(&process, &threads), 2);
	assert_int_equal(threads[0], thread < getpid() ? thread : getpid());
	assert_int_equal(threads[1], thread < getpid() ? getpid() : thread);
	free(threads);
	assert_int_equal(process_thread_status(&process, thread, &status), 0);
	assert_int_equal(status.leader, getpid());
	process_close(&process);
	for (int i = 3; i > 0; i -= 2)
		close(ends[i]);
	assert_int_equal(pthread_join(handle, NULL), 0);
	close(ends[0]);
	close(ends[2]);
}

static void test_families(void **state)
{
	struct process_family *found;
	pid_t children[3];
	long count, own = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(children); i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			pause();
			_exit(0);
		}
	}
	count = process_families(&found);
	for (long k = 0; k < count; k++) {
		bool is_own = false;

		assert_true(k == 0 || found[k].pid > found[k - 1].pid);
		for (size_t i = 0; i < COUNT(children); i++)
			is_own = is_own || found[k].pid == children[i];
		own += is_own;
		assert_int_equal(found[k].parent == getpid(), is_own);
	}
	assert_int_equal(own, COUNT(children));
	free(found);
	for (size_t i = 0; i < COUNT(children); i++) {
		kill(children[i], SIGKILL);
		assert_int_equal(waitpid(children[i], NULL, 0), children[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),          cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_forged_name),    cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_read),           cmocka_unit_test(test_fields),
		cmocka_unit_test(test_fields_unknown), cmocka_unit_test(test_kernel_thread),
		cmocka_unit_test(test_names),          cmocka_unit_test(test_forged_fields),
		cmocka_unit_test(test_inner),          cmocka_unit_test(test_malformed_fields),
		cmocka_unit_test(test_self),           cmocka_unit_test(test_held),
		cmocka_unit_test(test_families),       cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
