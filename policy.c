#include "policy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kernel.h"
#include "lib/process.h"
#include "lib/util.h"
#include "refusal.h"
#include "request.h"
#include "spec.h"
#include "topology.h"

static const char *const option_names[] = { [POLICY_FROM] = "from",
	                                    [POLICY_TO] = "to",
	                                    [POLICY_CPU_NODES] = "cpunodebind",
	                                    [POLICY_CPUS] = "physcpubind" };

/* The end; under --best-effort a line only. */
__attribute__((format(printf, 2, 3))) static void refuse(bool best_effort, const char *format, ...)
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

void policy_load(struct topology *topology, unsigned parts)
{
	int error = topology_load(topology, parts);

	if (error)
		util_die(util_failure, "%s: %s", topology->failed, util_reason(error));
}

/* Says what --best-effort dropped of a list that is otherwise applied: all of it, and why. */
static void report_dropped(const struct policy_choice *choice, const struct spec_result *result,
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
                          const struct spec_scope *scope, const struct policy_choice *choice,
                          struct spec_error error)
{
	struct spec_result result;
	static char sentence[REFUSAL_SENTENCE];
	bool malformed = error.fault < SPEC_NOT_USABLE;

	/* Strictly, the fault is the first id, not that nothing is left. */
	if (!malformed)
		spec_parse(choice->text, scope, false, &result, &error);
	policy_load(topology, TOPOLOGY_ABSENT);
	refusal_explain(choice->text, scope, &error, topology, sentence);
	refuse(request->best_effort && !malformed, "--%s=%s: %s", choice->option, choice->text,
	       sentence);
}

/* Returns false, having said so, where --best-effort has to do without the option. */
static bool resolve(const struct request *request, struct topology *topology, enum spec_kind kind,
                    struct policy_choice *choice)
{
	struct spec_scope scope;
	struct spec_result result;
	struct spec_error error;

	policy_load(topology, spec_parts(kind));
	if (kind != SPEC_CPUS && !topology->is_numa) {
		refuse(request->best_effort,
		       "--%s=%s: this kernel has no NUMA support (there is "
		       "no /sys/devices/system/node)",
		       choice->option, choice->text);
		return false;
	}
	/* Pages may still be where the cpuset no longer allows any. */
	scope = spec_scope(topology, kind,
	                   request->all || (request->clip_cpus && kind == SPEC_NODE_CPUS) ||
	                           choice->option == option_names[POLICY_FROM]);
	if (spec_parse(choice->text, &scope, request->best_effort, &result, &error)) {
		refuse_choice(request, topology, &scope, choice, error);
		return false;
	}
	choice->ids = result.ids;
	choice->left_out = result.left_out;
	snprintf(choice->named, sizeof(choice->named), "%s", result.named);
	if (!idset_empty(&result.left_out))
		policy_load(topology, TOPOLOGY_ABSENT);
	report_dropped(choice, &result, &scope, topology);
	return true;
}

/*
 * --all looks beyond the cpuset, but the kernel does not: only nodes that the policy may keep for
 * later (MPOL_F_STATIC_NODES) can lie outside, and one must lie inside.
 */
static bool check_cpuset(const struct request *request, struct topology *topology,
                         struct policy_choice *choice)
{
	struct spec_scope scope = spec_scope(topology, SPEC_MEMORY, false);
	struct idset outside = idset_minus(&choice->ids, &scope.usable);
	static char sentence[REFUSAL_SENTENCE];

	if (idset_empty(&outside) ||
	    (request->static_nodes && idset_overlap(&choice->ids, &scope.usable)))
		return true;
	policy_load(topology, TOPOLOGY_ABSENT);
	refusal_of_id(&scope, (unsigned)idset_next(&outside, 0), topology, sentence);
	refuse(request->best_effort, "--%s=%s: %s", choice->option, choice->text, sentence);
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
	struct policy_choice *choice = &placement->choice[POLICY_NODES];

