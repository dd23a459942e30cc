#include "report/curve.h"

#include <stdbool.h>
#include <stdio.h>

#include "lib/sample.h"
#include "measurement.h"
#include "report/svg.h"

#define WIDTH 300
#define HEIGHT 180
#define GAP 28
#define LEFT 48 /* room for the numbers of the axis */

struct scale {
	double bandwidth, latency; /* the largest of all */
};

static bool find_scale(const struct measurement *measurement, struct scale *scale)
{
	*scale = (struct scale){ 0, 0 };
	for (unsigned i = 0; i < measurement->initiators; i++)
		for (unsigned t = 0; t < measurement->targets; t++)
			for (unsigned k = 0; k < MEASUREMENT_LEVELS; k++) {
				const struct sample *latency =
					measurement_level(measurement, i, t, k, false);
				double bandwidth;

				if (!latency->count)
					continue;
				bandwidth = sample_median(
					measurement_level(measurement, i, t, k, true));
				if (bandwidth > scale->bandwidth)
					scale->bandwidth = bandwidth;
				if (sample_median(latency) > scale->latency)
					scale->latency = sample_median(latency);
			}
	return scale->latency > 0;
}

void curve_style(void)
{
	printf("<style>\n.curve{fill:none;stroke:#2f6fb3;stroke-width:2px}\n"
	       "@media (prefers-color-scheme:dark){\n.curve{stroke:#63a4e0}\n}\n</style>\n");
}

/* Where a point of the chart at X and Y lies; the origin is its lower left. */
static int place(double value, double largest, int length)
{
	return largest > 0 ? (int)(value / largest * length + 0.5) : 0;
}

static void draw_points(const struct svg *svg, const struct measurement *measurement, unsigned i,
                        unsigned t, const struct scale *scale, int x, int y)
{
	int points[MEASUREMENT_LEVELS][2];
	unsigned count = 0;

	for (unsigned k = 0; k < MEASUREMENT_LEVELS; k++) {
		const struct sample *latency = measurement_level(measurement, i, t, k, false);
		double bandwidth, median;
		char name[128];

		if (!latency->count)
			continue;
		bandwidth = sample_median(measurement_level(measurement, i, t, k, true));
		median = sample_median(latency);
		points[count][0] = x + place(bandwidth, scale->bandwidth, WIDTH - LEFT);
		points[count][1] = y - place(median, scale->latency, HEIGHT);
		snprintf(name, sizeof(name), "load %u%%: %.0f MiB/s, %.1f ns, spread %.0f%%",
		         measurement_loads[k], bandwidth, median, sample_spread(latency) * 100);
		svg_open(svg, name);
		svg_rect(svg, "used", points[count][0] - 3, points[count][1] - 3, 6, 6);
		svg_close(svg);
		count++;
	}
	svg_curve(svg, "curve", (const int(*)[2])points, count);
}

static int chart_height(void)
{
	return svg_line(SVG_HEADING) + 10 + HEIGHT + 4 + svg_line(SVG_SMALL);
}

static void draw_chart(const struct svg *svg, const struct measurement *measurement, unsigned i,
                       unsigned t, const struct scale *scale, int x, int y)
{
	int left = x + LEFT, bottom;

	svg_text(svg, SVG_HEADING, "", x, y, "node %u to node %u", measurement->initiator[i].node,
	         measurement->target[t].node);
	y += svg_line(SVG_HEADING) + 10;
	bottom = y + HEIGHT;
	svg_rect(svg, "rule", left - 2, y, 1, HEIGHT);
	svg_rect(svg, "rule", left - 2, bottom + 1, WIDTH - LEFT + 2, 1);
	svg_text(svg, SVG_SMALL, "dim e", left - 8, y - 8, "%.0f ns", scale->latency);
	svg_text(svg, SVG_SMALL, "dim e", left - 8, bottom - 8, "0");
	svg_text(svg, SVG_SMALL, "dim e", x + WIDTH, bottom + 4, "%.0f MiB/s", scale->bandwidth);
	draw_points(svg, measurement, i, t, scale, left, bottom);
}

int curve_draw(const struct svg *svg, const struct measurement *measurement, int x, int y, int room,
               int *width)
{
	int left = x;
	struct scale scale;

	*width = 0;
	if (!find_scale(measurement, &scale))
		return y;
	for (unsigned i = 0; i < measurement->initiators; i++) {
		for (unsigned t = 0; t < measurement->targets; t++) {
			if (!measurement_level(measurement, i, t, 0, false)->count)
				continue;
			if (x > left && x + WIDTH > left + room) {
				x = left;
				y += chart_height() + GAP;
			}
			draw_chart(svg, measurement, i, t, &scale, x, y);
			x += WIDTH + GAP;
			if (x - GAP - left > *width)
				*width = x - GAP - left;
		}
	}
	return y + chart_height();
}
