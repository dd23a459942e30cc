#include "monitor.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/nodestat.h"
#include "lib/process.h"
#include "lib/usage.h"
#include "lib/util.h"
#include "query.h"
#include "report/metrics.h"
#include "report/numastat.h"
#include "report/stat.h"
#include "report/terminal.h"
#include "request.h"
#include "statistics.h"
#include "topology.h"

/* A copy of the table, as the request wants it. */
static void arrange(const struct statistics *statistics, const struct nodestat *table,
                    struct nodestat *arranged)
{
	const struct request *request = statistics->request;
	bool is_ours = request->tool == REQUEST_NUMAPLACE;
	const char *sort = request->stat.sort;
	int column = sort ? -1 : (int)NODESTAT_UNSORTED;
	char list[IDSET_TEXT];
	unsigned long id;
	int error;

	if (sort && !strcmp(sort, "total"))
		column = (int)table->nodes;
	else if (sort && !util_parse_number(sort, strlen(sort), IDSET_MAX - 1, &id))
		column = nodestat_column(table, (unsigned)id);
	if (sort && column < 0)
		util_die(util_failure, "%s%s: there is no such column (nodes %s%s)",
		         is_ours ? "--sort=" : "-s", sort,
		         idset_text(&statistics->topology->nodes, list),
		         is_ours ? ", or total" : "");
	error = nodestat_arrange(table, (unsigned)column, request->stat.nonzero, arranged);
	if (error)
		util_die(util_failure, "%s", strerror(-error));
}

/* On a terminal each report takes the place of the one before. */
static void separate(const struct statistics *statistics)
{
	if (!statistics->request->stat.seconds)
		return;
	if (isatty(STDOUT_FILENO))
		printf("\033[H\033[J");
	else if (statistics->before)
		putchar('\n');
}

static void show_text(const struct statistics *statistics)
{
	bool is_one = statistics->what == STATISTICS_PROCESSES && statistics->count == 1;
	unsigned long page_size =
		statistics->request->stat.pages ? (unsigned long)sysconf(_SC_PAGESIZE) : 0;
	struct nodestat kinds = { 0 }, earlier = { 0 }, arranged;
	const struct nodestat *before = statistics->before;

	if (is_one) {
		statistics_kinds(statistics, statistics->usage, &kinds);
		statistics_kinds(statistics, statistics->earlier, &earlier);
		before = before && statistics->earlier->ids ? &earlier : NULL;
	}
	arrange(statistics, is_one ? &kinds : statistics->table, &arranged);
	separate(statistics);
	stat_text(statistics, &arranged, before, page_size, terminal_width());
	nodestat_free(&arranged);
	nodestat_free(&earlier);
	nodestat_free(&kinds);
}

static void show(const struct statistics *statistics)
{
	if (statistics->request->stat.openmetrics)
		metrics_show(statistics);
	else if (statistics->request->json)
		stat_json(statistics);
	else
		show_text(statistics);
	request_close_stdout();
}

/* Sleeps until the time has come; false where nobody reads any more. */
static bool wait_until(unsigned long long time)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };

	for (unsigned long long now; (now = util_now()) < time;) {
		int result = poll(&reader, 1, (int)((time - now) / 1000000 + 1));

		/* The other end of a pipe was closed, or a terminal went away. */
		if (result > 0)
			return false;
		if (result < 0 && errno != EINTR)
			util_die(util_failure, "poll: %s", strerror(errno));
	}
	return true;
}

/* No process is left, or there has been none: why has been said, but of an empty cgroup. */
static int end_without(const struct statistics *statistics)
{
	if (statistics->before)
		return !statistics->is_whole;
	if (statistics->is_whole && statistics->request->cgroup)
		util_die(util_failure, "--cgroup=%s: there is no process in it that can be shown",
		         statistics->request->cgroup);
	return util_failure;
}

/* What the kernel did not tell. */
static const char *subject(const struct statistics *statistics)
{
	return statistics->what == STATISTICS_MEMINFO ? "memory" : "counters";
}

static int report_own(struct statistics *statistics)
{
	unsigned long long period = statistics->request->stat.seconds * 1000000000ULL;
	unsigned long long next = util_now();

	do {
		statistics_gather(statistics);
		if (statistics->what == STATISTICS_PROCESSES && !statistics->count)
			return end_without(statistics);
		if (!statistics->table->rows)
			util_die(util_failure, "--stat: the kernel tells no %s of nodes",
			         subject(statistics));
		show(statistics);
		next += period;
		/* Not one after the other for those that were missed. */
		if (next < util_now())
			next = util_now() + period;
	} while (period && wait_until(next));
	return !statistics->is_whole;
}

