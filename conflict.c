#include "conflict.h"

#include <err.h>
#include <string.h>
#include <sys/auxv.h>

#include "lib/kernel.h"
#include "lib/util.h"
#include "query.h"
#include "request.h"

/* The first of these options that was given, for messages; NULL: none. */
static const char *option_of_policy(const struct request *request)
{
	return request->balancing        ? "balancing"
	       : request->static_nodes   ? "static-nodes"
	       : request->relative_nodes ? "relative-nodes"
	                                 : NULL;
}

static const char *option_of_moving(const struct request *request)
{
	return request->only        ? "only"
	       : request->shared    ? "shared"
	       : request->max_pause ? "max-pause"
	       : request->rate      ? "rate"
	       : request->workers   ? "workers"
	                            : NULL;
}

static const char *option_of_processes(const struct request *request)
{
	return request->tree       ? "tree"
	       : request->inject   ? "inject"
	       : request->to       ? "to"
	       : request->from     ? "from"
	       : request->mappings ? "mappings"
	                           : option_of_moving(request);
}

static const char *option_of_segment(const struct request *request)
{
	return request->has_length      ? "length"
	       : request->has_offset    ? "offset"
	       : request->shm_id >= 0   ? "shmid"
	       : request->shm_mode >= 0 ? "shmmode"
	       : request->huge          ? "huge"
	       : request->touch         ? "touch"
	       : request->verify        ? "verify"
	       : request->dump          ? "dump"
	       : request->dump_nodes    ? "dump-nodes"
	       : request->evict         ? "evict"
	       : request->home_node     ? "home-node"
	                                : NULL;
}

static bool has_placement(const struct request *request)
{
	return request->mode != REQUEST_NO_MODE || request->cpunodebind || request->physcpubind ||
	       request->one_per_core || request->to || option_of_policy(request);
}

/* What goes with running processes. */
static void check_processes(struct request *request)
{
	bool places = has_placement(request);
	const char *option = option_of_policy(request);

	if (request->command)
		util_die(util_failure, "%s: a command cannot be started with --pid",
		         request->command[0]);
	if (request->report == REQUEST_HARDWARE)
		util_die(util_failure, "--hardware: does not go with --pid");
	if (request->report == REQUEST_MEASURE)
		util_die(util_failure, "--measure: does not go with --pid");
	if (request->report == REQUEST_STAT)
		util_die(util_failure, "--stat: does not go with --pid (its processes stand behind "
		                       "the options)");
	if (option && !request->inject)
		util_die(util_failure,
		         "--%s: is of a policy, which a running process gets with --inject",
		         option);
	if (request->inject && request->mode == REQUEST_NO_MODE)
		util_die(util_failure, "--inject: needs a memory policy (such as --interleave; "
		                       "--default-policy for the kernel's own)");
	if (request->from && !request->to)
		util_die(util_failure, "--from=%s: needs --to", request->from);
	if (request->to && request->mode != REQUEST_NO_MODE)
		util_die(util_failure, "--to=%s: conflicts with --%s (give one of them)",
		         request->to, request->option);
	if (request->make_room && !request_moves(request))
		util_die(util_failure,
		         "--make-room=%s: needs a place for the pages (such as --membind or --to)",
		         request->make_room_text);
	option = option_of_moving(request);
	if (option && !request_moves(request))
		util_die(util_failure,
		         "--%s: needs a place for the pages (such as --membind or --to)", option);
	if (request->report && places)
		util_die(util_failure,
		         "--show: shows the processes as they are (--dry-run shows what a "
		         "placement would do)");
	if (request->mappings && places && !request->dry_run)
		util_die(util_failure, "--mappings: needs --dry-run, or no placement");
	if (request->dry_run && !places)
		util_die(util_failure, "--dry-run: needs a placement (such as --membind or --to)");
	if (request->sysroot)
		util_die(util_failure, "--sysroot=%s: has no running processes", request->sysroot);
	if (!places)
		request->report = REQUEST_SHOW;
}

static const char *option_of_measure(const struct request_measure *measure)
{
	return measure->threads  ? "threads"
	       : measure->buffer ? "buffer"
	       : measure->loaded ? "loaded"
	       : measure->quick  ? "quick"
	                         : NULL;
}

/* The option that asks for the report; NULL: there is none. */
static const char *option_of_report(const struct request *request)
{
	static const char *const names[] = { [REQUEST_NO_REPORT] = NULL,
		                             [REQUEST_SHOW] = "show",
		                             [REQUEST_HARDWARE] = "hardware",
		                             [REQUEST_STAT] = "stat",
		                             [REQUEST_MEASURE] = "measure" };

	return names[request->report];
}

