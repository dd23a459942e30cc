/* Numbers by node: what the kernel counts in nodeN/numastat and nodeN/meminfo, and the like. */
#ifndef NODESTAT_H
#define NODESTAT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

/* A number that the kernel does not tell. */
#define NODESTAT_UNKNOWN LLONG_MIN

struct nodestat_row {
	char *name;       /* "numa_hit", "MemTotal"; owned */
	bool is_size;     /* bytes; else a count */
	long long *value; /* one for each node; owned */
};

/* Rows in the order in which they came. What is allocated is owned. */
struct nodestat {
	unsigned *node; /* ids, ascending */
	unsigned nodes;
	struct nodestat_row *row;
	unsigned rows;
	char failed[256]; /* the file that nodestat_read failed on */
};

/* An empty table with these columns. 0 or -ENOMEM; nodestat_free is due in both cases. */
int nodestat_init(struct nodestat *table, const struct idset *nodes);
void nodestat_free(struct nodestat *table);

/* The row of that name, or NULL. */
const struct nodestat_row *nodestat_find(const struct nodestat *table, const char *name);

/* The row of that name, added where there is none, its numbers unknown; NULL: no memory. */
struct nodestat_row *nodestat_row(struct nodestat *table, const char *name);

/* Over all nodes; NODESTAT_UNKNOWN where one of them is, or it is no number any more. */
long long nodestat_total(const struct nodestat *table, const struct nodestat_row *row);

/*
 * Takes the text of nodeN/numastat ("numa_hit 17", counts) or nodeN/meminfo ("Node 0 MemTotal:
 * 17 kB", sizes) for the column at that place. Returns 0, -EINVAL or -ERANGE (malformed), -ENOMEM.
 */
int nodestat_parse(struct nodestat *table, unsigned column, const char *text, size_t length);

enum nodestat_file { NODESTAT_COUNTERS, NODESTAT_MEMINFO };

/*
 * Reads the file of each node; ROOT as for util_read. A node that does not have it stays unknown.
 * The huge pages of meminfo become sizes, those of all pools together: the kernel's file counts the
 * pages of one. Returns 0, or -errno with the path in table->failed.
 */
int nodestat_read(struct nodestat *table, int root, enum nodestat_file file);

/*
 * A copy; sorted by a column (its place; table->nodes is the total), the largest first and rows of
 * the same size as they came, where that is not NODESTAT_UNSORTED; with NONZERO without the rows
 * and columns that hold nothing but zeros. 0 or -ENOMEM.
 */
#define NODESTAT_UNSORTED (~0U)
int nodestat_arrange(const struct nodestat *table, unsigned column, bool nonzero,
                     struct nodestat *arranged);

/* The place of a node's column, or -1. */
int nodestat_column(const struct nodestat *table, unsigned node);

/*
 * NOW's rows and columns, each number what it has grown by per second since BEFORE. 0 or -ENOMEM;
 * nodestat_free is due in both cases, also for nodestat_arrange.
 */
int nodestat_change(const struct nodestat *now, const struct nodestat *before, double seconds,
                    struct nodestat *change);

#endif
