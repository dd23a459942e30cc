#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/chase.h"
#include "lib/kernel.h"
#include "lib/mapping.h"
#include "lib/stream.h"
#include "lib/util.h"

/* Of a huge page: buffers begin and end with one. It is the size on most machines. */
#define HUGE_PAGE (2UL << 20)

/* Pages that are asked for their node. */
#define ASKED 4096

/* Loads between two looks at the clock. */
#define LOADS 1024

/* From the last thread's start to the begin of a run, ns: all have to wake up. */
#define LEAD 1000000ULL

static volatile sig_atomic_t stopped;

void probe_stop(void)
{
	stopped = 1;
}

bool probe_is_stopped(void)
{
	return stopped;
}

/* The first of the addresses is of a huge page; what is around them goes back. */
static char *map_aligned(size_t length)
{
	char *start = mmap(NULL, length + HUGE_PAGE, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t head;

	if (start == MAP_FAILED)
		return NULL;
	head = -(uintptr_t)start % HUGE_PAGE;
	if (head)
		munmap(start, head);
	munmap(start + head + length, HUGE_PAGE - head);
	return start + head;
}

/* Bytes on transparent huge pages, as the kernel has them in the end. */
static long long count_huge(const struct probe_buffer *buffer)
{
	unsigned long start = (unsigned long)buffer->start;
	int directory = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mapping_reader *reader;
	struct mapping mapping;
	long long huge = 0;
	int result;

	if (directory < 0)
		return PROBE_UNKNOWN;
	result = mapping_open(directory, MAPPING_ENDS | MAPPING_THP, &reader);
	close(directory);
	if (result)
		return PROBE_UNKNOWN;
	while ((result = mapping_next(reader, &mapping)) > 0)
		if (mapping.start >= start && mapping.start < start + buffer->length)
			huge += (long long)mapping.huge;
	mapping_close(reader);
	return result ? PROBE_UNKNOWN : huge;
}

static int fill(const struct probe_buffer *buffer)
{
	for (size_t at = 0; at < buffer->length; at += HUGE_PAGE) {
		size_t left = buffer->length - at;

		if (stopped)
			return -EINTR;
		stream_fill(buffer->start + at, left < HUGE_PAGE ? left : HUGE_PAGE);
	}
	return 0;
}

int probe_map(unsigned node, size_t length, bool huge, struct probe_buffer *buffer,
              const char **call)
{
	struct idset nodes = { 0 };
	int error;

	*buffer = (struct probe_buffer){ .length = length, .node = node };
	*call = "mmap";
	buffer->start = map_aligned(length);
	if (!buffer->start)
		return -errno;
	idset_add(&nodes, node);
	*call = "mbind";
	error = kernel_mbind((unsigned long)buffer->start, length, MPOL_PREFERRED, &nodes, 0);
	if (error) {
		probe_unmap(buffer);
		return error;
	}
	/* Where there are none to be had, that is seen when they are counted. */
	madvise(buffer->start, length, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	error = fill(buffer);
	if (error)
		probe_unmap(buffer);
	else
		buffer->huge = count_huge(buffer);
	return error;
}

void probe_unmap(struct probe_buffer *buffer)
{
	munmap(buffer->start, buffer->length);
	buffer->start = NULL;
}

int probe_locate(const struct probe_buffer *buffer, struct probe_where *where)
{
	static unsigned long pages[ASKED];
	static int status[ASKED];
	size_t page = (size_t)sysconf(_SC_PAGESIZE), count = buffer->length / page;
	size_t asked = count < ASKED ? count : ASKED;
	long result;

	for (size_t i = 0; i < asked; i++)
		pages[i] = (unsigned long)buffer->start + i * count / asked * page;
	result = kernel_move_pages(0, asked, pages, NULL, status, false);
	if (result < 0)
		return (int)result;
	*where = (struct probe_where){ .asked = (unsigned)asked, .other = -1 };
	for (size_t i = 0; i < asked; i++) {
		if (status[i] == (int)buffer->node)
			where->on_node++;
		else if (status[i] >= 0)
			where->other = status[i];
	}
	return 0;
}

/* Where threads wait until all are there. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned ready;
	bool is_open;
	unsigned long long begin, end; /* 0 and 0: nothing is to be done */
};

struct worker {
	struct gate *gate;
	struct probe_task *task;
	pthread_t thread;
};

/* Leaves the memory alone for the rest of the time. */
static void pause_for(unsigned long long busy, unsigned load)
{
	unsigned long long until = util_now() + busy * (100 - load) / load;

	while (util_now() < until && !stopped)
		;
}

static void stream_until(struct probe_task *task, unsigned long long end)
{
	struct stream stream;
	unsigned long long start = util_now(), now = start;

	stream_init(&stream, task->kind, task->start, task->length);
	do {
		unsigned long long before = now;

		task->count += stream_step(&stream);
		now = util_now();
		if (task->load < 100) {
			pause_for(now - before, task->load);
			now = util_now();
		}
	} while (now < end && !stopped);
	task->elapsed = now - start;
}

static void chase_until(struct probe_task *task, unsigned long long end)
{
	unsigned long long start = util_now(), now;

	do {
		task->start = chase_run(task->start, LOADS);
		task->count += LOADS;
		now = util_now();
	} while (now < end && !stopped);
	task->elapsed = now - start;
}

static int bind_to(unsigned cpu)
{
	struct idset cpus = { 0 };

	idset_add(&cpus, cpu);
	return kernel_set_affinity(0, &cpus);
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct probe_task *task = worker->task;
	struct gate *gate = worker->gate;
	int cpu;

	task->error = bind_to(task->cpu);
	pthread_mutex_lock(&gate->lock);
	gate->ready++;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->is_open)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	if (task->error || !gate->end)
		return NULL;
	while (util_now() < gate->begin && !stopped)
		;
	if (task->chases)
		chase_until(task, gate->end);
	else
		stream_until(task, gate->end);
	/* A cpuset that changed meanwhile, or a CPU that went offline, takes it elsewhere. */
	cpu = sched_getcpu();
	if (cpu >= 0 && (unsigned)cpu != task->cpu)
		task->error = -ESTALE;
	return NULL;
}

/* Lets all of them through at once: for DURATION, or for nothing. */
static void open_gate(struct gate *gate, unsigned count, unsigned long long duration)
{
	pthread_mutex_lock(&gate->lock);
	while (gate->ready < count)
		pthread_cond_wait(&gate->changed, &gate->lock);
	if (duration) {
		gate->begin = util_now() + LEAD;
		gate->end = gate->begin + duration;
	}
	gate->is_open = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

int probe_run(struct probe_task tasks[], unsigned count, unsigned long long duration)
{
	struct gate gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false, 0, 0 };
	struct worker *workers = calloc(count, sizeof(*workers));
	unsigned started = 0;
	int error = 0;

	if (!workers)
		return -ENOMEM;
	while (started < count && !error) {
		struct worker *worker = &workers[started];

		tasks[started].count = tasks[started].elapsed = 0;
		*worker = (struct worker){ .gate = &gate, .task = &tasks[started] };
		error = -pthread_create(&worker->thread, NULL, work, worker);
		started += !error;
	}
	open_gate(&gate, started, error ? 0 : duration);
	for (unsigned i = 0; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		if (!error)
			error = tasks[i].error;
	}
	free(workers);
	return error;
}
