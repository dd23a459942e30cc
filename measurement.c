#include "measurement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/chase.h"
#include "lib/sample.h"
#include "lib/stream.h"
#include "machine.h"
#include "topology.h"

#define MIB (1UL << 20)

/* Of the last-level caches: a buffer that is so much larger is hardly found in them. */
#define TIMES 8
#define TIMES_QUICK 4

/* Least buffers, where caches are small and where they are not known. */
#define LEAST_BUFFER (64 * MIB)
#define USUAL_BUFFER (256 * MIB)

/* Of buffers, so that they can be of huge pages. */
#define GRAIN (2 * MIB)

/* Of what is free: others need memory too. One that was asked for may take more. */
#define FREE_PART 4

#define RUNS 7
#define RUNS_QUICK 3
#define DURATION 100000000ULL
#define DURATION_QUICK 40000000ULL

const char *const measurement_kind_names[MEASUREMENT_KINDS] = {
	[MEASUREMENT_LATENCY] = "latency", [MEASUREMENT_READ] = "read",
	[MEASUREMENT_WRITE] = "write",     [MEASUREMENT_COPY] = "copy",
	[MEASUREMENT_MIX] = "mix",
};

const unsigned measurement_loads[MEASUREMENT_LEVELS] = { 0, 5, 10, 20, 40, 60, 80, 100 };

/* First the first thread of each core, then the others. How many cores there are. */
static unsigned order_cpus(struct topology *topology, const struct idset *cpus, unsigned *order)
{
	struct idset left = *cpus;
	unsigned count = 0, cores;

	for (idset_each(cpu, cpus)) {
		struct idset threads;

		if (!idset_has(&left, (unsigned)cpu))
			continue;
		order[count++] = (unsigned)cpu;
		if (!topology_core(topology, (unsigned)cpu, &threads))
			left = idset_minus(&left, &threads);
		idset_remove(&left, (unsigned)cpu);
	}
	cores = count;
	for (idset_each(cpu, cpus)) {
		bool is_there = false;

		for (unsigned i = 0; i < cores; i++)
			is_there |= order[i] == (unsigned)cpu;
		if (!is_there)
			order[count++] = (unsigned)cpu;
	}
	return cores;
}

/* So few of them that each has a core are spread over all, and so over their caches. */
static void spread_cpus(struct measurement_initiator *initiator, unsigned cores, unsigned threads)
{
	for (unsigned i = 0; threads < cores && i < threads; i++)
		initiator->cpu[i] = initiator->cpu[i * cores / threads];
	initiator->threads = threads;
}

static int add_initiator(struct topology *topology, const struct topology_node *node,
                         struct measurement *measurement)
{
	struct idset cpus = idset_and(&node->cpus, &topology->allowed_cpus);
	struct measurement_initiator *initiator = &measurement->initiator[measurement->initiators];
	unsigned threads = idset_count(&cpus), wanted = measurement->options.threads, cores;

	if (!threads)
		return 0;
	if (measurement->options.loaded && threads < 2) {
		idset_add(&measurement->alone, node->id);
		return 0;
	}
	initiator->cpu = calloc(threads, sizeof(*initiator->cpu));
	if (!initiator->cpu)
		return -ENOMEM;
	initiator->node = node->id;
	cores = order_cpus(topology, &cpus, initiator->cpu);
	spread_cpus(initiator, cores, wanted && wanted < threads ? wanted : threads);
	measurement->initiators++;
	return 0;
}

/* Last-level caches: all of the node's together, and the largest one by itself. */
static void count_caches(const struct machine_node *node, long long *all, long long *largest)
{
	*all = *largest = 0;
	for (unsigned i = 0; i < node->caches; i++) {
		long long size = node->cache[i].size;

		if (size <= 0)
			continue;
		*all += size;
		if (size > *largest)
			*largest = size;
	}
}

static size_t round_up(size_t size)
{
	return (size + GRAIN - 1) / GRAIN * GRAIN;
}

/* Of a buffer that is to be much larger than CACHE bytes. */
static size_t size_beyond(const struct measurement *measurement, long long cache)
{
	size_t times = measurement->options.quick ? TIMES_QUICK : TIMES;
	size_t size = cache > 0 ? round_up((size_t)cache * times) : USUAL_BUFFER;

	return size < LEAST_BUFFER ? LEAST_BUFFER : size;
}

/* What of its memory may be taken. */
static size_t room_of(const struct measurement *measurement, long long free)
{
	size_t room = (size_t)free / FREE_PART;

	if (measurement->options.buffer)
		room *= FREE_PART - 1;
	return room / GRAIN * GRAIN;
}

static void add_target(const struct topology_node *node, size_t buffer, size_t chased,
                       struct measurement *measurement)
{
	struct measurement_target *target = &measurement->target[measurement->targets++];

	*target = (struct measurement_target){
		.node = node->id,
		.buffer = buffer,
		.free = node->memory.free,
		.fate = MEASUREMENT_WAITING,
		.huge = MEASUREMENT_UNKNOWN,
		.other = -1,
	};
	if (measurement->options.limit >= 0 &&
	    (target->free < 0 || measurement->options.limit < target->free))
		target->free = measurement->options.limit;
	if (target->free >= 0 && room_of(measurement, target->free) < buffer) {
		target->buffer = room_of(measurement, target->free);
		target->is_bounded = true;
	}
	/* The other half is the load's. */
	if (measurement->options.loaded)
		target->chased = target->buffer / 2;
	else
		target->chased = chased < target->buffer ? chased : target->buffer;
	if (target->buffer < measurement_least_buffer(measurement) ||
	    (measurement->options.buffer && target->is_bounded))
		target->fate = MEASUREMENT_NO_MEMORY;
}

