#include "lib/attribute.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

/* Keeps the path, so that who reports a failure has it. */
#define TAKE_PATH(reader, path)                                                                    \
	do {                                                                                       \
		va_list arguments;                                                                 \
                                                                                                   \
		va_start(arguments, path);                                                         \
		vsnprintf((reader)->path, sizeof((reader)->path), path, arguments);                \
		va_end(arguments);                                                                 \
	} while (0)

/* 1, 0 where it is missing, or -errno. */
static int read_text(const struct attribute_reader *reader, char **text, size_t *length)
{
	int error = util_read(reader->root, text, length, "%s", reader->path);

	if (util_is_missing(error))
		return 0;
	return error ? error : 1;
}

static int read_word(const struct attribute_reader *reader, char word[ATTRIBUTE_WORD])
{
	char *text;
	size_t first = 0, length;
	int result = read_text(reader, &text, &length);

	if (result <= 0)
		return result;
	while (length > 0 && util_is_filler(text[length - 1]))
		length--;
	while (first < length && util_is_filler(text[first]))
		first++;
	length -= first;
	if (length == 0)
		result = 0;
	else if (length >= ATTRIBUTE_WORD || memchr(text + first, '\0', length))
		result = -EBADMSG;
	else
		*(char *)mempcpy(word, text + first, length) = '\0';
	free(text);
	return result;
}

int attribute_word(struct attribute_reader *reader, char word[ATTRIBUTE_WORD], const char *path,
                   ...)
{
	TAKE_PATH(reader, path);
	return read_word(reader, word);
}

int attribute_number(struct attribute_reader *reader, long long *number, const char *path, ...)
{
	char word[ATTRIBUTE_WORD];
	unsigned long value = 0;
	int result, error = 0;

	TAKE_PATH(reader, path);
	result = read_word(reader, word);
	if (result <= 0)
		return result;
	if (strcmp(word, "-1") != 0)
		error = util_parse_number(word, strlen(word), LLONG_MAX, &value);
	if (error)
		return util_malformed(error);
	*number = *word == '-' ? -1 : (long long)value;
	return 1;
}

int attribute_size(struct attribute_reader *reader, long long *bytes, const char *path, ...)
{
	char word[ATTRIBUTE_WORD];
	unsigned long value = 0;
	int result, error;

	TAKE_PATH(reader, path);
	result = read_word(reader, word);
	if (result <= 0)
		return result;
	error = util_parse_size(word, &value);
	if (!error && value > LLONG_MAX)
		error = -ERANGE;
	if (error)
		return util_malformed(error);
	*bytes = (long long)value;
	return 1;
}

int attribute_flag(struct attribute_reader *reader, int *flag, const char *path, ...)
{
	char word[ATTRIBUTE_WORD];
	int result;

	TAKE_PATH(reader, path);
	result = read_word(reader, word);
	if (result <= 0)
		return result;
	if (strcmp(word, "true") != 0 && strcmp(word, "false") != 0)
		return -EBADMSG;
	*flag = *word == 't';
	return 1;
}

int attribute_set(struct attribute_reader *reader, struct idset *set,
                  int (*parse)(const char *, size_t, struct idset *), const char *path, ...)
{
	struct idset found;
	char *text;
	size_t length;
	int result, error;

	TAKE_PATH(reader, path);
	result = read_text(reader, &text, &length);
	if (result <= 0)
		return result;
	error = parse(text, length, &found);
	free(text);
	if (error)
		return util_malformed(error);
	if (idset_empty(&found))
		return 0;
	*set = found;
	return 1;
}

int attribute_text(struct attribute_reader *reader, char **text, size_t *length, const char *path,
                   ...)
{
	TAKE_PATH(reader, path);
	return read_text(reader, text, length);
}

/* Whether it is PREFIX, a number and SUFFIX. */
static bool parse_name(const char *name, const char *prefix, const char *suffix,
                       unsigned long *number)
{
	size_t before = strlen(prefix), after = strlen(suffix), length = strlen(name);

	return length > before + after && !strncmp(name, prefix, before) &&
	       !strcmp(name + length - after, suffix) &&
	       !util_parse_number(name + before, length - before - after, ULONG_MAX, number);
}

static int compare(const void *a, const void *b)
{
	unsigned long left = *(const unsigned long *)a, right = *(const unsigned long *)b;

	return (left > right) - (left < right);
}

static long read_names(DIR *folder, const char *prefix, const char *suffix, unsigned long **numbers)
{
	unsigned long *found = NULL;
	size_t count = 0, room = 0;
	struct dirent *entry;

	while ((errno = 0, entry = readdir(folder))) {
		unsigned long number;

		if (!parse_name(entry->d_name, prefix, suffix, &number))
			continue;
		if (count == room) {
			unsigned long *more;

			room = room ? 2 * room : 16;
			more = reallocarray(found, room, sizeof(*found));
			if (!more)
				break;
			found = more;
		}
		found[count++] = number;
	}
	if (errno) {
		int error = -errno;

		free(found);
		return error;
	}
	if (found)
		qsort(found, count, sizeof(*found), compare);
	*numbers = found;
	return (long)count;
}

long attribute_numbers(struct attribute_reader *reader, unsigned long **numbers, const char *prefix,
                       const char *suffix, const char *path, ...)
{
	DIR *folder;
	long count;
	int error;

	TAKE_PATH(reader, path);
	*numbers = NULL;
	error = util_open_folder(reader->root, reader->path, &folder);
	if (error)
		return util_is_missing(error) ? 0 : error;
	count = read_names(folder, prefix, suffix, numbers);
	closedir(folder);
	return count;
}
