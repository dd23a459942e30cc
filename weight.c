#include "weight.h"

#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define GOOD_ENOUGH 0.05

/* Makes the weights in which the fastest node has LARGEST. */
static void scale(const unsigned long long bandwidth[], unsigned count, unsigned long long fastest,
                  unsigned largest, unsigned weight[])
{
	for (unsigned i = 0; i < count; i++) {
		double exact = (double)bandwidth[i] * largest / (double)fastest;

		weight[i] = exact < 1 ? bandwidth[i] > 0 : (unsigned)(exact + 0.5);
	}
}

static double find_error(const unsigned long long bandwidth[], unsigned count,
                         const unsigned weight[])
{
	double bandwidths = 0, weights = 0, worst = 0;

	for (unsigned i = 0; i < count; i++) {
		bandwidths += (double)bandwidth[i];
		weights += weight[i];
	}
	for (unsigned i = 0; i < count; i++) {
		double wrong;

		if (!bandwidth[i])
			continue;
		wrong = weight[i] / weights / ((double)bandwidth[i] / bandwidths) - 1;
		wrong = wrong < 0 ? -wrong : wrong;
		worst = wrong > worst ? wrong : worst;
	}
	return worst;
}

double weight_derive(const unsigned long long bandwidth[], unsigned count, unsigned weight[])
{
	unsigned long long fastest = 0;
	unsigned best = 1;
	double least = -1;

	for (unsigned i = 0; i < count; i++)
		fastest = bandwidth[i] > fastest ? bandwidth[i] : fastest;
	memset(weight, 0, count * sizeof(*weight));
	if (!fastest)
		return -1;
	for (unsigned largest = 1; largest <= WEIGHT_MAX; largest++) {
		double error;

		scale(bandwidth, count, fastest, largest, weight);
		error = find_error(bandwidth, count, weight);
		if (least < 0 || error < least) {
			least = error;
			best = largest;
		}
		if (least <= GOOD_ENOUGH)
			break;
	}
	scale(bandwidth, count, fastest, best, weight);
	return least;
}

unsigned long long weight_bandwidth(const struct machine_node *node)
{
	long long read = node->access.read_bandwidth, write = node->access.write_bandwidth;
	long long lesser = read > 0 && (write <= 0 || read < write) ? read : write;

	if (node->kind != MACHINE_WHOLE && node->kind != MACHINE_CPULESS)
		return 0;
	return lesser > 0 ? (unsigned long long)lesser : 0;
}

double weight_by_hmat(const struct machine *machine, const struct idset *initiators,
                      unsigned weight[])
{
	unsigned long long *bandwidth = calloc(machine->count + 1, sizeof(*bandwidth));
	double error;

	memset(weight, 0, machine->count * sizeof(*weight));
	if (!bandwidth)
		return -1;
	for (unsigned i = 0; i < machine->count; i++) {
		const struct machine_node *node = &machine->node[i];

		if (!initiators || idset_equal(initiators, &node->access.initiators))
			bandwidth[i] = weight_bandwidth(node);
	}
	error = weight_derive(bandwidth, machine->count, weight);
	free(bandwidth);
	return error;
}
