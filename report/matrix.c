#include "report/matrix.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/svg.h"
#include "topology.h"

/* Strong enough to be told apart, and so faint that the numbers on them can be read. */
#define SHADES 8
#define STEP 6 /* of opacity, in hundredths */

/* Above this many nodes the numbers would be too many to be of use: shades alone. */
#define MOST_NUMBERS 128

struct matrix {
	const struct svg *svg;
	const struct topology *topology;
	unsigned low, high; /* the least and the largest distance */
	enum svg_font font;
	int x, y;          /* of the first cell */
	int width, height; /* of a cell */
	int gap;           /* between cells; 0: neighbours of one shade are one rectangle */
	bool has_numbers;
};

void matrix_shades(const char *color)
{
	for (int i = 0; i < SHADES; i++)
		printf(".s%d{fill:%s;fill-opacity:.%02d}\n", i, color, STEP * (i + 1));
}

static void find_range(struct matrix *matrix)
{
	const struct topology *topology = matrix->topology;

	for (unsigned i = 0; i < topology->count * topology->count; i++) {
		unsigned distance = topology->distances[i];

		if (distance && (!matrix->low || distance < matrix->low))
			matrix->low = distance;
		if (distance > matrix->high)
			matrix->high = distance;
	}
}

/* -1 where the distance is unknown. */
static int shade(const struct matrix *matrix, unsigned from, unsigned to)
{
	unsigned distance = topology_distance(matrix->topology, from, to);

	if (!distance)
		return -1;
	if (matrix->high == matrix->low)
		return 0;
	return (int)((double)(distance - matrix->low) / (matrix->high - matrix->low) *
	             (SHADES - 1));
}

static void choose_size(struct matrix *matrix)
{
	static const struct {
		unsigned most;
		enum svg_font font;
		int width, height, gap;
	} sizes[] = { { 16, SVG_BODY, 44, 26, 2 },
		      { 32, SVG_SMALL, 32, 20, 0 },
		      { MOST_NUMBERS, SVG_TINY, 24, 15, 0 },
		      { IDSET_MAX, SVG_TINY, 6, 6, 0 } };
	const struct topology *topology = matrix->topology;
	unsigned largest = topology->node[topology->count - 1].id, k = 0;
	char text[16];
	int length, least;

	while (topology->count > sizes[k].most)
		k++;
	matrix->font = sizes[k].font;
	matrix->width = sizes[k].width;
	matrix->height = sizes[k].height;
	matrix->gap = sizes[k].gap;
	matrix->has_numbers = topology->count <= MOST_NUMBERS;
	length =
		snprintf(text, sizeof(text), "%u", matrix->high > largest ? matrix->high : largest);
	least = svg_width(matrix->font, text, (size_t)length) + 4;
	if (matrix->has_numbers && matrix->width < least)
		matrix->width = least;
}

static void draw_shades(const struct matrix *matrix, unsigned row)
{
	unsigned count = matrix->topology->count;

	for (unsigned first = 0, end; first < count; first = end) {
		int level = shade(matrix, row, first);
		char class[16];

		end = first + 1;
		while (!matrix->gap && end < count && shade(matrix, row, end) == level)
			end++;
		if (level < 0)
			continue;
		snprintf(class, sizeof(class), "s%d", level);
		svg_rect(matrix->svg, class, matrix->x + (int)first * (matrix->width + matrix->gap),
		         matrix->y + (int)row * (matrix->height + matrix->gap),
		         (int)(end - first) * (matrix->width + matrix->gap) - matrix->gap,
		         matrix->height);
	}
}

static void draw_row(const struct matrix *matrix, unsigned row)
{
	const struct topology *topology = matrix->topology;
	int y = matrix->y + (int)row * (matrix->height + matrix->gap);

	draw_shades(matrix, row);
	if (!matrix->has_numbers)
		return;
	y += (matrix->height - svg_line(matrix->font)) / 2;
	svg_text(matrix->svg, matrix->font, "strong e", matrix->x - 8, y, "%u",
	         topology->node[row].id);
	svg_numbers(matrix->svg, matrix->font, matrix->x + matrix->width / 2, y,
	            matrix->width + matrix->gap,
	            topology->distances + (size_t)row * topology->count, topology->count);
}

static void draw_heads(const struct matrix *matrix, int y)
{
	const struct topology *topology = matrix->topology;
	int x = matrix->x + matrix->width / 2;

	for (unsigned i = 0; i < topology->count && matrix->has_numbers; i++) {
		svg_text(matrix->svg, matrix->font, "strong m", x, y, "%u", topology->node[i].id);
		x += matrix->width + matrix->gap;
	}
}

int matrix_draw(const struct svg *svg, const struct topology *topology, int x, int y, int *width)
{
	static const char explanation[] = "from the node of the row to that of the column";
	struct matrix matrix = { .svg = svg, .topology = topology };
	int top = y, least = svg_width(SVG_SMALL, explanation, sizeof(explanation) - 1);

	*width = 0;
	find_range(&matrix);
	if (!matrix.high)
		return 0;
	choose_size(&matrix);
	svg_text(svg, SVG_HEADING, "", x, y, "node distances");
	y += svg_line(SVG_HEADING);
	svg_text(svg, SVG_SMALL, "dim", x, y, "%s", explanation);
	y += svg_line(SVG_SMALL) + 6;
	matrix.x = x + (matrix.has_numbers ? matrix.width - 8 : 0);
	draw_heads(&matrix, y);
	matrix.y = y + svg_line(matrix.font) + 2;
	for (unsigned i = 0; i < topology->count; i++)
		draw_row(&matrix, i);
	*width = matrix.x - x + (int)topology->count * (matrix.width + matrix.gap);
	if (*width < least)
		*width = least;
	return matrix.y + (int)topology->count * (matrix.height + matrix.gap) - top;
}
