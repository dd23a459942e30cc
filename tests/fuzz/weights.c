/* The operand of --set-weights: what is taken are weights of the nodes that it names, no others. */
#include <setjmp.h>
#include <stdint.h>

/* The parser is within. */
#include "weighting.c"

#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define NODES 3

static jmp_buf refused;

void util_die(int status, const char *format, ...)
{
	char sentence[4096];
	va_list arguments;

	va_start(arguments, format);
	CHECK(vsnprintf(sentence, sizeof(sentence), format, arguments) > 0);
	va_end(arguments);
	CHECK(status == util_failure);
	longjmp(refused, 1);
}

MUTATE_TEXT("0:3", "1:255", "40:1", ",", ":", "2:1", "3:1")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Node 2 has no memory, 3 is offline. */
	unsigned id[NODES] = { 0, 1, 40 }, wanted[NODES] = { 0 };
	struct topology topology = { .is_numa = true };
	struct request request = { 0 };
	struct weighting weighting = { .request = &request,
		                       .topology = &topology,
		                       .count = NODES,
		                       .id = id,
		                       .wanted = wanted };
	/* On the heap, and volatile as a jump comes. */
	char *volatile text = malloc(size + 1);

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	CHECK(!idset_parse_list("0-2,40", 6, &topology.nodes));
	CHECK(!idset_parse_list("0-1,40", 6, &topology.has_memory));
	CHECK(!idset_parse_list("3", 1, &topology.offline_nodes));
	request.set_weights = text;
	if (!setjmp(refused)) {
		unsigned named = 1;

		take_list(&weighting);
		for (const char *p = text; *p; p++)
			named += *p == ',';
		for (unsigned i = 0; i < NODES; i++) {
			CHECK(wanted[i] <= WEIGHT_MAX);
			named -= wanted[i] > 0;
		}
		CHECK(named == 0);
	}
	free(text);
	return 0;
}
