/* From a request to a placement: what was asked for, as sets of this machine. */
#ifndef PLACEMENT_H
#define PLACEMENT_H

#include <stdbool.h>

#include "lib/idset.h"

struct advice;
struct request;
struct topology;

/* What one expression became. */
struct placement_choice {
	const char *option, *text; /* "membind", "0-7"; NULL where not asked */
	struct idset ids, left_out;
	char named[512]; /* what names in it mean: "netdev:eth0 is node 1"; "" if there are none */
};

enum placement_operand {
	PLACEMENT_NODES,
	PLACEMENT_FROM,
	PLACEMENT_TO,
	PLACEMENT_CPU_NODES,
	PLACEMENT_CPUS,
	PLACEMENT_OPERANDS
};

/* What it means here. */
struct placement {
	int mode;              /* MPOL_*, or REQUEST_NO_MODE: the inherited policy stays */
	int flags;             /* MPOL_F_*, for the mode */
	struct idset nodes;    /* of the policy, by the kernel's ids */
	struct idset from, to; /* of a running process: where its pages are taken from and sent */
	bool has_cpus;         /* else the inherited affinity stays */
	struct idset cpus;
	struct placement_choice choice[PLACEMENT_OPERANDS];
	struct advice *advice; /* what was chosen for `free:SIZE` and `best`; NULL: nothing */
	bool best_effort, clip_cpus;
};

/*
 * Resolves and checks all of REQUEST; loads from TOPOLOGY what that takes. Exits with util_failure
 * and one line on stderr if any part of it cannot be had.
 */
void placement_resolve(const struct request *request, struct topology *topology,
                       struct placement *placement);

/* Of what a placement holds that placement_resolve allocated. */
void placement_free(struct placement *placement);

/* As topology_load, but exits with util_failure and one line on stderr where that fails. */
void placement_load(struct topology *topology, unsigned parts);

/* Exits likewise, with this line; under BEST_EFFORT says it, and that the rest goes on. */
void placement_refuse(bool best_effort, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
