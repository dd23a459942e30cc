/* A migration: how far it is, what came of it, what it would do. */
#ifndef REPORT_MOVE_H
#define REPORT_MOVE_H

#include <stdbool.h>

struct destination;
struct idset;
struct injection;
struct migration;
struct placement;
struct process;

/* What is known of the migration of one process. */
struct move_report {
	const struct process *process;
	const struct destination *destination;
	int end;                           /* enum migration_end, of binding and moving */
	const struct migration *migration; /* NULL: no pages were to be moved, or none was tried */
	const struct idset *cpus;          /* that its threads were bound to; NULL: they were not */
	const struct placement *placement;
	bool is_injected;                  /* its threads were to set that */
	const struct injection *injection; /* NULL: not all have it */
	bool planned;                      /* nothing was done, this is what would be */
	bool mappings;                     /* each one with pages out of place */
	unsigned kinds;                    /* 1 << MAPPING_*, that were looked at */
};

/*
 * For the show of migrate_options: a bar on stderr where that is a terminal, a line for each pass
 * where VERBOSE. Set before each process.
 */
void move_watch(const struct process *process, bool verbose);
void move_progress(const struct migration *migration, bool pass_ended);

/* On stdout. */
void move_text(const struct move_report *report);

/* The object, without what is around it. */
void move_json(const struct move_report *report);

/* What holds for what a process allocates afterwards, behind the texts. */
void move_remark(void);

/* A line on stderr, where pages stayed (migratepages). */
void move_stayed(const struct move_report *report);

#endif
