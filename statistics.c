#include "statistics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/nodestat.h"
#include "lib/process.h"
#include "lib/usage.h"
#include "lib/util.h"
#include "obstacle.h"
#include "placement.h"
#include "request.h"
#include "target.h"
#include "topology.h"

static void check_memory(int error)
{
	if (error)
		util_die(util_failure, "%s", strerror(-error));
}

/* What is said of a process that is left out. */
static void leave_out(struct statistics *statistics, const char *sentence)
{
	statistics->is_whole = false;
	util_warn("%s%s", statistics->request->tool == REQUEST_NUMAPLACE ? "--stat: " : "",
	          sentence);
}

static bool is_known(const struct statistics *statistics, unsigned long pid)
{
	for (size_t i = 0; i < statistics->count; i++)
		if ((unsigned long)statistics->process[i].pid == pid)
			return true;
	return false;
}

/* Room for one more behind COUNT of SIZE bytes, zeroed. */
static void *grow(void *array, size_t count, size_t size)
{
	char *larger = reallocarray(array, count + 1, size);

	if (!larger)
		util_die(util_failure, "%s", strerror(ENOMEM));
	memset(larger + count * size, 0, size);
	return larger;
}

static void swap_processes(struct statistics *statistics, size_t i, size_t j)
{
	struct process process = statistics->process[i];
	struct usage usage = statistics->usage[i], earlier = statistics->earlier[i];

	statistics->process[i] = statistics->process[j];
	statistics->usage[i] = statistics->usage[j];
	statistics->earlier[i] = statistics->earlier[j];
	statistics->process[j] = process;
	statistics->usage[j] = usage;
	statistics->earlier[j] = earlier;
}

/* By ascending number. As target_look. */
static int add_process(struct statistics *statistics, unsigned long pid, char *sentence)
{
	size_t count = statistics->count;
	int error;

	if (is_known(statistics, pid))
		return 0;
	statistics->process = grow(statistics->process, count, sizeof(*statistics->process));
	statistics->usage = grow(statistics->usage, count, sizeof(*statistics->usage));
	statistics->earlier = grow(statistics->earlier, count, sizeof(*statistics->earlier));
	error = target_look(pid, &statistics->process[count], sentence);
	if (error)
		return error;
	for (size_t i = count; i > 0; i--)
		if (statistics->process[i - 1].pid > statistics->process[i].pid)
			swap_processes(statistics, i - 1, i);
	statistics->count++;
	return 0;
}

static void add_number(struct statistics *statistics, const char *text)
{
	char sentence[TARGET_SENTENCE];
	unsigned long pid = 0;
	int error = util_parse_number(text, strlen(text), target_limit, &pid);

	if (error == -EINVAL)
		snprintf(sentence, sizeof(sentence), "'%.40s' is not the number of a process",
		         text);
	else if (error || !pid)
		snprintf(sentence, sizeof(sentence), "there is no process %.40s", text);
	else if (!add_process(statistics, pid, sentence))
		return;
	leave_out(statistics, sentence);
}

/* Later on those are added that have come meanwhile, without a word about the others. */
static void add_named(struct statistics *statistics, const char *name)
{
	char sentence[TARGET_SENTENCE], first[TARGET_SENTENCE + 32];
	pid_t *found;
	long count = process_find(name, &found), matched = 0, refused = 0;

	if (count < 0)
		util_die(util_failure, "/proc: %s", util_reason((int)count));
	for (long i = 0; i < count; i++) {
		int error = found[i] == getpid()
		                    ? -ESRCH
		                    : add_process(statistics, (unsigned long)found[i], sentence);

		/* Kernel threads have no memory; those that have ended are none. */
		if (error == -ESRCH || error == -ENOMSG)
			continue;
		matched++;
		if (error && !refused++)
			memcpy(first, sentence, sizeof(sentence));
	}
	free(found);
	if (statistics->before)
		return;
	if (!matched)
		snprintf(first, sizeof(first),
		         "no process with memory has '%.80s' in its name or command line", name);
	else if (refused > 1)
		snprintf(first + strlen(first), sizeof(first) - strlen(first),
		         " (and %ld more like it)", refused - 1);
	if (!matched || refused)
		leave_out(statistics, first);
}

/* Likewise. */
static void add_group(struct statistics *statistics)
{
	static char why[OBSTACLE_SENTENCE];
	char sentence[TARGET_SENTENCE];
	const char *name = statistics->request->cgroup;
	bool first = !statistics->before;
	size_t unseen;
	pid_t *found;
	long count = obstacle_processes(name, &found, &unseen, why);

	if (count < 0 && first)
		util_die(util_failure, "--cgroup=%s: %s", name, why);
	for (long i = 0; i < count; i++) {
		int error = add_process(statistics, (unsigned long)found[i], sentence);

		if (error && error != -ESRCH && error != -ENOMSG && first)
			leave_out(statistics, sentence);
	}
	if (count >= 0)
		free(found);
	if (count >= 0 && unseen && first) {
		snprintf(sentence, sizeof(sentence),
		         "left out: %zu processes in another pid namespace", unseen);
		leave_out(statistics, sentence);
	}
}

static bool is_number(const char *name)
{
	return name[strspn(name, "0123456789")] == '\0';
}

static void drop_process(struct statistics *statistics, size_t i)
{
	size_t behind;

	process_close(&statistics->process[i]);
	usage_free(&statistics->usage[i]);
	usage_free(&statistics->earlier[i]);
	behind = --statistics->count - i;
	memmove(&statistics->process[i], &statistics->process[i + 1],
	        behind * sizeof(*statistics->process));
	memmove(&statistics->usage[i], &statistics->usage[i + 1],
	        behind * sizeof(*statistics->usage));
	memmove(&statistics->earlier[i], &statistics->earlier[i + 1],
	        behind * sizeof(*statistics->earlier));
}

