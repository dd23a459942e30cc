#include "lib/nodestat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

#define NODE_DIRECTORY "/sys/devices/system/node"

int nodestat_init(struct nodestat *table, const struct idset *nodes)
{
	memset(table, 0, sizeof(*table));
	table->node = calloc(idset_count(nodes) + 1, sizeof(*table->node));
	if (!table->node)
		return -ENOMEM;
	for (idset_each(id, nodes))
		table->node[table->nodes++] = (unsigned)id;
	return 0;
}

void nodestat_free(struct nodestat *table)
{
	for (unsigned i = 0; i < table->rows; i++) {
		free(table->row[i].name);
		free(table->row[i].value);
	}
	free(table->row);
	free(table->node);
	memset(table, 0, sizeof(*table));
}

const struct nodestat_row *nodestat_find(const struct nodestat *table, const char *name)
{
	for (unsigned i = 0; i < table->rows; i++)
		if (!strcmp(table->row[i].name, name))
			return &table->row[i];
	return NULL;
}

struct nodestat_row *nodestat_row(struct nodestat *table, const char *name)
{
	struct nodestat_row *row = (struct nodestat_row *)nodestat_find(table, name), *larger;

	if (row)
		return row;
	larger = reallocarray(table->row, table->rows + 1, sizeof(*larger));
	if (!larger)
		return NULL;
	table->row = larger;
	row = &larger[table->rows];
	*row = (struct nodestat_row){ .name = strdup(name),
		                      .value = calloc(table->nodes + 1, sizeof(*row->value)) };
	if (!row->name || !row->value) {
		free(row->name);
		free(row->value);
		return NULL;
	}
	for (unsigned i = 0; i < table->nodes; i++)
		row->value[i] = NODESTAT_UNKNOWN;
	table->rows++;
	return row;
}

long long nodestat_total(const struct nodestat *table, const struct nodestat_row *row)
{
	long long total = 0;

	for (unsigned i = 0; i < table->nodes; i++)
		if (row->value[i] == NODESTAT_UNKNOWN ||
		    __builtin_add_overflow(total, row->value[i], &total))
			return NODESTAT_UNKNOWN;
	return total;
}

static size_t skip_blanks(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length && util_is_blank(text[at]))
		at++;
	return at;
}

/* The end of a line's "Node 0 ", where it begins with that. */
static size_t skip_node(const char *line, size_t length)
{
	size_t at = 5;

	if (length < 7 || memcmp(line, "Node ", 5) != 0)
		return 0;
	while (at < length && line[at] >= '0' && line[at] <= '9')
		at++;
	return at > 5 && at < length && line[at] == ' ' ? at + skip_blanks(line + at, length - at)
	                                                : 0;
}

/* The longest name that the kernel has is half of that. */
#define LONGEST_NAME 63

/* "NAME 17", "Node 0 NAME:   17 kB", blanks in front of it skipped already. */
static int parse_line(struct nodestat *table, unsigned column, const char *line, size_t length)
{
	size_t from = skip_node(line, length), to = from, digits, end;
	char name[LONGEST_NAME + 1];
	struct nodestat_row *row;
	unsigned long number;
	int error;

	while (to < length && line[to] > ' ' && line[to] < 0x7f && line[to] != ':')
		to++;
	if (to == from || to == length || to - from > LONGEST_NAME)
		return -EINVAL;
	memcpy(name, line + from, to - from);
	name[to - from] = '\0';
	digits = to + (line[to] == ':');
	digits += skip_blanks(line + digits, length - digits);
	for (end = digits; end < length && line[end] >= '0' && line[end] <= '9';)
		end++;
	error = util_parse_number(line + digits, end - digits, LLONG_MAX / 1024, &number);
	if (error)
		return error;
	row = nodestat_row(table, name);
	if (!row)
		return -ENOMEM;
	end += skip_blanks(line + end, length - end);
	row->is_size = length - end >= 2 && !memcmp(line + end, "kB", 2);
	if (end + (row->is_size ? 2 : 0) != length)
		return -EINVAL;
	row->value[column] = (long long)number * (row->is_size ? 1024 : 1);
	return 0;
}

