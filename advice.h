/* What `free:SIZE` and `best` become on this machine, and why. */
#ifndef ADVICE_H
#define ADVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

struct topology;
struct choose_machine;

/* Holds why there is nothing to choose, and what would work. */
#define ADVICE_REASON 1024

/* A term that was chosen for. It is chosen once: where it stands again it means the same. */
struct advice_choice {
	char term[32];
	bool to_run; /* the nodes need CPUs, too */
	struct idset nodes;
	int near;                /* place of the node that distances are from; -1: CPUs asked for */
	struct idset near_cpus;  /* these CPUs; empty where there is no such node */
	unsigned long long room; /* bytes free and reclaimable on the nodes */
	char reason[256];        /* "node 1 (free 52 G, load 0.1); node 0 has only 12 G" */
};

struct advice {
	/* What else was asked for. */
	struct topology *topology; /* not owned; is loaded what it takes */
	bool all;                  /* CPUs may be those that the affinity does not allow */
	bool has_cpus;
	struct idset cpus;  /* asked for, if has_cpus */
	unsigned long need; /* bytes; 0: not given */

	struct choose_machine *machine; /* what was chosen from; NULL: nothing yet; owned */
	struct advice_choice *choice;   /* count of them; owned */
	unsigned count;
};

/* Whether TEXT of LENGTH bytes is a term that is chosen for. */
bool advice_is_term(const char *text, size_t length);

/* Whether there is one in an expression; NULL: none. */
bool advice_is_in(const char *expression);

/*
 * The nodes that a term means, with memory that may be used; TO_RUN: and with such CPUs, as `best`
 * always has. The choice is advice->choice[advice->count - 1], or an earlier one. Returns it in
 * *chosen, and 0; -EINVAL: it is malformed; or -ENOENT: there are none. Both with the reason in a
 * sentence without a full stop.
 */
int advice_choose(struct advice *advice, const char *text, size_t length, bool to_run,
                  const struct advice_choice **chosen, char reason[ADVICE_REASON]);

void advice_free(struct advice *advice);

/*
 * What NODES have free and reclaimable together, in bytes; -1 where the kernel does not tell it of
 * one. TOPOLOGY_MEMORY must be loaded.
 */
long long advice_room(const struct topology *topology, const struct idset *nodes);

#endif
