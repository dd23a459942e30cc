/* Expressions: what they select on a machine with every kind of node, and why they are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/util.h"
#include "refusal.h"
#include "spec.h"
#include "term.h"
#include "topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Node 0 and 4: CPUs and memory. 1: CPUs, no memory. 5, 7: memory, no CPUs. 6: neither. 2 is
 * offline. The cpuset allows memory on 0 and 5 and CPUs 2-5; CPUs 0 and 11 are offline.
 */
static struct topology_node nodes[] = { { .id = 0 }, { .id = 1 }, { .id = 4 },
	                                { .id = 5 }, { .id = 6 }, { .id = 7 } };
static struct topology machine = { .root = -1, .is_numa = true, .node = nodes, .count = 6 };

static struct idset set_of(const char *list)
{
	struct idset set;

	assert_int_equal(idset_parse_list(list, strlen(list), &set), 0);
	return set;
}

static int setup(void **state)
{
	(void)state;
	machine.nodes = set_of("0-1,4-7");
	machine.has_memory = set_of("0,4-5,7");
	machine.allowed_nodes = set_of("0,5");
	machine.cpus = set_of("1-10");
	machine.allowed_cpus = set_of("2-5");
	machine.offline_nodes = set_of("2");
	machine.offline_cpus = set_of("0,11");
	nodes[0].cpus = set_of("1-4");
	nodes[1].cpus = set_of("5-6");
	nodes[2].cpus = set_of("7-10");
	return 0;
}

#define MEMORY SPEC_MEMORY
#define NODES SPEC_NODE_CPUS
#define CPUS SPEC_CPUS

