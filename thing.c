#include "thing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "device.h"
#include "lib/mount.h"
#include "lib/route.h"
#include "lib/sysfs.h"
#include "lib/util.h"
#include "locate.h"
#include "topology.h"

int thing_fail(struct thing *thing, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(thing->reason, THING_REASON, format, arguments);
	va_end(arguments);
	return error;
}

int thing_fail_load(struct thing *thing, int error)
{
	return thing_fail(thing, -ENOENT, "%s: %s", thing->topology->failed, util_reason(error));
}

int thing_number(struct thing *thing, unsigned long max, const char *example, unsigned long *number)
{
	int error = util_parse_number(thing->value, strlen(thing->value), max, number);

	if (error)
		return thing_fail(thing, -EINVAL, "'%s' is %s (write it as in %s)", thing->value,
		                  error == -ERANGE ? "too large" : "no number", example);
	return 0;
}

/* Lists of what there is, which may be long: of a hundred characters. */
#define SHOWN 160

static void list_name(char text[SHOWN], const char *name)
{
	size_t used = strlen(text);

	if (used >= 3 && !strcmp(text + used - 3, "..."))
		return;
	if (used + strlen(name) + 8 >= SHOWN)
		name = "...";
	snprintf(text + used, SHOWN - used, "%s%s", used ? ", " : "", name);
}

/* Those of FOLDER; of disks not the many that are never set up, nor the parts of others. */
static void list_folder(struct thing *thing, const char *folder, char text[SHOWN])
{
	char **names, path[LOCATE_PATH], size[32];
	long count = sysfs_names(thing->topology->root, folder, &names);

	*text = '\0';
	for (long i = 0; i < count; i++) {
		if (locate_resolve(thing->topology, folder, names[i], path) ||
		    (!locate_read_line(thing->topology, path, "size", size, sizeof(size)) &&
		     !strcmp(size, "0")) ||
		    !locate_read_line(thing->topology, path, "partition", size, sizeof(size)))
			continue;
		list_name(text, names[i]);
	}
	if (count >= 0)
		free(names);
	if (!*text)
		snprintf(text, SHOWN, "none");
}

/* The devices of a kind whose node the kernel tells. */
static void list_known(struct thing *thing, enum device_kind kind, char text[SHOWN])
{
	struct device *devices;
	long count = device_list(thing->topology, &devices);

	*text = '\0';
	for (long i = 0; i < count; i++)
		if (devices[i].kind == kind)
			list_name(text, kind == DEVICE_GPU ? devices[i].address : devices[i].name);
	if (count >= 0)
		free(devices);
	if (!*text)
		snprintf(text, SHOWN, "none");
}

/* What locate_* said of a device of KIND that exists. */
static int check_located(struct thing *thing, int error, enum device_kind kind, const char *what,
                         const char *name)
{
	char known[SHOWN];

	if (!error)
		return 0;
	if (error != -ENXIO)
		return thing_fail_load(thing, error);
	list_known(thing, kind, known);
	return thing_fail(thing, -ENOENT,
	                  "the kernel does not tell the node of %s %s (it does of: %s)", what, name,
	                  known);
}

static int find_interface(struct thing *thing, const char *name)
{
	char there[SHOWN];
	int error = locate_network(thing->topology, name, &thing->nodes);

	if (error != -ENOENT)
		return check_located(thing, error, DEVICE_NETWORK, "interface", name);
	list_folder(thing, LOCATE_NETWORK, there);
	return thing_fail(thing, -ENOENT, "there is no interface %s (there are: %s)", name, there);
}

int thing_netdev(struct thing *thing)
{
	return find_interface(thing, thing->value);
}

static int find_disk(struct thing *thing, const char *name)
{
	char there[SHOWN];
	int error = locate_block(thing->topology, name, &thing->nodes);

	if (error != -ENOENT)
		return check_located(thing, error, DEVICE_BLOCK, "disk", name);
	list_folder(thing, LOCATE_BLOCK, there);
	return thing_fail(thing, -ENOENT, "there is no disk %s (there are: %s)", name, there);
}

