/* A cgroup as the target: its cpuset shown, or set, which binds all that runs in it. */
#ifndef CONFINE_H
#define CONFINE_H

struct request;
struct topology;

/*
 * Both exit with util_failure and one line on stderr where it cannot be done; nothing was changed
 * then.
 */

/* Prints its cpuset on stdout; of JSON the beginning of a document that goes on. */
void confine_show(const struct request *request);

/* Sets its cpuset, and reports on stdout. Returns the exit status: 1 where pages stayed. */
int confine(const struct request *request, struct topology *topology);

#endif
