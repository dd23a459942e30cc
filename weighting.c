#include "weighting.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attribute.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "machine.h"
#include "measure.h"
#include "narration.h"
#include "placement.h"
#include "report/weights.h"
#include "request.h"
#include "topology.h"
#include "weight.h"

/* Of the nodes with memory, by ascending id. */
struct weighting {
	const struct request *request;
	struct topology *topology;
	unsigned count;
	unsigned *id, *before, *wanted, *after; /* wanted: 0 where it stays as it is */
	unsigned *firmware;                     /* by its bandwidths; 0 where not known */
	double firmware_error;                  /* as weight_derive; negative: none is known */
	bool to_automatic;
	int was_automatic;     /* 1, 0; -1: there is no such file */
	const char *automatic; /* its name */
	double error;          /* of wanted, against the exact ratio; negative: none */
};

__attribute__((format(printf, 2, 3), noreturn)) static void fail(const struct weighting *weighting,
                                                                 const char *format, ...)
{
	char sentence[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	util_die(util_failure, "--set-weights=%s: %s", weighting->request->set_weights, sentence);
}

static const char *reason_of(int error)
{
	if (error == -EACCES || error == -EPERM)
		return "it needs root (of the machine, not of a container)";
	if (error == -EROFS)
		return "/sys is mounted read-only, as in a container";
	if (error == -ENODEV)
		return "the firmware tells no bandwidths to make automatic weights of";
	return strerror(-error);
}

static int read_automatic(struct weighting *weighting)
{
	static const char *const names[] = { MACHINE_AUTO, MACHINE_AUTO_TYPE };
	struct attribute_reader reader = { .root = weighting->topology->root };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int flag, result = attribute_flag(&reader, &flag, MACHINE_WEIGHTS "/%s", names[i]);

		if (result < 0)
			util_die(util_failure, "%s: %s", reader.path, util_reason(result));
		weighting->automatic = names[i];
		if (result)
			return flag;
	}
	return -1;
}

static void read_weights(const struct weighting *weighting, unsigned *weights)
{
	for (unsigned i = 0; i < weighting->count; i++) {
		int error = topology_weight(weighting->topology, weighting->id[i], &weights[i]);

		if (error == -ENOENT)
			fail(weighting, "%s",
			     weighting->topology->foreign || !kernel_older_than(6, 9)
			             ? "this kernel has no weights (there is no "
			               "/sys/kernel/mm/mempolicy/weighted_interleave)"
			             : "weights need Linux 6.9");
		if (error)
			util_die(util_failure, "%s: %s", weighting->topology->failed,
			         util_reason(error));
	}
}

static void read_firmware(struct weighting *weighting)
{
	struct machine machine;
	int error = machine_load(weighting->topology, &machine);
	unsigned *weight = calloc(machine.count + 1, sizeof(*weight));

	if (error || !weight)
		util_die(util_failure, "%s: %s", error ? machine.failed : "weights",
		         util_reason(error ? error : -ENOMEM));
	weighting->firmware_error = weight_by_hmat(&machine, NULL, weight);
	for (unsigned i = 0, place = 0; i < machine.count; i++)
		if (place < weighting->count && weighting->id[place] == machine.node[i].id)
			weighting->firmware[place++] = weight[i];
	free(weight);
	machine_free(&machine);
}

/* What there is. */
static void look(struct weighting *weighting)
{
	const struct idset *nodes = &weighting->topology->has_memory;

	placement_load(weighting->topology, TOPOLOGY_ABSENT);
	if (!weighting->topology->is_numa || idset_empty(nodes))
		fail(weighting, "this kernel has no NUMA support");
	weighting->id = calloc(5UL * idset_count(nodes), sizeof(*weighting->id));
	if (!weighting->id)
		util_die(util_failure, "%s", strerror(errno));
	for (idset_each(id, nodes))
		weighting->id[weighting->count++] = (unsigned)id;
	weighting->before = weighting->id + weighting->count;
	weighting->wanted = weighting->before + weighting->count;
	weighting->after = weighting->wanted + weighting->count;
	weighting->firmware = weighting->after + weighting->count;
	read_weights(weighting, weighting->before);
	weighting->was_automatic = read_automatic(weighting);
	read_firmware(weighting);
}

