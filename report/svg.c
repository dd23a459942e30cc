#include "report/svg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "report/value.h"

/* Longer texts are lists, which are no business of svg_text. */
#define TEXT 512

static const struct {
	const char *name;
	int size, line, weight;
} fonts[SVG_FONTS] = {
	[SVG_TITLE] = { "t1", 20, 28, 600 }, [SVG_HEADING] = { "t2", 14, 20, 600 },
	[SVG_BODY] = { "t3", 12, 18, 400 },  [SVG_SMALL] = { "t4", 11, 16, 400 },
	[SVG_TINY] = { "t5", 10, 13, 400 },
};

void svg_fonts(void)
{
	for (int i = 0; i < SVG_FONTS; i++)
		printf(".%s{font-size:%dpx;font-weight:%d}\n", fonts[i].name, fonts[i].size,
		       fonts[i].weight);
}

int svg_line(enum svg_font font)
{
	return fonts[font].line;
}

/* Of a character, in thousandths of the font's size: those of Verdana and DejaVu Sans, or more. */
static int em(const char *text)
{
	unsigned char c = (unsigned char)*text;

	if (c >= 0x80)
		return 1300;
	if (strchr("ijl!'|,.:; ", c))
		return 360;
	if (strchr("frtI-()[]/\\", c))
		return 440;
	if (strchr("mwMW@%", c))
		return 1000;
	if (c >= '0' && c <= '9')
		return 640;
	return c >= 'a' && c <= 'z' ? 640 : 840;
}

/* How many bytes at TEXT are one character, or one byte that is none. */
static size_t step(const char *text)
{
	size_t length = util_utf8(text);

	return length ? length : 1;
}

int svg_width(enum svg_font font, const char *text, size_t length)
{
	const char *end = text + length;
	int width = 0;

	for (; text < end; text += step(text))
		width += em(text);
	if (fonts[font].weight > 400)
		width += width / 8;
	return (width * fonts[font].size + 999) / 1000;
}

/* XML 1.0 has no place for these two either, however they are written. */
static bool is_noncharacter(const char *text)
{
	return !memcmp(text, "\xef\xbf\xbe", 3) || !memcmp(text, "\xef\xbf\xbf", 3);
}

void svg_escape(const char *text, size_t length)
{
	for (const char *end = text + length; text < end; text += step(text)) {
		unsigned char c = (unsigned char)*text;
		size_t bytes = util_utf8(text);

		if (c < ' ' || c == 0x7f || !bytes || (bytes == 3 && is_noncharacter(text)))
			printf("\xef\xbf\xbd");
		else if (strchr("<>&\"'", c))
			printf("&#%d;", c);
		else
			printf("%.*s", (int)bytes, text);
	}
}

void svg_rect(const struct svg *svg, const char *class, int x, int y, int width, int height)
{
	if (!svg->measures)
		printf("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", class,
		       x, y, width, height);
}

void svg_curve(const struct svg *svg, const char *class, const int points[][2], unsigned count)
{
	if (svg->measures)
		return;
	printf("<polyline class=\"%s\" points=\"", class);
	for (unsigned i = 0; i < count; i++)
		printf("%s%d,%d", i ? " " : "", points[i][0], points[i][1]);
	printf("\"/>\n");
}

/* Where the letters of a line stand. */
static int baseline(enum svg_font font, int y)
{
	return y + (fonts[font].line + fonts[font].size * 7 / 10) / 2;
}

static void open_text(enum svg_font font, const char *class, int x, int y)
{
	printf("<text class=\"%s%s%s\" x=\"%d\" y=\"%d\">", fonts[font].name, *class ? " " : "",
	       class, x, baseline(font, y));
}

void svg_text(const struct svg *svg, enum svg_font font, const char *class, int x, int y,
              const char *format, ...)
{
	char text[TEXT];
	va_list arguments;

	if (svg->measures)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	open_text(font, class, x, y);
	svg_escape(text, strlen(text));
	printf("</text>\n");
}

void svg_fit(const struct svg *svg, enum svg_font font, const char *class, int x, int y, int width,
             const char *text)
{
	size_t length = strlen(text), shown = 0;
	int rest = width - svg_width(font, "W", 1);

	if (svg->measures)
		return;
	if (svg_width(font, text, length) <= width) {
		svg_text(svg, font, class, x, y, "%s", text);
		return;
	}
	while (shown < length && svg_width(font, text, shown + step(text + shown)) <= rest)
		shown += step(text + shown);
	open_text(font, class, x, y);
	svg_escape(text, shown);
	printf("\xe2\x80\xa6<title>");
	svg_escape(text, length);
	printf("</title></text>\n");
}

void svg_write(struct svg_pen *pen, enum svg_font font, const char *class, const char *text)
{
	svg_fit(pen->svg, font, class, pen->x, pen->y, pen->width, text);
	pen->y += fonts[font].line;
}

/* How much of a list goes on one line: to its end, or to a comma; one entry always does. */
static size_t line_length(enum svg_font font, const char *list, int width)
{
	size_t length = 0;

	while (list[length]) {
		size_t entry = strcspn(list + length, ",");

		entry += list[length + entry] == ',';
		if (length && svg_width(font, list, length + entry) > width)
			break;
		length += entry;
	}
	return length;
}

int svg_list(const struct svg *svg, enum svg_font font, const char *class, int x, int y, int width,
             const char *list)
{
	int lines = 0;

	if (!svg->measures)
		open_text(font, class, x, y);
	for (size_t length; *list; list += length, lines++) {
		length = line_length(font, list, width);
		if (svg->measures)
			continue;
		if (lines)
			printf("<tspan x=\"%d\" dy=\"%d\">", x, fonts[font].line);
		svg_escape(list, length);
		printf("%s", lines ? "</tspan>" : "");
	}
	if (!svg->measures)
		printf("</text>\n");
	return lines;
}

void svg_numbers(const struct svg *svg, enum svg_font font, int x, int y, int step,
                 const unsigned *numbers, unsigned count)
{
	if (svg->measures)
		return;
	printf("<text class=\"%s m\" y=\"%d\">", fonts[font].name, baseline(font, y));
	for (unsigned i = 0; i < count; i++, x += step) {
		if (numbers[i])
			printf("<tspan x=\"%d\">%u</tspan> ", x, numbers[i]);
		else
			printf("<tspan x=\"%d\">-</tspan> ", x);
	}
	printf("</text>\n");
}

void svg_open(const struct svg *svg, const char *name)
{
	if (svg->measures)
		return;
	printf("<g><title>");
	svg_escape(name, strlen(name));
	printf("</title>\n");
}

void svg_close(const struct svg *svg)
{
	if (!svg->measures)
		printf("</g>\n");
}