/* Options that are of one report. */
static void check_reports(const struct request *request)
{
	const char *option = query_option(&request->stat);

	if (option && request->report != REQUEST_STAT)
		util_die(util_failure, "--%s: needs --stat", option);
	option = option_of_measure(&request->measure);
	if (option && request->report != REQUEST_MEASURE)
		util_die(util_failure, "--%s: needs --measure", option);
	if (request->svg && request->json)
		util_die(util_failure, "--svg: conflicts with --json (give one of them)");
	if ((request->svg || request->measure.loaded) && request->weights)
		util_die(util_failure, "--%s: conflicts with --weights (give one of them)",
		         request->svg ? "svg" : "loaded");
	option = request->svg        ? "svg"
	         : request->weights  ? "weights"
	         : request->color    ? "color"
	         : request->compress ? "cpu-compress"
	                             : NULL;
	if (option && request->report != REQUEST_HARDWARE && request->report != REQUEST_MEASURE)
		util_die(util_failure, "--%s: needs --hardware or --measure", option);
	if (request->svg && request->dry_run)
		util_die(util_failure, "--svg: conflicts with --dry-run (give one of them)");
}

/* A drop-in says where a service's command is to be. */
static void check_unit(const struct request *request, bool places)
{
	const char *other = request->json     ? "json"
	                    : request->report ? option_of_report(request)
	                    : request->pids   ? "pid"
	                    : request->shm    ? "shm"
	                    : request->file   ? "file"
	                    : request->cgroup ? "cgroup"
	                                      : NULL;

	if (other)
		util_die(util_failure, "--systemd: does not go with --%s", other);
	if (!places)
		util_die(util_failure,
		         "--systemd: needs a placement (such as --membind or --cpunodebind)");
}

/* --new, whether given or not. */
static void check_new(const struct request *request)
{
	if (!request->fresh)
		return;
	if (!request->cgroup)
		util_die(util_failure, "--new: needs the name of the cgroup (--cgroup)");
	if (request->pids || request->report)
		util_die(util_failure, "--new: is for a command that is started");
	if (!request->command && !request->dry_run)
		util_die(util_failure, "no command given (it stands behind the options)");
}

/* What a cpuset can express: on which nodes and CPUs, and no more. */
static void check_confining(const struct request *request)
{
	const char *of_policy = option_of_policy(request);

	if (request->mode != REQUEST_NO_MODE && request->mode != MPOL_BIND)
		util_die(util_failure,
		         "--%s: a cpuset cannot express it, only --membind (--pid=cgroup:%s moves "
		         "the pages of its processes by it, --new starts a command under it)",
		         request->option, request->cgroup);
	if (of_policy)
		util_die(util_failure,
		         "--%s: is of a policy, and a cpuset has none (--new starts a command "
		         "under one)",
		         of_policy);
	if (request->make_room && request->mode == REQUEST_NO_MODE)
		util_die(util_failure, "--make-room=%s: needs nodes for the memory (--membind)",
		         request->make_room_text);
}

/* Its processes are moved, as those of --pid are. */
static void check_moving(const struct request *request)
{
	const char *option = request->mode != REQUEST_NO_MODE ? request->option
	                     : request->cpunodebind           ? "cpunodebind"
	                     : request->physcpubind           ? "physcpubind"
	                     : request->one_per_core          ? "one-per-core"
	                                                      : NULL;

	if (option)
		util_die(util_failure,
		         "--to=%s: moves pages of its processes, and --%s sets its cpuset (give "
		         "one of them, or --pid=cgroup:%s)",
		         request->to, option, request->cgroup);
}

/* A cgroup that is there: without a placement it becomes a report. */
static void check_cgroup(struct request *request)
{
	bool places = has_placement(request);
	const char *of_processes = option_of_processes(request);

	if (request->command)
		util_die(util_failure,
		         "%s: a command is not started in a cgroup that is there (--new makes one "
		         "for it)",
		         request->command[0]);
	if (request->report == REQUEST_HARDWARE)
		util_die(util_failure, "--hardware: does not go with --cgroup");
	if (request->pids)
		util_die(util_failure, "--cgroup=%s: conflicts with --pid (--pid=%s,cgroup:%s)",
		         request->cgroup, request->pids, request->cgroup);
	if (request->to) {
		check_moving(request);
		return;
	}
	if (of_processes && (strcmp(of_processes, "mappings") != 0 || places))
		util_die(util_failure,
		         "--%s: is about pages of processes (--to moves those of a cgroup, and "
		         "--pid=cgroup:%s by any placement)",
		         of_processes, request->cgroup);
	check_confining(request);
	if (request->report && places)
		util_die(util_failure,
		         "--show: shows the cgroup as it is (--dry-run shows what a placement "
		         "would do)");
	if (request->dry_run && !places)
		util_die(util_failure, "--dry-run: needs a placement (such as --membind)");
	if (request->sysroot && (!request->dry_run || request->make_room))
		util_die(util_failure, "--sysroot=%s: has no running processes%s", request->sysroot,
		         request->dry_run ? "" : " (--dry-run shows what would be done)");
	if (!places)
		request->report = REQUEST_SHOW;
}

