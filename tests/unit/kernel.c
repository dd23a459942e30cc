/* The door: closed and narrated it makes no call; and what is known of modes and versions. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "lib/kernel.h"
#include "lib/util.h"

static char told[8192];

static void tell(const char *call)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s\n", call);
}

static struct idset set_of(const char *list)
{
	struct idset set;

	assert_int_equal(idset_parse_list(list, strlen(list), &set), 0);
	return set;
}

static void test_closed(void **state)
{
	/* No machine has these, so that an open door could not let them through. */
	struct idset none = { 0 }, nodes = set_of("1022"), cpus = set_of("8190-8191");
	static char name[] = "command";
	char *const argv[] = { name, NULL };

	(void)state;
	kernel_door(true, tell);
	told[0] = '\0';
	assert_true(kernel_is_closed());
	assert_int_equal(kernel_set_mempolicy(MPOL_BIND | MPOL_F_STATIC_NODES, &nodes), 0);
	assert_int_equal(kernel_set_mempolicy(MPOL_PREFERRED_MANY | MPOL_F_NUMA_BALANCING |
	                                              MPOL_F_RELATIVE_NODES,
	                                      &nodes),
	                 0);
	assert_int_equal(kernel_set_mempolicy(MPOL_LOCAL, &none), 0);
	assert_int_equal(kernel_set_affinity(0, &cpus), 0);
	assert_int_equal(kernel_write(UTIL_HERE, "/nonexistent/node1022", "255\n"), 0);
	assert_int_equal(kernel_make_folder(UTIL_HERE, "/nonexistent/folder"), 0);
	assert_int_equal(kernel_remove_folder(UTIL_HERE, "/nonexistent"), 0);
	assert_int_equal(kernel_execute("/bin/false", argv), 0);
	assert_string_equal(told, "set_mempolicy(MPOL_BIND | MPOL_F_STATIC_NODES, {1022})\n"
	                          "set_mempolicy(MPOL_PREFERRED_MANY | MPOL_F_NUMA_BALANCING | "
	                          "MPOL_F_RELATIVE_NODES, {1022})\n"
	                          "set_mempolicy(MPOL_LOCAL, {})\n"
	                          "sched_setaffinity(0, {8190-8191})\n"
	                          "write(/nonexistent/node1022, \"255\")\n"
	                          "mkdir(/nonexistent/folder)\n"
	                          "rmdir(/nonexistent)\n"
	                          "execve(/bin/false)\n");
	kernel_door(false, NULL);
	assert_false(kernel_is_closed());
}

/* Open, the kernel answers; and it is told of nothing that fails. */
static void test_open(void **state)
{
	struct idset cpus = set_of("8190-8191"), before, after;
	static char name[] = "command";
	char *const argv[] = { name, NULL };

	(void)state;
	kernel_door(false, NULL);
	assert_int_equal(kernel_get_affinity(0, &before), 0);
	assert_false(idset_empty(&before));
	assert_int_equal(kernel_set_affinity(0, &cpus), -EINVAL);
	assert_int_equal(kernel_set_affinity(0, &before), 0);
	assert_int_equal(kernel_get_affinity(0, &after), 0);
	assert_true(idset_equal(&before, &after));
	assert_int_equal(kernel_write(UTIL_HERE, "/nonexistent/node1022", "1"), -ENOENT);
	assert_int_equal(kernel_make_folder(UTIL_HERE, "/nonexistent/folder"), -ENOENT);
	assert_int_equal(kernel_remove_folder(UTIL_HERE, "/nonexistent"), -ENOENT);
	assert_int_equal(kernel_execute("/nonexistent/command", argv), -ENOENT);
}

static void test_modes(void **state)
{
	static const struct kernel_mode expected[] = {
		{ MPOL_DEFAULT, "default", "MPOL_DEFAULT", 0, 0 },
		{ MPOL_PREFERRED, "preferred", "MPOL_PREFERRED", 0, 0 },
		{ MPOL_BIND, "bind", "MPOL_BIND", 0, 0 },
		{ MPOL_INTERLEAVE, "interleave", "MPOL_INTERLEAVE", 0, 0 },
		{ MPOL_LOCAL, "local", "MPOL_LOCAL", 3, 8 },
		{ MPOL_PREFERRED_MANY, "preferred-many", "MPOL_PREFERRED_MANY", 5, 15 },
		{ MPOL_WEIGHTED_INTERLEAVE, "weighted-interleave", "MPOL_WEIGHTED_INTERLEAVE", 6,
		  9 },
	};

	(void)state;
	for (int i = 0; i < 7; i++) {
		const struct kernel_mode *mode = kernel_mode(i);

		assert_non_null(mode);
		assert_int_equal(mode->mode, i);
		assert_int_equal(expected[i].mode, i);
		assert_string_equal(mode->name, expected[i].name);
		assert_string_equal(mode->constant, expected[i].constant);
		if (expected[i].major)
			assert_true(mode->major == expected[i].major &&
			            mode->minor == expected[i].minor);
	}
	assert_null(kernel_mode(7));
	assert_null(kernel_mode(-1));
	assert_null(kernel_mode(MPOL_BIND | MPOL_F_STATIC_NODES));
}

static void test_versions(void **state)
{
	struct utsname name;
	unsigned major, minor;

	(void)state;
	assert_int_equal(uname(&name), 0);
	assert_int_equal(sscanf(name.release, "%u.%u", &major, &minor), 2);
	assert_false(kernel_older_than(2, 6));
	assert_false(kernel_older_than(major, minor));
	assert_true(kernel_older_than(major, minor + 1));
	assert_true(kernel_older_than(major + 1, 0));
	assert_false(kernel_older_than(major - 1, minor + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
