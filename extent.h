/* Where a node's memory lies: its zones and the ranges of physical addresses. */
#ifndef EXTENT_H
#define EXTENT_H

struct attribute_reader;
struct machine;
struct topology;

/*
 * Fills in zone and range of the machine's nodes; needs TOPOLOGY_MEMORY. Returns 0, or -errno with
 * the path in reader->path.
 */
int extent_load(const struct topology *topology, struct attribute_reader *reader,
                struct machine *machine);

#endif
