/* Memory policies: that of a placement checked, set and read back, and what the kernel says. */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>

#include "lib/idset.h"

struct placement;
struct topology;

/* The memory policy in force. */
struct policy_state {
	int mode, flags;
	struct idset nodes; /* by the kernel's ids, whatever the flags */
	int next;           /* the node that an interleaving policy takes next, or -1 */
};

/*
 * What resolves, but would be refused by this kernel as it is now: exits with util_failure and one
 * line on stderr, or takes it out of a placement that is best-effort.
 */
void policy_check(struct placement *placement, struct topology *topology);

/*
 * Sets the policy of this process, where the placement has one, and reads it back. What fails exits
 * likewise, or is said where the placement is best-effort.
 */
void policy_apply(const struct placement *placement, struct topology *topology);

/* The nodes of the placement's policy as the calls take them. */
struct idset policy_mask(const struct placement *placement, const struct topology *topology);

/* What MODE (with its flags) and MASK mean, as get_mempolicy gives them; its next is -1. */
void policy_decode(struct topology *topology, int mode, const struct idset *mask,
                   struct policy_state *state);
/* Whether it is the one that get_mempolicy(2) tells. */
bool policy_is(const struct placement *placement, const struct topology *topology, int mode,
               const struct idset *nodes);

/* Reads the policy of this process. Returns 0 or -errno. */
int policy_read(struct topology *topology, struct policy_state *state);

/* Why a call on memory policies failed, in words. */
const char *policy_reason(struct topology *topology, int error);

#endif
