#include "lib/zoneinfo.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* What is left of a line. */
struct line {
	const char *p, *end;
};

static struct line next_word(struct line *line)
{
	struct line word;

	while (line->p < line->end && (*line->p == ' ' || *line->p == '\t'))
		line->p++;
	word.p = line->p;
	while (line->p < line->end && *line->p != ' ' && *line->p != '\t')
		line->p++;
	word.end = line->p;
	return word;
}

static bool is_word(struct line word, const char *text)
{
	size_t length = (size_t)(word.end - word.p);

	return length == strlen(text) && !memcmp(word.p, text, length);
}

static int parse_number(struct line word, unsigned long max, unsigned long *number)
{
	return util_parse_number(word.p, (size_t)(word.end - word.p), max, number);
}

/* "Node 0, zone   Normal": after its first word. */
static int parse_head(struct line line, struct zoneinfo *zone)
{
	struct line number = next_word(&line);
	unsigned long node;
	size_t length;
	int error;

	if (number.p == number.end || number.end[-1] != ',')
		return -EINVAL;
	number.end--;
	error = parse_number(number, UINT_MAX, &node);
	if (error)
		return error;
	if (!is_word(next_word(&line), "zone"))
		return -EINVAL;
	*zone = (struct zoneinfo){ .start = -1, -1, -1, -1, -1, -1, -1, -1 };
	zone->node = (unsigned)node;
	line = next_word(&line);
	length = (size_t)(line.end - line.p);
	if (length == 0 || length >= sizeof(zone->name))
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)line.p[i]))
			return -EINVAL;
	memcpy(zone->name, line.p, length);
	return 0;
}

/* No other line begins with these words: counters have prefixes, those of CPUs' lists a colon. */
static int parse_value(struct line line, struct zoneinfo *zone)
{
	const struct {
		const char *name;
		long long *value;
	} wanted[] = { { "min", &zone->min },         { "low", &zone->low },
		       { "high", &zone->high },       { "spanned", &zone->spanned },
		       { "present", &zone->present }, { "managed", &zone->managed },
		       { "start_pfn:", &zone->start } };
	struct line name = next_word(&line);
	long long *value = NULL;
	unsigned long number;
	int error;

	/* The first of them stands behind a heading: "pages free     3840". */
	if (is_word(name, "pages") && is_word(next_word(&line), "free"))
		value = &zone->free;
	for (size_t i = 0; !value && i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (is_word(name, wanted[i].name))
			value = wanted[i].value;
	if (!value)
		return 0;
	error = parse_number(next_word(&line), LLONG_MAX, &number);
	if (error)
		return error;
	*value = (long long)number;
	return 0;
}

static int add(struct zoneinfo **zones, size_t *count, const struct zoneinfo *zone)
{
	struct zoneinfo *more;

	/* A new one for each: there are four to a node. */
	more = reallocarray(*zones, *count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	*zones = more;
	more[(*count)++] = *zone;
	return 0;
}

static void drop_empty(struct zoneinfo *zones, size_t *count)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (zones[i].present > 0)
			zones[kept++] = zones[i];
	*count = kept;
}

long zoneinfo_parse(const char *text, size_t length, struct zoneinfo **zones)
{
	const char *end = text + length;
	struct zoneinfo *found = NULL;
	size_t count = 0;
	int error = 0;

	while (!error && text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		struct line line = { text, line_end ? line_end : end }, rest = line;

		text = line.end + 1;
		if (is_word(next_word(&rest), "Node")) {
			struct zoneinfo zone;

			error = parse_head(rest, &zone);
			if (!error)
				error = add(&found, &count, &zone);
		} else if (count) {
			error = parse_value(line, &found[count - 1]);
		}
	}
	if (error) {
		free(found);
		return error;
	}
	drop_empty(found, &count);
	*zones = found;
	return (long)count;
}
