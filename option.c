#include "option.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "request.h"

#define BOTH (REQUEST_NUMAPLACE | REQUEST_NUMACTL)

/* An option whose help would not be true under both names has a row for each. */
static const struct option_row rows[] = {
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "Memory (one of):" },
	{ "interleave", 'i', "NODES", BOTH, "pages round-robin over NODES" },
	{ "weighted-interleave", 'w', "NODES", BOTH,
	  "round-robin by the kernel's weights (Linux 6.9)" },
	{ "preferred", 'p', "NODE", BOTH, "NODE first, others when it is full" },
	{ "preferred-many", 'P', "NODES", BOTH,
	  "NODES first, others when they are full (Linux 5.15)" },
	{ "membind", 'm', "NODES", BOTH, "NODES only" },
	{ "localalloc", 'l', NULL, BOTH, "the node of the CPU that touches the page" },
	{ "need", OPTION_NEED, "SIZE", REQUEST_NUMAPLACE,
	  "do not start where the nodes of -m cannot hold SIZE (40g)" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "How it holds:" },
	{ "balancing", 'b', NULL, BOTH, "let automatic NUMA balancing move pages inside NODES" },
	{ "static-nodes", OPTION_STATIC, NULL, REQUEST_NUMAPLACE,
	  "keep NODES when the cpuset changes" },
	{ "relative-nodes", OPTION_RELATIVE, NULL, REQUEST_NUMAPLACE,
	  "keep the places of NODES within the cpuset when it changes" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "CPUs:" },
	{ "cpunodebind", 'N', "NODES", BOTH, "run on the CPUs of NODES" },
	{ "cpubind", 'c', "NODES", BOTH, "old name of --cpunodebind" },
	{ "physcpubind", 'C', "CPUS", BOTH,
	  "run on CPUS; with -N, on those that are also in NODES" },
	{ "one-per-core", OPTION_ONE_PER_CORE, NULL, REQUEST_NUMAPLACE,
	  "keep the first hardware thread of each core" },
	{ "all", 'a', NULL, REQUEST_NUMAPLACE,
	  "NODES and CPUS mean the whole machine, not what is allowed" },
	{ "all", 'a', NULL, REQUEST_NUMACTL, "NODES and CPUS behind it mean the whole machine" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "Running processes:" },
	{ "pid", OPTION_PID, "PIDS", REQUEST_NUMAPLACE,
	  "show these processes (17,42,cgroup:PATH), or move them" },
	{ "tree", OPTION_TREE, NULL, REQUEST_NUMAPLACE, "their children too" },
	{ "to", OPTION_TO, "NODES", REQUEST_NUMAPLACE,
	  "move pages to NODES, from everywhere else or --from" },
	{ "from", OPTION_FROM, "NODES", REQUEST_NUMAPLACE,
	  "the k-th of these to the k-th of --to" },
	{ "inject", OPTION_INJECT, NULL, REQUEST_NUMAPLACE,
	  "their threads take the memory policy too, as if started with it" },
	{ "default-policy", OPTION_DEFAULT_POLICY, NULL, REQUEST_NUMAPLACE,
	  "with --inject: the kernel's own policy again" },
	{ "only", OPTION_ONLY, "KINDS", REQUEST_NUMAPLACE, "of heap,stack,anon,file,shared,huge" },
	{ "shared", OPTION_SHARED, NULL, REQUEST_NUMAPLACE,
	  "pages that others map too (needs CAP_SYS_NICE)" },
	{ "max-pause", OPTION_MAX_PAUSE, "MS", REQUEST_NUMAPLACE,
	  "the longest single batch (20 milliseconds)" },
	{ "rate", OPTION_RATE, "SIZE", REQUEST_NUMAPLACE, "the most per second: 500m, 2g" },
	{ "workers", OPTION_WORKERS, "N", REQUEST_NUMAPLACE,
	  "threads that move (as the nodes' CPUs, at most 8)" },
	{ "mappings", OPTION_MAPPINGS, NULL, REQUEST_NUMAPLACE, "show each mapping" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "Shared memory and files:" },
	{ "shm", 'S', "KEYFILE", BOTH, "the SysV segment of KEYFILE; a placement creates it" },
	{ "file", 'f', "PATH", BOTH, "a file on tmpfs or hugetlbfs; of others the page cache" },
	{ "shmid", 'I', "ID", BOTH, "which segment of KEYFILE (0 to 255; 0)" },
	{ "shmmode", 'M', "MODE", BOTH, "permissions of what is created, in octal (600)" },
	{ "huge", 'u', NULL, BOTH, "create the segment of huge pages" },
	{ "length", 'L', "SIZE", BOTH, "how much of it (all that is there): 4096, 20m, 1g" },
	{ "offset", 'o', "SIZE", BOTH, "from where on (0)" },
	{ "touch", 'T', NULL, BOTH, "bring all pages into memory" },
	{ "strict", 't', NULL, REQUEST_NUMAPLACE,
	  "refuse where pages are elsewhere, rather than move them" },
	{ "strict", 't', NULL, REQUEST_NUMACTL,
	  "refuse where pages are elsewhere, rather than leave them there" },
	{ "home-node", OPTION_HOME_NODE, "NODE", REQUEST_NUMAPLACE,
	  "with -m or -P: nodes nearest to NODE first (Linux 5.17)" },
	{ "verify", 'V', NULL, REQUEST_NUMAPLACE,
	  "at the end compare the pages and their nodes with the policy" },
	{ "verify", 'V', NULL, REQUEST_NUMACTL,
	  "compare pages and nodes with the policy; one that is given brings all in" },
	{ "dump", 'd', NULL, REQUEST_NUMAPLACE, "the policy of each range" },
	{ "dump", 'd', NULL, REQUEST_NUMACTL, "the policy of each range that has one" },
	{ "dump-nodes", 'D', NULL, BOTH, "the node of each page, in ranges" },
	{ "evict", OPTION_EVICT, NULL, REQUEST_NUMAPLACE,
	  "drop the clean pages of --file from the page cache" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "Cgroups:" },
	{ "cgroup", OPTION_CGROUP, "PATH", REQUEST_NUMAPLACE,
	  "show this cgroup or unit; with a placement, set its cpuset" },
	{ "new", OPTION_NEW, NULL, REQUEST_NUMAPLACE,
	  "make it, of that name, for the command and its descendants" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "Reports:" },
	{ "show", 's', NULL, REQUEST_NUMAPLACE,
	  "the placement of this process (the default), or of --pid" },
	{ "show", 's', NULL, REQUEST_NUMACTL, "the placement of this process" },
	{ "hardware", 'H', NULL, REQUEST_NUMAPLACE,
	  "nodes, CPUs, memory, distances, and all else that is known" },
	{ "hardware", 'H', NULL, REQUEST_NUMACTL, "nodes, CPUs, memory, distances" },
	{ "cpu-compress", OPTION_COMPRESS, NULL, REQUEST_NUMACTL,
	  "with --hardware: CPUs as ranges" },
	{ "weights", OPTION_WEIGHTS, NULL, REQUEST_NUMAPLACE,
	  "weights for -w that the firmware's bandwidths, or --measure, make" },
	{ "color", OPTION_COLOR, "WHEN", REQUEST_NUMAPLACE,
	  "shade its tables: auto (on a terminal), always, never" },
	{ "stat", OPTION_STAT, NULL, REQUEST_NUMAPLACE,
	  "allocations per node; of the PIDs or NAMEs behind it, memory" },
	{ "meminfo", OPTION_MEMINFO, NULL, REQUEST_NUMAPLACE, "with --stat: memory of each node" },
	{ "sort", OPTION_SORT, "COLUMN", REQUEST_NUMAPLACE,
	  "rows by that node or by the total, the largest first" },
	{ "nonzero", OPTION_NONZERO, NULL, REQUEST_NUMAPLACE, "no rows and columns of zeros" },
	{ "pages", OPTION_PAGES, NULL, REQUEST_NUMAPLACE, "pages, not bytes" },
	{ "watch", OPTION_WATCH, "[SECONDS]", REQUEST_NUMAPLACE,
	  "again each SECONDS (1), with the change per second" },
	{ "openmetrics", OPTION_OPENMETRICS, NULL, REQUEST_NUMAPLACE,
	  "a text that monitoring agents read" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "Measuring:" },
	{ "measure", OPTION_MEASURE, NULL, REQUEST_NUMAPLACE,
	  "latency and bandwidth between nodes, measured now" },
	{ "threads", OPTION_THREADS, "N", REQUEST_NUMAPLACE,
	  "of each node, for bandwidths (all its CPUs)" },
	{ "buffer", OPTION_BUFFER, "SIZE", REQUEST_NUMAPLACE,
	  "memory that is gone through (8 times the last-level cache)" },
	{ "loaded", OPTION_LOADED, NULL, REQUEST_NUMAPLACE, "latency under a growing load" },
	{ "quick", OPTION_QUICK, NULL, REQUEST_NUMAPLACE, "fewer and shorter runs" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "The whole system:" },
	{ "set-weights", OPTION_SET_WEIGHTS, "WEIGHTS", REQUEST_NUMAPLACE,
	  "for -w: 0:3,1:1, hmat (the firmware's), measured, auto" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "How it is done:" },
	{ "dry-run", OPTION_DRY_RUN, NULL, REQUEST_NUMAPLACE,
	  "check all, print what would be done" },
	{ "verbose", 'v', NULL, REQUEST_NUMAPLACE,
	  "say what NODES and CPUS became, and each call" },
	{ "json", OPTION_JSON, NULL, REQUEST_NUMAPLACE, "a report or the plan as JSON" },
	{ "systemd", OPTION_SYSTEMD, NULL, REQUEST_NUMAPLACE,
	  "print a drop-in that places a service so" },
	{ "svg", OPTION_SVG, NULL, REQUEST_NUMAPLACE, "--hardware or --measure as a picture" },
	{ "make-room", OPTION_MAKE_ROOM, "SIZE", REQUEST_NUMAPLACE,
	  "drop clean file cache until that much is free (Linux 6.17)" },
	{ "best-effort", OPTION_BEST_EFFORT, NULL, REQUEST_NUMAPLACE,
	  "say what cannot be applied, and run with the rest" },
	{ "sysroot", OPTION_SYSROOT, "DIR", REQUEST_NUMAPLACE,
	  "read DIR/sys and DIR/proc of another machine" },
	{ "help", 'h', NULL, BOTH | REQUEST_MIGRATEPAGES | REQUEST_NUMASTAT, "this text" },
	{ "version", OPTION_VERSION, NULL, BOTH | REQUEST_MIGRATEPAGES, "the version" },
	{ "compact", 'c', NULL, REQUEST_NUMASTAT, NULL },
	{ "meminfo", 'm', NULL, REQUEST_NUMASTAT, NULL },
	{ "counters", 'n', NULL, REQUEST_NUMASTAT, NULL },
	{ "process", 'p', "PID|NAME", REQUEST_NUMASTAT, NULL },
	{ "sort", 's', "[NODE]", REQUEST_NUMASTAT, NULL },
	{ "verbose", 'v', NULL, REQUEST_NUMASTAT, NULL },
	{ "version", 'V', NULL, REQUEST_NUMASTAT, NULL },
	{ "nonzero", 'z', NULL, REQUEST_NUMASTAT, NULL },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct option_row *find_row(int tool, int value)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].name && rows[i].tools & tool && rows[i].value == value)
			return &rows[i];
	return NULL;
}

