/* One node of the picture: a box with its memory, its CPUs and its devices. */
#ifndef BOX_H
#define BOX_H

#include <stddef.h>

struct cells;
struct device;
struct machine;
struct svg;
struct topology;

/* What boxes are drawn from. */
struct box {
	const struct svg *svg;
	const struct cells *cells;
	const struct topology *topology;
	const struct machine *machine;
	const struct device *device;
	size_t devices;
};

/*
 * Draws the node at place I of topology->node into a frame of that size, and returns how high the
 * frame has to be: to be called with an svg that measures first.
 */
int box_draw(const struct box *box, unsigned i, int x, int y, int width, int height);

/* For machines of many nodes: CPUs as a list, and no more than fits beside many others. */
int box_draw_small(const struct box *box, unsigned i, int x, int y, int width, int height);

#endif
