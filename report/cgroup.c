#include "report/cgroup.h"

#include <stdio.h>

#include "lib/util.h"
#include "report/process.h"
#include "report/value.h"

static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
static const char *const keys[] = { "cpus", "mems" };

/* What stands in a file; an empty one is inherited, "-" not known. */
static const char *text_of(bool known, const struct idset *set, char list[IDSET_TEXT])
{
	if (!known)
		return "-";
	return idset_empty(set) ? "inherited" : idset_text(set, list);
}

static void print_heading(const struct cgroup_report *report)
{
	printf("cgroup ");
	value_text(stdout, report->path);
	if (report->members >= 0)
		printf(", %ld process%s", report->members, report->members == 1 ? "" : "es");
	putchar('\n');
}

void cgroup_show_text(const struct cgroup_report *report)
{
	static char list[IDSET_TEXT];

	print_heading(report);
	for (int what = 1; what >= 0; what--) {
		const struct cgroup_sets *sets = &report->before.sets[what];

		printf("%s: %s", files[what], text_of(sets->known, &sets->set, list));
		if (!sets->effective_known)
			puts("");
		else if (idset_empty(&sets->effective))
			puts(" (in force: none)");
		else
			printf(" (in force: %s)\n", idset_text(&sets->effective, list));
	}
}

static void print_row(const char *name, const char *before, const char *after)
{
	printf("%-12s  %-12s  %s\n", name, before, after);
}

static void print_sets(const struct cgroup_report *report)
{
	static char before[IDSET_TEXT], after[IDSET_TEXT];

	print_row("", "before", report->planned ? "planned" : "after");
	for (int what = 1; what >= 0; what--) {
		const struct cgroup_sets *old = &report->before.sets[what],
					 *new = &report->after.sets[what];

		print_row(files[what], text_of(old->known, &old->set, before),
		          text_of(new->known, &new->set, after));
		print_row("  in force", text_of(old->effective_known, &old->effective, before),
		          text_of(new->effective_known, &new->effective, after));
	}
}

static void print_nodes(const struct cgroup_report *report)
{
	const unsigned long long *before = report->before.node, *after = report->after.node;

	if (!before)
		return;
	printf("\n%5s %9s%s\n", "node", "before", after ? "     after" : "");
	for (unsigned i = 0; i < report->ids; i++) {
		if (!before[i] && (!after || !after[i]))
			continue;
		printf("%5u", i);
		process_size(stdout, 10, before[i]);
		if (after)
			process_size(stdout, 10, after[i]);
		putchar('\n');
	}
}

void cgroup_bound_text(const struct cgroup_report *report)
{
	char list[IDSET_TEXT], size[UTIL_SIZE];

	print_heading(report);
	print_sets(report);
	print_nodes(report);
	if (!report->nodes || !report->after.node)
		return;
	if (report->stayed)
		printf("%s stayed on other nodes than %s\n", util_size(report->stayed, size),
		       idset_text(report->nodes, list));
	if (report->files)
		printf("%s of mapped files stayed on other nodes than %s\n",
		       util_size(report->files, size), idset_text(report->nodes, list));
}

static void json_one(bool known, const struct idset *set)
{
	if (known)
		json_set(set);
	else
		printf("null");
}

static void json_sets(const struct cgroup_view *view)
{
	printf("{ ");
	for (int what = 1; what >= 0; what--) {
		const struct cgroup_sets *sets = &view->sets[what];

		printf("\"%s\": ", keys[what]);
		json_one(sets->known, &sets->set);
		printf(", \"%s_effective\": ", keys[what]);
		json_one(sets->effective_known, &sets->effective);
		printf("%s", what ? ", " : " }");
	}
}

void cgroup_show_json(const struct cgroup_report *report)
{
	printf("{ \"cgroup\": ");
	json_string(report->path);
	printf(", \"cpuset\": ");
	json_sets(&report->before);
	printf(",\n  ");
}

static void json_bytes(const unsigned long long *node, unsigned id)
{
	if (node)
		printf("%llu", node[id]);
	else
		printf("null");
}

static void json_nodes(const struct cgroup_report *report)
{
	const unsigned long long *before = report->before.node, *after = report->after.node;
	const char *separator = "";

	if (!before) {
		printf("null");
		return;
	}
	printf("[");
	for (unsigned i = 0; i < report->ids; i++) {
		if (!before[i] && (!after || !after[i]))
			continue;
		printf("%s\n    { \"id\": %u, \"before\": %llu, \"after\": ", separator, i,
		       before[i]);
		json_bytes(after, i);
		printf(" }");
		separator = ",";
	}
	printf(" ]");
}

void cgroup_bound_json(const struct cgroup_report *report)
{
	bool counted = report->nodes && report->after.node;

	printf("{ \"cgroup\": ");
	json_string(report->path);
	printf(", \"planned\": %s, \"members\": ", report->planned ? "true" : "false");
	json_number(report->members, report->members >= 0);
	printf(",\n  \"before\": ");
	json_sets(&report->before);
	printf(",\n  \"after\": ");
	json_sets(&report->after);
	printf(",\n  \"nodes\": ");
	json_nodes(report);
	printf(",\n  \"stayed\": ");
	json_number((long long)report->stayed, counted);
	printf(", \"stayed_files\": ");
	json_number((long long)report->files, counted);
	printf(" }\n");
}
