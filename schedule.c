#include "schedule.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/chase.h"
#include "lib/sample.h"
#include "lib/stream.h"
#include "lib/util.h"
#include "measurement.h"
#include "probe.h"

#define MIB (1024.0 * 1024.0)

/* Before the runs that count: caches are filled, and CPUs have come to their speed. */
#define WARMING 4

/* Parts of threads begin with a page. */
#define PART 4096UL

struct schedule {
	struct measurement *measurement;
	void (*progress)(const struct measurement *measurement);
	uint32_t *order; /* of the cycle; owned */
	size_t lines;    /* that it goes through */
	struct probe_task *task;
	struct probe_buffer buffer; /* of the target */
	struct measurement_target *target;
	const char *call; /* that failed */
};

void schedule_stop(void)
{
	probe_stop();
}

static int lay_cycle(struct schedule *schedule)
{
	size_t lines = schedule->target->chased / CHASE_LINE;

	if (lines != schedule->lines) {
		free(schedule->order);
		schedule->lines = 0;
		schedule->order = calloc(lines, sizeof(*schedule->order));
		if (!schedule->order)
			return -ENOMEM;
		chase_order(schedule->order, lines);
		schedule->lines = lines;
	}
	chase_lay(schedule->buffer.start, schedule->order, lines);
	return 0;
}

/* COUNT streams side by side in what begins at START of the buffer. */
static void plan_streams(struct schedule *schedule, enum stream_kind kind, size_t start,
                         const unsigned *cpu, unsigned count, struct probe_task *tasks)
{
	size_t part = (schedule->buffer.length - start) / count / PART * PART;

	for (unsigned i = 0; i < count; i++)
		tasks[i] = (struct probe_task){ .cpu = cpu[i],
			                        .kind = kind,
			                        .load = 100,
			                        .start = schedule->buffer.start + start + i * part,
			                        .length = part };
}

static void plan_chase(struct schedule *schedule, unsigned cpu, struct probe_task *task)
{
	*task = (struct probe_task){ .cpu = cpu, .chases = true, .start = schedule->buffer.start };
}

static double bandwidth_of(const struct probe_task *tasks, unsigned count)
{
	double sum = 0;

	for (unsigned i = 0; i < count; i++)
		sum += (double)tasks[i].count / MIB / ((double)tasks[i].elapsed / 1e9);
	return sum;
}

static double latency_of(const struct probe_task *task)
{
	return (double)task->elapsed / (double)task->count;
}

/* Runs the tasks; what was interrupted counts for nothing. True where they counted. */
static bool run(struct schedule *schedule, unsigned count, unsigned long long duration, int *error)
{
	*error = probe_is_stopped() ? 0 : probe_run(schedule->task, count, duration);
	if (*error)
		schedule->call = *error == -EAGAIN ? "pthread_create" : "sched_setaffinity";
	return !*error && !probe_is_stopped();
}

static void count_run(struct schedule *schedule)
{
	schedule->measurement->done++;
	if (schedule->progress)
		schedule->progress(schedule->measurement);
}

/* The tasks that are there, the first one a chase or all of them streams. */
static int run_figure(struct schedule *schedule, unsigned count, struct sample *sample)
{
	const struct measurement *measurement = schedule->measurement;
	int error;

	if (!run(schedule, count, measurement->duration / WARMING, &error))
		return error;
	for (unsigned i = 0; i < measurement->runs; i++) {
		if (!run(schedule, count, measurement->duration, &error))
			return error;
		sample_add(sample, schedule->task[0].chases ? latency_of(&schedule->task[0])
		                                            : bandwidth_of(schedule->task, count));
		count_run(schedule);
	}
	return 0;
}

/* The first CPU chases, the others stream for a part of the time. */
static int run_level(struct schedule *schedule, const struct measurement_initiator *initiator,
                     unsigned load, struct sample *latency, struct sample *bandwidth)
{
	const struct measurement *measurement = schedule->measurement;
	unsigned others = measurement_loads[load] ? initiator->threads - 1 : 0;
	int error;

	plan_chase(schedule, initiator->cpu[0], schedule->task);
	if (others)
		plan_streams(schedule, STREAM_READ, schedule->target->chased, initiator->cpu + 1,
		             others, schedule->task + 1);
	for (unsigned i = 1; i <= others; i++)
		schedule->task[i].load = measurement_loads[load];
	if (!run(schedule, others + 1, measurement->duration / WARMING, &error))
		return error;
	for (unsigned i = 0; i < measurement->runs; i++) {
		if (!run(schedule, others + 1, measurement->duration, &error))
			return error;
		sample_add(latency, latency_of(schedule->task));
		sample_add(bandwidth, bandwidth_of(schedule->task + 1, others));
		count_run(schedule);
	}
	return 0;
}

