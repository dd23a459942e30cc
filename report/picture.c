#include "report/picture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "machine.h"
#include "report/box.h"
#include "report/cells.h"
#include "report/matrix.h"
#include "report/svg.h"
#include "topology.h"

#define MARGIN 28
#define GAP 16
#define SECTION_GAP 32

/* Above this many nodes their boxes are small ones. */
#define MOST_LARGE 16

struct page {
	struct svg svg;
	struct topology *topology;
	const struct machine *machine;
	struct cells cells;
	struct box box;
	int columns, box_width;
	int width, height; /* of the whole picture */
};

static const char light[] =
	"text{fill:#1f2933}.dim{fill:#5b6773}.note{fill:#1d5c9e}\n"
	".page{fill:#ffffff}.box{fill:#f7f9fa;stroke:#d0d8df}.rule{fill:#d0d8df}\n"
	".l3{stroke:#b3c0cc}.cpu{fill:#d6e4f2}.cpu.off{stroke:#8695a3}\n"
	".used{fill:#2f6fb3}.cache{fill:#8fb8e0}.free{fill:#d3dbe2}\n";

static const char dark[] =
	"text{fill:#e4e9ee}.dim{fill:#9fabb7}.note{fill:#85b9ec}\n"
	".page{fill:#13171c}.box{fill:#1b2128;stroke:#36414c}.rule{fill:#36414c}\n"
	".l3{stroke:#4b5966}.cpu{fill:#27425d}.cpu.off{stroke:#71808e}\n"
	".used{fill:#63a4e0}.cache{fill:#3a6795}.free{fill:#3d4955}\n";

/* Behind the colours: what both have. */
static const char shapes[] = "text{font-family:system-ui,sans-serif;"
			     "font-variant-numeric:tabular-nums}\n"
			     ".e{text-anchor:end}.m{text-anchor:middle}.strong{font-weight:600}\n"
			     ".box{rx:8px}.l3{rx:6px}.cpu,.used,.cache,.free{rx:2px}\n"
			     ".l3,.cpu.off{fill:none}.cpu.off{stroke-dasharray:2}\n"
			     ".used.off,.cache.off,.free.off{fill-opacity:.4}\n";

static void print_style(void)
{
	printf("<style>\n%s", light);
	svg_fonts();
	printf("%s", shapes);
	matrix_shades("#2f6fb3");
	printf("@media (prefers-color-scheme:dark){\n%s", dark);
	matrix_shades("#63a4e0");
	printf("}\n</style>\n");
}

/* "4 nodes, 8 CPUs, 3.0 G of memory" */
static void describe(const struct topology *topology, char *text, size_t size)
{
	unsigned cpus = idset_count(&topology->cpus);
	unsigned long long bytes = 0;
	char memory[UTIL_SIZE];

	for (unsigned i = 0; i < topology->count; i++)
		if (topology->node[i].memory.total > 0)
			bytes += (unsigned long long)topology->node[i].memory.total;
	snprintf(text, size, "%u node%s, %u CPU%s%s%s%s", topology->count,
	         topology->count == 1 ? "" : "s", cpus, cpus == 1 ? "" : "s", bytes ? ", " : "",
	         bytes ? util_size(bytes, memory) : "", bytes ? " of memory" : "");
}

/* A line in the head, which needs all its room: lists are cut short. */
static int write_note(struct page *page, int y, const char *text)
{
	int width = svg_width(SVG_SMALL, text, strlen(text));

	if (page->svg.measures && page->width < width + 2 * MARGIN)
		page->width = width + 2 * MARGIN;
	svg_text(&page->svg, SVG_SMALL, "dim", MARGIN, y, "%s", text);
	return y + svg_line(SVG_SMALL);
}

