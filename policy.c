#include "policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/kernel.h"
#include "lib/process.h"
#include "placement.h"
#include "request.h"
#include "topology.h"

/* The memory-policy calls themselves never answer EPERM for the caller's own policy. */
const char *policy_reason(struct topology *topology, int error)
{
	bool hidden = false, forbidden = error == -EPERM || error == -EACCES;

	if (error == -ENOSYS)
		hidden = !topology_load(topology, TOPOLOGY_NODES) && topology->is_numa;
	if ((hidden || forbidden) && process_is_filtered(topology->root))
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
	placement_refuse(placement->best_effort, "%s: %s: %s%s", call, strerror(-error),
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

struct idset policy_mask(const struct placement *placement, const struct topology *topology)
{
	if (placement->flags & MPOL_F_RELATIVE_NODES)
		return to_relative(topology, &placement->nodes);
	return placement->nodes;
}

void policy_check(struct placement *placement, struct topology *topology)
{
	struct idset mask = policy_mask(placement, topology);
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

void policy_decode(struct topology *topology, int mode, const struct idset *mask,
                   struct policy_state *state)
{
	*state = (struct policy_state){ .mode = canonical_mode(mode & ~KERNEL_MODE_FLAGS, mask),
		                        .flags = mode & KERNEL_MODE_FLAGS,
		                        .nodes = *mask,
		                        .next = -1 };
	if (state->flags & MPOL_F_RELATIVE_NODES) {
		placement_load(topology, TOPOLOGY_HAS_MEMORY);
		state->nodes = from_relative(topology, mask);
	}
}

int policy_read(struct topology *topology, struct policy_state *state)
{
	struct policy_state found;
	struct idset mask;
	int mode, error = kernel_get_mempolicy(&mode, &mask);

	if (error)
		return error;
	policy_decode(topology, mode, &mask, &found);
	if (found.mode == MPOL_INTERLEAVE || found.mode == MPOL_WEIGHTED_INTERLEAVE)
		kernel_next_interleave(&found.next);
	*state = found;
	return 0;
}

bool policy_is(const struct placement *placement, const struct topology *topology, int mode,
               const struct idset *nodes)
{
	struct idset mask = policy_mask(placement, topology);

	return (mode & KERNEL_MODE_FLAGS) == placement->flags &&
	       canonical_mode(mode & ~KERNEL_MODE_FLAGS, nodes) == placement->mode &&
	       idset_equal(nodes, &mask);
}

static void apply_memory(const struct placement *placement, struct topology *topology)
{
	struct idset mask = policy_mask(placement, topology), nodes;
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
	if (!policy_is(placement, topology, mode, &nodes)) {
		char list[IDSET_TEXT];

		placement_refuse(
			placement->best_effort,
			"the kernel set another policy than it was asked for, on nodes %s (was "
			"the cpuset changed meanwhile?)",
			idset_text(&nodes, list));
	}
}

void policy_apply(const struct placement *placement, struct topology *topology)
{
	if (placement->mode != REQUEST_NO_MODE)
		apply_memory(placement, topology);
}
