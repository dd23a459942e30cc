/* A running process: what /proc says of it. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

/* From /proc/PID/status; what an older kernel does not tell stays unknown. */
struct process_status {
	bool has_cpus, has_nodes;
	struct idset cpus;  /* Cpus_allowed_list: affinity within the cpuset */
	struct idset nodes; /* Mems_allowed_list: the cpuset's nodes */
	int seccomp;        /* 0 none, 1 strict, 2 filter (linux/seccomp.h); -1 unknown */
};

/* Returns 0, or -EINVAL for a malformed list. */
int process_parse_status(const char *text, size_t length, struct process_status *status);

/* PID is a number or "self". ROOT as for util_read. Returns 0 or -errno; -EBADMSG: malformed. */
int process_read_status(int root, const char *pid, struct process_status *status);

#endif
