/* Sets of CPU or node ids, as values. */
#ifndef IDSET_H
#define IDSET_H

#include <stdbool.h>
#include <stddef.h>

/* The kernel's own limits are 8192 CPUs and 1024 nodes; every call takes a mask of this width. */
#define IDSET_MAX 8192
#define IDSET_LONG_BITS (8 * sizeof(unsigned long))

struct idset {
	unsigned long bits[IDSET_MAX / IDSET_LONG_BITS];
};

/* Holds the longest list there is (two of every three ids, as ranges) and its NUL. */
#define IDSET_TEXT 28672

/* Ids passed in must be below IDSET_MAX. */
bool idset_has(const struct idset *set, unsigned id);
void idset_add(struct idset *set, unsigned id);
void idset_remove(struct idset *set, unsigned id);
void idset_add_range(struct idset *set, unsigned low, unsigned high);

/* The lowest member that is at least FROM, or -1. */
int idset_next(const struct idset *set, unsigned from);

/* for (idset_each(id, &set)), which the formatter would take for statements. */
/* clang-format off */
#define idset_each(id, set) \
	int id = idset_next(set, 0); id >= 0; id = idset_next(set, (unsigned)id + 1)
/* clang-format on */

unsigned idset_count(const struct idset *set);
bool idset_empty(const struct idset *set);
bool idset_equal(const struct idset *a, const struct idset *b);
bool idset_subset(const struct idset *part, const struct idset *whole);
bool idset_overlap(const struct idset *a, const struct idset *b);
struct idset idset_and(const struct idset *a, const struct idset *b);
struct idset idset_or(const struct idset *a, const struct idset *b);
struct idset idset_minus(const struct idset *a, const struct idset *b);

/*
 * The kernel's lists ("0-3,8") and masks ("ff,00000003": hexadecimal, a comma after each 32 bits,
 * of any width). TEXT of LENGTH bytes may begin and end with newlines, blanks and NULs, as some
 * files of sysfs do; nothing else is the empty set. Returns 0, -EINVAL (malformed) or -ERANGE (an
 * id of IDSET_MAX or more); SET is written on success only.
 */
int idset_parse_list(const char *text, size_t length, struct idset *set);
int idset_parse_mask(const char *text, size_t length, struct idset *set);

/* Writes the set as a list ("0-3,8"; "" when empty) and returns TEXT. */
const char *idset_text(const struct idset *set, char text[IDSET_TEXT]);

#endif
