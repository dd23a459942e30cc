/* The terminal that a report is shown on: its width, and shading by value. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>

/* Columns of the terminal that stdout is; 0: it is none, and nothing is folded. */
unsigned terminal_width(void);

enum terminal_color { TERMINAL_AUTO, TERMINAL_ALWAYS, TERMINAL_NEVER };

/* By itself colour is for terminals, and for those who did not set NO_COLOR (no-color.org). */
void terminal_set_color(enum terminal_color color);

/* Prints TEXT; where there is colour, on a shade that tells where VALUE lies from BEST to WORST. */
void terminal_shade(const char *text, double value, double best, double worst);

/* A row of words that goes on below its first word where the terminal ends. */
struct terminal_row {
	unsigned indent, column;
};

/* WORD, which begins with the blanks that part it from the one before it. */
void terminal_word(struct terminal_row *row, const char *word);

#endif
