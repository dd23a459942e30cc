/* From a request to a placement; applying it, reading it back. */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>

#include "lib/idset.h"

struct request;
struct topology;

/* What one expression became. */
struct policy_choice {
	const char *option, *text; /* "membind", "0-7"; NULL where not asked */
	struct idset ids, left_out;
	char named
		[256]; /* what names in it mean: "netdev:eth0 is node 1"; "" where there are none */
};

enum policy_operand {
	POLICY_NODES,
	POLICY_FROM,
	POLICY_TO,
	POLICY_CPU_NODES,
	POLICY_CPUS,
	POLICY_OPERANDS
};

/* What it means here. */
struct placement {
	int mode;              /* MPOL_*, or REQUEST_NO_MODE: the inherited policy stays */
	int flags;             /* MPOL_F_*, for the mode */
	struct idset nodes;    /* of the policy, by the kernel's ids */
	struct idset from, to; /* of a running process: where its pages are taken from and sent */
	bool has_cpus;         /* else the inherited affinity stays */
	struct idset cpus;
	struct policy_choice choice[POLICY_OPERANDS];
	bool best_effort, clip_cpus;
};

/* The memory policy in force. */
struct policy_state {
	int mode, flags;
	struct idset nodes; /* by the kernel's ids, whatever the flags */
	int next;           /* the node that an interleaving policy takes next, or -1 */
};

/*
 * Resolves and checks all of REQUEST; loads from TOPOLOGY what that takes. Exits with util_failure
 * and one line on stderr if any part of it cannot be had.
 */
void policy_resolve(const struct request *request, struct topology *topology,
                    struct placement *placement);

/*
 * What resolves, but would be refused by this kernel as it is now: exits likewise, or takes it out
 * of a placement that is best-effort.
 */
void policy_check(struct placement *placement, struct topology *topology);

/*
 * Sets policy and affinity of this process and reads both back. What fails exits likewise, or is
 * said where the placement is best-effort.
 */
void policy_apply(const struct placement *placement, struct topology *topology);

/* Reads the policy of this process. Returns 0 or -errno. */
int policy_read(struct topology *topology, struct policy_state *state);

/* As topology_load, but exits with util_failure and one line on stderr where that fails. */
void policy_load(struct topology *topology, unsigned parts);

/* Why a call on memory policies failed, in words. */
const char *policy_reason(struct topology *topology, int error);

#endif
