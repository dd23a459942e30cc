/* The CPUs of a node as cells: threads of a core side by side, cores of a level 3 cache framed. */
#ifndef CELLS_H
#define CELLS_H

#include "lib/idset.h"

struct machine_node;
struct svg;

struct cells {
	const struct svg *svg;
	const struct idset *allowed; /* the others are dimmed */
	const unsigned *core_of;     /* the first CPU of each CPU's core */
	int width;                   /* that a CPU's number needs */
};

/* Draws CPUS, which are those of NODE, on a ground WIDTH wide, and returns how high it became. */
int cells_draw(const struct cells *cells, const struct idset *cpus, const struct machine_node *node,
               int x, int y, int width);

#endif
