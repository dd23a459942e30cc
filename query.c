#include "query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "request.h"

void query_names(struct request *request, char **operands, bool is_ended)
{
	if (*operands)
		request->stat.names = operands;
	for (char **name = operands; *name; name++) {
		if (!**name)
			util_die(util_failure,
			         "--stat: an empty name (give a PID, or a part of a name)");
		if (**name == '-' && !is_ended)
			util_die(util_failure,
			         "%s: options stand before the processes (and -- before a name "
			         "that begins so)",
			         *name);
	}
}

const char *query_option(const struct request_stat *stat)
{
	return stat->meminfo       ? "meminfo"
	       : stat->sort        ? "sort"
	       : stat->nonzero     ? "nonzero"
	       : stat->pages       ? "pages"
	       : stat->seconds     ? "watch"
	       : stat->openmetrics ? "openmetrics"
	                           : NULL;
}

bool query_has_processes(const struct request *request)
{
	return request->stat.names || request->cgroup;
}

void query_check(const struct request *request)
{
	const struct request_stat *stat = &request->stat;
	const char *layout = stat->sort      ? "sort"
	                     : stat->nonzero ? "nonzero"
	                     : stat->pages   ? "pages"
	                                     : NULL;

	if (request->tool == REQUEST_NUMASTAT)
		return;
	if (request->json && stat->openmetrics)
		util_die(util_failure, "--openmetrics: conflicts with --json (give one of them)");
	if (layout && (request->json || stat->openmetrics))
		util_die(util_failure, "--%s: is of the table, not of --%s", layout,
		         request->json ? "json" : "openmetrics");
	if (stat->seconds && stat->openmetrics)
		util_die(util_failure, "--watch: does not go with --openmetrics (an agent reads "
		                       "it anew, and knows the time)");
	if (stat->meminfo && query_has_processes(request))
		util_die(util_failure, "--meminfo: is of the machine, not of processes (%s)",
		         stat->names ? stat->names[0] : request->cgroup);
	if (stat->pages && !stat->meminfo && !query_has_processes(request))
		util_die(util_failure, "--pages: needs processes or --meminfo (the counters are "
		                       "counts)");
	if (request->sysroot && query_has_processes(request))
		util_die(util_failure, "--sysroot=%s: has no running processes", request->sysroot);
	if (request->sysroot && stat->pages)
		util_die(util_failure, "--pages: the page size of another machine is not known");
	if (request->sysroot && stat->seconds)
		util_die(util_failure, "--watch: nothing changes in --sysroot=%s",
		         request->sysroot);
}

static void add_name(struct request_stat *stat, char *name)
{
	size_t count = 0;
	char **larger;

	if (!*name)
		util_die(util_failure, "an empty name (give a PID, or a part of a name)");
	while (stat->names && stat->names[count])
		count++;
	larger = reallocarray(stat->names, count + 2, sizeof(*larger));
	if (!larger)
		util_die(util_failure, "%s", strerror(errno));
	larger[count] = name;
	larger[count + 1] = NULL;
	stat->names = larger;
}

/* The original takes what follows for garbage, and sorts by the total. */
static const char *take_column(const char *text)
{
	unsigned long id;

	if (!text)
		return "total";
	if (util_parse_number(text, strlen(text), ~0UL, &id))
		util_die(util_failure,
		         "-s%s: '%s' is no node (write -sN, or -s as the last letter: -mcs)", text,
		         text);
	return text;
}

void query_numastat_take(struct request *request, int letter, const char *text)
{
	switch (letter) {
	case 'c': request->stat.compact = true; break;
	case 'm': request->stat.meminfo = true; break;
	case 'n': request->stat.counters = true; break;
	case 'p': add_name(&request->stat, (char *)text); break;
	case 's': request->stat.sort = take_column(text); break;
	case 'v': request->verbose = true; break;
	default: request->stat.nonzero = true;
	}
}

void query_numastat_operands(struct request *request, int argc, char **operands)
{
	struct request_stat *stat = &request->stat;

	while (*operands)
		add_name(stat, *operands++);
	stat->plain = argc == 1;
	if (!stat->names && !stat->meminfo)
		stat->counters = true;
}

void query_numastat_help(void)
{
	fprintf(stderr, "Usage: numastat [-c] [-m] [-n] [-p PID|NAME] [-s[NODE]] [-v] [-V] [-z] "
	                "[PID|NAME...]\n"
	                "-c  narrow columns\n"
	                "-m  memory of each node, as its meminfo has it\n"
	                "-n  allocations on each node\n"
	                "-p  memory of a process, or of those with NAME in their command lines\n"
	                "-s  sort by the total, or by NODE (the last letter of its word)\n"
	                "-v  a table for each process\n"
	                "-V  the version\n"
	                "-z  no rows and columns of zeros\n");
}
