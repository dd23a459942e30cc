/* What stands against a process's threads being stopped and making a call, in words. */
#ifndef IMPEDIMENT_H
#define IMPEDIMENT_H

#include <stdbool.h>
#include <sys/types.h>

struct process;
struct process_status;

#define IMPEDIMENT_TEXT 512

/*
 * Exits with util_failure and one line on stderr where the process would not take it, or might be
 * harmed. Changes nothing; threads under seccomp filters are stopped, to look at these.
 */
void impediment_check(const struct process *process);

/* What stands against a thread: true, and the sentence. One that has ended needs none. */
bool impediment_of_thread(const struct process *process, pid_t thread,
                          struct process_status *status, char sentence[IMPEDIMENT_TEXT]);

/* Of what process_thread_status returned and stored: whether there is no thread any more. */
bool impediment_has_ended(int error, const struct process_status *status);

#endif
