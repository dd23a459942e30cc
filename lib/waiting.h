/* The system call in which a thread waits, or which it is about to make. */
#ifndef WAITING_H
#define WAITING_H

#include <stdbool.h>
#include <sys/types.h>

struct waiting {
	long number; /* -1: none that is known */
	unsigned long argument[6];
	unsigned long stack, instruction; /* its stack pointer, and what it goes on with */
};

/* As /proc tells of a thread that sleeps. */
void waiting_read(pid_t thread, struct waiting *waiting);

/* Whether it is a call that ends with EINTR at any stop (signal(7)), and would wait without end. */
bool waiting_is_endless(const struct waiting *waiting);

#endif
