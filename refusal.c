#include "refusal.h"

#include <stdio.h>
#include <string.h>

#include "lib/cgroup.h"
#include "spec.h"
#include "term.h"
#include "topology.h"

enum why { ABSENT, OFFLINE, NO_MEMORY, NO_CPUS, FORBIDDEN };

static enum why why_not(unsigned kind, unsigned id, const struct topology *topology)
{
	const struct topology_node *node;

	if (kind == SPEC_CPUS) {
		if (idset_has(&topology->cpus, id))
			return FORBIDDEN;
		return idset_has(&topology->offline_cpus, id) ? OFFLINE : ABSENT;
	}
	node = topology_node(topology, id);
	if (!node)
		return idset_has(&topology->offline_nodes, id) ? OFFLINE : ABSENT;
	if (kind == SPEC_MEMORY)
		return idset_has(&topology->has_memory, id) ? FORBIDDEN : NO_MEMORY;
	return idset_empty(&node->cpus) ? NO_CPUS : FORBIDDEN;
}

const char *refusal_in_short(unsigned kind, unsigned id, const struct topology *topology)
{
	static const char *const words[] = {
		[ABSENT] = "does not exist", [OFFLINE] = "offline",       [NO_MEMORY] = "no memory",
		[NO_CPUS] = "no CPUs",       [FORBIDDEN] = "not allowed",
	};

	return words[why_not(kind, id, topology)];
}

static const char *noun(unsigned kind)
{
	return kind == SPEC_CPUS ? "CPU" : "node";
}

/* The longest lists are of 28 KiB: static, as a caller may have left us little stack. */
#define USABLE (IDSET_TEXT + 64)

/* "nodes with memory: 0-3" */
static void list_usable(const struct spec_scope *scope, char text[USABLE])
{
	static const char *const kinds[] = { [SPEC_MEMORY] = "nodes with memory",
		                             [SPEC_NODE_CPUS] = "nodes with CPUs",
		                             [SPEC_CPUS] = "CPUs" };
	static char list[IDSET_TEXT];

	idset_text(&scope->usable, list);
	snprintf(text, USABLE, "%s%s: %s", scope->restricted ? "allowed " : "", kinds[scope->kind],
	         *list ? list : "none");
}

/* FORBIDDEN: names the cgroup whose cpuset does it, or else the affinity. */
static void explain_forbidden(const struct spec_scope *scope, unsigned id,
                              const struct topology *topology, char sentence[REFUSAL_SENTENCE])
{
	bool memory = scope->kind == SPEC_MEMORY;
	enum cgroup_what what = memory ? CGROUP_MEMS : CGROUP_CPUS;
	struct idset allowed = memory ? topology->allowed_nodes : topology->allowed_cpus;
	const char *things = memory ? "memory on nodes" : "CPUs";
	struct cgroup cgroup;
	struct cgroup_limit limit;
	static char list[IDSET_TEXT];
	char pid[16] = "self";

	if (scope->kind == SPEC_NODE_CPUS)
		id = (unsigned)idset_next(&topology_node(topology, id)->cpus, 0);
	if (topology->pid)
		snprintf(pid, sizeof(pid), "%d", topology->pid);
	if (topology->cgroup)
		cgroup = *topology->cgroup;
	if ((topology->cgroup || !cgroup_find(topology->root, pid, &cgroup)) &&
	    !cgroup_find_limit(topology->root, &cgroup, what, id, &limit)) {
		cgroup_allowed(topology->root, &cgroup, what, &allowed);
		snprintf(sentence, REFUSAL_SENTENCE, "the cpuset allows %s %s only (%s of %s)",
		         things, idset_text(&allowed, list), limit.file, limit.path);
	} else if (memory) {
		snprintf(sentence, REFUSAL_SENTENCE, "the cpuset allows %s %s only", things,
		         idset_text(&allowed, list));
	} else if (scope->all) {
		snprintf(sentence, REFUSAL_SENTENCE,
		         "CPU %u is not allowed, and no cpuset says why", id);
	} else {
		snprintf(sentence, REFUSAL_SENTENCE,
		         "the inherited affinity allows CPUs %s only (--all looks beyond it)",
		         idset_text(&allowed, list));
	}
}

void refusal_of_id(const struct spec_scope *scope, unsigned id, const struct topology *topology,
                   char sentence[REFUSAL_SENTENCE])
{
	static const char *const reasons[] = { [ABSENT] = "does not exist",
		                               [OFFLINE] = "is offline",
		                               [NO_MEMORY] = "has no memory",
		                               [NO_CPUS] = "has no CPUs" };
	enum why why = why_not(scope->kind, id, topology);
	static char allowed[USABLE];

	if (why == FORBIDDEN) {
		explain_forbidden(scope, id, topology, sentence);
		return;
	}
	list_usable(scope, allowed);
	snprintf(sentence, REFUSAL_SENTENCE, "%s %u %s (%s)", noun(scope->kind), id, reasons[why],
	         allowed);
}

