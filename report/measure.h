/* What was measured between nodes, as text; and how far it is, meanwhile. */
#ifndef MEASURE_REPORT_H
#define MEASURE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

struct machine;
struct measurement;
struct topology;

/* The last two must be loaded: what the kernel says stands beside what was measured. */
struct measure_report {
	const struct measurement *measurement;
	const struct topology *topology;
	const struct machine *machine;
	bool is_plan; /* nothing was measured: what would be */
	bool weights; /* those that follow are shown too */
};

/* Prints on stdout. */
void measure_text(const struct measure_report *report);

/* A line on stderr, where that is a terminal; measure_progress_end takes it away. */
void measure_progress(const struct measurement *measurement);
void measure_progress_end(void);

/* What the kernel says, by places of the measurement; negative: not known. */
enum measure_fact { MEASURE_DISTANCE, MEASURE_HMAT_LATENCY, MEASURE_HMAT_BANDWIDTH };
double measure_known(const struct measure_report *report, unsigned initiator, unsigned target,
                     enum measure_fact which);

/* For other formats: "medians of 7 runs of 100 ms", "256 M (8.0 times ...)". */
#define MEASURE_TEXT 256
void measure_describe_method(const struct measure_report *report, char text[MEASURE_TEXT]);
void measure_describe_buffers(const struct measure_report *report, char text[MEASURE_TEXT]);

#endif
