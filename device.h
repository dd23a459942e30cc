/* The devices of the machine, and the nodes that they are on. */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

struct topology;

enum device_kind {
	DEVICE_NETWORK,
	DEVICE_BLOCK,
	DEVICE_GPU,
	DEVICE_INFINIBAND,
	DEVICE_DAX,
	DEVICE_KINDS
};

/* "network", "block", "gpu", "infiniband", "dax" */
extern const char *const device_kind_names[DEVICE_KINDS];

struct device {
	enum device_kind kind;
	char name[64];      /* "eth0", "nvme0n1", "card0" or "" where it has none */
	char address[32];   /* of its PCI function: "0000:21:00.0"; "" where it has none */
	struct idset nodes; /* one, but for a device without numa_node whose CPUs are of several */
};

/*
 * The devices whose node the kernel tells (directly, by a parent's numa_node, or by local_cpulist),
 * by kind and then by address and name. Virtual ones (bridges, loop, device mapper) are left out.
 * Returns how many, or -errno; *devices is the caller's to free. Needs TOPOLOGY_NODE_CPUS.
 */
long device_list(struct topology *topology, struct device **devices);

/*
 * Writes a PCI address as users do ("[SEG:]BUS:DEV[.FN]", hexadecimal of either case) as the kernel
 * does. Returns 0 or -EINVAL.
 */
int device_parse_pci(const char *text, size_t length, char address[32]);

/*
 * The display controllers and processing accelerators, by ascending PCI address: the address of the
 * one at PLACE, from 0. Returns how many there are, or -errno; *address is written where there is
 * one at PLACE.
 */
long device_gpu(struct topology *topology, unsigned long place, char address[32]);

/*
 * Likewise, but of VGA controllers (class 0300), as most machines have one on their BMC, only where
 * there is nothing else.
 */
long device_accelerator(struct topology *topology, unsigned long place, char address[32]);

#endif
