/* The machine: its nodes, CPUs, memory and distances, from sysfs under a root. */
#ifndef TOPOLOGY_H
#define TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

struct cgroup;

/* A size that the kernel does not tell. */
#define TOPOLOGY_UNKNOWN (-1LL)

struct topology_memory {
	long long total, free, used; /* bytes, or TOPOLOGY_UNKNOWN */
	long long reclaimable;       /* file cache and slabs that the kernel gives up for others */
	long long file_cache;        /* with tmpfs and shared memory, as the kernel counts it */
};

struct topology_node {
	unsigned id;
	struct idset cpus; /* the online ones */
	struct topology_memory memory;
};

/* What topology_load reads; a later part includes what it needs of the others. */
enum topology_part {
	TOPOLOGY_HAS_MEMORY = 1, /* is_numa, has_memory, allowed_nodes: one file and one call */
	TOPOLOGY_NODES = 2,      /* is_numa, nodes, node[] */
	TOPOLOGY_CPUS = 4,       /* cpus, allowed_cpus */
	TOPOLOGY_NODE_CPUS = 8,  /* node[].cpus */
	TOPOLOGY_MEMORY = 16,    /* node[].memory */
	TOPOLOGY_DISTANCES = 32, /* distances */
	TOPOLOGY_ABSENT = 64,    /* all of the above but what is in node[] and distances; then
				    offline_nodes, offline_cpus: to explain refusals */
};

struct topology {
	int root;                    /* as for util_read; not owned */
	bool foreign;                /* not this machine */
	int pid;                     /* the process whose limits count below; 0: this one */
	const struct cgroup *cgroup; /* the one whose limits count instead; NULL: a process's */
	bool cpuset_alone;           /* allowed_cpus are the cpuset's: affinity does not count */
	bool is_numa;                /* the kernel has node directories */
	unsigned loaded;

	struct idset nodes;         /* online */
	struct idset has_memory;    /* nodes with memory */
	struct idset allowed_nodes; /* of those, the ones that its cpuset allows */
	struct idset cpus;          /* online */
	struct idset allowed_cpus;  /* what affinity and cpuset of this process allow; of another
				       one its cpuset alone, as its affinity can be changed */

	struct idset offline_nodes; /* possible, not online */
	struct idset offline_cpus;  /* present, not online */

	struct topology_node *node; /* count of them, by ascending id; owned */
	unsigned count;
	unsigned *distances; /* count * count, row by row; 0 is unknown; owned */

	struct {
		bool asked, known[2];
		struct idset set[2];
	} limits; /* of CPUs and of nodes, by /proc/PID/status or the cpuset; for topology.c alone */

	char failed[256]; /* the file that topology_load failed on */
};

/* ROOT as for util_read. Set pid or cgroup, and cpuset_alone, before anything is loaded. */
void topology_init(struct topology *topology, int root);

/*
 * Reads the PARTS (or-ed) that are not there yet, each file once. What an optional file would have
 * told stays unknown where it is missing. Returns 0, or -errno with the path in topology->failed
 * (-EBADMSG and -ERANGE: the file is malformed).
 */
int topology_load(struct topology *topology, unsigned parts);

void topology_free(struct topology *topology);

/* NULL if there is no such node online. */
const struct topology_node *topology_node(const struct topology *topology, unsigned id);

/* Between the nodes at those places of topology->node; 0 is unknown. */
unsigned topology_distance(const struct topology *topology, unsigned from, unsigned to);

/*
 * The CPUs that share a core with CPU, itself included. Returns 0 or -errno: -ENOENT where the
 * kernel does not tell.
 */
int topology_core(struct topology *topology, unsigned cpu, struct idset *threads);

/*
 * The node's weight for weighted interleave (Linux 6.9). Returns 0 or -errno: -ENOENT where the
 * kernel has none.
 */
int topology_weight(struct topology *topology, unsigned id, unsigned *weight);

/* The text of nodeN/meminfo; a size that it lacks is TOPOLOGY_UNKNOWN. 0, -EINVAL or -ERANGE. */
int topology_parse_meminfo(const char *text, size_t length, struct topology_memory *memory);

#endif
