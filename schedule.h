/* The order in which a measurement is made: buffers one after the other, and the runs on each. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

struct measurement;

/*
 * Makes the runs of a plan, and calls PROGRESS (which may be NULL) after each. Returns 0, also
 * where schedule_stop ended it; or -errno, with what failed in *call.
 */
int schedule_run(struct measurement *measurement,
                 void (*progress)(const struct measurement *measurement), const char **call);

/* From a signal handler. */
void schedule_stop(void);

#endif
