#include "report/measure.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/chase.h"
#include "lib/idset.h"
#include "lib/sample.h"
#include "lib/stream.h"
#include "lib/util.h"
#include "machine.h"
#include "measurement.h"
#include "report/terminal.h"
#include "report/value.h"
#include "report/weights.h"
#include "topology.h"

/* The head: how it is measured */

static void print_label(const char *label)
{
	printf("%-12s", label);
}

static void print_initiators(const struct measurement *measurement)
{
	print_label("from:");
	for (unsigned i = 0; i < measurement->initiators; i++) {
		const struct measurement_initiator *initiator = &measurement->initiator[i];
		struct idset cpus = { 0 };
		char list[IDSET_TEXT];

		for (unsigned k = 0; k < initiator->threads; k++)
			idset_add(&cpus, initiator->cpu[k]);
		if (i)
			print_label("");
		printf("node %u: %u thread%s on CPU%s %s\n", initiator->node, initiator->threads,
		       initiator->threads == 1 ? "" : "s", initiator->threads == 1 ? "" : "s",
		       idset_text(&cpus, list));
	}
}

void measure_describe_buffers(const struct measure_report *report, char text[MEASURE_TEXT])
{
	const struct measurement *measurement = report->measurement;
	char size[UTIL_SIZE], cache[UTIL_SIZE], chased[UTIL_SIZE];
	int length;

	length = snprintf(text, MEASURE_TEXT, "%s", util_size(measurement->buffer, size));
	if (measurement->chased < measurement->buffer)
		length += snprintf(text + length, MEASURE_TEXT - (size_t)length, ", latencies %s",
		                   util_size(measurement->chased, chased));
	if (measurement->cache > 0)
		snprintf(text + length, MEASURE_TEXT - (size_t)length,
		         " (%.1f times the last-level caches of a node, %s)",
		         (double)measurement->buffer / (double)measurement->cache,
		         util_size((unsigned long long)measurement->cache, cache));
	else
		snprintf(text + length, MEASURE_TEXT - (size_t)length,
		         " (the kernel tells no last-level cache)");
}

void measure_describe_method(const struct measure_report *report, char text[MEASURE_TEXT])
{
	const struct measurement *measurement = report->measurement;

	snprintf(text, MEASURE_TEXT, "medians of %u runs of %llu ms", measurement->runs,
	         measurement->duration / 1000000);
}

static void print_buffers(const struct measure_report *report)
{
	const struct measurement *measurement = report->measurement;
	char text[MEASURE_TEXT], size[UTIL_SIZE], free[UTIL_SIZE];

	measure_describe_buffers(report, text);
	print_label("buffers:");
	printf("%s\n", text);
	for (unsigned i = 0; i < measurement->targets; i++) {
		const struct measurement_target *target = &measurement->target[i];

		if (!target->is_bounded || target->fate == MEASUREMENT_NO_MEMORY)
			continue;
		print_label("");
		printf("node %u: %s, as %s are free", target->node, util_size(target->buffer, size),
		       util_size((unsigned long long)target->free, free));
		if (measurement->cache > 0)
			printf(" (%.1f times the caches)",
			       (double)target->buffer / (double)measurement->cache);
		putchar('\n');
	}
}

/* Nodes whose buffer was on huge pages as a whole, in part, or not; and those of which that is not
 * known. */
static void print_pages(const struct measurement *measurement)
{
	static const char *const words[] = { "huge", "base", "not known" };
	struct idset nodes[3] = { 0 };
	char size[UTIL_SIZE], whole[UTIL_SIZE], list[IDSET_TEXT];
	const char *label = "pages:";

	for (unsigned i = 0; i < measurement->targets; i++) {
		const struct measurement_target *target = &measurement->target[i];

		if (target->fate != MEASUREMENT_DONE)
			continue;
		if (target->huge <= 0 || (size_t)target->huge >= target->buffer) {
			idset_add(&nodes[target->huge > 0   ? 0
			                 : target->huge < 0 ? 2
			                                    : 1],
			          target->node);
			continue;
		}
		print_label(label);
		label = "";
		printf("node %u: huge for %s of %s\n", target->node,
		       util_size((unsigned long long)target->huge, size),
		       util_size(target->buffer, whole));
	}
	for (int k = 0; k < 3; k++) {
		if (idset_empty(&nodes[k]))
			continue;
		print_label(label);
		label = "";
		printf("%s on node%s %s%s\n", words[k], idset_count(&nodes[k]) > 1 ? "s" : "",
		       idset_text(&nodes[k], list),
		       k == 1 ? " (latencies hold what it takes to look addresses up)" : "");
	}
}

