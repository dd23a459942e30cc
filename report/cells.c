#include "report/cells.h"

#include <stdio.h>

#include "lib/util.h"
#include "machine.h"
#include "report/svg.h"

#define HEIGHT 18     /* of a cell */
#define THREAD_GAP 1  /* between the threads of a core */
#define CORE_GAP 5    /* between cores */
#define CACHE_GAP 8   /* between caches */
#define CACHE_INSET 7 /* between a cache's frame and its cells */

/* How the cores of a set stand: so many on a row, in cells that wide. */
struct grid {
	int cores, threads; /* threads of the widest core */
	int per_row, rows, cell;
};

/* Whether CPU is the first of its core in the set. */
static bool begins_core(const struct cells *cells, const struct idset *cpus, unsigned cpu)
{
	for (idset_each(other, cpus)) {
		if ((unsigned)other >= cpu)
			return true;
		if (cells->core_of[other] == cells->core_of[cpu])
			return false;
	}
	return true;
}

static int count_threads(const struct cells *cells, const struct idset *cpus, unsigned core)
{
	int count = 0;

	for (idset_each(cpu, cpus))
		count += cells->core_of[cpu] == core;
	return count;
}

static int core_width(int threads, int cell)
{
	return threads * (cell + THREAD_GAP) - THREAD_GAP;
}

static int divide_up(int count, int by)
{
	return (count + by - 1) / by;
}

/* Rows as full as each other; cells that are a little wider where that fills them. */
static struct grid plan(const struct cells *cells, const struct idset *cpus, int width)
{
	struct grid grid = { .threads = 1, .cell = cells->width };
	int most;

	for (idset_each(cpu, cpus)) {
		int threads;

		if (!begins_core(cells, cpus, (unsigned)cpu))
			continue;
		threads = count_threads(cells, cpus, cells->core_of[cpu]);
		grid.cores++;
		if (threads > grid.threads)
			grid.threads = threads;
	}
	most = (width + CORE_GAP) / (core_width(grid.threads, grid.cell) + CORE_GAP);
	grid.rows = divide_up(grid.cores, most ? most : 1);
	grid.per_row = grid.rows ? divide_up(grid.cores, grid.rows) : 1;
	/* Rather a row more than a last one that is not full. */
	for (int fewer = grid.per_row; fewer >= divide_up(2 * grid.per_row, 3); fewer--) {
		if (grid.cores % fewer)
			continue;
		grid.per_row = fewer;
		grid.rows = grid.cores / fewer;
		break;
	}
	return grid;
}

static int grid_width(const struct grid *grid)
{
	return grid->per_row * (core_width(grid->threads, grid->cell) + CORE_GAP) - CORE_GAP;
}

static int grid_height(const struct grid *grid)
{
	return grid->rows * (HEIGHT + CORE_GAP) - CORE_GAP;
}

static void widen(const struct cells *cells, struct grid *grid, int width)
{
	int core = (width + CORE_GAP) / grid->per_row - CORE_GAP;
	int cell = (core + THREAD_GAP) / grid->threads - THREAD_GAP;

	if (cell > 2 * cells->width)
		cell = 2 * cells->width;
	if (cell > grid->cell)
		grid->cell = cell;
}

static void draw_core(const struct cells *cells, const struct idset *cpus, unsigned core, int cell,
                      int x, int y)
{
	for (idset_each(cpu, cpus)) {
		bool is_allowed = idset_has(cells->allowed, (unsigned)cpu);

		if (cells->core_of[cpu] != core)
			continue;
		svg_rect(cells->svg, is_allowed ? "cpu" : "cpu off", x, y, cell, HEIGHT);
		svg_text(cells->svg, SVG_TINY, is_allowed ? "m" : "m dim", x + cell / 2,
		         y + (HEIGHT - svg_line(SVG_TINY)) / 2, "%d", cpu);
		x += cell + THREAD_GAP;
	}
}

