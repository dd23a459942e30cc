/* Whether nodes can hold what is to be there: what a command needs (--need), what is moved. */
#ifndef NEED_H
#define NEED_H

#include <stdbool.h>

struct destination;
struct migration;
struct placement;
struct process;
struct request;
struct topology;

/*
 * Before a launch: where the policy binds, or is one of all nodes that may be used, and these have
 * less free and reclaimable, exits with util_failure and one line on stderr; says that line alone
 * where the request is best-effort, or the policy goes on elsewhere.
 */
void need_check(const struct request *request, struct topology *topology,
                const struct placement *placement);

/*
 * What each node below IDS can take, free and reclaimable: in bytes, -1 where the kernel does not
 * tell. Loads from TOPOLOGY what that takes. The caller frees it; or exits with util_failure.
 */
long long *need_room(struct topology *topology, unsigned ids);

/* Whether each node of DESTINATION could take all of BYTES; takes them off ROOM where it could. */
bool need_fits(const struct destination *destination, unsigned long long bytes, long long *room);

/*
 * Takes off ROOM what each node would get of the process, by the first look of MIGRATION. Where
 * that is not enough, exits with util_failure and one line on stderr; says that line alone where
 * the request is best-effort, and nothing where a full node is no failure.
 */
void need_take(const struct request *request, const struct process *process,
               const struct destination *destination, const struct migration *migration,
               long long *room);

#endif
