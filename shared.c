#include "shared.h"

#include <errno.h>
#include <string.h>

#include "binding.h"
#include "cache.h"
#include "destination.h"
#include "lib/capability.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "narration.h"
#include "placement.h"
#include "policy.h"
#include "refusal.h"
#include "report/binding.h"
#include "report/show.h"
#include "request.h"
#include "segment.h"
#include "spec.h"
#include "topology.h"
#include "verification.h"

/* Checks of the command line */

__attribute__((noreturn)) static void refuse_with(const struct request *request, const char *option)
{
	util_die(util_failure, "--%s: does not go with --%s", option,
	         request->shm ? "shm" : "file");
}

/* What is not for segments and files at all. */
static void check_others(const struct request *request)
{
	if (request->shm && request->file)
		util_die(util_failure, "--file=%s: conflicts with --shm=%s (give one of them)",
		         request->file, request->shm);
	if (!*(request->shm ? request->shm : request->file))
		util_die(util_failure, "--%s=: the name is empty", request->shm ? "shm" : "file");
	if (request->command)
		util_die(util_failure, "%s: a command cannot be started with --%s",
		         request->command[0], request->shm ? "shm" : "file");
	if (request->cpunodebind)
		refuse_with(request, "cpunodebind");
	if (request->physcpubind)
		refuse_with(request, "physcpubind");
	if (request->one_per_core)
		refuse_with(request, "one-per-core");
	if (request->report)
		refuse_with(request, request->report == REQUEST_SHOW      ? "show"
		                     : request->report == REQUEST_MEASURE ? "measure"
		                                                          : "hardware");
	if (request->sysroot)
		refuse_with(request, "sysroot");
	if (request->make_room)
		refuse_with(request, "make-room");
	if (request->compress)
		refuse_with(request, "cpu-compress");
	if (request->file && request->shm_id >= 0)
		refuse_with(request, "shmid");
	if (request->file && request->huge)
		util_die(util_failure,
		         "--huge: is for --shm (files are of huge pages on hugetlbfs)");
}

static bool creates(const struct request *request)
{
	return request->mode != REQUEST_NO_MODE || request->touch ||
	       (request->tool == REQUEST_NUMACTL && request->has_length && !request->dump &&
	        !request->dump_nodes);
}

/* What needs a policy, or excludes one. */
static void check_actions(const struct request *request)
{
	bool has_policy = request->mode != REQUEST_NO_MODE;

	if (!has_policy && request->strict)
		util_die(util_failure, "--strict: needs a memory policy (such as --membind)");
	if (request->home_node && request->mode != MPOL_BIND &&
	    request->mode != MPOL_PREFERRED_MANY)
		util_die(util_failure, "--home-node=%s: needs --membind or --preferred-many",
		         request->home_node);
	if (request->evict && request->shm)
		util_die(util_failure, "--evict: needs --file");
	if (request->evict && (has_policy || request->touch || request->verify || request->dump ||
	                       request->dump_nodes))
		util_die(util_failure,
		         "--evict: goes with no placement, --touch, --verify or --dump");
	if (request->dry_run && !creates(request) && !request->evict)
		util_die(util_failure,
		         "--dry-run: needs something to do (a placement, --touch or --evict)");
	if (request->shm_mode >= 0 && !creates(request))
		util_die(util_failure, "--shmmode: needs a placement or --touch, which create");
}

/* Resolving */

/* Any node that is online, though it have CPUs only: it says from where others are near. */
static int resolve_home(const struct request *request, struct topology *topology)
{
	static char sentence[REFUSAL_SENTENCE];
	struct spec_scope scope;
	struct spec_result result;
	struct spec_error error;

	if (!request->home_node)
		return -1;
	placement_load(topology, spec_parts(SPEC_MEMORY) | TOPOLOGY_NODES);
	scope = spec_scope(topology, SPEC_MEMORY, true);
	scope.usable = idset_or(&scope.usable, &topology->nodes);
	if (spec_parse(request->home_node, &scope, false, &result, &error)) {
		placement_load(topology, TOPOLOGY_ABSENT);
		refusal_explain(request->home_node, &scope, &error, topology, sentence);
		util_die(util_failure, "--home-node=%s: %s", request->home_node, sentence);
	}
	if (idset_count(&result.ids) != 1)
		util_die(util_failure, "--home-node=%s: takes one node", request->home_node);
	if (kernel_older_than(5, 17))
		util_die(util_failure, "--home-node=%s: needs Linux 5.17", request->home_node);
	return idset_next(&result.ids, 0);
}

/* What the parts of a binding point to. */
struct shared {
	const struct request *request;
	struct binding binding;
	struct segment segment;
	struct placement placement;
	struct destination destination;
	bool binds;
};

/* What only memory that has policies can be asked for. */
static void check_kind(const struct shared *shared)
{
	const struct request *request = shared->request;
	const struct segment *segment = &shared->segment;

	if ((request->dump || request->verify) && segment->kind == SEGMENT_CACHE)
		segment_refuse(segment, "files have policies on tmpfs and hugetlbfs only "
		                        "(--dump-nodes shows what is cached)");
	if (request->verify && !shared->binds && segment->is_huge)
		segment_refuse(segment, "huge pages keep no policy, so --verify needs the one that "
		                        "they should have (such as --membind)");
	if (request->evict && segment->kind != SEGMENT_CACHE)
		segment_refuse(segment, "is in memory only: what was evicted would be lost");
}

