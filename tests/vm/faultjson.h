/* JSON that is the same but for what is not known. */
#ifndef FAULTJSON_H
#define FAULTJSON_H

#include <stdbool.h>
#include <string.h>

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\n");
}

/* Behind a value, or NULL. */
static const char *skip_value(const char *p)
{
	unsigned depth = 0;

	p = skip_blanks(p);
	do {
		if (*p == '"') {
			for (p++; *p && *p != '"'; p++)
				p += *p == '\\';
			p += *p == '"';
		} else if (strchr("{[", *p) && *p) {
			depth++;
			p++;
		} else if (strchr("}]", *p) && *p) {
			depth--;
			p++;
		} else if (strchr(",: \t\n", *p) && *p) {
			p++;
		} else {
			size_t length = strcspn(p, "{}[]\",: \t\n");

			if (!length)
				return NULL;
			p += length;
		}
	} while (depth);
	return p;
}

static bool poorer(const char **a, const char **b);

/* The members of A are among those of B, in that order. */
static bool poorer_members(const char **a, const char **b, char end)
{
	*a = skip_blanks(*a + 1);
	*b = skip_blanks(*b + 1);
	while (**a && **a != end) {
		const char *x = *a, *y = *b;

		if (!**b || **b == end)
			return false;
		if (poorer(&x, &y)) {
			x = skip_blanks(x);
			*a = skip_blanks(x + (*x == ','));
		} else {
			y = skip_value(*b);
			/* The value of a member is no member. */
			if (y && end == '}' && *skip_blanks(y) == ':')
				y = skip_value(skip_blanks(y) + 1);
			if (!y)
				return false;
		}
		y = skip_blanks(y);
		*b = skip_blanks(y + (*y == ','));
	}
	while (**b && **b != end) {
		const char *y = skip_value(*b);

		if (!y)
			return false;
		y = skip_blanks(y);
		*b = skip_blanks(y + (*y == ',' || *y == ':'));
	}
	if (!**a || !**b)
		return false;
	(*a)++;
	(*b)++;
	return true;
}

/* Goes behind both values. */
static bool poorer(const char **a, const char **b)
{
	const char *x = *a = skip_blanks(*a), *y = *b = skip_blanks(*b);

	if (!strncmp(x, "null", 4)) {
		*a = x + 4;
		*b = skip_value(y);
		return *b != NULL;
	}
	if ((*x == '{' || *x == '[') && *x == *y)
		return poorer_members(a, b, *x == '{' ? '}' : ']');
	*a = skip_value(x);
	*b = skip_value(y);
	if (!*a || !*b || *a - x != *b - y || memcmp(x, y, (size_t)(*a - x)) != 0)
		return false;
	x = skip_blanks(*a);
	y = skip_blanks(*b);
	if (*x != ':' || *y != ':')
		return true;
	*a = x + 1;
	*b = y + 1;
	return poorer(a, b);
}

/* Whether A is a document as B is, but for what is null, or not there, in A. */
static bool json_is_poorer(const char *a, const char *b)
{
	return *skip_blanks(a) == '{' && poorer(&a, &b) && !*skip_blanks(a) && !*skip_blanks(b);
}

#endif
