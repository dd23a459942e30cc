#include "confine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cgroup.h"
#include "lib/cgroupfs.h"
#include "lib/kernel.h"
#include "lib/mapping.h"
#include "lib/process.h"
#include "lib/util.h"
#include "narration.h"
#include "obstacle.h"
#include "placement.h"
#include "report/cgroup.h"
#include "report/show.h"
#include "request.h"
#include "room.h"
#include "spec.h"
#include "topology.h"

static char sentence[OBSTACLE_SENTENCE];

/* What is done, and with what. */
struct change {
	const struct request *request;
	struct topology *topology;
	struct cgroup cgroup;
	struct placement placement;
	bool wanted[2], written[2], partial;
	struct idset sets[2];
	char *old[2]; /* texts, to be put back; owned */
	struct cgroup_report report;
};

static void read_sets(int root, const struct cgroup *cgroup, struct cgroup_view *view)
{
	for (enum cgroup_what what = 0; what < 2; what++) {
		struct cgroup_sets *sets = &view->sets[what];

		sets->known = !cgroup_read_set(root, cgroup, what, &sets->set);
		sets->effective_known =
			!cgroup_read_effective(root, cgroup, what, &sets->effective);
	}
}

/* What has ended meanwhile, and kernel threads, have no memory. */
static int count_process(pid_t pid, struct cgroup_view *view, struct cgroup_report *report)
{
	struct mapping_reader *reader;
	struct process process;
	struct mapping mapping;
	int error = process_open(pid, &process);

	if (error)
		return error == -ESRCH ? 0 : error;
	error = mapping_open(process.directory, MAPPING_ENDS, &reader);
	if (!error) {
		while ((error = mapping_next(reader, &mapping)) > 0) {
			for (unsigned i = 0; i < mapping.nodes && !mapping.special; i++) {
				unsigned long long bytes = mapping.on[i].count * mapping.page_size;

				view->node[mapping.on[i].node] += bytes;
				if (!report->nodes || idset_has(report->nodes, mapping.on[i].node))
					continue;
				if (mapping.kind == MAPPING_FILE)
					report->files += bytes;
				else
					report->stayed += bytes;
			}
		}
		mapping_close(reader);
	}
	if (error && process_is_gone(&process))
		error = 0;
	process_close(&process);
	return error == -ESRCH ? 0 : error;
}

/* Sums what numa_maps says of all processes; what two of them share is counted with each. */
static void count_memory(struct change *change, struct cgroup_view *view)
{
	struct cgroup_report *report = &change->report;
	pid_t *pids;
	size_t unread = 0;
	long count = cgroupfs_processes(change->topology->root, &change->cgroup, true, &pids);

	report->stayed = report->files = 0;
	if (count < 0)
		util_die(util_failure, "--cgroup=%s: cgroup.procs: %s", change->request->cgroup,
		         util_reason((int)count));
	report->ids = MAPPING_NODES;
	report->members = count;
	view->node = calloc(MAPPING_NODES, sizeof(*view->node));
	if (!view->node)
		util_die(util_failure, "%s", strerror(errno));
	for (long i = 0; i < count; i++) {
		if (pids[i] == getpid())
			report->members--;
		else
			unread += !pids[i] || count_process(pids[i], view, report);
	}
	free(pids);
	if (unread)
		util_warn("--cgroup=%s: the memory of %zu of its %ld processes cannot be looked at",
		          change->request->cgroup, unread, count);
}

/* Returns only where --best-effort can do without. */
static void refuse(struct change *change, const char *text)
{
	if (!change->request->best_effort)
		util_die(util_failure, "--cgroup=%s: %s", change->request->cgroup, text);
	util_warn("--cgroup=%s: %s; going on with the rest", change->request->cgroup, text);
	change->partial = true;
}

/* What of the request a cpuset can have, and this one may be given. */
static void check_obstacles(struct change *change)
{
	const struct request *request = change->request;

	change->wanted[CGROUP_MEMS] = request->mode == MPOL_BIND;
	change->wanted[CGROUP_CPUS] =
		request->cpunodebind || request->physcpubind || request->one_per_core;
	for (enum cgroup_what what = 0; what < 2; what++) {
		if (!change->wanted[what] ||
		    !obstacle_check(change->topology->root, &change->cgroup, (int)what, sentence))
			continue;
		refuse(change, sentence);
		change->wanted[what] = false;
	}
}

/* Its own cpuset does not limit what it can be set to, but that of the one above does. */
static void resolve(struct change *change)
{
	static struct cgroup parent;

	change->report.path = change->cgroup.path;
	if (cgroupfs_parent(&change->cgroup, &parent))
		change->topology->cgroup = &parent;
	placement_resolve(change->request, change->topology, &change->placement);
	change->wanted[CGROUP_MEMS] &= change->placement.mode == MPOL_BIND;
	change->sets[CGROUP_MEMS] = change->placement.nodes;
	change->wanted[CGROUP_CPUS] &= change->placement.has_cpus;
	change->sets[CGROUP_CPUS] = change->placement.cpus;
	if (change->request->verbose)
		show_choices(&change->placement, change->topology);
	if (!change->wanted[0] && !change->wanted[1])
		util_die(util_failure, "nothing of the placement can be applied");
}

