/* Node and CPU expressions, against a topology. */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

struct advice;
struct topology;

/* What an expression selects: nodes for their memory, nodes for their CPUs, or CPUs. */
enum spec_kind { SPEC_MEMORY, SPEC_NODE_CPUS, SPEC_CPUS };

/* What an expression may select here. */
struct spec_scope {
	enum spec_kind kind;
	bool all;        /* the whole machine, not what cpuset and affinity allow */
	bool restricted; /* these allow less */
	/* So that memory and CPUs agree: */
	bool ranked_memory; /* `rank` counts nodes with memory alone */
	bool ranked_gpus;   /* `core:rank` goes by `gpu:rank` */
	struct idset usable;
	struct topology *topology; /* asked for what terms name; not owned */
	struct advice *advice;     /* for what is to be chosen; NULL: nothing else was asked for */
};

/* What the names in an expression mean: "netdev:eth0 is node 1, cpuless is nodes 2-3", or what was
   chosen and why; cut off. */
#define SPEC_NAMED 512

struct spec_result {
	struct idset ids;       /* what was selected; never empty */
	struct idset left_out;  /* named, but not usable */
	struct idset dropped;   /* what LENIENT let pass that is else refused */
	bool dropped_positions; /* likewise, of positions ("+") */
	char named[SPEC_NAMED]; /* "" where there are none */
};

enum spec_fault {
	SPEC_EMPTY = 1,    /* no text */
	SPEC_NO_ID,        /* an id is missing */
	SPEC_BLANK,        /* a blank */
	SPEC_SIGN,         /* a sign before an id */
	SPEC_NOT_DECIMAL,  /* hexadecimal or a leading zero */
	SPEC_TOO_LARGE,    /* an id of IDSET_MAX or more */
	SPEC_JUNK,         /* no id, range or word */
	SPEC_NOT_ALONE,    /* "all" or "same" among terms */
	SPEC_REVERSED,     /* a range from high to low */
	SPEC_STEP,         /* a step that is no number from 1 on */
	SPEC_NO_KEY,       /* a key that is not known */
	SPEC_NOT_CPUS,     /* a name of nodes where CPUs are due */
	SPEC_NOT_NODES,    /* a name of CPUs where nodes are due */
	SPEC_NO_POSITION,  /* a name behind "+" */
	SPEC_TERM,         /* a value that its key does not take */
	SPEC_NOT_USABLE,   /* a single id that cannot be used */
	SPEC_BEYOND,       /* a position ("+") after the last */
	SPEC_RANGE_UNUSED, /* a range without a usable id */
	SPEC_NO_THING,     /* a name of what is not there, or is on no node that is known */
	SPEC_NAMED_UNUSED, /* a name of nodes none of which can be used */
	SPEC_NOTHING_LEFT, /* "!" of all that is usable, or "all" of nothing */
};

/* Holds what is said of a name. */
#define SPEC_REASON 1024

struct spec_error {
	enum spec_fault fault;
	size_t at, length;        /* the characters it is about, from 0 */
	unsigned low, high;       /* the ids it is about, where the fault is about ids */
	char reason[SPEC_REASON]; /* of a name's fault: a sentence, or what it means here */
};

/* The parts of the topology that must be loaded to resolve expressions of KIND. */
unsigned spec_parts(enum spec_kind kind);

/* What expressions name is looked up in TOPOLOGY, which more is loaded of then. */
struct spec_scope spec_scope(struct topology *topology, enum spec_kind kind, bool all);

/* Whether TEXT names what a launcher's rank stands for, or what its GPU does; NULL does not. */
bool spec_has_rank(const char *text);
bool spec_has_gpu_rank(const char *text);

/*
 * Parses the whole of TEXT. Where LENIENT, single ids that are not usable are left out as they are
 * in ranges, as long as something is selected. Returns 0, or -EINVAL with *error filled.
 */
int spec_parse(const char *text, const struct spec_scope *scope, bool lenient,
               struct spec_result *result, struct spec_error *error);

#endif