static int run_loaded(struct schedule *schedule, unsigned t)
{
	const struct measurement *measurement = schedule->measurement;
	int error = lay_cycle(schedule);

	for (unsigned i = 0; i < measurement->initiators; i++)
		for (unsigned k = 0; k < MEASUREMENT_LEVELS && !error; k++)
			error = run_level(schedule, &measurement->initiator[i], k,
			                  measurement_level(measurement, i, t, k, false),
			                  measurement_level(measurement, i, t, k, true));
	return error;
}

/* Latencies come first, as what is written later breaks the cycle. */
static int run_matrix(struct schedule *schedule, unsigned t)
{
	const struct measurement *measurement = schedule->measurement;
	int error = lay_cycle(schedule);

	for (unsigned i = 0; i < measurement->initiators && !error; i++) {
		plan_chase(schedule, measurement->initiator[i].cpu[0], schedule->task);
		error = run_figure(schedule, 1,
		                   measurement_figure(measurement, i, t, MEASUREMENT_LATENCY));
	}
	for (unsigned i = 0; i < measurement->initiators; i++)
		for (unsigned kind = 0; kind < STREAM_KINDS && !error; kind++) {
			const struct measurement_initiator *initiator = &measurement->initiator[i];

			plan_streams(schedule, kind, 0, initiator->cpu, initiator->threads,
			             schedule->task);
			error = run_figure(schedule, initiator->threads,
			                   measurement_figure(measurement, i, t,
			                                      MEASUREMENT_READ + kind));
		}
	return error;
}

/* What was measured of memory elsewhere is nothing of the node. */
static void forget(const struct measurement *measurement, unsigned t)
{
	for (unsigned i = 0; i < measurement->initiators; i++) {
		for (unsigned kind = 0; kind < MEASUREMENT_KINDS; kind++)
			measurement_figure(measurement, i, t, kind)->count = 0;
		for (unsigned k = 0; k < MEASUREMENT_LEVELS; k++)
			for (unsigned which = 0; which < 2; which++)
				measurement_level(measurement, i, t, k, which)->count = 0;
	}
}

/* Whether the buffer is where it is to be; otherwise its fate is another one. */
static int check_place(struct schedule *schedule)
{
	struct measurement_target *target = schedule->target;
	struct probe_where where;
	int error = probe_locate(&schedule->buffer, &where);

	if (error) {
		schedule->call = "move_pages";
		return error;
	}
	target->asked = where.asked;
	target->on_node = where.on_node;
	target->other = where.other;
	target->fate = where.on_node == where.asked ? MEASUREMENT_DONE : MEASUREMENT_ELSEWHERE;
	return 0;
}

/*
 * Binds the target's buffer, and sees where it is. Where the kernel has taken huge pages of other
 * nodes, small ones may be had of the right one.
 */
static int bind_buffer(struct schedule *schedule)
{
	struct measurement_target *target = schedule->target;
	int error;

	for (int huge = 1; huge >= 0; huge--) {
		error = probe_map(target->node, target->buffer, huge, &schedule->buffer,
		                  &schedule->call);
		if (error)
			return error;
		target->huge = schedule->buffer.huge;
		error = check_place(schedule);
		if (error || target->fate == MEASUREMENT_DONE || !huge || !target->huge)
			break;
		probe_unmap(&schedule->buffer);
	}
	if (error)
		probe_unmap(&schedule->buffer);
	return error;
}

static int run_target(struct schedule *schedule, unsigned t)
{
	const struct measurement *measurement = schedule->measurement;
	struct measurement_target *target = schedule->target = &measurement->target[t];
	int error = bind_buffer(schedule);

	if (error == -ENOMEM) {
		target->fate = MEASUREMENT_NO_MEMORY;
		return 0;
	}
	if (error == -EINTR) {
		target->fate = MEASUREMENT_WAITING;
		return 0;
	}
	if (error)
		return error;
	if (target->fate == MEASUREMENT_DONE) {
		error = measurement->options.loaded ? run_loaded(schedule, t)
		                                    : run_matrix(schedule, t);
		if (!error)
			error = check_place(schedule);
	}
	if (target->fate == MEASUREMENT_ELSEWHERE)
		forget(measurement, t);
	probe_unmap(&schedule->buffer);
	return error;
}

int schedule_run(struct measurement *measurement,
                 void (*progress)(const struct measurement *measurement), const char **call)
{
	struct schedule schedule = { .measurement = measurement, .progress = progress };
	unsigned long long start = util_now();
	int error = 0;

	schedule.call = "calloc";
	schedule.task = calloc(measurement_most_threads(measurement) + 1, sizeof(*schedule.task));
	if (!schedule.task)
		error = -ENOMEM;
	for (unsigned t = 0; t < measurement->targets && !error && !probe_is_stopped(); t++)
		if (measurement->target[t].fate == MEASUREMENT_WAITING)
			error = run_target(&schedule, t);
	measurement->is_interrupted = probe_is_stopped();
	measurement->elapsed = util_now() - start;
	free(schedule.task);
	free(schedule.order);
	*call = schedule.call;
	return error;
}
