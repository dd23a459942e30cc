#include "running.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "affinity.h"
#include "destination.h"
#include "impediment.h"
#include "injection.h"
#include "lib/capability.h"
#include "lib/interrupt.h"
#include "lib/kernel.h"
#include "lib/mapping.h"
#include "lib/process.h"
#include "lib/util.h"
#include "migrate.h"
#include "migration.h"
#include "narration.h"
#include "need.h"
#include "placement.h"
#include "policy.h"
#include "refusal.h"
#include "report/move.h"
#include "report/process.h"
#include "report/show.h"
#include "request.h"
#include "room.h"
#include "spec.h"
#include "target.h"
#include "topology.h"

/* Times that --tree looks for new children. */
#define ROUNDS 8

#define JSON_MEMBER "\"processes\": ["
#define JSON_START "{ " JSON_MEMBER

/* One of them, and what was asked of it. */
struct move {
	struct topology topology; /* with the limits of the process */
	struct placement placement;
	struct destination destination;
	struct migration migration;
	struct injection injection;
	enum migration_end end; /* of binding, setting and moving together */
	int error;              /* MIGRATION_FAILED: -errno */
};

/* What stands before the report of a process. */
static const char *before_report(const struct request *request, bool is_first)
{
	/* A cgroup's cpuset stands before its processes. */
	bool is_behind = request->cgroup && request->report == REQUEST_SHOW;

	if (request->json)
		return !is_first ? ",\n" : is_behind ? JSON_MEMBER : JSON_START;
	return is_first && !is_behind ? "" : "\n";
}

int running_show(const struct request *request)
{
	struct process *processes;
	bool is_whole = true;
	size_t count = target_open(request, false, &processes, &is_whole), shown = 0;

	for (size_t i = 0; i < count; i++) {
		struct topology topology;
		char name[TARGET_NAME];
		int error;

		topology_init(&topology, UTIL_HERE);
		topology.pid = (int)processes[i].pid;
		placement_load(&topology, TOPOLOGY_HAS_MEMORY);
		error = process_show(&processes[i], &topology, request->mappings,
		                     request->json ? PROCESS_JSON : PROCESS_TEXT,
		                     before_report(request, shown == 0));
		if (error)
			util_warn("%s: %s", target_name(&processes[i], name),
			          error == -ESRCH ? "has ended meanwhile" : util_reason(error));
		is_whole &= !error;
		shown += !error;
		topology_free(&topology);
		process_close(&processes[i]);
	}
	if (request->json)
		printf("%s ] }\n", shown ? "" : before_report(request, true));
	free(processes);
	request_close_stdout();
	return is_whole ? 0 : 1;
}

static void fail_process(const struct process *process, const char *what, int error)
{
	char name[TARGET_NAME];

	util_die(util_failure, "%s: %s%s", target_name(process, name), what,
	         error == -ESRCH ? "it has ended" : util_reason(error));
}

/* New pages are taken from where our own cpuset allows: the kernel says that there is no room. */
static void check_own_cpuset(const struct request *request, const struct process *process,
                             const struct destination *destination)
{
	static char sentence[REFUSAL_SENTENCE];
	char name[TARGET_NAME];
	struct topology own;
	struct idset outside;

	topology_init(&own, UTIL_HERE);
	placement_load(&own, TOPOLOGY_ABSENT);
	outside = idset_minus(&destination->nodes, &own.allowed_nodes);
	if (!idset_empty(&outside)) {
		struct spec_scope scope = spec_scope(&own, SPEC_MEMORY, false);

		refusal_of_id(&scope, (unsigned)idset_next(&outside, 0), &own, sentence);
		target_name(process, name);
		if (!request->best_effort)
			util_die(util_failure,
			         "%s: numaplace itself is limited: %s; run it elsewhere", name,
			         sentence);
		util_warn("%s: numaplace itself is limited: %s; going on with the rest", name,
		          sentence);
	}
	topology_free(&own);
}

static bool injects(const struct request *request, const struct move *move)
{
	return request->inject && move->placement.mode != REQUEST_NO_MODE;
}

static void resolve_move(const struct request *request, const struct process *process,
                         struct move *move)
{
	struct idset cpus;
	int error = affinity_read(process, &cpus);

	topology_init(&move->topology, UTIL_HERE);
	move->topology.pid = (int)process->pid;
	if (error == -ESRCH) {
		move->end = MIGRATION_GONE;
		return;
	}
	if (error)
		fail_process(process, "threads: ", error);
	placement_resolve(request, &move->topology, &move->placement);
	if (injects(request, move)) {
		policy_check(&move->placement, &move->topology);
		impediment_check(process);
	}
	if (request->verbose)
		show_choices(&move->placement, &move->topology);
	destination_resolve(&move->placement, &move->topology,
	                    move->placement.has_cpus ? &move->placement.cpus : &cpus,
	                    &move->destination);
	if (move->destination.rule == DESTINATION_NONE && !move->placement.has_cpus &&
	    !injects(request, move))
		util_die(util_failure, "nothing of the placement can be applied");
	if (move->destination.rule == DESTINATION_NONE)
		return;
	check_own_cpuset(request, process, &move->destination);
	error = migration_init(&move->migration, move->destination.ids);
	if (error)
		util_die(util_failure, "%s", strerror(-error));
	move->migration.total = process->status.resident;
}

