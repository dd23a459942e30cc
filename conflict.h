/* What on a command line does not go together, whatever the machine. */
#ifndef CONFLICT_H
#define CONFLICT_H

struct request;

/*
 * Exits with util_failure and one line on stderr where something does not go with the rest, or
 * something is missing. Where a target stands alone, it becomes a report on that.
 */
void conflict_check(struct request *request);

#endif
