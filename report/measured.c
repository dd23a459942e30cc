#include "report/measured.h"

#include <stdbool.h>
#include <stdio.h>

#include "lib/idset.h"
#include "lib/sample.h"
#include "lib/stream.h"
#include "measurement.h"
#include "report/measure.h"
#include "report/value.h"
#include "report/weights.h"

/* One decimal is more than the figures bear. */
static void json_decimal(double value)
{
	if (value < 0)
		printf("null");
	else
		printf("%.1f", value);
}

static void json_sample(const struct sample *sample)
{
	if (!sample->count) {
		printf("null");
		return;
	}
	printf("{ \"median\": ");
	json_decimal(sample_median(sample));
	printf(", \"spread\": %.3f, \"noisy\": %s, \"runs\": [", sample_spread(sample),
	       sample_is_noisy(sample) ? "true" : "false");
	for (unsigned i = 0; i < sample->count; i++) {
		printf("%s", i ? ", " : "");
		json_decimal(sample->value[i]);
	}
	printf("] }");
}

static void json_method(const struct measure_report *report)
{
	const struct measurement *measurement = report->measurement;
	unsigned long long time =
		report->is_plan ? measurement_time(measurement) : measurement->elapsed;

	printf("\"method\": { \"runs\": %u, \"duration\": %llu, \"stores\": \"%s\", \"cache\": ",
	       measurement->runs, measurement->duration,
	       stream_stores_past_caches() ? "past caches" : "ordinary");
	json_number(measurement->cache, measurement->cache > 0);
	printf(", \"quick\": %s, \"seconds\": %.3f }",
	       measurement->options.quick ? "true" : "false", (double)time / 1e9);
}

static void json_initiators(const struct measurement *measurement)
{
	printf("\"initiators\": [");
	for (unsigned i = 0; i < measurement->initiators; i++) {
		const struct measurement_initiator *initiator = &measurement->initiator[i];
		struct idset cpus = { 0 };

		for (unsigned k = 0; k < initiator->threads; k++)
			idset_add(&cpus, initiator->cpu[k]);
		printf("%s{ \"node\": %u, \"threads\": %u, \"cpus\": ", i ? ",\n    " : "",
		       initiator->node, initiator->threads);
		json_set(&cpus);
		printf(" }");
	}
	printf("]");
}

static void json_targets(const struct measurement *measurement)
{
	static const char *const fates[] = {
		[MEASUREMENT_DONE] = "null",
		[MEASUREMENT_WAITING] = "\"not begun\"",
		[MEASUREMENT_NO_MEMORY] = "\"too little memory\"",
		[MEASUREMENT_ELSEWHERE] = "\"buffer elsewhere\"",
	};

	printf("\"targets\": [");
	for (unsigned i = 0; i < measurement->targets; i++) {
		const struct measurement_target *target = &measurement->target[i];

		printf("%s{ \"node\": %u, \"buffer\": %zu, \"chased\": %zu, \"bounded\": %s, "
		       "\"free\": ",
		       i ? ",\n    " : "", target->node, target->buffer, target->chased,
		       target->is_bounded ? "true" : "false");
		json_number(target->free, target->free >= 0);
		printf(", \"huge\": ");
		json_number(target->huge, target->huge >= 0);
		printf(", \"pages\": ");
		if (target->asked)
			printf("{ \"asked\": %u, \"on_node\": %u }", target->asked,
			       target->on_node);
		else
			printf("null");
		printf(", \"left_out\": %s }", fates[target->fate]);
	}
	printf("]");
}

static void json_known(const struct measure_report *report, unsigned i, unsigned t)
{
	static const struct {
		const char *name;
		enum measure_fact which;
	} known[] = { { "distance", MEASURE_DISTANCE },
		      { "hmat_latency", MEASURE_HMAT_LATENCY },
		      { "hmat_bandwidth", MEASURE_HMAT_BANDWIDTH } };

	for (int k = 0; k < 3; k++) {
		double value = measure_known(report, i, t, known[k].which);

		printf(", \"%s\": ", known[k].name);
		json_number((long long)value, value >= 0);
	}
}

static void json_levels(const struct measurement *measurement, unsigned i, unsigned t)
{
	const char *separator = "";

	printf(",\n      \"loaded\": ");
	if (!measurement->options.loaded) {
		printf("null");
		return;
	}
	printf("[");
	for (unsigned k = 0; k < MEASUREMENT_LEVELS; k++) {
		const struct sample *latency = measurement_level(measurement, i, t, k, false);

		if (!latency->count)
			continue;
		printf("%s\n        { \"load\": %u, \"bandwidth\": ", separator,
		       measurement_loads[k]);
		json_sample(measurement_level(measurement, i, t, k, true));
		printf(", \"latency\": ");
		json_sample(latency);
		printf(" }");
		separator = ",";
	}
	printf("]");
}

static void json_pair(const struct measure_report *report, unsigned i, unsigned t)
{
	const struct measurement *measurement = report->measurement;

	printf("{ \"initiator\": %u, \"target\": %u", measurement->initiator[i].node,
	       measurement->target[t].node);
	json_known(report, i, t);
	for (unsigned kind = 0; kind < MEASUREMENT_KINDS; kind++) {
		printf(",\n      \"%s\": ", measurement_kind_names[kind]);
		json_sample(measurement_figure(measurement, i, t, kind));
	}
	json_levels(measurement, i, t);
	printf(" }");
}

void measured_json(const struct measure_report *report)
{
	const struct measurement *measurement = report->measurement;
	const char *separator = "";

	printf("{ \"plan\": %s, \"complete\": %s,\n  ", report->is_plan ? "true" : "false",
	       report->is_plan || measurement->is_interrupted ? "false" : "true");
	json_method(report);
	printf(",\n  ");
	json_initiators(measurement);
	printf(",\n  ");
	json_targets(measurement);
	printf(",\n  \"pairs\": [");
	for (unsigned i = 0; i < measurement->initiators; i++)
		for (unsigned t = 0; t < measurement->targets; t++) {
			printf("%s\n    ", separator);
			json_pair(report, i, t);
			separator = ",";
		}
	printf(" ],\n  \"weights\": ");
	if (report->weights && !report->is_plan)
		weights_show_measured(measurement, true);
	else
		printf("null");
	printf(" }\n");
}
