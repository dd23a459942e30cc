/* Loads that each need the one before: the loop behind latencies. */
#ifndef CHASE_H
#define CHASE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes from one place to the next: no two of them in one cache line. */
#define CHASE_LINE 64

/* A random cycle through all of COUNT places, 2 or more: next[i] is the one behind i. */
void chase_order(uint32_t next[], size_t count);

/* Lays it into a buffer of COUNT lines, as pointers. */
void chase_lay(void *buffer, const uint32_t next[], size_t count);

/* STEPS loads from AT on. Returns where they led: to keep is to have made them. */
void *chase_run(void *at, size_t steps);

#endif