static void put_back(struct change *change, enum cgroup_what what)
{
	const char *file = cgroup_file(&change->cgroup, what);
	char text[64];
	int error = cgroupfs_write(change->topology->root, &change->cgroup, file,
	                           *change->old[what] ? change->old[what] : "\n");

	change->written[what] = false;
	snprintf(text, sizeof(text), "%s", error ? strerror(-error) : "as it was before");
	util_warn("%s of %s: %s%s", file, change->cgroup.path,
	          error ? "cannot be put back: " : "put back ", text);
}

/* What was written is put back; returns only under --best-effort. */
static void fail_write(struct change *change, const char *text)
{
	if (!change->request->best_effort)
		for (enum cgroup_what what = 0; what < 2; what++)
			if (change->written[what])
				put_back(change, what);
	refuse(change, text);
}

static void write_set(struct change *change, enum cgroup_what what)
{
	int root = change->topology->root;
	const char *file = cgroup_file(&change->cgroup, what);
	int error = cgroupfs_read(root, &change->cgroup, file, &change->old[what]);

	if (!error)
		error = cgroupfs_write_set(root, &change->cgroup, file, &change->sets[what]);
	change->written[what] = !error;
	if (error) {
		obstacle_explain(root, &change->cgroup, file, error, sentence);
		fail_write(change, sentence);
	}
}

static void check_force(struct change *change)
{
	for (enum cgroup_what what = 0; what < 2; what++)
		if (change->written[what] &&
		    obstacle_check_force(change->topology->root, &change->cgroup, (int)what,
		                         &change->sets[what], sentence))
			fail_write(change, sentence);
}

static void plan(struct change *change)
{
	struct cgroup_report *report = &change->report;

	report->planned = true;
	for (enum cgroup_what what = 0; what < 2; what++) {
		report->after.sets[what] = report->before.sets[what];
		if (!change->wanted[what])
			continue;
		report->after.sets[what] = (struct cgroup_sets){ .known = true,
			                                         .effective_known = true,
			                                         .set = change->sets[what],
			                                         .effective = change->sets[what] };
	}
}

static void find(const struct request *request, int root, struct cgroup *cgroup)
{
	if (obstacle_find(root, request->cgroup, cgroup, sentence))
		util_die(util_failure, "--cgroup=%s: %s", request->cgroup, sentence);
}

static void apply(struct change *change)
{
	narration_tell(change->request->dry_run, change->request->verbose);
	if (change->wanted[CGROUP_MEMS])
		room_make(change->request, change->topology, &change->placement, NULL);
	/* Memory first: what is allocated while CPUs change is then where it belongs. */
	if (change->wanted[CGROUP_MEMS])
		write_set(change, CGROUP_MEMS);
	if (change->wanted[CGROUP_CPUS])
		write_set(change, CGROUP_CPUS);
	if (kernel_is_closed()) {
		plan(change);
		return;
	}
	check_force(change);
	read_sets(change->topology->root, &change->cgroup, &change->report.after);
	/* From now on a report that does not get out is none of nothing done. */
	util_failure = 1;
	count_memory(change, &change->report.after);
}

int confine(const struct request *request, struct topology *topology)
{
	static struct change change;
	struct cgroup_report *report = &change.report;

	change.request = request;
	change.topology = topology;
	find(request, topology->root, &change.cgroup);
	check_obstacles(&change);
	resolve(&change);
	read_sets(topology->root, &change.cgroup, &report->before);
	report->members = -1;
	if (!topology->foreign)
		count_memory(&change, &report->before);
	if (change.wanted[CGROUP_MEMS])
		report->nodes = &change.placement.nodes;
	apply(&change);
	if (request->json)
		cgroup_bound_json(report);
	else
		cgroup_bound_text(report);
	request_close_stdout();
	for (enum cgroup_what what = 0; what < 2; what++)
		free(change.old[what]);
	free(report->before.node);
	free(report->after.node);
	return change.partial || report->stayed ? 1 : 0;
}

void confine_show(const struct request *request)
{
	static struct cgroup cgroup;
	static struct cgroup_report report;
	size_t unseen;
	pid_t *pids;
	long count;

	find(request, UTIL_HERE, &cgroup);
	read_sets(UTIL_HERE, &cgroup, &report.before);
	report.path = cgroup.path;
	/* Those that are shown. */
	count = obstacle_processes(request->cgroup, &pids, &unseen, sentence);
	report.members = count < 0 ? -1 : count + (long)unseen;
	if (count >= 0)
		free(pids);
	if (request->json)
		cgroup_show_json(&report);
	else
		cgroup_show_text(&report);
}