/* numastat folds where its own variable says. */
static unsigned numastat_width(void)
{
	const char *text = getenv("NUMASTAT_WIDTH");
	unsigned long width;

	if (text && !util_parse_number(text, strlen(text), 10000000, &width) && width)
		return width < 32 ? 32 : (unsigned)width;
	return terminal_width();
}

static void show_layout(const struct statistics *statistics, const struct nodestat *table,
                        const char *title, const char *corner)
{
	struct numastat_layout layout = {
		.title = title,
		.corner = corner,
		.is_process = statistics->what == STATISTICS_PROCESSES,
		.compact = statistics->request->stat.compact,
		.width = numastat_width(),
		.page_size = (unsigned long)sysconf(_SC_PAGESIZE),
	};
	struct nodestat arranged;

	arrange(statistics, table, &arranged);
	numastat_table(&arranged, &layout);
	nodestat_free(&arranged);
}

static void show_processes(const struct statistics *statistics)
{
	if (statistics->count > 1 && !statistics->request->verbose) {
		show_layout(statistics, statistics->table, "Per-node process memory usage (in MBs)",
		            "PID");
		return;
	}
	for (size_t i = 0; i < statistics->count; i++) {
		const struct process *process = &statistics->process[i];
		struct nodestat kinds;
		char title[PROCESS_NAME + 80];

		snprintf(title, sizeof(title),
		         "Per-node process memory usage (in MBs) for PID %d (%s)",
		         (int)process->pid, process->status.name);
		statistics_kinds(statistics, &statistics->usage[i], &kinds);
		show_layout(statistics, &kinds, title, "");
		nodestat_free(&kinds);
	}
}

/* A node of which nothing is known is an error there: no table has a gap. */
static void check_nodes(const struct statistics *statistics)
{
	const struct nodestat *table = statistics->table;
	struct idset silent = { 0 };
	char list[IDSET_TEXT];

	for (unsigned i = 0; i < table->nodes; i++) {
		unsigned row = 0;

		while (row < table->rows && table->row[row].value[i] == NODESTAT_UNKNOWN)
			row++;
		if (row == table->rows)
			idset_add(&silent, table->node[i]);
	}
	if (!idset_empty(&silent))
		util_die(util_failure, "the kernel tells no %s of node%s %s", subject(statistics),
		         idset_count(&silent) > 1 ? "s" : "", idset_text(&silent, list));
}

/* One of the parts of numastat's report. */
static int report_part(const struct request *request, struct topology *topology,
                       enum statistics_what what)
{
	struct statistics statistics;
	int status;

	statistics_init(&statistics, request, topology, what);
	statistics_gather(&statistics);
	if (what != STATISTICS_PROCESSES)
		check_nodes(&statistics);
	if (what == STATISTICS_PROCESSES)
		show_processes(&statistics);
	else if (what == STATISTICS_MEMINFO)
		show_layout(&statistics, statistics.table,
		            "Per-node system memory usage (in MBs):", "");
	else if (request->stat.plain)
		numastat_plain(statistics.table, numastat_width());
	else
		show_layout(&statistics, statistics.table, "Per-node numastat info (in MBs):", "");
	status = !statistics.is_whole;
	statistics_free(&statistics);
	return status;
}

/* In its order. */
static int report_numastat(const struct request *request, struct topology *topology)
{
	const struct request_stat *stat = &request->stat;
	int status = 0;

	if (stat->names)
		status = report_part(request, topology, STATISTICS_PROCESSES);
	if (stat->meminfo)
		status |= report_part(request, topology, STATISTICS_MEMINFO);
	if (stat->counters)
		status |= report_part(request, topology, STATISTICS_COUNTERS);
	request_close_stdout();
	return status;
}

int monitor_report(const struct request *request, struct topology *topology)
{
	struct statistics statistics;
	int status;

	if (request->tool == REQUEST_NUMASTAT)
		return report_numastat(request, topology);
	statistics_init(&statistics, request, topology,
	                query_has_processes(request) ? STATISTICS_PROCESSES
	                : request->stat.meminfo      ? STATISTICS_MEMINFO
	                                             : STATISTICS_COUNTERS);
	status = report_own(&statistics);
	statistics_free(&statistics);
	return status;
}
