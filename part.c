#include "part.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "lib/sysfs.h"
#include "lib/util.h"
#include "thing.h"
#include "topology.h"

#define ISOLATED "/sys/devices/system/cpu/isolated"
#define NOHZ_FULL "/sys/devices/system/cpu/nohz_full"

static const struct words {
	const char *one, *many;
	const char *unknown; /* what the kernel does not tell */
	const char *example;
} words[] = {
	[GROUP_NODE] = { "node", "nodes with CPUs", "the nodes of CPUs", "node:0-1" },
	[GROUP_SOCKET] = { "socket", "sockets", "the sockets of CPUs", "socket:0" },
	[GROUP_CACHE] = { "level 3 cache", "level 3 caches", "any level 3 cache", "l3:0-3" },
	[GROUP_CORE] = { "core", "cores", "which CPUs share a core", "core:0-15:2" },
};

/* "N", "N-M", "N-M:STEP" */
struct range {
	unsigned long low, high, step;
	bool single;
};

static int take_number(struct thing *thing, const struct words *word, const char **p,
                       unsigned long *number)
{
	size_t length = strspn(*p, "0123456789");
	int error = util_parse_number(*p, length, UINT_MAX, number);

	if (error)
		return thing_fail(thing, -EINVAL, "'%s' is %s (write it as in %s)", thing->value,
		                  error == -ERANGE ? "too large" : "no number and no range",
		                  word->example);
	*p += length;
	return 0;
}

static int parse_range(struct thing *thing, const struct words *word, struct range *range)
{
	const char *p = thing->value;
	int error = take_number(thing, word, &p, &range->low);

	range->high = range->low;
	range->step = 1;
	range->single = *p != '-';
	if (!error && !range->single) {
		p++;
		error = take_number(thing, word, &p, &range->high);
	}
	if (!error && !range->single && *p == ':') {
		p++;
		error = take_number(thing, word, &p, &range->step);
	}
	if (error)
		return error;
	if (*p || !range->step)
		return thing_fail(thing, -EINVAL,
		                  "'%s' is no number and no range (write it as in %s)",
		                  thing->value, word->example);
	if (range->low > range->high)
		return thing_fail(thing, -EINVAL, "the range %lu-%lu is reversed (write %lu-%lu)",
		                  range->low, range->high, range->high, range->low);
	return 0;
}

static int compare(const void *a, const void *b)
{
	unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;

	return (left > right) - (left < right);
}

/* The ids that there are, as a list: some are beyond those of a set. Cut off where it is long. */
static void list_ids(const struct group_map *map, char *text, size_t size)
{
	static unsigned ids[IDSET_MAX];
	size_t count = 0, used = 0;

	for (idset_each(cpu, &map->cpus))
		ids[count++] = map->of[cpu];
	qsort(ids, count, sizeof(*ids), compare);
	*text = '\0';
	for (size_t i = 0, first; i < count && used < size; i++) {
		for (first = i; i + 1 < count && ids[i + 1] - ids[i] <= 1; i++)
			;
		used += (size_t)snprintf(text + used, size - used, "%s%u", used ? "," : "",
		                         ids[first]);
		if (ids[i] != ids[first] && used < size)
			used += (size_t)snprintf(text + used, size - used, "-%u", ids[i]);
	}
}

static int fail_absent(struct thing *thing, enum group_kind kind, const struct range *range,
                       const struct group_map *map)
{
	const struct words *word = &words[kind];
	char list[512];

	list_ids(map, list, sizeof(list));
	if (!range->single)
		return thing_fail(thing, -ENOENT, "no %s in the range %lu-%lu (%s: %s)", word->one,
		                  range->low, range->high, word->many, list);
	return thing_fail(thing, -ENOENT, "%s %lu %s (%s: %s)", word->one, range->low,
	                  kind == GROUP_NODE && topology_node(thing->topology, (unsigned)range->low)
	                          ? "has no CPUs"
	                          : "does not exist",
	                  word->many, list);
}

