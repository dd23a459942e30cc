#include "lib/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* The value of a "Key:\tvalue" line, and its length; NULL if there is no such line. */
static const char *find_value(const char *text, const char *end, const char *key, size_t *length)
{
	size_t key_length = strlen(key);

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline ? newline : end;

		if ((size_t)(line_end - text) > key_length && !memcmp(text, key, key_length)) {
			*length = (size_t)(line_end - text) - key_length;
			return text + key_length;
		}
		text = line_end + 1;
	}
	return NULL;
}

static int parse_set(const char *text, const char *end, const char *key, bool *has,
                     struct idset *set)
{
	size_t length;
	const char *value = find_value(text, end, key, &length);
	int error;

	if (!value)
		return 0;
	error = idset_parse_list(value, length, set);
	*has = !error;
	return error;
}

int process_parse_status(const char *text, size_t length, struct process_status *status)
{
	struct process_status found = { .seccomp = -1 };
	const char *end = text + length, *value;
	int error;

	error = parse_set(text, end, "Cpus_allowed_list:", &found.has_cpus, &found.cpus);
	if (!error)
		error = parse_set(text, end, "Mems_allowed_list:", &found.has_nodes, &found.nodes);
	if (error)
		return error;
	value = find_value(text, end, "Seccomp:", &length);
	if (value && length >= 2 && value[length - 1] >= '0' && value[length - 1] <= '2')
		found.seccomp = value[length - 1] - '0';
	*status = found;
	return 0;
}

int process_read_status(int root, const char *pid, struct process_status *status)
{
	char *text;
	size_t length;
	int error = util_read(root, &text, &length, "/proc/%s/status", pid);

	if (error)
		return error;
	error = process_parse_status(text, length, status);
	free(text);
	return error == -EINVAL ? -EBADMSG : error;
}