static void add_targets(const struct topology *topology, const struct machine *machine,
                        struct measurement *measurement)
{
	size_t buffer = measurement->options.buffer, chased = buffer;
	long long largest = 0;

	measurement->cache = 0;
	for (unsigned i = 0; i < topology->count; i++) {
		long long all, one;

		if (!idset_overlap(&topology->node[i].cpus, &topology->allowed_cpus))
			continue;
		count_caches(&machine->node[i], &all, &one);
		measurement->cache = all > measurement->cache ? all : measurement->cache;
		largest = one > largest ? one : largest;
	}
	if (!buffer) {
		buffer = size_beyond(measurement, measurement->cache);
		chased = size_beyond(measurement, largest);
	}
	if (!measurement->cache)
		measurement->cache = MEASUREMENT_UNKNOWN;
	measurement->buffer = buffer;
	measurement->chased = measurement->options.loaded ? buffer / 2 : chased;
	for (unsigned i = 0; i < topology->count; i++)
		if (idset_has(&topology->allowed_nodes, topology->node[i].id))
			add_target(&topology->node[i], buffer, chased, measurement);
}

static size_t pairs_of(const struct measurement *measurement)
{
	return (size_t)measurement->initiators * measurement->targets;
}

int measurement_plan(struct topology *topology, const struct machine *machine,
                     const struct measurement_options *options, struct measurement *measurement)
{
	*measurement = (struct measurement){
		.options = *options,
		.runs = options->quick ? RUNS_QUICK : RUNS,
		.duration = options->quick ? DURATION_QUICK : DURATION,
	};
	/* Not of no bytes. */
	measurement->initiator = calloc(topology->count + 1, sizeof(*measurement->initiator));
	measurement->target = calloc(topology->count + 1, sizeof(*measurement->target));
	if (!measurement->initiator || !measurement->target)
		return -ENOMEM;
	for (unsigned i = 0; i < topology->count; i++)
		if (add_initiator(topology, &topology->node[i], measurement))
			return -ENOMEM;
	add_targets(topology, machine, measurement);
	measurement->figure =
		calloc(pairs_of(measurement) * MEASUREMENT_KINDS + 1, sizeof(*measurement->figure));
	measurement->level = calloc(pairs_of(measurement) * MEASUREMENT_LEVELS * 2 + 1,
	                            sizeof(*measurement->level));
	if (!measurement->figure || !measurement->level)
		return -ENOMEM;
	for (unsigned i = 0; i < measurement->targets; i++)
		if (measurement->target[i].fate == MEASUREMENT_WAITING)
			measurement->planned +=
				measurement->initiators * measurement->runs *
				(options->loaded ? MEASUREMENT_LEVELS : MEASUREMENT_KINDS);
	return 0;
}

void measurement_free(struct measurement *measurement)
{
	for (unsigned i = 0; measurement->initiator && i < measurement->initiators; i++)
		free(measurement->initiator[i].cpu);
	free(measurement->initiator);
	free(measurement->target);
	free(measurement->figure);
	free(measurement->level);
	*measurement = (struct measurement){ 0 };
}

unsigned measurement_most_threads(const struct measurement *measurement)
{
	unsigned most = 0;

	for (unsigned i = 0; i < measurement->initiators; i++)
		if (measurement->initiator[i].threads > most)
			most = measurement->initiator[i].threads;
	return most;
}

size_t measurement_least_buffer(const struct measurement *measurement)
{
	size_t least = round_up(measurement_most_threads(measurement) * STREAM_LEAST);

	return measurement->options.loaded ? 2 * least : least;
}

/* Each run begins by the start of its threads, and pages come at some GiB a second. */
unsigned long long measurement_time(const struct measurement *measurement)
{
	unsigned long long time =
		measurement->planned * (measurement->duration + 3000000) +
		measurement->planned / measurement->runs * measurement->duration / 4;

	for (unsigned i = 0; i < measurement->targets; i++)
		if (measurement->target[i].fate == MEASUREMENT_WAITING)
			time += measurement->target[i].buffer / 2 +
			        measurement->target[i].chased / CHASE_LINE * 20;
	return time;
}

struct sample *measurement_figure(const struct measurement *measurement, unsigned initiator,
                                  unsigned target, enum measurement_kind kind)
{
	size_t pair = (size_t)initiator * measurement->targets + target;

	return &measurement->figure[pair * MEASUREMENT_KINDS + kind];
}

double measurement_median(const struct measurement *measurement, unsigned initiator,
                          unsigned target, enum measurement_kind kind)
{
	const struct sample *sample = measurement_figure(measurement, initiator, target, kind);

	return sample->count ? sample_median(sample) : (double)MEASUREMENT_UNKNOWN;
}

unsigned long long measurement_bandwidth(const struct measurement *measurement, unsigned target)
{
	double most = 0;

	for (unsigned i = 0; i < measurement->initiators; i++) {
		double read = measurement_median(measurement, i, target, MEASUREMENT_READ);
		double write = measurement_median(measurement, i, target, MEASUREMENT_WRITE);
		double lesser = read < write ? read : write;

		if (lesser > most)
			most = lesser;
	}
	return (unsigned long long)most;
}

struct sample *measurement_level(const struct measurement *measurement, unsigned initiator,
                                 unsigned target, unsigned load, bool bandwidth)
{
	size_t pair = (size_t)initiator * measurement->targets + target;

	return &measurement->level[(pair * MEASUREMENT_LEVELS + load) * 2 + bandwidth];
}
