#include "report/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/idset.h"
#include "lib/mapping.h"
#include "lib/process.h"
#include "lib/util.h"
#include "report/value.h"
#include "topology.h"

/* A policy, and how much of the process follows it. */
struct use {
	char *policy;
	unsigned long mappings;
	unsigned long long bytes;
};

/* Threads that may run on the same CPUs. */
struct group {
	struct idset cpus;
	unsigned count;
	pid_t first;
};

/* What is shown. */
struct view {
	unsigned long long on[MAPPING_NODES][MAPPING_KINDS]; /* bytes */
	struct use *use;
	size_t uses;
	struct group *group;
	size_t groups, threads;
	char *lines; /* of the mappings, ready to print; NULL: not asked for */
};

void process_size(FILE *stream, int width, unsigned long long bytes)
{
	char text[UTIL_SIZE];

	fprintf(stream, " %*s", width - 1, bytes ? util_size(bytes, text) : "-");
}

void process_mapping_heading(FILE *stream, bool with_out)
{
	fprintf(stream, "%-14s %-6s%s%8s  %-18s %s\n", "address", "kind",
	        with_out ? "     out" : "", "size", "policy", "bytes by node, name");
}

void process_mapping(FILE *stream, const struct mapping *mapping, const unsigned long long *out)
{
	const char *separator = "";

	fprintf(stream, "%-14lx %-6s", mapping->start, mapping_kind_names[mapping->kind]);
	if (out)
		process_size(stream, 8, *out);
	process_size(stream, 8, mapping_resident(mapping));
	fprintf(stream, "  %-18s ", mapping->policy);
	for (unsigned i = 0; i < mapping->nodes; i++) {
		char text[UTIL_SIZE];

		fprintf(stream, "%s%u: %s", separator, mapping->on[i].node,
		        util_size(mapping->on[i].count * mapping->page_size, text));
		separator = ", ";
	}
	if (!mapping->nodes)
		putc('-', stream);
	if (mapping->file) {
		fprintf(stream, "  ");
		value_text(stream, mapping->file);
	}
	putc('\n', stream);
}

void process_mapping_json(const struct mapping *mapping, const unsigned long long *out)
{
	printf("{ \"start\": \"%lx\", \"kind\": \"%s\", ", mapping->start,
	       mapping_kind_names[mapping->kind]);
	if (out)
		printf("\"out\": %llu, ", *out);
	printf("\"bytes\": %llu, \"page_size\": %lu, \"policy\": ", mapping_resident(mapping),
	       mapping->page_size);
	json_string(mapping->policy);
	printf(", \"nodes\": [");
	for (unsigned i = 0; i < mapping->nodes; i++)
		printf("%s{ \"id\": %u, \"bytes\": %llu }", i ? ", " : "", mapping->on[i].node,
		       (unsigned long long)mapping->on[i].count * mapping->page_size);
	printf("], \"file\": ");
	if (mapping->file)
		json_string(mapping->file);
	else
		printf("null");
	printf(" }");
}

