/* A run on this machine: buffers on their node, threads on their CPUs, each in its part. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/chase.h"
#include "lib/kernel.h"
#include "lib/stream.h"
#include "probe.h"

#define LENGTH (4UL << 20)
#define DURATION 2000000ULL

static struct probe_buffer buffer;
static struct idset cpus;

/* A container may forbid the calls. */
static void map(void)
{
	struct idset nodes;
	const char *call;
	int error;

	if (kernel_allowed_nodes(&nodes) || kernel_try_mempolicy(MPOL_BIND, &nodes))
		skip();
	assert_int_equal(kernel_get_affinity(0, &cpus), 0);
	error = probe_map((unsigned)idset_next(&nodes, 0), LENGTH, true, &buffer, &call);
	assert_int_equal(error, 0);
}

static void on_its_node(void **state)
{
	struct probe_where where;
	int mode;
	struct idset nodes;

	(void)state;
	map();
	assert_int_equal((uintptr_t)buffer.start % (2UL << 20), 0);
	assert_int_equal(kernel_policy_at(buffer.start, &mode, &nodes), 0);
	assert_int_equal(mode, MPOL_PREFERRED);
	assert_int_equal(idset_count(&nodes), 1);
	assert_true(idset_has(&nodes, buffer.node));
	assert_int_equal(probe_locate(&buffer, &where), 0);
	assert_true(where.asked > 0 && where.asked <= LENGTH / 4096);
	assert_int_equal(where.on_node, where.asked);
	assert_int_equal(where.other, -1);
	assert_true(buffer.huge == PROBE_UNKNOWN ||
	            (buffer.huge >= 0 && buffer.huge <= (long long)LENGTH));
	probe_unmap(&buffer);
}

/* Pages that are not of the node that is claimed are told from those that are. */
static void on_another_node(void **state)
{
	struct probe_where where;

	(void)state;
	map();
	buffer.node += 1;
	assert_int_equal(probe_locate(&buffer, &where), 0);
	assert_int_equal(where.on_node, 0);
	assert_int_equal(where.other, buffer.node - 1);
	buffer.node -= 1;
	probe_unmap(&buffer);
}

static void threads_at_once(void **state)
{
	struct probe_task tasks[2];
	struct idset after;

	(void)state;
	map();
	for (int i = 0; i < 2; i++)
		tasks[i] = (struct probe_task){ .cpu = (unsigned)idset_next(&cpus, 0),
			                        .kind = STREAM_WRITE,
			                        .load = 100,
			                        .start = buffer.start + (size_t)i * LENGTH / 2,
			                        .length = LENGTH / 2 };
	assert_int_equal(probe_run(tasks, 2, DURATION), 0);
	for (int i = 0; i < 2; i++) {
		assert_true(tasks[i].count > 0);
		assert_int_equal(tasks[i].count % STREAM_STEP, 0);
		assert_true(tasks[i].elapsed > 0);
	}
	/* Those of this thread are as they were. */
	assert_int_equal(kernel_get_affinity(0, &after), 0);
	assert_true(idset_equal(&after, &cpus));
	probe_unmap(&buffer);
}

static void a_chase_goes_on(void **state)
{
	uint32_t next[LENGTH / CHASE_LINE / 16];
	size_t count = sizeof(next) / sizeof(next[0]);
	struct probe_task task;

	(void)state;
	map();
	chase_order(next, count);
	chase_lay(buffer.start, next, count);
	task = (struct probe_task){ .cpu = (unsigned)idset_next(&cpus, 0),
		                    .chases = true,
		                    .start = buffer.start };
	for (int i = 0; i < 3; i++) {
		void *before = task.start;

		assert_int_equal(probe_run(&task, 1, DURATION), 0);
		assert_true(task.count > 0);
		assert_ptr_equal(task.start, chase_run(before, task.count));
	}
	probe_unmap(&buffer);
}

static void a_cpu_that_is_not_there(void **state)
{
	struct probe_task tasks[2];

	(void)state;
	map();
	for (int i = 0; i < 2; i++)
		tasks[i] = (struct probe_task){ .cpu = i ? IDSET_MAX - 1
			                                 : (unsigned)idset_next(&cpus, 0),
			                        .kind = STREAM_READ,
			                        .load = 100,
			                        .start = buffer.start,
			                        .length = LENGTH };
	assert_int_equal(probe_run(tasks, 2, DURATION), -EINVAL);
	probe_unmap(&buffer);
}

/* The last one: it cannot be taken back. */
static void stopped(void **state)
{
	struct probe_task task;
	const char *call;

	(void)state;
	map();
	task = (struct probe_task){ .cpu = (unsigned)idset_next(&cpus, 0),
		                    .kind = STREAM_READ,
		                    .load = 1,
		                    .start = buffer.start,
		                    .length = LENGTH };
	assert_false(probe_is_stopped());
	probe_stop();
	assert_true(probe_is_stopped());
	/* An hour, if it were not. */
	assert_int_equal(probe_run(&task, 1, 3600000000000ULL), 0);
	probe_unmap(&buffer);
	assert_int_equal(probe_map(buffer.node, LENGTH, true, &buffer, &call), -EINTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_its_node),
		cmocka_unit_test(on_another_node),
		cmocka_unit_test(threads_at_once),
		cmocka_unit_test(a_chase_goes_on),
		cmocka_unit_test(a_cpu_that_is_not_there),
		cmocka_unit_test(stopped),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
