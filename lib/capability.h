/* The one capability that is kept, CAP_SYS_NICE, and raised around single calls. */
#ifndef CAPABILITY_H
#define CAPABILITY_H

#include <stdbool.h>

/*
 * Started with file capabilities (AT_SECURE), gives up all but CAP_SYS_NICE, which stays permitted
 * but not in effect: the calls of lib/kernel.h that need it raise it around themselves. Returns 0
 * or -errno; -EPERM for a program that is setuid or setgid.
 */
int capability_lower(void);

/* Whether this process has CAP_SYS_NICE, or may raise it. */
bool capability_may_nice(void);

/*
 * After a call that failed, by errno: whether to try again, with CAP_SYS_NICE, which was permitted
 * but not in effect, raised in this thread until capability_lower_nice, which keeps errno.
 */
bool capability_raise_nice(void);
void capability_lower_nice(void);

#endif
