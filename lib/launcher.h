/* What a parallel launcher tells in the environment: which of its processes here this one is. */
#ifndef LAUNCHER_H
#define LAUNCHER_H

struct launcher {
	const char *variable;      /* "OMPI_COMM_WORLD_LOCAL_RANK" */
	unsigned long rank;        /* among those on this machine, from 0 */
	const char *size_variable; /* what launcher_size read last: an error is about it */
};

/*
 * The first launcher whose variable is set. Returns 0; -ENOENT where none is; or -EINVAL with
 * launcher->variable alone written, whose value is no number.
 */
int launcher_find(struct launcher *launcher);

/*
 * How many processes it has on this machine. Returns 0; -ENOENT where it does not tell; -EINVAL:
 * the value is malformed; or -ERANGE: it is not more than the rank.
 */
int launcher_size(struct launcher *launcher, unsigned long *size);

/* All variables that launcher_find looks for, for messages. */
#define LAUNCHER_NAMES 320
const char *launcher_names(char names[LAUNCHER_NAMES]);

#endif
