#include "locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sysfs.h"
#include "lib/util.h"
#include "topology.h"

/* Devices upon devices: more than anyone stacks. */
#define DEEPEST 16

static int note(struct topology *topology, int error, const char *path)
{
	snprintf(topology->failed, sizeof(topology->failed), "%.255s", path);
	return error;
}

int locate_resolve(struct topology *topology, const char *folder, const char *name,
                   char path[LOCATE_PATH])
{
	char joined[LOCATE_PATH];
	int error;

	if (snprintf(joined, sizeof(joined), "%s/%s", folder, name) >= (int)sizeof(joined))
		return -ENOENT;
	error = sysfs_resolve(topology->root, joined, path);
	if (!error || util_is_missing(error))
		return error ? -ENOENT : 0;
	return note(topology, error, joined);
}

/* A name that stays in its folder. */
static bool is_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') && strlen(name) < 256;
}

static bool has(struct topology *topology, const char *folder, const char *name)
{
	char path[LOCATE_PATH];

	return !locate_resolve(topology, folder, name, path);
}

int locate_read_line(struct topology *topology, const char *folder, const char *name, char *line,
                     size_t size)
{
	char path[LOCATE_PATH], *text;
	size_t length;
	int error = locate_resolve(topology, folder, name, path);

	if (error)
		return error;
	error = util_read(topology->root, &text, &length, "%s", path);
	if (error)
		return util_is_missing(error) ? -ENOENT : note(topology, error, path);
	length = strcspn(text, "\n");
	if (length < size)
		memcpy(line, text, length + 1);
	else
		error = note(topology, -EBADMSG, path);
	if (!error)
		line[length] = '\0';
	free(text);
	return error;
}

/* "-1": firmware says nothing. */
static int read_numa_node(struct topology *topology, const char *folder, struct idset *nodes)
{
	char line[32], path[LOCATE_PATH];
	unsigned long node;
	int error = locate_read_line(topology, folder, "numa_node", line, sizeof(line));

	if (error)
		return error;
	if (!strcmp(line, "-1"))
		return -ENOENT;
	error = util_parse_number(line, strlen(line), IDSET_MAX - 1, &node);
	if (error) {
		snprintf(path, sizeof(path), "%s", folder);
		strncat(path, "/numa_node", sizeof(path) - strlen(path) - 1);
		return note(topology, error == -EINVAL ? -EBADMSG : error, path);
	}
	idset_add(nodes, (unsigned)node);
	return 0;
}

static int read_cpus(struct topology *topology, const char *folder, const char *name,
                     int (*parse)(const char *, size_t, struct idset *), struct idset *cpus)
{
	char path[LOCATE_PATH];
	int error = locate_resolve(topology, folder, name, path);

	if (error)
		return error;
	error = sysfs_read_set(topology->root, path, parse, cpus);
	return error && error != -ENOENT ? note(topology, error, path) : error;
}

/* Where the node is not known the kernel puts all CPUs there: no node of several. */
static int read_local_cpus(struct topology *topology, const char *folder, struct idset *nodes)
{
	struct idset cpus, found = { 0 };
	int error = read_cpus(topology, folder, "local_cpulist", idset_parse_list, &cpus);

	if (error == -ENOENT)
		error = read_cpus(topology, folder, "local_cpus", idset_parse_mask, &cpus);
	if (!error)
		error = topology_load(topology, TOPOLOGY_NODE_CPUS);
	if (error)
		return error;
	for (unsigned i = 0; i < topology->count; i++)
		if (idset_overlap(&topology->node[i].cpus, &cpus))
			idset_add(&found, topology->node[i].id);
	if (idset_empty(&found) ||
	    (idset_count(&found) > 1 && idset_subset(&topology->cpus, &cpus)))
		return -ENOENT;
	*nodes = idset_or(nodes, &found);
	return 0;
}

/* Asks the device in FOLDER, then its parents. */
static int climb(struct topology *topology, const char *folder,
                 int (*ask)(struct topology *, const char *, struct idset *), struct idset *nodes)
{
	static const char top[] = "/sys/devices/";
	char path[LOCATE_PATH];

	strcpy(path, folder);
	while (!strncmp(path, top, strlen(top))) {
		int error = ask(topology, path, nodes);

		if (error != -ENOENT)
			return error;
		*strrchr(path, '/') = '\0';
	}
	return -ENXIO;
}

/* From here on *nodes is added to, also where the end is -ENXIO or an error. */

