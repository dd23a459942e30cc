#include "report/move.h"

#include <stdio.h>
#include <unistd.h>

#include "destination.h"
#include "injection.h"
#include "lib/idset.h"
#include "lib/kernel.h"
#include "lib/process.h"
#include "lib/util.h"
#include "migration.h"
#include "placement.h"
#include "report/misplaced.h"
#include "report/process.h"
#include "report/value.h"
#include "tally.h"

static const struct {
	const char *words, *remedy, *key;
} reasons[TALLY_REASONS] = {
	[TALLY_BUSY] = { "busy or pinned", "", "busy" },
	[TALLY_HUGE] = { "huge page, busy or not to be split", "", "huge" },
	[TALLY_SHARED] = { "mapped by others", "--shared moves them too", "shared" },
	[TALLY_SHARED_FILE] = { "files mapped by others", "no failure; --shared moves them too",
	                        "shared_file" },
	[TALLY_FULL] = { "no room there", "", "full" },
	[TALLY_UNMOVABLE] = { "not movable", "", "unmovable" },
	[TALLY_KERNEL] = { "the kernel's own (vdso)", "no failure", "kernel" },
	[TALLY_NOT_TRIED] = { "not tried", "", "not_tried" },
};

static const char *const ends[] = { [MIGRATION_DONE] = "done",
	                            [MIGRATION_INTERRUPTED] = "interrupted",
	                            [MIGRATION_GONE] = "gone",
	                            [MIGRATION_FAILED] = "failed" };

/* How far it is */

#define BAR 24

/* Not for what is done by then, ns. */
#define FIRST_BAR 500000000

static struct {
	const struct process *process;
	bool verbose, terminal, drawn;
} watch;

void move_watch(const struct process *process, bool verbose)
{
	watch.process = process;
	watch.verbose = verbose;
	watch.terminal = isatty(STDERR_FILENO);
	watch.drawn = false;
}

static void erase_bar(void)
{
	if (watch.drawn)
		fprintf(stderr, "\r\033[K");
	watch.drawn = false;
}

static void draw_bar(const struct migration *migration)
{
	unsigned long long seen =
		migration->seen < migration->total ? migration->seen : migration->total;
	double part = migration->total ? (double)seen / (double)migration->total : 1;
	double seconds = (double)migration->elapsed / 1e9;
	double rate = seconds > 0 ? (double)migration->moved / seconds : 0;
	char moved[UTIL_SIZE], speed[UTIL_SIZE];
	int filled = (int)(part * BAR);

	fprintf(stderr, "\r%d [%.*s%.*s] %3d%%  pass %u, %s moved, %s/s", (int)watch.process->pid,
	        filled, "########################", BAR - filled, "........................",
	        (int)(part * 100), migration->passes, util_size(migration->moved, moved),
	        util_size((unsigned long long)rate, speed));
	if (migration->passes == 1 && part > 0.02)
		fprintf(stderr, ", %.0f s left", seconds / part - seconds);
	fprintf(stderr, "\033[K");
	fflush(stderr);
	watch.drawn = true;
}

void move_progress(const struct migration *migration, bool pass_ended)
{
	char name[64 + PROCESS_NAME], seen[UTIL_SIZE], moved[UTIL_SIZE], left[UTIL_SIZE];

	if (pass_ended)
		erase_bar();
	else if (watch.terminal && migration->elapsed > FIRST_BAR)
		draw_bar(migration);
	if (!pass_ended || !watch.verbose)
		return;
	snprintf(name, sizeof(name), "process %d (%s)", (int)watch.process->pid,
	         watch.process->status.name);
	util_warn("%s: pass %u: %s seen, %s moved so far, %s left; longest batch %.1f ms", name,
	          migration->passes, util_size(migration->seen, seen),
	          util_size(migration->moved, moved), util_size(migration->left, left),
	          (double)migration->longest / 1e6);
}

/* What came of it */

static bool is_empty(const struct migration *migration, unsigned id)
{
	const struct tally *tally = &migration->tally[id];

	return !migration->node[id].before && !migration->node[id].after && !tally->moved &&
	       !tally->already && !tally_stayed(tally);
}

static void print_name(const struct process *process)
{
	printf("process %d (", (int)process->pid);
	value_text(stdout, process->status.name);
	printf("): ");
}

static bool has_stayed(const struct migration *migration)
{
	for (unsigned i = 0; i < migration->ids; i++)
		if (tally_stayed(&migration->tally[i]))
			return true;
	return false;
}

