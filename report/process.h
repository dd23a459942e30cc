/* A running process: its threads' CPUs, and where its memory is. */
#ifndef REPORT_PROCESS_H
#define REPORT_PROCESS_H

#include <stdbool.h>
#include <stdio.h>

struct mapping;
struct process;
struct topology;

enum process_style { PROCESS_TEXT, PROCESS_JSON };

/*
 * Prints BEFORE and the process on stdout; of JSON the object, without what is around it. TOPOLOGY
 * needs TOPOLOGY_HAS_MEMORY. Returns 0, or -errno with nothing printed (-ESRCH: it has ended).
 */
int process_show(const struct process *process, const struct topology *topology, bool mappings,
                 enum process_style style, const char *before);

/* The heading of the lines of mappings, and one such line; OUT: bytes out of place, or NULL. */
void process_mapping_heading(FILE *stream, bool with_out);
void process_mapping(FILE *stream, const struct mapping *mapping, const unsigned long long *out);

/* The same as an object of JSON; on stdout, where the strings of JSON go. */
void process_mapping_json(const struct mapping *mapping, const unsigned long long *out);

/* "1.2 G", or "-" for nothing, in WIDTH columns. */
void process_size(FILE *stream, int width, unsigned long long bytes);

#endif
