/* Reading under a root, numbers, exit status. */
#ifndef UTIL_H
#define UTIL_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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
 * UNDO is called where util_die ends the program: it takes back what must not stay half done. NULL:
 * no more, all is done.
 */
void util_at_failure(void (*undo)(void));

/*
 * Reads a whole file, whose path (format and arguments) begins with "/", below ROOT. Returns 0 and
 * stores its bytes, followed by a NUL that *length does not count, in *text, which the caller
 * frees; or returns -errno, -EFBIG above 64 MiB.
 */
int util_read(int root, char **text, size_t *length, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/* PATH, which begins with "/", as openat and the like want it: an absolute one ignores ROOT. */
const char *util_below(int root, const char *path);

/* Opens a folder, ROOT and PATH as above. Returns 0 or -errno. */
int util_open_folder(int root, const char *path, DIR **folder);

/*
 * Whether ERROR (-errno of util_read) says that a file is not there, that its process has ended, or
 * that it is not for us to read.
 */
int util_is_missing(int error);

/*
 * Whether ERROR says nothing of the file, which may be there and well: there is no memory or no
 * descriptor left, a signal came, the device failed.
 */
int util_is_fault(int error);

/*
 * Of a parser's ERROR one that no system call has (-EBADMSG for -EINVAL): the file is at fault, not
 * the access to it.
 */
static inline int util_malformed(int error)
{
	return error == -EINVAL ? -EBADMSG : error;
}

/* What may stand between the words of a line of sysfs: it has been seen with NULs. */
static inline bool util_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\0';
}

/* What may stand before and after all of a file's text. */
static inline bool util_is_filler(char c)
{
	return util_is_blank(c) || c == '\n';
}

/* What went wrong with a file, in words: -EBADMSG and -ERANGE say that it is malformed. */
const char *util_reason(int error);

/* The byte that "\\ooo" at TEXT stands for, as the kernel writes blanks and the like; or -1. */
int util_escape(const char *text);

/* Puts these bytes in their places. */
void util_unescape(char *text);

/*
 * A number as users write it: decimal digits alone, no sign, no blank, no leading zero (octal to
 * some, decimal to others). Returns 0, -EINVAL or, above MAX, -ERANGE.
 */
int util_parse_number(const char *text, size_t length, unsigned long max, unsigned long *value);

/*
 * A size in bytes: such a number, with k, m, g or t behind it (of either case; powers of 1024).
 * Returns 0, -EINVAL or, above UTIL_SIZE_MAX, -ERANGE: no file or memory is as large, and the sum
 * of two fits a signed number.
 */
#define UTIL_SIZE_MAX ((1UL << 62) - 1)
int util_parse_size(const char *text, unsigned long *bytes);

/* A size as it is shown: "1.2 G", "512 K"; below 10 of a unit with one decimal. Returns TEXT. */
#define UTIL_SIZE 16
const char *util_size(unsigned long long bytes, char text[UTIL_SIZE]);

/* Nanoseconds of the monotonic clock. */
unsigned long long util_now(void);

/* How many bytes at TEXT are one character of UTF-8; 0 where they are none. */
size_t util_utf8(const char *text);

/*
 * Whether a terminal shows what is at TEXT as a character, rather than taking it for a control.
 * *length becomes its bytes: 1 where that is no UTF-8.
 */
bool util_is_plain(const char *text, size_t *length);

#endif
