/* Placements, as text and as JSON: that of this process, and what would be done. */
#ifndef SHOW_H
#define SHOW_H

#include <stdbool.h>

#include "lib/idset.h"

struct placement;
struct policy_state;
struct topology;

/* Whose lines: numaplace's begin with numactl's and go on under headings of their own. */
enum show_style { SHOW_TEXT, SHOW_JSON, SHOW_NUMACTL };

/* The placement of this process. */
struct show_self {
	const struct policy_state *policy; /* NULL: not known */
	struct idset cpus;
	unsigned *weights; /* of the policy's nodes in their order; NULL: none */
};

/* What would be done. */
struct show_plan {
	const struct placement *placement;
	char *const *command; /* as typed, NULL-terminated; NULL: none */
	const char *path;     /* the file that it means; NULL: not looked up */
	const char *segment;  /* or the segment's or file's name; NULL: it is a command */
	char *const *calls;   /* NULL-terminated */
	unsigned long need;   /* bytes that it needs; 0: not told. Needs TOPOLOGY_MEMORY */
};

/* All print on stdout. TOPOLOGY needs the parts named. */

/* TOPOLOGY_HAS_MEMORY and TOPOLOGY_NODE_CPUS. */
void show_self(const struct show_self *self, const struct topology *topology,
               enum show_style style);

/* TOPOLOGY_ABSENT, where something was left out. */
void show_plan(const struct show_plan *plan, const struct topology *topology,
               enum show_style style);

/* On stderr, a line each: what each expression became (--verbose). */
void show_choices(const struct placement *placement, const struct topology *topology);

#endif