/*
 * Of huge pages it is the mapping that has the policy, not the memory (hugetlb_vm_ops has no
 * set_policy): pages that another process allocates later follow that one's own.
 */
static void check_huge(const struct shared *shared)
{
	const struct segment *segment = &shared->segment;
	const char *reason = "huge pages keep no policy for later, so it needs --touch, which "
			     "allocates them now";

	if (!shared->binds || !segment->is_huge || shared->request->touch)
		return;
	if (shared->request->tool == REQUEST_NUMAPLACE)
		segment_refuse(segment, reason);
	util_warn("%s: %s", segment->name, reason);
}

static void resolve(struct shared *shared, struct topology *topology)
{
	const struct request *request = shared->request;
	struct placement *placement = &shared->placement;

	placement_resolve(request, topology, placement);
	shared->binding = (struct binding){ .topology = topology,
		                            .segment = &shared->segment,
		                            .placement = placement,
		                            .home_node = resolve_home(request, topology),
		                            .strict = request->strict };
	policy_check(placement, topology);
	shared->binds = placement->mode != REQUEST_NO_MODE;
	if (shared->binds && placement->mode != MPOL_LOCAL) {
		destination_resolve(placement, topology, NULL, &shared->destination);
		shared->binding.destination = &shared->destination;
	}
	segment_find(request, creates(request), &shared->segment);
	check_huge(shared);
	check_kind(shared);
}

static void check_strict(const struct binding *binding)
{
	struct verification_count elsewhere;

	verification_before(binding, &elsewhere);
	if (elsewhere.pages)
		util_die(util_failure,
		         "--strict: %llu pages of %s are elsewhere (the first at %lu, on node %d)",
		         elsewhere.pages, binding->segment->name, elsewhere.first, elsewhere.node);
}

/* What may still be refused, and is then taken back. */
static void prepare(const struct shared *shared)
{
	const struct request *request = shared->request;
	/* The original, too, brings all pages in to compare them. */
	bool touches = request->touch ||
	               (request->verify && shared->binds && request->tool == REQUEST_NUMACTL);

	if (request->strict)
		check_strict(&shared->binding);
	if (creates(request))
		segment_create(request, shared->binding.segment);
	if (request->verify && !shared->binds && !request->dry_run)
		verification_need_policy(&shared->binding);
	if (touches)
		binding_check_room(&shared->binding);
	if (shared->binds)
		binding_apply(&shared->binding);
	if (touches)
		binding_touch(&shared->binding);
}

static bool moves(const struct shared *shared)
{
	return shared->binding.destination && !shared->request->strict &&
	       shared->request->tool != REQUEST_NUMACTL;
}

/* Pages that are there are moved, or dropped. Returns the exit status. */
static int move(const struct shared *shared)
{
	if (shared->request->evict)
		return cache_evict(&shared->segment);
	return moves(shared) ? binding_move(&shared->binding) : 0;
}

static void plan_moves(const struct shared *shared)
{
	struct verification_count elsewhere = { 0 };

	if (moves(shared))
		verification_before(&shared->binding, &elsewhere);
	if (elsewhere.pages)
		kernel_tell("move_pages(0, %llu, %s)", elsewhere.pages,
		            capability_may_nice() ? "MPOL_MF_MOVE_ALL" : "MPOL_MF_MOVE");
}

static int act_and_show(const struct shared *shared)
{
	const struct request *request = shared->request;
	bool asked = request->dump || request->dump_nodes || request->evict || request->verify ||
	             creates(request);
	int status;

	prepare(shared);
	/* What was created will be taken back; of another one this is in part from now on. */
	if ((shared->binds && !shared->segment.made && !shared->segment.grown) || request->evict)
		util_failure = 1;
	segment_announce(&shared->segment);
	binding_show(&shared->segment, request->json                      ? BINDING_JSON
	                               : request->tool == REQUEST_NUMACTL ? BINDING_NUMACTL
	                                                                  : BINDING_TEXT);
	status = move(shared);
	if (request->dump || (!asked && shared->segment.kind != SEGMENT_CACHE))
		binding_dump(&shared->binding);
	if (request->dump_nodes || !asked)
		cache_show(&shared->segment, request->dump_nodes);
	if (request->verify)
		status |= verification_after(&shared->binding, request->verbose);
	binding_show_end();
	/* A report that does not get out is none of nothing done. */
	segment_keep();
	if (shared->binds || request->touch || request->evict)
		util_failure = 1;
	return status;
}

static void plan(const struct shared *shared, const struct topology *topology)
{
	const struct request *request = shared->request;
	struct show_plan plan = { .placement = &shared->placement,
		                  .segment = shared->segment.name };

	prepare(shared);
	if (request->evict)
		cache_evict(&shared->segment);
	plan_moves(shared);
	plan.calls = narration_calls();
	show_plan(&plan, topology, request->json ? SHOW_JSON : SHOW_TEXT);
}

int shared_run(const struct request *request, struct topology *topology)
{
	static struct shared shared;
	int status = 0;

	check_others(request);
	check_actions(request);
	shared.request = request;
	resolve(&shared, topology);
	if (request->verbose)
		show_choices(&shared.placement, topology);
	if (request->dry_run)
		narration_plan();
	else
		narration_tell(false, request->verbose);
	if (request->dry_run)
		plan(&shared, topology);
	else
		status = act_and_show(&shared);
	destination_free(&shared.destination);
	placement_free(&shared.placement);
	request_close_stdout();
	return status;
}
