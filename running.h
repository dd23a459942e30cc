/* What is done with running processes: they are shown, or moved and reported. */
#ifndef RUNNING_H
#define RUNNING_H

struct request;

/*
 * Both print on stdout, and return the exit status: 1 where the report is not whole, or not all was
 * moved. They exit with util_failure and one line on stderr before anything was done.
 */
int running_show(const struct request *request);
int running_move(struct request *request);

#endif
