#include "device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sysfs.h"
#include "lib/util.h"
#include "locate.h"
#include "topology.h"

const char *const device_kind_names[DEVICE_KINDS] = {
	[DEVICE_NETWORK] = "network",       [DEVICE_BLOCK] = "block", [DEVICE_GPU] = "gpu",
	[DEVICE_INFINIBAND] = "infiniband", [DEVICE_DAX] = "dax",
};

/* Hexadecimal digits up to one of ENDS or the end of the text; -1: none, or too large a number. */
static long take_hex(const char **p, const char *end, const char *ends, long max)
{
	const char *start = *p;
	unsigned long value = 0;

	for (; *p < end && !strchr(ends, **p); (*p)++) {
		static const char digits[] = "0123456789abcdefABCDEF";
		const char *digit = **p ? strchr(digits, **p) : NULL;

		if (!digit || *p - start >= 8)
			return -1;
		value = 16 * value + (unsigned long)(digit - digits) -
		        (digit - digits > 15 ? 6 : 0);
	}
	return *p > start && value <= (unsigned long)max ? (long)value : -1;
}

/* 32-bit domains are printed with eight digits by some tools, by the kernel with four or more. */
int device_parse_pci(const char *text, size_t length, char address[32])
{
	const char *p = text, *end = text + length;
	long domain = 0, bus, slot, function = 0;
	unsigned colons = 0;

	for (size_t i = 0; i < length; i++)
		colons += text[i] == ':';
	if (colons == 2) {
		domain = take_hex(&p, end, ":", 0xffffffffL);
		p++;
	} else if (colons != 1) {
		return -EINVAL;
	}
	bus = domain < 0 ? -1 : take_hex(&p, end, ":", 0xff);
	if (bus < 0)
		return -EINVAL;
	p++;
	slot = take_hex(&p, end, ".", 0x1f);
	if (slot >= 0 && p < end) {
		p++;
		function = take_hex(&p, end, "", 7);
	}
	if (slot < 0 || function < 0)
		return -EINVAL;
	snprintf(address, 32, "%04x:%02x:%02x.%x", (unsigned)domain, (unsigned)bus & 0xff,
	         (unsigned)slot & 0x1f, (unsigned)function & 7);
	return 0;
}

static int is_address(const char *name)
{
	char address[32];

	return !device_parse_pci(name, strlen(name), address) && !strcmp(name, address);
}

/* All but the domain are of fixed width. */
static int compare_addresses(const char *a, const char *b)
{
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a != length_b)
		return length_a < length_b ? -1 : 1;
	return strcmp(a, b);
}

static int compare_names(const void *a, const void *b)
{
	return compare_addresses(*(char *const *)a, *(char *const *)b);
}

/* PCI's class and subclass; 0 where it is not told, or -errno. */
static long read_class(struct topology *topology, const char *address)
{
	char folder[LOCATE_PATH], line[32];
	int error;

	if (!is_address(address))
		return 0;
	error = locate_resolve(topology, LOCATE_PCI, address, folder);
	if (!error)
		error = locate_read_line(topology, folder, "class", line, sizeof(line));
	if (error)
		return util_is_fault(error) ? error : 0;
	return (long)(strtoul(line, NULL, 16) >> 8 & 0xffff);
}

/*
 * PCI's base classes: 0x03 is display controllers (of them 0x0302 those without a monitor, 0x0380
 * AMD's accelerators), 0x1200 processing accelerators.
 */
static bool is_gpu(long class)
{
	return class >> 8 == 0x03 || class == 0x1200;
}

/* The addresses of the GPUs come first in *names, in order; returns how many, or -errno. */
static long list_gpus(struct topology *topology, char ***names)
{
	char **found;
	long count = sysfs_names(topology->root, LOCATE_PCI, &found), gpus = 0;

	if (count < 0)
		return count;
	for (long i = 0; i < count; i++) {
		long class = read_class(topology, found[i]);

		if (class < 0) {
			free(found);
			return class;
		}
		if (is_gpu(class))
			found[gpus++] = found[i];
	}
	qsort(found, (size_t)gpus, sizeof(*found), compare_names);
	*names = found;
	return gpus;
}

/* Those with a monitor (0x0300, VGA) go, unless all are of these; returns how many are left. */
static long drop_screens(struct topology *topology, char **names, long count)
{
	long left = 0;

	for (long i = 0; i < count; i++)
		if (read_class(topology, names[i]) != 0x0300)
			names[left++] = names[i];
	return left ? left : count;
}

static long find_gpu(struct topology *topology, bool screens, unsigned long place, char address[32])
{
	char **names;
	long count = list_gpus(topology, &names);

	if (count == -ENOENT)
		return 0;
	if (count < 0)
		return count;
	if (!screens)
		count = drop_screens(topology, names, count);
	if (place < (unsigned long)count)
		snprintf(address, 32, "%s", names[place]);
	free(names);
	return count;
}

long device_gpu(struct topology *topology, unsigned long place, char address[32])
{
	return find_gpu(topology, true, place, address);
}

long device_accelerator(struct topology *topology, unsigned long place, char address[32])
{
	return find_gpu(topology, false, place, address);
}

