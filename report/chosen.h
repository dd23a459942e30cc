/* What was chosen for `free:SIZE` and `best`, and from what, as JSON. */
#ifndef CHOSEN_H
#define CHOSEN_H

struct advice;

/* Prints on stdout an array, which is empty where ADVICE is NULL or nothing was chosen. */
void chosen_json(const struct advice *advice);

#endif