int nodestat_parse(struct nodestat *table, unsigned column, const char *text, size_t length)
{
	size_t from = 0;

	while (from < length) {
		const char *newline = memchr(text + from, '\n', length - from);
		size_t next = newline ? (size_t)(newline - text) : length, to = next;
		int error;

		from += skip_blanks(text + from, to - from);
		while (to > from && util_is_blank(text[to - 1]))
			to--;
		error = from < to ? parse_line(table, column, text + from, to - from) : 0;
		if (error)
			return error;
		from = next + 1;
	}
	return 0;
}

/* The names of meminfo, and of the files of a pool: nodeN/hugepages/hugepages-2048kB (2.6.33). */
static const struct {
	const char *row, *file;
} huge_rows[] = { { "HugePages_Total", "nr_hugepages" },
	          { "HugePages_Free", "free_hugepages" },
	          { "HugePages_Surp", "surplus_hugepages" } };

#define HUGE_ROWS (sizeof(huge_rows) / sizeof(huge_rows[0]))

/* Adds what a pool has to the sums, which become unknown where it does not tell. */
static int add_pool(int root, const char *path, const char *pool, long long sum[HUGE_ROWS])
{
	const char *digits = pool + strlen("hugepages-");
	unsigned long kib, pages;

	if (strncmp(pool, "hugepages-", strlen("hugepages-")) != 0 ||
	    util_parse_number(digits, strspn(digits, "0123456789"), 16UL << 20, &kib) ||
	    strcmp(digits + strspn(digits, "0123456789"), "kB") != 0)
		return 0;
	for (size_t i = 0; i < HUGE_ROWS; i++) {
		char *text;
		size_t length;
		int error =
			util_read(root, &text, &length, "%s/%s/%s", path, pool, huge_rows[i].file);

		if (util_is_missing(error)) {
			sum[i] = NODESTAT_UNKNOWN;
			continue;
		}
		if (error)
			return error;
		error = util_parse_number(text, strspn(text, "0123456789"), LLONG_MAX >> 24,
		                          &pages);
		free(text);
		if (error)
			return -EBADMSG;
		if (sum[i] != NODESTAT_UNKNOWN &&
		    (__builtin_mul_overflow(pages, kib << 10, &pages) ||
		     __builtin_add_overflow(sum[i], pages, &sum[i])))
			return -ERANGE;
	}
	return 0;
}

/* Adds all of them. 0; -ENOENT where the kernel does not list its pools; or -errno. */
static int sum_pools(int root, const char *path, long long sum[HUGE_ROWS])
{
	DIR *folder;
	struct dirent *entry;
	int error = util_open_folder(root, path, &folder);

	if (error)
		return util_is_missing(error) ? -ENOENT : error;
	while (!error && (errno = 0, entry = readdir(folder)))
		error = add_pool(root, path, entry->d_name, sum);
	if (!error && errno)
		error = -errno;
	closedir(folder);
	return error;
}

static int read_huge(struct nodestat *table, int root, unsigned column)
{
	long long sum[HUGE_ROWS] = { 0 };
	char path[sizeof(table->failed)];
	int error;

	snprintf(path, sizeof(path), NODE_DIRECTORY "/node%u/hugepages", table->node[column]);
	error = sum_pools(root, path, sum);
	if (error && error != -ENOENT) {
		memcpy(table->failed, path, sizeof(path));
		return error;
	}
	for (size_t i = 0; i < HUGE_ROWS; i++) {
		struct nodestat_row *row =
			(struct nodestat_row *)nodestat_find(table, huge_rows[i].row);

		if (!row)
			continue;
		row->is_size = true;
		/* Of how many bytes those pages are is not known. */
		if (!error)
			row->value[column] = sum[i];
		else if (row->value[column])
			row->value[column] = NODESTAT_UNKNOWN;
	}
	return 0;
}

int nodestat_read(struct nodestat *table, int root, enum nodestat_file file)
{
	static const char *const names[] = { "numastat", "meminfo" };

	for (unsigned i = 0; i < table->nodes; i++) {
		char *text;
		size_t length;
		int error;

		snprintf(table->failed, sizeof(table->failed), NODE_DIRECTORY "/node%u/%s",
		         table->node[i], names[file]);
		error = util_read(root, &text, &length, "%s", table->failed);
		if (util_is_missing(error))
			continue;
		if (error)
			return error;
		error = nodestat_parse(table, i, text, length);
		free(text);
		if (!error && file == NODESTAT_MEMINFO)
			error = read_huge(table, root, i);
		if (error)
			return util_malformed(error);
	}
	return 0;
}

