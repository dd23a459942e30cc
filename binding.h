/* A placement on a segment: its policy, its pages brought in and moved. */
#ifndef BINDING_H
#define BINDING_H

#include <stdbool.h>

struct destination;
struct placement;
struct policy_state;
struct segment;
struct topology;

/* None of it is owned. */
struct binding {
	struct topology *topology;
	struct segment *segment;
	const struct placement *placement;     /* its mode may be REQUEST_NO_MODE */
	const struct destination *destination; /* NULL: pages may be anywhere */
	int home_node;                         /* -1: none */
	bool strict;                           /* MPOL_MF_STRICT */
};

/*
 * All exit with util_failure and one line on stderr where it fails, and take back what
 * segment_create did. Behind a closed door they only tell what they would do.
 */

/* That the nodes of a binding policy have room for what binding_touch would bring in. */
void binding_check_room(const struct binding *binding);

/* Sets the policy; pages that are there stay where they are. */
void binding_apply(const struct binding *binding);

/* Brings in all pages of the range. */
void binding_touch(const struct binding *binding);

/* Sends the pages that are there to where they belong. Returns 1 where some stayed. */
int binding_move(const struct binding *binding);

/* Shows the policies. */
void binding_dump(const struct binding *binding);

/* The policy of the page at OFFSET of the segment: MPOL_DEFAULT where it has none of its own. */
void binding_policy(const struct binding *binding, unsigned long offset,
                    struct policy_state *policy);

#endif