/* The disk by its number; NAME is how the user knows it. */
static int find_number(struct thing *thing, dev_t number, const char *name)
{
	int error =
		locate_block_number(thing->topology, major(number), minor(number), &thing->nodes);

	if (error == -ENOENT)
		return thing_fail(thing, -ENOENT, "the kernel does not show the disk of %s in /sys",
		                  name);
	return check_located(thing, error, DEVICE_BLOCK, "disk", name);
}

/* Of another machine there is no /dev: "/dev/sda" is sda; sysfs has device mapper's names. */
static int find_foreign_disk(struct thing *thing)
{
	static const char dev[] = "/dev/", mapper[] = "/dev/mapper/";
	char name[64];

	if (!strncmp(thing->value, mapper, strlen(mapper)) &&
	    !locate_mapped(thing->topology, thing->value + strlen(mapper), name))
		return find_disk(thing, name);
	if (!strncmp(thing->value, dev, strlen(dev)) && !strchr(thing->value + strlen(dev), '/'))
		return find_disk(thing, thing->value + strlen(dev));
	return thing_fail(
		thing, -ENOENT,
		"%s cannot be looked up on another machine (write the kernel's name, as in "
		"block:sda)",
		thing->value);
}

int thing_block(struct thing *thing)
{
	struct stat status;

	if (*thing->value != '/')
		return find_disk(thing, thing->value);
	if (thing->topology->foreign)
		return find_foreign_disk(thing);
	if (stat(thing->value, &status))
		return thing_fail(thing, -ENOENT, "%s: %s", thing->value, strerror(errno));
	if (!S_ISBLK(status.st_mode))
		return thing_fail(thing, -ENOENT,
		                  "%s is no block device (file:%s means the disk that it is on)",
		                  thing->value, thing->value);
	return find_number(thing, status.st_rdev, thing->value);
}

/* Where what is written goes; an overlay without an upper folder is read only. */
static int find_layer(struct thing *thing, const char *path, const struct mount *mount,
                      char folder[PATH_MAX])
{
	int error = mount_folder(mount->options, "upperdir", folder, PATH_MAX);

	if (error)
		error = mount_folder(mount->options, "lowerdir", folder, PATH_MAX);
	if (error || *folder != '/' || access(folder, F_OK))
		return thing_fail(thing, -ENOENT,
		                  "%s is on an overlay whose folders cannot be seen from here",
		                  path);
	return 0;
}

static int find_source(struct thing *thing, const char *path, const struct mount *mount)
{
	struct stat status;
	int error;

	if (*mount->source != '/' || stat(mount->source, &status) || !S_ISBLK(status.st_mode))
		return thing_fail(thing, -ENOENT, "%s is on %s, which is not on a device", path,
		                  mount->type);
	if (strcmp(mount->type, "btrfs") != 0)
		return find_number(thing, status.st_rdev, mount->source);
	error = locate_btrfs(thing->topology, major(status.st_rdev), minor(status.st_rdev),
	                     &thing->nodes);
	return error == -ENOENT ? find_number(thing, status.st_rdev, mount->source)
	                        : check_located(thing, error, DEVICE_BLOCK, "disk", mount->source);
}

/* Of an overlay 1, and the folder to look at instead. */
static int find_opened(struct thing *thing, const char *path, int fd, char folder[PATH_MAX])
{
	struct stat status;
	struct mount mount;
	int error;

	if (fstat(fd, &status))
		return thing_fail(thing, -ENOENT, "%s: %s", path, strerror(errno));
	if (S_ISBLK(status.st_mode))
		return find_number(thing, status.st_rdev, path);
	/* Major number 0 is what file systems get that are on no device, or on several. */
	if (major(status.st_dev))
		return find_number(thing, status.st_dev, path);
	if (mount_of(fd, &mount))
		return thing_fail(thing, -ENOENT,
		                  "%s: /proc/self/mountinfo does not tell what it is on", path);
	if (strcmp(mount.type, "overlay") != 0) {
		error = find_source(thing, path, &mount);
	} else {
		error = find_layer(thing, path, &mount, folder);
		error = error ? error : 1;
	}
	free(mount.text);
	return error;
}

