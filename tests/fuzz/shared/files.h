/*
 * An input that is several files: "PATH\nTEXT" each, a NUL between two. util_read hands them out in
 * place of lib/util's.
 */
#ifndef FILES_H
#define FILES_H

#include <stddef.h>
#include <stdint.h>

/* The input, which stays the caller's. */
void files_set(const uint8_t *data, size_t size);

/* What an input does not name is read below this folder; -1 (at first): it is missing. */
extern int files_root;

/* The next of the input, from *at on (at first NULL). Returns 1, or 0 where there is no more. */
struct file {
	const char *path, *text;
	size_t path_length, length;
};

int files_next(const uint8_t **at, struct file *file);

/* As mutate_text, but by files: added of PATHS (ends with NULL), left out, or the text of one. */
size_t files_mutate(uint8_t *data, size_t size, size_t max, unsigned seed,
                    const char *const paths[], const char *const words[]);

#endif
