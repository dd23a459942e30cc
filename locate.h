/* A device by its name, number or address -> its nodes. */
#ifndef LOCATE_H
#define LOCATE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

struct topology;

#define LOCATE_NETWORK "/sys/class/net"
#define LOCATE_BLOCK "/sys/class/block"
#define LOCATE_PCI "/sys/bus/pci/devices"

/*
 * The locate_ functions with nodes store them on success only and return 0; -ENOENT: there is no
 * such device; -ENXIO: the kernel does not tell its node, nor that of what is below it; or another
 * -errno, with the path in topology->failed (-EBADMSG and -ERANGE: the file is malformed). They
 * load what they need of the topology.
 */

/* A network interface: of a virtual one (VLAN, bond, bridge) the nodes of all that is below. */
int locate_network(struct topology *topology, const char *name, struct idset *nodes);

/*
 * A disk or partition by the kernel's name ("nvme0n1p1"), or by its number: of device mapper, md
 * and NVMe multipath the nodes of all that is below.
 */
int locate_block(struct topology *topology, const char *name, struct idset *nodes);
int locate_block_number(struct topology *topology, unsigned major, unsigned minor,
                        struct idset *nodes);

/* All disks of the btrfs that the one with this number is a part of. */
int locate_btrfs(struct topology *topology, unsigned major, unsigned minor, struct idset *nodes);

/* The kernel's name ("dm-0") of what device mapper calls MAPPED; 0 or -ENOENT. */
int locate_mapped(struct topology *topology, const char *mapped, char name[64]);

/* A PCI function by its address as the kernel writes it: "0000:21:00.0". */
int locate_pci(struct topology *topology, const char *address, struct idset *nodes);

/* The device whose folder this is, with all links followed; never -ENOENT. */
int locate_folder(struct topology *topology, const char *folder, struct idset *nodes);

/* The folder of a disk that NVMe multipath makes of several paths. */
bool locate_is_multipath(const char *folder);

#define LOCATE_PATH 1024

/* Where FOLDER/NAME is, with all links followed; -ENOENT also where that cannot be looked at. */
int locate_resolve(struct topology *topology, const char *folder, const char *name,
                   char path[LOCATE_PATH]);

/* Whether there is FOLDER/NAME. */
bool locate_has(struct topology *topology, const char *folder, const char *name);

/* The first line of a file, without its end; -ENOENT where it cannot be read. */
int locate_read_line(struct topology *topology, const char *folder, const char *name, char *line,
                     size_t size);

#endif
