/* The processors of a node: its sockets, cores and level 3 caches. */
#ifndef PROCESSOR_H
#define PROCESSOR_H

struct attribute_reader;
struct group_map;
struct machine_node;
struct topology;

/*
 * Fills in sockets, cores and cache of NODE, whose CPUs are those of topology->node[PLACE]; CACHES
 * has the ids of these (GROUP_CACHE). Returns 0, or -errno with the path in reader->path.
 */
int processor_load(struct topology *topology, unsigned place, const struct group_map *caches,
                   struct attribute_reader *reader, struct machine_node *node);

#endif
