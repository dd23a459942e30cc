/* Distances between nodes, as sysfs has them. */
#ifndef DISTANCE_H
#define DISTANCE_H

#include <stddef.h>

struct idset;

/*
 * The text of nodeN/distance: at most MAX numbers are stored in ROW. Returns how many there are in
 * all, -EINVAL or -ERANGE.
 */
int distance_parse(const char *text, size_t length, unsigned *row, unsigned max);

/* Holds the path of the file that distance_read failed on. */
#define DISTANCE_PATH 128

/*
 * Between NODES, all that are online, by ascending id: *distances becomes count * count numbers,
 * row by row, which the caller frees; 0 is unknown. ROOT as for util_read. Returns 0, or -errno
 * (-EBADMSG and -ERANGE: malformed) with the path in FAILED.
 */
int distance_read(int root, const struct idset *nodes, unsigned **distances,
                  char failed[DISTANCE_PATH]);

#endif
