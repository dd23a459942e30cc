/* What names nodes or CPUs in an expression, but for ids: a thing ("netdev:eth0") or a word. */
#ifndef TERM_H
#define TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

struct topology;

/* Holds what term_find says of a failure. */
#define TERM_REASON 1024

/* All there are, of nodes and of CPUs, for messages. */
#define TERM_LIST "netdev: block: file: ip: pci: gpu: cpu: pid: tier: near: cpuless rank free: best"
#define TERM_LIST_CPUS "node: socket: l3: core: pcore ecore isolated housekeeping rank"

/* What an expression is about. */
struct term_scope {
	struct topology *topology;
	const struct idset *usable; /* nodes or CPUs: `near` looks at these alone */
	bool cpus;                  /* these are CPUs, and names of CPUs are due */
	bool all;                   /* beyond what cpuset and affinity allow */
	bool ranked_memory;         /* `rank` counts nodes with memory alone */
	bool ranked_gpus;           /* `core:rank` goes by `gpu:rank` */
};

/* Whether TEXT is one of nodes or of CPUs: a word, or a key with anything behind it. */
bool term_is(const char *text, size_t length, bool cpus);

/* Whether it stands for what falls to a launcher's rank, and then whether by GPU. */
bool term_is_rank(const char *text, size_t length, bool *gpu);

/*
 * The nodes or CPUs that a term means, usable or not. Returns 0 with *ids stored, never empty, and
 * in reason what else is to be said of them or ""; -EINVAL: it is malformed; -ENOENT: it cannot be
 * told what it means; or -ENODATA: it is a kind that there is none of, and *ids is empty. All with
 * the reason, and what would work, in a sentence without a full stop.
 */
int term_find(const char *text, size_t length, const struct term_scope *scope, struct idset *ids,
              char reason[TERM_REASON]);

#endif
