#include "measure.h"

#include <errno.h>
#include <string.h>

#include "lib/interrupt.h"
#include "lib/kernel.h"
#include "lib/memlimit.h"
#include "lib/util.h"
#include "machine.h"
#include "measurement.h"
#include "narration.h"
#include "placement.h"
#include "policy.h"
#include "report/heat.h"
#include "report/measure.h"
#include "report/measured.h"
#include "request.h"
#include "schedule.h"
#include "topology.h"

static void stop(int signal)
{
	(void)signal;
	schedule_stop();
}

static void load(struct topology *topology, struct machine *machine)
{
	int error;

	placement_load(topology, TOPOLOGY_HAS_MEMORY | TOPOLOGY_NODE_CPUS | TOPOLOGY_MEMORY |
	                                 TOPOLOGY_DISTANCES);
	if (!topology->is_numa)
		util_die(util_failure, "--measure: this kernel has no NUMA support (there are no "
		                       "nodes to measure between)");
	error = machine_load(topology, machine);
	if (error)
		util_die(util_failure, "%s: %s", machine->failed, util_reason(error));
}

static long long read_limit(const struct topology *topology)
{
	char path[MEMLIMIT_PATH];
	long long left;
	int error = memlimit_left(topology->root, false, &left, path);

	if (error)
		util_die(util_failure, "%s: %s", path, util_reason(error));
	return left;
}

/* What was asked for and cannot be measured. */
static void check(const struct request *request, const struct topology *topology,
                  const struct measurement *measurement)
{
	const struct request_measure *measure = &request->measure;
	unsigned most = measurement_most_threads(measurement);
	char size[UTIL_SIZE], least[UTIL_SIZE], list[IDSET_TEXT];

	if (!measurement->initiators && !idset_empty(&measurement->alone))
		util_die(util_failure,
		         "--loaded: needs two CPUs on a node (allowed CPUs: %s), one of them for "
		         "the load",
		         idset_text(&topology->allowed_cpus, list));
	if (!measurement->initiators || !measurement->targets)
		util_die(util_failure, "--measure: there is no node whose %s may be used",
		         measurement->initiators ? "memory" : "CPUs");
	if (measure->threads > most)
		util_die(util_failure,
		         "--threads=%u: no node has that many CPUs to use (the most: %u)",
		         measure->threads, most);
	if (measure->loaded && measure->threads == 1)
		util_die(util_failure, "--threads=1: --loaded needs two, one of them for the load");
	if (measure->buffer && measure->buffer < measurement_least_buffer(measurement))
		util_die(util_failure, "--buffer: %s is too small for %u threads (the least: %s)",
		         util_size(measure->buffer, size), most,
		         util_size(measurement_least_buffer(measurement), least));
}

static void show(const struct request *request, const struct measure_report *report)
{
	if (request->json)
		measured_json(report);
	else if (request->svg)
		heat_show(report);
	else
		measure_text(report);
	request_close_stdout();
}

/* Whether all that was wanted has been measured. */
static bool is_whole(const struct measurement *measurement)
{
	for (unsigned i = 0; i < measurement->targets; i++)
		if (measurement->target[i].fate != MEASUREMENT_DONE)
			return false;
	return !measurement->is_interrupted;
}

static void measure(const struct request *request, struct topology *topology,
                    struct measurement *measurement)
{
	const char *call;
	int error;

	interrupt_catch(stop);
	narration_tell(false, request->verbose);
	error = schedule_run(measurement, measure_progress, &call);
	measure_progress_end();
	if (error == -ESTALE)
		util_die(util_failure, "--measure: a thread was moved from its CPU meanwhile (the "
		                       "cpuset changed, or the CPU went offline)");
	if (error)
		util_die(util_failure, "%s: %s: %s", call, strerror(-error),
		         policy_reason(topology, error));
	if (measurement->is_interrupted)
		util_warn("interrupted");
}

void measure_bandwidths(const struct request *request, struct topology *topology,
                        const unsigned id[], unsigned count, unsigned long long bandwidth[])
{
	const struct measurement_options options = { .limit = read_limit(topology) };
	struct machine machine;
	struct measurement measurement;

	load(topology, &machine);
	if (measurement_plan(topology, &machine, &options, &measurement))
		util_die(util_failure, "%s", strerror(ENOMEM));
	check(request, topology, &measurement);
	measure(request, topology, &measurement);
	if (measurement.is_interrupted)
		util_die(util_failure, "nothing was set");
	for (unsigned i = 0; i < count; i++) {
		bandwidth[i] = 0;
		for (unsigned t = 0; t < measurement.targets; t++)
			if (measurement.target[t].node == id[i])
				bandwidth[i] = measurement_bandwidth(&measurement, t);
	}
	measurement_free(&measurement);
	machine_free(&machine);
}

int measure_run(const struct request *request, struct topology *topology)
{
	const struct measurement_options options = { request->measure.threads,
		                                     request->measure.buffer, read_limit(topology),
		                                     request->measure.loaded,
		                                     request->measure.quick };
	struct machine machine;
	struct measurement measurement;
	struct measure_report report = { &measurement, topology, &machine, request->dry_run,
		                         request->weights };
	int status = 0;

	load(topology, &machine);
	if (measurement_plan(topology, &machine, &options, &measurement))
		util_die(util_failure, "%s", strerror(ENOMEM));
	check(request, topology, &measurement);
	if (!request->dry_run) {
		measure(request, topology, &measurement);
		status = !is_whole(&measurement);
	}
	show(request, &report);
	measurement_free(&measurement);
	machine_free(&machine);
	return status;
}