/* A long option that is none, or several that it is short for. */
static void refuse_word(int tool, const char *word)
{
	size_t length = strncmp(word, "--", 2) ? 0 : strcspn(word + 2, "=");
	char names[512] = "";

	/* numastat's options are letters. */
	for (size_t i = 0; i < ROWS && length && tool != REQUEST_NUMASTAT; i++) {
		size_t used = strlen(names);

		if (rows[i].name && rows[i].tools & tool &&
		    !strncmp(rows[i].name, word + 2, length))
			snprintf(names + used, sizeof(names) - used, "%s--%s", used ? ", " : "",
			         rows[i].name);
	}
	if (*names)
		util_die(util_failure, "%s: could be any of %s", word, names);
	util_die(util_failure, "%s: unknown option (see --help)", word);
}

/* The words of getopt, in one line; its own message would be a second one. */
static void refuse_option(int argc, char **argv, int tool, int problem)
{
	const char *word = argv[optind > 1 && optind <= argc ? optind - 1 : argc - 1];
	const struct option_row *row = optopt ? find_row(tool, optopt) : NULL;

	if (problem == ':' && row && tool == REQUEST_NUMASTAT)
		util_die(util_failure, "-%c: needs a %s behind it", optopt, row->argument);
	if (problem == ':' && row)
		util_die(util_failure, "--%s: needs %s behind it", row->name, row->argument);
	/* Within "-ab" the word is not yet behind: it is then none of a long option's. */
	if (row && !strncmp(word, "--", 2) && strchr(word, '=') &&
	    !strncmp(word + 2, row->name, strcspn(word + 2, "=")))
		util_die(util_failure, "%s: --%s takes no operand", word, row->name);
	if (optopt)
		util_die(util_failure, "-%c: unknown option (see --help)", optopt);
	refuse_word(tool, word);
}

