#include "lib/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "lib/process.h"
#include "lib/util.h"

/* Of text that is read at once; the patterns are shorter by far. */
#define CHUNK (256UL << 10)

/* An address of another process, where an interface wants a pointer of ours. */
static struct iovec range(unsigned long address, size_t size)
{
	struct iovec range = { .iov_len = size };

	memcpy(&range.iov_base, &address, sizeof(range.iov_base));
	return range;
}

int text_read(pid_t pid, unsigned long address, void *bytes, size_t size)
{
	struct iovec here = { bytes, size }, there = range(address, size);
	ssize_t count = process_vm_readv(pid, &here, 1, &there, 1, 0);

	if (count < 0)
		return -errno;
	return (size_t)count == size ? 0 : -EFAULT;
}

int text_write(pid_t pid, unsigned long address, const void *bytes, size_t size)
{
	struct iovec here = { (void *)bytes, size }, there = range(address, size);
	ssize_t count = process_vm_writev(pid, &here, 1, &there, 1, 0);

	if (count < 0)
		return -errno;
	return (size_t)count == size ? 0 : -EFAULT;
}

int text_check(pid_t pid, const struct text_place *place)
{
	unsigned char bytes[sizeof(place->pattern->bytes)];
	int error = text_read(pid, place->address, bytes, place->pattern->length);

	if (error)
		return error;
	return memcmp(bytes, place->pattern->bytes, place->pattern->length) ? -EFAULT : 0;
}

static bool find_in(const unsigned char *bytes, size_t size, const struct text_pattern *pattern,
                    size_t *at)
{
	const unsigned char *found = memmem(bytes, size, pattern->bytes, pattern->length);

	if (found)
		*at = (size_t)(found - bytes);
	return found;
}

/* Chunks overlap, so that what lies across the border of two is seen in the second. */
static int search(pid_t pid, unsigned long start, unsigned long end,
                  const struct text_pattern patterns[], struct text_place *place)
{
	unsigned char *bytes = malloc(CHUNK);
	int result = -ENOENT;

	if (!bytes)
		return -ENOMEM;
	for (; start < end && result == -ENOENT; start += CHUNK - sizeof(patterns->bytes)) {
		size_t size = end - start < CHUNK ? end - start : CHUNK, at;

		if (text_read(pid, start, bytes, size))
			break;
		for (const struct text_pattern *pattern = patterns;
		     pattern->length && result == -ENOENT; pattern++) {
			if (!find_in(bytes, size, pattern, &at))
				continue;
			*place = (struct text_place){ start + at, pattern };
			result = 0;
		}
	}
	free(bytes);
	return result;
}

/* A line of /proc/PID/maps: "7f00-7f10 r-xp 00000000 00:00 0   [vdso]". */
static int search_line(pid_t pid, const char *line, bool vdso, const struct text_pattern patterns[],
                       struct text_place *place)
{
	const char *name = line + strcspn(line, "[\n"), *rights;
	unsigned long start, end;
	char *rest;

	start = strtoul(line, &rest, 16);
	end = *rest == '-' ? strtoul(rest + 1, &rest, 16) : 0;
	rights = rest + 1;
	if (*rest != ' ' || end <= start)
		return -EBADMSG;
	/* [vsyscall] looks like text, but is none: the kernel answers for it. */
	if (strncmp(rights, "r-x", 3) != 0 || vdso != !strncmp(name, "[vdso]", 6) ||
	    !strncmp(name, "[vsyscall]", 10))
		return -ENOENT;
	return search(pid, start, end, patterns, place);
}

int text_find(const struct process *process, const struct text_pattern patterns[],
              struct text_place *place)
{
	char *maps;
	size_t length;
	int result = util_read(process->directory, &maps, &length, "/maps");

	if (result)
		return result;
	result = -ENOENT;
	for (int vdso = 1; vdso >= 0; vdso--)
		for (char *line = maps; *line && result == -ENOENT;) {
			char *end = strchrnul(line, '\n');

			result = search_line(process->pid, line, vdso, patterns, place);
			line = end + (*end != '\0');
		}
	free(maps);
	return result;
}
