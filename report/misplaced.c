#include "report/misplaced.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/mapping.h"
#include "lib/process.h"
#include "migration.h"
#include "report/process.h"

/* A line of a mapping, to be sorted. */
struct row {
	unsigned long long out;
	size_t at; /* in the text, where the line begins */
	size_t length;
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	if (left->out != right->out)
		return left->out < right->out ? 1 : -1;
	return (left->at > right->at) - (left->at < right->at);
}

/* Bytes out of place in the mapping: migration->mapping is sorted by start. */
static unsigned long long out_of(const struct migration *migration, unsigned long start)
{
	size_t low = 0, high = migration->mappings;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (migration->mapping[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < migration->mappings && migration->mapping[low].start == start)
		return migration->mapping[low].bytes;
	return 0;
}

static struct row *read_rows(const struct process *process, const struct migration *migration,
                             unsigned kinds, FILE *text, size_t *count)
{
	struct mapping_reader *reader;
	struct mapping mapping;
	struct row *rows = NULL;

	*count = 0;
	if (mapping_open(process->directory, 0, &reader))
		return NULL;
	while (mapping_next(reader, &mapping) > 0) {
		struct row *larger;

		if (!(kinds & 1U << mapping.kind))
			continue;
		/* In steps, as there may be many. */
		if (*count % 256 == 0) {
			larger = reallocarray(rows, *count + 256, sizeof(*rows));
			if (!larger)
				break;
			rows = larger;
		}
		rows[*count].out = out_of(migration, mapping.start);
		rows[*count].at = (size_t)ftell(text);
		process_mapping(text, &mapping, &rows[*count].out);
		rows[*count].length = (size_t)ftell(text) - rows[*count].at;
		(*count)++;
	}
	mapping_close(reader);
	return rows;
}

void misplaced_text(const struct process *process, const struct migration *migration,
                    unsigned kinds)
{
	char *lines = NULL;
	size_t size, count;
	FILE *text = open_memstream(&lines, &size);
	struct row *rows = text ? read_rows(process, migration, kinds, text, &count) : NULL;

	if (text && !fclose(text) && rows) {
		putchar('\n');
		process_mapping_heading(stdout, true);
		qsort(rows, count, sizeof(*rows), compare_rows);
		for (size_t i = 0; i < count; i++)
			printf("%.*s", (int)rows[i].length, lines + rows[i].at);
	}
	free(rows);
	free(lines);
}

void misplaced_json(const struct process *process, const struct migration *migration,
                    unsigned kinds)
{
	struct mapping_reader *reader;
	struct mapping mapping;
	const char *separator = "";

	printf(",\n  \"mappings\": ");
	if (mapping_open(process->directory, 0, &reader)) {
		printf("null");
		return;
	}
	putchar('[');
	while (mapping_next(reader, &mapping) > 0) {
		unsigned long long out = out_of(migration, mapping.start);

		if (!(kinds & 1U << mapping.kind))
			continue;
		printf("%s\n    ", separator);
		process_mapping_json(&mapping, &out);
		separator = ",";
	}
	mapping_close(reader);
	printf(" ]");
}
