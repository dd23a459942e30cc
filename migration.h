/* What a migration finds and what comes of it, in bytes by node. */
#ifndef MIGRATION_H
#define MIGRATION_H

#include <stdbool.h>
#include <stddef.h>

struct destination;
struct mapping;
struct process;
struct tally;

/* Bytes on a node, by numa_maps. */
struct migration_node {
	unsigned long long before, after;
};

enum migration_end { MIGRATION_DONE, MIGRATION_INTERRUPTED, MIGRATION_GONE, MIGRATION_FAILED };

struct migration {
	unsigned ids;                /* the highest id of a node, and 1 */
	struct migration_node *node; /* of each id; owned */
	struct tally *tally;         /* what came of its pages; likewise */
	enum migration_end end;
	int error; /* MIGRATION_FAILED: -errno */
	unsigned passes, workers;
	unsigned long long elapsed, longest; /* ns: in all, and of a single batch */
	unsigned long long
		total; /* bytes that were there at first; until a pass has ended, roughly */
	unsigned long long seen, moved; /* bytes, so far: seen in this pass, moved in all */
	unsigned long long left;        /* bytes that this pass could not move, so far */

	/* Where a closed door shows what would be done: bytes out of place, by mapping. */
	struct migration_mapping {
		unsigned long start;
		unsigned long long bytes;
	} * mapping;
	size_t mappings, mapping_room;
};

/* Allocates what IDS nodes take. Returns 0 or -ENOMEM. */
int migration_init(struct migration *migration, unsigned ids);
void migration_free(struct migration *migration);

/* The two looks at numa_maps. */
enum migration_look { MIGRATION_BEFORE, MIGRATION_AFTER };

void migration_forget(struct migration *migration, enum migration_look look);

/* Adds the pages of one mapping. */
void migration_add(struct migration *migration, enum migration_look look,
                   const struct mapping *mapping);

/* Looks at all mappings of these kinds (1 << MAPPING_*, or-ed) anew. Returns 0 or -errno. */
int migration_look(struct migration *migration, enum migration_look look,
                   const struct process *process, unsigned kinds);

/* All that was there before, as far as it was looked at. */
unsigned long long migration_before(const struct migration *migration);

/* Notes bytes out of place in the mapping at START; mappings come in their order. */
void migration_note(struct migration *migration, unsigned long start, unsigned long long bytes);

/*
 * Takes over what a pass found: it replaces what the one before it left. A pass that was CUT_SHORT
 * did not come to all of that: the FIRST one to what numa_maps counted, others to what had stayed.
 */
void migration_fold(struct migration *migration, const struct tally *found, bool first,
                    bool cut_short);

/* Bytes out of place that should have been moved. */
unsigned long long migration_failures(const struct destination *destination,
                                      const struct migration *migration);

/* Whether what the calls told and what numa_maps shows are the same. */
bool migration_agrees(const struct migration *migration);

#endif
