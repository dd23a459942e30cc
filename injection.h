/* The policy of a running process: set by each of its threads, and read back. */
#ifndef INJECTION_H
#define INJECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct placement;
struct process;
struct topology;

/* What came of it, or (behind a closed door) would come. */
struct injection {
	bool is_asked;
	pid_t *thread; /* those that have it, at the end; owned */
	size_t threads;
	unsigned long set;          /* times that one set its policy */
	unsigned rounds;            /* over all threads */
	unsigned long long longest; /* ns that one was stopped */
};

/*
 * Has every thread set the policy of PLACEMENT, and reads it back; those too that start meanwhile:
 * a thread has that of the one that started it. Ends when all that there are have it. *is_changed
 * becomes true when one was set. Returns 0; or -errno, having said so on stderr (-ESRCH, which is
 * not said: the process has ended).
 */
int injection_run(const struct process *process, const struct placement *placement,
                  const struct topology *topology, struct injection *injection, bool *is_changed);

void injection_free(struct injection *injection);

#endif
