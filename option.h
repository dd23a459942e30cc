/* The table of options: getopt's tables and --help are made of it. */
#ifndef OPTION_H
#define OPTION_H

#include <stdio.h>

/* What options without a letter are called in the switch. */
enum {
	OPTION_STATIC = 256,
	OPTION_RELATIVE,
	OPTION_ONE_PER_CORE,
	OPTION_DRY_RUN,
	OPTION_JSON,
	OPTION_SVG,
	OPTION_SYSTEMD,
	OPTION_BEST_EFFORT,
	OPTION_SYSROOT,
	OPTION_VERSION,
	OPTION_COMPRESS,
	OPTION_PID,
	OPTION_TREE,
	OPTION_FROM,
	OPTION_TO,
	OPTION_ONLY,
	OPTION_SHARED,
	OPTION_MAX_PAUSE,
	OPTION_RATE,
	OPTION_WORKERS,
	OPTION_MAPPINGS,
	OPTION_COLOR,
	OPTION_STAT,
	OPTION_MEMINFO,
	OPTION_SORT,
	OPTION_NONZERO,
	OPTION_PAGES,
	OPTION_WATCH,
	OPTION_OPENMETRICS,
	OPTION_HOME_NODE,
	OPTION_EVICT,
	OPTION_CGROUP,
	OPTION_NEW,
	OPTION_MAKE_ROOM,
	OPTION_NEED,
	OPTION_WEIGHTS,
	OPTION_SET_WEIGHTS,
	OPTION_MEASURE,
	OPTION_THREADS,
	OPTION_BUFFER,
	OPTION_LOADED,
	OPTION_QUICK,
	OPTION_INJECT,
	OPTION_DEFAULT_POLICY,
	OPTION_VALUES, /* beyond the last */
};

/* An option, or (without a name) a heading of --help. */
struct option_row {
	const char *name;
	int value;            /* the letter, or OPTION_* */
	const char *argument; /* NULL: it takes none */
	int tools;            /* enum request_tool, or-ed: the names under which it is known */
	const char *help;
};

/*
 * The next option that TOOL knows, its operand in getopt's optarg; NULL where the command begins,
 * at argv[optind]. What it does not know ends the program with one line on stderr.
 */
const struct option_row *option_next(int argc, char **argv, int tool);

/* The lines of --help about the options that TOOL has. */
void option_help(FILE *out, int tool);

#endif
