/*
 * The ranges that --dump and --dump-nodes make of pages: taken apart again they are those pages,
 * and no two neighbours are alike.
 */
#include <numaif.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/pages.h"
#include "report/binding.h"
#include "segment.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define PAGE 4096UL
#define PAGES 4096

static FILE *open_output(void)
{
	int output = memfd_create("output", MFD_CLOEXEC);

	CHECK(output >= 0);
	return fdopen(output, "w+");
}

/* A byte of data for each page: of its lower bits the node, 7 for none. */
static int node_of(uint8_t byte)
{
	return (byte & 7) == 7 ? PAGES_ABSENT : byte & 7;
}

static void check_nodes(const uint8_t *data, size_t size, FILE *output)
{
	size_t page = 0;
	unsigned long start, end, last_end = ~0UL;
	int node, last_node = -1;

	while (fscanf(output, "%lx-%lx: %d\n", &start, &end, &node) == 3) {
		CHECK(start < end && (start != last_end || node != last_node));
		for (; page < start / PAGE; page++)
			CHECK(node_of(data[page]) == PAGES_ABSENT);
		for (; page < end / PAGE; page++)
			CHECK(page < size && node_of(data[page]) == node);
		last_end = end;
		last_node = node;
	}
	for (; page < size; page++)
		CHECK(node_of(data[page]) == PAGES_ABSENT);
	CHECK(feof(output));
}

static int mode_of(uint8_t byte)
{
	static const int modes[] = { MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, MPOL_PREFERRED };

	return modes[byte & 3];
}

static const char *name_of(uint8_t byte)
{
	static const char *const names[] = { "default", "bind", "interleave", "preferred" };

	return names[byte & 3];
}

static void check_policies(const uint8_t *data, size_t size, FILE *output)
{
	size_t page = 0;
	unsigned long start, end;
	char mode[32], last[32] = "";
	unsigned node, last_node = 0;
	unsigned long last_end = ~0UL;

	while (fscanf(output, "%lx-%lx: %31s : %u \n", &start, &end, mode, &node) == 4) {
		CHECK(start < end);
		CHECK(start != last_end || node != last_node || strcmp(mode, last) != 0);
		for (; page < start / PAGE; page++)
			CHECK(mode_of(data[page]) == MPOL_DEFAULT);
		for (; page < end / PAGE; page++)
			CHECK(page < size && !strcmp(name_of(data[page]), mode) &&
			      node == data[page] >> 2);
		last_end = end;
		last_node = node;
		strcpy(last, mode);
	}
	for (; page < size; page++)
		CHECK(mode_of(data[page]) == MPOL_DEFAULT);
	CHECK(feof(output));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct segment segment = { .option = "file", .name = "f", .page_size = PAGE };
	FILE *output, *terminal = stdout;

	if (size > PAGES)
		return 0;
	for (int nodes = 0; nodes < 2; nodes++) {
		output = stdout = open_output();
		binding_show(&segment, BINDING_NUMACTL);
		for (size_t i = 0; i < size; i++) {
			struct idset set = { 0 };

			idset_add(&set, data[i] >> 2);
			if (nodes)
				binding_show_page(i * PAGE, PAGE, node_of(data[i]));
			else
				binding_show_policy(i * PAGE, PAGE, mode_of(data[i]), &set);
		}
		nodes ? binding_show_pages_end() : binding_show_policies_end();
		stdout = terminal;
		CHECK(!fflush(output));
		rewind(output);
		(nodes ? check_nodes : check_policies)(data, size, output);
		fclose(output);
	}
	return 0;
}