static void print_left_out(const struct measurement *measurement)
{
	char size[UTIL_SIZE], free[UTIL_SIZE], list[IDSET_TEXT];
	const char *label = "left out:";

	if (!idset_empty(&measurement->alone)) {
		print_label(label);
		label = "";
		printf("from node %s: one CPU only, so that none is left for a load\n",
		       idset_text(&measurement->alone, list));
	}
	for (unsigned i = 0; i < measurement->targets; i++) {
		const struct measurement_target *target = &measurement->target[i];

		if (target->fate != MEASUREMENT_NO_MEMORY && target->fate != MEASUREMENT_ELSEWHERE)
			continue;
		print_label(label);
		label = "";
		printf("node %u: ", target->node);
		if (target->fate == MEASUREMENT_NO_MEMORY && target->is_bounded)
			printf("too little memory is free: %s\n",
			       util_size((unsigned long long)target->free, free));
		else if (target->fate == MEASUREMENT_NO_MEMORY)
			printf("no memory for a buffer of %s\n", util_size(target->buffer, size));
		else if (target->other >= 0)
			printf("%.0f%% of its buffer were on other nodes (such as %d)\n",
			       100.0 * (target->asked - target->on_node) / target->asked,
			       target->other);
		else
			printf("a part of its buffer was not in memory\n");
	}
}

static void print_head(const struct measure_report *report)
{
	const struct measurement *measurement = report->measurement;
	char text[MEASURE_TEXT];

	print_initiators(measurement);
	print_buffers(report);
	if (!report->is_plan)
		print_pages(measurement);
	print_label("latency:");
	printf("one thread; each load needs the one before, over a random cycle of all lines of %d "
	       "bytes\n",
	       CHASE_LINE);
	print_label(measurement->options.loaded ? "load:" : "bandwidth:");
	if (measurement->options.loaded)
		printf("the other threads read, for a part of the time\n");
	else
		printf("all threads; bytes read and written, %s; mix: two read, one written\n",
		       stream_stores_past_caches() ? "stores past the caches" : "ordinary stores");
	measure_describe_method(report, text);
	print_label("figures:");
	printf("%s, and their spread (from the least to the most); * above 10%%\n", text);
	print_left_out(measurement);
}

/* Matrices */

/* A cell is a number, and of what was measured the spread. */
struct cell {
	double value;  /* negative: not known */
	unsigned runs; /* 0: it was not measured */
	bool is_noisy;
	double spread;
};

struct table {
	const struct measure_report *report;
	int kind;  /* enum measurement_kind, or */
	int known; /* enum measure_fact; -1: it is measured */
	int decimals, width;
	bool more_is_better;
};

static unsigned place_of(const struct topology *topology, unsigned node)
{
	unsigned i = 0;

	while (topology->node[i].id != node)
		i++;
	return i;
}

double measure_known(const struct measure_report *report, unsigned initiator, unsigned target,
                     enum measure_fact which)
{
	const struct topology *topology = report->topology;
	unsigned from = report->measurement->initiator[initiator].node;
	unsigned to = place_of(topology, report->measurement->target[target].node), distance;
	const struct machine_access *access = &report->machine->node[to].access;

	if (which == MEASURE_DISTANCE) {
		distance = topology_distance(topology, place_of(topology, from), to);
		return distance ? (double)distance : -1;
	}
	/* HMAT's values are those from the nearest initiators alone. */
	if (access->class < 0 || !idset_has(&access->initiators, from))
		return -1;
	return (double)(which == MEASURE_HMAT_LATENCY ? access->read_latency
	                                              : access->read_bandwidth);
}

static struct cell cell_at(const struct table *table, unsigned i, unsigned t)
{
	const struct sample *sample;

	if (table->known >= 0)
		return (struct cell){ .value = measure_known(table->report, i, t,
			                                     (enum measure_fact)table->known) };
	sample = measurement_figure(table->report->measurement, i, t,
	                            (enum measurement_kind)table->kind);
	if (!sample->count)
		return (struct cell){ .value = -1 };
	return (struct cell){ .value = sample_median(sample),
		              .runs = sample->count,
		              .is_noisy = sample_is_noisy(sample),
		              .spread = sample_spread(sample) };
}

/* false where nothing is known of any. */
static bool find_range(const struct table *table, double *least, double *most)
{
	const struct measurement *measurement = table->report->measurement;

	*least = *most = -1;
	for (unsigned i = 0; i < measurement->initiators; i++)
		for (unsigned t = 0; t < measurement->targets; t++) {
			double value = cell_at(table, i, t).value;

			if (value < 0)
				continue;
			if (*least < 0 || value < *least)
				*least = value;
			if (value > *most)
				*most = value;
		}
	return *most >= 0;
}

/* Nothing is behind the last one of a row. */
static void print_spread(const struct cell *cell, bool is_last)
{
	double percent = cell->spread * 100;

	if (cell->runs == 1)
		printf(" %4s%s", "-", is_last ? "" : " ");
	else if (cell->runs)
		printf(" %3.0f%%%s", percent > 999 ? 999 : percent,
		       cell->is_noisy ? "*"
		       : is_last      ? ""
		                      : " ");
}

