#include "report/metrics.h"

#include <stdio.h>

#include "lib/nodestat.h"
#include "lib/process.h"
#include "lib/usage.h"
#include "report/value.h"
#include "statistics.h"

/* The words of the kernel's Documentation/admin-guide/numastat.rst, in short. */
static const struct {
	const char *name, *help;
} counters[] = {
	{ "numa_hit", "Allocations on this node as intended" },
	{ "numa_miss", "Allocations on this node that were intended for another one" },
	{ "numa_foreign", "Allocations intended for this node that went to another one" },
	{ "interleave_hit", "Interleaved allocations on this node as intended" },
	{ "local_node", "Allocations on this node by a process that ran on it" },
	{ "other_node", "Allocations on this node by a process that ran on another one" },
};

/* A counter that the kernel has and that is none of these is left out: it may be no name. */
static void show_counters(const struct nodestat *table)
{
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		const struct nodestat_row *row = nodestat_find(table, counters[i].name);

		if (!row)
			continue;
		printf("# HELP numaplace_%s_total %s.\n# TYPE numaplace_%s_total counter\n",
		       row->name, counters[i].help, row->name);
		for (unsigned j = 0; j < table->nodes; j++)
			if (row->value[j] != NODESTAT_UNKNOWN)
				printf("numaplace_%s_total{node=\"%u\"} %lld\n", row->name,
				       table->node[j], row->value[j]);
	}
}

static void show_meminfo(const struct nodestat *table)
{
	printf("# HELP numaplace_memory_bytes Memory of the node by the row of its meminfo.\n"
	       "# TYPE numaplace_memory_bytes gauge\n");
	for (unsigned i = 0; i < table->rows; i++) {
		const struct nodestat_row *row = &table->row[i];

		for (unsigned j = 0; j < table->nodes && row->is_size; j++) {
			if (row->value[j] == NODESTAT_UNKNOWN)
				continue;
			printf("numaplace_memory_bytes{node=\"%u\",row=\"", table->node[j]);
			value_label(row->name);
			printf("\"} %lld\n", row->value[j]);
		}
	}
}

static void show_process(const struct nodestat *table, const struct process *process,
                         const struct usage *usage)
{
	for (unsigned i = 0; i < table->nodes; i++) {
		for (unsigned kind = 0; kind < USAGE_KINDS; kind++) {
			printf("numaplace_process_memory_bytes{pid=\"%d\",comm=\"",
			       (int)process->pid);
			value_label(process->status.name);
			printf("\",node=\"%u\",kind=\"%s\"} %llu\n", table->node[i],
			       usage_kind_names[kind], usage_on(usage, table->node[i], kind));
		}
	}
}

static void show_processes(const struct statistics *statistics)
{
	printf("# HELP numaplace_process_memory_bytes Resident memory of the process on the node "
	       "by kind.\n"
	       "# TYPE numaplace_process_memory_bytes gauge\n");
	for (size_t i = 0; i < statistics->count; i++)
		show_process(statistics->table, &statistics->process[i], &statistics->usage[i]);
}

void metrics_show(const struct statistics *statistics)
{
	switch (statistics->what) {
	case STATISTICS_COUNTERS: show_counters(statistics->table); break;
	case STATISTICS_MEMINFO: show_meminfo(statistics->table); break;
	case STATISTICS_PROCESSES: show_processes(statistics); break;
	}
	printf("# EOF\n");
}
