/* Which node the kernel turns to: when one is full, and for pages that have gone cold. */
#ifndef FALLBACK_H
#define FALLBACK_H

struct machine;
struct topology;

/*
 * Fills in the nodes' fallback and demotion, as the kernel computes them; it shows neither but in
 * its log. Takes the machine's tiers and nodes, and of TOPOLOGY distances, memory and CPUs. Leaves
 * them empty where distances are unknown. Returns 0 or -ENOMEM.
 */
int fallback_compute(const struct topology *topology, struct machine *machine);

#endif
