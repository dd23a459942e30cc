#include "locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sysfs.h"
#include "lib/util.h"
#include "topology.h"

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

bool locate_has(struct topology *topology, const char *folder, const char *name)
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
		return note(topology, util_malformed(error), path);
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

	snprintf(path, sizeof(path), "%s", folder);
	while (!strncmp(path, top, strlen(top))) {
		int error = ask(topology, path, nodes);

		if (error != -ENOENT)
			return error;
		*strrchr(path, '/') = '\0';
	}
	return -ENXIO;
}

/* What is found is added to *nodes. */
static int add_nodes(struct topology *topology, const char *folder, struct idset *nodes)
{
	int error = climb(topology, folder, read_numa_node, nodes);

	return error == -ENXIO ? climb(topology, folder, read_local_cpus, nodes) : error;
}

/* Devices that were named by others and are to be asked, each once: names or folders. */
struct queue {
	char (*entry)[LOCATE_PATH]; /* owned */
	size_t count, size;
};

static int push(struct queue *queue, const char *text)
{
	for (size_t i = 0; i < queue->count; i++)
		if (!strcmp(queue->entry[i], text))
			return 0;
	if (queue->count == queue->size) {
		size_t size = queue->size ? 2 * queue->size : 4;
		char(*larger)[LOCATE_PATH] = realloc(queue->entry, size * sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		queue->entry = larger;
		queue->size = size;
	}
	snprintf(queue->entry[queue->count++], LOCATE_PATH, "%s", text);
	return 0;
}

/* Asks all, also those that come meanwhile. What is below may be unknown, but not all of it. */
static int ask_all(struct topology *topology, struct queue *queue,
                   int (*ask)(struct topology *, struct queue *, const char *, struct idset *),
                   struct idset *nodes)
{
	struct idset found = { 0 };
	int error = 0;

	for (size_t i = 0; !error && i < queue->count; i++) {
		char text[LOCATE_PATH];

		snprintf(text, sizeof(text), "%s", queue->entry[i]);
		error = ask(topology, queue, text, &found);
	}
	free(queue->entry);
	if (!error && idset_empty(&found))
		error = -ENXIO;
	if (!error)
		*nodes = found;
	return error;
}

/* "Device: eth0" in /proc/net/vlan/NAME: lower_eth0 is there since Linux 3.9. */
static int push_vlan(struct topology *topology, struct queue *queue, const char *name)
{
	static const char key[] = "\nDevice: ";
	char *text, *device;
	size_t length;
	int error = util_read(topology->root, &text, &length, "/proc/net/vlan/%s", name);

	if (error)
		return 0;
	device = strstr(text, key);
	if (device) {
		device += strlen(key);
		device[strcspn(device, " \n")] = '\0';
	}
	if (device && is_name(device))
		error = push(queue, device);
	free(text);
	return error;
}

static int push_lower(struct topology *topology, struct queue *queue, const char *folder)
{
	static const char prefix[] = "lower_";
	char **names;
	long count = sysfs_names(topology->root, folder, &names);
	int error = 0;

	if (count < 0)
		return 0;
	for (long i = 0; i < count && !error; i++)
		if (!strncmp(names[i], prefix, strlen(prefix)))
			error = push(queue, names[i] + strlen(prefix));
	free(names);
	return error;
}

static int ask_network(struct topology *topology, struct queue *queue, const char *name,
                       struct idset *nodes)
{
	char folder[LOCATE_PATH];
	int error = locate_resolve(topology, LOCATE_NETWORK, name, folder);

	if (error)
		return error == -ENOENT ? 0 : error;
	error = add_nodes(topology, folder, nodes);
	if (error != -ENXIO)
		return error;
	error = push_lower(topology, queue, folder);
	return error ? error : push_vlan(topology, queue, name);
}

int locate_network(struct topology *topology, const char *name, struct idset *nodes)
{
	char folder[LOCATE_PATH];
	struct queue queue = { 0 };
	int error =
		is_name(name) ? locate_resolve(topology, LOCATE_NETWORK, name, folder) : -ENOENT;

	if (!error)
		error = push(&queue, name);
	return error ? error : ask_all(topology, &queue, ask_network, nodes);
}

/* All disks that have a link in FOLDER: "slaves" of one, "devices" of a btrfs. */
static int push_links(struct topology *topology, struct queue *queue, const char *folder)
{
	char **names, path[LOCATE_PATH];
	long count = sysfs_names(topology->root, folder, &names);
	int error = 0;

	if (count < 0)
		return 0;
	for (long i = 0; i < count && !error; i++)
		if (!locate_resolve(topology, folder, names[i], path))
			error = push(queue, path);
	free(names);
	return error;
}

/* Of nvme0n1, a disk of the subsystem 0, the paths are nvme0c0n1, nvme0c1n1 and so on. */
static bool is_path_of(const char *name, const char *disk)
{
	static const char digits[] = "0123456789";
	size_t length = 4 + strspn(disk + 4, digits);

	return !strncmp(name, disk, length) && name[length] == 'c' &&
	       !strcmp(name + length + 1 + strspn(name + length + 1, digits), disk + length);
}

static int push_paths(struct topology *topology, struct queue *queue, const char *disk)
{
	char **names, path[LOCATE_PATH];
	long count = strncmp(disk, "nvme", 4) != 0
	                     ? -ENOENT
	                     : sysfs_names(topology->root, LOCATE_BLOCK, &names);
	int error = 0;

	if (count < 0)
		return 0;
	for (long i = 0; i < count && !error; i++)
		if (is_path_of(names[i], disk) &&
		    !locate_resolve(topology, LOCATE_BLOCK, names[i], path))
			error = push(queue, path);
	free(names);
	return error;
}

bool locate_is_multipath(const char *folder)
{
	return strstr(folder, "/nvme-subsystem/") != NULL;
}

static int ask_block(struct topology *topology, struct queue *queue, const char *folder,
                     struct idset *nodes)
{
	char disk[LOCATE_PATH], path[LOCATE_PATH];
	int error = add_nodes(topology, folder, nodes);

	if (error != -ENXIO)
		return error;
	snprintf(disk, sizeof(disk), "%s", folder);
	if (locate_has(topology, folder, "partition"))
		*strrchr(disk, '/') = '\0';
	if (locate_is_multipath(disk))
		return push_paths(topology, queue, strrchr(disk, '/') + 1);
	return locate_resolve(topology, disk, "slaves", path) ? 0
	                                                      : push_links(topology, queue, path);
}

/* The disk in FOLDER, or what ERROR says of that. */
static int find_block(struct topology *topology, int error, const char *folder, struct idset *nodes)
{
	struct queue queue = { 0 };

	if (!error)
		error = push(&queue, folder);
	return error ? error : ask_all(topology, &queue, ask_block, nodes);
}

int locate_block(struct topology *topology, const char *name, struct idset *nodes)
{
	char folder[LOCATE_PATH];
	int error = is_name(name) ? locate_resolve(topology, LOCATE_BLOCK, name, folder) : -ENOENT;

	return find_block(topology, error, folder, nodes);
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
	int error = resolve_number(topology, major, minor, folder);

	return find_block(topology, error, folder, nodes);
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
		snprintf(name, 64, "%s", names[i]);
		error = 0;
	}
	free(names);
	return error;
}

/* /sys/fs/btrfs/UUID/devices/NAME, since Linux 3.14: queues the disks of the one that has NAME. */
static int push_btrfs(struct topology *topology, struct queue *queue, const char *name)
{
	static const char systems[] = "/sys/fs/btrfs";
	char **names, devices[LOCATE_PATH];
	long count = sysfs_names(topology->root, systems, &names);
	int error = 0;

	if (count < 0)
		return 0;
	for (long i = 0; i < count && !error; i++) {
		snprintf(devices, sizeof(devices), "%s/%.255s/devices", systems, names[i]);
		if (locate_has(topology, devices, name))
			error = push_links(topology, queue, devices);
	}
	free(names);
	return error;
}

int locate_btrfs(struct topology *topology, unsigned major, unsigned minor, struct idset *nodes)
{
	char folder[LOCATE_PATH];
	struct queue queue = { 0 };
	int error = resolve_number(topology, major, minor, folder);

	if (!error)
		error = push(&queue, folder);
	if (!error)
		error = push_btrfs(topology, &queue, strrchr(folder, '/') + 1);
	if (!error)
		return ask_all(topology, &queue, ask_block, nodes);
	free(queue.entry);
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
