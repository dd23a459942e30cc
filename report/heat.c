#include "report/heat.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/sample.h"
#include "measurement.h"
#include "report/curve.h"
#include "report/measure.h"
#include "report/picture.h"
#include "report/svg.h"

#define MARGIN 28
#define GAP 36

/* Maps stand side by side up to this width of the page; a single one may need more. */
#define WIDE 1160

/* The steps of matrix_shades. */
#define SHADES 8

/* A map: what was measured, or what the kernel says. */
struct map {
	const char *title;
	int kind;  /* enum measurement_kind; -1: */
	int known; /* enum measure_fact */
	const char *unit;
	int decimals;
	bool more_is_better;
};

static const struct map maps[] = {
	{ "latency, ns", MEASUREMENT_LATENCY, -1, " ns", 1, false },
	{ "read, MiB/s", MEASUREMENT_READ, -1, " MiB/s", 0, true },
	{ "write, MiB/s", MEASUREMENT_WRITE, -1, " MiB/s", 0, true },
	{ "copy, MiB/s", MEASUREMENT_COPY, -1, " MiB/s", 0, true },
	{ "mix, MiB/s", MEASUREMENT_MIX, -1, " MiB/s", 0, true },
	{ "distance (kernel)", -1, MEASURE_DISTANCE, "", 0, false },
	{ "latency, ns (HMAT)", -1, MEASURE_HMAT_LATENCY, " ns", 0, false },
	{ "read, MiB/s (HMAT)", -1, MEASURE_HMAT_BANDWIDTH, " MiB/s", 0, true },
};

struct heat {
	struct svg svg;
	const struct measure_report *report;
	int cell_width, cell_height; /* with the gap behind it */
	bool has_numbers;
	int width; /* of the page, as far as it is known */
};

static double value_at(const struct heat *heat, const struct map *map, unsigned i, unsigned t,
                       const struct sample **sample)
{
	*sample = NULL;
	if (map->kind < 0)
		return measure_known(heat->report, i, t, (enum measure_fact)map->known);
	*sample = measurement_figure(heat->report->measurement, i, t,
	                             (enum measurement_kind)map->kind);
	return (*sample)->count ? sample_median(*sample) : -1;
}

static bool find_range(const struct heat *heat, const struct map *map, double *least, double *most)
{
	const struct measurement *measurement = heat->report->measurement;
	const struct sample *sample;

	*least = *most = -1;
	for (unsigned i = 0; i < measurement->initiators; i++)
		for (unsigned t = 0; t < measurement->targets; t++) {
			double value = value_at(heat, map, i, t, &sample);

			if (value >= 0 && (*least < 0 || value < *least))
				*least = value;
			if (value > *most)
				*most = value;
		}
	return *most >= 0;
}

/* The slowest is the darkest. */
static int shade(const struct map *map, double value, double least, double most)
{
	double place = most > least ? (value - least) / (most - least) : 0;

	if (map->more_is_better && most > least)
		place = 1 - place;
	return (int)(place * (SHADES - 1) + 0.5);
}

static void draw_cell(const struct heat *heat, const struct map *map, unsigned i, unsigned t, int x,
                      int y, const double range[2])
{
	const struct measurement *measurement = heat->report->measurement;
	const struct sample *sample;
	double value = value_at(heat, map, i, t, &sample);
	int width = heat->cell_width - 2, height = heat->cell_height - 2;
	char name[128], class[16];

	snprintf(name, sizeof(name), "from node %u to node %u: ", measurement->initiator[i].node,
	         measurement->target[t].node);
	if (value < 0) {
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "not known");
		snprintf(class, sizeof(class), "free");
	} else {
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "%.*f%s", map->decimals,
		         value, map->unit);
		snprintf(class, sizeof(class), "s%d", shade(map, value, range[0], range[1]));
	}
	if (sample && value >= 0)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), ", spread %.0f%% of %u",
		         sample_spread(sample) * 100, sample->count);
	svg_open(&heat->svg, name);
	svg_rect(&heat->svg, class, x, y, width, height);
	if (heat->has_numbers && value < 0)
		svg_text(&heat->svg, SVG_BODY, "m", x + width / 2, y + 2, "-");
	else if (heat->has_numbers)
		svg_text(&heat->svg, SVG_BODY, "m", x + width / 2, y + 2, "%.*f", map->decimals,
		         value);
	if (heat->has_numbers && sample && value >= 0)
		svg_text(&heat->svg, SVG_TINY, "dim m", x + width / 2, y + 18, "%.0f%%%s",
		         sample_spread(sample) * 100, sample_is_noisy(sample) ? " *" : "");
	svg_close(&heat->svg);
}

static int label_width(const struct heat *heat)
{
	return heat->has_numbers ? 36 : 0;
}

static int map_width(const struct heat *heat, const struct map *map)
{
	int cells =
		label_width(heat) + (int)heat->report->measurement->targets * heat->cell_width - 2;
	int title = svg_width(SVG_HEADING, map->title, strlen(map->title));

	return cells > title ? cells : title;
}

