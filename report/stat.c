#include "report/stat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nodestat.h"
#include "lib/process.h"
#include "lib/usage.h"
#include "lib/util.h"
#include "report/value.h"
#include "request.h"
#include "statistics.h"

/* Holds a cell: a sign and the longest number. */
#define CELL 32

/* How a table is written. */
struct layout {
	const struct nodestat *table;
	const char *corner;      /* above the names of the rows */
	unsigned long page_size; /* 0: bytes */
	bool is_change;          /* signs; nothing is "-" */
	bool has_sum;            /* a last row */
	int name;                /* columns of the screen */
	int *width;              /* of each column, the total being the last */
};

/* The bits that are the number, without its sign: of a negative one too. */
static unsigned long long magnitude(long long value)
{
	return value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;
}

static const char *cell(const struct layout *layout, bool is_size, long long value, char text[CELL])
{
	unsigned long long size = magnitude(value);
	const char *sign = !layout->is_change ? "" : value < 0 ? "-" : "+";
	char readable[UTIL_SIZE];

	if (value == NODESTAT_UNKNOWN)
		return "?";
	if (!value && (is_size || layout->is_change))
		return "-";
	if (is_size && !layout->page_size)
		snprintf(text, CELL, "%s%s", sign, util_size(size, readable));
	else
		snprintf(text, CELL, "%s%llu", sign, is_size ? size / layout->page_size : size);
	return text;
}

/* Of a column, where TABLE->nodes is the total. */
static long long value_at(const struct nodestat *table, const struct nodestat_row *row,
                          unsigned column)
{
	return column == table->nodes ? nodestat_total(table, row) : row->value[column];
}

/* Of all rows. */
static long long sum_of(const struct nodestat *table, unsigned column)
{
	long long sum = 0;

	for (unsigned i = 0; i < table->rows; i++) {
		long long value = value_at(table, &table->row[i], column);

		if (value == NODESTAT_UNKNOWN || __builtin_add_overflow(sum, value, &sum))
			return NODESTAT_UNKNOWN;
	}
	return sum;
}

static const char *heading(const struct nodestat *table, unsigned column, char text[CELL])
{
	if (column == table->nodes)
		return "total";
	snprintf(text, CELL, "node%u", table->node[column]);
	return text;
}

static void widen(int *width, const char *text)
{
	if ((int)strlen(text) > *width)
		*width = (int)strlen(text);
}

static void measure(struct layout *layout)
{
	const struct nodestat *table = layout->table;
	char text[CELL];

	widen(&layout->name, layout->corner);
	widen(&layout->name, layout->has_sum ? "total" : "");
	for (unsigned i = 0; i < table->rows; i++)
		widen(&layout->name, table->row[i].name);
	for (unsigned column = 0; column <= table->nodes; column++) {
		int *width = &layout->width[column];

		widen(width, heading(table, column, text));
		for (unsigned i = 0; i < table->rows; i++) {
			const struct nodestat_row *row = &table->row[i];

			widen(width,
			      cell(layout, row->is_size, value_at(table, row, column), text));
		}
		if (layout->has_sum)
			widen(width, cell(layout, true, sum_of(table, column), text));
	}
}

/* Of two tables that stand one below the other. */
static void align(struct layout *a, struct layout *b)
{
	if (b->name > a->name)
		a->name = b->name;
	b->name = a->name;
	for (unsigned i = 0; i <= a->table->nodes; i++) {
		if (b->width[i] > a->width[i])
			a->width[i] = b->width[i];
		b->width[i] = a->width[i];
	}
}

static void print_name(const struct layout *layout, const char *name)
{
	value_text(stdout, name);
	printf("%*s", layout->name - (int)strlen(name), "");
}

/* Columns from FROM up to TO. */
static void print_block(const struct layout *layout, unsigned from, unsigned to)
{
	const struct nodestat *table = layout->table;
	char text[CELL];

	print_name(layout, layout->corner);
	for (unsigned column = from; column < to; column++)
		printf("  %*s", layout->width[column], heading(table, column, text));
	putchar('\n');
	for (unsigned i = 0; i < table->rows; i++) {
		const struct nodestat_row *row = &table->row[i];

		print_name(layout, row->name);
		for (unsigned column = from; column < to; column++)
			printf("  %*s", layout->width[column],
			       cell(layout, row->is_size, value_at(table, row, column), text));
		putchar('\n');
	}
	if (!layout->has_sum)
		return;
	print_name(layout, "total");
	for (unsigned column = from; column < to; column++)
		printf("  %*s", layout->width[column],
		       cell(layout, true, sum_of(table, column), text));
	putchar('\n');
}

static void print_table(const struct layout *layout, unsigned width)
{
	unsigned count = layout->table->nodes + 1;

	for (unsigned from = 0, to; from < count; from = to) {
		unsigned used = (unsigned)layout->name + 2 + (unsigned)layout->width[from];

		for (to = from + 1; to < count; to++) {
			used += 2 + (unsigned)layout->width[to];
			if (width && used > width)
				break;
		}
		if (from)
			putchar('\n');
		print_block(layout, from, to);
	}
}

