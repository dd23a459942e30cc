#include "report/bar.h"

#include <stdio.h>

#include "lib/util.h"
#include "report/svg.h"
#include "topology.h"

static const char *size_text(long long bytes, char text[UTIL_SIZE])
{
	return bytes < 0 ? "-" : util_size((unsigned long long)bytes, text);
}

/* Pixels that PART takes of WIDTH; what is there can be seen. */
static int share(long long part, long long whole, int width)
{
	int pixels;

	if (part <= 0 || whole <= 0)
		return 0;
	pixels = (int)((double)part / (double)whole * width + 0.5);
	return pixels < 1 ? 1 : pixels > width ? width : pixels;
}

static void draw_shares(struct svg_pen *pen, const struct topology_node *node, bool is_allowed,
                        int height)
{
	const struct topology_memory *memory = &node->memory;
	int used = share(memory->used, memory->total, pen->width);
	int cache = share(memory->file_cache, memory->used, used);

	svg_rect(pen->svg, is_allowed ? "free" : "free off", pen->x, pen->y, pen->width, height);
	if (used > cache)
		svg_rect(pen->svg, is_allowed ? "used" : "used off", pen->x, pen->y, used - cache,
		         height);
	if (cache)
		svg_rect(pen->svg, is_allowed ? "cache" : "cache off", pen->x + used - cache,
		         pen->y, cache, height);
	pen->y += height;
}

/* The file cache is a part of what is used. */
static long long other_use(const struct topology_memory *memory)
{
	long long cache = memory->file_cache > 0 ? memory->file_cache : 0;

	return memory->used < cache ? memory->used : memory->used - cache;
}

/* The parts of a bar by name, each with its colour. */
static void write_parts(struct svg_pen *pen, const struct topology_node *node)
{
	const struct topology_memory *memory = &node->memory;
	const struct {
		const char *name, *class;
		long long bytes;
	} parts[] = { { "other", "used", other_use(memory) },
		      { "cache", "cache", memory->file_cache },
		      { "free", "free", memory->free } };

	for (int i = 0; i < 3; i++) {
		int x = pen->x + i * pen->width / 3;
		char size[UTIL_SIZE];

		if (parts[i].bytes < 0)
			continue;
		svg_rect(pen->svg, parts[i].class, x, pen->y + 4, 8, 8);
		svg_text(pen->svg, SVG_SMALL, "dim", x + 12, pen->y, "%s %s", parts[i].name,
		         size_text(parts[i].bytes, size));
	}
	pen->y += svg_line(SVG_SMALL);
}

/* Exact numbers, for a pointer to show. */
static void open_bar(const struct svg_pen *pen, const struct topology_node *node, bool is_allowed)
{
	const struct topology_memory *memory = &node->memory;
	const struct {
		const char *name;
		long long bytes;
	} parts[] = { { "", memory->total },
		      { ", used ", memory->used },
		      { ", cache ", memory->file_cache },
		      { ", free ", memory->free } };
	char name[256];
	int length = snprintf(name, sizeof(name), "memory of node %u in bytes: ", node->id);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].bytes >= 0)
			length += snprintf(name + length, sizeof(name) - (size_t)length, "%s%lld",
			                   parts[i].name, parts[i].bytes);
	snprintf(name + length, sizeof(name) - (size_t)length, "%s",
	         is_allowed ? "" : "; not allowed");
	svg_open(pen->svg, name);
}

static bool has_shares(const struct topology_node *node)
{
	return node->memory.total > 0 && node->memory.used >= 0;
}

void bar_draw(struct svg_pen *pen, const struct topology_node *node, bool is_allowed)
{
	char size[UTIL_SIZE];

	open_bar(pen, node, is_allowed);
	svg_text(pen->svg, SVG_BODY, "", pen->x, pen->y, "memory");
	svg_text(pen->svg, SVG_BODY, "e", pen->x + pen->width, pen->y, "%s",
	         size_text(node->memory.total, size));
	pen->y += svg_line(SVG_BODY) + 2;
	if (has_shares(node)) {
		draw_shares(pen, node, is_allowed, 10);
		pen->y += 2;
		write_parts(pen, node);
	}
	svg_close(pen->svg);
}

void bar_draw_small(struct svg_pen *pen, const struct topology_node *node, bool is_allowed)
{
	char total[UTIL_SIZE], free[UTIL_SIZE], text[64];

	open_bar(pen, node, is_allowed);
	if (has_shares(node))
		draw_shares(pen, node, is_allowed, 6);
	snprintf(text, sizeof(text), "%s of %s free", size_text(node->memory.free, free),
	         size_text(node->memory.total, total));
	svg_write(pen, SVG_TINY, "", text);
	svg_close(pen->svg);
}
