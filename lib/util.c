#include "lib/util.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIRST_READ 4096
#define LONGEST_FILE (64UL << 20)

int util_failure = 125;

size_t util_utf8(const char *text)
{
	unsigned char c = (unsigned char)*text;
	size_t length = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
	/* Not the shortest form, a surrogate, or above U+10FFFF. */
	c = (unsigned char)text[1];
	switch ((unsigned char)*text) {
	case 0xe0: return c >= 0xa0 ? length : 0;
	case 0xed: return c < 0xa0 ? length : 0;
	case 0xf0: return c >= 0x90 ? length : 0;
	case 0xf4: return c < 0x90 ? length : 0;
	default: return length;
	}
}

bool util_is_plain(const char *text, size_t *length)
{
	size_t bytes = util_utf8(text);
	unsigned char c = (unsigned char)*text;

	*length = bytes ? bytes : 1;
	/* In UTF-8 U+0080 to U+009F are controls too; alone, terminals take them for such. */
	return bytes && c >= ' ' && c != 0x7f && (c != 0xc2 || (unsigned char)text[1] >= 0xa0);
}

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list arguments)
{
	size_t length;
	char *line;

	if (vasprintf(&line, format, arguments) < 0) {
		warn(NULL);
		return;
	}
	for (char *p = line; *p; p += length)
		if (!util_is_plain(p, &length))
			memset(p, '?', length);
	warnx("%s", line);
	free(line);
}

static void (*undo_at_failure)(void);

void util_at_failure(void (*undo)(void))
{
	undo_at_failure = undo;
}

/* What of stdout has not been written yet is half of something: it is dropped. */
void util_die(int status, const char *format, ...)
{
	void (*undo)(void) = undo_at_failure;
	va_list arguments;

	undo_at_failure = NULL;
	if (undo)
		undo();
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	__fpurge(stdout);
	exit(status);
}

void util_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

/* Retried: a signal that comes meanwhile says nothing of the file. */
static ssize_t read_some(int fd, char *buffer, size_t size)
{
	ssize_t got;

	do {
		got = read(fd, buffer, size);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* Reads on into a buffer that doubles, from what FIRST holds; most files of sysfs fit in there. */
static int read_all(int fd, char **text, size_t *length)
{
	char first[FIRST_READ], *buffer = NULL, *into = first;
	size_t size = sizeof(first), used = 0;
	ssize_t got;
	int error;

	while ((got = read_some(fd, into + used, size - used)) > 0) {
		char *larger;

		used += (size_t)got;
		if (used < size)
			continue;
		errno = EFBIG;
		larger = size < LONGEST_FILE ? realloc(buffer, 2 * size) : NULL;
		if (!larger)
			break;
		if (!buffer)
			memcpy(larger, first, used);
		into = buffer = larger;
		size *= 2;
	}
	error = got ? -errno : 0;
	if (!error && !buffer) {
		buffer = malloc(used + 1);
		if (!buffer)
			return -ENOMEM;
		memcpy(buffer, first, used);
	}
	if (error) {
		free(buffer);
		return error;
	}
	buffer[used] = '\0'; /* used < size: the loop doubles when it is reached */
	*text = buffer;
	*length = used;
	return 0;
}

const char *util_below(int root, const char *path)
{
	if (root != UTIL_HERE)
		path += strspn(path, "/");
	return *path ? path : ".";
}

int util_open_folder(int root, const char *path, DIR **folder)
{
	int fd = openat(root, util_below(root, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	*folder = fdopendir(fd);
	if (*folder)
		return 0;
	error = -errno;
	close(fd);
	return error;
}

int util_read(int root, char **text, size_t *length, const char *path, ...)
{
	char name[PATH_MAX];
	va_list arguments;
	int fd, error;

	va_start(arguments, path);
	error = vsnprintf(name, sizeof(name), path, arguments);
	va_end(arguments);
	if (error >= (int)sizeof(name))
		return -ENAMETOOLONG;
	/* A FIFO in somebody's sysroot must not hold us up. */
	do {
		fd = openat(root, util_below(root, name),
		            O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -errno;
	error = read_all(fd, text, length);
	close(fd);
	return error;
}

int util_is_missing(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ENODEV || error == -EACCES ||
	       error == -EPERM || error == -ESRCH;
}

int util_is_fault(int error)
{
	return error == -EIO || error == -ENOMEM || error == -EMFILE || error == -ENFILE ||
	       error == -EINTR;
}

int util_escape(const char *text)
{
	if (text[0] != '\\' || text[1] < '0' || text[1] > '3' || text[2] < '0' || text[2] > '7' ||
	    text[3] < '0' || text[3] > '7')
		return -1;
	return (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
}

void util_unescape(char *text)
{
	char *to = text;

	while (*text) {
		int byte = util_escape(text);

		if (byte >= 0)
			*text = (char)byte;
		*to++ = *text;
		text += byte < 0 ? 1 : 4;
	}
	*to = '\0';
}

const char *util_reason(int error)
{
	if (error == -EBADMSG)
		return "malformed";
	if (error == -ERANGE)
		return "malformed: a number is too large";
	return strerror(-error);
}

int util_parse_number(const char *text, size_t length, unsigned long max, unsigned long *value)
{
	unsigned long number = 0;

	if (length == 0 || (length > 1 && text[0] == '0'))
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (unsigned long)(text[i] - '0'), &number))
			return -ERANGE;
	}
	if (number > max)
		return -ERANGE;
	*value = number;
	return 0;
}

static const char units[] = "kmgt";

int util_parse_size(const char *text, unsigned long *bytes)
{
	size_t length = strlen(text);
	const char *unit = length > 0 ? strchr(units, text[length - 1] | 0x20) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	unsigned long number;
	int error = util_parse_number(text, unit ? length - 1 : length, UTIL_SIZE_MAX, &number);

	if (error)
		return error;
	if (number > UTIL_SIZE_MAX >> shift)
		return -ERANGE;
	*bytes = number << shift;
	return 0;
}

const char *util_size(unsigned long long bytes, char text[UTIL_SIZE])
{
	static const char shown[] = "KMGTPE";
	unsigned unit = 0;
	double size = (double)bytes / 1024;

	if (bytes < 1024) {
		snprintf(text, UTIL_SIZE, "%llu", bytes);
		return text;
	}
	/* What would be rounded to 1024 is one of the next. */
	while (size >= 1023.5 && shown[unit + 1]) {
		size /= 1024;
		unit++;
	}
	snprintf(text, UTIL_SIZE, size < 9.95 ? "%.1f %c" : "%.0f %c", size, shown[unit]);
	return text;
}

unsigned long long util_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long long)now.tv_sec * 1000000000ULL + (unsigned long long)now.tv_nsec;
}
