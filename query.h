/* What --stat and numastat are asked for on the command line. */
#ifndef QUERY_H
#define QUERY_H

#include <stdbool.h>

struct request;
struct request_stat;

/* All exit with util_failure and one line on stderr where something is wrong. */

/* The processes behind the options of --stat, which "--" has ENDED or not. */
void query_names(struct request *request, char **operands, bool is_ended);

/* The first option that was given and needs --stat; NULL: none. */
const char *query_option(const struct request_stat *stat);

/* Whether --stat is of processes, rather than of the machine. */
bool query_has_processes(const struct request *request);

/* What does not go together with --stat. */
void query_check(const struct request *request);

/* An option of numastat's, by its letter: they mean other things than numaplace's. */
void query_numastat_take(struct request *request, int letter, const char *text);

/* What is left behind its options: processes too. ARGC is that of the whole command line. */
void query_numastat_operands(struct request *request, int argc, char **operands);

/* Its usage, on stderr, as the original prints it. */
void query_numastat_help(void);

#endif
