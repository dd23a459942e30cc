#include "lib/load.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/attribute.h"
#include "lib/util.h"

/* Places behind the name in /proc/PID/stat (proc(5) counts from 1, with two before). */
#define STATE 0
#define THREADS 17
#define CPU 36

int load_parse(const char *text, size_t length, struct load_task *task)
{
	/* The name is in parentheses, and may have any in it. */
	const char *p = memrchr(text, ')', length), *end = text + length;
	struct load_task found = { 0 };
	unsigned long number = 0;

	if (!p || end - p < 3 || p[1] != ' ')
		return -EINVAL;
	p += 2;
	found.state = *p;
	for (int place = 0; place <= CPU; place++) {
		size_t width = 0;

		while (p + width < end && p[width] != ' ' && p[width] != '\n')
			width++;
		if (!width || ((place == THREADS || place == CPU) &&
		               util_parse_number(p, width, ULONG_MAX, &number)))
			return -EINVAL;
		if (place == THREADS)
			found.threads = number;
		p += width + (p + width < end);
	}
	if (number >= IDSET_MAX)
		return -EINVAL;
	found.cpu = (unsigned)number;
	*task = found;
	return 0;
}

/* As attribute_number, of what `procs_running` is in /proc/stat (Linux 2.5.45). */
static int read_running(struct attribute_reader *reader, unsigned long *running)
{
	static const char name[] = "\nprocs_running ";
	const char *line;
	char *text;
	size_t length;
	int result = attribute_text(reader, &text, &length, "/proc/stat");

	if (result <= 0)
		return result;
	line = memmem(text, length, name, strlen(name));
	if (!line) {
		result = 0;
	} else {
		line += strlen(name);
		if (util_parse_number(line, strcspn(line, "\n"), ULONG_MAX, running))
			result = -EBADMSG;
	}
	free(text);
	return result;
}

static int read_task(struct attribute_reader *reader, struct load_task *task, unsigned long process,
                     unsigned long thread)
{
	char *text;
	size_t length;
	int result = thread ? attribute_text(reader, &text, &length, "/proc/%lu/task/%lu/stat",
	                                     process, thread)
	                    : attribute_text(reader, &text, &length, "/proc/%lu/stat", process);

	if (result <= 0)
		return result;
	/* Read as it ended: nothing. */
	if (!length)
		result = 0;
	else if (load_parse(text, length, task))
		result = -EBADMSG;
	free(text);
	return result;
}

/* Adds what runs of a process. 0 or -errno. */
static int count_process(struct attribute_reader *reader, unsigned long process, unsigned counts[],
                         unsigned long *found)
{
	struct load_task task;
	unsigned long *threads = NULL;
	int result = read_task(reader, &task, process, 0);
	long count;

	if (result <= 0)
		return result;
	if (task.threads < 2) {
		counts[task.cpu] += task.state == 'R';
		*found += task.state == 'R';
		return 0;
	}
	count = attribute_numbers(reader, &threads, "", "", "/proc/%lu/task", process);
	for (long i = 0; i < count && result >= 0; i++) {
		result = read_task(reader, &task, process, threads[i]);
		if (result <= 0 || task.state != 'R')
			continue;
		counts[task.cpu]++;
		++*found;
	}
	free(threads);
	return count < 0 ? (int)count : result < 0 ? result : 0;
}

int load_count(struct attribute_reader *reader, unsigned counts[])
{
	unsigned long running = 0, found = 0, *processes, own = 0;
	long count;
	int result = read_running(reader, &running);

	if (result <= 0)
		return result;
	memset(counts, 0, IDSET_MAX * sizeof(*counts));
	if (reader->root == UTIL_HERE) {
		own = (unsigned long)getpid();
		running -= running > 0;
	}
	if (!running)
		return 1;
	count = attribute_numbers(reader, &processes, "", "", "/proc");
	if (count < 0)
		return (int)count;
	result = 0;
	/* What was started last is the likeliest to run. */
	while (!result && found < running && count-- > 0)
		if (processes[count] != own)
			result = count_process(reader, processes[count], counts, &found);
	free(processes);
	if (result < 0)
		return result;
	/* A few may have come and gone. */
	return running <= 2 * found + 2;
}
