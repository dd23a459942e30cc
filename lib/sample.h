/* Runs of the same measurement: their median and spread. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>

#define SAMPLE_MOST 16

struct sample {
	double value[SAMPLE_MOST];
	unsigned count;
};

/* Those above SAMPLE_MOST are not kept. */
void sample_add(struct sample *sample, double value);

/* The middle one, or the mean of the two in the middle. There has to be one. */
double sample_median(const struct sample *sample);

/* From the smallest to the largest, as a part of the median; 0 of a single one. */
double sample_spread(const struct sample *sample);

/* The spread is above a tenth. */
bool sample_is_noisy(const struct sample *sample);

#endif
