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
};

/*
 * The zones, in the file's order, into *zones, which the caller frees; those without pages are left
 * out. Returns how many, -EINVAL, -ERANGE or -ENOMEM.
 */
long zoneinfo_parse(const char *text, size_t length, struct zoneinfo **zones);

#endif