static unsigned place_of(const struct weighting *weighting, unsigned long id)
{
	const struct topology *topology = weighting->topology;
	static char list[IDSET_TEXT];
	unsigned place = 0;

	while (place < weighting->count && weighting->id[place] != id)
		place++;
	if (place == weighting->count)
		fail(weighting, "node %lu %s (nodes with memory: %.800s)", id,
		     idset_has(&topology->nodes, (unsigned)id)           ? "has no memory"
		     : idset_has(&topology->offline_nodes, (unsigned)id) ? "is offline"
		                                                         : "does not exist",
		     idset_text(&topology->has_memory, list));
	return place;
}

/* "0:3,1:1" */
static void take_list(struct weighting *weighting)
{
	const char *p = weighting->request->set_weights;

	for (;;) {
		size_t length = strcspn(p, ","), digits = strspn(p, "0123456789");
		unsigned long id, weight;
		unsigned place;

		if (p[digits] != ':' || util_parse_number(p, digits, IDSET_MAX - 1, &id))
			fail(weighting,
			     "'%.*s' is no weight of a node (write NODE:WEIGHT as in 0:3,1:1, or "
			     "hmat, measured, auto)",
			     length > 40 ? 40 : (int)length, p);
		if (util_parse_number(p + digits + 1, length - digits - 1, WEIGHT_MAX, &weight) ||
		    !weight)
			fail(weighting, "'%.*s': weights are from 1 to %d",
			     length > 40 ? 40 : (int)length, p, WEIGHT_MAX);
		place = place_of(weighting, id);
		if (weighting->wanted[place])
			fail(weighting, "node %lu is named twice", id);
		weighting->wanted[place] = (unsigned)weight;
		p += length;
		if (!*p++)
			return;
	}
}

/* Each node needs a weight: WHY it has none. */
static void require_all(const struct weighting *weighting, const char *why)
{
	for (unsigned i = 0; i < weighting->count; i++) {
		if (weighting->wanted[i])
			continue;
		if (!weighting->request->best_effort)
			fail(weighting, "node %u %s (give its weight: NODE:WEIGHT,...)",
			     weighting->id[i], why);
		util_warn("--set-weights=%s: node %u %s; going on with the rest",
		          weighting->request->set_weights, weighting->id[i], why);
	}
}

static void take_hmat(struct weighting *weighting)
{
	if (weighting->firmware_error < 0)
		fail(weighting, "no bandwidth is known (it would be in the HMAT of the firmware)");
	weighting->error = weighting->firmware_error;
	for (unsigned i = 0; i < weighting->count; i++)
		weighting->wanted[i] = weighting->firmware[i];
	require_all(weighting, "has no bandwidth in the firmware's tables");
}

static void take_measured(struct weighting *weighting)
{
	unsigned long long *bandwidth = calloc(weighting->count + 1UL, sizeof(*bandwidth));

	if (!bandwidth)
		util_die(util_failure, "%s", strerror(errno));
	if (weighting->request->dry_run)
		fail(weighting, "what will be measured cannot be foretold (--measure --weights "
		                "shows it)");
	measure_bandwidths(weighting->request, weighting->topology, weighting->id, weighting->count,
	                   bandwidth);
	weighting->error = weight_derive(bandwidth, weighting->count, weighting->wanted);
	free(bandwidth);
	require_all(weighting, "was not measured (--measure tells why)");
}

static void take_automatic(struct weighting *weighting)
{
	if (weighting->was_automatic < 0)
		fail(weighting, "automatic weights need Linux 6.16 (before it each is 1 unless it "
		                "was set)");
	/* weighted_interleave_auto_store() answers ENODEV, whatever they are now. */
	if (!weighting->was_automatic && weighting->firmware_error < 0)
		fail(weighting, "%s", reason_of(-ENODEV));
	weighting->to_automatic = true;
}

/* The sources of weights: each fills in wanted[] and error. */
static const char *take_source(struct weighting *weighting)
{
	static const struct {
		const char *name;
		void (*take)(struct weighting *weighting);
	} sources[] = { { "hmat", take_hmat },
		        { "measured", take_measured },
		        { "auto", take_automatic } };

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (strcmp(weighting->request->set_weights, sources[i].name) != 0)
			continue;
		sources[i].take(weighting);
		return sources[i].name;
	}
	take_list(weighting);
	return "given";
}