static int add_nodes(struct topology *topology, const char *folder, struct idset *nodes)
{
	int error = climb(topology, folder, read_numa_node, nodes);

	return error == -ENXIO ? climb(topology, folder, read_local_cpus, nodes) : error;
}

static int add_network(struct topology *topology, const char *name, unsigned depth,
                       struct idset *nodes);
static int add_block(struct topology *topology, const char *folder, unsigned depth,
                     struct idset *nodes);

/* What is below may be unknown, as long as not all of it is. */
static bool stops(int error)
{
	return error && error != -ENXIO && error != -ENOENT;
}

/* "Device: eth0" in /proc/net/vlan/NAME: lower_eth0 is there since Linux 3.9. */
static int add_vlan(struct topology *topology, const char *name, unsigned depth,
                    struct idset *nodes)
{
	static const char key[] = "\nDevice: ";
	char *text, *device;
	size_t length;
	int error = util_read(topology->root, &text, &length, "/proc/net/vlan/%s", name);

	if (error)
		return -ENXIO;
	device = strstr(text, key);
	if (device) {
		device += strlen(key);
		device[strcspn(device, " \n")] = '\0';
	}
	error = device && is_name(device) ? add_network(topology, device, depth, nodes) : -ENXIO;
	free(text);
	return error == -ENOENT ? -ENXIO : error;
}

static int add_lower(struct topology *topology, const char *folder, unsigned depth,
                     struct idset *nodes)
{
	static const char prefix[] = "lower_";
	char **names;
	long count = sysfs_names(topology->root, folder, &names);
	int error = 0;

	if (count < 0)
		return -ENXIO;
	for (long i = 0; i < count && !stops(error); i++)
		if (!strncmp(names[i], prefix, strlen(prefix)))
			error = add_network(topology, names[i] + strlen(prefix), depth, nodes);
	free(names);
	return stops(error) ? error : idset_empty(nodes) ? -ENXIO : 0;
}

static int add_network(struct topology *topology, const char *name, unsigned depth,
                       struct idset *nodes)
{
	char folder[LOCATE_PATH];
	int error = locate_resolve(topology, LOCATE_NETWORK, name, folder);

	if (!error)
		error = add_nodes(topology, folder, nodes);
	if (error == -ENXIO && depth < DEEPEST)
		error = add_lower(topology, folder, depth + 1, nodes);
	if (error == -ENXIO && depth < DEEPEST)
		error = add_vlan(topology, name, depth + 1, nodes);
	return error;
}

int locate_network(struct topology *topology, const char *name, struct idset *nodes)
{
	struct idset found = { 0 };
	int error = is_name(name) ? add_network(topology, name, 0, &found) : -ENOENT;

	if (!error)
		*nodes = found;
	return error;
}

/* All disks that have a link in FOLDER: "slaves" of one, "devices" of a btrfs. */
static int add_blocks(struct topology *topology, const char *folder, unsigned depth,
                      struct idset *nodes)
{
	char **names, path[LOCATE_PATH];
	long count = sysfs_names(topology->root, folder, &names);
	int error = 0;

	if (count < 0)
		return -ENXIO;
	for (long i = 0; i < count && !stops(error); i++) {
		error = locate_resolve(topology, folder, names[i], path);
		if (!error)
			error = add_block(topology, path, depth, nodes);
	}
	free(names);
	return stops(error) ? error : idset_empty(nodes) ? -ENXIO : 0;
}

/* Of nvme0n1, a disk of the subsystem 0, the paths are nvme0c0n1, nvme0c1n1 and so on. */
static bool is_path_of(const char *name, const char *disk)
{
	unsigned subsystem[2], space[2], controller;
	int length[2] = { 0, 0 };

	return sscanf(disk, "nvme%un%u%n", &subsystem[0], &space[0], &length[0]) == 2 &&
	       sscanf(name, "nvme%uc%un%u%n", &subsystem[1], &controller, &space[1], &length[1]) ==
	               3 &&
	       !disk[length[0]] && !name[length[1]] && subsystem[0] == subsystem[1] &&
	       space[0] == space[1];
}

static int add_multipath(struct topology *topology, const char *disk, unsigned depth,
                         struct idset *nodes)
{
	char **names, path[LOCATE_PATH];
	long count = sysfs_names(topology->root, LOCATE_BLOCK, &names);
	int error = 0;

	if (count < 0)
		return -ENXIO;
	for (long i = 0; i < count && !stops(error); i++) {
		if (!is_path_of(names[i], disk))
			continue;
		error = locate_resolve(topology, LOCATE_BLOCK, names[i], path);
		if (!error)
			error = add_block(topology, path, depth, nodes);
	}
	free(names);
	return stops(error) ? error : idset_empty(nodes) ? -ENXIO : 0;
}

