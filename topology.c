#include "topology.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cgroup.h"
#include "lib/distance.h"
#include "lib/kernel.h"
#include "lib/process.h"
#include "lib/sysfs.h"
#include "lib/util.h"

#define NODE_DIRECTORY "/sys/devices/system/node"
#define CPU_DIRECTORY "/sys/devices/system/cpu"

void topology_init(struct topology *topology, int root)
{
	memset(topology, 0, sizeof(*topology));
	topology->root = root;
	topology->foreign = root != UTIL_HERE;
}

void topology_free(struct topology *topology)
{
	free(topology->node);
	free(topology->distances);
	topology->node = NULL;
	topology->distances = NULL;
	topology->loaded = 0;
}

/* Remembers the path that ERROR is about, and returns ERROR. */
__attribute__((format(printf, 3, 4))) static int fail(struct topology *topology, int error,
                                                      const char *path, ...)
{
	va_list arguments;

	va_start(arguments, path);
	vsnprintf(topology->failed, sizeof(topology->failed), path, arguments);
	va_end(arguments);
	return error;
}

/* The value of "Node 3 NAME:   1234 kB" in bytes. */
static int parse_size(const char *p, const char *end, long long *bytes)
{
	unsigned long kib;
	const char *digits;

	while (p < end && util_is_blank(*p))
		p++;
	digits = p;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if (util_parse_number(digits, (size_t)(p - digits), LLONG_MAX / 1024, &kib))
		return p > digits ? -ERANGE : -EINVAL;
	*bytes = (long long)kib * 1024;
	return 0;
}

static const struct topology_memory unknown_memory = { TOPOLOGY_UNKNOWN, TOPOLOGY_UNKNOWN,
	                                               TOPOLOGY_UNKNOWN, TOPOLOGY_UNKNOWN,
	                                               TOPOLOGY_UNKNOWN };

int topology_parse_meminfo(const char *text, size_t length, struct topology_memory *memory)
{
	struct topology_memory found = unknown_memory;
	long long active = 0, inactive = TOPOLOGY_UNKNOWN, slabs = 0;
	const struct {
		const char *name;
		long long *bytes;
	} wanted[] = { { "MemTotal:", &found.total },      { "MemFree:", &found.free },
		       { "MemUsed:", &found.used },        { "Active(file):", &active },
		       { "Inactive(file):", &inactive },   { "SReclaimable:", &slabs },
		       { "FilePages:", &found.file_cache } };
	const char *end = text + length;

	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));

		if (!line_end)
			line_end = end;
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			size_t name_length = strlen(wanted[i].name);
			const char *name = memmem(text, (size_t)(line_end - text), wanted[i].name,
			                          name_length);
			int error;

			if (!name)
				continue;
			error = parse_size(name + name_length, line_end, wanted[i].bytes);
			if (error)
				return error;
		}
		text = line_end + 1;
	}
	if (found.used < 0 && found.total >= 0 && found.free >= 0 && found.free <= found.total)
		found.used = found.total - found.free;
	if (inactive != TOPOLOGY_UNKNOWN &&
	    (__builtin_add_overflow(active, inactive, &found.reclaimable) ||
	     __builtin_add_overflow(found.reclaimable, slabs, &found.reclaimable)))
		return -ERANGE;
	*memory = found;
	return 0;
}

/* -ENOENT is no failure: callers take what is missing for unknown. */
static int note(struct topology *topology, int error, const char *path)
{
	return error && error != -ENOENT ? fail(topology, error, "%s", path) : error;
}

static int read_list(struct topology *topology, const char *path, struct idset *set)
{
	return note(topology, sysfs_read_list(topology->root, path, set), path);
}

static int read_ids(struct topology *topology, const char *path, const char *prefix,
                    struct idset *set)
{
	return note(topology, sysfs_read_ids(topology->root, path, prefix, set), path);
}

/* As a list, which newer kernels have, or as a mask. */
static int read_set(struct topology *topology, const char *list, const char *mask,
                    struct idset *set)
{
	int error = sysfs_read_set(topology->root, list, idset_parse_list, set);

	if (error != -ENOENT)
		return note(topology, error, list);
	error = sysfs_read_set(topology->root, mask, idset_parse_mask, set);
	return note(topology, error, mask);
}

static int make_nodes(struct topology *topology)
{
	topology->count = idset_count(&topology->nodes);
	topology->node = calloc(topology->count ? topology->count : 1, sizeof(*topology->node));
	if (!topology->node)
		return fail(topology, -ENOMEM, NODE_DIRECTORY);
	for (unsigned i = 0, id = 0; i < topology->count; i++, id++) {
		id = (unsigned)idset_next(&topology->nodes, id);
		topology->node[i].id = id;
		topology->node[i].memory = unknown_memory;
	}
	return 0;
}