static void test_selected(void **state)
{
	static const struct {
		enum spec_kind kind;
		bool all;
		const char *text, *ids, *left_out;
	} cases[] = {
		/* Memory never needs CPUs, and CPUs never memory. */
		{ MEMORY, false, "0", "0", "" },
		{ MEMORY, false, "5", "5", "" },
		{ MEMORY, true, "7", "7", "" },
		{ NODES, false, "1", "1", "" },
		{ NODES, true, "4", "4", "" },
		{ CPUS, false, "2", "2", "" },
		{ CPUS, true, "10", "10", "" },
		{ MEMORY, false, "all", "0,5", "" },
		{ MEMORY, true, "all", "0,4-5,7", "" },
		{ NODES, false, "all", "0-1", "" },
		{ NODES, true, "all", "0-1,4", "" },
		{ CPUS, false, "all", "2-5", "" },
		{ CPUS, true, "all", "1-10", "" },
		/* Order and repetition mean nothing. */
		{ MEMORY, false, "5,0", "0,5", "" },
		{ CPUS, false, "3,3,2-4,4-5", "2-5", "" },
		/* A range takes what is usable of it, ends and inside alike. */
		{ MEMORY, false, "0-7", "0,5", "1-4,6-7" },
		{ MEMORY, false, "1-6", "5", "1-4,6" },
		{ MEMORY, true, "0-8191", "0,4-5,7", "1-3,6,8-8191" },
		{ NODES, false, "0-4", "0-1", "2-4" },
		{ CPUS, false, "0-3", "2-3", "0-1" },
		{ CPUS, true, "0-3,9-20", "1-3,9-10", "0,11-20" },
		{ CPUS, false, "4-4", "4", "" },
		/* Strides. */
		{ CPUS, true, "1-10:3", "1,4,7,10", "" },
		{ CPUS, true, "0-10:5", "5,10", "0" },
		{ CPUS, false, "2-5:1", "2-5", "" },
		{ CPUS, false, "2-5:8191", "2", "" },
		{ CPUS, false, "2-5:2,3", "2-4", "" },
		{ MEMORY, false, "+0-1:2", "0", "" },
		/* Positions within what is usable. */
		{ MEMORY, false, "+0", "0", "" },
		{ MEMORY, false, "+1", "5", "" },
		{ MEMORY, true, "+1,3", "4,7", "" },
		{ NODES, true, "+2", "4", "" },
		{ CPUS, false, "+0-1,3", "2-3,5", "" },
		{ CPUS, false, "+2-9", "4-5", "" },
		{ CPUS, false, "+0-8191:3", "2,5", "" },
		/* Complements within what is usable; nothing counts as left out. */
		{ MEMORY, false, "!0", "5", "" },
		{ MEMORY, true, "!0", "4-5,7", "" },
		{ MEMORY, true, "!0-4", "5,7", "" },
		{ MEMORY, true, "!+0", "4-5,7", "" },
		{ MEMORY, true, "!+1-9", "0", "" },
		{ NODES, true, "!1", "0,4", "" },
		{ CPUS, false, "!2", "3-5", "" },
		{ CPUS, false, "!0-3", "4-5", "" },
		{ CPUS, true, "!1-10:2", "2,4,6,8,10", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spec_scope scope = spec_scope(&machine, cases[i].kind, cases[i].all);
		struct spec_result result;
		struct spec_error error;
		char ids[IDSET_TEXT], left_out[IDSET_TEXT];

		for (int lenient = 0; lenient < 2; lenient++) {
			if (spec_parse(cases[i].text, &scope, lenient, &result, &error))
				fail_msg("'%s': refused, fault %d", cases[i].text,
				         (int)error.fault);
			idset_text(&result.ids, ids);
			idset_text(&result.left_out, left_out);
			if (strcmp(ids, cases[i].ids) != 0 ||
			    strcmp(left_out, cases[i].left_out) != 0)
				fail_msg("'%s': '%s' without '%s'", cases[i].text, ids, left_out);
			assert_true(idset_empty(&result.dropped));
			assert_false(result.dropped_positions);
		}
	}
}

static void test_refused(void **state)
{
	static const struct {
		enum spec_kind kind;
		bool all;
		const char *text;
		enum spec_fault fault;
		size_t at, length;
		const char *sentence;
	} cases[] = {
		{ MEMORY, false, "", SPEC_EMPTY, 0, 0,
		  "it is empty (write nodes like 0-3,8, or all)" },
		{ CPUS, false, "", SPEC_EMPTY, 0, 0,
		  "it is empty (write CPUs like 0-3,8, or all)" },
		{ MEMORY, false, "!", SPEC_NO_ID, 1, 0,
		  "character 2: an id is missing (write ids and ranges like 0-3,8)" },
		{ MEMORY, false, "+", SPEC_NO_ID, 1, 0, NULL },
		{ MEMORY, false, "0,", SPEC_NO_ID, 2, 0,
		  "character 3: an id is missing (write ids and ranges like 0-3,8)" },
		{ MEMORY, false, ",0", SPEC_NO_ID, 0, 0, NULL },
		{ MEMORY, false, "0,,5", SPEC_NO_ID, 2, 0, NULL },
		{ MEMORY, false, "0-", SPEC_NO_ID, 2, 0, NULL },
		{ MEMORY, false, "0-,5", SPEC_NO_ID, 2, 0, NULL },
		{ MEMORY, false, " 0", SPEC_BLANK, 0, 1,
		  "character 1: a blank (write ids and ranges like 0-3,8)" },
		{ MEMORY, false, "0 ", SPEC_BLANK, 1, 1, NULL },
		{ MEMORY, false, "0 5", SPEC_BLANK, 1, 1, NULL },
		{ MEMORY, false, "0, 5", SPEC_BLANK, 2, 1, NULL },
		{ MEMORY, false, "0\t", SPEC_BLANK, 1, 1, NULL },
		{ MEMORY, false, "0\n", SPEC_BLANK, 1, 1, NULL },
		{ MEMORY, false, "-1", SPEC_SIGN, 0, 1,
		  "character 1: a sign (ids are written without; + stands once, before them all)" },
		{ MEMORY, false, "++1", SPEC_SIGN, 1, 1, NULL },
		{ MEMORY, false, "0,+1", SPEC_SIGN, 2, 1, NULL },
		{ MEMORY, false, "0--5", SPEC_SIGN, 2, 1, NULL },
		{ MEMORY, false, "0-+5", SPEC_SIGN, 2, 1, NULL },
		{ MEMORY, false, "0x5", SPEC_NOT_DECIMAL, 0, 3,
		  "character 1: '0x5' is not decimal (write ids like 0 or 12)" },
		{ MEMORY, false, "5,0X0-7", SPEC_NOT_DECIMAL, 2, 5, NULL },
		{ MEMORY, false, "00", SPEC_NOT_DECIMAL, 0, 2, NULL },
		{ MEMORY, false, "0-05", SPEC_NOT_DECIMAL, 2, 2,
		  "character 3: '05' is not decimal (write ids like 0 or 12)" },
		{ MEMORY, false, "8192", SPEC_TOO_LARGE, 0, 4,
		  "character 1: '8192' is too large (the largest id is 8191)" },
		{ MEMORY, false, "4294967296", SPEC_TOO_LARGE, 0, 10, NULL },
		{ MEMORY, false, "18446744073709551616", SPEC_TOO_LARGE, 0, 20, NULL },
		{ MEMORY, false, "0-99999999", SPEC_TOO_LARGE, 2, 8, NULL },
		{ MEMORY, false, "none", SPEC_NO_KEY, 0, 4,
		  "character 1: 'none' names nothing (there are " TERM_LIST ")" },
		{ MEMORY, false, "0,abc,5", SPEC_NO_KEY, 2, 3, NULL },
		{ MEMORY, false, "0-abc", SPEC_JUNK, 2, 3,
		  "character 3: 'abc' is not an id or a range (write ids and ranges like 0-3,8)" },
		{ MEMORY, false, "+abc", SPEC_JUNK, 1, 3, NULL },
		{ MEMORY, false, "0a", SPEC_JUNK, 1, 1, NULL },
		{ MEMORY, false, "0-5-6", SPEC_JUNK, 3, 2, NULL },
		{ MEMORY, false, "0:2", SPEC_JUNK, 1, 2, NULL },
		{ MEMORY, false, "0.5", SPEC_JUNK, 1, 2, NULL },
		{ MEMORY, false, "!!0", SPEC_JUNK, 1, 2, NULL },
		{ MEMORY, false, "+!0", SPEC_JUNK, 1, 2, NULL },
		{ MEMORY, false, "0,!5", SPEC_JUNK, 2, 2, NULL },
		{ MEMORY, false, "0;5", SPEC_JUNK, 1, 2, NULL },
		{ MEMORY, false, "0\r", SPEC_JUNK, 1, 1, NULL },
		{ MEMORY, false, "ALL", SPEC_JUNK, 0, 3, NULL },
		{ MEMORY, false, "0,all", SPEC_NOT_ALONE, 2, 3,
		  "character 3: 'all' stands alone or not at all (write it by itself)" },
		{ MEMORY, false, "all,0", SPEC_NOT_ALONE, 0, 3, NULL },
		{ MEMORY, false, "!all", SPEC_NOT_ALONE, 1, 3, NULL },
		{ MEMORY, false, "same,0", SPEC_NOT_ALONE, 0, 4, NULL },
		{ MEMORY, false, "5-0", SPEC_REVERSED, 0, 3,
		  "the range 5-0 is reversed (write 0-5)" },
		{ CPUS, false, "2,5-4:2", SPEC_REVERSED, 2, 3, NULL },
		{ MEMORY, false, "0-5:0", SPEC_STEP, 4, 1,
		  "character 5: '0' is no step (write a number from 1 on, as in 0-7:2)" },
		{ MEMORY, false, "0-5:", SPEC_STEP, 4, 0, NULL },
		{ MEMORY, false, "0-5:-1", SPEC_STEP, 4, 2, NULL },
		{ MEMORY, false, "0-5:01", SPEC_STEP, 4, 2, NULL },
		{ MEMORY, false, "0-5:8192", SPEC_STEP, 4, 4, NULL },
		{ MEMORY, false, "0-5:x,0", SPEC_STEP, 4, 1, NULL },
		{ MEMORY, false, "0-5:2x", SPEC_JUNK, 5, 1, NULL },
		{ MEMORY, false, "9", SPEC_NOT_USABLE, 0, 1,
		  "node 9 does not exist (allowed nodes with memory: 0,5)" },
		{ MEMORY, true, "0,9", SPEC_NOT_USABLE, 2, 1,
		  "node 9 does not exist (nodes with memory: 0,4-5,7)" },
		{ MEMORY, false, "2", SPEC_NOT_USABLE, 0, 1,
		  "node 2 is offline (allowed nodes with memory: 0,5)" },
		{ MEMORY, false, "1", SPEC_NOT_USABLE, 0, 1,
		  "node 1 has no memory (allowed nodes with memory: 0,5)" },
		{ MEMORY, false, "4", SPEC_NOT_USABLE, 0, 1,
		  "the cpuset allows memory on nodes 0,5 only" },
		{ NODES, false, "5", SPEC_NOT_USABLE, 0, 1,
		  "node 5 has no CPUs (allowed nodes with CPUs: 0-1)" },
		{ NODES, false, "4", SPEC_NOT_USABLE, 0, 1,
		  "the inherited affinity allows CPUs 2-5 only (--all looks beyond it)" },
		{ CPUS, false, "7", SPEC_NOT_USABLE, 0, 1,
		  "the inherited affinity allows CPUs 2-5 only (--all looks beyond it)" },
		{ CPUS, false, "11", SPEC_NOT_USABLE, 0, 2,
		  "CPU 11 is offline (allowed CPUs: 2-5)" },
		{ CPUS, true, "12", SPEC_NOT_USABLE, 0, 2, "CPU 12 does not exist (CPUs: 1-10)" },
		{ CPUS, false, "!7", SPEC_NOT_USABLE, 1, 1, NULL },
		{ MEMORY, false, "+2", SPEC_BEYOND, 1, 1,
		  "there is no position +2, counted from +0 (allowed nodes with memory: 0,5)" },
		{ MEMORY, false, "+2-5", SPEC_BEYOND, 1, 3, NULL },
		{ MEMORY, false, "1-4", SPEC_RANGE_UNUSED, 0, 3,
		  "the cpuset allows memory on nodes 0,5 only" },
		{ MEMORY, true, "1-3", SPEC_RANGE_UNUSED, 0, 3,
		  "no node with memory in the range 1-3 (nodes with memory: 0,4-5,7)" },
		{ CPUS, false, "11-8191", SPEC_RANGE_UNUSED, 0, 7,
		  "no CPU in the range 11-8191 (allowed CPUs: 2-5)" },
		{ MEMORY, false, "!0,5", SPEC_NOTHING_LEFT, 0, 4,
		  "it leaves no node (allowed nodes with memory: 0,5)" },
		{ CPUS, false, "!0-20", SPEC_NOTHING_LEFT, 0, 5, NULL },
		{ MEMORY, false, "!+0-1", SPEC_NOTHING_LEFT, 0, 5, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spec_scope scope = spec_scope(&machine, cases[i].kind, cases[i].all);
		struct spec_result result;
		struct spec_error error;
		char sentence[REFUSAL_SENTENCE];

		memset(&result, 0x5a, sizeof(result));
		if (!spec_parse(cases[i].text, &scope, false, &result, &error))
			fail_msg("'%s': taken", cases[i].text);
		assert_true(result.ids.bits[7] == 0x5a5a5a5a5a5a5a5aUL);
		if (error.fault != cases[i].fault || error.at != cases[i].at ||
		    error.length != cases[i].length)
			fail_msg("'%s': fault %d at %zu, %zu", cases[i].text, (int)error.fault,
			         error.at, error.length);
		refusal_explain(cases[i].text, &scope, &error, &machine, sentence);
		if (cases[i].sentence)
			assert_string_equal(sentence, cases[i].sentence);
		else
			assert_true(strlen(sentence) > 10);
	}
}

/* Leniently single ids are dropped as they are in ranges, but nothing else is let pass. */
static void test_lenient(void **state)
{
	static const struct {
		enum spec_kind kind;
		const char *text, *ids, *left_out, *dropped;
		bool positions;
		enum spec_fault fault;
	} cases[] = {
		{ .kind = MEMORY, "0,9", "0", "9", "9" },
		{ .kind = MEMORY, "2-4,5", "5", "2-4", "2-4" },
		{ .kind = MEMORY, "1-4:2,0-4,9", "0", "1-4,9", "1,3,9" },
		{ .kind = MEMORY, "+0,7", "0", "", "", true },
		{ .kind = MEMORY, "+0,7-9", "0", "", "", true },
		{ .kind = MEMORY, "!0,9", "5", "9", "9" },
		{ .kind = MEMORY, "!0-4,9", "5", "9", "9" },
		{ .kind = CPUS, "1,2", "2", "1", "1" },
		{ .kind = MEMORY, "9", .fault = SPEC_NOTHING_LEFT },
		{ .kind = MEMORY, "1-4", .fault = SPEC_NOTHING_LEFT },
		{ .kind = MEMORY, "9,x", .fault = SPEC_NO_KEY },
		{ .kind = MEMORY, "0,5-0", .fault = SPEC_REVERSED },
		{ .kind = MEMORY, "", .fault = SPEC_EMPTY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spec_scope scope = spec_scope(&machine, cases[i].kind, false);
		struct spec_result result;
		struct spec_error error = { 0 };
		char text[IDSET_TEXT];
		int status = spec_parse(cases[i].text, &scope, true, &result, &error);

		if (error.fault != cases[i].fault || !status != !cases[i].fault)
			fail_msg("'%s': fault %d", cases[i].text, (int)error.fault);
		if (status)
			continue;
		assert_string_equal(idset_text(&result.ids, text), cases[i].ids);
		assert_string_equal(idset_text(&result.left_out, text), cases[i].left_out);
		assert_string_equal(idset_text(&result.dropped, text), cases[i].dropped);
		assert_int_equal(result.dropped_positions, cases[i].positions);
	}
}

static void test_scopes(void **state)
{
	struct topology whole = machine, none = { .root = -1 };
	struct spec_scope scope;
	struct spec_result result;
	struct spec_error error;
	char sentence[REFUSAL_SENTENCE];

	(void)state;
	assert_true(spec_scope(&machine, MEMORY, false).restricted);
	assert_true(spec_scope(&machine, NODES, false).restricted);
	assert_true(spec_scope(&machine, CPUS, false).restricted);
	assert_false(spec_scope(&machine, CPUS, true).restricted);
	whole.allowed_nodes = whole.has_memory;
	assert_false(spec_scope(&whole, MEMORY, false).restricted);
	assert_int_equal(spec_parts(MEMORY), TOPOLOGY_HAS_MEMORY);
	assert_int_equal(spec_parts(NODES), TOPOLOGY_NODE_CPUS);
	assert_int_equal(spec_parts(CPUS), TOPOLOGY_CPUS);
	scope = spec_scope(&none, MEMORY, false);
	assert_int_equal(spec_parse("all", &scope, false, &result, &error), -EINVAL);
	assert_int_equal(error.fault, SPEC_NOTHING_LEFT);
	refusal_explain("all", &scope, &error, &none, sentence);
	assert_string_equal(sentence, "there is no node to use (nodes with memory: none)");
}

static void test_short_reasons(void **state)
{
	(void)state;
	assert_string_equal(refusal_in_short(MEMORY, 9, &machine), "does not exist");
	assert_string_equal(refusal_in_short(MEMORY, 2, &machine), "offline");
	assert_string_equal(refusal_in_short(MEMORY, 1, &machine), "no memory");
	assert_string_equal(refusal_in_short(MEMORY, 4, &machine), "not allowed");
	assert_string_equal(refusal_in_short(NODES, 6, &machine), "no CPUs");
	assert_string_equal(refusal_in_short(NODES, 4, &machine), "not allowed");
	assert_string_equal(refusal_in_short(CPUS, 11, &machine), "offline");
	assert_string_equal(refusal_in_short(CPUS, 7, &machine), "not allowed");
	assert_string_equal(refusal_in_short(CPUS, 100, &machine), "does not exist");
}

/* Of a long operand only the beginning is shown. */
static void test_long_text(void **state)
{
	struct spec_scope scope = spec_scope(&machine, MEMORY, false);
	struct spec_result result;
	struct spec_error error;
	static char text[10000];
	char sentence[REFUSAL_SENTENCE];

	(void)state;
	memset(text, 'z', sizeof(text) - 1);
	memcpy(text, "0,", 2);
	assert_int_equal(spec_parse(text, &scope, false, &result, &error), -EINVAL);
	assert_int_equal(error.length, sizeof(text) - 3);
	refusal_explain(text, &scope, &error, &machine, sentence);
	assert_true(strlen(sentence) < 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selected),  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_lenient),   cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_long_text), cmocka_unit_test(test_short_reasons),
	};

	return cmocka_run_group_tests_name("spec", tests, setup, NULL);
}
