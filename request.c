#include "request.h"

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "lib/kernel.h"
#include "lib/util.h"

#define VERSION "0.1"

#define BOTH (REQUEST_NUMAPLACE | REQUEST_NUMACTL)

/* What options without a letter are called in the switch. */
enum {
	OPTION_STATIC = 256,
	OPTION_RELATIVE,
	OPTION_ONE_PER_CORE,
	OPTION_DRY_RUN,
	OPTION_JSON,
	OPTION_BEST_EFFORT,
	OPTION_SYSROOT,
	OPTION_VERSION,
	OPTION_COMPRESS,
};

/* The one table of options: getopt's tables and --help are made of it. */
static const struct option_row {
	const char *name; /* NULL: a heading */
	int value;        /* the letter, or OPTION_* */
	const char *argument;
	int tools; /* the names under which it is known */
	const char *help;
} rows[] = {
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "Memory (one of):" },
	{ "interleave", 'i', "NODES", BOTH, "pages round-robin over NODES" },
	{ "weighted-interleave", 'w', "NODES", BOTH,
	  "round-robin by the kernel's weights (Linux 6.9)" },
	{ "preferred", 'p', "NODE", BOTH, "NODE first, others when it is full" },
	{ "preferred-many", 'P', "NODES", BOTH,
	  "NODES first, others when they are full (Linux 5.15)" },
	{ "membind", 'm', "NODES", BOTH, "NODES only" },
	{ "localalloc", 'l', NULL, BOTH, "the node of the CPU that touches the page" },
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
	{ "all", 'a', NULL, BOTH, "NODES and CPUS mean the whole machine, not what is allowed" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "Reports:" },
	{ "show", 's', NULL, BOTH, "the placement of this process (the default)" },
	{ "hardware", 'H', NULL, BOTH, "nodes, CPUs, memory and distances" },
	{ NULL, 0, NULL, REQUEST_NUMAPLACE, "How it is done:" },
	{ "dry-run", OPTION_DRY_RUN, NULL, REQUEST_NUMAPLACE,
	  "check all, print what would be done" },
	{ "verbose", 'v', NULL, REQUEST_NUMAPLACE,
	  "say what NODES and CPUS became, and each call" },
	{ "json", OPTION_JSON, NULL, REQUEST_NUMAPLACE, "a report or the plan as JSON" },
	{ "best-effort", OPTION_BEST_EFFORT, NULL, REQUEST_NUMAPLACE,
	  "say what cannot be applied, and run with the rest" },
	{ "sysroot", OPTION_SYSROOT, "DIR", REQUEST_NUMAPLACE,
	  "read DIR/sys and DIR/proc of another machine" },
	{ "help", 'h', NULL, REQUEST_NUMAPLACE, "this text" },
	{ "version", OPTION_VERSION, NULL, BOTH, "the version" },
	{ "cpu-compress", OPTION_COMPRESS, NULL, REQUEST_NUMACTL, "CPU lists with ranges" },
	{ "shm", 'S', "KEYFILE", REQUEST_NUMACTL, NULL },
	{ "file", 'f', "PATH", REQUEST_NUMACTL, NULL },
	{ "shmid", 'I', "ID", REQUEST_NUMACTL, NULL },
	{ "shmmode", 'M', "MODE", REQUEST_NUMACTL, NULL },
	{ "length", 'L', "SIZE", REQUEST_NUMACTL, NULL },
	{ "offset", 'o', "SIZE", REQUEST_NUMACTL, NULL },
	{ "huge", 'u', NULL, REQUEST_NUMACTL, NULL },
	{ "strict", 't', NULL, REQUEST_NUMACTL, NULL },
	{ "dump", 'd', NULL, REQUEST_NUMACTL, NULL },
	{ "dump-nodes", 'D', NULL, REQUEST_NUMACTL, NULL },
	{ "touch", 'T', NULL, REQUEST_NUMACTL, NULL },
	{ "verify", 'V', NULL, REQUEST_NUMACTL, NULL },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct option_row *find_row(int value)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].name && rows[i].value == value)
			return &rows[i];
	return NULL;
}

void request_close_stdout(void)
{
	if (fflush(stdout) || ferror(stdout))
		err(util_failure, "stdout");
}

