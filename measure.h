/* --measure: from what was asked for to the report. */
#ifndef MEASURE_H
#define MEASURE_H

struct request;
struct topology;

/*
 * Measures, or with --dry-run plans, and prints the report on stdout. Returns the exit status: 1
 * where it was interrupted or a node had to be left out. Exits with util_failure and one line on
 * stderr if nothing can be measured.
 */
int measure_run(const struct request *request, struct topology *topology);

/*
 * Measures as well, and stores for each of COUNT nodes what measurement_bandwidth says of it. Exits
 * likewise, also where it was interrupted.
 */
void measure_bandwidths(const struct request *request, struct topology *topology,
                        const unsigned id[], unsigned count, unsigned long long bandwidth[]);

#endif
