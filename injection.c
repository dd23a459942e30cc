#include "injection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impediment.h"
#include "lib/idset.h"
#include "lib/inject.h"
#include "lib/kernel.h"
#include "lib/process.h"
#include "lib/util.h"
#include "placement.h"
#include "policy.h"
#include "target.h"
#include "topology.h"

/* Over all threads; where they are started faster than they are reached there is no end. */
#define ROUNDS 200

/*
 * In a row, in each of which all that were there had the policy. One were enough, as what a thread
 * starts has it too; but the kernel's list of threads may miss one when others end.
 */
#define CLEAN_ROUNDS 2

/* Of a line of numa_maps: the address and the policy of the first mapping. */
#define SHOWN 256

/* What the threads are to do. */
struct order {
	const struct process *process;
	const struct inject_site *site;
	const struct placement *placement;
	const struct topology *topology;
	struct injection *injection; /* its threads are those of the last round that have it */
	pid_t thread;                /* the one that is stopped */
	int memory;                  /* of the program that it is set in */
	bool is_filtered;
	bool was_set;
	bool may_be_set;   /* in some thread: it made the call, and what came of it is not known */
	char shown[SHOWN]; /* what numa_maps has for a thread with the policy, "" where not known */
};

/*
 * What numa_maps shows as the policy of a program's text, which is the thread's own where that
 * mapping has none. A short read makes the kernel walk this mapping alone. "" where it is not
 * there, as of a thread that has ended.
 */
static void read_shown(const struct process *process, pid_t thread, char shown[SHOWN])
{
	char path[64], *end;
	ssize_t length;
	int fd;

	*shown = '\0';
	snprintf(path, sizeof(path), "task/%d/numa_maps", (int)thread);
	fd = openat(process->directory, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = read(fd, shown, SHOWN - 1);
	close(fd);
	shown[length > 0 ? length : 0] = '\0';
	end = strstr(shown, " file=");
	if (end)
		*end = '\0';
	else
		*shown = '\0';
}

/*
 * Whether one that was started meanwhile has the policy of the one that started it. A thread that
 * ends loses its policy behind its memory, and "default" is shown: where there is memory still, it
 * had the one shown.
 */
static bool shows_policy(const struct order *order, pid_t thread)
{
	char shown[SHOWN];

	if (!*order->shown)
		return false;
	read_shown(order->process, thread, shown);
	if (strcmp(shown, order->shown) != 0)
		return false;
	if (order->placement->mode == MPOL_DEFAULT)
		read_shown(order->process, thread, shown);
	return *shown;
}

/* In the stopped thread. */
static int has_policy(struct inject *inject, const struct order *order, bool *has)
{
	struct idset nodes;
	int mode, error = kernel_get_mempolicy_in(inject, &mode, &nodes);

	if (!error)
		*has = policy_is(order->placement, order->topology, mode, &nodes);
	return error;
}

/* As long as it is stopped it does not end, and numa_maps has its own. */
static int set_policy(struct inject *inject, struct order *order)
{
	const struct placement *placement = order->placement;
	struct idset mask = policy_mask(placement, order->topology);
	char before[SHOWN] = "";
	int error;

	if (!*order->shown)
		read_shown(order->process, order->thread, before);
	error = kernel_set_mempolicy_in(inject, order->thread, placement->mode | placement->flags,
	                                &mask);
	order->may_be_set |= error && error != -ESRCH && inject_is_open(inject);
	if (error)
		return error;
	order->was_set = true;
	order->injection->set++;
	if (*before)
		read_shown(order->process, order->thread, order->shown);
	/* A mapping with a policy of its own shows no thread's. */
	if (!strcmp(before, order->shown))
		*order->shown = '\0';
	return 0;
}

static int obey(struct inject *inject, void *argument)
{
	struct order *order = argument;
	bool has;
	int error = order->is_filtered ? inject_mind_filters(inject) : 0;

	if (!error)
		error = has_policy(inject, order, &has);
	if (error || has)
		return error;
	error = set_policy(inject, order);
	if (!error)
		error = has_policy(inject, order, &has);
	return error ? error : has ? 0 : -EPROTO;
}

static const char *why_failed(int error)
{
	switch (error) {
	case -ENOENT: return INJECT_NO_CODE;
	case -EPERM: return "it may not be traced any more";
	case -EBUSY: return "it was stopped meanwhile (kill -CONT lets it go on)";
	case -ETIMEDOUT: return "it does not stop: it waits uninterruptibly, or is frozen";
	case -ENOEXEC: return "it runs 32-bit code";
	case -EFAULT: return "there is no room below its stack, or its code has changed";
	case -EUSERS: return "its system calls are dispatched to a handler of its own";
	case -EOPNOTSUPP: return "the state of its vector unit is not known to numaplace";
	case -EACCES: return "its seccomp filter does not let set_mempolicy through";
	case -EPROTO: return "it has another policy than it has set: its cpuset may have changed";
	case -EDQUOT: return INJECT_NO_THREAD;
	case -EAGAIN: return "signals keep it from calling, or it starts threads too fast";
	default: return strerror(-error);
	}
}

/* What is executed in the midst of it makes all else look wrong. */
static bool has_executed(const struct order *order)
{
	char name[TARGET_NAME];

	if (!process_left_memory(order->memory) || process_is_gone(order->process))
		return false;
	util_warn("--inject: %s: it has started another program meanwhile: try again",
	          target_name(order->process, name));
	return true;
}

static int say_failed(const struct order *order, pid_t thread, int error)
{
	char name[TARGET_NAME];

	if (error != -ESRCH && !has_executed(order))
		util_warn("--inject: thread %d of %s: %s", (int)thread,
		          target_name(order->process, name), why_failed(error));
	return error;
}

static int say_unless_gone(const struct order *order, int error)
{
	return process_is_gone(order->process) ? -ESRCH
	                                       : say_failed(order, order->process->pid, error);
}

enum { HAD, WAS_SET, ENDED };

/* One of these, or -errno. */
static int inject_thread(struct order *order)
{
	const struct process *process = order->process;
	char sentence[IMPEDIMENT_TEXT], name[TARGET_NAME];
	struct process_status status = { 0 };
	int error;

	order->was_set = false;
	if (impediment_of_thread(process, order->thread, &status, sentence)) {
		if (!has_executed(order))
			util_warn("--inject: %s: %s", target_name(process, name), sentence);
		return -ECANCELED;
	}
	order->is_filtered = status.seccomp > 0;
	error = inject_hold(order->thread, order->site, obey, order, &order->injection->longest);
	if (!error)
		return order->was_set ? WAS_SET : HAD;
	/* A thread that is just ending may not be traced either. */
	if (error == -ESRCH ||
	    impediment_has_ended(process_thread_status(process, order->thread, &status), &status))
		return ENDED;
	return error;
}

/* Those of a round that are known to have the policy take the place of those before. */
static int go_through(struct order *order, const pid_t *listed, size_t count, pid_t *have)
{
	struct injection *injection = order->injection;
	bool is_clean = true;
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		int result = HAD;

		order->thread = listed[i];
		if (!injection->threads ||
		    (!bsearch(&listed[i], injection->thread, injection->threads, sizeof(*listed),
		              process_compare_ids) &&
		     !shows_policy(order, listed[i])))
			result = inject_thread(order);
		if (result < 0)
			return result;
		if (result != ENDED)
			have[length++] = listed[i];
		is_clean &= result == HAD;
	}
	free(injection->thread);
	injection->thread = have;
	injection->threads = length;
	return is_clean;
}

