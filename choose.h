/* Which nodes are the best place, decided over what is known of them alone. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

#define CHOOSE_UNKNOWN (-1LL)

/* One node, as far as it may be used here. */
struct choose_node {
	unsigned id;
	bool has_memory;
	unsigned cpus;  /* how many of its CPUs may be used */
	unsigned asked; /* how many of them were asked for */
	long long room; /* bytes free or reclaimable, or CHOOSE_UNKNOWN */
	long long load; /* tasks that run or wait there per 100 of its CPUs, or CHOOSE_UNKNOWN */
};

struct choose_machine {
	struct choose_node *node; /* count of them, by ascending id */
	unsigned count;
	const unsigned *distances; /* count * count, row by row; 0 is unknown */
};

/* What was chosen. */
struct choose_answer {
	struct idset nodes;
	struct idset passed; /* nearer than the last of them, but without the room */
	int near;            /* place of the node that distances are from; -1: the CPUs asked for */
	unsigned long long room; /* of the nodes together; on -ENOSPC what all of them have */
	int next;                /* choose_best: place of the second best; -1: there is none */
};

/* A load in tenths, as it is shown and compared: less is noise. */
long long choose_tenths(long long load);

/*
 * How far the node at that place is from the CPUs asked for, or else from the node at NEAR: the
 * mean by CPUs. Negative where it is not known.
 */
double choose_distance(const struct choose_machine *machine, int near, unsigned place);

/*
 * As few nodes with memory as can hold SIZE, and of these sets the one with the nearest nodes; of
 * nodes as near the one with most room. Near are those to the CPUs asked for; where none were, to
 * the least loaded node with CPUs. TO_RUN: nodes that have CPUs, too.
 *
 * Returns 0; -ENOSPC where all of them do not hold SIZE (answer->nodes and room are theirs); or
 * -ENOENT where there is none whose room is known.
 */
int choose_room(const struct choose_machine *machine, unsigned long size, bool to_run,
                struct choose_answer *answer);

/*
 * The node with memory and CPUs (asked for, if any were) that is least loaded, and of several the
 * one with most room; of those that have room for NEED where there are such. Returns 0, or -ENOENT
 * where no node has both.
 */
int choose_best(const struct choose_machine *machine, unsigned long need,
                struct choose_answer *answer);

#endif