/* What is due to one that has ended: that it does so while it is watched is no failure. */
static void say_ended(struct statistics *statistics, const char *name)
{
	char sentence[TARGET_SENTENCE];

	if (statistics->before) {
		util_warn("%s has ended", name);
		return;
	}
	snprintf(sentence, sizeof(sentence), "%s has ended meanwhile", name);
	leave_out(statistics, sentence);
}

/* False where it is left out. */
static bool read_process(struct statistics *statistics, size_t i)
{
	const struct process *process = &statistics->process[i];
	char name[TARGET_NAME], sentence[TARGET_SENTENCE];
	int error;

	usage_free(&statistics->earlier[i]);
	statistics->earlier[i] = statistics->usage[i];
	memset(&statistics->usage[i], 0, sizeof(*statistics->usage));
	error = usage_read(process->directory, &statistics->usage[i]);
	/* Of one that is ending the file is empty. */
	if (!error && !process_is_gone(process))
		return true;
	target_name(process, name);
	if (!error || error == -ESRCH) {
		say_ended(statistics, name);
		return false;
	}
	snprintf(sentence, sizeof(sentence), "%s: numa_maps: %s", name, util_reason(error));
	leave_out(statistics, sentence);
	return false;
}

/* Online nodes, and those with memory of a process that have come since. */
static struct idset find_nodes(const struct statistics *statistics)
{
	struct idset nodes = statistics->topology->nodes;

	for (size_t i = 0; i < statistics->count; i++)
		for (unsigned id = 0; id < statistics->usage[i].ids; id++)
			if (usage_on(&statistics->usage[i], id, USAGE_KINDS))
				idset_add(&nodes, id);
	return nodes;
}

static struct nodestat_row *add_row(struct nodestat *table, const char *name)
{
	struct nodestat_row *row = nodestat_row(table, name);

	if (!row)
		util_die(util_failure, "%s", strerror(ENOMEM));
	row->is_size = true;
	return row;
}

static void fill_row(const struct nodestat *table, struct nodestat_row *row,
                     const struct usage *usage, unsigned kind)
{
	for (unsigned i = 0; i < table->nodes; i++)
		row->value[i] = (long long)usage_on(usage, table->node[i], kind);
}

static void tabulate_processes(struct statistics *statistics)
{
	struct idset nodes = find_nodes(statistics);

	check_memory(nodestat_init(statistics->table, &nodes));
	for (size_t i = 0; i < statistics->count; i++) {
		const struct process *process = &statistics->process[i];
		char name[TARGET_NAME];

		snprintf(name, sizeof(name), "%d (%s)", (int)process->pid, process->status.name);
		fill_row(statistics->table, add_row(statistics->table, name), &statistics->usage[i],
		         USAGE_KINDS);
	}
}

void statistics_kinds(const struct statistics *statistics, const struct usage *usage,
                      struct nodestat *table)
{
	struct idset nodes = find_nodes(statistics);

	check_memory(nodestat_init(table, &nodes));
	for (unsigned kind = 0; kind < USAGE_KINDS; kind++)
		fill_row(table, add_row(table, usage_kind_names[kind]), usage, kind);
}

static void gather_processes(struct statistics *statistics)
{
	if (statistics->request->cgroup)
		add_group(statistics);
	for (char **name = statistics->request->stat.names; name && *name; name++) {
		if (!is_number(*name))
			add_named(statistics, *name);
		else if (!statistics->before)
			add_number(statistics, *name);
	}
	for (size_t i = 0; i < statistics->count;) {
		if (read_process(statistics, i))
			i++;
		else
			drop_process(statistics, i);
	}
	tabulate_processes(statistics);
}

static void gather_machine(struct statistics *statistics)
{
	struct nodestat *table = statistics->table;
	int error;

	if (!statistics->topology->is_numa)
		util_die(util_failure,
		         "%sthe kernel has no NUMA nodes (no /sys/devices/system/node)",
		         statistics->request->tool == REQUEST_NUMAPLACE ? "--stat: " : "");
	check_memory(nodestat_init(table, &statistics->topology->nodes));
	error = nodestat_read(table, statistics->topology->root,
	                      statistics->what == STATISTICS_COUNTERS ? NODESTAT_COUNTERS
	                                                              : NODESTAT_MEMINFO);
	if (error)
		util_die(util_failure, "%s: %s", table->failed, util_reason(error));
}

static void free_table(struct nodestat *table)
{
	if (table)
		nodestat_free(table);
	free(table);
}

void statistics_gather(struct statistics *statistics)
{
	unsigned long long then = statistics->time;

	free_table(statistics->before);
	statistics->before = statistics->table;
	statistics->table = calloc(1, sizeof(*statistics->table));
	check_memory(statistics->table ? 0 : -ENOMEM);
	if (statistics->what == STATISTICS_PROCESSES)
		gather_processes(statistics);
	else
		gather_machine(statistics);
	statistics->time = util_now();
	statistics->seconds = (double)(statistics->time - then) / 1e9;
}

void statistics_init(struct statistics *statistics, const struct request *request,
                     struct topology *topology, enum statistics_what what)
{
	*statistics = (struct statistics){
		.request = request, .topology = topology, .what = what, .is_whole = true
	};
	placement_load(topology, TOPOLOGY_NODES);
	if (what == STATISTICS_PROCESSES)
		process_allow_many();
}

void statistics_free(struct statistics *statistics)
{
	while (statistics->count)
		drop_process(statistics, statistics->count - 1);
	free(statistics->process);
	free(statistics->usage);
	free(statistics->earlier);
	free_table(statistics->table);
	free_table(statistics->before);
}
