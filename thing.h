/* What a term names (a device, file or address), and the nodes that it is on. */
#ifndef THING_H
#define THING_H

#include <stdbool.h>

#include "lib/idset.h"

struct topology;

/* Holds a sentence. */
#define THING_REASON 1024

struct thing {
	const char *value; /* behind the key: "eth0" */
	struct topology *topology;
	const struct idset *usable;
	bool all;           /* beyond what cpuset and affinity allow */
	bool ranked_memory; /* of nodes `rank` counts those with memory alone */
	bool ranked_gpus;   /* `core:rank` goes by `gpu:rank` */
	struct idset nodes; /* the answer */
	struct idset cpus;  /* instead, of a name of CPUs */
	/* Why there is none, and what would work; of an answer what is to be said, or "". */
	char *reason; /* of THING_REASON */
};

/*
 * Each adds to thing->nodes and returns 0; or writes thing->reason and returns -EINVAL (the value
 * is malformed), -ENOENT (there is no such thing, or its node is not known) or -ENODATA (a kind of
 * nodes or CPUs that there are none of).
 */
int thing_netdev(struct thing *thing);
int thing_block(struct thing *thing);
int thing_file(struct thing *thing);
int thing_ip(struct thing *thing);
int thing_pci(struct thing *thing);
int thing_gpu(struct thing *thing);

/* The GPU at a PCI address as the kernel writes it. */
int thing_gpu_at(struct thing *thing, const char *address);

/* Writes thing->reason and returns ERROR. */
int thing_fail(struct thing *thing, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* That of a file of the machine which could not be read, or is malformed. */
int thing_fail_load(struct thing *thing, int error);

/* The value as a number of MAX at most; EXAMPLE is shown where it is none. */
int thing_number(struct thing *thing, unsigned long max, const char *example,
                 unsigned long *number);

/* What only the kernel that runs here can tell. */
int thing_refuse_foreign(struct thing *thing, const char *what);

#endif
