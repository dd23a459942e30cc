/* Numbers, files under a root, and lines on stderr. */
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/util.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned long max, value;
		int error;
	} cases[] = {
		{ "0", 0, 0, 0 },
		{ "7", 7, 7, 0 },
		{ "10", ULONG_MAX, 10, 0 },
		{ "18446744073709551615", ULONG_MAX, ULONG_MAX, 0 },
		{ "8", 7, 0, -ERANGE },
		{ "4294967296", UINT_MAX, 0, -ERANGE },
		{ "18446744073709551616", ULONG_MAX, 0, -ERANGE },
		{ "18446744073709551620", ULONG_MAX, 0, -ERANGE },
		{ "99999999999999999999999999999999", ULONG_MAX, 0, -ERANGE },
		{ "", ULONG_MAX, 0, -EINVAL },
		{ "00", ULONG_MAX, 0, -EINVAL },
		{ "07", ULONG_MAX, 0, -EINVAL },
		{ "+1", ULONG_MAX, 0, -EINVAL },
		{ "-1", ULONG_MAX, 0, -EINVAL },
		{ " 1", ULONG_MAX, 0, -EINVAL },
		{ "1 ", ULONG_MAX, 0, -EINVAL },
		{ "1\n", ULONG_MAX, 0, -EINVAL },
		{ "0x1", ULONG_MAX, 0, -EINVAL },
		{ "1a", ULONG_MAX, 0, -EINVAL },
		{ "1.5", ULONG_MAX, 0, -EINVAL },
		{ "1e3", ULONG_MAX, 0, -EINVAL },
		/* Junk is told from size wherever it stands. */
		{ "99999999999999999999999999999999x", ULONG_MAX, 0, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned long value = 4711;
		int error = util_parse_number(cases[i].text, strlen(cases[i].text), cases[i].max,
		                              &value);

		if (error != cases[i].error)
			fail_msg("'%s': %d, not %d", cases[i].text, error, cases[i].error);
		assert_int_equal(value, error ? 4711 : cases[i].value);
	}
}

/* The length counts, not a NUL. */
static void test_number_length(void **state)
{
	unsigned long value;

	(void)state;
	assert_int_equal(util_parse_number("123", 2, 100, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(util_parse_number("1\0002", 3, 100, &value), -EINVAL);
	assert_int_equal(util_parse_number("1", 0, 100, &value), -EINVAL);
}

static void check_read(const struct tree *tree, const char *name, const char *bytes, size_t size)
{
	char *text = NULL;
	size_t length = 4711;

	assert_int_equal(util_read(tree->root, &text, &length, "%s", name), 0);
	assert_int_equal(length, size);
	assert_memory_equal(text, bytes, size);
	assert_int_equal(text[size], '\0');
	free(text);
}

static void test_read(void **state)
{
	/* Around the size of the first read, and of what the buffer doubles to. */
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 100000 };
	static char bytes[100000];
	struct tree tree;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
	tree_make(&tree);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		tree_bytes(&tree, "/sys/file", bytes, sizes[i]);
		check_read(&tree, "/sys/file", bytes, sizes[i]);
	}
	tree_remove(&tree);
}

static void test_read_fails(void **state)
{
	struct tree tree;
	char *text = (char *)1, name[PATH_MAX + 1], path[PATH_MAX];
	size_t length = 4711;
	int error;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/sys/file", "x");
	error = util_read(tree.root, &text, &length, "/sys/%s", "none");
	assert_int_equal(error, -ENOENT);
	assert_true(util_is_missing(error));
	error = util_read(tree.root, &text, &length, "/sys/file/below");
	assert_int_equal(error, -ENOTDIR);
	assert_true(util_is_missing(error));
	error = util_read(tree.root, &text, &length, "/sys");
	assert_int_equal(error, -EISDIR);
	assert_false(util_is_missing(error));
	memset(name, 'a', PATH_MAX);
	name[0] = '/';
	name[PATH_MAX] = '\0';
	assert_int_equal(util_read(tree.root, &text, &length, "%s", name), -ENAMETOOLONG);
	/* Larger than anything that is meant; sparse, so nothing is written. */
	snprintf(path, sizeof(path), "%s/sys/file", tree.path);
	assert_int_equal(truncate(path, (64L << 20) + 1), 0);
	assert_int_equal(util_read(tree.root, &text, &length, "/sys/file"), -EFBIG);
	assert_ptr_equal(text, (char *)1);
	assert_int_equal(length, 4711);
	tree_remove(&tree);
}

