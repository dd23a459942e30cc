/* /proc/PID/status. */
#include "tree.h"

#include <errno.h>

#include "lib/process.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),       cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_forged_name), cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