/* Returns true where there is no more to check. */
static bool check_target(struct request *request)
{
	check_new(request);
	if (request->fresh || (!request->cgroup && !request->pids) ||
	    (!request->pids && request->report == REQUEST_STAT))
		return false;
	if (request->cgroup)
		check_cgroup(request);
	if (request->pids || request->to)
		check_processes(request);
	return true;
}

static void check_need(const struct request *request)
{
	if (request->need && (request->pids || request->shm || request->file ||
	                      (request->cgroup && !request->fresh)))
		util_die(util_failure, "--need=%s: is for a command that is started",
		         request->need);
	if (request->need && !request->nodes)
		util_die(util_failure,
		         "--need=%s: needs a memory policy with nodes (such as --membind)",
		         request->need);
}

static void check_sysroot(const struct request *request)
{
	if (request->sysroot && request->report != REQUEST_HARDWARE &&
	    request->report != REQUEST_STAT && !request->dry_run && !request->systemd)
		util_die(util_failure,
		         "--sysroot=%s: another machine can be looked at with --hardware, --stat, "
		         "--dry-run or --systemd only",
		         request->sysroot);
	if (request->sysroot && getauxval(AT_SECURE))
		util_die(util_failure, "--sysroot=%s: not for a program with capabilities",
		         request->sysroot);
}

/* They are the whole system's: not of a command, nor of a placement. */
static void check_weights(const struct request *request)
{
	if (request->command)
		util_die(util_failure,
		         "%s: a command cannot be started with --set-weights (it changes the "
		         "whole system)",
		         request->command[0]);
	if (request->report || request->pids || request->shm || request->file ||
	    option_of_processes(request) || option_of_segment(request) || request->strict ||
	    has_placement(request) || request->all || request->cgroup || request->fresh ||
	    request->make_room || request->need || request->systemd)
		util_die(util_failure, "--set-weights=%s: goes with no placement and no report",
		         request->set_weights);
	check_sysroot(request);
}

void conflict_check(struct request *request)
{
	bool places = has_placement(request) || request->all;
	const char *option = option_of_processes(request);
	const char *segment = request->shm ? "shm" : request->file ? "file" : NULL;

	if (request->mode == MPOL_DEFAULT && !request->inject)
		util_die(util_failure, "--default-policy: needs --inject");
	check_reports(request);
	if (request->systemd)
		check_unit(request, has_placement(request));
	check_need(request);
	if (request->set_weights) {
		check_weights(request);
		return;
	}
	if (segment && request->pids)
		util_die(util_failure, "--pid=%s: does not go with --%s", request->pids, segment);
	if (segment && request->cgroup)
		util_die(util_failure, "--cgroup=%s: does not go with --%s", request->cgroup,
		         segment);
	if (!segment && option_of_segment(request))
		util_die(util_failure, "--%s: needs --shm or --file", option_of_segment(request));
	if (!segment && request->strict && request->tool == REQUEST_NUMAPLACE)
		util_die(util_failure, "--strict: needs --shm or --file");
	if (!segment && request->strict)
		warnx("--strict: ignored for a process");
	if (check_target(request))
		return;
	if (option)
		util_die(util_failure, "--%s: needs --pid", option);
	/* shared.c knows what goes with it. */
	if (segment)
		return;
	if (!request->command && !request->report && !places && !request->dry_run &&
	    request->tool == REQUEST_NUMAPLACE)
		request->report = REQUEST_SHOW;
	if (!request->report && !request->command && !request->dry_run && !request->systemd)
		util_die(util_failure, "no command given (it stands behind the options)");
	if (request->tool == REQUEST_NUMACTL)
		return;
	if (request->make_room && (request->report || request->sysroot))
		util_die(util_failure, "--make-room=%s: is for what is started or moved here",
		         request->make_room_text);
	if (request->report && request->command)
		util_die(util_failure, "%s: a report runs no command", request->command[0]);
	if (request->report == REQUEST_STAT)
		query_check(request);
	if (request->report > REQUEST_SHOW && places)
		util_die(util_failure, "--%s: goes with no placement", option_of_report(request));
	if (request->report && request->report != REQUEST_MEASURE && request->dry_run)
		util_die(util_failure, "--dry-run: a report changes nothing (give one of them)");
	if (request->json && !request->report && !request->dry_run)
		util_die(util_failure, "--json: needs a report or --dry-run");
	check_sysroot(request);
}