static int count_policy(struct view *view, const struct mapping *mapping)
{
	struct use *larger;
	size_t i = 0;

	while (i < view->uses && strcmp(view->use[i].policy, mapping->policy) != 0)
		i++;
	if (i == view->uses) {
		larger = reallocarray(view->use, view->uses + 1, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		view->use = larger;
		larger[i] = (struct use){ .policy = strdup(mapping->policy) };
		if (!larger[i].policy)
			return -ENOMEM;
		view->uses++;
	}
	view->use[i].mappings++;
	view->use[i].bytes += mapping_resident(mapping);
	return 0;
}

static int count_mapping(struct view *view, const struct mapping *mapping, FILE *lines)
{
	for (unsigned i = 0; i < mapping->nodes; i++)
		if (mapping->on[i].node < MAPPING_NODES)
			view->on[mapping->on[i].node][mapping->kind] +=
				mapping->on[i].count * mapping->page_size;
	if (lines)
		process_mapping(lines, mapping, NULL);
	return count_policy(view, mapping);
}

static int read_mappings(const struct process *process, struct view *view, bool with_lines)
{
	struct mapping_reader *reader;
	struct mapping mapping;
	size_t size;
	FILE *lines = with_lines ? open_memstream(&view->lines, &size) : NULL;
	int got = with_lines && !lines ? -ENOMEM : mapping_open(process->directory, 0, &reader);

	if (!got) {
		while ((got = mapping_next(reader, &mapping)) > 0) {
			int error = count_mapping(view, &mapping, lines);

			if (error) {
				got = error;
				break;
			}
		}
		mapping_close(reader);
	}
	if (lines && fclose(lines) && !got)
		got = -ENOMEM;
	return got == -ENOENT ? -ESRCH : got;
}

static int count_thread(struct view *view, pid_t thread, const struct idset *cpus)
{
	struct group *larger;
	size_t i = 0;

	view->threads++;
	while (i < view->groups && !idset_equal(&view->group[i].cpus, cpus))
		i++;
	if (i == view->groups) {
		larger = reallocarray(view->group, view->groups + 1, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		view->group = larger;
		larger[view->groups++] = (struct group){ .cpus = *cpus, .first = thread };
	}
	view->group[i].count++;
	return 0;
}

static int read_threads(const struct process *process, struct view *view)
{
	pid_t *threads;
	long count = process_threads(process, &threads);
	int error = 0;

	if (count < 0)
		return (int)count;
	for (long i = 0; i < count && !error; i++) {
		struct process_status status;

		error = process_thread_status(process, threads[i], &status);
		/* A thread that has ended meanwhile is none. */
		if (!error)
			error = count_thread(view, threads[i], &status.cpus);
		else if (error == -ESRCH)
			error = 0;
	}
	free(threads);
	return error;
}

static void free_view(struct view *view)
{
	for (size_t i = 0; i < view->uses; i++)
		free(view->use[i].policy);
	free(view->use);
	free(view->group);
	free(view->lines);
	free(view);
}

static unsigned long long total_on(const struct view *view, unsigned id)
{
	unsigned long long total = 0;

	for (int kind = 0; kind < MAPPING_KINDS; kind++)
		total += view->on[id][kind];
	return total;
}

static void print_nodes(const struct view *view)
{
	unsigned long long sum[MAPPING_KINDS + 1] = { 0 };

	printf("\n%5s", "node");
	for (int kind = 0; kind < MAPPING_KINDS; kind++)
		printf(" %8s", mapping_kind_names[kind]);
	printf(" %8s\n", "total");
	for (unsigned id = 0; id < MAPPING_NODES; id++) {
		unsigned long long total = total_on(view, id);

		if (!total)
			continue;
		printf("%5u", id);
		for (int kind = 0; kind < MAPPING_KINDS; kind++) {
			sum[kind] += view->on[id][kind];
			process_size(stdout, 9, view->on[id][kind]);
		}
		sum[MAPPING_KINDS] += total;
		process_size(stdout, 9, total);
		putchar('\n');
	}
	printf("total");
	for (int i = 0; i <= MAPPING_KINDS; i++)
		process_size(stdout, 9, sum[i]);
	putchar('\n');
}

static void print_view(const struct process *process, const struct topology *topology,
                       const struct view *view)
{
	static char list[IDSET_TEXT];

	printf("process %d (", (int)process->pid);
	value_text(stdout, process->status.name);
	printf("), %zu thread%s", view->threads, view->threads == 1 ? "" : "s");
	if (process->status.inner && process->status.inner != (unsigned long)process->pid)
		printf("; %lu in its own pid namespace", process->status.inner);
	for (size_t i = 0; i < view->groups; i++) {
		const struct group *group = &view->group[i];

		printf("\n%-15s%s", i ? "" : "CPUs:", idset_text(&group->cpus, list));
		if (group->count < view->threads)
			printf(" (%u thread%s, %s%d)", group->count, group->count == 1 ? "" : "s",
			       group->count == 1 ? "" : "the first ", (int)group->first);
	}
	printf("\nallowed nodes: %s\n", idset_text(&topology->allowed_nodes, list));
	for (size_t i = 0; i < view->uses; i++) {
		char size[UTIL_SIZE];

		printf("%-15s%s (%lu mapping%s, %s)\n", i ? "" : "policy:", view->use[i].policy,
		       view->use[i].mappings, view->use[i].mappings == 1 ? "" : "s",
		       util_size(view->use[i].bytes, size));
	}
	print_nodes(view);
	if (view->lines) {
		putchar('\n');
		process_mapping_heading(stdout, false);
		fputs(view->lines, stdout);
	}
}

static void json_threads(const struct view *view)
{
	printf(",\n  \"threads\": [");
	for (size_t i = 0; i < view->groups; i++) {
		printf("%s{ \"count\": %u, \"first\": %d, \"cpus\": ", i ? ", " : "",
		       view->group[i].count, (int)view->group[i].first);
		json_set(&view->group[i].cpus);
		printf(" }");
	}
	printf("]");
}

static void json_policies(const struct view *view)
{
	printf(",\n  \"policies\": [");
	for (size_t i = 0; i < view->uses; i++) {
		printf("%s{ \"policy\": ", i ? ", " : "");
		json_string(view->use[i].policy);
		printf(", \"mappings\": %lu, \"bytes\": %llu }", view->use[i].mappings,
		       view->use[i].bytes);
	}
	printf("]");
}

static void json_nodes(const struct view *view)
{
	const char *separator = "";

	printf(",\n  \"nodes\": [");
	for (unsigned id = 0; id < MAPPING_NODES; id++) {
		unsigned long long total = total_on(view, id);

		if (!total)
			continue;
		printf("%s\n    { \"id\": %u", separator, id);
		for (int kind = 0; kind < MAPPING_KINDS; kind++)
			printf(", \"%s\": %llu", mapping_kind_names[kind], view->on[id][kind]);
		printf(", \"total\": %llu }", total);
		separator = ",";
	}
	printf(" ]");
}

/* Read once more: a list of objects need not agree with the sums to the page. */
static void json_mappings(const struct process *process)
{
	struct mapping_reader *reader;
	struct mapping mapping;
	const char *separator = "";

	printf(",\n  \"mappings\": ");
	if (mapping_open(process->directory, 0, &reader)) {
		printf("null");
		return;
	}
	putchar('[');
	while (mapping_next(reader, &mapping) > 0) {
		printf("%s\n    ", separator);
		process_mapping_json(&mapping, NULL);
		separator = ",";
	}
	mapping_close(reader);
	printf(" ]");
}

static void json_view(const struct process *process, const struct topology *topology,
                      const struct view *view, bool mappings)
{
	printf("{ \"pid\": %d, \"name\": ", (int)process->pid);
	json_string(process->status.name);
	printf(",\n  \"allowed_nodes\": ");
	json_set(&topology->allowed_nodes);
	json_threads(view);
	json_policies(view);
	json_nodes(view);
	if (mappings)
		json_mappings(process);
	printf(" }");
}

int process_show(const struct process *process, const struct topology *topology, bool mappings,
                 enum process_style style, const char *before)
{
	struct view *view = calloc(1, sizeof(*view));
	int error = view ? read_threads(process, view) : -ENOMEM;

	if (!error)
		error = read_mappings(process, view, mappings && style == PROCESS_TEXT);
	/* A process that ends has no mappings any more, which is no error of the file's. */
	if (!error && process_is_gone(process))
		error = -ESRCH;
	if (!error)
		printf("%s", before);
	if (!error && style == PROCESS_JSON)
		json_view(process, topology, view, mappings);
	else if (!error)
		print_view(process, topology, view);
	if (view)
		free_view(view);
	return error;
}