static void draw_grid(const struct cells *cells, const struct idset *cpus, const struct grid *grid,
                      int x, int y)
{
	int place = 0, left = x;

	for (idset_each(cpu, cpus)) {
		unsigned core = cells->core_of[cpu];

		if (!begins_core(cells, cpus, (unsigned)cpu))
			continue;
		if (place && place % grid->per_row == 0) {
			x = left;
			y += HEIGHT + CORE_GAP;
		}
		draw_core(cells, cpus, core, grid->cell, x, y);
		x += core_width(count_threads(cells, cpus, core), grid->cell) + CORE_GAP;
		place++;
	}
}

/* One frame; returns its height. */
static int draw_cache(const struct cells *cells, const struct machine_cache *cache, int x, int y,
                      int width, int height)
{
	struct grid grid = plan(cells, &cache->cpus, width - 2 * CACHE_INSET);
	int top = svg_line(SVG_TINY) + CACHE_INSET;
	char size[UTIL_SIZE] = "";

	if (cache->size >= 0)
		util_size((unsigned long long)cache->size, size);
	widen(cells, &grid, width - 2 * CACHE_INSET);
	svg_rect(cells->svg, "l3", x, y, width, height);
	svg_text(cells->svg, SVG_TINY, "dim", x + CACHE_INSET, y + 4, "L3%s%s", *size ? " " : "",
	         size);
	draw_grid(cells, &cache->cpus, &grid, x + CACHE_INSET, y + top);
	return top + grid_height(&grid) + CACHE_INSET;
}

/* How high a cache's frame is without being drawn. */
static int cache_height(const struct cells *cells, const struct machine_cache *cache, int width)
{
	struct svg measure = { .measures = true };
	struct cells silent = *cells;

	silent.svg = &measure;
	return draw_cache(&silent, cache, 0, 0, width, 0);
}

static int widest_cache(const struct cells *cells, const struct machine_node *node, int width)
{
	int widest = 1;

	for (unsigned i = 0; i < node->caches; i++) {
		struct grid grid = plan(cells, &node->cache[i].cpus, width - 2 * CACHE_INSET);

		if (grid_width(&grid) + 2 * CACHE_INSET > widest)
			widest = grid_width(&grid) + 2 * CACHE_INSET;
	}
	return widest;
}

static int draw_caches(const struct cells *cells, const struct machine_node *node, int x, int y,
                       int width)
{
	int count = (int)node->caches, top = y;
	int per_row = (width + CACHE_GAP) / (widest_cache(cells, node, width) + CACHE_GAP);
	int rows = divide_up(count, per_row ? per_row : 1), frame;

	per_row = divide_up(count, rows);
	frame = (width + CACHE_GAP) / per_row - CACHE_GAP;
	for (int first = 0; first < count; first += per_row) {
		int height = 0;

		for (int i = first; i < count && i < first + per_row; i++) {
			int own = cache_height(cells, &node->cache[i], frame);

			height = own > height ? own : height;
		}
		for (int i = first; i < count && i < first + per_row; i++)
			draw_cache(cells, &node->cache[i], x + (i - first) * (frame + CACHE_GAP), y,
			           frame, height);
		y += height + CACHE_GAP;
	}
	return y - CACHE_GAP - top;
}

int cells_draw(const struct cells *cells, const struct idset *cpus, const struct machine_node *node,
               int x, int y, int width)
{
	struct idset others = *cpus;
	int top = y;

	for (unsigned i = 0; i < node->caches; i++)
		others = idset_minus(&others, &node->cache[i].cpus);
	if (node->caches)
		y += draw_caches(cells, node, x, y, width);
	if (!idset_empty(&others)) {
		struct grid grid = plan(cells, &others, width);

		y += node->caches ? CACHE_GAP : 0;
		widen(cells, &grid, width);
		draw_grid(cells, &others, &grid, x, y);
		y += grid_height(&grid);
	}
	return y - top;
}
