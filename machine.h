/* What the kernel tells of a machine's nodes beyond topology: for its reports and `tier:N`. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

struct topology;

/* A number that the kernel does not tell. */
#define MACHINE_UNKNOWN (-1LL)

/*
 * How the nearest initiators reach a node's memory, from the firmware's HMAT (Linux 5.2):
 * nodeN/access1, whose initiators have CPUs, or else access0, whose initiators may be devices.
 */
struct machine_access {
	int class;                                 /* 1 or 0; -1: the kernel has neither */
	struct idset initiators;                   /* nodes */
	long long read_latency, write_latency;     /* ns; MACHINE_UNKNOWN (the file says 0, too) */
	long long read_bandwidth, write_bandwidth; /* MiB/s, likewise */
};

/* A pool of huge pages of one size on one node: nodeN/hugepages/hugepages-*kB. */
struct machine_huge {
	unsigned long long size;        /* of a page, bytes */
	long long total, free, surplus; /* pages, or MACHINE_UNKNOWN */
};

/* From /proc/zoneinfo; bytes, or MACHINE_UNKNOWN where the size of its pages is not known. */
struct machine_zone {
	char name[16];   /* "DMA", "DMA32", "Normal", "Movable" */
	long long start; /* physical address */
	long long spanned, present, managed, free, min, low, high;
};

/* Physical memory that is online, neighbours merged: nodeN/memoryM and memory/block_size_bytes. */
struct machine_range {
	unsigned long long start, end; /* addresses; end is the first behind it */
};

/* CPUs that share a level 3 cache. */
struct machine_cache {
	struct idset cpus; /* online, of this node */
	unsigned id;       /* that of group.h: l3:N */
	long long size;    /* bytes, or MACHINE_UNKNOWN */
};

enum machine_kind {
	MACHINE_WHOLE,      /* memory and CPUs */
	MACHINE_CPULESS,    /* memory alone */
	MACHINE_MEMORYLESS, /* CPUs alone */
	MACHINE_INITIATOR, /* neither, and the kernel knows it for a generic initiator (Linux 5.10) */
	MACHINE_EMPTY,     /* neither, and no more is known */
};

/* All that is allocated is the machine's. */
struct machine_node {
	unsigned id;
	enum machine_kind kind;
	struct machine_access access;
	int tier;              /* place of its tier in machine->tier; -1 unknown */
	struct idset demotion; /* where the kernel would move its cold pages; may be empty */
	long long weight;      /* for weighted interleave (Linux 6.9), or MACHINE_UNKNOWN */
	unsigned *fallback; /* ids of nodes with memory: in which order they are asked for pages by
			       CPUs of this one, itself first if it has memory */
	unsigned fallbacks; /* 0 where distances are unknown */
	unsigned *socket;   /* physical_package_id of its CPUs, ascending; some are large */
	unsigned sockets;   /* 0 where unknown or none */
	unsigned cores;     /* with online CPUs; 0 where unknown or none */
	struct machine_cache *cache; /* level 3; by ascending first CPU */
	unsigned caches;
	long long side_cache; /* bytes of memory-side cache (all its levels), or MACHINE_UNKNOWN */
	struct machine_huge *huge; /* by ascending size */
	unsigned huges;
	struct machine_zone *zone; /* by ascending address; those without pages are left out */
	unsigned zones;
	struct machine_range *range; /* by ascending address */
	unsigned ranges;
};

/*
 * Weights of nodes, and the file that says whether they are automatic (Linux 6.16). Linux 6.18 was
 * seen to have it under another name: there "auto" is a macro for __auto_type, and __ATTR() makes a
 * file's name of what that becomes.
 */
#define MACHINE_WEIGHTS "/sys/kernel/mm/mempolicy/weighted_interleave"
#define MACHINE_AUTO "auto"
#define MACHINE_AUTO_TYPE "__auto_type"

/* Memory of about the same speed (Linux 6.1), the fastest first. */
struct machine_tier {
	unsigned id; /* the N of memory_tierN: the lower the faster */
	struct idset nodes;
};

struct machine {
	struct machine_node *node; /* as many as topology->count, in its order */
	unsigned count;
	struct machine_tier *tier;
	unsigned tiers;
	int weights_are_automatic; /* 1, 0; -1 unknown */
	int demotion;              /* whether it is on: 1, 0; -1 unknown (before Linux 5.15) */
	long long numa_balancing;  /* /proc/sys/kernel/numa_balancing, or MACHINE_UNKNOWN */
	long long zone_reclaim;    /* /proc/sys/vm/zone_reclaim_mode, or MACHINE_UNKNOWN */
	char failed[256];          /* the file that machine_load failed on */
};

/*
 * Reads all of it, below TOPOLOGY's root; loads of TOPOLOGY what it takes. What is not there stays
 * unknown. Returns 0, or -errno with the path in machine->failed (-EBADMSG and -ERANGE: the file is
 * malformed); machine_free is due in both cases.
 */
int machine_load(struct topology *topology, struct machine *machine);
void machine_free(struct machine *machine);

/* A node's sockets as text, "0,4"; cut off where there are very many. Returns TEXT. */
#define MACHINE_SOCKETS 64
const char *machine_sockets(const struct machine_node *node, char text[MACHINE_SOCKETS]);

/* The tiers alone: for `tier:N`. As machine_load, but machine->node stays NULL. */
int machine_load_tiers(struct topology *topology, struct machine *machine);

#endif