static void print_cells(const struct table *table, unsigned first, unsigned end, double least,
                        double most)
{
	const struct measurement *measurement = table->report->measurement;
	bool more = table->more_is_better;
	int spread = table->known < 0 ? 6 : 0;

	printf("     ");
	for (unsigned t = first; t < end; t++)
		printf(" %*u%*s", table->width, measurement->target[t].node,
		       t + 1 < end ? spread : 0, "");
	putchar('\n');
	for (unsigned i = 0; i < measurement->initiators; i++) {
		printf("%4u:", measurement->initiator[i].node);
		for (unsigned t = first; t < end; t++) {
			struct cell cell = cell_at(table, i, t);
			char text[32];

			if (cell.value < 0) {
				printf(" %*s%*s", table->width, "-", t + 1 < end ? spread : 0, "");
				continue;
			}
			snprintf(text, sizeof(text), " %*.*f", table->width, table->decimals,
			         cell.value);
			terminal_shade(text, cell.value, more ? most : least, more ? least : most);
			print_spread(&cell, t + 1 == end);
		}
		putchar('\n');
	}
}

/* As many columns at a time as a terminal has room for. */
static void print_matrix(const struct table *table, const char *heading)
{
	unsigned targets = table->report->measurement->targets;
	unsigned cell = (unsigned)table->width + (table->known < 0 ? 7 : 1);
	unsigned width = terminal_width(), columns = targets;
	double least, most;

	if (!find_range(table, &least, &most))
		return;
	if (width)
		columns = width > cell + 5 ? (width - 5) / cell : 1;
	printf("\n%s:\n", heading);
	for (unsigned first = 0; first < targets; first += columns)
		print_cells(table, first, first + columns < targets ? first + columns : targets,
		            least, most);
}

static void print_matrices(const struct measure_report *report)
{
	struct table table = { report, MEASUREMENT_LATENCY, -1, 1, 8, false };

	print_matrix(&table,
	             "latency in ns, from CPUs of the row's node to memory of the column's");
	table.decimals = 0;
	table.more_is_better = true;
	for (table.kind = MEASUREMENT_READ; table.kind < MEASUREMENT_KINDS; table.kind++) {
		char heading[32];

		snprintf(heading, sizeof(heading), "%s in MiB/s",
		         measurement_kind_names[table.kind]);
		print_matrix(&table, heading);
	}
}

/* Beside what was measured. */
static void print_known(const struct measure_report *report)
{
	struct table table = { report, 0, MEASURE_DISTANCE, 0, 8, false };

	print_matrix(&table, "distance, as the kernel has it");
	table.known = MEASURE_HMAT_LATENCY;
	print_matrix(&table, "latency in ns, as the firmware says (HMAT)");
	table.known = MEASURE_HMAT_BANDWIDTH;
	table.more_is_better = true;
	print_matrix(&table, "read in MiB/s, as the firmware says (HMAT)");
}

static void print_sample(const struct sample *sample, int decimals, bool is_last)
{
	struct cell cell = { 0, sample->count, sample_is_noisy(sample), sample_spread(sample) };

	printf(" %8.*f", decimals, sample_median(sample));
	print_spread(&cell, is_last);
}

static void print_loaded(const struct measure_report *report, unsigned i, unsigned t)
{
	const struct measurement *measurement = report->measurement;

	if (!measurement_level(measurement, i, t, 0, false)->count)
		return;
	printf("\nlatency from node %u to node %u under a load:\n", measurement->initiator[i].node,
	       measurement->target[t].node);
	printf("%5s %8s %14s\n", "load", "MiB/s", "ns");
	for (unsigned k = 0; k < MEASUREMENT_LEVELS; k++) {
		const struct sample *latency = measurement_level(measurement, i, t, k, false);

		if (!latency->count)
			continue;
		printf("%4u%%", measurement_loads[k]);
		print_sample(measurement_level(measurement, i, t, k, true), 0, false);
		print_sample(latency, 1, true);
		putchar('\n');
	}
}

void measure_text(const struct measure_report *report)
{
	const struct measurement *measurement = report->measurement;

	print_head(report);
	if (report->is_plan) {
		print_label("time:");
		printf("about %.0f s for %u runs\n",
		       (double)measurement_time(measurement) / 1e9 + 0.5, measurement->planned);
		return;
	}
	if (measurement->is_interrupted) {
		print_label("incomplete:");
		printf("interrupted after %u of %u runs\n", measurement->done,
		       measurement->planned);
	}
	for (unsigned i = 0; i < measurement->initiators && measurement->options.loaded; i++)
		for (unsigned t = 0; t < measurement->targets; t++)
			print_loaded(report, i, t);
	print_matrices(report);
	print_known(report);
	if (report->weights)
		weights_show_measured(measurement, false);
}

/* Progress */

static bool is_drawn;

void measure_progress(const struct measurement *measurement)
{
	unsigned left = measurement->planned - measurement->done;
	double seconds = (double)measurement_time(measurement) / 1e9 * left / measurement->planned;

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\rmeasuring: %u of %u runs, about %.0f s left\033[K", measurement->done,
	        measurement->planned, seconds);
	fflush(stderr);
	is_drawn = true;
}

void measure_progress_end(void)
{
	if (is_drawn)
		fprintf(stderr, "\r\033[K");
	is_drawn = false;
}
