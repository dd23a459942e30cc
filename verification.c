#include "verification.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binding.h"
#include "destination.h"
#include "lib/kernel.h"
#include "lib/mapping.h"
#include "lib/pages.h"
#include "lib/process.h"
#include "lib/util.h"
#include "placement.h"
#include "policy.h"
#include "report/binding.h"
#include "request.h"
#include "segment.h"

/* So many differences are shown. */
#define SHOWN 8

/*
 * What pages are compared with: the destination of the placement that was asked for, or of the
 * policy that they have; NULL: they may be anywhere.
 */

/* Whether the page may stay where it is. */
static bool is_right(const struct segment *segment, const struct destination *destination,
                     unsigned long offset, int node, bool by_turns)
{
	static const struct idset none;

	if (!destination || node < 0)
		return true;
	if (destination->rule == DESTINATION_SPREAD && !by_turns)
		return idset_has(&destination->nodes, (unsigned)node);
	return destination_of(destination, (unsigned)node,
	                      offset / segment->page_size + segment->phase, &none) == node;
}

/* Transparent huge pages are interleaved as a whole; which pages are of one is not asked here. */
static bool has_thp(const struct segment *segment)
{
	struct process self;
	bool has;

	if (segment->is_huge || process_open(getpid(), &self))
		return false;
	has = mapping_has_thp(self.directory);
	process_close(&self);
	return has;
}

struct count {
	const struct binding *binding;
	struct verification_count found;
};

static void find_wrong(void *context, unsigned long offset, size_t count, const int nodes[])
{
	struct count *counted = context;
	const struct segment *segment = counted->binding->segment;
	bool by_turns = !has_thp(segment);

	for (size_t i = 0; i < count; i++) {
		unsigned long at = offset + i * segment->page_size;

		if (is_right(segment, counted->binding->destination, at, nodes[i], by_turns))
			continue;
		if (!counted->found.pages++) {
			counted->found.first = at;
			counted->found.node = nodes[i];
		}
	}
}

void verification_before(const struct binding *binding, struct verification_count *elsewhere)
{
	struct count counted = { .binding = binding };

	segment_walk(binding->segment, find_wrong, &counted);
	*elsewhere = counted.found;
}

void verification_need_policy(const struct binding *binding)
{
	const struct segment *segment = binding->segment;
	struct policy_state policy = { .mode = MPOL_DEFAULT };

	for (unsigned long at = 0; at < segment->length && policy.mode == MPOL_DEFAULT;
	     at += segment->page_size)
		binding_policy(binding, segment->offset + at, &policy);
	if (policy.mode != MPOL_DEFAULT)
		return;
	segment_refuse(segment, "has no policy that --verify could compare with (give one, such as "
	                        "--membind)");
}

struct verification {
	const struct binding *binding;
	struct binding_difference first[SHOWN];
	size_t shown;
	unsigned long long count, checked, present;
	/* Of the policy of the page before, where none was asked for. */
	struct placement found;
	struct destination destination;
};

static const struct destination *destination_for(struct verification *verification,
                                                 const struct policy_state *policy)
{
	struct placement *found = &verification->found;

	if (policy->mode == MPOL_DEFAULT || policy->mode == MPOL_LOCAL)
		return NULL;
	if (found->mode != policy->mode || !idset_equal(&found->nodes, &policy->nodes)) {
		*found = (struct placement){ .mode = policy->mode, .nodes = policy->nodes };
		destination_free(&verification->destination);
		destination_resolve(found, verification->binding->topology, NULL,
		                    &verification->destination);
	}
	return &verification->destination;
}

/* Where the page belongs; false: it has another policy than was asked for. */
static bool find_destination(struct verification *verification, const struct policy_state *policy,
                             const struct destination **destination)
{
	const struct placement *placement = verification->binding->placement;

	if (placement->mode == REQUEST_NO_MODE) {
		*destination = destination_for(verification, policy);
		return true;
	}
	*destination = verification->binding->destination;
	return policy->mode == placement->mode && policy->flags == placement->flags &&
	       idset_equal(&policy->nodes, &placement->nodes);
}

/* Whether the page is as it should be; else *difference says why not. */
static bool compare(struct verification *verification, unsigned long offset, int node,
                    bool by_turns, struct binding_difference *difference)
{
	const struct segment *segment = verification->binding->segment;
	const struct destination *destination;
	struct policy_state policy;

	binding_policy(verification->binding, offset, &policy);
	*difference = (struct binding_difference){ .offset = offset,
		                                   .length = segment->page_size,
		                                   .node = -1,
		                                   .mode = policy.mode | policy.flags,
		                                   .nodes = policy.nodes };
	if (!find_destination(verification, &policy, &destination)) {
		difference->wanted = verification->binding->placement->nodes;
		return false;
	}
	if (is_right(segment, destination, offset, node, by_turns))
		return true;
	difference->node = node;
	difference->wanted = destination->nodes;
	if (destination->rule == DESTINATION_SPREAD && by_turns) {
		unsigned long index = offset / segment->page_size + segment->phase;

		difference->wanted = (struct idset){ 0 };
		idset_add(&difference->wanted, destination->turn[index % destination->turns]);
	}
	return false;
}

/* Neighbours that differ in the same way are one. */
static void add_difference(struct verification *verification,
                           const struct binding_difference *difference)
{
	struct binding_difference *last =
		verification->shown ? &verification->first[verification->shown - 1] : NULL;

	verification->count++;
	if (last && last->offset + last->length == difference->offset &&
	    last->node == difference->node && last->mode == difference->mode &&
	    idset_equal(&last->nodes, &difference->nodes) &&
	    idset_equal(&last->wanted, &difference->wanted))
		last->length += difference->length;
	else if (verification->shown < SHOWN)
		verification->first[verification->shown++] = *difference;
}

static void verify_window(void *context, unsigned long offset, size_t count, const int nodes[])
{
	struct verification *verification = context;
	const struct segment *segment = verification->binding->segment;
	bool by_turns = !has_thp(segment);

	for (size_t i = 0; i < count; i++) {
		struct binding_difference difference;

		verification->checked++;
		verification->present += nodes[i] != PAGES_ABSENT;
		if (compare(verification, offset + i * segment->page_size, nodes[i], by_turns,
		            &difference))
			continue;
		add_difference(verification, &difference);
	}
}

int verification_after(const struct binding *binding, bool verbose)
{
	struct verification *verification = calloc(1, sizeof(*verification));
	int status;

	if (!verification)
		util_die(util_failure, "--verify: %s", strerror(ENOMEM));
	verification->binding = binding;
	verification->found.mode = REQUEST_NO_MODE;
	segment_walk(binding->segment, verify_window, verification);
	binding_show_differences(binding->segment, verification->first, verification->shown,
	                         verification->count, verification->checked);
	if (verbose)
		util_warn("--verify: %llu pages have been compared, of which %llu are in memory; "
		          "%llu differ",
		          verification->checked, verification->present, verification->count);
	status = verification->count ? 1 : 0;
	destination_free(&verification->destination);
	free(verification);
	return status;
}