/* A node's weight, 1 to 255: files of the whole system. It ends the automatic ones. */
static int write_weight(unsigned node, unsigned weight)
{
	char path[sizeof(MACHINE_WEIGHTS) + 32], text[16];

	snprintf(path, sizeof(path), MACHINE_WEIGHTS "/node%u", node);
	snprintf(text, sizeof(text), "%u", weight);
	return kernel_write(UTIL_HERE, path, text);
}

/* Those of the firmware for all nodes, by the file of that name (Linux 6.16). */
static int write_automatic(const char *file)
{
	char path[sizeof(MACHINE_WEIGHTS) + 32];

	snprintf(path, sizeof(path), MACHINE_WEIGHTS "/%s", file);
	return kernel_write(UTIL_HERE, path, "true");
}

/* All as it was; what cannot be put back is left, as there is nobody to tell it better. */
static void undo(const struct weighting *weighting, unsigned written)
{
	for (unsigned i = 0; i < written; i++)
		if (weighting->wanted[i])
			write_weight(weighting->id[i], weighting->before[i]);
	if (written && weighting->was_automatic == 1)
		write_automatic(weighting->automatic);
}

static void write_all(const struct weighting *weighting)
{
	int error = 0;

	if (weighting->to_automatic && weighting->was_automatic != 1)
		error = write_automatic(weighting->automatic);
	for (unsigned i = 0; i < weighting->count && !error; i++) {
		if (!weighting->wanted[i])
			continue;
		error = write_weight(weighting->id[i], weighting->wanted[i]);
		if (error)
			undo(weighting, i);
	}
	if (error)
		fail(weighting, "%s", reason_of(error));
}

/* Returns whether the kernel has what was written. */
static bool read_back(struct weighting *weighting)
{
	bool same = true;

	read_weights(weighting, weighting->after);
	for (unsigned i = 0; i < weighting->count; i++) {
		if (!weighting->wanted[i] || weighting->after[i] == weighting->wanted[i])
			continue;
		util_warn("--set-weights=%s: the kernel has %u for node %u, not %u (did somebody "
		          "else set them?)",
		          weighting->request->set_weights, weighting->after[i], weighting->id[i],
		          weighting->wanted[i]);
		same = false;
	}
	return same;
}

/* What will be, as far as it can be told. */
static void foresee(struct weighting *weighting)
{
	for (unsigned i = 0; i < weighting->count && !weighting->to_automatic; i++)
		weighting->after[i] =
			weighting->wanted[i] ? weighting->wanted[i] : weighting->before[i];
}

static void report(struct weighting *weighting, const char *source)
{
	bool planned_only = weighting->request->dry_run;
	int now = weighting->was_automatic < 0 ? -1 : weighting->to_automatic;
	struct weights_change change = {
		.source = source,
		.was_automatic = weighting->was_automatic,
		.is_now = planned_only ? now : read_automatic(weighting),
		.goes_back = weighting->was_automatic >= 0 && weighting->firmware_error >= 0,
		.error = weighting->error,
		.count = weighting->count,
		.id = weighting->id,
		.before = weighting->before,
		.after = weighting->after,
		.planned = planned_only,
		.calls = planned_only ? narration_calls() : NULL,
	};

	weights_show_change(&change, weighting->request->json);
	request_close_stdout();
}

int weighting_run(const struct request *request, struct topology *topology)
{
	struct weighting weighting = { .request = request, .topology = topology, .error = -1 };
	const char *source;
	bool same = true;

	look(&weighting);
	source = take_source(&weighting);
	if (request->dry_run)
		narration_plan();
	else
		narration_tell(false, request->verbose);
	write_all(&weighting);
	/* From now on a report that does not get out is none of nothing done. */
	if (!request->dry_run)
		util_failure = 1;
	if (weighting.was_automatic == 1 && !weighting.to_automatic)
		util_warn("--set-weights=%s: turns the weights of the whole system from automatic "
		          "to manual%s",
		          request->set_weights,
		          weighting.firmware_error < 0
		                  ? " until it is started anew (the firmware tells no bandwidths "
		                    "to go back to)"
		                  : " (--set-weights=auto goes back)");
	if (request->dry_run)
		foresee(&weighting);
	else
		same = read_back(&weighting);
	report(&weighting, source);
	free(weighting.id);
	return same ? 0 : 1;
}
