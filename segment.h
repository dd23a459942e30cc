/* A SysV segment or a file: found or created, and mapped. */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct request;

enum segment_kind {
	SEGMENT_SYSV,
	SEGMENT_TMPFS,
	SEGMENT_HUGETLBFS,
	SEGMENT_CACHE, /* a file elsewhere: its pages are copies of a disk's and follow no policy */
};

struct segment {
	enum segment_kind kind;
	const char *option, *name; /* "file", "/dev/shm/a": the name belongs to argv */
	bool exists, is_huge;
	unsigned long size; /* bytes: that it has, or is to have */
	unsigned long page_size;
	unsigned long offset, length; /* the range that is meant, in whole pages */
	unsigned long phase; /* the kernel interleaves its page k as if it were page k + phase */
	char *memory;        /* where the range is mapped; NULL: it is empty, or to be created */
	bool writable; /* the mapping, or that of what will be created: for --touch, where one may */

	key_t key;
	int id, fd;                 /* -1: none */
	unsigned long size_before;  /* of a file that is to grow; else that of now */
	bool made, made_key, grown; /* by us */
	bool touched;               /* all of the range was brought in */
};

/*
 * Finds what REQUEST names, maps it if it is there, and changes nothing. CREATES: what is not there
 * will be created, and what is too short made longer. Exits with util_failure and one line on
 * stderr where the range cannot be had.
 */
void segment_find(const struct request *request, bool creates, struct segment *segment);

/*
 * Creates and grows what is to be, and maps it. Whatever fails from now on takes that back, and so
 * does a signal that ends the program.
 */
void segment_create(const struct request *request, struct segment *segment);

/* From now on what was created stays, whatever fails. */
void segment_keep(void);

/* Says on stderr what was created or grown. */
void segment_announce(const struct segment *segment);

/*
 * Calls VISIT for the pages of the range, a window at a time: OFFSET is that of the first of them
 * in the segment, NODES has for each its node or PAGES_*. Brings none in. Exits as above.
 */
typedef void segment_visit(void *context, unsigned long offset, size_t count, const int nodes[]);
void segment_walk(const struct segment *segment, segment_visit *visit, void *context);

/*
 * Of a segment of huge pages how many bytes are in memory, in all of it, while it is mapped: which
 * ones the kernel does not tell. -1: not even that.
 */
long long segment_huge_bytes(const struct segment *segment);

/* The folder that NAME is in, with its slash. */
void segment_folder(const char *name, char folder[PATH_MAX]);

/* The permissions of what is created. */
int segment_mode(const struct request *request);

/* Refuses a symbolic link, where there is nothing of that name. */
void segment_refuse_link(const struct segment *segment);

/* Ends the program: "--file=PATH: REASON". */
void segment_refuse(const struct segment *segment, const char *reason) __attribute__((noreturn));

#endif