	check_flags(request);
	if (request->mode == REQUEST_NO_MODE)
		return;
	if (request->nodes) {
		choice->option = request->option;
		choice->text = request->nodes;
		if (!resolve(request, topology, SPEC_MEMORY, choice) ||
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
                            struct placement *placement, enum policy_operand operand,
                            const char *text)
{
	static const enum spec_kind kinds[] = { [POLICY_FROM] = SPEC_MEMORY,
		                                [POLICY_TO] = SPEC_MEMORY,
		                                [POLICY_CPU_NODES] = SPEC_NODE_CPUS,
		                                [POLICY_CPUS] = SPEC_CPUS };
	struct policy_choice *choice = &placement->choice[operand];

	if (!text)
		return false;
	choice->option = option_names[operand];
	choice->text = text;
	return resolve(request, topology, kinds[operand], choice);
}

/* Without --from pages are taken from everywhere else. */
static void resolve_move(const struct request *request, struct topology *topology,
                         struct placement *placement)
{
	struct policy_choice *to = &placement->choice[POLICY_TO];

	if (!resolve_operand(request, topology, placement, POLICY_TO, request->to) ||
	    !check_cpuset(request, topology, to))
		return;
	if (!request->from)
		placement->from = idset_minus(&topology->has_memory, &to->ids);
	else if (resolve_operand(request, topology, placement, POLICY_FROM, request->from))
		placement->from = placement->choice[POLICY_FROM].ids;
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
			refuse(request->best_effort,
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
	policy_load(topology, TOPOLOGY_CPUS);
	cpus = request->all || request->clip_cpus ? topology->cpus : topology->allowed_cpus;
	by_node = resolve_operand(request, topology, placement, POLICY_CPU_NODES,
	                          request->cpunodebind);
	by_cpu = resolve_operand(request, topology, placement, POLICY_CPUS, request->physcpubind);
	if (!by_node && !by_cpu && !request->one_per_core)
		return;
	if (by_node) {
		struct idset of_nodes =
			cpus_of_nodes(topology, &placement->choice[POLICY_CPU_NODES].ids);

		cpus = idset_and(&cpus, &of_nodes);
	}
	if (by_cpu)
		cpus = idset_and(&cpus, &placement->choice[POLICY_CPUS].ids);
	if (idset_empty(&cpus)) {
		if (by_node && by_cpu)
			refuse(request->best_effort,
			       "--physcpubind=%s: none of these CPUs is on the nodes of "
			       "--cpunodebind=%s",
			       request->physcpubind, request->cpunodebind);
		else
			refuse(request->best_effort, "--one-per-core: no CPU is known here");
		cpus = topology->allowed_cpus;
		if (!request->one_per_core || idset_empty(&cpus))
			return;
	}
	if (request->one_per_core)
		keep_one_per_core(request, topology, &cpus);
	placement->has_cpus = true;
	placement->cpus = cpus;
}

void policy_resolve(const struct request *request, struct topology *topology,
                    struct placement *placement)
{
	*placement = (struct placement){ .mode = REQUEST_NO_MODE,
		                         .best_effort = request->best_effort,
		                         .clip_cpus = request->clip_cpus };
	resolve_memory(request, topology, placement);
	resolve_move(request, topology, placement);
	resolve_cpus(request, topology, placement);
}

/* Whether a seccomp filter sits on this process; unknown counts as no. */
static bool is_filtered(const struct topology *topology)
{
	struct process_status status;

	return !process_read_status(topology->root, "self", &status) && status.seccomp == 2;
}

/* The memory-policy calls themselves never answer EPERM for the caller's own policy. */
const char *policy_reason(struct topology *topology, int error)
{
	bool hidden = false, forbidden = error == -EPERM || error == -EACCES;

	if (error == -ENOSYS)
		hidden = !topology_load(topology, TOPOLOGY_NODES) && topology->is_numa;
	if ((hidden || forbidden) && is_filtered(topology))
		return "blocked by a seccomp filter (containers need CAP_SYS_NICE or a profile "
		       "that allows it)";
	if (forbidden)
		return "forbidden by a security module";
	if (hidden)
		return "hidden from this process, though the kernel has NUMA support";
	if (error == -ENOSYS)
		return "this kernel has no NUMA support";
	if (error == -ENOMEM)
		return "the kernel is out of memory";
	return "refused by the kernel";
}

/* EINVAL has one meaning left when the nodes were checked: the kernel does not know the mode. */
static void explain_invalid(const struct placement *placement, char *text, size_t size)
{
	const struct kernel_mode *mode = kernel_mode(placement->mode);

	if (kernel_older_than(mode->major, mode->minor))
		snprintf(text, size, "%s needs Linux %u.%u", mode->name, mode->major, mode->minor);
	else if (placement->flags & MPOL_F_NUMA_BALANCING && kernel_older_than(5, 12))
		snprintf(text, size, "--balancing needs Linux 5.12");
	else if (placement->flags & MPOL_F_NUMA_BALANCING && placement->mode != MPOL_BIND &&
	         kernel_older_than(6, 10))
		snprintf(text, size, "--balancing with --preferred-many needs Linux 6.10");
	else
		snprintf(text, size, "the kernel takes neither these nodes nor this mode now");
}

static void refuse_memory(const struct placement *placement, struct topology *topology,
                          const char *call, int error)
{
	char invalid[128];

	explain_invalid(placement, invalid, sizeof(invalid));
	refuse(placement->best_effort, "%s: %s: %s%s", call, strerror(-error),
	       error == -EINVAL ? invalid : policy_reason(topology, error),
	       placement->best_effort ? "" : "; --best-effort runs without it");
}

/*
 * MPOL_F_RELATIVE_NODES counts from 0 within the nodes of the cpuset that have memory, and folds
 * what is above (mpol_relative_nodemask): users name nodes by the kernel's ids all the same.
 */
static struct idset to_relative(const struct topology *topology, const struct idset *nodes)
{
	struct idset relative = { 0 };
	unsigned position = 0;

	for (idset_each(id, &topology->allowed_nodes)) {
		if (idset_has(nodes, (unsigned)id))
			idset_add(&relative, position);
		position++;
	}
	return relative;
}

static struct idset from_relative(const struct topology *topology, const struct idset *relative)
{
	struct idset nodes = { 0 };
	unsigned count = idset_count(&topology->allowed_nodes);

	for (idset_each(position, relative)) {
		int id = idset_next(&topology->allowed_nodes, 0);

		for (unsigned i = count ? (unsigned)position % count : 0; i > 0 && id >= 0; i--)
			id = idset_next(&topology->allowed_nodes, (unsigned)id + 1);
		if (id >= 0)
			idset_add(&nodes, (unsigned)id);
	}
	return nodes;
}

/* The mask as the call takes it. */
static struct idset mask_of(const struct placement *placement, const struct topology *topology)
{
	if (placement->flags & MPOL_F_RELATIVE_NODES)
		return to_relative(topology, &placement->nodes);
	return placement->nodes;
}

void policy_check(struct placement *placement, struct topology *topology)
{
	struct idset mask = mask_of(placement, topology);
	int error;

	if (placement->mode == REQUEST_NO_MODE)
		return;
	error = kernel_try_mempolicy(placement->mode | placement->flags, &mask);
	if (!error)
		return;
	refuse_memory(placement, topology, "mbind", error);
	placement->mode = REQUEST_NO_MODE;
}

/* Before Linux 5.14 MPOL_LOCAL was kept, and is read back, as MPOL_PREFERRED of no node. */
static int canonical_mode(int mode, const struct idset *nodes)
{
	return mode == MPOL_PREFERRED && idset_empty(nodes) ? MPOL_LOCAL : mode;
}

int policy_read(struct topology *topology, struct policy_state *state)
{
	struct policy_state found = { .next = -1 };
	int mode, error = kernel_get_mempolicy(&mode, &found.nodes);

	if (error)
		return error;
	found.flags = mode & KERNEL_MODE_FLAGS;
	found.mode = canonical_mode(mode & ~KERNEL_MODE_FLAGS, &found.nodes);
	if (found.flags & MPOL_F_RELATIVE_NODES) {
		policy_load(topology, TOPOLOGY_HAS_MEMORY);
		found.nodes = from_relative(topology, &found.nodes);
	}
	if (found.mode == MPOL_INTERLEAVE || found.mode == MPOL_WEIGHTED_INTERLEAVE)
		kernel_next_interleave(&found.next);
	*state = found;
	return 0;
}

static void apply_memory(const struct placement *placement, struct topology *topology)
{
	struct idset mask = mask_of(placement, topology), nodes;
	int mode, error = kernel_set_mempolicy(placement->mode | placement->flags, &mask);

	if (error) {
		refuse_memory(placement, topology, "set_mempolicy", error);
		return;
	}
	if (kernel_is_closed())
		return;
	error = kernel_get_mempolicy(&mode, &nodes);
	if (error) {
		refuse_memory(placement, topology, "get_mempolicy", error);
		return;
	}
	if ((mode & KERNEL_MODE_FLAGS) != placement->flags ||
	    canonical_mode(mode & ~KERNEL_MODE_FLAGS, &nodes) != placement->mode ||
	    !idset_equal(&nodes, &mask)) {
		char list[IDSET_TEXT];

		refuse(placement->best_effort,
		       "the kernel set another policy than it was asked for, on nodes %s (was "
		       "the cpuset changed meanwhile?)",
		       idset_text(&nodes, list));
	}
}

/* CPU is outside of what the kernel allows: only --all and the name numactl come to that. */
static void refuse_cpu(const struct placement *placement, struct topology *topology, int cpu)
{
	struct spec_scope scope = { .kind = SPEC_CPUS, .all = true };
	static char sentence[REFUSAL_SENTENCE];

	policy_load(topology, TOPOLOGY_ABSENT);
	refusal_of_id(&scope, (unsigned)cpu, topology, sentence);
	refuse(placement->best_effort, "sched_setaffinity: %s", sentence);
}

/* The kernel sets what is asked for within the cpuset and drops the rest without a word. */
static void check_affinity(const struct placement *placement, struct topology *topology)
{
	struct idset cpus, lost, extra;
	int error = kernel_get_affinity(0, &cpus);

	if (error) {
		refuse(placement->best_effort, "sched_getaffinity: %s%s", strerror(-error),
		       is_filtered(topology) ? ": blocked by a seccomp filter" : "");
		return;
	}
	extra = idset_minus(&cpus, &placement->cpus);
	if (!idset_empty(&extra)) {
		char list[IDSET_TEXT];

		refuse(placement->best_effort,
		       "sched_setaffinity: it may run on CPUs %s all the same",
		       idset_text(&extra, list));
		return;
	}
	lost = idset_minus(&placement->cpus, &cpus);
	if (idset_empty(&lost) || (placement->clip_cpus && !idset_empty(&cpus)))
		return;
	refuse_cpu(placement, topology, idset_next(&lost, 0));
}

static void apply_cpus(const struct placement *placement, struct topology *topology)
{
	int error = kernel_set_affinity(0, &placement->cpus);

	if (error == -EINVAL)
		refuse_cpu(placement, topology, idset_next(&placement->cpus, 0));
	else if (error)
		refuse(placement->best_effort, "sched_setaffinity: %s%s%s", strerror(-error),
		       is_filtered(topology) ? ": blocked by a seccomp filter" : "",
		       placement->best_effort ? "" : "; --best-effort runs without it");
	else if (!kernel_is_closed())
		check_affinity(placement, topology);
}

void policy_apply(const struct placement *placement, struct topology *topology)
{
	if (placement->mode != REQUEST_NO_MODE)
		apply_memory(placement, topology);
	if (placement->has_cpus)
		apply_cpus(placement, topology);
}