int nodestat_column(const struct nodestat *table, unsigned node)
{
	for (unsigned i = 0; i < table->nodes; i++)
		if (table->node[i] == node)
			return (int)i;
	return -1;
}

static bool is_zero_column(const struct nodestat *table, unsigned column)
{
	for (unsigned i = 0; i < table->rows; i++)
		if (table->row[i].value[column])
			return false;
	return true;
}

static bool is_zero_row(const struct nodestat *table, const struct nodestat_row *row)
{
	for (unsigned i = 0; i < table->nodes; i++)
		if (row->value[i])
			return false;
	return true;
}

/* The least number is "unknown", which so comes last. */
static long long sort_key(const struct nodestat *table, unsigned row, unsigned column)
{
	return column == table->nodes ? nodestat_total(table, &table->row[row])
	                              : table->row[row].value[column];
}

/* A few dozen rows of files, or as many processes as match: those in ORDER, by insertion. */
static void sort_rows(const struct nodestat *table, unsigned column, unsigned *order)
{
	for (unsigned i = 1; i < table->rows; i++) {
		unsigned row = order[i], at = i;
		long long key = sort_key(table, row, column);

		for (; at > 0 && sort_key(table, order[at - 1], column) < key; at--)
			order[at] = order[at - 1];
		order[at] = row;
	}
}

static int copy_row(const struct nodestat *table, const struct nodestat_row *row,
                    struct nodestat *copy)
{
	struct nodestat_row *copied = nodestat_row(copy, row->name);

	if (!copied)
		return -ENOMEM;
	copied->is_size = row->is_size;
	for (unsigned i = 0; i < copy->nodes; i++)
		copied->value[i] = row->value[nodestat_column(table, copy->node[i])];
	return 0;
}

int nodestat_arrange(const struct nodestat *table, unsigned column, bool nonzero,
                     struct nodestat *arranged)
{
	struct idset nodes = { 0 };
	unsigned *order = calloc(table->rows + 1, sizeof(*order));
	int error = order ? 0 : -ENOMEM;

	for (unsigned i = 0; i < table->nodes; i++)
		if (!nonzero || !is_zero_column(table, i))
			idset_add(&nodes, table->node[i]);
	if (nodestat_init(arranged, &nodes) || error) {
		free(order);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < table->rows; i++)
		order[i] = i;
	if (column != NODESTAT_UNSORTED)
		sort_rows(table, column, order);
	for (unsigned i = 0; i < table->rows && !error; i++)
		if (!nonzero || !is_zero_row(table, &table->row[order[i]]))
			error = copy_row(table, &table->row[order[i]], arranged);
	free(order);
	return error;
}

/* What BEFORE has for that node. */
static long long value_of(const struct nodestat *before, const struct nodestat_row *row,
                          unsigned node)
{
	int column = nodestat_column(before, node);

	return row && column >= 0 ? row->value[column] : NODESTAT_UNKNOWN;
}

static long long per_second(long long grown, double seconds)
{
	return (long long)((double)grown / seconds + (grown < 0 ? -0.5 : 0.5));
}

int nodestat_change(const struct nodestat *now, const struct nodestat *before, double seconds,
                    struct nodestat *change)
{
	struct idset nodes = { 0 };

	for (unsigned i = 0; i < now->nodes; i++)
		idset_add(&nodes, now->node[i]);
	if (nodestat_init(change, &nodes))
		return -ENOMEM;
	for (unsigned i = 0; i < now->rows; i++) {
		const struct nodestat_row *then = nodestat_find(before, now->row[i].name);
		struct nodestat_row *row = nodestat_row(change, now->row[i].name);

		if (!row)
			return -ENOMEM;
		row->is_size = now->row[i].is_size;
		for (unsigned j = 0; j < now->nodes; j++) {
			long long was = value_of(before, then, now->node[j]);

			if (was != NODESTAT_UNKNOWN && now->row[i].value[j] != NODESTAT_UNKNOWN)
				row->value[j] = per_second(now->row[i].value[j] - was, seconds);
		}
	}
	return 0;
}