/* A root of its own is never left for a path of this machine, and this machine's is absolute. */
static void test_roots(void **state)
{
	struct tree tree;
	char *text, path[128];
	size_t length;

	(void)state;
	tree_make(&tree);
	assert_int_equal(util_read(tree.root, &text, &length, "/proc/self/status"), -ENOENT);
	tree_file(&tree, "/proc/self/status", "ours");
	check_read(&tree, "/proc/self/status", "ours", 4);
	snprintf(path, sizeof(path), "%s/proc/self/status", tree.path);
	assert_int_equal(util_read(UTIL_HERE, &text, &length, "%s", path), 0);
	assert_string_equal(text, "ours");
	free(text);
	tree_remove(&tree);
}

/* Dies in a child; returns its status, and what it wrote on stderr. */
static int die(const char *operand, char *line, size_t size)
{
	int ends[2], status;
	ssize_t got;
	size_t used = 0;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		util_die(42, "--membind=%s: no", operand);
	}
	close(ends[1]);
	while (used < size - 1 && (got = read(ends[0], line + used, size - 1 - used)) > 0)
		used += (size_t)got;
	line[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_die(void **state)
{
	char line[512], expected[512];

	(void)state;
	assert_int_equal(die("0\nnumactl: fine\033[2J\177\t", line, sizeof(line)), 42);
	snprintf(expected, sizeof(expected), "%s: --membind=0?numactl: fine?[2J??: no\n",
	         program_invocation_short_name);
	assert_string_equal(line, expected);
	/* What is not ASCII passes. */
	assert_int_equal(die("\303\251%s", line, sizeof(line)), 42);
	snprintf(expected, sizeof(expected), "%s: --membind=\303\251%%s: no\n",
	         program_invocation_short_name);
	assert_string_equal(line, expected);
}

static void test_reasons(void **state)
{
	(void)state;
	assert_string_equal(util_reason(-EBADMSG), "malformed");
	assert_string_equal(util_reason(-ERANGE), "malformed: a number is too large");
	assert_string_equal(util_reason(-EIO), strerror(EIO));
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		unsigned long bytes;
		int error;
	} cases[] = {
		{ "0", 0, 0 },
		{ "1", 1, 0 },
		{ "4711", 4711, 0 },
		{ "0k", 0, 0 },
		{ "1k", 1024, 0 },
		{ "1K", 1024, 0 },
		{ "3m", 3UL << 20, 0 },
		{ "3M", 3UL << 20, 0 },
		{ "64g", 64UL << 30, 0 },
		{ "64G", 64UL << 30, 0 },
		{ "2t", 2UL << 40, 0 },
		{ "2T", 2UL << 40, 0 },
		/* The largest of each unit, and one more. */
		{ "4611686018427387903", UTIL_SIZE_MAX, 0 },
		{ "4611686018427387904", 0, -ERANGE },
		{ "18446744073709551615", 0, -ERANGE },
		{ "18446744073709551616", 0, -ERANGE },
		{ "4503599627370495k", UTIL_SIZE_MAX - 1023, 0 },
		{ "4503599627370496k", 0, -ERANGE },
		{ "4398046511103M", UTIL_SIZE_MAX - 0xfffff, 0 },
		{ "4398046511104M", 0, -ERANGE },
		{ "4294967295g", UTIL_SIZE_MAX - 0x3fffffff, 0 },
		{ "4294967296g", 0, -ERANGE },
		{ "4194303T", UTIL_SIZE_MAX - 0xffffffffff, 0 },
		{ "4194304T", 0, -ERANGE },
		{ "18446744073709551615T", 0, -ERANGE },
		{ "99999999999999999999999k", 0, -ERANGE },
		{ "", 0, -EINVAL },
		{ "k", 0, -EINVAL },
		{ "kk", 0, -EINVAL },
		{ "1kk", 0, -EINVAL },
		{ "1km", 0, -EINVAL },
		{ "1kB", 0, -EINVAL },
		{ "1KiB", 0, -EINVAL },
		{ "1b", 0, -EINVAL },
		{ "1p", 0, -EINVAL },
		{ "1e", 0, -EINVAL },
		{ "k1", 0, -EINVAL },
		{ "1k1", 0, -EINVAL },
		{ "01k", 0, -EINVAL },
		{ "00", 0, -EINVAL },
		{ "+1k", 0, -EINVAL },
		{ "-1", 0, -EINVAL },
		{ "-1k", 0, -EINVAL },
		{ " 1k", 0, -EINVAL },
		{ "1 k", 0, -EINVAL },
		{ "1k ", 0, -EINVAL },
		{ "1k\n", 0, -EINVAL },
		{ "1.5g", 0, -EINVAL },
		{ "1,5g", 0, -EINVAL },
		{ "0x1k", 0, -EINVAL },
		{ "1\v", 0, -EINVAL },
		/* Of no character but the letters do the lower bits make a unit. */
		{ "1\353", 0, -EINVAL },
		{ "1\313", 0, -EINVAL },
		{ "1\013", 0, -EINVAL },
		{ "1+", 0, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned long bytes = 4711;
		int error = util_parse_size(cases[i].text, &bytes);

		if (error != cases[i].error)
			fail_msg("'%s': %d, not %d", cases[i].text, error, cases[i].error);
		assert_int_equal(bytes, error ? 4711 : cases[i].bytes);
	}
}

static void test_shown_sizes(void **state)
{
	static const struct {
		unsigned long long bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 1023, "1023" },
		{ 1024, "1.0 K" },
		{ 1024 + 512, "1.5 K" },
		{ 4096, "4.0 K" },
		/* From 9.95 on it would be shown as 10.0. */
		{ 10188, "9.9 K" },
		{ 10189, "10 K" },
		{ 10240, "10 K" },
		{ 512 << 10, "512 K" },
		{ 1023 << 10, "1023 K" },
		/* From 1023.5 on it would be shown as 1024. */
		{ (1023 << 10) + 511, "1023 K" },
		{ (1023 << 10) + 512, "1.0 M" },
		{ (1 << 20) - 1, "1.0 M" },
		{ 1 << 20, "1.0 M" },
		{ 1288490189, "1.2 G" },
		{ 1023ULL << 20, "1023 M" },
		{ (1023ULL << 20) + 524287, "1023 M" },
		{ (1023ULL << 20) + 524288, "1.0 G" },
		{ (1ULL << 30) - 1, "1.0 G" },
		{ 1ULL << 30, "1.0 G" },
		{ 48ULL << 30, "48 G" },
		{ 1ULL << 40, "1.0 T" },
		{ 1023ULL << 40, "1023 T" },
		{ 1ULL << 50, "1.0 P" },
		{ 1ULL << 60, "1.0 E" },
		{ 15ULL << 60, "15 E" },
		{ ULLONG_MAX, "16 E" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[UTIL_SIZE];

		assert_ptr_equal(util_size(cases[i].bytes, text), text);
		assert_string_equal(text, cases[i].text);
	}
}

/* Nanoseconds, of the clock that nobody sets. */
static void test_now(void **state)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	unsigned long long first = util_now(), second;
	struct timespec now;

	(void)state;
	assert_int_equal(nanosleep(&pause, NULL), 0);
	second = util_now();
	assert_true(second - first >= 20000000);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	assert_true((unsigned long long)now.tv_sec - second / 1000000000 <= 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),     cmocka_unit_test(test_number_length),
		cmocka_unit_test(test_read),        cmocka_unit_test(test_read_fails),
		cmocka_unit_test(test_roots),       cmocka_unit_test(test_die),
		cmocka_unit_test(test_reasons),     cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_shown_sizes), cmocka_unit_test(test_now),
	};

	return cmocka_run_group_tests_name("util", tests, NULL, NULL);
}
