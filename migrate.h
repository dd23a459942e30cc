/* Moving a running process's pages: passes over its mappings, each by several workers. */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <stdbool.h>

struct destination;
struct migration;
struct process;

struct migrate_options {
	unsigned kinds; /* 1 << MAPPING_*, or-ed */
	bool shared;    /* pages that others map too */
	unsigned workers;
	unsigned long long max_pause; /* ns */
	unsigned long rate;           /* bytes a second; 0: no limit */
	/* Called by the caller's thread some times a second, and after each pass; may be NULL. */
	void (*show)(const struct migration *migration, bool pass_ended);
};

/*
 * Moves the pages to where they belong, in passes until none is out of place or no pass moves any,
 * and looks at the end. Behind a closed door one pass counts what would be moved, as moved.
 */
void migrate_run(const struct process *process, const struct destination *destination,
                 const struct migrate_options *options, struct migration *migration);

/* From a signal handler: the batches in flight are the last ones. */
void migrate_stop(void);
bool migrate_is_stopped(void);

#endif