static void help(void)
{
	printf("Usage: numaplace [OPTION...] [--] COMMAND [ARGUMENT...]\n"
	       "       numaplace [--show | --hardware] [--json]\n"
	       "Runs COMMAND with its memory and its threads where you say, or shows the machine.\n");
	for (size_t i = 0; i < ROWS; i++) {
		const struct option_row *row = &rows[i];
		char name[64];

		if (!(row->tools & REQUEST_NUMAPLACE))
			continue;
		if (!row->name) {
			printf("\n%s\n", row->help);
			continue;
		}
		snprintf(name, sizeof(name), "--%s%s%s", row->name, row->argument ? "=" : "",
		         row->argument ? row->argument : "");
		printf("  %c%c%c %-27s %s\n", row->value < 256 ? '-' : ' ',
		       row->value < 256 ? row->value : ' ', row->value < 256 ? ',' : ' ', name,
		       row->help);
	}
	printf("\nNODES and CPUS: ids and ranges (0-3,8), steps (0-14:2), all; !0 is all but 0, +0 the "
	       "first\nallowed one; same is the NODES before. More: man numaplace\n");
	request_close_stdout();
}

/* "same" repeats the node expression before it. */
static const char *node_operand(struct request *request, const char *option, const char *text)
{
	if (!strcmp(text, "same")) {
		if (!request->previous_nodes)
			util_die(util_failure, "--%s=same: no node expression comes before it",
			         option);
		return request->previous_nodes;
	}
	return request->previous_nodes = text;
}

static void set_mode(struct request *request, const struct option_row *row, int mode,
                     const char *text)
{
	if (request->mode != REQUEST_NO_MODE)
		util_die(util_failure, "--%s: conflicts with --%s (give one memory policy)",
		         row->name, request->option);
	request->mode = mode;
	request->option = row->name;
	request->nodes = text ? node_operand(request, row->name, text) : NULL;
}

/* numactl lets the last one win. */
static void set_once(const struct request *request, const struct option_row *row,
                     const char **operand, const char *text)
{
	if (*operand && request->tool == REQUEST_NUMAPLACE)
		util_die(util_failure, "--%s=%s: given twice (before: %s)", row->name, text,
		         *operand);
	*operand = text;
}

static void set_report(struct request *request, const struct option_row *row,
                       enum request_report report)
{
	if (request->report && request->report != report)
		util_die(util_failure, "--%s: conflicts with the other report (give one)",
		         row->name);
	request->report = report;
}

static void set_all(struct request *request)
{
	if (request->tool == REQUEST_NUMACTL &&
	    (request->nodes || request->cpunodebind || request->physcpubind))
		util_die(util_failure,
		         "--all: must come before the nodes and CPUs that it is about");
	request->all = true;
}

static void print_version(void)
{
	printf("numaplace %s\n", VERSION);
	request_close_stdout();
}

static void take_option(struct request *request, const struct option_row *row, const char *text)
{
	switch (row->value) {
	case 'i': set_mode(request, row, MPOL_INTERLEAVE, text); break;
	case 'w': set_mode(request, row, MPOL_WEIGHTED_INTERLEAVE, text); break;
	case 'p': set_mode(request, row, MPOL_PREFERRED, text); break;
	case 'P': set_mode(request, row, MPOL_PREFERRED_MANY, text); break;
	case 'm': set_mode(request, row, MPOL_BIND, text); break;
	case 'l': set_mode(request, row, MPOL_LOCAL, NULL); break;
	case 'b': request->balancing = true; break;
	case OPTION_STATIC: request->static_nodes = true; break;
	case OPTION_RELATIVE: request->relative_nodes = true; break;
	case 'c':
	case 'N':
		text = node_operand(request, row->name, text);
		set_once(request, row, &request->cpunodebind, text);
		break;
	case 'C':
		if (!strcmp(text, "same"))
			util_die(util_failure,
			         "--physcpubind=same: same stands for nodes, not for CPUs");
		set_once(request, row, &request->physcpubind, text);
		break;
	case OPTION_ONE_PER_CORE: request->one_per_core = true; break;
	case 'a': set_all(request); break;
	case 's': set_report(request, row, REQUEST_SHOW); break;
	case 'H': set_report(request, row, REQUEST_HARDWARE); break;
	case OPTION_DRY_RUN: request->dry_run = true; break;
	case 'v': request->verbose = true; break;
	case OPTION_JSON: request->json = true; break;
	case OPTION_BEST_EFFORT: request->best_effort = true; break;
	case OPTION_SYSROOT: set_once(request, row, &request->sysroot, text); break;
	case 'h': help(); exit(0);
	case OPTION_VERSION: print_version(); exit(0);
	case OPTION_COMPRESS: request->compress = true; break;
	case 't': warnx("--strict: ignored for a process"); break;
	default:
		util_die(util_failure,
		         "--%s: shared memory and files cannot be bound by this version",
		         row->name);
	}
}