static void print_process(const struct process *process)
{
	printf("process %d (", (int)process->pid);
	value_text(stdout, process->status.name);
	printf(")\n");
}

/* The table itself, and below it what it has changed by. */
static void print_tables(struct layout *now, struct layout *change, unsigned width)
{
	measure(now);
	if (change->table) {
		measure(change);
		align(now, change);
	}
	print_table(now, width);
	if (change->table) {
		putchar('\n');
		print_table(change, width);
	}
}

void stat_text(const struct statistics *statistics, const struct nodestat *table,
               const struct nodestat *before, unsigned long page_size, unsigned width)
{
	int *widths = calloc(2 * ((size_t)table->nodes + 1), sizeof(*widths));
	struct layout layout = { .table = table,
		                 .corner = statistics->count > 1 ? "process" : "",
		                 .page_size = page_size,
		                 .has_sum = statistics->what == STATISTICS_PROCESSES,
		                 .width = widths };
	struct layout changes = layout;
	struct nodestat change = { 0 };

	changes.table = NULL;
	changes.corner = "per second";
	changes.is_change = true;
	changes.width += table->nodes + 1;
	if (!widths || (before && nodestat_change(table, before, statistics->seconds, &change)))
		util_die(util_failure, "%s", strerror(ENOMEM));
	if (before)
		changes.table = &change;
	if (statistics->count == 1)
		print_process(statistics->process);
	print_tables(&layout, &changes, width);
	nodestat_free(&change);
	free(widths);
}

static void json_value(long long value)
{
	json_number(value, value != NODESTAT_UNKNOWN);
}

/* { "numa_hit": [17, 4], ... } */
static void json_rows(const struct nodestat *table)
{
	putchar('{');
	for (unsigned i = 0; i < table->rows; i++) {
		printf("%s", i ? ", " : " ");
		json_string(table->row[i].name);
		printf(": [");
		for (unsigned j = 0; j < table->nodes; j++) {
			printf("%s", j ? ", " : "");
			json_value(table->row[i].value[j]);
		}
		putchar(']');
	}
	printf(" }");
}

/* CHANGE of the process's row; NULL: not known yet. */
static void json_usage(const struct statistics *statistics, size_t process, unsigned column,
                       const struct nodestat *change)
{
	const struct nodestat *table = statistics->table;
	const struct usage *usage = &statistics->usage[process];
	bool is_total = column == table->nodes;

	printf("{ ");
	if (!is_total)
		printf("\"id\": %u, ", table->node[column]);
	for (unsigned kind = 0; kind <= USAGE_KINDS; kind++)
		printf("%s\"%s\": %llu", kind ? ", " : "",
		       kind < USAGE_KINDS ? usage_kind_names[kind] : "total",
		       is_total ? usage_total(usage, kind)
		                : usage_on(usage, table->node[column], kind));
	if (statistics->request->stat.seconds) {
		printf(", \"per_second\": ");
		json_value(change ? value_at(change, &change->row[process], column)
		                  : NODESTAT_UNKNOWN);
	}
	printf(" }");
}

static void json_processes(const struct statistics *statistics, const struct nodestat *change)
{
	const struct nodestat *table = statistics->table;

	printf("\"processes\": [");
	for (size_t i = 0; i < statistics->count; i++) {
		const struct process *process = &statistics->process[i];

		printf("%s{ \"pid\": %d, \"name\": ", i ? ", " : " ", (int)process->pid);
		json_string(process->status.name);
		printf(", \"nodes\": [");
		for (unsigned column = 0; column < table->nodes; column++) {
			printf("%s", column ? ", " : " ");
			json_usage(statistics, i, column, change);
		}
		printf(" ], \"total\": ");
		json_usage(statistics, i, table->nodes, change);
		printf(" }");
	}
	printf(" ]");
}

static void json_machine(const struct statistics *statistics, const struct nodestat *change)
{
	const struct nodestat *table = statistics->table;

	printf("\"nodes\": [");
	for (unsigned i = 0; i < table->nodes; i++)
		printf("%s%u", i ? ", " : "", table->node[i]);
	printf("], \"%s\": ", statistics->what == STATISTICS_COUNTERS ? "counters" : "meminfo");
	json_rows(table);
	if (!statistics->request->stat.seconds)
		return;
	printf(", \"per_second\": ");
	if (change)
		json_rows(change);
	else
		printf("null");
}

void stat_json(const struct statistics *statistics)
{
	struct nodestat change = { 0 };
	const struct nodestat *known = statistics->before ? &change : NULL;

	if (known &&
	    nodestat_change(statistics->table, statistics->before, statistics->seconds, &change))
		util_die(util_failure, "%s", strerror(ENOMEM));
	printf("{ ");
	if (statistics->what == STATISTICS_PROCESSES)
		json_processes(statistics, known);
	else
		json_machine(statistics, known);
	if (known)
		printf(", \"seconds\": %.3f", statistics->seconds);
	else if (statistics->request->stat.seconds)
		printf(", \"seconds\": null");
	printf(" }\n");
	nodestat_free(&change);
}
