#include "lib/zoneinfo.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	*zone = (struct zoneinfo){ .start = -1, -1, -1, -1, -1, -1, -1, -1, -1 };
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

/* "(0, 2888, 3868)": the last is what holds against memory of programs, which all zones serve. */
static int parse_protection(struct line line, long long *protection)
{
	struct line word = next_word(&line), next;
	unsigned long number;

	if (word.p == word.end || *word.p++ != '(')
		return -EINVAL;
	for (;; word = next) {
		int error;

		if (word.p == word.end)
			return -EINVAL;
		word.end--;
		error = parse_number(word, LLONG_MAX, &number);
		if (error)
			return error;
		next = next_word(&line);
		if (*word.end == ')' && next.p == next.end)
			break;
		if (*word.end != ',')
			return -EINVAL;
	}
	*protection = (long long)number;
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
	if (is_word(name, "protection:"))
		return parse_protection(line, &zone->protection);
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

/* False: no machine has that much. */
static bool add_bytes(long long pages, long page, long long *sum)
{
	if (*sum < 0)
		*sum = 0;
	return pages <= 0 || (!__builtin_mul_overflow(pages, page, &pages) &&
	                      !__builtin_add_overflow(*sum, pages, sum));
}

static bool add_room(const struct zoneinfo *zone, long page, long long *room, long long *high)
{
	long long usable = zone->free - zone->high;

	if (zone->free < 0 || zone->high < 0)
		return true;
	usable -= zone->protection > 0 && usable > 0 ? zone->protection : 0;
	return add_bytes(usable, page, room) && add_bytes(zone->high, page, high);
}

int zoneinfo_room(int root, unsigned ids, long long *room, long long *high)
{
	struct zoneinfo *zones = NULL;
	char *text;
	size_t length;
	long count = util_read(root, &text, &length, "/proc/zoneinfo");
	bool fits = true;

	if (count < 0)
		return (int)count;
	count = zoneinfo_parse(text, length, &zones);
	free(text);
	if (count < 0)
		return util_malformed((int)count);
	for (unsigned i = 0; i < ids; i++)
		room[i] = high[i] = ZONEINFO_UNKNOWN;
	for (long i = 0; zones && i < count; i++)
		if (zones[i].node < ids)
			fits &= add_room(&zones[i], sysconf(_SC_PAGESIZE), &room[zones[i].node],
			                 &high[zones[i].node]);
	free(zones);
	return fits ? 0 : -ERANGE;
}
