/* Shared memory and files: bound, touched, shown and verified; or evicted from the page cache. */
#ifndef SHARED_H
#define SHARED_H

struct request;
struct topology;

/*
 * Does what REQUEST asks of its segment (--shm) or file (--file), in that order, after all was
 * checked. Returns the exit status: 1 where pages stayed, or are not as they should be. Exits with
 * util_failure and one line on stderr where it cannot be done; what was created is then removed.
 */
int shared_run(const struct request *request, struct topology *topology);

#endif
