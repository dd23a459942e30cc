#include "report/numastat.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nodestat.h"
#include "lib/util.h"
#include "report/value.h"

/* Holds the longest number. */
#define CELL 48

#define MIB (1024.0 * 1024.0)

void numastat_plain(const struct nodestat *table, unsigned width)
{
	/* A name and each column take 16. */
	unsigned most = width ? (width < 32 ? 32 : width) / 16 - 1 : table->nodes;

	for (unsigned from = 0; from < table->nodes; from += most) {
		unsigned to = table->nodes - from > most ? from + most : table->nodes;

		printf("%s%16s", from ? "\n" : "", "");
		for (unsigned i = from; i < to; i++) {
			char text[CELL];

			snprintf(text, sizeof(text), "node%u", table->node[i]);
			printf(" %15s", text);
		}
		for (unsigned j = 0; j < table->rows; j++) {
			const struct nodestat_row *row = &table->row[j];

			printf("\n%-16s", row->name);
			for (unsigned i = from; i < to; i++)
				if (row->value[i] == NODESTAT_UNKNOWN)
					printf(" %15s", "-");
				else
					printf(" %15lld", row->value[i]);
		}
		putchar('\n');
	}
}

/* Of a row, or of the last one where that is NULL; on a node or, with TABLE->nodes, on all. */
static const char *cell(const struct nodestat *table, const struct numastat_layout *layout,
                        const struct nodestat_row *row, unsigned column, char text[CELL])
{
	double sum = 0;

	for (unsigned i = 0; i < table->rows; i++) {
		const struct nodestat_row *each = &table->row[i];

		for (unsigned j = 0; j < table->nodes; j++) {
			double unit = each->is_size ? 1 : (double)layout->page_size;

			if ((row && each != row) || (column != j && column != table->nodes))
				continue;
			if (each->value[j] == NODESTAT_UNKNOWN)
				return "-";
			sum += (double)each->value[j] * unit;
		}
	}
	snprintf(text, CELL, "%.*f", layout->compact ? 0 : 2, sum / MIB);
	return text;
}

static const char *heading(const struct nodestat *table, unsigned column, char text[CELL])
{
	if (column == table->nodes)
		return "Total";
	snprintf(text, CELL, "Node %u", table->node[column]);
	return text;
}

static unsigned column_width(const struct nodestat *table, const struct numastat_layout *layout,
                             unsigned column)
{
	char text[CELL];
	size_t widest = layout->compact ? 0 : 15, length = strlen(heading(table, column, text));

	widest = length > widest ? length : widest;
	for (unsigned i = 0; i <= table->rows; i++) {
		const struct nodestat_row *row = i < table->rows ? &table->row[i] : NULL;

		if (!row && !layout->is_process)
			continue;
		length = strlen(cell(table, layout, row, column, text));
		widest = length > widest ? length : widest;
	}
	return (unsigned)widest;
}

static unsigned name_width(const struct nodestat *table, const struct numastat_layout *layout)
{
	size_t widest = layout->compact ? strlen("Total") : layout->is_process ? 16 : 15;

	for (unsigned i = 0; i < table->rows; i++)
		if (strlen(table->row[i].name) > widest)
			widest = strlen(table->row[i].name);
	return (unsigned)widest;
}

static void print_dashes(unsigned count)
{
	while (count--)
		putchar('-');
}

/* "numa_hit" is "Numa_Hit" there, "heap" is "Heap"; other names are as the kernel has them. */
static void print_name(const char *name, unsigned width)
{
	bool is_ours = !strchr(name, '(') && islower((unsigned char)*name);
	char before = '_';

	for (const char *p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;

		putchar(c < ' ' || c == 0x7f ? '?' : is_ours && before == '_' ? toupper(c) : c);
		before = *p;
	}
	printf("%*s ", (int)width - (int)strlen(name), "");
}

struct block {
	unsigned from, to, name;
	const unsigned *width;
};

static void print_row(const struct nodestat *table, const struct numastat_layout *layout,
                      const struct nodestat_row *row, const struct block *block)
{
	char text[CELL];

	print_name(row ? row->name : "Total", block->name);
	for (unsigned i = block->from; i < block->to; i++)
		printf(" %*s", (int)block->width[i], cell(table, layout, row, i, text));
	putchar('\n');
}

static void print_rule(bool is_named, const struct block *block)
{
	print_dashes(is_named ? block->name : 0);
	printf("%*s", is_named ? 1 : (int)block->name + 1, "");
	for (unsigned i = block->from; i < block->to; i++) {
		putchar(' ');
		print_dashes(block->width[i]);
	}
	putchar('\n');
}

static void print_block(const struct nodestat *table, const struct numastat_layout *layout,
                        const struct block *block)
{
	char text[CELL];

	printf("%-*s ", (int)block->name, layout->corner);
	for (unsigned i = block->from; i < block->to; i++)
		printf(" %*s", (int)block->width[i], heading(table, i, text));
	putchar('\n');
	print_rule(*layout->corner, block);
	for (unsigned i = 0; i < table->rows; i++)
		print_row(table, layout, &table->row[i], block);
	if (!layout->is_process)
		return;
	print_rule(true, block);
	print_row(table, layout, NULL, block);
}

void numastat_table(const struct nodestat *table, const struct numastat_layout *layout)
{
	unsigned *width = calloc(table->nodes + 1, sizeof(*width));
	struct block block = { .name = name_width(table, layout), .width = width };

	if (!width)
		util_die(util_failure, "%s", strerror(ENOMEM));
	for (unsigned i = 0; i <= table->nodes; i++)
		width[i] = column_width(table, layout, i);
	putchar('\n');
	value_text(stdout, layout->title);
	putchar('\n');
	while (block.from <= table->nodes) {
		unsigned used = block.name + 1 + 1 + width[block.from];

		for (block.to = block.from + 1; block.to <= table->nodes; block.to++) {
			used += 1 + width[block.to];
			if (layout->width && used > layout->width)
				break;
		}
		if (block.from)
			putchar('\n');
		print_block(table, layout, &block);
		block.from = block.to;
	}
	free(width);
}
