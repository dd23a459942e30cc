#include "report/binding.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/kernel.h"
#include "lib/pages.h"
#include "lib/util.h"
#include "report/value.h"
#include "segment.h"
#include "tally.h"

/* The range that was told of last, and grows with equal neighbours. */
static struct {
	enum binding_style style;
	unsigned blocks;          /* of lines: tables and sums */
	unsigned printed;         /* ranges of this table or array */
	unsigned long start, end; /* equal: there is none */
	int value;                /* mode with flags, or node */
	struct idset nodes;
} report;

/* An empty line stands before each but the first. */
static void begin_block(void)
{
	if (report.blocks++ && report.style == BINDING_TEXT)
		putchar('\n');
}

/* The line that says something of all of it. */
static void begin_sum(const struct segment *segment)
{
	begin_block();
	value_text(stdout, segment->name);
	printf(": ");
}

/* Exactly, as --offset and --length take it: "0", "2m", "3140k". */
#define OPERAND_SIZE 24

static const char *operand(unsigned long bytes, char text[OPERAND_SIZE])
{
	static const char units[] = "kmgt";
	char unit[2] = "";

	for (const char *next = units; *next && bytes && bytes % 1024 == 0; next++) {
		bytes /= 1024;
		unit[0] = *next;
	}
	snprintf(text, OPERAND_SIZE, "%lu%s", bytes, unit);
	return text;
}

void binding_show(const struct segment *segment, enum binding_style style)
{
	memset(&report, 0, sizeof(report));
	report.style = style;
	if (style != BINDING_JSON)
		return;
	printf("{ \"%s\": ", segment->option);
	json_string(segment->name);
	printf(",\n  \"size\": %lu, \"page_size\": %lu, \"offset\": %lu, \"length\": %lu",
	       segment->size, segment->page_size, segment->offset, segment->length);
}

/* Where the range is, in the words of the style; TITLE is the array's name, COLUMN the table's. */
static void begin_range(const char *title, const char *column)
{
	char start[OPERAND_SIZE], length[OPERAND_SIZE];

	if (report.style == BINDING_NUMACTL) {
		printf("%016lx-%016lx: ", report.start, report.end);
	} else if (report.style == BINDING_JSON) {
		if (report.printed)
			putchar(',');
		else
			printf(",\n  \"%s\": [", title);
		printf("\n    { \"offset\": %lu, \"length\": %lu, ", report.start,
		       report.end - report.start);
	} else {
		if (!report.printed) {
			begin_block();
			printf("%12s %12s  %s\n", "offset", "length", column);
		}
		printf("%12s %12s  ", operand(report.start, start),
		       operand(report.end - report.start, length));
	}
	report.printed++;
}

/* Ends a table or array. */
static void end_ranges(const char *title)
{
	if (report.style == BINDING_JSON && report.printed)
		printf(" ]");
	else if (report.style == BINDING_JSON)
		printf(",\n  \"%s\": []", title);
	report.printed = 0;
	report.start = report.end = 0;
}

/* "bind, nodes 0-1, static-nodes" */
static void print_words(int mode, const struct idset *nodes)
{
	char list[IDSET_TEXT];

	printf("%s", value_mode(mode & ~KERNEL_MODE_FLAGS));
	if (!idset_empty(nodes))
		printf(", nodes %s", idset_text(nodes, list));
	value_flags(mode, ", ");
	putchar('\n');
}

static void print_policy(void)
{
	int mode = report.value & ~KERNEL_MODE_FLAGS, flags = report.value & KERNEL_MODE_FLAGS;

	/* The original leaves out what has no policy, and does not know of flags. */
	if (report.start == report.end || (report.style == BINDING_NUMACTL && mode == MPOL_DEFAULT))
		return;
	begin_range("policies", "policy");
	if (report.style == BINDING_JSON) {
		json_policy(mode, flags, &report.nodes);
		printf(" }");
	} else if (report.style == BINDING_NUMACTL) {
		printf("%s ", value_mode(mode));
		value_ids("", &report.nodes);
	} else {
		print_words(report.value, &report.nodes);
	}
}

static void print_node(void)
{
	if (report.start == report.end || report.value == PAGES_ABSENT)
		return;
	begin_range("ranges", "node");
	if (report.style == BINDING_JSON) {
		printf("\"node\": ");
		json_number(report.value, report.value >= 0);
		printf(" }");
	} else if (report.value >= 0) {
		printf("%d\n", report.value);
	} else {
		printf("unknown\n");
	}
}

/* Adds to the range before it, or prints that one and begins the next. */
static void take_range(unsigned long offset, unsigned long length, int value,
                       const struct idset *nodes, void (*print)(void))
{
	if (report.start == report.end || report.end != offset || report.value != value ||
	    !idset_equal(&report.nodes, nodes)) {
		print();
		report.start = offset;
		report.value = value;
		report.nodes = *nodes;
	}
	report.end = offset + length;
}

void binding_show_policy(unsigned long offset, unsigned long length, int mode,
                         const struct idset *nodes)
{
	take_range(offset, length, mode, nodes, print_policy);
}

void binding_show_policies_end(void)
{
	print_policy();
	end_ranges("policies");
}

void binding_show_page(unsigned long offset, unsigned long length, int node)
{
	static const struct idset none;

	take_range(offset, length, node, &none, print_node);
}

