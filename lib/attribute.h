/* Attributes: files of sysfs and procfs that hold one value, each of which may be missing. */
#ifndef ATTRIBUTE_H
#define ATTRIBUTE_H

#include <stddef.h>

#include "lib/idset.h"

struct attribute_reader {
	int root;       /* as for util_read */
	char path[256]; /* of what was read last: a failure is about it */
};

/* Of a word, with its NUL. */
#define ATTRIBUTE_WORD 64

/*
 * All take a path as util_read does and return 1; 0 where the file is missing (util_is_missing) or
 * says nothing; or -errno (-EBADMSG and -ERANGE: it is malformed). What is stored is written where
 * they return 1 alone.
 */

/* The text without blanks, newlines and NULs around it. */
int attribute_word(struct attribute_reader *reader, char word[ATTRIBUTE_WORD], const char *path,
                   ...) __attribute__((format(printf, 3, 4)));

/* A decimal number, or -1, which the kernel writes for what it does not know. */
int attribute_number(struct attribute_reader *reader, long long *number, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* In bytes: "16384K" or "1048576". */
int attribute_size(struct attribute_reader *reader, long long *bytes, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* "true" is 1, "false" 0. */
int attribute_flag(struct attribute_reader *reader, int *flag, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* PARSE is idset_parse_list or idset_parse_mask; the empty set says nothing. */
int attribute_set(struct attribute_reader *reader, struct idset *set,
                  int (*parse)(const char *, size_t, struct idset *), const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * The N of a folder's entries whose names are N between PREFIX and SUFFIX, by ascending N, into
 * *numbers, which the caller frees. Returns how many, 0 where the folder is missing, or -errno.
 */
long attribute_numbers(struct attribute_reader *reader, unsigned long **numbers, const char *prefix,
                       const char *suffix, const char *path, ...)
	__attribute__((format(printf, 5, 6)));

/* A whole file, which the caller frees. */
int attribute_text(struct attribute_reader *reader, char **text, size_t *length, const char *path,
                   ...) __attribute__((format(printf, 4, 5)));

#endif