/*
 * Where each node could take all that a process has there is no need to look at its pages, which
 * takes time.
 */
static void check_rooms(const struct request *request, const struct process *processes,
                        struct move *moves, size_t count)
{
	long long *room = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct process *process = &processes[i];
		struct move *move = &moves[i];
		int error;

		if (move->destination.rule == DESTINATION_NONE)
			continue;
		if (!room)
			room = need_room(&move->topology, move->destination.ids);
		if (request->only == MAPPING_ALL &&
		    need_fits(&move->destination, move->migration.total, room))
			continue;
		error = migration_look(&move->migration, MIGRATION_BEFORE, process, request->only);
		if (error && !process_is_gone(process))
			fail_process(process, "numa_maps: ", error);
		need_take(request, process, &move->destination, &move->migration, room);
	}
	free(room);
}

/* As many as the nodes in question have CPUs, at most eight. */
static unsigned count_workers(const struct request *request, const struct move *move)
{
	struct idset cpus = { 0 };
	unsigned count;

	if (request->workers)
		return request->workers;
	for (unsigned i = 0; i < move->topology.count; i++) {
		const struct topology_node *node = &move->topology.node[i];

		if (destination_moves(&move->destination, node->id) ||
		    idset_has(&move->destination.nodes, node->id))
			cpus = idset_or(&cpus, &node->cpus);
	}
	count = idset_count(&cpus);
	return count > 8 ? 8 : count ? count : 1;
}

static void stop_moving(int signal)
{
	(void)signal;
	migrate_stop();
}

/* What an exit status is made of, or-ed. */
enum { PAGES_STAYED = 1, NOT_ENDED = 2 };

static void note_end(struct move *move, int error)
{
	move->end = error == -ESRCH ? MIGRATION_GONE : error ? MIGRATION_FAILED : MIGRATION_DONE;
	move->error = error;
}

/* Where not all of its threads could be bound, or set their policy, its pages are left alone. */
static void move_process(const struct request *request, const struct process *process,
                         struct move *move, bool *is_changed)
{
	struct migrate_options options = { .kinds = request->only,
		                           .shared = request->shared,
		                           .max_pause = request->max_pause * 1000000ULL,
		                           .rate = request->rate,
		                           .show = request->tool == REQUEST_NUMAPLACE
		                                           ? move_progress
		                                           : NULL };

	if (move->end == MIGRATION_GONE)
		return;
	if (move->placement.has_cpus)
		note_end(move, affinity_bind(process, &move->placement, is_changed));
	if (move->end == MIGRATION_DONE && injects(request, move))
		note_end(move, injection_run(process, &move->placement, &move->topology,
		                             &move->injection, is_changed));
	if (move->end != MIGRATION_DONE || move->destination.rule == DESTINATION_NONE)
		return;
	options.workers = count_workers(request, move);
	move_watch(process, request->verbose);
	migrate_run(process, &move->destination, &options, &move->migration);
	*is_changed |= !kernel_is_closed() && move->migration.moved;
	move->end = move->migration.end;
	move->error = move->migration.error;
	/* Threads may have been started by ones that were not bound yet. */
	if (move->placement.has_cpus && move->end == MIGRATION_DONE)
		note_end(move, affinity_bind(process, &move->placement, is_changed));
}

static int status_of(const struct move *move)
{
	if (move->end != MIGRATION_DONE)
		return NOT_ENDED;
	if (move->destination.rule == DESTINATION_NONE || kernel_is_closed() ||
	    !migration_failures(&move->destination, &move->migration))
		return 0;
	return PAGES_STAYED;
}

static void report_move(const struct request *request, const struct process *process,
                        const struct move *move, bool is_first)
{
	/* What comes before the pages is done where it came to them. */
	bool is_placed = move->end == MIGRATION_DONE || move->migration.passes;
	struct move_report report = {
		.process = process,
		.destination = &move->destination,
		.end = (int)move->end,
		.migration = move->migration.passes ? &move->migration : NULL,
		.cpus = is_placed && move->placement.has_cpus ? &move->placement.cpus : NULL,
		.placement = &move->placement,
		.is_injected = injects(request, move),
		.injection = is_placed && move->injection.is_asked ? &move->injection : NULL,
		.planned = request->dry_run,
		.mappings = request->mappings,
		.kinds = request->only,
	};

	if (request->tool == REQUEST_MIGRATEPAGES) {
		if (report.migration)
			move_stayed(&report);
		return;
	}
	printf("%s", before_report(request, is_first));
	if (request->json)
		move_json(&report);
	else
		move_text(&report);
}

