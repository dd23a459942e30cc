/*
 * A line of numa_maps or of maps: what is found is written and found again. The line is on the
 * heap, so that a sanitizer sees what is read behind it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mapping.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

static char *copy_of(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);

	CHECK(line);
	if (size)
		memcpy(line, data, size);
	line[size] = '\0';
	return line;
}

/* As the kernel would: each blank and backslash as an octal number. */
static void write_file(FILE *line, const char *file)
{
	fputs(" file=", line);
	for (; *file; file++)
		if (*file == ' ' || *file == '\\')
			fprintf(line, "\\%03o", (unsigned)(unsigned char)*file);
		else
			fputc(*file, line);
}

static char *write_line(const struct mapping *mapping)
{
	char *text;
	size_t size;
	FILE *line = open_memstream(&text, &size);

	CHECK(line);
	fprintf(line, "%lx %s", mapping->start, mapping->policy);
	if (mapping->kind == MAPPING_HEAP || mapping->kind == MAPPING_STACK ||
	    mapping->kind == MAPPING_HUGE)
		fprintf(line, " %s", mapping_kind_names[mapping->kind]);
	if (mapping->file)
		write_file(line, mapping->file);
	for (unsigned i = 0; i < mapping->nodes; i++)
		fprintf(line, " N%u=%lu", mapping->on[i].node, mapping->on[i].count);
	fprintf(line, " kernelpagesize_kB=%lu", mapping->page_size >> 10);
	CHECK(!fclose(line));
	return text;
}

static void check_again(const struct mapping *mapping)
{
	static struct mapping_pages on[MAPPING_NODES];
	char *line = write_line(mapping);
	struct mapping again;

	CHECK(!mapping_parse(line, &again, on));
	CHECK(again.start == mapping->start && again.kind == mapping->kind);
	CHECK(again.page_size == mapping->page_size && again.nodes == mapping->nodes);
	CHECK(!strcmp(again.policy, mapping->policy));
	CHECK(!again.file == !mapping->file);
	CHECK(!again.file || !strcmp(again.file, mapping->file));
	for (unsigned i = 0; i < mapping->nodes; i++)
		CHECK(on[i].node == mapping->on[i].node && on[i].count == mapping->on[i].count);
	CHECK(mapping_resident(&again) == mapping_resident(mapping));
	free(line);
}

static void check_mapping(const struct mapping *mapping, const char *line, size_t size)
{
	CHECK(mapping->kind < MAPPING_KINDS);
	CHECK(mapping->page_size > 0 && mapping->page_size % 1024 == 0);
	CHECK(mapping->policy >= line && mapping->policy < line + size && *mapping->policy);
	CHECK(!mapping->file || (mapping->file > mapping->policy && mapping->file <= line + size));
	CHECK(mapping->file || (mapping->kind != MAPPING_FILE && mapping->kind != MAPPING_SHARED));
	CHECK(!mapping->file || mapping->kind != MAPPING_ANONYMOUS);
	CHECK(mapping->nodes <= MAPPING_NODES);
	for (unsigned i = 0; i < mapping->nodes; i++)
		CHECK(mapping->on[i].count > 0);
	CHECK(!mapping->end && !mapping->offset && !mapping->huge && !mapping->special);
	check_again(mapping);
}

static void check_range(const struct mapping *mapping, const struct mapping *untouched)
{
	struct mapping expected = *untouched, again = *untouched;
	char line[128];

	CHECK(mapping->end >= mapping->start);
	expected.start = mapping->start;
	expected.end = mapping->end;
	expected.offset = mapping->offset;
	expected.special = mapping->special;
	CHECK(!memcmp(mapping, &expected, sizeof(expected)));
	snprintf(line, sizeof(line), "%lx-%lx r-xp %lx 00:00 0 %s", mapping->start, mapping->end,
	         mapping->offset, mapping->special ? "[vdso]" : "/vdso");
	CHECK(!mapping_parse_range(line, &again));
	CHECK(!memcmp(mapping, &again, sizeof(again)));
}

MUTATE_TEXT("7f0000000000 ", "default", "bind:0-1", "prefer:1", "prefer (many):0-1",
            "weighted interleave:0", "interleave=static:0", " file=", "/a\\040b", " heap", " stack",
            " huge", " anon=", " dirty=", " N0=", " N3=", " mapped=", " kernelpagesize_kB=", "=",
            "7f00-7f10 r-xp 00000000 00:00 0 ", "[vdso]", "[heap]", "\\134", "-", "00:00")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* On the heap too: of a kernel's most nodes none may be written behind. */
	struct mapping_pages *on = malloc(MAPPING_NODES * sizeof(*on));
	struct mapping mapping, range, untouched;
	char *line = copy_of(data, size);
	int error;

	CHECK(on);
	memset(&mapping, 0x5a, sizeof(mapping));
	untouched = range = mapping;
	error = mapping_parse_range(line, &range);
	if (error)
		CHECK(!memcmp(&range, &untouched, sizeof(range)));
	else
		check_range(&range, &untouched);
	/* Last, as it cuts up the line. */
	if (mapping_parse(line, &mapping, on)) {
		CHECK(!memcmp(&mapping, &untouched, sizeof(mapping)));
	} else {
		CHECK(error);
		check_mapping(&mapping, line, size);
	}
	free(line);
	free(on);
	return 0;
}
