/* What `rank` means: the place of this process among a launcher's, as a node, a GPU or cores. */
#ifndef RANK_H
#define RANK_H

struct thing;

/* All as those of thing.h, with the launcher's word on the rank in thing->reason. */

/* Round-robin over the nodes with CPUs: the node, and the CPUs of it. */
int rank_node(struct thing *thing);

/* Round-robin over the GPUs. */
int rank_gpu(struct thing *thing);

/*
 * An even share of the cores on its node (where thing->ranked_gpus, that of its GPU) among the
 * ranks that are there.
 */
int rank_cores(struct thing *thing);

#endif
