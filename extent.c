#include "extent.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/attribute.h"
#include "lib/util.h"
#include "lib/zoneinfo.h"
#include "machine.h"
#include "topology.h"

#define NODE_DIRECTORY "/sys/devices/system/node"
#define MEMORY_DIRECTORY "/sys/devices/system/memory"

/*
 * Of another machine no file tells it. Its free memory is counted in pages and told in bytes, not
 * at the same moment; as page sizes are powers of two, a quarter more or less is clear enough.
 */
static long long find_page_size(const struct topology *topology, const struct zoneinfo *zones,
                                long count)
{
	double pages = 0, bytes = 0;

	if (!topology->foreign)
		return sysconf(_SC_PAGESIZE);
	for (long i = 0; i < count; i++)
		pages += zones[i].free > 0 ? (double)zones[i].free : 0;
	for (unsigned i = 0; i < topology->count; i++)
		bytes += topology->node[i].memory.free > 0 ? (double)topology->node[i].memory.free
		                                           : 0;
	for (long long size = 4096; pages > 0 && size <= 65536; size *= 2)
		if (bytes > pages * (double)size * 0.75 && bytes < pages * (double)size * 1.25)
			return size;
	return MACHINE_UNKNOWN;
}

static int scale(long long pages, long long page_size, long long *bytes)
{
	*bytes = MACHINE_UNKNOWN;
	if (pages < 0 || page_size < 0)
		return 0;
	return __builtin_mul_overflow(pages, page_size, bytes) ? -ERANGE : 0;
}

static int convert(const struct zoneinfo *from, long long page_size, struct machine_zone *to)
{
	const struct {
		long long pages, *bytes;
	} values[] = { { from->start, &to->start },     { from->spanned, &to->spanned },
		       { from->present, &to->present }, { from->managed, &to->managed },
		       { from->free, &to->free },       { from->min, &to->min },
		       { from->low, &to->low },         { from->high, &to->high } };
	int error = 0;

	memcpy(to->name, from->name, sizeof(to->name));
	for (size_t i = 0; !error && i < sizeof(values) / sizeof(values[0]); i++)
		error = scale(values[i].pages, page_size, values[i].bytes);
	return error;
}

static struct machine_node *find_node(struct machine *machine, unsigned id)
{
	for (unsigned i = 0; i < machine->count; i++)
		if (machine->node[i].id == id)
			return &machine->node[i];
	return NULL;
}

/* Behind those that begin below it: the kernel has them in ascending order, but for Movable. */
static int add_zone(struct machine_node *node, const struct machine_zone *zone)
{
	struct machine_zone *more = reallocarray(node->zone, node->zones + 1, sizeof(*more));
	unsigned at = node->zones;

	if (!more)
		return -ENOMEM;
	node->zone = more;
	while (at > 0 && more[at - 1].start > zone->start)
		at--;
	memmove(more + at + 1, more + at, (node->zones - at) * sizeof(*more));
	more[at] = *zone;
	node->zones++;
	return 0;
}

static int load_zones(const struct topology *topology, struct attribute_reader *reader,
                      struct machine *machine)
{
	struct zoneinfo *zones = NULL;
	long long page_size;
	long count;
	char *text;
	size_t length;
	int error = attribute_text(reader, &text, &length, "/proc/zoneinfo");

	if (error <= 0)
		return error;
	count = zoneinfo_parse(text, length, &zones);
	free(text);
	error = count < 0 ? (int)count : 0;
	page_size = find_page_size(topology, zones, count);
	for (long i = 0; !error && i < count; i++) {
		struct machine_node *node = find_node(machine, zones[i].node);
		struct machine_zone zone;

		if (!node)
			continue;
		error = convert(&zones[i], page_size, &zone);
		if (!error)
			error = add_zone(node, &zone);
	}
	free(zones);
	return util_malformed(error);
}

/* Hexadecimal without a prefix. */
static int read_block_size(struct attribute_reader *reader, unsigned long long *size)
{
	char word[ATTRIBUTE_WORD];
	int result = attribute_word(reader, word, MEMORY_DIRECTORY "/block_size_bytes");

	if (result <= 0)
		return result;
	if (strspn(word, "0123456789abcdefABCDEF") != strlen(word))
		return -EBADMSG;
	errno = 0;
	*size = strtoull(word, NULL, 16);
	if (errno)
		return -ERANGE;
	return *size ? 1 : -EBADMSG;
}

/* 1 or 0; what is not said to be otherwise is online. */
static int is_online(struct attribute_reader *reader, unsigned long block)
{
	char state[ATTRIBUTE_WORD];
	int result = attribute_word(reader, state, MEMORY_DIRECTORY "/memory%lu/state", block);

	if (result < 0)
		return result;
	return !result || !strcmp(state, "online");
}

/*
 * Pages of blocks that are offline are not present, so where more is present than all blocks but
 * one could hold, none is offline: that spares reading thousands of files.
 */
static bool all_online(const struct machine_node *node, long blocks, unsigned long long size)
{
	unsigned long long present = 0;

	for (unsigned i = 0; i < node->zones; i++)
		if (node->zone[i].present > 0)
			present += (unsigned long long)node->zone[i].present;
	return present > 0 && (present - 1) / size >= (unsigned long long)blocks - 1;
}

static int add_block(struct machine_node *node, unsigned long block, unsigned long long size)
{
	struct machine_range *more, *last = node->ranges ? node->range + node->ranges - 1 : NULL;
	unsigned long long start, end;

	if (__builtin_mul_overflow(block, size, &start) ||
	    __builtin_add_overflow(start, size, &end))
		return -ERANGE;
	if (last && last->end == start) {
		last->end = end;
		return 0;
	}
	more = reallocarray(node->range, node->ranges + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	node->range = more;
	more[node->ranges++] = (struct machine_range){ start, end };
	return 0;
}

static int load_ranges(struct attribute_reader *reader, unsigned long long size,
                       struct machine_node *node)
{
	unsigned long *blocks;
	long count = attribute_numbers(reader, &blocks, "memory", "", NODE_DIRECTORY "/node%u",
	                               node->id);
	bool known = count > 0 && all_online(node, count, size);
	int error = count < 0 ? (int)count : 0;

	for (long i = 0; !error && i < count; i++) {
		int online = known ? 1 : is_online(reader, blocks[i]);

		if (online < 0)
			error = online;
		else if (online)
			error = add_block(node, blocks[i], size);
	}
	free(blocks);
	return error;
}

int extent_load(const struct topology *topology, struct attribute_reader *reader,
                struct machine *machine)
{
	unsigned long long size;
	int result = load_zones(topology, reader, machine);

	if (result < 0)
		return result;
	result = read_block_size(reader, &size);
	if (result <= 0)
		return result;
	for (unsigned i = 0; i < machine->count; i++) {
		result = load_ranges(reader, size, &machine->node[i]);
		if (result)
			return result;
	}
	return 0;
}