/* The words of getopt, in one line; its own message would be a second one. */
static void refuse_option(int argc, char **argv, int problem)
{
	const char *word = argv[optind > 1 && optind <= argc ? optind - 1 : argc - 1];
	const struct option_row *row = optopt ? find_row(optopt) : NULL;

	if (problem == ':' && row)
		util_die(util_failure, "--%s: needs %s behind it", row->name, row->argument);
	/* Within "-ab" the word is not yet behind: it is then none of a long option's. */
	if (row && !strncmp(word, "--", 2) && strchr(word, '=') &&
	    !strncmp(word + 2, row->name, strcspn(word + 2, "=")))
		util_die(util_failure, "%s: --%s takes no operand", word, row->name);
	if (optopt)
		util_die(util_failure, "-%c: unknown option (see --help)", optopt);
	util_die(util_failure, "%s: unknown or ambiguous option (see --help)", word);
}

static void parse_options(int argc, char **argv, struct request *request)
{
	struct option longs[ROWS + 1] = { 0 };
	char shorts[2 * ROWS + 3] = "+:", *letter = shorts + 2;
	int value;

	for (size_t i = 0, n = 0; i < ROWS; i++) {
		if (!rows[i].name || !(rows[i].tools & (int)request->tool))
			continue;
		longs[n++] = (struct option){ rows[i].name,
			                      rows[i].argument ? required_argument : no_argument,
			                      NULL, rows[i].value };
		if (rows[i].value < 256)
			*letter++ = (char)rows[i].value;
		if (rows[i].value < 256 && rows[i].argument)
			*letter++ = ':';
	}
	*letter = '\0';
	opterr = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == '?' || value == ':')
			refuse_option(argc, argv, value);
		take_option(request, find_row(value), optarg);
	}
	if (argv[optind])
		request->command = argv + optind;
}

/* What cannot go together, whatever the machine. */
static void check(struct request *request)
{
	bool places = request->mode != REQUEST_NO_MODE || request->cpunodebind ||
	              request->physcpubind || request->one_per_core || request->balancing ||
	              request->static_nodes || request->relative_nodes || request->all;

	if (!request->command && !request->report && !places && !request->dry_run &&
	    request->tool == REQUEST_NUMAPLACE)
		request->report = REQUEST_SHOW;
	if (request->compress && request->report != REQUEST_HARDWARE)
		util_die(util_failure, "--cpu-compress: needs --hardware");
	if (!request->report && !request->command && !request->dry_run)
		util_die(util_failure, "no command given (it stands behind the options)");
	if (request->tool == REQUEST_NUMACTL)
		return;
	if (request->report && request->command)
		util_die(util_failure, "%s: a report runs no command", request->command[0]);
	if (request->report == REQUEST_HARDWARE && places)
		util_die(util_failure, "--hardware: goes with no placement");
	if (request->report && request->dry_run)
		util_die(util_failure, "--dry-run: a report changes nothing (give one of them)");
	if (request->json && !request->report && !request->dry_run)
		util_die(util_failure, "--json: needs a report or --dry-run");
	if (request->sysroot && request->report != REQUEST_HARDWARE && !request->dry_run)
		util_die(util_failure,
		         "--sysroot=%s: another machine can be looked at with --hardware "
		         "or --dry-run only",
		         request->sysroot);
	if (request->sysroot && getauxval(AT_SECURE))
		util_die(util_failure, "--sysroot=%s: not for a program with capabilities",
		         request->sysroot);
}

static void take_name(const char *name, struct request *request)
{
	const char *slash = strrchr(name, '/');

	if (strcmp(slash ? slash + 1 : name, "numactl") != 0)
		return;
	request->tool = REQUEST_NUMACTL;
	request->clip_cpus = true;
	util_failure = 1;
}

void request_parse(int argc, char **argv, struct request *request)
{
	/* Before Linux 5.18 a caller may leave out even the name; what follows is the environment. */
	if (argc < 1)
		util_die(util_failure, "called without its name");
	*request = (struct request){ .tool = REQUEST_NUMAPLACE, .mode = REQUEST_NO_MODE };
	take_name(argv[0], request);
	parse_options(argc, argv, request);
	check(request);
}