int thing_refuse_foreign(struct thing *thing, const char *what)
{
	if (!thing->topology->foreign)
		return 0;
	return thing_fail(thing, -ENOENT,
	                  "%s of another machine cannot be looked up (leave out --sysroot)", what);
}

int thing_file(struct thing *thing)
{
	char path[PATH_MAX], folder[PATH_MAX];
	int error = thing_refuse_foreign(thing, "files");

	if (!error && snprintf(path, sizeof(path), "%s", thing->value) >= (int)sizeof(path))
		return thing_fail(thing, -ENOENT, "%s", strerror(ENAMETOOLONG));
	/* The kernel stacks file systems two deep. */
	for (int depth = 0; !error && depth < 4; depth++) {
		int fd = open(path, O_PATH | O_CLOEXEC);

		if (fd < 0)
			return thing_fail(thing, -ENOENT, "%s: %s", path, strerror(errno));
		error = find_opened(thing, path, fd, folder);
		close(fd);
		if (error <= 0)
			return error;
		memcpy(path, folder, strlen(folder) + 1);
		error = 0;
	}
	return error ? error : thing_fail(thing, -ENOENT, "%s is on too many overlays", path);
}

int thing_ip(struct thing *thing)
{
	char name[IF_NAMESIZE];
	int error = thing_refuse_foreign(thing, "routes");

	if (error)
		return error;
	error = route_interface(thing->value, name);
	if (error == -EINVAL)
		return thing_fail(thing, -EINVAL,
		                  "%s is no address (write it numeric, as in ip:192.0.2.1 or "
		                  "ip:2001:db8::1)",
		                  thing->value);
	if (error == -ENXIO)
		return thing_fail(thing, -ENOENT, "there is no interface %s",
		                  strchr(thing->value, '%') + 1);
	if (error)
		return thing_fail(thing, -ENOENT, "there is no route to %s: %s", thing->value,
		                  strerror(-error));
	return find_interface(thing, name);
}

int thing_pci(struct thing *thing)
{
	char address[32];
	int error = device_parse_pci(thing->value, strlen(thing->value), address);

	if (error)
		return thing_fail(
			thing, -EINVAL,
			"%s is no PCI address (write it as in pci:0000:21:00.0 or pci:21:00.0)",
			thing->value);
	error = locate_pci(thing->topology, address, &thing->nodes);
	if (error == -ENOENT)
		return thing_fail(thing, -ENOENT,
		                  "there is no PCI device %s (see lspci, or " LOCATE_PCI ")",
		                  address);
	if (error == -ENXIO)
		return thing_fail(
			thing, -ENOENT,
			"the kernel does not tell the node of PCI device %s (name a node by "
			"its id)",
			address);
	return error ? thing_fail_load(thing, error) : 0;
}

int thing_gpu_at(struct thing *thing, const char *address)
{
	int error = locate_pci(thing->topology, address, &thing->nodes);

	return error == -ENOENT ? thing_fail(thing, -ENOENT, "GPU %s is gone", address)
	                        : check_located(thing, error, DEVICE_GPU, "GPU", address);
}

int thing_gpu(struct thing *thing)
{
	unsigned long place;
	char address[32];
	long count;
	int error = thing_number(thing, IDSET_MAX, "gpu:0", &place);

	if (error)
		return error;
	count = device_gpu(thing->topology, place, address);
	if (count < 0)
		return thing_fail(thing, -ENOENT, LOCATE_PCI ": %s", util_reason((int)count));
	if (count == 0)
		return thing_fail(thing, -ENOENT, "there is no GPU");
	if (place >= (unsigned long)count)
		return thing_fail(thing, -ENOENT, "there is no GPU %lu (%s gpu:%ld)", place,
		                  count == 1 ? "the only one is" : "the last one is", count - 1);
	return thing_gpu_at(thing, address);
}
