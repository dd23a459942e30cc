#include "report/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static enum terminal_color wanted;

unsigned terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	/* Serial lines do not know. */
	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 80;
}

void terminal_set_color(enum terminal_color color)
{
	wanted = color;
}

static bool has_color(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (wanted != TERMINAL_AUTO)
		return wanted == TERMINAL_ALWAYS;
	return isatty(STDOUT_FILENO) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

/*
 * Of the 256 colours that terminals share, with text that can be read on each: so the shades do not
 * depend on the terminal's own background.
 */
static const struct {
	int back, text;
} shades[] = { { 195, 16 }, { 153, 16 }, { 117, 16 }, { 75, 16 }, { 26, 231 }, { 18, 231 } };

static const size_t shade_count = sizeof(shades) / sizeof(shades[0]);

void terminal_shade(const char *text, double value, double best, double worst)
{
	double place = best == worst ? 0 : (value - best) / (worst - best);
	size_t shade = place <= 0 ? 0 : (size_t)(place * (double)shade_count);

	if (best == worst || !has_color()) {
		fputs(text, stdout);
		return;
	}
	if (shade >= shade_count)
		shade = shade_count - 1;
	printf("\033[38;5;%d;48;5;%dm%s\033[0m", shades[shade].text, shades[shade].back, text);
}

void terminal_word(struct terminal_row *row, const char *word)
{
	unsigned width = terminal_width(), length = (unsigned)strlen(word);

	if (width && row->column > row->indent && row->column + length > width) {
		printf("\n%*s", (int)row->indent, "");
		row->column = row->indent;
	}
	fputs(word, stdout);
	row->column += length;
}
