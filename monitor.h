/* Statistics shown: once, again each second, or as numastat shows them. */
#ifndef MONITOR_H
#define MONITOR_H

struct request;
struct topology;

/*
 * Prints the report on stdout, with --watch until nobody reads it any more or all of its processes
 * have ended. Returns the exit status: 1 where a process had to be left out, util_failure where
 * there was none left to show, all of which has been said on stderr. Exits with util_failure and
 * one line there if nothing can be shown.
 */
int monitor_report(const struct request *request, struct topology *topology);

#endif
