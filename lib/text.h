/* Instructions in the text of a running process. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <sys/types.h>

struct process;

struct text_pattern {
	unsigned char bytes[16];
	size_t length; /* 0 ends a list of them */
};

/* Where one of them is. */
struct text_place {
	unsigned long address;
	const struct text_pattern *pattern;
};

/*
 * The first place with one of PATTERNS in what the process may execute, the vdso before all else,
 * as it is in every process. Returns 0 or -errno: -ENOENT where there is none.
 */
int text_find(const struct process *process, const struct text_pattern patterns[],
              struct text_place *place);

/* 0 where it is there still, -EFAULT where it is not, or -errno. */
int text_check(pid_t pid, const struct text_place *place);

/* Bytes of another process, all of them. Return 0 or -errno: -EFAULT where not all are mapped. */
int text_read(pid_t pid, unsigned long address, void *bytes, size_t size);
int text_write(pid_t pid, unsigned long address, const void *bytes, size_t size);

#endif
