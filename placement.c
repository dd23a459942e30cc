#include "placement.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "refusal.h"
#include "request.h"
#include "spec.h"
#include "topology.h"

static const char *const option_names[] = { [PLACEMENT_FROM] = "from",
	                                    [PLACEMENT_TO] = "to",
	                                    [PLACEMENT_CPU_NODES] = "cpunodebind",
	                                    [PLACEMENT_CPUS] = "physcpubind" };

void placement_refuse(bool best_effort, const char *format, ...)
{
	va_list arguments;
	char *sentence;
	int length;

	va_start(arguments, format);
	length = vasprintf(&sentence, format, arguments);
	va_end(arguments);
	if (length < 0)
		util_die(util_failure, "no memory for what is to be said");
	if (!best_effort)
		util_die(util_failure, "%s", sentence);
	util_warn("%s; going on with the rest", sentence);
	free(sentence);
}

void placement_load(struct topology *topology, unsigned parts)
{
	int error = topology_load(topology, parts);

	if (error)
		util_die(util_failure, "%s: %s", topology->failed, util_reason(error));
}

/* Says what --best-effort dropped of a list that is otherwise applied: all of it, and why. */
static void report_dropped(const struct placement_choice *choice, const struct spec_result *result,
                           const struct spec_scope *scope, const struct topology *topology)
{
	static char sentence[REFUSAL_SENTENCE], list[IDSET_TEXT];
	int id = idset_next(&result->dropped, 0);

	if (result->dropped_positions)
		util_warn("--%s=%s: not all of these positions exist; going on with the rest",
		          choice->option, choice->text);
	if (id < 0)
		return;
	refusal_of_id(scope, (unsigned)id, topology, sentence);
	if (idset_count(&result->dropped) == 1)
		util_warn("--%s=%s: %s; going on with the rest", choice->option, choice->text,
		          sentence);
	else
		util_warn("--%s=%s: %s cannot be used: %s; going on with the rest", choice->option,
		          choice->text, idset_text(&result->dropped, list), sentence);
}

/* Why the expression was refused; returns only where --best-effort can do without it. */
static void refuse_choice(const struct request *request, struct topology *topology,
                          const struct spec_scope *scope, const struct placement_choice *choice,
                          struct spec_error error)
{
	struct spec_result result;
	static char sentence[REFUSAL_SENTENCE];
	bool malformed = error.fault < SPEC_NOT_USABLE;

	/* Strictly, the fault is the first id, not that nothing is left. */
	if (!malformed)
		spec_parse(choice->text, scope, false, &result, &error);
	placement_load(topology, TOPOLOGY_ABSENT);
	refusal_explain(choice->text, scope, &error, topology, sentence);
	placement_refuse(request->best_effort && !malformed, "--%s=%s: %s", choice->option,
	                 choice->text, sentence);
}

/* Then memory and CPUs are to be on nodes that have both. */
static bool ranks_memory(const struct request *request)
{
	return spec_has_rank(request->nodes) || spec_has_rank(request->to);
}

/* Returns false, having said so, where --best-effort has to do without the option. */
static bool resolve(const struct request *request, struct topology *topology, enum spec_kind kind,
                    struct advice *advice, struct placement_choice *choice)
{
	struct spec_scope scope;
	struct spec_result result;
	struct spec_error error;

	placement_load(topology, spec_parts(kind));
	if (kind != SPEC_CPUS && !topology->is_numa) {
		placement_refuse(request->best_effort,
		                 "--%s=%s: this kernel has no NUMA support (there is "
		                 "no /sys/devices/system/node)",
		                 choice->option, choice->text);
		return false;
	}
	/* Pages may still be where the cpuset no longer allows any. */
	scope = spec_scope(topology, kind,
	                   request->all || (request->clip_cpus && kind == SPEC_NODE_CPUS) ||
	                           choice->option == option_names[PLACEMENT_FROM]);
	scope.advice = advice;
	scope.ranked_memory |= ranks_memory(request);
	scope.ranked_gpus =
		spec_has_gpu_rank(request->nodes) || spec_has_gpu_rank(request->cpunodebind);
	if (spec_parse(choice->text, &scope, request->best_effort, &result, &error)) {
		refuse_choice(request, topology, &scope, choice, error);
		return false;
	}
	choice->ids = result.ids;
	choice->left_out = result.left_out;
	snprintf(choice->named, sizeof(choice->named), "%s", result.named);
	if (!idset_empty(&result.left_out))
		placement_load(topology, TOPOLOGY_ABSENT);
	report_dropped(choice, &result, &scope, topology);
	return true;
}

