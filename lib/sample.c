#include "lib/sample.h"

#include <stdlib.h>
#include <string.h>

#define NOISY 0.1

void sample_add(struct sample *sample, double value)
{
	if (sample->count < SAMPLE_MOST)
		sample->value[sample->count++] = value;
}

static int compare(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void sort(const struct sample *sample, double sorted[SAMPLE_MOST])
{
	memcpy(sorted, sample->value, sample->count * sizeof(*sorted));
	qsort(sorted, sample->count, sizeof(*sorted), compare);
}

double sample_median(const struct sample *sample)
{
	double sorted[SAMPLE_MOST];

	sort(sample, sorted);
	return (sorted[(sample->count - 1) / 2] + sorted[sample->count / 2]) / 2;
}

double sample_spread(const struct sample *sample)
{
	double sorted[SAMPLE_MOST], median = sample_median(sample);

	sort(sample, sorted);
	return median > 0 ? (sorted[sample->count - 1] - sorted[0]) / median : 0;
}

bool sample_is_noisy(const struct sample *sample)
{
	return sample_spread(sample) > NOISY;
}