static int write_limit(struct page *page, int y, const char *what, const struct idset *allowed,
                       const struct idset *all)
{
	char part[IDSET_TEXT], whole[IDSET_TEXT], text[128];

	if (idset_equal(allowed, all))
		return y;
	snprintf(text, sizeof(text), "%s: %.40s of %.40s", what,
	         idset_empty(allowed) ? "none" : idset_text(allowed, part), idset_text(all, whole));
	return write_note(page, y, text);
}

static int write_settings(struct page *page, int y)
{
	const struct machine *machine = page->machine;
	const struct {
		const char *name;
		long long value;
	} settings[] = { { "kernel.numa_balancing", machine->numa_balancing },
		         { "vm.zone_reclaim_mode", machine->zone_reclaim } };
	char text[128] = "";
	int length = 0;

	for (int i = 0; i < 2; i++)
		if (settings[i].value >= 0)
			length += snprintf(text + length, sizeof(text) - (size_t)length,
			                   "%s%s = %lld", *text ? ", " : "", settings[i].name,
			                   settings[i].value);
	return *text ? write_note(page, y, text) : y;
}

static int write_no_numa(struct page *page, int y)
{
	char list[IDSET_TEXT], text[160];

	snprintf(text, sizeof(text),
	         "this kernel has no NUMA support: one memory for all CPUs (%.80s)",
	         idset_text(&page->topology->cpus, list));
	return write_note(page, y, text);
}

static int draw_head(struct page *page)
{
	const struct topology *topology = page->topology;
	char text[128];
	int y = MARGIN - 8, width;

	describe(topology, text, sizeof(text));
	width = svg_width(SVG_TITLE, text, strlen(text)) + 2 * MARGIN;
	if (page->svg.measures && page->width < width)
		page->width = width;
	svg_text(&page->svg, SVG_TITLE, "", MARGIN, y, "%s", text);
	y += svg_line(SVG_TITLE) + 2;
	if (!topology->is_numa)
		y = write_no_numa(page, y);
	y = write_limit(page, y, "memory allowed", &topology->allowed_nodes, &topology->has_memory);
	y = write_limit(page, y, "CPUs allowed", &topology->allowed_cpus, &topology->cpus);
	return write_settings(page, y) + GAP - 2;
}

static int draw_box(const struct page *page, unsigned i, int y, int height)
{
	int x = MARGIN + (int)i % page->columns * (page->box_width + GAP);

	return (page->topology->count > MOST_LARGE ? box_draw_small : box_draw)(&page->box, i, x, y,
	                                                                        page->box_width,
	                                                                        height);
}

/* The boxes of a row are as high as the highest of them. */
static int draw_boxes(const struct page *page, int y)
{
	const struct svg measure = { .measures = true };
	unsigned count = page->topology->count, columns = (unsigned)page->columns;
	struct page silent = *page;

	silent.box.svg = &measure;
	silent.cells.svg = &measure;
	silent.box.cells = &silent.cells;
	for (unsigned first = 0; first < count; first += columns) {
		int height = 0;

		for (unsigned i = first; i < count && i < first + columns; i++) {
			int own = draw_box(&silent, i, y, 0);

			height = own > height ? own : height;
		}
		for (unsigned i = first; i < count && i < first + columns; i++)
			draw_box(page, i, y, height);
		y += height + GAP;
	}
	return y - GAP + SECTION_GAP;
}

static int draw_tiers(const struct page *page, int x, int y)
{
	const struct machine *machine = page->machine;

	svg_text(&page->svg, SVG_HEADING, "", x, y, "memory tiers");
	y += svg_line(SVG_HEADING);
	svg_text(&page->svg, SVG_SMALL, "dim", x, y, "the fastest first");
	y += svg_line(SVG_SMALL) + 6;
	for (unsigned i = 0; i < machine->tiers; i++) {
		char list[IDSET_TEXT];

		svg_text(&page->svg, SVG_BODY, "", x, y, "tier %u: %.100s", machine->tier[i].id,
		         idset_text(&machine->tier[i].nodes, list));
		y += svg_line(SVG_BODY);
	}
	return y;
}

