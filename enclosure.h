/* A cgroup of its own for a command: made, entered, removed when all has ended. */
#ifndef ENCLOSURE_H
#define ENCLOSURE_H

struct placement;
struct request;
struct topology;

/*
 * Makes the cgroup --cgroup of REQUEST within that of this process, with the memory and CPUs of
 * PLACEMENT as its cpuset, and returns in a new process that is inside and goes on to become the
 * command. This one stays behind: it passes signals on, removes the cgroup when nobody is left in
 * it, and ends as the command did. Exits with util_failure and one line on stderr where it cannot
 * be made, with nothing changed; where REQUEST has --best-effort it says so, and returns in this
 * process without one. Behind a closed door it returns in this process too.
 */
void enclosure_enter(const struct request *request, struct topology *topology,
                     const struct placement *placement);

#endif
