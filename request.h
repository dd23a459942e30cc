/* What was asked for on the command line. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>

/* The names that the program can be called by; an option is known under some of them. */
enum request_tool {
	REQUEST_NUMAPLACE = 1,
	REQUEST_NUMACTL = 2,
	REQUEST_MIGRATEPAGES = 4,
	REQUEST_NUMASTAT = 8,
};

enum request_report {
	REQUEST_NO_REPORT,
	REQUEST_SHOW,
	REQUEST_HARDWARE,
	REQUEST_STAT,
	REQUEST_MEASURE
};

/* What goes with --stat. */
struct request_stat {
	char **names;          /* processes, by number or name, NULL-terminated; NULL: none */
	const char *sort;      /* "total", or a node's id; NULL: as they come */
	unsigned long seconds; /* between reports; 0: one report */
	bool meminfo, nonzero, pages, openmetrics;
	bool counters, compact, plain; /* numastat's -n, its -c, and no option at all */
};

/* What goes with --measure. */
struct request_measure {
	unsigned threads;     /* of each initiator; 0: all its CPUs */
	unsigned long buffer; /* bytes; 0: by the caches */
	bool loaded, quick;
};

/* No memory policy was asked for. */
#define REQUEST_NO_MODE (-1)

/* All strings belong to argv; NULL is "not given". */
struct request {
	enum request_tool tool;
	enum request_report report;
	int mode;           /* MPOL_*, or REQUEST_NO_MODE */
	const char *option; /* that asked for the mode: "membind" */
	const char *nodes;  /* its operand; NULL where it takes none */
	const char *cpunodebind, *physcpubind;
	bool balancing, static_nodes, relative_nodes, one_per_core, all;
	bool best_effort; /* what cannot be applied is said, and the rest is done */
	bool clip_cpus;   /* numactl's -N: all CPUs of the nodes, as far as the cpuset allows */
	bool dry_run, verbose, json;
	bool systemd;      /* the placement as a drop-in */
	bool svg;          /* --hardware or --measure as a picture */
	bool compress;     /* numactl's --cpu-compress */
	const char *color; /* "auto", "always", "never"; NULL: not given */

	const char *pids;      /* of running processes: "17,4242"; NULL: the target is a command */
	bool tree;             /* their children too */
	bool inject;           /* their threads set the policy too */
	const char *from, *to; /* where their pages are taken from and sent */
	bool mappings;         /* each one is shown */
	bool shared;           /* pages that others map are moved too */
	unsigned only;         /* 1 << MAPPING_*, or-ed; never 0 */
	unsigned workers;      /* 0: as many as fit the nodes */
	unsigned long max_pause; /* ms */
	unsigned long rate;      /* bytes a second; 0: as fast as it goes */

	const char *cgroup; /* its name; NULL: not the target */
	bool fresh;         /* it is made for the command */

	unsigned long make_room;    /* bytes; 0: none */
	const char *make_room_text; /* as it was given */

	/* Of a segment: shared memory or a file. One of the first two is its name. */
	const char *shm, *file;
	const char *home_node;
	int shm_id, shm_mode; /* -1: not given */
	bool huge, touch, strict, verify, dump, dump_nodes, evict;
	bool has_length, has_offset;
	unsigned long length, offset; /* bytes */

	const char *sysroot;
	struct request_stat stat;
	struct request_measure measure;

	const char *need; /* what the command needs: "40g" */
	unsigned long need_size;
	bool weights;            /* --hardware: those that follow from the bandwidths */
	const char *set_weights; /* "0:3,1:1", "hmat", "auto" */

	const char *previous_nodes; /* what "same" stands for */
	char **command;             /* NULL-terminated */
};

/* Whether the memory of running processes is to be moved. */
bool request_moves(const struct request *request);

/*
 * Parses the whole command line, by the name in argv[0], and checks what can be checked without
 * knowing the machine. Sets util_failure. Answers --help and --version itself; exits with
 * util_failure and one line on stderr where something is wrong.
 */
void request_parse(int argc, char **argv, struct request *request);

/* Ends what was printed on stdout: exits with util_failure if not all of it got there. */
void request_close_stdout(void);

#endif