/* The matrix, and beside it the tiers. */
static int draw_tables(struct page *page, int y)
{
	int width, bottom, tiers;

	bottom = y + matrix_draw(&page->svg, page->topology, MARGIN, y, &width);
	if (page->svg.measures && page->width < width + 2 * MARGIN)
		page->width = width + 2 * MARGIN;
	if (!page->machine->tiers)
		return bottom;
	width += width ? 2 * SECTION_GAP : 0;
	if (MARGIN + width + 300 < page->width) {
		tiers = draw_tiers(page, MARGIN + width, y);
		return tiers > bottom ? tiers : bottom;
	}
	return draw_tiers(page, MARGIN, bottom + SECTION_GAP);
}

static void choose_columns(struct page *page)
{
	static const struct {
		unsigned most;
		int columns, width;
	} grids[] = { { 1, 1, 640 }, { 2, 2, 464 },          { 3, 3, 368 },        { 4, 2, 464 },
		      { 6, 3, 368 }, { MOST_LARGE, 4, 328 }, { IDSET_MAX, 8, 176 } };
	int k = 0;

	while (page->topology->count > grids[k].most)
		k++;
	page->columns = grids[k].columns;
	page->box_width = grids[k].width;
	page->width = page->columns * (page->box_width + GAP) - GAP + 2 * MARGIN;
}

static void draw(struct page *page)
{
	int y = draw_head(page);

	if (page->topology->count) {
		y = draw_boxes(page, y);
		y = draw_tables(page, y);
	}
	page->height = y + MARGIN;
}

void picture_open(int width, int height, const char *title, const char *description)
{
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	       "viewBox=\"0 0 %d %d\" role=\"graphics-document document\" "
	       "aria-labelledby=\"title desc\">\n",
	       width, height, width, height);
	printf("<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", title, description);
	print_style();
}

static void open_page(const struct page *page)
{
	char text[128], description[256];

	describe(page->topology, text, sizeof(text));
	snprintf(description, sizeof(description),
	         "%s, with the memory, CPUs and devices of each node and the distances between "
	         "them.",
	         text);
	picture_open(page->width, page->height, "NUMA hardware", description);
}

/* Of each CPU the first one of its core, or itself where the kernel does not tell. */
static unsigned *read_cores(struct topology *topology)
{
	unsigned *core_of = calloc(IDSET_MAX, sizeof(*core_of));

	if (!core_of)
		util_die(util_failure, "%s", strerror(errno));
	for (idset_each(cpu, &topology->cpus)) {
		struct idset threads;
		int error = topology->count > MOST_LARGE
		                    ? -ENOENT
		                    : topology_core(topology, (unsigned)cpu, &threads);

		if (error && error != -ENOENT)
			util_die(util_failure, "%s: %s", topology->failed, util_reason(error));
		core_of[cpu] = error ? (unsigned)cpu : (unsigned)idset_next(&threads, 0);
	}
	return core_of;
}

/* What the number of the last CPU needs. */
static int cell_width(const struct topology *topology)
{
	char text[16];
	int last = 0, length;

	for (idset_each(cpu, &topology->cpus))
		last = cpu;
	length = snprintf(text, sizeof(text), "%d", last < 10 ? 10 : last);
	return svg_width(SVG_TINY, text, (size_t)length) + 8;
}

void picture_show(struct topology *topology, const struct machine *machine,
                  const struct device *device, size_t devices)
{
	unsigned *core_of = read_cores(topology);
	struct page page = { .topology = topology, .machine = machine };

	page.cells =
		(struct cells){ &page.svg, &topology->allowed_cpus, core_of, cell_width(topology) };
	page.box = (struct box){ &page.svg, &page.cells, topology, machine, device, devices };
	choose_columns(&page);
	page.svg.measures = true;
	draw(&page);
	page.svg.measures = false;
	open_page(&page);
	svg_rect(&page.svg, "page", 0, 0, page.width, page.height);
	draw(&page);
	printf("</svg>\n");
	free(core_of);
}
