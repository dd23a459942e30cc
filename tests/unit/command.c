/* Commands: found in PATH as execvp finds them, and why they cannot be run. */
#include "tree.h"

#include <errno.h>
#include <sys/wait.h>

#include "lib/command.h"

static void make_mode(const struct tree *tree, const char *name, const char *text, mode_t mode)
{
	char path[256];

	tree_file(tree, name, text);
	snprintf(path, sizeof(path), "%s%s", tree->path, name);
	assert_int_equal(chmod(path, mode), 0);
}

/* PATH of two or three directories below the tree. */
static void set_path(const struct tree *tree, const char *a, const char *b)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s:%s%s", tree->path, a, tree->path, b);
	assert_int_equal(setenv("PATH", path, 1), 0);
}

static void check(const struct tree *tree, const char *name, int error, const char *expected)
{
	char path[COMMAND_PATH], whole[256];

	assert_int_equal(command_find(name, path), error);
	if (error)
		return;
	snprintf(whole, sizeof(whole), "%s%s", tree ? tree->path : "", expected);
	assert_string_equal(path, whole);
}

static int setup(void **state)
{
	static struct tree tree;

	tree_make(&tree);
	make_mode(&tree, "/a/plain", "x", 0644);
	make_mode(&tree, "/a/tool", "x", 0755);
	make_mode(&tree, "/b/tool", "x", 0755);
	make_mode(&tree, "/b/plain", "x", 0755);
	make_mode(&tree, "/b/sealed", "x", 0644);
	make_mode(&tree, "/a/directory/x", "x", 0755);
	*state = &tree;
	return 0;
}

static int teardown(void **state)
{
	tree_remove(*state);
	return 0;
}

static void test_search(void **state)
{
	const struct tree *tree = *state;

	set_path(tree, "/a", "/b");
	check(tree, "tool", 0, "/a/tool");
	/* One that cannot be executed is passed over, and remembered. */
	check(tree, "plain", 0, "/b/plain");
	check(tree, "sealed", -EACCES, NULL);
	check(tree, "directory", -EACCES, NULL);
	check(tree, "none", -ENOENT, NULL);
	check(tree, "", -ENOENT, NULL);
	set_path(tree, "/none", "/b");
	check(tree, "tool", 0, "/b/tool");
	set_path(tree, "/a/tool", "/b");
	check(tree, "tool", 0, "/b/tool");
}

static void test_paths(void **state)
{
	const struct tree *tree = *state;
	char path[256];

	set_path(tree, "/a", "/b");
	snprintf(path, sizeof(path), "%s/b/tool", tree->path);
	check(tree, path, 0, "/b/tool");
	snprintf(path, sizeof(path), "%s/a/plain", tree->path);
	check(tree, path, -EACCES, NULL);
	snprintf(path, sizeof(path), "%s/a/none", tree->path);
	check(tree, path, -ENOENT, NULL);
	snprintf(path, sizeof(path), "%s/a", tree->path);
	check(tree, path, -EACCES, NULL);
	/* Not looked for in PATH. */
	check(tree, "./tool", -ENOENT, NULL);
}

/* An empty entry of PATH is the working directory; without PATH there is a default. */
static void test_odd_paths(void **state)
{
	const struct tree *tree = *state;
	char *before = getcwd(NULL, 0);
	char directory[256];

	assert_non_null(before);
	snprintf(directory, sizeof(directory), "%s/b", tree->path);
	assert_int_equal(chdir(directory), 0);
	setenv("PATH", "", 1);
	check(NULL, "tool", 0, "./tool");
	setenv("PATH", "/none:", 1);
	check(NULL, "tool", 0, "./tool");
	setenv("PATH", ":/none", 1);
	check(NULL, "tool", 0, "./tool");
	setenv("PATH", "/none::/none", 1);
	check(NULL, "tool", 0, "./tool");
	setenv("PATH", "/none", 1);
	check(NULL, "tool", -ENOENT, NULL);
	unsetenv("PATH");
	check(NULL, "sh", 0, "/bin/sh");
	check(NULL, "tool", -ENOENT, NULL);
	assert_int_equal(chdir(before), 0);
	free(before);
}

