/* Zones of physical memory: the text of /proc/zoneinfo. */
#ifndef ZONEINFO_H
#define ZONEINFO_H

#include <stddef.h>

/* A number that the file does not tell. */
#define ZONEINFO_UNKNOWN (-1LL)

/* In pages; start is the number of its first page. */
struct zoneinfo {
	unsigned node;
	char name[16]; /* "DMA", "DMA32", "Normal", "Movable" */
	long long start, spanned, present, managed, free, min, low, high;
	long long protection; /* held back from requests that could be served by a higher zone */
};

/*
 * The zones, in the file's order, into *zones, which the caller frees; those without pages are left
 * out. Returns how many, -EINVAL, -ERANGE or -ENOMEM.
 */
long zoneinfo_parse(const char *text, size_t length, struct zoneinfo **zones);

/*
 * Adds up in ROOM, of IDS elements, the bytes that each node has free for programs, beyond what the
 * kernel keeps in reserve: below a zone's high watermark it begins to reclaim and takes from other
 * nodes, and lower zones keep their protection. ZONEINFO_UNKNOWN for a node that is not named. In
 * HIGH, likewise, those watermarks themselves. ROOT is as for util_read. Returns 0 or -errno
 * (-EBADMSG, -ERANGE: malformed).
 */
int zoneinfo_room(int root, unsigned ids, long long *room, long long *high);

#endif
