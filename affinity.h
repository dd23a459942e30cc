/* On which CPUs this process, and the threads of a running one, may run: set and read back. */
#ifndef AFFINITY_H
#define AFFINITY_H

#include <stdbool.h>

struct idset;
struct placement;
struct process;
struct topology;

/*
 * Sets the affinity of this process, where the placement has one, and reads it back. What fails
 * exits with util_failure and one line on stderr, or is said where the placement is best-effort.
 */
void affinity_apply(const struct placement *placement, struct topology *topology);

/* The CPUs that any thread of PROCESS may run on. Returns 0 or -errno. */
int affinity_read(const struct process *process, struct idset *cpus);

/*
 * Binds every thread to the CPUs of the placement, those too that start meanwhile, and reads back.
 * *is_changed becomes true when one was bound. Returns 0; or -errno of the first thread that could
 * not be bound, having said so on stderr (-ESRCH, which is not said: the process has ended).
 */
int affinity_bind(const struct process *process, const struct placement *placement,
                  bool *is_changed);

#endif
