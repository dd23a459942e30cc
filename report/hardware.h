/* The machine, as text and as JSON. */
#ifndef HARDWARE_H
#define HARDWARE_H

#include <stdbool.h>

struct topology;

/* Whose lines: numaplace's begin with numactl's and go on under headings of their own. */
enum hardware_style {
	HARDWARE_TEXT,
	HARDWARE_JSON,
	HARDWARE_NUMACTL,
	HARDWARE_NUMACTL_COMPRESSED, /* numactl's --cpu-compress */
};

/* Prints on stdout. TOPOLOGY must be loaded but for TOPOLOGY_ABSENT. */
void hardware_show(const struct topology *topology, enum hardware_style style);

#endif