/* A range without a usable id: what is there but forbidden explains more than what is absent. */
static void explain_range(const struct spec_scope *scope, const struct spec_error *error,
                          const struct topology *topology, char sentence[REFUSAL_SENTENCE])
{
	static const char *const kinds[] = { [SPEC_MEMORY] = "node with memory",
		                             [SPEC_NODE_CPUS] = "node with CPUs",
		                             [SPEC_CPUS] = "CPU" };
	static char allowed[USABLE];

	for (unsigned id = error->low; id <= error->high; id++) {
		if (why_not(scope->kind, id, topology) == FORBIDDEN) {
			explain_forbidden(scope, id, topology, sentence);
			return;
		}
	}
	list_usable(scope, allowed);
	snprintf(sentence, REFUSAL_SENTENCE, "no %s in the range %u-%u (%s)", kinds[scope->kind],
	         error->low, error->high, allowed);
}

/* What the name means, and why the first of that cannot be used. */
static void explain_named(const struct spec_scope *scope, const struct spec_error *error,
                          const struct topology *topology, char sentence[REFUSAL_SENTENCE])
{
	static char why[REFUSAL_SENTENCE];
	unsigned id = error->low;

	refusal_of_id(scope, id, topology, why);
	snprintf(sentence, REFUSAL_SENTENCE, "%s: %.*s", error->reason,
	         REFUSAL_SENTENCE - SPEC_REASON - 2, why);
}

static void explain_ids(const char *text, const struct spec_scope *scope,
                        const struct spec_error *error, const struct topology *topology,
                        char sentence[REFUSAL_SENTENCE])
{
	static char allowed[USABLE];

	list_usable(scope, allowed);
	switch (error->fault) {
	case SPEC_NOT_USABLE: refusal_of_id(scope, error->low, topology, sentence); break;
	case SPEC_NAMED_UNUSED: explain_named(scope, error, topology, sentence); break;
	case SPEC_RANGE_UNUSED: explain_range(scope, error, topology, sentence); break;
	case SPEC_BEYOND:
		snprintf(sentence, REFUSAL_SENTENCE,
		         "there is no position +%u, counted from +0 (%s)", error->low, allowed);
		break;
	case SPEC_REVERSED:
		snprintf(sentence, REFUSAL_SENTENCE, "the range %u-%u is reversed (write %u-%u)",
		         error->low, error->high, error->high, error->low);
		break;
	default:
		snprintf(sentence, REFUSAL_SENTENCE,
		         strcmp(text, "all") ? "it leaves no %s (%s)"
		                             : "there is no %s to use (%s)",
		         noun(scope->kind), allowed);
	}
}

/* What is wrong with the text itself, by its position. */
static void explain_text(const char *text, const struct spec_scope *scope,
                         const struct spec_error *error, char sentence[REFUSAL_SENTENCE])
{
	static const struct {
		const char *problem, *remedy;
	} faults[] = {
		[SPEC_NO_ID] = { "an id is missing", "write ids and ranges like 0-3,8" },
		[SPEC_BLANK] = { "a blank", "write ids and ranges like 0-3,8" },
		[SPEC_SIGN] = { "a sign",
		                "ids are written without; + stands once, before them all" },
		[SPEC_NOT_DECIMAL] = { "is not decimal", "write ids like 0 or 12" },
		[SPEC_TOO_LARGE] = { "is too large", "the largest id is 8191" },
		[SPEC_JUNK] = { "is not an id or a range", "write ids and ranges like 0-3,8" },
		[SPEC_NOT_ALONE] = { "stands alone or not at all", "write it by itself" },
		[SPEC_STEP] = { "is no step", "write a number from 1 on, as in 0-7:2" },
		[SPEC_NO_KEY] = { "names nothing", "there are " TERM_LIST },
		[SPEC_NOT_CPUS] = { "names nodes", "--cpunodebind takes it" },
		[SPEC_NOT_NODES] = { "names CPUs", "--physcpubind takes it" },
		[SPEC_NO_POSITION] = { "has no position", "write it without the +" },
	};
	int shown = error->length > 40 ? 40 : (int)error->length;
	const char *remedy = faults[error->fault].remedy;

	if (error->fault == SPEC_NO_KEY && scope->kind == SPEC_CPUS)
		remedy = "there are " TERM_LIST_CPUS;
	if (error->fault == SPEC_EMPTY)
		snprintf(sentence, REFUSAL_SENTENCE, "it is empty (write %ss like 0-3,8, or all)",
		         noun(scope->kind));
	else if (error->fault == SPEC_NO_ID || error->fault == SPEC_BLANK ||
	         error->fault == SPEC_SIGN)
		snprintf(sentence, REFUSAL_SENTENCE, "character %zu: %s (%s)", error->at + 1,
		         faults[error->fault].problem, remedy);
	else
		snprintf(sentence, REFUSAL_SENTENCE, "character %zu: '%.*s' %s (%s)", error->at + 1,
		         shown, text + error->at, faults[error->fault].problem, remedy);
}

void refusal_explain(const char *text, const struct spec_scope *scope,
                     const struct spec_error *error, const struct topology *topology,
                     char sentence[REFUSAL_SENTENCE])
{
	if (error->fault == SPEC_TERM || error->fault == SPEC_NO_THING)
		snprintf(sentence, REFUSAL_SENTENCE, "%s", error->reason);
	else if (error->fault < SPEC_REVERSED ||
	         (error->fault >= SPEC_STEP && error->fault <= SPEC_NO_POSITION))
		explain_text(text, scope, error, sentence);
	else
		explain_ids(text, scope, error, topology, sentence);
}
