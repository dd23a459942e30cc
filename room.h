/* Room on nodes: file cache that is given up before memory is placed there. */
#ifndef ROOM_H
#define ROOM_H

struct idset;
struct placement;
struct request;
struct topology;

/*
 * --make-room of REQUEST, where it was given: has the kernel give up clean file cache on NODES
 * (NULL: those that PLACEMENT puts memory on) until that much is free there, or no more comes of
 * it. Exits with util_failure and one line on stderr where it falls short, or says so where REQUEST
 * has --best-effort.
 */
void room_make(const struct request *request, struct topology *topology,
               const struct placement *placement, const struct idset *nodes);

#endif
