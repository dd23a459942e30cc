/* Statistics by node, in the layouts of numastat. */
#ifndef REPORT_NUMASTAT_H
#define REPORT_NUMASTAT_H

#include <stdbool.h>

struct nodestat;

struct numastat_layout {
	const char *title;  /* above the table, behind an empty line */
	const char *corner; /* above the names of the rows; "" where there is nothing */
	bool is_process;    /* of memory of processes: with a last row, "Total" */
	bool compact;       /* -c: whole MiB, columns as narrow as can be */
	unsigned width;     /* where it folds; 0: nowhere */
	unsigned long page_size;
};

/* Counts, without a total: what numastat prints without options. */
void numastat_plain(const struct nodestat *table, unsigned width);

/* MiB; counts are taken for pages of PAGE_SIZE. */
void numastat_table(const struct nodestat *table, const struct numastat_layout *layout);

#endif
