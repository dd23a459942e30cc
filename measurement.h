/* Latency and bandwidth between nodes: what is to be measured, and what came of it. */
#ifndef MEASUREMENT_H
#define MEASUREMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

struct machine;
struct sample;
struct topology;

/* A number that is not known. */
#define MEASUREMENT_UNKNOWN (-1LL)

struct measurement_options {
	unsigned threads;     /* for bandwidths, on each initiator; 0: all its CPUs */
	unsigned long buffer; /* bytes; 0: by the caches */
	long long limit;      /* bytes that this process may take, or MEASUREMENT_UNKNOWN */
	bool loaded;          /* latency under load, instead of the matrices */
	bool quick;
};

/* Bandwidths are those of enum stream_kind, in its order. */
enum measurement_kind {
	MEASUREMENT_LATENCY, /* ns */
	MEASUREMENT_READ,    /* MiB/s, as the others: bytes read and written */
	MEASUREMENT_WRITE,
	MEASUREMENT_COPY,
	MEASUREMENT_MIX,
	MEASUREMENT_KINDS
};

/* "latency", "read", "write", "copy", "mix" */
extern const char *const measurement_kind_names[MEASUREMENT_KINDS];

/* A node whose CPUs we may use. */
struct measurement_initiator {
	unsigned node;
	unsigned *cpu; /* threads of them: where they run; the first one measures latency */
	unsigned threads;
};

/* Why there are no figures of a target. */
enum measurement_fate {
	MEASUREMENT_DONE,
	MEASUREMENT_WAITING,   /* it was not its turn yet */
	MEASUREMENT_NO_MEMORY, /* too little is free */
	MEASUREMENT_ELSEWHERE, /* its buffer was not on the node, or did not stay there */
};

/* A node whose memory we may use. */
struct measurement_target {
	unsigned node;
	size_t buffer;   /* bytes */
	size_t chased;   /* bytes of it for latencies: one thread meets one cache alone */
	bool is_bounded; /* it would be larger, were more free */
	long long free;  /* bytes, as far as we may take them; or MEASUREMENT_UNKNOWN */
	enum measurement_fate fate;
	long long huge;          /* bytes of it on huge pages, or MEASUREMENT_UNKNOWN */
	unsigned asked, on_node; /* pages of it that were asked for their node; those that are on
				    it */
	int other;               /* a node that others are on, or -1 */
};

/* What others do of the time while latency is measured, in percent. */
#define MEASUREMENT_LEVELS 8
extern const unsigned measurement_loads[MEASUREMENT_LEVELS];

struct measurement {
	struct measurement_options options;
	unsigned runs;               /* of each figure */
	unsigned long long duration; /* of each run, ns */
	size_t buffer, chased;       /* of a target with enough memory, bytes */
	long long cache; /* last-level caches of the initiator that has most; or unknown */
	struct measurement_initiator *initiator;
	unsigned initiators;
	struct measurement_target *target;
	unsigned targets;
	struct sample *figure;  /* for each initiator, target and kind */
	struct sample *level;   /* for each initiator, target, load: ns, then MiB/s */
	unsigned planned, done; /* runs */
	bool is_interrupted;
	unsigned long long elapsed; /* ns */
	struct idset alone;         /* left out of --loaded: nodes of which one CPU can be used */
};

/*
 * Of TOPOLOGY and MACHINE, which must be loaded: from each node with CPUs to each with memory, as
 * far as we may use them. Returns 0 or -ENOMEM; measurement_free is due in both cases.
 */
int measurement_plan(struct topology *topology, const struct machine *machine,
                     const struct measurement_options *options, struct measurement *measurement);
void measurement_free(struct measurement *measurement);

/* The most CPUs of an initiator. */
unsigned measurement_most_threads(const struct measurement *measurement);

/* The least buffer that all threads find a part in, bytes. */
size_t measurement_least_buffer(const struct measurement *measurement);

/* About how long it will take, ns. */
unsigned long long measurement_time(const struct measurement *measurement);

/* The runs of one figure, by places: none where it is not known. */
struct sample *measurement_figure(const struct measurement *measurement, unsigned initiator,
                                  unsigned target, enum measurement_kind kind);

/* The median of it, or negative where it is not known. */
double measurement_median(const struct measurement *measurement, unsigned initiator,
                          unsigned target, enum measurement_kind kind);

/*
 * What its memory bears, MiB/s, from the initiator that gets the most: of reading and writing the
 * lesser, as for the kernel's automatic weights. 0 where one of them is not known.
 */
unsigned long long measurement_bandwidth(const struct measurement *measurement, unsigned target);

/* Under the load at that place of measurement_loads: ns, or (BANDWIDTH) MiB/s of the others. */
struct sample *measurement_level(const struct measurement *measurement, unsigned initiator,
                                 unsigned target, unsigned load, bool bandwidth);

#endif
