/* SVG on stdout: shapes, and text whose width is known before its font is. */
#ifndef SVG_H
#define SVG_H

#include <stdbool.h>
#include <stddef.h>

/* Lengths are pixels; y is the upper edge of a shape or of a line of text. */
struct svg {
	bool measures; /* nothing is written: a first pass finds how much room there has to be */
};

enum svg_font { SVG_TITLE, SVG_HEADING, SVG_BODY, SVG_SMALL, SVG_TINY, SVG_FONTS };

/* Where lines are written one below the other: the upper left of the next one, and its room. */
struct svg_pen {
	const struct svg *svg;
	int x, y, width;
};

/* The style rules of the fonts, for a <style>. */
void svg_fonts(void);

/* From one line of text to the next. */
int svg_line(enum svg_font font);

/* The room that LENGTH bytes of text take at most, in the widest of the common fonts. */
int svg_width(enum svg_font font, const char *text, size_t length);

void svg_rect(const struct svg *svg, const char *class, int x, int y, int width, int height);

/* A line through COUNT points, each an x and a y. */
void svg_curve(const struct svg *svg, const char *class, const int points[][2], unsigned count);

/* CLASS: "", or classes beside that of the font; "e": the text ends at X, "m": X is its middle. */
void svg_text(const struct svg *svg, enum svg_font font, const char *class, int x, int y,
              const char *format, ...) __attribute__((format(printf, 6, 7)));

/* As svg_text, but what has no room in WIDTH ends in an ellipsis, and a tooltip shows it all. */
void svg_fit(const struct svg *svg, enum svg_font font, const char *class, int x, int y, int width,
             const char *text);

/* A line of svg_fit, and on to the next. */
void svg_write(struct svg_pen *pen, enum svg_font font, const char *class, const char *text);

/*
 * A list ("0-3,8"), broken behind its commas into lines of WIDTH; the lines of one <text>, put
 * together, are the list. Returns how many lines there are.
 */
int svg_list(const struct svg *svg, enum svg_font font, const char *class, int x, int y, int width,
             const char *list);

/* COUNT numbers on a line, centred STEP apart, the first at X; "-" for 0. */
void svg_numbers(const struct svg *svg, enum svg_font font, int x, int y, int step,
                 const unsigned *numbers, unsigned count);

/* A group of what belongs together, with its name, which a pointer shows; svg_close ends it. */
void svg_open(const struct svg *svg, const char *name);
void svg_close(const struct svg *svg);

/* Text with what XML cannot hold as it is; control characters and what is no UTF-8 as U+FFFD. */
void svg_escape(const char *text, size_t length);

#endif
