/* Sets the kernel's weights for interleaving (--set-weights). */
#ifndef WEIGHTING_H
#define WEIGHTING_H

struct request;
struct topology;

/*
 * Sets them, reads them back and reports. Returns the exit status; exits with util_failure and one
 * line on stderr where something of it cannot be had, with all weights as they were.
 */
int weighting_run(const struct request *request, struct topology *topology);

#endif
