/* A placement as a drop-in for a systemd service. */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>

struct placement;

struct unit {
	const struct placement *placement;
	bool all;                     /* its ids are of the whole machine */
	const char *program;          /* numaplace's own absolute path */
	const char *path;             /* the command's; NULL: as typed */
	char *const *command;         /* NULL-terminated; NULL: none, and unit_prefix() is NULL */
	const char *need, *make_room; /* sizes, as given; NULL: none */
};

/* What systemd has no word for, so that numaplace must start the command; NULL: it has them all. */
const char *unit_prefix(const struct unit *unit);

/* Prints the drop-in on stdout. */
void unit_show(const struct unit *unit);

#endif
