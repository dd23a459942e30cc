/* Distances between nodes as a matrix, shaded by value. */
#ifndef MATRIX_H
#define MATRIX_H

struct svg;
struct topology;

/* The style rules of its shades, of that colour. */
void matrix_shades(const char *color);

/* Draws it where distances are known; returns its height, and its width in *width. */
int matrix_draw(const struct svg *svg, const struct topology *topology, int x, int y, int *width);

#endif