static void print_summary(const struct move_report *report)
{
	const struct migration *migration = report->migration;
	double seconds = (double)migration->elapsed / 1e9;
	char moved[UTIL_SIZE], rate[UTIL_SIZE], total[UTIL_SIZE];

	print_name(report->process);
	util_size(migration->moved, moved);
	util_size(migration->total, total);
	if (!migration->moved && migration->end == MIGRATION_DONE && !has_stayed(migration)) {
		if (migration->total)
			printf("nothing to move: all of %s is in place\n", total);
		else
			printf("nothing to move: there is no such memory\n");
		return;
	}
	if (report->planned) {
		printf("%s of %s would move\n", moved, total);
		return;
	}
	util_size(seconds > 0 ? (unsigned long long)((double)migration->moved / seconds) : 0, rate);
	printf("%s of %s moved in %.2f s (%s/s), %u pass%s, %u worker%s, longest batch %.1f ms\n",
	       moved, total, seconds, rate, migration->passes, migration->passes == 1 ? "" : "es",
	       migration->workers, migration->workers == 1 ? "" : "s",
	       (double)migration->longest / 1e6);
	if (migration->end == MIGRATION_INTERRUPTED)
		printf("interrupted: the counts are of what was done until then\n");
	else if (migration->end == MIGRATION_GONE)
		printf("the process ended meanwhile: the counts are of what was done until then\n");
	else if (migration->end == MIGRATION_FAILED)
		printf("failed: %s; the counts are of what was done until then\n",
		       util_reason(migration->error));
}

/* Each page in one column, in the line of the node that it is on in the end. */
static void print_nodes(const struct move_report *report)
{
	const struct migration *migration = report->migration;
	unsigned long long sum[5] = { 0 };

	printf("\n%5s %9s %11s %13s %9s %9s\n", "node", "before", "moved here", "already there",
	       "stayed", report->planned ? "then" : "now");
	for (unsigned id = 0; id < migration->ids; id++) {
		const struct tally *tally = &migration->tally[id];
		unsigned long long values[] = { migration->node[id].before, tally->moved,
			                        tally->already, tally_stayed(tally),
			                        report->planned ? tally->moved + tally->already +
			                                                  tally_stayed(tally)
			                                        : migration->node[id].after };
		static const int widths[] = { 10, 12, 14, 10, 10 };

		if (is_empty(migration, id))
			continue;
		printf("%5u", id);
		for (int i = 0; i < 5; i++) {
			process_size(stdout, widths[i], values[i]);
			sum[i] += values[i];
		}
		putchar('\n');
	}
	printf("total");
	process_size(stdout, 10, sum[0]);
	process_size(stdout, 12, sum[1]);
	process_size(stdout, 14, sum[2]);
	process_size(stdout, 10, sum[3]);
	process_size(stdout, 10, sum[4]);
	putchar('\n');
}

static void print_stayed(const struct move_report *report)
{
	const struct migration *migration = report->migration;
	bool heading = false;

	for (int r = 0; r < TALLY_REASONS; r++) {
		const char *remedy = reasons[r].remedy;

		for (unsigned id = 0; id < migration->ids; id++) {
			unsigned long long bytes = migration->tally[id].stayed[r];

			if (!bytes)
				continue;
			if (!heading)
				printf("\n%-36s %5s %9s\n", "stayed", "node", "size");
			heading = true;
			if (r == TALLY_FULL && report->destination->full_is_fine)
				remedy = "no failure: the nodes are preferred";
			printf("%-36s %5u", reasons[r].words, id);
			process_size(stdout, 10, bytes);
			printf("%s%s\n", *remedy ? "  " : "", remedy);
		}
	}
}

/* Both looks, where they differ. */
static void print_difference(const struct migration *migration)
{
	if (migration->end == MIGRATION_GONE || migration_agrees(migration))
		return;
	printf("\nnuma_maps shows something else than the calls told, as when its memory has changed:\n"
	       "%5s %9s %9s\n",
	       "node", "told", "now");
	for (unsigned id = 0; id < migration->ids; id++) {
		const struct tally *tally = &migration->tally[id];
		unsigned long long told = tally->moved + tally->already + tally_stayed(tally);

		if (told == migration->node[id].after)
			continue;
		printf("%5u", id);
		process_size(stdout, 10, told);
		process_size(stdout, 10, migration->node[id].after);
		putchar('\n');
	}
}

static void print_cpus(const struct move_report *report)
{
	static char list[IDSET_TEXT];

	print_name(report->process);
	printf("its threads %s CPUs %s\n", report->planned ? "would run on" : "run on",
	       idset_text(report->cpus, list));
}

/* As numa_maps has it: "bind=static:0-1". */
static void print_policy(const struct placement *placement)
{
	static const struct {
		int flag;
		const char *word;
	} flags[] = { { MPOL_F_STATIC_NODES, "static" },
		      { MPOL_F_RELATIVE_NODES, "relative" },
		      { MPOL_F_NUMA_BALANCING, "balancing" } };
	static char list[IDSET_TEXT];
	char mark = '=';

	printf("%s", value_mode(placement->mode));
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!(placement->flags & flags[i].flag))
			continue;
		printf("%c%s", mark, flags[i].word);
		mark = '|';
	}
	if (!idset_empty(&placement->nodes))
		printf(":%s", idset_text(&placement->nodes, list));
}

