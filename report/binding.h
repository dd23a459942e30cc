/* A segment or file: the policies of its ranges, and where its pages are. */
#ifndef REPORT_BINDING_H
#define REPORT_BINDING_H

#include <stddef.h>

#include "lib/idset.h"

struct segment;
struct tally;

enum binding_style { BINDING_TEXT, BINDING_JSON, BINDING_NUMACTL };

/* The most nodes that a kernel can have. */
#define BINDING_NODES 1024

/* Bytes of the range. */
struct binding_where {
	unsigned long long on[BINDING_NODES];
	unsigned long long present, unknown;
};

/* Pages that are not as they should be, and alike in how. */
struct binding_difference {
	unsigned long offset, length;
	int node;            /* that they are on; -1 where their policy is wrong */
	struct idset wanted; /* nodes that they may be on */
	int mode;            /* the policy's that was found, with flags */
	struct idset nodes;
};

/*
 * On stdout; of JSON an object, whose keys are as the calls between binding_show and
 * binding_show_end. Ranges of equal neighbours are merged: offsets ascend, and the functions ending
 * in _end print the last one.
 */
void binding_show(const struct segment *segment, enum binding_style style);
void binding_show_policy(unsigned long offset, unsigned long length, int mode,
                         const struct idset *nodes);
void binding_show_policies_end(void);
/* NODE or PAGES_*. */
void binding_show_page(unsigned long offset, unsigned long length, int node);
void binding_show_pages_end(void);
void binding_show_where(const struct segment *segment, const struct binding_where *where);
/* TALLY is of IDS nodes. What stayed is said on stderr. */
void binding_show_moved(const struct segment *segment, const struct tally *tally, unsigned ids);
/* COUNT of the pages CHECKED differ; FIRST has the first SHOWN differences. */
void binding_show_differences(const struct segment *segment, const struct binding_difference *first,
                              size_t shown, unsigned long long count, unsigned long long checked);
void binding_show_evicted(const struct segment *segment, const struct binding_where *before,
                          const struct binding_where *after);
void binding_show_end(void);

#endif
