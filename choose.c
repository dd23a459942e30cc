#include "choose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's LOCAL_DISTANCE; and one above all that a byte of the firmware's table can hold. */
#define LOCAL 10
#define FAR 256

long long choose_tenths(long long load)
{
	return load < 0 ? load : (load + 5) / 10;
}

static unsigned distance(const struct choose_machine *machine, unsigned from, unsigned to)
{
	unsigned known =
		machine->distances ? machine->distances[(size_t)from * machine->count + to] : 0;

	return known ? known : from == to ? LOCAL : FAR;
}

static bool has_asked(const struct choose_machine *machine)
{
	for (unsigned i = 0; i < machine->count; i++)
		if (machine->node[i].asked)
			return true;
	return false;
}

/* The sum by CPUs; of no use but to compare. */
static unsigned long long sum_distance(const struct choose_machine *machine, int near, unsigned to)
{
	unsigned long long sum = 0;

	if (near >= 0)
		return distance(machine, (unsigned)near, to);
	for (unsigned from = 0; from < machine->count; from++)
		sum += (unsigned long long)machine->node[from].asked * distance(machine, from, to);
	return sum;
}

double choose_distance(const struct choose_machine *machine, int near, unsigned place)
{
	unsigned cpus = 0;

	for (unsigned from = 0; from < machine->count; from++) {
		bool counts = near >= 0 ? from == (unsigned)near : machine->node[from].asked > 0;

		if (counts && (!machine->distances ||
		               !machine->distances[(size_t)from * machine->count + place]))
			return -1;
		cpus += near >= 0 ? counts : machine->node[from].asked;
	}
	return cpus ? (double)sum_distance(machine, near, place) / cpus : -1;
}

/* Whether A is the better place to run on than B: less load, then more room, then the lower id. */
static bool is_better(const struct choose_node *a, const struct choose_node *b)
{
	long long load_a = choose_tenths(a->load), load_b = choose_tenths(b->load);
	long long room_a = a->has_memory ? a->room : CHOOSE_UNKNOWN;
	long long room_b = b->has_memory ? b->room : CHOOSE_UNKNOWN;

	/* Loads are known of all nodes with CPUs or of none. */
	if (load_a != load_b)
		return load_a < load_b;
	return room_a > room_b;
}

/* The least loaded node with CPUs; -1 where there is none. */
static int least_loaded(const struct choose_machine *machine)
{
	int found = -1;

	for (unsigned i = 0; i < machine->count; i++)
		if (machine->node[i].cpus &&
		    (found < 0 || is_better(&machine->node[i], &machine->node[found])))
			found = (int)i;
	return found;
}

/* A node that memory may be taken of. */
struct candidate {
	unsigned place;
	unsigned long long far, room;
	bool taken;
};

static int by_nearness(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->far != right->far)
		return left->far < right->far ? -1 : 1;
	if (left->room != right->room)
		return left->room > right->room ? -1 : 1;
	return left->place < right->place ? -1 : 1;
}

static int by_room(const void *a, const void *b)
{
	const unsigned long long left = *(const unsigned long long *)a;
	const unsigned long long right = *(const unsigned long long *)b;

	return (left < right) - (left > right);
}

/* The sum of the COUNT largest of what is left behind FROM; never beyond ULLONG_MAX. */
static unsigned long long largest(const struct candidate *candidate, unsigned from, unsigned end,
                                  unsigned count, unsigned long long *rooms)
{
	unsigned long long sum = 0;
	unsigned left = 0;

	for (unsigned i = from; i < end; i++)
		rooms[left++] = candidate[i].room;
	qsort(rooms, left, sizeof(*rooms), by_room);
	for (unsigned i = 0; i < count && i < left; i++)
		if (__builtin_add_overflow(sum, rooms[i], &sum))
			return ~0ULL;
	return sum;
}

/*
 * The fewest nodes that hold SIZE are the largest ones; how many that takes is then kept, while
 * each node in the order of nearness is taken if the largest behind it can make up the rest.
 */
