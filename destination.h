/* Where the pages of a running process belong, by a placement. */
#ifndef DESTINATION_H
#define DESTINATION_H

#include <stdbool.h>

#include "lib/idset.h"

struct placement;
struct topology;

enum destination_rule {
	DESTINATION_NONE,    /* pages stay: only CPUs were asked for */
	DESTINATION_NEAREST, /* on any of nodes; from elsewhere to the nearest of them with room */
	DESTINATION_SPREAD,  /* by the index of the page, as an interleaving policy does */
	DESTINATION_PAIRS,   /* from each node to the one that was paired with it */
};

struct destination {
	enum destination_rule rule;
	struct idset nodes;   /* where pages may be sent */
	bool full_is_fine;    /* a page for which there is no room may stay: preferred */
	bool repeatable;      /* done once more it moves nothing; false where pairs overlap */
	unsigned ids;         /* the highest id of a node, and 1 */
	unsigned count;       /* of nodes */
	unsigned short *near; /* nearest: for each id the nodes, nearest first; owned */
	unsigned short *turn; /* spread: the node of index k modulo turns; owned */
	unsigned long turns;
	short *pair; /* pairs: for each id where its pages go, -1 where they stay; owned */
};

/*
 * Of a placement that placement_resolve made; CPUS are those that the threads may run on, for
 * --localalloc. Loads from TOPOLOGY what that takes. Exits with util_failure and one line on stderr
 * where it cannot be done.
 */
void destination_resolve(const struct placement *placement, struct topology *topology,
                         const struct idset *cpus, struct destination *destination);
void destination_free(struct destination *destination);

/*
 * The node for a page that is on NODE and has that INDEX (DESTINATION_SPREAD): NODE where it is in
 * place; -1 where it is not, but all that it could go to are in FULL.
 */
int destination_of(const struct destination *destination, unsigned node, unsigned long index,
                   const struct idset *full);

/* Whether a page on NODE can be out of place, whatever its index. */
bool destination_moves(const struct destination *destination, unsigned node);

/*
 * How many bytes each node would get, when they are distributed as in BEFORE: both have
 * destination->ids elements. ROOM is what each can take, -1 unknown.
 */
void destination_need(const struct destination *destination, const unsigned long long *before,
                      const long long *room, unsigned long long *need);

#endif
