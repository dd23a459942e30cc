/*
 * chase MIB: the latency of memory, by another way than numaplace's: a list of nodes that are put in
 * order by random keys, gone through from its head to its end. Prints nanoseconds for each node, the
 * median of seven passes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define PASSES 7

struct node {
	struct node *volatile next;
	uint64_t key;
	char rest[48];
};

static int by_key(const void *a, const void *b)
{
	const struct node *const *left = a, *const *right = b;

	return ((*left)->key > (*right)->key) - ((*left)->key < (*right)->key);
}

static int by_value(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static struct node *make_list(size_t count)
{
	size_t size = count * sizeof(struct node);
	struct node *nodes = aligned_alloc(2 << 20, size);
	struct node **order = malloc(count * sizeof(struct node *));

	if (!nodes || !order)
		exit(1);
	madvise(nodes, size, MADV_HUGEPAGE);
	srand48(1);
	for (size_t i = 0; i < count; i++) {
		nodes[i].key = (uint64_t)mrand48() << 32 ^ (uint64_t)mrand48();
		order[i] = &nodes[i];
	}
	qsort(order, count, sizeof(struct node *), by_key);
	for (size_t i = 0; i < count; i++)
		order[i]->next = i + 1 < count ? order[i + 1] : NULL;
	nodes = order[0];
	free(order);
	return nodes;
}

int main(int argc, char **argv)
{
	size_t count =
		(argc > 1 ? strtoul(argv[1], NULL, 10) : 256) * (1 << 20) / sizeof(struct node);
	struct node *head = make_list(count);
	double times[PASSES];

	for (int i = 0; i < PASSES; i++) {
		struct timespec begin, end;

		clock_gettime(CLOCK_MONOTONIC, &begin);
		for (const struct node *node = head; node; node = node->next)
			;
		clock_gettime(CLOCK_MONOTONIC, &end);
		times[i] = ((double)(end.tv_sec - begin.tv_sec) * 1e9 +
		            (double)(end.tv_nsec - begin.tv_nsec)) /
		           (double)count;
	}
	qsort(times, PASSES, sizeof(times[0]), by_value);
	printf("%.1f\n", times[PASSES / 2]);
	return 0;
}