/* What CGROUP's cpuset allows; unknown stays what nothing tells. */
static int read_cgroup(struct topology *topology, const struct cgroup *cgroup)
{
	for (int what = 0; what < 2; what++) {
		struct idset set;
		int error;

		if (topology->limits.known[what])
			continue;
		error = cgroup_allowed(topology->root, cgroup, (enum cgroup_what)what, &set);
		if (error && !util_is_missing(error))
			return fail(topology, util_malformed(error), "%s%s/%s", cgroup->mount,
			            cgroup->path, cgroup_file(cgroup, (enum cgroup_what)what));
		topology->limits.known[what] = !error;
		if (!error)
			topology->limits.set[what] = set;
	}
	return 0;
}

/* What /proc/PID/status says, or else the cpuset; of this process, or of that in the dump. */
static int read_limits(struct topology *topology)
{
	struct process_status status = { 0 };
	struct cgroup cgroup;
	char pid[16] = "self";
	int error;

	if (topology->cgroup) {
		topology->limits.asked = true;
		return read_cgroup(topology, topology->cgroup);
	}
	if (topology->pid)
		snprintf(pid, sizeof(pid), "%d", topology->pid);
	error = process_read_status(topology->root, pid, &status);
	if (error && !util_is_missing(error))
		return fail(topology, error, "/proc/%s/status", pid);
	if (topology->pid || topology->cpuset_alone)
		status.has_cpus = false;
	topology->limits.asked = true;
	topology->limits.known[CGROUP_CPUS] = status.has_cpus;
	topology->limits.known[CGROUP_MEMS] = status.has_nodes;
	topology->limits.set[CGROUP_CPUS] = status.cpus;
	topology->limits.set[CGROUP_MEMS] = status.nodes;
	if (status.has_cpus && status.has_nodes)
		return 0;
	error = cgroup_find(topology->root, pid, &cgroup);
	/* Of another machine nothing else tells. */
	if (util_is_fault(error) || (topology->foreign && error == -EACCES))
		return fail(topology, error, "/proc/%s/cgroup", pid);
	return error ? 0 : read_cgroup(topology, &cgroup);
}

/* The kernel tells its limits of this process alone. */
static bool is_other(const struct topology *topology)
{
	return topology->foreign || topology->pid || topology->cgroup;
}

/* 0, -ENOENT where nothing tells, or -errno. */
static int read_limit(struct topology *topology, enum cgroup_what what, struct idset *set)
{
	int error = topology->limits.asked ? 0 : read_limits(topology);

	if (error)
		return error;
	if (!topology->limits.known[what])
		return -ENOENT;
	*set = topology->limits.set[what];
	return 0;
}

static int load_memory(struct topology *topology)
{
	for (unsigned i = 0; i < topology->count; i++) {
		struct topology_node *node = &topology->node[i];
		char *text;
		size_t length;
		int error = util_read(topology->root, &text, &length,
		                      NODE_DIRECTORY "/node%u/meminfo", node->id);

		if (util_is_missing(error))
			continue;
		if (!error) {
			error = util_malformed(topology_parse_meminfo(text, length, &node->memory));
			free(text);
		}
		if (error)
			return fail(topology, error, NODE_DIRECTORY "/node%u/meminfo", node->id);
	}
	return 0;
}

static int load_nodes(struct topology *topology)
{
	int error = read_list(topology, NODE_DIRECTORY "/online", &topology->nodes);

	if (error == -ENOENT)
		error = read_ids(topology, NODE_DIRECTORY, "node", &topology->nodes);
	if (error && error != -ENOENT)
		return error;
	topology->is_numa = !idset_empty(&topology->nodes);
	return make_nodes(topology);
}

/*
 * has_memory is there since Linux 3.8; has_normal_memory, which is older, leaves out movable memory
 * and has been seen to name nodes that do not exist. Without the former the sizes tell.
 */
static int find_memory(struct topology *topology)
{
	int error = topology_load(topology, TOPOLOGY_MEMORY);

	for (unsigned i = 0; !error && i < topology->count; i++)
		if (topology->node[i].memory.total != 0)
			idset_add(&topology->has_memory, topology->node[i].id);
	return error;
}

/*
 * The system call first: it costs a microsecond, /proc/self/status thirty. It is the one that
 * containers forbid.
 */
static int load_has_memory(struct topology *topology)
{
	struct idset allowed;
	int error = read_list(topology, NODE_DIRECTORY "/has_memory", &topology->has_memory);

	if (!error)
		topology->is_numa = true;
	else if (error == -ENOENT)
		error = find_memory(topology);
	if (error)
		return error;
	error = is_other(topology) ? -ENOENT : kernel_allowed_nodes(&allowed);
	if (error)
		error = read_limit(topology, CGROUP_MEMS, &allowed);
	if (error && error != -ENOENT)
		return error;
	if (error)
		allowed = topology->has_memory;
	topology->allowed_nodes = idset_and(&topology->has_memory, &allowed);
	return 0;
}

