/* What comes to the kernel's door: told on stderr, or kept for a plan. */
#ifndef NARRATION_H
#define NARRATION_H

#include <stdbool.h>

/* As kernel_door; TOLD: each call is said on stderr (--verbose). */
void narration_tell(bool closed, bool told);

/* Closes the door and keeps each call. */
void narration_plan(void);

/* What was kept since the start, NULL-terminated, never NULL; not owned. */
char *const *narration_calls(void);

#endif
