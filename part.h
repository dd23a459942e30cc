/* Parts of the machine that CPU expressions name: nodes, sockets, caches, cores, kinds of CPU. */
#ifndef PART_H
#define PART_H

struct thing;

/*
 * All as those of thing.h, but that they answer in thing->cpus. The first four take N, N-M or
 * N-M:STEP, by the ids of group.h.
 */
int part_node(struct thing *thing);
int part_socket(struct thing *thing);
int part_cache(struct thing *thing);
int part_core(struct thing *thing);

/* Of hybrid processors. */
int part_pcore(struct thing *thing);
int part_ecore(struct thing *thing);

/* By isolcpus= and nohz_full= of the kernel's command line: in the first, and in none of them. */
int part_isolated(struct thing *thing);
int part_housekeeping(struct thing *thing);

#endif
