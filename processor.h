/* The processors of a node: its sockets, cores and level 3 caches. */
#ifndef PROCESSOR_H
#define PROCESSOR_H

struct attribute_reader;
struct machine_node;
struct topology;

/*
 * Fills in sockets, cores and cache of NODE, whose CPUs are those of topology->node[PLACE]. Returns
 * 0, or -errno with the path in reader->path.
 */
int processor_load(struct topology *topology, unsigned place, struct attribute_reader *reader,
                   struct machine_node *node);

#endif
