/* What was measured between nodes as one SVG: heat maps, or curves of latency under load. */
#ifndef HEAT_H
#define HEAT_H

struct measure_report;

/* Prints on stdout; light or dark as its viewer is. */
void heat_show(const struct measure_report *report);

#endif