/*
 * --all looks beyond the cpuset, but the kernel does not: only nodes that the policy may keep for
 * later (MPOL_F_STATIC_NODES) can lie outside, and one must lie inside.
 */
static bool check_cpuset(const struct request *request, struct topology *topology,
                         struct placement_choice *choice)
{
	struct spec_scope scope = spec_scope(topology, SPEC_MEMORY, false);
	struct idset outside = idset_minus(&choice->ids, &scope.usable);
	static char sentence[REFUSAL_SENTENCE];

	if (idset_empty(&outside) ||
	    (request->static_nodes && idset_overlap(&choice->ids, &scope.usable)))
		return true;
	placement_load(topology, TOPOLOGY_ABSENT);
	refusal_of_id(&scope, (unsigned)idset_next(&outside, 0), topology, sentence);
	placement_refuse(request->best_effort, "--%s=%s: %s", choice->option, choice->text,
	                 sentence);
	choice->ids = idset_and(&choice->ids, &scope.usable);
	return !idset_empty(&choice->ids);
}

static void check_flags(const struct request *request)
{
	const char *needs = "needs a memory policy with nodes (such as --membind)";

	if (request->balancing && request->mode != MPOL_BIND &&
	    request->mode != MPOL_PREFERRED_MANY)
		util_die(util_failure, "--balancing: needs --membind or --preferred-many");
	if (request->static_nodes && request->relative_nodes)
		util_die(util_failure,
		         "--static-nodes: conflicts with --relative-nodes (give one)");
	if (request->static_nodes && !request->nodes)
		util_die(util_failure, "--static-nodes: %s", needs);
	if (request->relative_nodes && !request->nodes)
		util_die(util_failure, "--relative-nodes: %s", needs);
}

static void resolve_memory(const struct request *request, struct topology *topology,
                           struct placement *placement)
{
	struct placement_choice *choice = &placement->choice[PLACEMENT_NODES];

	check_flags(request);
	if (request->mode == REQUEST_NO_MODE)
		return;
	if (request->nodes) {
		choice->option = request->option;
		choice->text = request->nodes;
		if (!resolve(request, topology, SPEC_MEMORY, placement->advice, choice) ||
		    !check_cpuset(request, topology, choice))
			return;
		if (request->mode == MPOL_PREFERRED && idset_count(&choice->ids) != 1) {
			char list[IDSET_TEXT];

			util_die(util_failure,
			         "--%s=%s: takes one node, not %u (%s); --preferred-many "
			         "takes several",
			         choice->option, choice->text, idset_count(&choice->ids),
			         idset_text(&choice->ids, list));
		}
	}
	placement->mode = request->mode;
	placement->nodes = choice->ids;
	placement->flags = (request->balancing ? MPOL_F_NUMA_BALANCING : 0) |
	                   (request->static_nodes ? MPOL_F_STATIC_NODES : 0) |
	                   (request->relative_nodes ? MPOL_F_RELATIVE_NODES : 0);
}

static bool resolve_operand(const struct request *request, struct topology *topology,
                            struct placement *placement, enum placement_operand operand,
                            const char *text)
{
	static const enum spec_kind kinds[] = { [PLACEMENT_FROM] = SPEC_MEMORY,
		                                [PLACEMENT_TO] = SPEC_MEMORY,
		                                [PLACEMENT_CPU_NODES] = SPEC_NODE_CPUS,
		                                [PLACEMENT_CPUS] = SPEC_CPUS };
	struct placement_choice *choice = &placement->choice[operand];

	if (!text)
		return false;
	choice->option = option_names[operand];
	choice->text = text;
	return resolve(request, topology, kinds[operand], placement->advice, choice);
}

/* Without --from pages are taken from everywhere else. */
static void resolve_move(const struct request *request, struct topology *topology,
                         struct placement *placement)
{
	struct placement_choice *to = &placement->choice[PLACEMENT_TO];

	if (!resolve_operand(request, topology, placement, PLACEMENT_TO, request->to) ||
	    !check_cpuset(request, topology, to))
		return;
	if (!request->from)
		placement->from = idset_minus(&topology->has_memory, &to->ids);
	else if (resolve_operand(request, topology, placement, PLACEMENT_FROM, request->from))
		placement->from = placement->choice[PLACEMENT_FROM].ids;
	placement->to = to->ids;
}

static struct idset cpus_of_nodes(const struct topology *topology, const struct idset *nodes)
{
	struct idset cpus = { 0 };

	for (unsigned i = 0; i < topology->count; i++)
		if (idset_has(nodes, topology->node[i].id))
			cpus = idset_or(&cpus, &topology->node[i].cpus);
	return cpus;
}

