/* Reading under a root, numbers, exit status. */
#ifndef UTIL_H
#define UTIL_H

#include <fcntl.h>
#include <stddef.h>

/* The root of this machine (absolute paths ignore it); any other is a directory descriptor. */
#define UTIL_HERE AT_FDCWD

/* The exit status of an own failure: 125, or 1 under the name of another tool. */
extern int util_failure;

/*
 * For the files that may end the program (the rest of lib/ returns): one line on stderr, with
 * what is not printable as "?", so that an operand cannot forge a second one.
 */
void util_die(int status, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
void util_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Reads a whole file, whose path (format and arguments) begins with "/", below ROOT. Returns 0 and
 * stores its bytes, followed by a NUL that *length does not count, in *text, which the caller
 * frees; or returns -errno, -EFBIG above 64 MiB.
 */
int util_read(int root, char **text, size_t *length, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Whether ERROR (-errno of util_read) says that a file is not there, that its process has ended, or
 * that it is not for us to read.
 */
int util_is_missing(int error);

/* What went wrong with a file, in words: -EBADMSG and -ERANGE say that it is malformed. */
const char *util_reason(int error);

/*
 * A number as users write it: decimal digits alone, no sign, no blank, no leading zero (octal to
 * some, decimal to others). Returns 0, -EINVAL or, above MAX, -ERANGE.
 */
int util_parse_number(const char *text, size_t length, unsigned long max, unsigned long *value);

/*
 * A size in bytes: such a number, with k, m, g or t behind it (of either case; powers of 1024).
 * Returns 0, -EINVAL or, where it does not fit, -ERANGE.
 */
int util_parse_size(const char *text, unsigned long *bytes);

/* A size as it is shown: "1.2 G", "512 K"; below 10 of a unit with one decimal. Returns TEXT. */
#define UTIL_SIZE 16
const char *util_size(unsigned long long bytes, char text[UTIL_SIZE]);

/* Nanoseconds of the monotonic clock. */
unsigned long long util_now(void);

#endif
