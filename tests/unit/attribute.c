/* Attributes: what is there, what is missing, what is malformed. */
#include "tree.h"

#include <errno.h>
#include <limits.h>

#include "lib/attribute.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(literal) literal, sizeof(literal) - 1

static struct tree tree;
static struct attribute_reader reader;

static int make(void **state)
{
	(void)state;
	tree_make(&tree);
	reader = (struct attribute_reader){ .root = tree.root };
	return 0;
}

static int clean(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static void test_word(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		int result;
		const char *word;
	} cases[] = {
		{ BYTES("online\n"), 1, "online" },
		{ BYTES("\n\t two words \n\0\0"), 1, "two words" },
		{ BYTES(""), 0, "before" },
		{ BYTES("\n\0 "), 0, "before" },
		{ BYTES("on\0line\n"), -EBADMSG, "before" },
		/* Of 63 and 64 characters. */
		{ BYTES("012345678901234567890123456789012345678901234567890123456789012\n"), 1,
		  "012345678901234567890123456789012345678901234567890123456789012" },
		{ BYTES("0123456789012345678901234567890123456789012345678901234567890123"),
		  -EBADMSG, "before" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char word[ATTRIBUTE_WORD] = "before";

		tree_bytes(&tree, "/sys/state", cases[i].text, cases[i].length);
		assert_int_equal(attribute_word(&reader, word, "/sys/%s", "state"),
		                 cases[i].result);
		assert_string_equal(word, cases[i].word);
		assert_string_equal(reader.path, "/sys/state");
	}
}

static void test_number(void **state)
{
	static const struct {
		const char *text;
		int result;
		long long number;
	} cases[] = {
		{ "0\n", 1, 0 },
		{ "4711", 1, 4711 },
		{ "-1\n", 1, -1 },
		{ "9223372036854775807\n", 1, LLONG_MAX },
		{ "9223372036854775808\n", -ERANGE, 7 },
		{ "-2\n", -EBADMSG, 7 },
		{ "12 kB\n", -EBADMSG, 7 },
		{ "0x10\n", -EBADMSG, 7 },
		{ "010\n", -EBADMSG, 7 },
		{ "many\n", -EBADMSG, 7 },
		{ "\n", 0, 7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		long long number = 7;

		tree_file(&tree, "/sys/number", cases[i].text);
		assert_int_equal(attribute_number(&reader, &number, "/sys/number"),
		                 cases[i].result);
		assert_int_equal(number, cases[i].number);
	}
}

static void test_size(void **state)
{
	static const struct {
		const char *text;
		int result;
		long long bytes;
	} cases[] = {
		{ "16384K\n", 1, 16384LL << 10 }, { "32M\n", 1, 32LL << 20 },
		{ "1048576\n", 1, 1 << 20 },      { "0K\n", 1, 0 },
		{ "8388608T\n", -ERANGE, 7 },     { "16777216T\n", -ERANGE, 7 },
		{ "-1\n", -EBADMSG, 7 },          { "K\n", -EBADMSG, 7 },
		{ "32 K\n", -EBADMSG, 7 },        { "", 0, 7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		long long bytes = 7;

		tree_file(&tree, "/sys/size", cases[i].text);
		assert_int_equal(attribute_size(&reader, &bytes, "/sys/size"), cases[i].result);
		assert_int_equal(bytes, cases[i].bytes);
	}
}

static void test_flag(void **state)
{
	static const struct {
		const char *text;
		int result, flag;
	} cases[] = {
		{ "true\n", 1, 1 },        { "false\n", 1, 0 }, { "1\n", -EBADMSG, 7 },
		{ "truely", -EBADMSG, 7 }, { "", 0, 7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int flag = 7;

		tree_file(&tree, "/sys/flag", cases[i].text);
		assert_int_equal(attribute_flag(&reader, &flag, "/sys/flag"), cases[i].result);
		assert_int_equal(flag, cases[i].flag);
	}
}

static void test_set(void **state)
{
	struct idset set = { 0 };
	char text[IDSET_TEXT];

	(void)state;
	tree_file(&tree, "/sys/list", "0-3,8\n");
	assert_int_equal(attribute_set(&reader, &set, idset_parse_list, "/sys/list"), 1);
	assert_string_equal(idset_text(&set, text), "0-3,8");
	tree_file(&tree, "/sys/mask", "c\n");
	assert_int_equal(attribute_set(&reader, &set, idset_parse_mask, "/sys/mask"), 1);
	assert_string_equal(idset_text(&set, text), "2-3");
	/* None of these touches it. */
	tree_file(&tree, "/sys/list", "\n");
	assert_int_equal(attribute_set(&reader, &set, idset_parse_list, "/sys/list"), 0);
	tree_file(&tree, "/sys/list", "3-0\n");
	assert_int_equal(attribute_set(&reader, &set, idset_parse_list, "/sys/list"), -EBADMSG);
	tree_file(&tree, "/sys/list", "8192\n");
	assert_int_equal(attribute_set(&reader, &set, idset_parse_list, "/sys/list"), -ERANGE);
	assert_string_equal(idset_text(&set, text), "2-3");
}

static void test_numbers(void **state)
{
	unsigned long *numbers;
	char path[64];

	(void)state;
	tree_file(&tree, "/sys/node0/hugepages-1048576kB/free", "");
	tree_file(&tree, "/sys/node0/hugepages-2048kB/free", "");
	tree_file(&tree, "/sys/node0/hugepages-64kB", "");
	tree_file(&tree, "/sys/node0/hugepages-", "");
	tree_file(&tree, "/sys/node0/hugepages-kB", "");
	tree_file(&tree, "/sys/node0/hugepages-2M", "");
	tree_file(&tree, "/sys/node0/hugepages-016kB", "");
	tree_file(&tree, "/sys/node0/pages-8kB", "");
	assert_int_equal(attribute_numbers(&reader, &numbers, "hugepages-", "kB", "/sys/node%u", 0),
	                 3);
	assert_int_equal(numbers[0], 64);
	assert_int_equal(numbers[1], 2048);
	assert_int_equal(numbers[2], 1048576);
	free(numbers);
	/* More than there is room for at first; numbers that no set could hold. */
	for (unsigned i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "/sys/blocks/memory%u", 100000 - i);
		tree_file(&tree, path, "");
	}
	assert_int_equal(attribute_numbers(&reader, &numbers, "memory", "", "/sys/blocks"), 100);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(numbers[i], 99901 + i);
	free(numbers);
	assert_int_equal(attribute_numbers(&reader, &numbers, "cpu", "", "/sys/blocks"), 0);
	assert_null(numbers);
}

static void test_missing(void **state)
{
	char word[ATTRIBUTE_WORD], *text;
	long long number;
	unsigned long *numbers;
	size_t length;
	struct idset set;
	int flag;

	(void)state;
	tree_file(&tree, "/sys/file", "1");
	assert_int_equal(attribute_word(&reader, word, "/sys/none"), 0);
	assert_int_equal(attribute_number(&reader, &number, "/sys/file/none"), 0);
	assert_int_equal(attribute_size(&reader, &number, "/none/none"), 0);
	assert_int_equal(attribute_flag(&reader, &flag, "/sys/none"), 0);
	assert_int_equal(attribute_set(&reader, &set, idset_parse_list, "/sys/none"), 0);
	assert_int_equal(attribute_text(&reader, &text, &length, "/sys/none"), 0);
	assert_int_equal(attribute_numbers(&reader, &numbers, "node", "", "/sys/none"), 0);
	assert_null(numbers);
	assert_int_equal(attribute_numbers(&reader, &numbers, "node", "", "/sys/file"), 0);
	assert_null(numbers);
	/* A folder is no file. */
	assert_int_equal(attribute_number(&reader, &number, "/sys"), -EISDIR);
	assert_string_equal(reader.path, "/sys");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_word, make, clean),
		cmocka_unit_test_setup_teardown(test_number, make, clean),
		cmocka_unit_test_setup_teardown(test_size, make, clean),
		cmocka_unit_test_setup_teardown(test_flag, make, clean),
		cmocka_unit_test_setup_teardown(test_set, make, clean),
		cmocka_unit_test_setup_teardown(test_numbers, make, clean),
		cmocka_unit_test_setup_teardown(test_missing, make, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
