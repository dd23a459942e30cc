/* The machine as text: numactl's lines, and what else is known below them. */
#ifndef HARDWARE_H
#define HARDWARE_H

#include <stdbool.h>
#include <stddef.h>

struct device;
struct machine;
struct topology;

/* Whose lines: numaplace's begin with numactl's and go on under headings of their own. */
enum hardware_style {
	HARDWARE_TEXT,
	HARDWARE_NUMACTL,
	HARDWARE_NUMACTL_COMPRESSED, /* numactl's --cpu-compress */
};

/* What is shown. TOPOLOGY must be loaded but for TOPOLOGY_ABSENT. */
struct hardware {
	const struct topology *topology;
	const struct machine *machine; /* NULL under numactl's name */
	const struct device *device;
	size_t devices;
	int width; /* hardware_width, which hardware_show sets */
};

/* Prints on stdout. */
void hardware_show(const struct hardware *hardware, enum hardware_style style);

/* Whether the kernel tells any distance. */
bool hardware_has_distances(const struct topology *topology);

/* Of the column of ids: digits of the largest id or distance, and numactl's least width. */
int hardware_width(const struct topology *topology);

/* Of the sections below numactl's lines: a blank line and "WORDS:"; then a node's line begins. */
void hardware_heading(const char *words);
void hardware_label(const struct hardware *hardware, unsigned id);
unsigned hardware_label_width(const struct hardware *hardware);

#endif