bool locate_is_multipath(const char *folder)
{
	return strstr(folder, "/nvme-subsystem/") != NULL;
}

static int add_block(struct topology *topology, const char *folder, unsigned depth,
                     struct idset *nodes)
{
	char disk[LOCATE_PATH], path[LOCATE_PATH];
	int error = add_nodes(topology, folder, nodes);

	if (error != -ENXIO || depth >= DEEPEST)
		return error;
	strcpy(disk, folder);
	if (has(topology, folder, "partition"))
		*strrchr(disk, '/') = '\0';
	if (locate_is_multipath(disk))
		return add_multipath(topology, strrchr(disk, '/') + 1, depth + 1, nodes);
	if (locate_resolve(topology, disk, "slaves", path))
		return -ENXIO;
	return add_blocks(topology, path, depth + 1, nodes);
}

int locate_block(struct topology *topology, const char *name, struct idset *nodes)
{
	char folder[LOCATE_PATH];
	struct idset found = { 0 };
	int error = is_name(name) ? locate_resolve(topology, LOCATE_BLOCK, name, folder) : -ENOENT;

	if (!error)
		error = add_block(topology, folder, 0, &found);
	if (!error)
		*nodes = found;
	return error;
}

static int resolve_number(struct topology *topology, unsigned major, unsigned minor,
                          char folder[LOCATE_PATH])
{
	char number[32];

	snprintf(number, sizeof(number), "%u:%u", major, minor);
	return locate_resolve(topology, "/sys/dev/block", number, folder);
}

int locate_block_number(struct topology *topology, unsigned major, unsigned minor,
                        struct idset *nodes)
{
	char folder[LOCATE_PATH];
	struct idset found = { 0 };
	int error = resolve_number(topology, major, minor, folder);

	if (!error)
		error = add_block(topology, folder, 0, &found);
	if (!error)
		*nodes = found;
	return error;
}

int locate_mapped(struct topology *topology, const char *mapped, char name[64])
{
	char **names, line[256];
	long count = sysfs_names(topology->root, LOCATE_BLOCK, &names);
	int error = -ENOENT;

	if (count < 0)
		return -ENOENT;
	for (long i = 0; i < count && error; i++) {
		char folder[LOCATE_PATH];

		if (strncmp(names[i], "dm-", 3) != 0 || strlen(names[i]) >= 64 ||
		    locate_resolve(topology, LOCATE_BLOCK, names[i], folder) ||
		    locate_read_line(topology, folder, "dm/name", line, sizeof(line)) ||
		    strcmp(line, mapped) != 0)
			continue;
		strcpy(name, names[i]);
		error = 0;
	}
	free(names);
	return error;
}

/* /sys/fs/btrfs/UUID/devices/NAME, since Linux 3.14 */
int locate_btrfs(struct topology *topology, unsigned major, unsigned minor, struct idset *nodes)
{
	static const char systems[] = "/sys/fs/btrfs";
	char **names, folder[LOCATE_PATH], path[LOCATE_PATH], devices[LOCATE_PATH];
	struct idset found = { 0 };
	long count = sysfs_names(topology->root, systems, &names);
	int error = resolve_number(topology, major, minor, folder);
	bool is_found = false;

	for (long i = 0; !error && i < count && !is_found; i++) {
		snprintf(devices, sizeof(devices), "%s/%.255s/devices", systems, names[i]);
		is_found = has(topology, devices, strrchr(folder, '/') + 1) &&
		           !sysfs_resolve(topology->root, devices, path);
	}
	if (count >= 0)
		free(names);
	if (!error)
		error = is_found ? add_blocks(topology, path, 0, &found)
		                 : add_block(topology, folder, 0, &found);
	if (!error)
		*nodes = found;
	return error;
}

int locate_pci(struct topology *topology, const char *address, struct idset *nodes)
{
	char folder[LOCATE_PATH];
	struct idset found = { 0 };
	int error =
		is_name(address) ? locate_resolve(topology, LOCATE_PCI, address, folder) : -ENOENT;

	if (!error)
		error = add_nodes(topology, folder, &found);
	if (!error)
		*nodes = found;
	return error;
}

int locate_folder(struct topology *topology, const char *folder, struct idset *nodes)
{
	struct idset found = { 0 };
	int error = add_nodes(topology, folder, &found);

	if (!error)
		*nodes = found;
	return error;
}