/* What is being listed. */
struct list {
	struct topology *topology;
	struct device *device; /* owned */
	size_t count, size;
};

static int append(struct list *list, const struct device *device)
{
	if (list->count == list->size) {
		size_t size = list->size ? 2 * list->size : 16;
		struct device *larger = realloc(list->device, size * sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		list->device = larger;
		list->size = size;
	}
	list->device[list->count++] = *device;
	return 0;
}

/* The PCI function that is nearest above, or "". */
static void find_address(const char *folder, char address[32])
{
	char path[LOCATE_PATH], *slash;

	*address = '\0';
	snprintf(path, sizeof(path), "%s", folder);
	while ((slash = strrchr(path, '/')) && !is_address(slash + 1))
		*slash = '\0';
	if (slash)
		snprintf(address, 32, "%s", slash + 1);
}

static bool is_virtual(const char *folder)
{
	return strstr(folder, "/devices/virtual/") && !locate_is_multipath(folder);
}

/* Not parts of disks, nor the single paths that multipath makes a disk of: 1, 0, or -errno. */
static int is_disk(struct topology *topology, const char *folder)
{
	char line[16], path[LOCATE_PATH];
	int error = locate_resolve(topology, folder, "partition", path);

	if (error != -ENOENT)
		return error;
	error = locate_read_line(topology, folder, "hidden", line, sizeof(line));
	if (error)
		return error == -ENOENT ? 1 : error;
	return *line != '1';
}

/* What locate_* said: unknown ones are left out. */
static int append_located(struct list *list, const struct device *device, int error)
{
	if (error == -ENXIO || error == -ENOENT)
		return 0;
	return error ? error : append(list, device);
}

static int add_named(struct list *list, enum device_kind kind, const char *folder, const char *name)
{
	struct device device = { .kind = kind };
	char path[LOCATE_PATH];
	int error = locate_resolve(list->topology, folder, name, path);

	if (strlen(name) >= sizeof(device.name) || error == -ENOENT)
		return 0;
	if (error || is_virtual(path))
		return error;
	if (kind == DEVICE_BLOCK) {
		error = is_disk(list->topology, path);
		if (error <= 0)
			return error;
	}
	snprintf(device.name, sizeof(device.name), "%s", name);
	find_address(path, device.address);
	error = kind == DEVICE_BLOCK ? locate_block(list->topology, name, &device.nodes)
	                             : locate_folder(list->topology, path, &device.nodes);
	return append_located(list, &device, error);
}

static int add_folder(struct list *list, enum device_kind kind, const char *folder)
{
	char **names;
	long count = sysfs_names(list->topology->root, folder, &names);
	int error = 0;

	if (count < 0)
		return util_is_missing((int)count) ? 0 : (int)count;
	for (long i = 0; i < count && !error; i++)
		error = add_named(list, kind, folder, names[i]);
	free(names);
	return error;
}

/* "card0" of the folder drm, which has "card0-DP-1" and "renderD128" as well. */
static void find_card(struct topology *topology, const char *address, char name[64])
{
	char folder[LOCATE_PATH], joined[64], **names;
	long count;

	snprintf(joined, sizeof(joined), "%s/drm", address);
	if (locate_resolve(topology, LOCATE_PCI, joined, folder))
		return;
	count = sysfs_names(topology->root, folder, &names);
	for (long i = 0; i < count && !*name; i++)
		if (!strncmp(names[i], "card", 4) &&
		    !names[i][4 + strspn(names[i] + 4, "0123456789")])
			snprintf(name, 64, "%s", names[i]);
	if (count >= 0)
		free(names);
}

static int add_gpus(struct list *list)
{
	char **names;
	long count = list_gpus(list->topology, &names);
	int error = 0;

	if (count < 0)
		return util_is_missing((int)count) ? 0 : (int)count;
	for (long i = 0; i < count && !error; i++) {
		struct device device = { .kind = DEVICE_GPU };

		snprintf(device.address, sizeof(device.address), "%s", names[i]);
		find_card(list->topology, names[i], device.name);
		error = append_located(list, &device,
		                       locate_pci(list->topology, names[i], &device.nodes));
	}
	free(names);
	return error;
}

static int compare_devices(const void *a, const void *b)
{
	const struct device *left = a, *right = b;
	int order = compare_addresses(left->address, right->address);

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return order ? order : strverscmp(left->name, right->name);
}

long device_list(struct topology *topology, struct device **devices)
{
	struct list list = { .topology = topology };
	int error = topology_load(topology, TOPOLOGY_NODE_CPUS);

	if (!error)
		error = add_folder(&list, DEVICE_NETWORK, LOCATE_NETWORK);
	if (!error)
		error = add_folder(&list, DEVICE_BLOCK, LOCATE_BLOCK);
	if (!error)
		error = add_gpus(&list);
	if (!error)
		error = add_folder(&list, DEVICE_INFINIBAND, "/sys/class/infiniband");
	if (!error)
		error = add_folder(&list, DEVICE_DAX, "/sys/bus/dax/devices");
	if (error) {
		free(list.device);
		return error;
	}
	if (list.count)
		qsort(list.device, list.count, sizeof(*list.device), compare_devices);
	*devices = list.device;
	return (long)list.count;
}
