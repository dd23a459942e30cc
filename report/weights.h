/* Weights for interleaving: those that the firmware's bandwidths make, and what was set. */
#ifndef WEIGHTS_H
#define WEIGHTS_H

#include <stdbool.h>

struct machine;
struct measurement;

/* Prints on stdout what the bandwidths make, as text or as docs/weights.schema.json describes. */
void weights_show(const struct machine *machine, bool json);

/*
 * What was measured makes: as the end of a text report, or as the object "weights" of
 * docs/measure.schema.json.
 */
void weights_show_measured(const struct measurement *measurement, bool json);

/* What --set-weights did, or would do. */
struct weights_change {
	const char *source;        /* "given", "hmat", "measured", "auto" */
	int was_automatic, is_now; /* 1, 0; -1: the kernel does not tell (before Linux 6.16) */
	bool goes_back;            /* there are automatic ones to go back to */
	double error;              /* as weight_derive; negative: there is none */
	unsigned count;            /* of nodes with weights */
	const unsigned *id, *before, *after; /* after: 0 where it is not known beforehand */
	bool planned;
	char *const *calls; /* that would be made; NULL-terminated; NULL: they were made */
};

/* Prints that on stdout, as text or as docs/set-weights.schema.json describes. */
void weights_show_change(const struct weights_change *change, bool json);

#endif
