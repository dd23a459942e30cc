/* How much memory the memory cgroups of this process leave it. */
#ifndef MEMLIMIT_H
#define MEMLIMIT_H

#include <stdbool.h>

/* No cgroup limits it, or the kernel does not tell. */
#define MEMLIMIT_NONE (-1LL)

/*
 * Bytes that the process may take before the kernel begins to kill for a limit: what is left in the
 * tightest of its cgroup and that one's ancestors, file cache included: that which has not been
 * used for a while, or ALL of it. What could be swapped out is not. cgroup v2, or v1, where they
 * are usually mounted; ROOT as for util_read. Returns 0 or -errno (-EBADMSG, -ERANGE: a file is
 * malformed, which is then in *path).
 */
#define MEMLIMIT_PATH 4352
int memlimit_left(int root, bool all, long long *left, char path[MEMLIMIT_PATH]);

#endif