/*
 * Over all threads. 1 where all had the policy; 0 where some set it, or ended before that was seen:
 * what these have started is not in the list, and has what they had. Or -errno.
 */
static int run_round(void *argument)
{
	struct order *order = argument;
	pid_t *listed, *have;
	long count = process_threads(order->process, &listed);
	int result;

	if (count <= 0 || process_is_gone(order->process)) {
		if (count >= 0)
			free(listed);
		return count >= 0 || process_is_gone(order->process) ? -ESRCH : (int)count;
	}
	have = calloc((size_t)count, sizeof(*have));
	order->injection->rounds++;
	result = have ? go_through(order, listed, (size_t)count, have) : -ENOMEM;
	if (result < 0)
		free(have);
	free(listed);
	return result;
}

static int run_rounds(struct order *order)
{
	int clean = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int result = inject_trace(run_round, order);

		/* An impediment has been said. */
		if (result < 0)
			return result == -ECANCELED ? result
			                            : say_failed(order, order->thread, result);
		clean = result ? clean + 1 : 0;
		if (clean == CLEAN_ROUNDS)
			return 0;
	}
	return say_failed(order, order->process->pid, -EAGAIN);
}

static int plan(const struct order *order)
{
	const struct placement *placement = order->placement;
	struct injection *injection = order->injection;
	struct idset mask = policy_mask(placement, order->topology);
	long count = process_threads(order->process, &injection->thread);

	if (count <= 0)
		return say_unless_gone(order, count ? (int)count : -ESRCH);
	injection->threads = (size_t)count;
	for (long i = 0; i < count; i++)
		kernel_set_mempolicy_in(NULL, injection->thread[i],
		                        placement->mode | placement->flags, &mask);
	return 0;
}

/* Finds where a call can be made, and has all threads make it. */
static int set_in_all(struct order *order)
{
	struct inject_site *site;
	int error = inject_find(order->process, &site);

	if (error)
		return say_unless_gone(order, error);
	order->site = site;
	error = run_rounds(order);
	free(site);
	return error;
}

int injection_run(const struct process *process, const struct placement *placement,
                  const struct topology *topology, struct injection *injection, bool *is_changed)
{
	struct order order = { .process = process,
		               .placement = placement,
		               .topology = topology,
		               .injection = injection,
		               .thread = process->pid,
		               .memory = -1 };
	int error;

	*injection = (struct injection){ .is_asked = true };
	if (kernel_is_closed())
		return plan(&order);
	order.memory = process_open_memory(process);
	error = set_in_all(&order);
	if (order.memory >= 0)
		close(order.memory);
	*is_changed |= injection->set || order.may_be_set;
	return error;
}

void injection_free(struct injection *injection)
{
	free(injection->thread);
	*injection = (struct injection){ 0 };
}