static void test_long_names(void **state)
{
	static char name[2 * COMMAND_PATH];
	char path[COMMAND_PATH];

	set_path(*state, "/a", "/b");
	memset(name, 'a', sizeof(name) - 1);
	assert_int_equal(command_find(name, path), -ENOENT);
	name[0] = '/';
	assert_int_equal(command_find(name, path), -ENAMETOOLONG);
}

static void explain(const struct tree *tree, const char *name, int error, int status,
                    const char *expected)
{
	char path[256], sentence[COMMAND_SENTENCE];

	snprintf(path, sizeof(path), "%s%s", tree->path, name);
	command_explain(path, error, sentence);
	assert_string_equal(sentence, expected);
	assert_int_equal(command_status(path, error), status);
}

static void test_explain(void **state)
{
	const struct tree *tree = *state;

	make_mode(tree, "/a/script", "#! /no/such/shell -x\necho\n", 0755);
	make_mode(tree, "/a/crlf", "#!/bin/sh\r\n", 0755);
	make_mode(tree, "/a/binary", "\177ELF\2\1\1", 0755);
	explain(tree, "/a/script", -ENOENT, 126, "its interpreter /no/such/shell does not exist");
	/* /bin/sh does exist; "/bin/sh\r" does not. */
	explain(tree, "/a/crlf", -ENOENT, 126,
	        "its first line ends with a carriage return, which the kernel takes for a part of "
	        "the interpreter's name");
	explain(tree, "/a/binary", -ENOENT, 126,
	        "the loader that it names does not exist (was it built for another system?)");
	explain(tree, "/a/binary", -ENOEXEC, 126, "is not a program for this machine");
	explain(tree, "/a/directory", -EACCES, 126, "is a directory");
	explain(tree, "/a/plain", -EACCES, 126, "Permission denied");
	explain(tree, "/a/none", -ENOENT, 127, "command not found");
	explain(tree, "/a/tool", -E2BIG, 126, "Argument list too long");
}

#define RETURNED 99

/* Runs a file in a child. Returns its exit status, or what command_run returned. */
static int run(const struct tree *tree, const char *name, char *const argv[])
{
	char path[256];
	int status, ends[2], error = 0;
	pid_t child;

	snprintf(path, sizeof(path), "%s%s", tree->path, name);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		error = command_run(path, argv);
		_exit(write(ends[1], &error, sizeof(error)) == sizeof(error) ? RETURNED : 1);
	}
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == RETURNED)
		assert_int_equal(read(ends[0], &error, sizeof(error)), sizeof(error));
	close(ends[0]);
	return error ? error : WEXITSTATUS(status);
}

/*
 * A script without "#!" is one for the shell, as to execvp(3); a program for another machine is
 * not, nor is an empty file.
 */
static void test_run(void **state)
{
	const struct tree *tree = *state;
	static char name[] = "renamed", one[] = "a b", two[] = "";
	char *const argv[] = { name, one, two, NULL };

	make_mode(tree, "/a/plain-script", "test \"$1\" = 'a b' && exit $(($# + 40))\n", 0755);
	make_mode(tree, "/a/real-script", "#!/bin/sh\nexit $#\n", 0755);
	make_mode(tree, "/a/foreign", "\177ELF\2\1\1text", 0755);
	make_mode(tree, "/a/empty", "", 0755);
	make_mode(tree, "/a/data", "", 0755);
	tree_bytes(tree, "/a/data", "exit 7\n\0", 8);
	assert_int_equal(run(tree, "/a/plain-script", argv), 42);
	assert_int_equal(run(tree, "/a/real-script", argv), 2);
	assert_int_equal(run(tree, "/a/foreign", argv), -ENOEXEC);
	assert_int_equal(run(tree, "/a/empty", argv), -ENOEXEC);
	assert_int_equal(run(tree, "/a/data", argv), -ENOEXEC);
	assert_int_equal(run(tree, "/a/none", argv), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search),    cmocka_unit_test(test_paths),
		cmocka_unit_test(test_odd_paths), cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_explain),   cmocka_unit_test(test_run),
	};

	return cmocka_run_group_tests_name("command", tests, setup, teardown);
}
