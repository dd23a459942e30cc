/* Latency under a growing load as curves: a small chart for each pair of nodes, on one scale. */
#ifndef CURVE_H
#define CURVE_H

struct measurement;
struct svg;

/* The style rules of its own, as a <style>. */
void curve_style(void);

/* Draws them in rows of at most ROOM pixels; returns where they end, and their *width. */
int curve_draw(const struct svg *svg, const struct measurement *measurement, int x, int y, int room,
               int *width);

#endif