static void take(struct candidate *candidate, unsigned count, unsigned long size,
                 unsigned long long *rooms)
{
	unsigned long long missing = size;
	unsigned left = 1;

	while (largest(candidate, 0, count, left, rooms) < size)
		left++;
	for (unsigned i = 0; i < count && left; i++) {
		unsigned long long room = candidate[i].room, rest;

		rest = missing > room ? missing - room : 0;
		if (largest(candidate, i + 1, count, left - 1, rooms) < rest)
			continue;
		candidate[i].taken = true;
		missing = rest;
		left--;
	}
}

static unsigned find_candidates(const struct choose_machine *machine, bool to_run, int near,
                                struct candidate *candidate)
{
	unsigned count = 0;

	for (unsigned i = 0; i < machine->count; i++) {
		const struct choose_node *node = &machine->node[i];

		if (!node->has_memory || node->room < 0 || (to_run && !node->cpus))
			continue;
		candidate[count++] = (struct candidate){
			.place = i,
			.far = sum_distance(machine, near, i),
			.room = (unsigned long long)node->room,
		};
	}
	qsort(candidate, count, sizeof(*candidate), by_nearness);
	return count;
}

static void answer_room(const struct choose_machine *machine, const struct candidate *candidate,
                        unsigned count, bool all, struct choose_answer *answer)
{
	struct idset passed = { 0 };

	for (unsigned i = 0; i < count; i++) {
		unsigned id = machine->node[candidate[i].place].id;

		if (!all && !candidate[i].taken) {
			idset_add(&passed, id);
			continue;
		}
		idset_add(&answer->nodes, id);
		if (__builtin_add_overflow(answer->room, candidate[i].room, &answer->room))
			answer->room = ~0ULL;
		answer->passed = passed;
	}
}

int choose_room(const struct choose_machine *machine, unsigned long size, bool to_run,
                struct choose_answer *answer)
{
	struct choose_answer found = { .near = has_asked(machine) ? -1 : least_loaded(machine),
		                       .next = -1 };
	struct candidate *candidate = calloc(machine->count + 1, sizeof(*candidate));
	unsigned long long *rooms = calloc(machine->count + 1, sizeof(*rooms));
	unsigned count;
	int error = candidate && rooms ? 0 : -ENOMEM;

	if (!error) {
		count = find_candidates(machine, to_run, found.near, candidate);
		if (!count)
			error = -ENOENT;
		else if (largest(candidate, 0, count, count, rooms) < size)
			error = -ENOSPC;
		else
			take(candidate, count, size, rooms);
		answer_room(machine, candidate, count, error == -ENOSPC, &found);
	}
	free(rooms);
	free(candidate);
	if (!error || error == -ENOSPC)
		*answer = found;
	return error;
}

/* The best of those with room for NEED but SKIP; -1: there is none. */
static int find_best(const struct choose_machine *machine, unsigned long need, int skip)
{
	bool asked = has_asked(machine);
	int found = -1;

	for (unsigned i = 0; i < machine->count; i++) {
		const struct choose_node *node = &machine->node[i];

		if ((int)i == skip || !node->has_memory || !(asked ? node->asked : node->cpus) ||
		    (need && (node->room < 0 || (unsigned long long)node->room < need)))
			continue;
		if (found < 0 || is_better(node, &machine->node[found]))
			found = (int)i;
	}
	return found;
}

int choose_best(const struct choose_machine *machine, unsigned long need,
                struct choose_answer *answer)
{
	struct choose_answer found = { .near = find_best(machine, need, -1) };

	/* The one who has to refuse is who asked for NEED. */
	if (need && found.near < 0)
		found.near = find_best(machine, need = 0, -1);
	if (found.near < 0)
		return -ENOENT;
	found.next = find_best(machine, need, found.near);
	idset_add(&found.nodes, machine->node[found.near].id);
	found.room = machine->node[found.near].room < 0
	                     ? 0
	                     : (unsigned long long)machine->node[found.near].room;
	*answer = found;
	return 0;
}
