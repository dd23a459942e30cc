/* The machine as one SVG, which needs nothing beside it: light or dark as its viewer is. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stddef.h>

struct device;
struct machine;
struct topology;

/*
 * Prints on stdout. TOPOLOGY must be loaded but for TOPOLOGY_ABSENT; it is not const as the cores
 * of its CPUs are read here.
 */
void picture_show(struct topology *topology, const struct machine *machine,
                  const struct device *device, size_t devices);

/* Of a picture of this style what comes before its page; the words are for who cannot see it. */
void picture_open(int width, int height, const char *title, const char *description);

#endif