static int map_height(const struct heat *heat)
{
	return svg_line(SVG_HEADING) + svg_line(SVG_SMALL) +
	       (int)heat->report->measurement->initiators * heat->cell_height;
}

static void draw_map(const struct heat *heat, const struct map *map, int x, int y)
{
	const struct measurement *measurement = heat->report->measurement;
	int first = x + label_width(heat), middle = (heat->cell_width - 2) / 2;
	double range[2];

	find_range(heat, map, &range[0], &range[1]);
	svg_text(&heat->svg, SVG_HEADING, "", x, y, "%s", map->title);
	y += svg_line(SVG_HEADING);
	for (unsigned t = 0; t < measurement->targets && heat->has_numbers; t++)
		svg_text(&heat->svg, SVG_SMALL, "strong m",
		         first + (int)t * heat->cell_width + middle, y, "%u",
		         measurement->target[t].node);
	y += svg_line(SVG_SMALL);
	for (unsigned i = 0; i < measurement->initiators; i++, y += heat->cell_height) {
		if (heat->has_numbers)
			svg_text(&heat->svg, SVG_SMALL, "strong e", first - 8,
			         y + (heat->cell_height - svg_line(SVG_SMALL)) / 2, "%u",
			         measurement->initiator[i].node);
		for (unsigned t = 0; t < measurement->targets; t++)
			draw_cell(heat, map, i, t, first + (int)t * heat->cell_width, y, range);
	}
}

static int write_line(struct heat *heat, enum svg_font font, const char *class, int y,
                      const char *text)
{
	int width = svg_width(font, text, strlen(text)) + 2 * MARGIN;

	if (heat->width < width)
		heat->width = width;
	svg_text(&heat->svg, font, class, MARGIN, y, "%s", text);
	return y + svg_line(font);
}

static int draw_head(struct heat *heat)
{
	const struct measurement *measurement = heat->report->measurement;
	char text[MEASURE_TEXT], line[MEASURE_TEXT + 64];
	int y = MARGIN - 8;

	y = write_line(heat, SVG_TITLE, "", y,
	               measurement->options.loaded ? "latency under a growing load"
	                                           : "latency and bandwidth between nodes") +
	    2;
	measure_describe_method(heat->report, text);
	snprintf(line, sizeof(line), "%s, with their spread; * above 10%%", text);
	y = write_line(heat, SVG_SMALL, "dim", y, line);
	measure_describe_buffers(heat->report, text);
	snprintf(line, sizeof(line), "buffers of %s", text);
	y = write_line(heat, SVG_SMALL, "dim", y, line);
	if (!measurement->options.loaded)
		y = write_line(heat, SVG_SMALL, "dim", y,
		               "from CPUs of the row's node to memory of the column's; the slower "
		               "the darker");
	if (measurement->is_interrupted) {
		snprintf(line, sizeof(line), "incomplete: interrupted after %u of %u runs",
		         measurement->done, measurement->planned);
		y = write_line(heat, SVG_SMALL, "note", y, line);
	}
	return y + 16;
}

static int draw_maps(struct heat *heat, int y)
{
	int x = MARGIN;
	bool is_first = true;

	for (size_t k = 0; k < sizeof(maps) / sizeof(maps[0]); k++) {
		int width = map_width(heat, &maps[k]);
		double least, most;

		if (!find_range(heat, &maps[k], &least, &most))
			continue;
		if (!is_first && x + width + MARGIN > WIDE) {
			x = MARGIN;
			y += map_height(heat) + GAP;
		}
		is_first = false;
		draw_map(heat, &maps[k], x, y);
		x += width + GAP;
		if (heat->width < x - GAP + MARGIN)
			heat->width = x - GAP + MARGIN;
	}
	return is_first ? y : y + map_height(heat);
}

static int draw(struct heat *heat)
{
	int y = draw_head(heat), width = 0;

	if (!heat->report->measurement->options.loaded)
		return draw_maps(heat, y) + MARGIN;
	y = curve_draw(&heat->svg, heat->report->measurement, MARGIN, y, WIDE - 2 * MARGIN, &width);
	if (heat->width < width + 2 * MARGIN)
		heat->width = width + 2 * MARGIN;
	return y + MARGIN;
}

/* With many nodes the shades alone have room; pointers show the numbers. */
static void choose_size(struct heat *heat)
{
	bool is_small = heat->report->measurement->targets > 16;

	heat->has_numbers = !is_small;
	heat->cell_width = is_small ? 14 : 66;
	heat->cell_height = is_small ? 14 : 38;
}

void heat_show(const struct measure_report *report)
{
	struct heat heat = { .report = report, .svg = { .measures = true } };
	int height;

	choose_size(&heat);
	height = draw(&heat);
	heat.svg.measures = false;
	picture_open(heat.width, height, "NUMA latency and bandwidth",
	             "What was measured between the nodes of this machine, by node of the CPUs and "
	             "node of the memory.");
	curve_style();
	svg_rect(&heat.svg, "page", 0, 0, heat.width, height);
	draw(&heat);
	printf("</svg>\n");
}