/* "[SECONDS]" may be left out. What is returned is the count of colons behind a letter, too. */
static int has_argument(const struct option_row *row)
{
	if (!row->argument)
		return no_argument;
	return *row->argument == '[' ? optional_argument : required_argument;
}

static void make_tables(int tool, struct option longs[ROWS + 1], char shorts[3 * ROWS + 3])
{
	/* numastat's options may stand behind its operands. */
	char *letter = stpcpy(shorts, tool == REQUEST_NUMASTAT ? ":" : "+:");

	memset(longs, 0, (ROWS + 1) * sizeof(*longs));
	for (size_t i = 0, n = 0; i < ROWS; i++) {
		if (!rows[i].name || !(rows[i].tools & tool))
			continue;
		/* Its only long option is --help. */
		if (tool != REQUEST_NUMASTAT || rows[i].value == 'h')
			longs[n++] = (struct option){ rows[i].name, has_argument(&rows[i]), NULL,
				                      rows[i].value };
		if (rows[i].value < 256)
			*letter++ = (char)rows[i].value;
		for (int colons = rows[i].value < 256 ? has_argument(&rows[i]) : 0; colons;
		     colons--)
			*letter++ = ':';
	}
	*letter = '\0';
}

const struct option_row *option_next(int argc, char **argv, int tool)
{
	static struct option longs[ROWS + 1];
	static char shorts[3 * ROWS + 3];
	int value;

	if (!*shorts)
		make_tables(tool, longs, shorts);
	opterr = 0;
	value = getopt_long(argc, argv, shorts, longs, NULL);
	if (value == '?' || value == ':')
		refuse_option(argc, argv, tool, value);
	return value == -1 ? NULL : find_row(tool, value);
}

void option_help(FILE *out, int tool)
{
	const char *heading = NULL;

	for (size_t i = 0; i < ROWS; i++) {
		const struct option_row *row = &rows[i];
		char name[64];

		/* One with nothing below it is not shown. */
		if (!row->name)
			heading = row->help;
		if (!row->name || !(row->tools & tool))
			continue;
		if (heading)
			fprintf(out, "\n%s\n", heading);
		heading = NULL;
		if (row->argument && *row->argument == '[')
			snprintf(name, sizeof(name), "--%s[=%s", row->name, row->argument + 1);
		else
			snprintf(name, sizeof(name), "--%s%s%s", row->name,
			         row->argument ? "=" : "", row->argument ? row->argument : "");
		fprintf(out, "  %c%c%c %-27s %s\n", row->value < 256 ? '-' : ' ',
		        row->value < 256 ? row->value : ' ', row->value < 256 ? ',' : ' ', name,
		        row->help);
	}
}
