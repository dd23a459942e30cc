#include "request.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conflict.h"
#include "lib/idset.h"
#include "lib/kernel.h"
#include "lib/mapping.h"
#include "lib/util.h"
#include "option.h"
#include "query.h"

#define VERSION "0.1"

/* Milliseconds of a batch. */
#define DEFAULT_MAX_PAUSE 20

void request_close_stdout(void)
{
	if (fflush(stdout) || ferror(stdout))
		util_die(util_failure, "stdout: %s", strerror(errno));
}

static void help(const struct request *request)
{
	/* As the original does. */
	if (request->tool == REQUEST_MIGRATEPAGES) {
		fprintf(stderr, "Usage: migratepages PID FROM-NODES TO-NODES\n");
		exit(1);
	}
	if (request->tool == REQUEST_NUMASTAT) {
		query_numastat_help();
		exit(1);
	}
	if (request->tool == REQUEST_NUMACTL) {
		fprintf(stderr, "Usage: numactl [OPTION...] [--] COMMAND [ARGUMENT...]\n"
		                "       numactl [OPTION...] {--shm=KEYFILE | --file=PATH}\n"
		                "       numactl {--show | --hardware}\n");
		option_help(stderr, REQUEST_NUMACTL);
		exit(1);
	}
	printf("Usage: numaplace [OPTION...] [--] COMMAND [ARGUMENT...]\n"
	       "       numaplace --pid=PIDS [OPTION...]\n"
	       "       numaplace {--shm=KEYFILE | --file=PATH} [OPTION...]\n"
	       "       numaplace --cgroup=PATH [OPTION...]\n"
	       "       numaplace --cgroup=NAME --new [OPTION...] [--] COMMAND [ARGUMENT...]\n"
	       "       numaplace [--show | --hardware] [--json]\n"
	       "       numaplace --stat [OPTION...] [PID | NAME]...\n"
	       "       numaplace --measure [OPTION...]\n"
	       "       numaplace --set-weights=WEIGHTS [--dry-run]\n"
	       "       numaplace --systemd [OPTION...] [COMMAND [ARGUMENT...]]\n"
	       "Runs COMMAND with its memory and its threads where you say, moves those of running\n"
	       "processes there, or shows where they are and what the machine is like.\n");
	option_help(stdout, REQUEST_NUMAPLACE);
	printf("\nNODES and CPUS: ids and ranges (0-3,8), steps (0-14:2), all; !0 is all but 0, +0 the "
	       "first\nallowed one; same is the NODES before, netdev:eth0 that of a device, rank that of "
	       "this MPI\nrank; CPUS also core:0-3, l3:0, pcore. More: man numaplace\n");
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

__attribute__((noreturn)) static void refuse_second(const struct option_row *row, const char *text,
                                                    const char *before)
{
	util_die(util_failure, "--%s=%s: given twice (before: %s)", row->name, text, before);
}

static void set_mode(struct request *request, const struct option_row *row, int mode,
                     const char *text)
{
	if (request->mode == mode && text)
		refuse_second(row, text, request->nodes);
	if (request->mode == mode)
		util_die(util_failure, "--%s: given twice", row->name);
	if (request->mode != REQUEST_NO_MODE)
		util_die(util_failure, "--%s: conflicts with --%s (give one memory policy)",
		         row->name, request->option);
	request->mode = mode;
	request->option = row->name;
	request->nodes = text ? node_operand(request, row->name, text) : NULL;
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

/* A number from 1 to MAX. */
static unsigned long take_number(const struct option_row *row, const char *text, unsigned long max)
{
	unsigned long number;

	if (util_parse_number(text, strlen(text), max, &number) || !number)
		util_die(util_failure, "--%s=%s: takes a number from 1 to %lu", row->name, text,
		         max);
	return number;
}

static unsigned long take_size(const struct option_row *row, const char *text)
{
	unsigned long size;
	int error = util_parse_size(text, &size);

	if (error == -ERANGE)
		util_die(util_failure, "--%s=%s: is too large", row->name, text);
	if (error || !size)
		util_die(util_failure, "--%s=%s: is no size (write bytes, or 500k, 100m, 2g, 1t)",
		         row->name, text);
	return size;
}

/* 0 is a size too. */
static unsigned long take_offset(const struct option_row *row, const char *text)
{
	return strcmp(text, "0") ? take_size(row, text) : 0;
}

static int take_segment_id(const struct option_row *row, const char *text)
{
	unsigned long number;

	if (util_parse_number(text, strlen(text), 255, &number))
		util_die(util_failure,
		         "--%s=%s: takes a number from 0 to 255 (more is no part of the key)",
		         row->name, text);
	return (int)number;
}

static int take_file_mode(const struct option_row *row, const char *text)
{
	size_t digits = strspn(text, "01234567");
	unsigned long mode = strtoul(text, NULL, 8);

	if (!digits || text[digits] || digits > 4 || mode > 0777)
		util_die(util_failure, "--%s=%s: takes permissions in octal (0 to 777)", row->name,
		         text);
	return (int)mode;
}

static unsigned take_kinds(const struct option_row *row, const char *text)
{
	unsigned kinds = 0;

	for (const char *word = text;; word++) {
		size_t length = strcspn(word, ",");
		int kind = 0;

		while (kind < MAPPING_KINDS &&
		       (strlen(mapping_kind_names[kind]) != length ||
		        strncmp(word, mapping_kind_names[kind], length) != 0))
			kind++;
		if (kind == MAPPING_KINDS)
			util_die(util_failure,
			         "--%s=%s: '%.*s' is no kind of memory (heap, stack, anon, file, "
			         "shared, huge)",
			         row->name, text, length > 40 ? 40 : (int)length, word);
		kinds |= 1U << kind;
		word += length;
		if (!*word)
			return kinds;
	}
}

static const char *take_color(const struct option_row *row, const char *text)
{
	if (strcmp(text, "auto") != 0 && strcmp(text, "always") != 0 && strcmp(text, "never") != 0)
		util_die(util_failure, "--%s=%s: takes auto, always or never", row->name, text);
	return text;
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
	case 'N': request->cpunodebind = node_operand(request, row->name, text); break;
	case 'C':
		if (!strcmp(text, "same"))
			util_die(util_failure,
			         "--physcpubind=same: same stands for nodes, not for CPUs");
		request->physcpubind = text;
		break;
	case OPTION_ONE_PER_CORE: request->one_per_core = true; break;
	case 'a': set_all(request); break;
	case OPTION_NEED:
		request->need = text;
		request->need_size = take_size(row, text);
		break;
	case OPTION_WEIGHTS: request->weights = true; break;
	case OPTION_SET_WEIGHTS: request->set_weights = text; break;
	case 's': set_report(request, row, REQUEST_SHOW); break;
	case 'H': set_report(request, row, REQUEST_HARDWARE); break;
	case OPTION_DRY_RUN: request->dry_run = true; break;
	case 'v': request->verbose = true; break;
	case OPTION_JSON: request->json = true; break;
	case OPTION_SVG: request->svg = true; break;
	case OPTION_SYSTEMD: request->systemd = true; break;
	case OPTION_BEST_EFFORT: request->best_effort = true; break;
	case OPTION_SYSROOT: request->sysroot = text; break;
	case OPTION_PID: request->pids = text; break;
	case OPTION_INJECT: request->inject = true; break;
	case OPTION_DEFAULT_POLICY: set_mode(request, row, MPOL_DEFAULT, NULL); break;
	case OPTION_TREE: request->tree = true; break;
	case OPTION_FROM: request->from = node_operand(request, row->name, text); break;
	case OPTION_TO: request->to = node_operand(request, row->name, text); break;
	case OPTION_ONLY: request->only = take_kinds(row, text); break;
	case OPTION_SHARED: request->shared = true; break;
	case OPTION_MAX_PAUSE: request->max_pause = take_number(row, text, 60000); break;
	case OPTION_RATE: request->rate = take_size(row, text); break;
	case OPTION_WORKERS: request->workers = (unsigned)take_number(row, text, 64); break;
	case OPTION_MAPPINGS: request->mappings = true; break;
	case OPTION_COLOR: request->color = take_color(row, text); break;
	case OPTION_STAT: set_report(request, row, REQUEST_STAT); break;
	case OPTION_MEMINFO: request->stat.meminfo = true; break;
	case OPTION_SORT: request->stat.sort = text; break;
	case OPTION_NONZERO: request->stat.nonzero = true; break;
	case OPTION_PAGES: request->stat.pages = true; break;
	case OPTION_WATCH: request->stat.seconds = text ? take_number(row, text, 86400) : 1; break;
	case OPTION_OPENMETRICS: request->stat.openmetrics = true; break;
	case OPTION_CGROUP: request->cgroup = text; break;
	case OPTION_NEW: request->fresh = true; break;
	case OPTION_MAKE_ROOM:
		request->make_room = take_size(row, text);
		request->make_room_text = text;
		break;
	case OPTION_MEASURE: set_report(request, row, REQUEST_MEASURE); break;
	case OPTION_THREADS:
		request->measure.threads = (unsigned)take_number(row, text, IDSET_MAX);
		break;
	case OPTION_BUFFER: request->measure.buffer = take_size(row, text); break;
	case OPTION_LOADED: request->measure.loaded = true; break;
	case OPTION_QUICK: request->measure.quick = true; break;
	case 'h': help(request); exit(0);
	case OPTION_VERSION: print_version(); exit(0);
	case OPTION_COMPRESS: request->compress = true; break;
	case 't': request->strict = true; break;
	case 'S': request->shm = text; break;
	case 'f': request->file = text; break;
	case 'I': request->shm_id = take_segment_id(row, text); break;
	case 'M': request->shm_mode = take_file_mode(row, text); break;
	case 'u': request->huge = true; break;
	case 'L':
		request->length = take_size(row, text);
		request->has_length = true;
		break;
	case 'o':
		request->offset = take_offset(row, text);
		request->has_offset = true;
		break;
	case 'T': request->touch = true; break;
	case 'V': request->verify = true; break;
	case 'd': request->dump = true; break;
	case 'D': request->dump_nodes = true; break;
	case OPTION_HOME_NODE: request->home_node = node_operand(request, row->name, text); break;
	case OPTION_EVICT: request->evict = true; break;
	}
}

/* Of numactl's the last one wins, and numastat takes several. */
static void take_once(const char *given[OPTION_VALUES], const struct option_row *row,
                      const char *text)
{
	/* --cpubind is --cpunodebind. */
	const char **before = &given[row->value == 'c' ? 'N' : row->value];

	if (*before)
		refuse_second(row, text, *before);
	*before = text;
}

static void parse_options(int argc, char **argv, struct request *request)
{
	const struct option_row *row;
	const char *given[OPTION_VALUES] = { 0 };

	while ((row = option_next(argc, argv, (int)request->tool))) {
		if (request->tool == REQUEST_NUMAPLACE && row->argument && *row->argument != '[')
			take_once(given, row, optarg);
		if (request->tool != REQUEST_NUMASTAT)
			take_option(request, row, optarg);
		else if (row->value == 'h')
			help(request);
		else if (row->value == 'V')
			print_version(), exit(0);
		else
			query_numastat_take(request, row->value, optarg);
	}
	if (request->tool == REQUEST_NUMASTAT)
		query_numastat_operands(request, argc, argv + optind);
	else if (request->report == REQUEST_STAT)
		query_names(request, argv + optind, !strcmp(argv[optind - 1], "--"));
	else if (argv[optind])
		request->command = argv + optind;
}

bool request_moves(const struct request *request)
{
	return request->to ||
	       (request->pids && request->mode != REQUEST_NO_MODE && request->mode != MPOL_DEFAULT);
}

static void take_name(const char *name, struct request *request)
{
	const char *slash = strrchr(name, '/');

	name = slash ? slash + 1 : name;
	if (!strcmp(name, "numactl")) {
		request->tool = REQUEST_NUMACTL;
		request->clip_cpus = true;
		util_failure = 1;
	} else if (!strcmp(name, "migratepages")) {
		request->tool = REQUEST_MIGRATEPAGES;
		util_failure = 1;
	} else if (!strcmp(name, "numastat")) {
		request->tool = REQUEST_NUMASTAT;
		request->report = REQUEST_STAT;
		util_failure = 1;
	}
}

/* migratepages PID FROM TO: what its options would say. */
static void take_operands(struct request *request)
{
	size_t count = 0;

	while (request->command && request->command[count])
		count++;
	if (count != 3)
		util_die(util_failure, "usage: migratepages PID FROM-NODES TO-NODES");
	request->pids = request->command[0];
	request->from = request->command[1];
	request->to = request->command[2];
	request->command = NULL;
}

void request_parse(int argc, char **argv, struct request *request)
{
	/* Before Linux 5.18 a caller may leave out even the name; what follows is the environment. */
	if (argc < 1)
		util_die(util_failure, "called without its name");
	*request = (struct request){
		.tool = REQUEST_NUMAPLACE,
		.mode = REQUEST_NO_MODE,
		.shm_id = -1,
		.shm_mode = -1,
	};
	take_name(argv[0], request);
	parse_options(argc, argv, request);
	if (request->tool == REQUEST_MIGRATEPAGES)
		take_operands(request);
	conflict_check(request);
	request->only = request->only ? request->only : MAPPING_ALL;
	request->max_pause = request->max_pause ? request->max_pause : DEFAULT_MAX_PAUSE;
}
