/* A cgroup: its cpuset, and where the memory of its processes is. */
#ifndef REPORT_CGROUP_H
#define REPORT_CGROUP_H

#include <stdbool.h>

#include "lib/idset.h"

/* A cpuset's file and what is in force of it: cpuset.mems and cpuset.mems.effective. */
struct cgroup_sets {
	bool known, effective_known;
	struct idset set, effective;
};

struct cgroup_view {
	struct cgroup_sets sets[2]; /* by enum cgroup_what */
	unsigned long long *node;   /* bytes on each of ids nodes; NULL: not looked at */
};

struct cgroup_report {
	const char *path; /* below the mount */
	struct cgroup_view before, after;
	unsigned ids;
	long members;              /* how many processes; -1: not known */
	bool planned;              /* nothing was done: after is what is asked for */
	const struct idset *nodes; /* where memory was bound to; NULL: it was not */
	unsigned long long stayed; /* bytes on other nodes, of all but files */
	unsigned long long files;  /* likewise, of mapped files */
};

/* The cpuset alone, of before; on stdout, as all of these. Of JSON the beginning of a document. */
void cgroup_show_text(const struct cgroup_report *report);
void cgroup_show_json(const struct cgroup_report *report);

/* Before and after. */
void cgroup_bound_text(const struct cgroup_report *report);
void cgroup_bound_json(const struct cgroup_report *report);

#endif
