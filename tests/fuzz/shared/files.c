#include "tests/fuzz/shared/files.h"

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
#include "tests/fuzz/shared/mutate.h"

#define LONGEST 65536
#define BUCKETS 1024

int files_root = -1;

static const uint8_t *input;
static size_t input_size;

void files_set(const uint8_t *data, size_t size)
{
	input = data;
	input_size = size;
}

int files_next(const uint8_t **at, struct file *file)
{
	const uint8_t *end = input + input_size, *from = *at ? *at : input, *stop;
	const char *newline;

	if (!input_size || from >= end)
		return 0;
	stop = memchr(from, '\0', (size_t)(end - from));
	stop = stop ? stop : end;
	newline = memchr(from, '\n', (size_t)(stop - from));
	file->path = (const char *)from;
	file->path_length = (size_t)((newline ? newline : (const char *)stop) - file->path);
	file->text = newline ? newline + 1 : (const char *)stop;
	file->length = (size_t)((const char *)stop - file->text);
	*at = stop + 1;
	return 1;
}

static char *slurp(const char *path)
{
	char *text = malloc(LONGEST);
	int fd = openat(files_root, path + strspn(path, "/"), O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, text, LONGEST - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (got < 0) {
		free(text);
		return NULL;
	}
	text[got] = '\0';
	return text;
}

static size_t bucket_of(const char *path)
{
	size_t hash = 5381;

	while (*path)
		hash = 33 * hash + (unsigned char)*path++;
	return hash % BUCKETS;
}

/* Of the folder each file is read once; NULL where it is missing. */
static const char *read_below(const char *path)
{
	static struct known {
		char *path, *text;
		struct known *next;
	} * known[BUCKETS];
	struct known **bucket = &known[bucket_of(path)], *entry = *bucket;

	while (entry && strcmp(entry->path, path) != 0)
		entry = entry->next;
	if (entry)
		return entry->text;
	entry = malloc(sizeof(*entry));
	if (!entry)
		abort();
	*entry = (struct known){ strdup(path), slurp(path), *bucket };
	return (*bucket = entry)->text;
}

int util_read(int root, char **text, size_t *length, const char *path, ...)
{
	char name[PATH_MAX];
	struct file file, found = { .path = NULL };
	const uint8_t *at = NULL;
	va_list arguments;
	int size;

	(void)root;
	va_start(arguments, path);
	size = vsnprintf(name, sizeof(name), path, arguments);
	va_end(arguments);
	if (size >= (int)sizeof(name))
		return -ENAMETOOLONG;
	while (!found.path && files_next(&at, &file))
		if (file.path_length == (size_t)size && !memcmp(file.path, name, (size_t)size))
			found = file;
	if (!found.path && files_root >= 0) {
		found.path = found.text = read_below(name);
		found.length = found.text ? strlen(found.text) : 0;
	}
	if (!found.path)
		return -ENOENT;
	/* No byte more, so that a sanitizer sees what is read behind it. */
	*text = malloc(found.length + 1);
	if (!*text)
		abort();
	memcpy(*text, found.text, found.length);
	(*text)[found.length] = '\0';
	*length = found.length;
	return 0;
}

/* One more, at the end, as the folder has it. */
static size_t add(uint8_t *data, size_t size, size_t max, const char *path)
{
	const char *text = files_root >= 0 ? read_below(path) : NULL;
	int room = max > size ? (int)(max - size) : 0;
	int length;

	text = text ? text : "";
	length = snprintf(NULL, 0, "%s%s\n%s", size ? "." : "", path, text);
	if (length >= room)
		return size;
	snprintf((char *)data + size, (size_t)room, "%s%s\n%s", size ? "." : "", path, text);
	if (size)
		data[size] = '\0';
	return size + (size_t)length;
}

static size_t cut(uint8_t *data, size_t size, struct file file)
{
	size_t from = (size_t)((const uint8_t *)file.path - data);
	size_t length = (size_t)(file.text + file.length - file.path);

	length += from + length < size;
	memmove(data + from, data + from + length, size - from - length);
	return size - length;
}

/* What stands behind it makes room, or comes nearer. */
static size_t change(uint8_t *data, size_t size, size_t max, unsigned seed, struct file file,
                     const char *const words[])
{
	size_t from = (size_t)((const uint8_t *)file.text - data), behind = from + file.length;
	size_t most = max - (size - file.length), length;
	uint8_t *text = malloc(most + 1), *rest = malloc(size - behind + 1);

	if (!text || !rest)
		abort();
	memcpy(text, data + from, file.length);
	memcpy(rest, data + behind, size - behind);
	length = most ? mutate_text(text, file.length, most, seed, words) : 0;
	memcpy(data + from, text, length);
	memcpy(data + from + length, rest, size - behind);
	free(text);
	free(rest);
	return from + length + size - behind;
}

size_t files_mutate(uint8_t *data, size_t size, size_t max, unsigned seed,
                    const char *const paths[], const char *const words[])
{
	size_t count = 0, chosen = 0, known = 0;
	const uint8_t *at = NULL;
	unsigned state = seed;
	struct file file;

	while (paths[known])
		known++;
	files_set(data, size);
	while (files_next(&at, &file))
		count++;
	if (!count || rand_r(&state) % 4 == 0)
		return add(data, size, max, paths[(size_t)rand_r(&state) % known]);
	at = NULL;
	for (chosen = (size_t)rand_r(&state) % count + 1; chosen; chosen--)
		files_next(&at, &file);
	if (count > 1 && rand_r(&state) % 8 == 0)
		return cut(data, size, file);
	if (rand_r(&state) % 16 == 0)
		return LLVMFuzzerMutate(data, size, max);
	return change(data, size, max, seed, file, words);
}