void binding_show_pages_end(void)
{
	print_node();
	end_ranges("ranges");
}

static void where_json(const struct binding_where *where)
{
	const char *separator = "";

	printf(",\n  \"present\": ");
	json_number((long long)where->present, !where->unknown);
	printf(", \"nodes\": [");
	for (unsigned id = 0; id < BINDING_NODES; id++)
		if (where->on[id]) {
			printf("%s{ \"id\": %u, \"bytes\": %llu }", separator, id, where->on[id]);
			separator = ", ";
		}
	printf("]");
}

void binding_show_where(const struct segment *segment, const struct binding_where *where)
{
	char length[UTIL_SIZE], text[UTIL_SIZE];

	if (report.style == BINDING_JSON)
		where_json(where);
	if (report.style != BINDING_TEXT)
		return;
	begin_sum(segment);
	if (where->unknown)
		printf("not known of %s which pages are in memory (--touch brings them all in)\n",
		       util_size(where->unknown, text));
	else
		printf("%s of %s in memory\n", util_size(where->present, text),
		       util_size(segment->length, length));
	if (!where->present)
		return;
	printf("\n node    bytes\n");
	for (unsigned id = 0; id < BINDING_NODES; id++)
		if (where->on[id])
			printf("%5u %8s\n", id, util_size(where->on[id], text));
	printf("total %8s\n", util_size(where->present, text));
}

/* Why pages stayed. */
static const char *const reasons[TALLY_REASONS] = {
	[TALLY_BUSY] = "busy or pinned",
	[TALLY_HUGE] = "huge pages, busy, or no free ones in the pool there",
	[TALLY_SHARED] = "mapped by other processes (needs CAP_SYS_NICE)",
	[TALLY_SHARED_FILE] = "mapped by other processes (needs CAP_SYS_NICE)",
	[TALLY_FULL] = "no room on the other nodes",
	[TALLY_UNMOVABLE] = "not movable",
	[TALLY_KERNEL] = "not movable",
	[TALLY_NOT_TRIED] = "not tried",
};

void binding_show_moved(const struct segment *segment, const struct tally *tally, unsigned ids)
{
	unsigned long long moved = 0, already = 0, stayed = 0;
	char text[UTIL_SIZE], other[UTIL_SIZE];

	for (unsigned id = 0; id < ids; id++) {
		moved += tally[id].moved;
		already += tally[id].already;
		stayed += tally_stayed(&tally[id]);
		for (int r = 0; r < TALLY_REASONS; r++)
			if (tally[id].stayed[r])
				util_warn("%s: %s stayed on node %u: %s", segment->name,
				          util_size(tally[id].stayed[r], text), id, reasons[r]);
	}
	if (report.style == BINDING_JSON) {
		printf(",\n  \"moved\": %llu, \"already\": %llu, \"stayed\": %llu", moved, already,
		       stayed);
	} else if (report.style == BINDING_TEXT && moved) {
		begin_sum(segment);
		printf("%s moved, %s were in place\n", util_size(moved, text),
		       util_size(already, other));
	}
}

static void print_difference(const struct binding_difference *difference)
{
	char list[IDSET_TEXT];

	if (difference->node < 0) {
		printf("its policy is ");
		print_words(difference->mode, &difference->nodes);
	} else {
		printf("on node %d, wanted on %s\n", difference->node,
		       idset_text(&difference->wanted, list));
	}
}

static void json_difference(const struct binding_difference *difference)
{
	printf("\"node\": ");
	json_number(difference->node, difference->node >= 0);
	printf(", \"wanted\": ");
	json_set(&difference->wanted);
	printf(", ");
	json_policy(difference->mode & ~KERNEL_MODE_FLAGS, difference->mode & KERNEL_MODE_FLAGS,
	            &difference->nodes);
	printf(" }");
}

void binding_show_differences(const struct segment *segment, const struct binding_difference *first,
                              size_t shown, unsigned long long count, unsigned long long checked)
{
	if (report.style == BINDING_JSON)
		printf(",\n  \"checked\": %llu, \"different\": %llu", checked, count);
	for (size_t i = 0; i < shown; i++) {
		report.start = first[i].offset;
		report.end = first[i].offset + first[i].length;
		begin_range("differences", "difference");
		if (report.style == BINDING_JSON)
			json_difference(&first[i]);
		else
			print_difference(&first[i]);
	}
	end_ranges("differences");
	if (!count || report.style == BINDING_JSON)
		return;
	begin_sum(segment);
	printf("%llu of %llu pages are not as they should be\n", count, checked);
}

void binding_show_evicted(const struct segment *segment, const struct binding_where *before,
                          const struct binding_where *after)
{
	unsigned long long gone =
		before->present > after->present ? before->present - after->present : 0;
	char text[UTIL_SIZE], left[UTIL_SIZE];

	if (report.style == BINDING_JSON) {
		printf(",\n  \"before\": %llu, \"after\": %llu, \"evicted\": %llu", before->present,
		       after->present, gone);
		return;
	}
	begin_sum(segment);
	printf("%s evicted, %s left\n", util_size(gone, text), util_size(after->present, left));
}

void binding_show_end(void)
{
	if (report.style == BINDING_JSON)
		printf(" }\n");
}