static void print_injection(const struct move_report *report)
{
	const struct injection *injection = report->injection;
	const char *plural = injection->threads == 1 ? "" : "s";

	print_name(report->process);
	printf("policy ");
	print_policy(report->placement);
	if (!report->planned) {
		printf(" read back from %zu thread%s, set %lu time%s, longest stop %.2f ms\n",
		       injection->threads, plural, injection->set, injection->set == 1 ? "" : "s",
		       (double)injection->longest / 1e6);
		return;
	}
	printf(" would be set in %zu thread%s:", injection->threads, plural);
	for (size_t i = 0; i < injection->threads; i++)
		printf(" %d", (int)injection->thread[i]);
	putchar('\n');
}

void move_text(const struct move_report *report)
{
	if (report->cpus)
		print_cpus(report);
	if (report->injection)
		print_injection(report);
	if (!report->migration && !report->cpus && !report->injection) {
		print_name(report->process);
		printf("%s\n", ends[report->end]);
	}
	if (!report->migration)
		return;
	print_summary(report);
	print_nodes(report);
	print_stayed(report);
	if (!report->planned)
		print_difference(report->migration);
	if (report->mappings)
		misplaced_text(report->process, report->migration, report->kinds);
}

void move_remark(void)
{
	printf("\nWhat is allocated from now on follows the policy of the process itself: with --inject "
	       "its threads\nset that too; else its CPUs (--cpunodebind), the cpuset of its cgroup, or a "
	       "start under numaplace\ndecide it.\n");
}

static void json_nodes(const struct move_report *report)
{
	const struct migration *migration = report->migration;
	const char *separator = "";

	printf(",\n  \"nodes\": [");
	for (unsigned id = 0; id < migration->ids; id++) {
		const struct tally *tally = &migration->tally[id];

		if (is_empty(migration, id))
			continue;
		printf("%s\n    { \"id\": %u, \"before\": %llu, \"moved\": %llu, \"already\": %llu, "
		       "\"stayed\": {",
		       separator, id, migration->node[id].before, tally->moved, tally->already);
		for (int r = 0; r < TALLY_REASONS; r++)
			printf("%s \"%s\": %llu", r ? "," : "", reasons[r].key, tally->stayed[r]);
		printf(" }, \"after\": ");
		json_number((long long)migration->node[id].after,
		            !report->planned && migration->end != MIGRATION_GONE);
		printf(" }");
		separator = ",";
	}
	printf(" ]");
}

static void json_injection(const struct move_report *report)
{
	const struct injection *injection = report->injection;

	printf(",\n  \"injection\": { \"policy\": \"");
	print_policy(report->placement);
	printf("\", \"threads\": [");
	for (size_t i = 0; i < injection->threads; i++)
		printf("%s%d", i ? ", " : "", (int)injection->thread[i]);
	printf("], \"set\": ");
	json_number((long long)injection->set, !report->planned);
	printf(", \"rounds\": ");
	json_number(injection->rounds, !report->planned);
	printf(", \"longest_stop\": ");
	json_number((long long)injection->longest, !report->planned);
	printf(" }");
}

void move_json(const struct move_report *report)
{
	const struct migration *migration = report->migration;

	printf("{ \"pid\": %d, \"name\": ", (int)report->process->pid);
	json_string(report->process->status.name);
	printf(", \"planned\": %s,\n  \"cpus\": ", report->planned ? "true" : "false");
	if (report->cpus)
		json_set(report->cpus);
	else
		printf("null");
	if (report->injection)
		json_injection(report);
	else if (report->is_injected)
		printf(",\n  \"injection\": null");
	printf(", \"end\": \"%s\"", ends[report->end]);
	if (migration) {
		bool looked = !report->planned && migration->end != MIGRATION_GONE;

		printf(", \"bytes\": %llu, \"moved\": %llu, \"failed\": %llu", migration->total,
		       migration->moved, migration_failures(report->destination, migration));
		json_nodes(report);
		printf(",\n  \"agrees\": %s, \"passes\": %u, \"workers\": %u, "
		       "\"nanoseconds\": %llu, \"longest_batch\": %llu",
		       !looked                       ? "null"
		       : migration_agrees(migration) ? "true"
		                                     : "false",
		       migration->passes, migration->workers, migration->elapsed,
		       migration->longest);
		if (report->mappings)
			misplaced_json(report->process, report->migration, report->kinds);
	}
	printf(" }");
}

void move_stayed(const struct move_report *report)
{
	const struct migration *migration = report->migration;
	char text[1024] = "", size[UTIL_SIZE];
	size_t length = 0;

	for (int r = 0; r < TALLY_REASONS; r++) {
		unsigned long long bytes = 0;

		for (unsigned id = 0; id < migration->ids; id++)
			bytes += migration->tally[id].stayed[r];
		if (bytes)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %s",
			                           length ? ", " : "", reasons[r].words,
			                           util_size(bytes, size));
	}
	if (length)
		util_warn("process %d (%s): not moved: %s", (int)report->process->pid,
		          report->process->status.name, text);
}
