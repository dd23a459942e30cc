/* Small whole weights for interleaving, from bandwidths. */
#ifndef WEIGHT_H
#define WEIGHT_H

#include "lib/idset.h"

struct machine;
struct machine_node;

/* The kernel's limits (1 to 255); 0 is "not known". */
#define WEIGHT_MAX 255

/*
 * The weights of COUNT nodes whose BANDWIDTH is in any unit, 0 where it is not known: the smallest
 * with which the share of pages of each is within 5 % of its share of the bandwidth, or else those
 * that come nearest. Weights of nodes whose bandwidth is not known become 0.
 *
 * Returns by how much of itself the share that is most wrong is wrong (0.05 is 5 %); negative where
 * no bandwidth is known.
 */
double weight_derive(const unsigned long long bandwidth[], unsigned count, unsigned weight[]);

/*
 * What the firmware says of the bandwidth of a node's memory, from its nearest initiators, in
 * MiB/s: the lesser of reading and writing, as the kernel takes it for its automatic weights. 0
 * where it is not known, or the node has no memory.
 */
unsigned long long weight_bandwidth(const struct machine_node *node);

/*
 * weight_derive of these, of machine->count nodes: of all, or of those alone that INITIATORS are
 * the nearest to (of others the kernel does not tell how they reach them).
 */
double weight_by_hmat(const struct machine *machine, const struct idset *initiators,
                      unsigned weight[]);

#endif
