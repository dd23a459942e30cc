/* The memory of a node as a bar: used, of that file cache, and free. */
#ifndef BAR_H
#define BAR_H

#include <stdbool.h>

struct svg_pen;
struct topology_node;

/* Where it is not allowed it is dimmed. The small one says less: "6.9 G of 7.7 G free". */
void bar_draw(struct svg_pen *pen, const struct topology_node *node, bool is_allowed);
void bar_draw_small(struct svg_pen *pen, const struct topology_node *node, bool is_allowed);

#endif