/* As of a range of ids what is there is taken, and there must be something. */
static int find_groups(struct thing *thing, enum group_kind kind)
{
	struct range range;
	struct group_map map;
	int error = parse_range(thing, &words[kind], &range);

	if (error)
		return error;
	error = group_load(thing->topology, kind, &map);
	if (error == -ENOENT)
		return thing_fail(thing, -ENOENT, "the kernel does not tell %s (there is no %s)",
		                  words[kind].unknown, thing->topology->failed);
	if (error)
		return thing_fail_load(thing, error);
	for (idset_each(cpu, &map.cpus)) {
		unsigned long id = map.of[cpu];

		if (id >= range.low && id <= range.high && (id - range.low) % range.step == 0)
			idset_add(&thing->cpus, (unsigned)cpu);
	}
	return idset_empty(&thing->cpus) ? fail_absent(thing, kind, &range, &map) : 0;
}

int part_node(struct thing *thing)
{
	return find_groups(thing, GROUP_NODE);
}

int part_socket(struct thing *thing)
{
	return find_groups(thing, GROUP_SOCKET);
}

int part_cache(struct thing *thing)
{
	return find_groups(thing, GROUP_CACHE);
}

int part_core(struct thing *thing)
{
	return find_groups(thing, GROUP_CORE);
}

/* Each kind of core has a device for its performance counters (Linux 5.13), which lists them. */
static int find_kind(struct thing *thing, const char *path, const char *kind)
{
	int error = sysfs_read_list(thing->topology->root, path, &thing->cpus);

	if (error == -ENOENT)
		return thing_fail(thing, -ENOENT,
		                  "the kernel tells of no %s: no hybrid processor, or a kernel "
		                  "before Linux 5.13 (there is no %s)",
		                  kind, path);
	return error ? thing_fail(thing, -ENOENT, "%s: %s", path, util_reason(error)) : 0;
}

int part_pcore(struct thing *thing)
{
	return find_kind(thing, "/sys/devices/cpu_core/cpus", "P-cores");
}

int part_ecore(struct thing *thing)
{
	return find_kind(thing, "/sys/devices/cpu_atom/cpus", "E-cores");
}

/* Empty where there are none; without nohz_full= the kernel writes "(null)", behind blanks. */
static int read_cpus(struct thing *thing, const char *path, struct idset *cpus)
{
	char *text;
	size_t length;
	int error = util_read(thing->topology->root, &text, &length, "%s", path);

	if (util_is_missing(error))
		return -ENOENT;
	if (!error) {
		*cpus = (struct idset){ 0 };
		if (strncmp(text + strspn(text, " "), "(null)", 6) != 0)
			error = util_malformed(idset_parse_list(text, length, cpus));
		free(text);
	}
	if (error)
		thing_fail(thing, error, "%s: %s", path, util_reason(error));
	return error;
}

/* The file is there since Linux 4.2. */
static int read_isolated(struct thing *thing, struct idset *cpus)
{
	int error = read_cpus(thing, ISOLATED, cpus);

	if (error == -ENOENT)
		return thing_fail(thing, -ENOENT,
		                  "the kernel does not tell which CPUs are isolated "
		                  "(there is no " ISOLATED ")");
	return error ? -ENOENT : 0;
}

int part_isolated(struct thing *thing)
{
	int error = read_isolated(thing, &thing->cpus);

	if (!error && idset_empty(&thing->cpus))
		error = thing_fail(thing, -ENODATA, "no CPU is isolated (" ISOLATED " is empty)");
	return error;
}

/* A kernel that has no nohz_full file has no such CPUs (CONFIG_NO_HZ_FULL). */
int part_housekeeping(struct thing *thing)
{
	struct topology *topology = thing->topology;
	struct idset isolated, nohz = { 0 };
	int error = read_isolated(thing, &isolated);

	if (error)
		return error;
	error = read_cpus(thing, NOHZ_FULL, &nohz);
	if (error && error != -ENOENT)
		return -ENOENT;
	error = topology_load(topology, TOPOLOGY_CPUS);
	if (error)
		return thing_fail_load(thing, error);
	thing->cpus = idset_minus(&topology->cpus, &isolated);
	thing->cpus = idset_minus(&thing->cpus, &nohz);
	if (idset_empty(&thing->cpus))
		return thing_fail(thing, -ENOENT, "all CPUs are isolated or nohz_full");
	return 0;
}
