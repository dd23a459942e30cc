/* How many tasks run or wait for a CPU, by the CPU, from /proc. */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>

struct attribute_reader;

/*
 * Counts the tasks in state R (threads each by itself, this process left out) on the CPU that each
 * ran on last, into COUNTS, of IDSET_MAX numbers. It is what is so now: /proc/stat has sums since
 * the machine was started, whose change would have to be waited for. Reads no more processes than
 * it takes to find as many as /proc/stat says there are; on an idle machine none.
 *
 * As attribute_number: 1; 0 where it is not known, because there is no /proc/stat, or because most
 * of them are not to be seen (in a container, or where /proc hides processes of others); or -errno.
 */
int load_count(struct attribute_reader *reader, unsigned counts[]);

/* The text of /proc/PID/stat: its state, last CPU, and threads. 0 or -EINVAL. */
struct load_task {
	char state;
	unsigned cpu;
	unsigned long threads;
};
int load_parse(const char *text, size_t length, struct load_task *task);

#endif
