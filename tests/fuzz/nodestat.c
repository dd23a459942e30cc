/* nodeN/numastat and meminfo: rows are named, numbers known, and read again from what is written. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nodestat.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void check_row(const struct nodestat *table, const struct nodestat_row *row)
{
	CHECK(*row->name && strlen(row->name) < 64);
	for (const char *p = row->name; *p; p++)
		CHECK(*p > ' ' && *p < 0x7f);
	CHECK(row->value[0] == NODESTAT_UNKNOWN);
	CHECK(row->value[1] >= 0 && (!row->is_size || row->value[1] % 1024 == 0));
	CHECK(nodestat_find(table, row->name) == row);
	CHECK(nodestat_total(table, row) == NODESTAT_UNKNOWN);
}

/* As meminfo would have it. */
static void check_again(const struct nodestat *table)
{
	struct nodestat again;
	struct idset nodes = { { 1 } };
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	CHECK(file);
	for (unsigned i = 0; i < table->rows; i++) {
		const struct nodestat_row *row = &table->row[i];

		fprintf(file, "Node 0 %s: %lld%s\n", row->name,
		        row->value[1] / (row->is_size ? 1024 : 1), row->is_size ? " kB" : "");
	}
	CHECK(!fclose(file));
	CHECK(!nodestat_init(&again, &nodes));
	CHECK(!nodestat_parse(&again, 0, text, size));
	CHECK(again.rows == table->rows);
	for (unsigned i = 0; i < table->rows; i++) {
		CHECK(!strcmp(again.row[i].name, table->row[i].name));
		CHECK(again.row[i].value[0] == table->row[i].value[1]);
	}
	nodestat_free(&again);
	free(text);
}

MUTATE_TEXT("Node 0 ", "numa_hit 1\n", "Node 0 MemTotal: 16 kB\n", ":", " kB", "HugePages_Total",
            "Active(anon)", "\n", " ")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nodestat table;
	struct idset nodes = { { 3 } };
	char *text = malloc(size + !size);
	int error;

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	CHECK(!nodestat_init(&table, &nodes));
	error = nodestat_parse(&table, 1, text, size);
	CHECK(error == 0 || error == -EINVAL || error == -ERANGE);
	for (unsigned i = 0; !error && i < table.rows; i++)
		check_row(&table, &table.row[i]);
	if (!error)
		check_again(&table);
	nodestat_free(&table);
	free(text);
	return 0;
}