/* Of CPUS the first of each core: hardware threads of a core share its caches and units. */
static void keep_one_per_core(const struct request *request, struct topology *topology,
                              struct idset *cpus)
{
	struct idset seen = { 0 };
	struct idset all = *cpus;

	for (idset_each(cpu, &all)) {
		struct idset threads;
		int error;

		if (idset_has(&seen, (unsigned)cpu)) {
			idset_remove(cpus, (unsigned)cpu);
			continue;
		}
		error = topology_core(topology, (unsigned)cpu, &threads);
		if (error == -ENOENT) {
			placement_refuse(
				request->best_effort,
				"--one-per-core: the kernel does not tell which CPUs share a core "
				"(there is no %s)",
				topology->failed);
			*cpus = all;
			return;
		}
		if (error)
			util_die(util_failure, "%s: %s", topology->failed, util_reason(error));
		seen = idset_or(&seen, &threads);
	}
}

static void resolve_cpus(const struct request *request, struct topology *topology,
                         struct placement *placement)
{
	bool by_node, by_cpu;
	struct idset cpus;

	if (!request->cpunodebind && !request->physcpubind && !request->one_per_core)
		return;
	placement_load(topology, TOPOLOGY_CPUS);
	cpus = request->all || request->clip_cpus ? topology->cpus : topology->allowed_cpus;
	by_cpu =
		resolve_operand(request, topology, placement, PLACEMENT_CPUS, request->physcpubind);
	if (by_cpu && placement->advice) {
		placement->advice->has_cpus = true;
		placement->advice->cpus = placement->choice[PLACEMENT_CPUS].ids;
	}
	by_node = resolve_operand(request, topology, placement, PLACEMENT_CPU_NODES,
	                          request->cpunodebind);
	if (!by_node && !by_cpu && !request->one_per_core)
		return;
	if (by_node) {
		struct idset of_nodes =
			cpus_of_nodes(topology, &placement->choice[PLACEMENT_CPU_NODES].ids);

		cpus = idset_and(&cpus, &of_nodes);
	}
	if (by_cpu)
		cpus = idset_and(&cpus, &placement->choice[PLACEMENT_CPUS].ids);
	if (idset_empty(&cpus)) {
		if (by_node && by_cpu)
			placement_refuse(request->best_effort,
			                 "--physcpubind=%s: none of these CPUs is on the nodes of "
			                 "--cpunodebind=%s",
			                 request->physcpubind, request->cpunodebind);
		else
			placement_refuse(request->best_effort,
			                 "--one-per-core: no CPU is known here");
		cpus = topology->allowed_cpus;
		if (!request->one_per_core || idset_empty(&cpus))
			return;
	}
	if (request->one_per_core)
		keep_one_per_core(request, topology, &cpus);
	placement->has_cpus = true;
	placement->cpus = cpus;
}

/* What is chosen is near to the CPUs that were asked for, so that these are resolved first. */
static void prepare_advice(const struct request *request, struct topology *topology,
                           struct placement *placement)
{
	placement->advice = calloc(1, sizeof(*placement->advice));
	if (!placement->advice)
		util_die(util_failure, "%s", strerror(errno));
	placement->advice->topology = topology;
	placement->advice->all = request->all;
	placement->advice->need = request->need_size;
}

void placement_resolve(const struct request *request, struct topology *topology,
                       struct placement *placement)
{
	*placement = (struct placement){ .mode = REQUEST_NO_MODE,
		                         .best_effort = request->best_effort,
		                         .clip_cpus = request->clip_cpus };
	/* Launchers bind their ranks before they start them: that is no limit for one that moves. */
	topology->cpuset_alone = ranks_memory(request) || spec_has_rank(request->cpunodebind) ||
	                         spec_has_rank(request->physcpubind);
	if (advice_is_in(request->nodes) || advice_is_in(request->to) ||
	    advice_is_in(request->from) || advice_is_in(request->cpunodebind)) {
		prepare_advice(request, topology, placement);
		resolve_cpus(request, topology, placement);
		placement->advice->has_cpus = placement->has_cpus;
		placement->advice->cpus = placement->cpus;
		resolve_memory(request, topology, placement);
		resolve_move(request, topology, placement);
	} else {
		resolve_memory(request, topology, placement);
		resolve_move(request, topology, placement);
		resolve_cpus(request, topology, placement);
	}
}

void placement_free(struct placement *placement)
{
	if (placement->advice)
		advice_free(placement->advice);
	free(placement->advice);
	placement->advice = NULL;
}
