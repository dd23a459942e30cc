#include "report/hardware.h"

#include <stdio.h>

#include "report/details.h"
#include "report/terminal.h"
#include "report/value.h"
#include "topology.h"

#define MIB (1024 * 1024LL)

/* numactl's --cpu-compress: "0-1, 4 (3)", the count in parentheses. */
static void print_compressed(const struct idset *set)
{
	char list[IDSET_TEXT];

	putchar(' ');
	for (const char *p = idset_text(set, list); *p; p++) {
		putchar(*p);
		if (*p == ',')
			putchar(' ');
	}
	printf(" (%u)", idset_count(set));
}

static void print_size(unsigned id, const char *name, long long bytes)
{
	if (bytes == TOPOLOGY_UNKNOWN)
		printf("node %u %s: <not available>\n", id, name);
	else
		printf("node %u %s: %lld MB\n", id, name, bytes / MIB);
}

bool hardware_has_distances(const struct topology *topology)
{
	for (unsigned i = 0; i < topology->count * topology->count; i++)
		if (topology->distances[i])
			return true;
	return false;
}

int hardware_width(const struct topology *topology)
{
	unsigned largest = topology->node[topology->count - 1].id;
	int width = 1;

	for (unsigned i = 0; i < topology->count * topology->count; i++)
		if (topology->distances[i] > largest)
			largest = topology->distances[i];
	for (; largest > 9; largest /= 10)
		width++;
	return width < 3 ? 3 : width;
}

/* The largest and the smallest between different nodes. */
static void find_extremes(const struct topology *topology, unsigned *nearest, unsigned *farthest)
{
	*nearest = *farthest = 0;
	for (unsigned i = 0; i < topology->count * topology->count; i++) {
		unsigned distance = topology->distances[i];

		if (!distance)
			continue;
		if (!*nearest || distance < *nearest)
			*nearest = distance;
		if (distance > *farthest)
			*farthest = distance;
	}
}

/* The columns FIRST to LAST, as numactl prints all of them. */
static void print_columns(const struct topology *topology, unsigned first, unsigned last)
{
	int width = hardware_width(topology);
	unsigned nearest, farthest;

	find_extremes(topology, &nearest, &farthest);
	printf("node ");
	for (unsigned j = first; j <= last; j++)
		printf("%*u ", width, topology->node[j].id);
	putchar('\n');
	for (unsigned i = 0; i < topology->count; i++) {
		printf("%*u: ", width, topology->node[i].id);
		for (unsigned j = first; j <= last; j++) {
			unsigned distance = topology_distance(topology, i, j);
			char text[16];

			snprintf(text, sizeof(text), "%*u ", width, distance);
			if (distance)
				terminal_shade(text, distance, nearest, farthest);
			else
				printf("%*s ", width, "-");
		}
		putchar('\n');
	}
}

/* As many columns at a time as the terminal has room for; of what is no terminal all. */
static void print_distances(const struct topology *topology, bool folds)
{
	unsigned cell = (unsigned)hardware_width(topology) + 1;
	unsigned width = folds ? terminal_width() : 0;
	unsigned columns = width > 2 * cell + 1 ? (width - cell - 1) / cell : topology->count;

	if (!hardware_has_distances(topology)) {
		printf("No distance information available.\n");
		return;
	}
	printf("node distances:\n");
	for (unsigned first = 0; first < topology->count; first += columns) {
		unsigned last =
			first + columns < topology->count ? first + columns : topology->count;

		print_columns(topology, first, last - 1);
	}
}

static void print_nodes(const struct topology *topology, bool compressed)
{
	char list[IDSET_TEXT];

	printf("available: %u nodes (%s)\n", topology->count, idset_text(&topology->nodes, list));
	for (unsigned i = 0; i < topology->count; i++) {
		const struct topology_node *node = &topology->node[i];

		printf("node %u cpus:", node->id);
		if (compressed)
			print_compressed(&node->cpus);
		else
			for (idset_each(id, &node->cpus))
				printf(" %d", id);
		putchar('\n');
		print_size(node->id, "size", node->memory.total);
		print_size(node->id, "free", node->memory.free);
	}
}

void hardware_heading(const char *words)
{
	printf("\n%s:\n", words);
}

void hardware_label(const struct hardware *hardware, unsigned id)
{
	printf("%*u: ", hardware->width, id);
}

unsigned hardware_label_width(const struct hardware *hardware)
{
	return (unsigned)hardware->width + 2;
}

void hardware_show(const struct hardware *hardware, enum hardware_style style)
{
	const struct topology *topology = hardware->topology;
	struct hardware whole = *hardware;

	print_nodes(topology, style == HARDWARE_NUMACTL_COMPRESSED);
	if (!topology->is_numa) {
		char list[IDSET_TEXT];

		printf("this kernel has no NUMA support: one memory for all CPUs (%s)\n",
		       idset_text(&topology->cpus, list));
		return;
	}
	whole.width = hardware_width(topology);
	print_distances(topology, style == HARDWARE_TEXT);
	if (style == HARDWARE_TEXT)
		details_show(&whole);
}
