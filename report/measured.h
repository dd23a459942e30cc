/* What was measured between nodes, as JSON. */
#ifndef MEASURED_H
#define MEASURED_H

struct measure_report;

/* Prints on stdout what docs/measure.schema.json describes. */
void measured_json(const struct measure_report *report);

#endif
