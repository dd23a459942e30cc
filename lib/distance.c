#include "lib/distance.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/idset.h"
#include "lib/sysfs.h"
#include "lib/util.h"

#define NODE_DIRECTORY "/sys/devices/system/node"

int distance_parse(const char *text, size_t length, unsigned *row, unsigned max)
{
	const char *end = text + length;
	unsigned count = 0;

	for (;;) {
		unsigned long value;
		const char *digits;

		while (text < end && util_is_filler(*text))
			text++;
		if (text == end)
			return (int)count;
		for (digits = text; text < end && !util_is_filler(*text);)
			text++;
		if (util_parse_number(digits, (size_t)(text - digits), UINT_MAX, &value))
			return -EINVAL;
		if (count < max)
			row[count] = (unsigned)value;
		if (++count > IDSET_MAX)
			return -ERANGE;
	}
}

/* Of a node that does not tell *entries becomes 0. PATH becomes the file's. */
static int read_row(int root, unsigned id, unsigned row[IDSET_MAX], unsigned *entries,
                    char path[DISTANCE_PATH])
{
	char *text;
	size_t length;
	int result;

	*entries = 0;
	snprintf(path, DISTANCE_PATH, NODE_DIRECTORY "/node%u/distance", id);
	result = util_read(root, &text, &length, "%s", path);
	if (util_is_missing(result))
		return 0;
	if (!result) {
		result = util_malformed(distance_parse(text, length, row, IDSET_MAX));
		free(text);
	}
	if (result < 0)
		return result;
	*entries = (unsigned)result;
	return 0;
}

/* Of a ROW with those COLUMNS the ones of NODES. */
static void take_row(const unsigned *row, const struct idset *columns, const struct idset *nodes,
                     unsigned *distances)
{
	unsigned column = 0, node = 0;

	for (idset_each(id, columns)) {
		if (idset_has(nodes, (unsigned)id))
			distances[node++] = row[column];
		column++;
	}
}

/* Where the kernel does not tell them there are none. PATH becomes the file's. */
static int read_possible(int root, struct idset *possible, char path[DISTANCE_PATH])
{
	int error;

	snprintf(path, DISTANCE_PATH, NODE_DIRECTORY "/possible");
	error = sysfs_read_list(root, path, possible);
	return error == -ENOENT ? 0 : error;
}

/*
 * node_read_distance() prints one number for each node that is online, in their order. Rows have
 * been seen with one for each possible node; any other count cannot be told apart: unknown.
 */
static int read_table(int root, const struct idset *nodes, unsigned *distances,
                      char path[DISTANCE_PATH])
{
	struct idset possible = { 0 };
	unsigned row[IDSET_MAX] = { 0 }, count = idset_count(nodes);
	bool asked = false;

	for (idset_each(id, nodes)) {
		unsigned entries;
		int error = read_row(root, (unsigned)id, row, &entries, path);

		if (!error && entries > count && !asked) {
			error = read_possible(root, &possible, path);
			asked = true;
		}
		if (error)
			return error;
		if (entries == count)
			take_row(row, nodes, nodes, distances);
		else if (entries && entries == idset_count(&possible) &&
		         idset_subset(nodes, &possible))
			take_row(row, &possible, nodes, distances);
		distances += count;
	}
	return 0;
}

int distance_read(int root, const struct idset *nodes, unsigned **distances,
                  char failed[DISTANCE_PATH])
{
	size_t count = idset_count(nodes);
	unsigned *found = calloc(count * count + 1, sizeof(*found));
	int error;

	snprintf(failed, DISTANCE_PATH, NODE_DIRECTORY);
	if (!found)
		return -ENOMEM;
	error = read_table(root, nodes, found, failed);
	if (error) {
		free(found);
		return error;
	}
	*distances = found;
	return 0;
}
