/* Statistics by node, of the machine and of processes: gathered, and what they were before. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

struct nodestat;
struct process;
struct request;
struct topology;
struct usage;

enum statistics_what { STATISTICS_COUNTERS, STATISTICS_MEMINFO, STATISTICS_PROCESSES };

/* All that is allocated is its own. */
struct statistics {
	const struct request *request; /* the names of processes; not owned */
	struct topology *topology;     /* not owned */
	enum statistics_what what;

	struct nodestat *table;  /* a row for each number, or for each process */
	struct nodestat *before; /* the table as it was the time before; NULL: there was none */
	double seconds;          /* between these two */
	struct process *process; /* those that are held, by ascending number */
	struct usage *usage;     /* of each of them */
	struct usage *earlier;   /* the time before; empty of those that have come since */
	size_t count;
	bool is_whole; /* no process had to be left out */

	unsigned long long time; /* ns; for statistics.c alone */
};

/* Loads of TOPOLOGY what it takes. Exits as statistics_gather does. */
void statistics_init(struct statistics *statistics, const struct request *request,
                     struct topology *topology, enum statistics_what what);
void statistics_free(struct statistics *statistics);

/*
 * Reads the numbers: the first time those of the processes that the request names, later of the
 * ones that are left, and of those that have come since by a name. One that cannot be looked at is
 * left out, which is said on stderr; so is that one has ended. Exits with util_failure and one line
 * on stderr where the machine's numbers cannot be read.
 */
void statistics_gather(struct statistics *statistics);

/*
 * A table of the memory of one process (usage or earlier of it), with a row for each kind;
 * nodestat_free is due.
 */
void statistics_kinds(const struct statistics *statistics, const struct usage *usage,
                      struct nodestat *table);

#endif