static int load_cpus(struct topology *topology)
{
	struct idset allowed;
	int error = read_list(topology, CPU_DIRECTORY "/online", &topology->cpus);

	if (error == -ENOENT)
		error = read_ids(topology, CPU_DIRECTORY, "cpu", &topology->cpus);
	if (error && error != -ENOENT)
		return error;
	error = is_other(topology) || topology->cpuset_alone ? -ENOENT
	                                                     : kernel_get_affinity(0, &allowed);
	if (error)
		error = read_limit(topology, CGROUP_CPUS, &allowed);
	if (error && error != -ENOENT)
		return error;
	if (error)
		allowed = topology->cpus;
	/* Without /sys what may be used is what there is. */
	if (idset_empty(&topology->cpus))
		topology->cpus = allowed;
	topology->allowed_cpus = idset_and(&topology->cpus, &allowed);
	return 0;
}

/* cpulist is there since Linux 2.6.25. It may name CPUs that are offline or were never there. */
static int load_node_cpus(struct topology *topology)
{
	for (unsigned i = 0; i < topology->count; i++) {
		struct topology_node *node = &topology->node[i];
		char list[128], mask[128];
		int error;

		snprintf(list, sizeof(list), NODE_DIRECTORY "/node%u/cpulist", node->id);
		snprintf(mask, sizeof(mask), NODE_DIRECTORY "/node%u/cpumap", node->id);
		error = read_set(topology, list, mask, &node->cpus);
		if (error && error != -ENOENT)
			return error;
		node->cpus = idset_and(&node->cpus, &topology->cpus);
	}
	return 0;
}

static int load_distances(struct topology *topology)
{
	char path[DISTANCE_PATH];
	int error = distance_read(topology->root, &topology->nodes, &topology->distances, path);

	return error ? fail(topology, error, "%s", path) : 0;
}

static int load_absent(struct topology *topology)
{
	struct idset possible, present;
	int error = read_list(topology, NODE_DIRECTORY "/possible", &possible);

	if (!error)
		topology->offline_nodes = idset_minus(&possible, &topology->nodes);
	else if (error != -ENOENT)
		return error;
	error = read_list(topology, CPU_DIRECTORY "/present", &present);
	if (!error)
		topology->offline_cpus = idset_minus(&present, &topology->cpus);
	return error == -ENOENT ? 0 : error;
}

int topology_load(struct topology *topology, unsigned parts)
{
	static const struct {
		unsigned part, needs;
		int (*load)(struct topology *topology);
	} loaders[] = {
		{ TOPOLOGY_HAS_MEMORY, 0, load_has_memory },
		{ TOPOLOGY_NODES, 0, load_nodes },
		{ TOPOLOGY_CPUS, 0, load_cpus },
		{ TOPOLOGY_NODE_CPUS, TOPOLOGY_NODES | TOPOLOGY_CPUS, load_node_cpus },
		{ TOPOLOGY_MEMORY, TOPOLOGY_NODES, load_memory },
		{ TOPOLOGY_DISTANCES, TOPOLOGY_NODES, load_distances },
		{ TOPOLOGY_ABSENT, TOPOLOGY_HAS_MEMORY | TOPOLOGY_NODES | TOPOLOGY_CPUS,
		  load_absent },
	};

	for (size_t i = sizeof(loaders) / sizeof(loaders[0]); i-- > 0;)
		if (parts & loaders[i].part)
			parts |= loaders[i].needs;
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		int error;

		if (!(parts & ~topology->loaded & loaders[i].part))
			continue;
		error = loaders[i].load(topology);
		if (error)
			return error;
		topology->loaded |= loaders[i].part;
	}
	return 0;
}

const struct topology_node *topology_node(const struct topology *topology, unsigned id)
{
	for (unsigned i = 0; i < topology->count; i++)
		if (topology->node[i].id == id)
			return &topology->node[i];
	return NULL;
}

unsigned topology_distance(const struct topology *topology, unsigned from, unsigned to)
{
	return topology->distances[(size_t)from * topology->count + to];
}

/* core_cpus_list is the name since Linux 5.3; the kernel keeps the older one. */
int topology_core(struct topology *topology, unsigned cpu, struct idset *threads)
{
	char list[128], mask[128];
	struct idset found;
	int error;

	snprintf(list, sizeof(list), CPU_DIRECTORY "/cpu%u/topology/thread_siblings_list", cpu);
	snprintf(mask, sizeof(mask), CPU_DIRECTORY "/cpu%u/topology/thread_siblings", cpu);
	error = read_set(topology, list, mask, &found);
	/* One that does not hold the CPU itself tells nothing. */
	if (!error && !idset_has(&found, cpu))
		error = -ENOENT;
	if (!error)
		*threads = found;
	return error == -ENOENT ? fail(topology, error, "%s", list) : error;
}

int topology_weight(struct topology *topology, unsigned id, unsigned *weight)
{
	static const char path[] = "/sys/kernel/mm/mempolicy/weighted_interleave/node%u";
	char *text;
	size_t length;
	unsigned long value;
	int error = util_read(topology->root, &text, &length, path, id);

	if (util_is_missing(error))
		return -ENOENT;
	if (error)
		return fail(topology, error, path, id);
	error = util_malformed(util_parse_number(text, strcspn(text, "\n"), UINT_MAX, &value));
	free(text);
	if (error)
		return fail(topology, error, path, id);
	*weight = (unsigned)value;
	return 0;
}