/* A filter and a missing right look the same from here. */
static const char *why_failed(struct move *move)
{
	if (move->error == -EPERM || move->error == -ENOSYS)
		return policy_reason(&move->topology, move->error);
	return util_reason(move->error);
}

/* What binding has said itself needs no second line. */
static void say_end(const struct process *process, struct move *move)
{
	char name[TARGET_NAME];

	if (move->end == MIGRATION_GONE)
		util_warn("%s: it ended meanwhile", target_name(process, name));
	else if (move->end == MIGRATION_FAILED && move->migration.passes)
		util_warn("%s: move_pages: %s: %s", target_name(process, name),
		          move->migration.moved ? "not all was moved" : "nothing was moved",
		          why_failed(move));
}

/* Those from FIRST on. Ends the program where the first one fails and nothing was done. */
static int move_all(const struct request *request, const struct process *processes,
                    struct move *moves, size_t first, size_t count)
{
	static bool is_changed;
	int status = 0;

	for (size_t i = first; i < count && !migrate_is_stopped(); i++) {
		move_process(request, &processes[i], &moves[i], &is_changed);
		say_end(&processes[i], &moves[i]);
		if (i == 0 && moves[i].end == MIGRATION_FAILED && !is_changed)
			exit(util_failure);
		/* From now on a report that does not get out is none of nothing done. */
		if (is_changed || !request->dry_run)
			util_failure = 1;
		report_move(request, &processes[i], &moves[i], i == 0);
		status |= status_of(&moves[i]);
	}
	return status;
}

/* For all that is there at first, on all nodes that any of them is moved to. */
static void make_room(const struct request *request, struct move *moves, size_t count)
{
	struct idset nodes = { 0 };

	for (size_t i = 0; i < count; i++)
		nodes = idset_or(&nodes, &moves[i].destination.nodes);
	if (count && !idset_empty(&nodes))
		room_make(request, &moves[0].topology, &moves[0].placement, &nodes);
}

/* Those from FIRST on, and the rooms of all these; MOVES grows. */
static struct move *resolve_all(const struct request *request, const struct process *processes,
                                struct move *moves, size_t first, size_t count)
{
	moves = reallocarray(moves, count, sizeof(*moves));
	if (!moves)
		util_die(util_failure, "%s", strerror(errno));
	memset(moves + first, 0, (count - first) * sizeof(*moves));
	for (size_t i = first; i < count; i++)
		resolve_move(request, &processes[i], &moves[i]);
	if (first == 0)
		make_room(request, moves, count);
	check_rooms(request, processes + first, moves + first, count - first);
	return moves;
}

/* Of the last processes there may be no moves. */
static void free_all(struct process *processes, struct move *moves, size_t moved, size_t count)
{
	for (size_t i = 0; i < count; i++)
		process_close(&processes[i]);
	for (size_t i = 0; i < moved && moves; i++) {
		topology_free(&moves[i].topology);
		destination_free(&moves[i].destination);
		placement_free(&moves[i].placement);
		migration_free(&moves[i].migration);
		injection_free(&moves[i].injection);
	}
	free(processes);
	free(moves);
}

/* What a request may ask of us, but not of this user. */
static void check_shared(struct request *request)
{
	/* The original moves what others map too, where it may. */
	if (request->tool == REQUEST_MIGRATEPAGES)
		request->shared = capability_may_nice();
	if (request->shared && !capability_may_nice())
		util_die(util_failure, "--shared: needs CAP_SYS_NICE: run numaplace as root, or "
		                       "give it that capability");
}

/* Pages, of a process whose threads were left where they are. */
static bool has_moved(const struct move *moves, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (moves[i].migration.moved && !kernel_is_closed() &&
		    !moves[i].placement.has_cpus && !moves[i].injection.is_asked)
			return true;
	return false;
}

int running_move(struct request *request)
{
	struct process *processes;
	struct move *moves = NULL;
	bool is_whole = true;
	size_t count, first = 0;
	int status = 0;

	check_shared(request);
	count = target_open(request, true, &processes, &is_whole);
	narration_tell(request->dry_run, request->verbose);
	interrupt_catch(stop_moving);
	/* With --tree again for the children that came meanwhile, until there are none. */
	for (int round = 0; first < count && round < ROUNDS && !migrate_is_stopped(); round++) {
		moves = resolve_all(request, processes, moves, first, count);
		status |= move_all(request, processes, moves, first, count);
		first = count;
		if (!request->dry_run)
			count = target_add_children(request, true, &processes, count, &is_whole);
	}
	if (migrate_is_stopped())
		util_warn("interrupted");
	if (request->json)
		printf("%s ] }\n", moves ? "" : JSON_START);
	else if (has_moved(moves, first) && request->tool == REQUEST_NUMAPLACE)
		move_remark();
	free_all(processes, moves, first, count);
	request_close_stdout();
	/* The original does not mind pages that stay. */
	if (request->tool == REQUEST_MIGRATEPAGES)
		status &= ~PAGES_STAYED;
	return status || !is_whole || migrate_is_stopped() ? 1 : 0;
}
