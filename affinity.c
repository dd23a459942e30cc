#include "affinity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kernel.h"
#include "lib/process.h"
#include "lib/util.h"
#include "placement.h"
#include "refusal.h"
#include "spec.h"
#include "target.h"
#include "topology.h"

/* Times that threads are listed anew: each sees those that the ones before have started. */
#define ROUNDS 100

/* CPU is outside of what the kernel allows: only --all and the name numactl come to that. */
static void refuse_cpu(const struct placement *placement, struct topology *topology, int cpu)
{
	struct spec_scope scope = { .kind = SPEC_CPUS, .all = true };
	static char sentence[REFUSAL_SENTENCE];

	placement_load(topology, TOPOLOGY_ABSENT);
	refusal_of_id(&scope, (unsigned)cpu, topology, sentence);
	placement_refuse(placement->best_effort, "sched_setaffinity: %s", sentence);
}

static const char *why_refused(const struct topology *topology)
{
	return process_is_filtered(topology->root) ? ": blocked by a seccomp filter" : "";
}

/* The kernel sets what is asked for within the cpuset and drops the rest without a word. */
static void check_affinity(const struct placement *placement, struct topology *topology)
{
	struct idset cpus, lost, extra;
	int error = kernel_get_affinity(0, &cpus);

	if (error) {
		placement_refuse(placement->best_effort, "sched_getaffinity: %s%s",
		                 strerror(-error), why_refused(topology));
		return;
	}
	extra = idset_minus(&cpus, &placement->cpus);
	if (!idset_empty(&extra)) {
		char list[IDSET_TEXT];

		placement_refuse(placement->best_effort,
		                 "sched_setaffinity: it may run on CPUs %s all the same",
		                 idset_text(&extra, list));
		return;
	}
	lost = idset_minus(&placement->cpus, &cpus);
	if (idset_empty(&lost) || (placement->clip_cpus && !idset_empty(&cpus)))
		return;
	refuse_cpu(placement, topology, idset_next(&lost, 0));
}

void affinity_apply(const struct placement *placement, struct topology *topology)
{
	int error;

	if (!placement->has_cpus)
		return;
	error = kernel_set_affinity(0, &placement->cpus);
	if (error == -EINVAL)
		refuse_cpu(placement, topology, idset_next(&placement->cpus, 0));
	else if (error)
		placement_refuse(placement->best_effort, "sched_setaffinity: %s%s%s",
		                 strerror(-error), why_refused(topology),
		                 placement->best_effort ? "" : "; --best-effort runs without it");
	else if (!kernel_is_closed())
		check_affinity(placement, topology);
}

int affinity_read(const struct process *process, struct idset *cpus)
{
	struct idset found = { 0 };
	pid_t *threads;
	long count = process_threads(process, &threads);

	if (count < 0)
		return (int)count;
	for (long i = 0; i < count; i++) {
		struct process_status status;

		int error = process_thread_status(process, threads[i], &status);

		/* A thread that has ended meanwhile runs nowhere. */
		if (!error) {
			found = idset_or(&found, &status.cpus);
		} else if (error != -ESRCH) {
			free(threads);
			return error;
		}
	}
	free(threads);
	if (idset_empty(&found))
		return -ESRCH;
	*cpus = found;
	return 0;
}

/*
 * 1 where its CPUs were set, 0 where they were right or the thread has ended, or -errno: -ERANGE
 * where the kernel set others.
 */
static int bind_thread(const struct process *process, pid_t thread, const struct idset *cpus)
{
	struct process_status status;
	struct idset set;
	int error = process_thread_status(process, thread, &status);

	if (error == -ESRCH || (!error && status.has_cpus && idset_equal(&status.cpus, cpus)))
		return 0;
	error = kernel_set_affinity(thread, cpus);
	if (error == -ESRCH)
		return 0;
	if (error || kernel_is_closed())
		return error;
	/* It sets what is asked for within the cpuset, and drops the rest without a word. */
	error = kernel_get_affinity(thread, &set);
	if (error)
		return error == -ESRCH ? 0 : error;
	return idset_equal(&set, cpus) ? 1 : -ERANGE;
}

static int say_unbound(const struct process *process, pid_t thread, int error)
{
	char name[TARGET_NAME], sentence[TARGET_RIGHTS] = "";

	if (error == -EPERM)
		target_rights(process, sentence);
	if (error == -ERANGE)
		snprintf(sentence, sizeof(sentence), "its cpuset does not allow all of these CPUs");
	if (error == -EAGAIN)
		snprintf(sentence, sizeof(sentence),
		         "it starts threads faster than they are bound");
	util_warn("sched_setaffinity: thread %d of %s: %s", (int)thread, target_name(process, name),
	          *sentence ? sentence : strerror(-error));
	return error;
}

/* Each round finds the threads that those of the round before started while they were unbound. */
int affinity_bind(const struct process *process, const struct placement *placement,
                  bool *is_changed)
{
	for (int round = 0; round < ROUNDS; round++) {
		pid_t *threads;
		long count = process_threads(process, &threads);
		int bound = 0;

		if (count <= 0 || process_is_gone(process)) {
			if (count >= 0)
				free(threads);
			if (count >= 0 || process_is_gone(process))
				return -ESRCH;
			return say_unbound(process, process->pid, (int)count);
		}
		for (long i = 0; i < count; i++) {
			int result = bind_thread(process, threads[i], &placement->cpus);

			if (result < 0) {
				pid_t thread = threads[i];

				free(threads);
				return say_unbound(process, thread, result);
			}
			bound += result;
			*is_changed |= result > 0;
		}
		free(threads);
		if (!bound)
			return 0;
	}
	return say_unbound(process, process->pid, -EAGAIN);
}
