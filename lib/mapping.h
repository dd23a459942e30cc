/* The mappings of a running process, and on which nodes their pages are. */
#ifndef MAPPING_H
#define MAPPING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Huge is memory from the huge page pools (hugetlb); transparent huge pages are of the kind that
 * their mapping is of. Shared memory is that without a file on a disk: SysV segments, memfd,
 * /dev/shm, anonymous mappings shared with children. What is not one of the others, and has a file,
 * is a file's; all else is anonymous, the stacks of threads too.
 */
enum mapping_kind {
	MAPPING_HEAP,
	MAPPING_STACK,
	MAPPING_ANONYMOUS,
	MAPPING_FILE,
	MAPPING_SHARED,
	MAPPING_HUGE,
	MAPPING_KINDS
};

/* As bits, 1 << kind. */
#define MAPPING_ALL ((1U << MAPPING_KINDS) - 1)

/* "heap", "stack", "anon", "file", "shared", "huge" */
extern const char *const mapping_kind_names[MAPPING_KINDS];

/* The most nodes that a kernel can have (NODES_SHIFT is 10 at most). */
#define MAPPING_NODES 1024

/* Pages of a mapping on one node. */
struct mapping_pages {
	unsigned node;
	unsigned long count; /* of the mapping's page size */
};

struct mapping {
	unsigned long start;
	unsigned long end;    /* 0 where only numa_maps was read */
	unsigned long offset; /* of start in the file, bytes; 0 where there is none */
	enum mapping_kind kind;
	unsigned long page_size; /* bytes; of hugetlb its size, else the base one */
	unsigned long huge;      /* bytes mapped as transparent huge pages; 0 where not read */
	bool special;            /* the kernel's own: [vdso] and the like; false where not read */
	const char *policy;      /* as numa_maps has it: "bind:0", "prefer (many):0-1" */
	const char *file;        /* NULL where there is none; escapes decoded */
	unsigned nodes;          /* how many on[] has; 0 where no page is resident */
	const struct mapping_pages *on;
};

/* What is read besides numa_maps, each with a walk of its own in the kernel. */
enum mapping_part {
	MAPPING_ENDS = 1, /* end, offset and special, from maps */
	MAPPING_THP = 2,  /* huge, from smaps: where PAGEMAP_SCAN does not tell */
};

/* Reads line by line, of any length; nothing holds the whole of a file. */
struct mapping_reader;

/*
 * Opens the files below DIRECTORY (/proc/PID); PARTS are or-ed. Returns 0 and the reader, which
 * mapping_close frees, or -errno.
 */
int mapping_open(int directory, unsigned parts, struct mapping_reader **reader);

/*
 * The next one by ascending address: 1, its strings and pages valid until the next call; 0 at the
 * end; or -errno (-EBADMSG: malformed). What is no longer, or not yet, in all of the files is left
 * out.
 */
int mapping_next(struct mapping_reader *reader, struct mapping *mapping);
void mapping_close(struct mapping_reader *reader);

/*
 * One line of numa_maps without its newline, which is cut up in place. Returns 0 or -EINVAL;
 * *mapping is written on success only.
 */
int mapping_parse(char *line, struct mapping *mapping, struct mapping_pages on[MAPPING_NODES]);

/* Takes start, end, offset and special from a line of maps. 0, or -EINVAL with none written. */
int mapping_parse_range(const char *line, struct mapping *mapping);

/* Whether the process maps any transparent huge page; false where that cannot be told. */
bool mapping_has_thp(int directory);

/* All its resident pages, in bytes. */
unsigned long long mapping_resident(const struct mapping *mapping);

#endif
