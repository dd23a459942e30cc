#include "lib/waiting.h"

#include <asm/unistd.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

#define IO_URING_EXT_ARG 8 /* linux/io_uring.h: with a time-out, maybe (Linux 5.11) */

/* "22 0x5 0x7f10 0x1 0xffffffff 0x0 0x8 0x7ffc 0x7f20", "running", or "-1" and the last two. */
void waiting_read(pid_t thread, struct waiting *waiting)
{
	unsigned long value[8];
	char *text, *rest;
	size_t length;
	long number;
	int count = 0;

	waiting->number = -1;
	if (util_read(UTIL_HERE, &text, &length, "/proc/%d/syscall", (int)thread))
		return;
	number = strtol(text, &rest, 10);
	while (count < 8 && *rest == ' ')
		value[count++] = strtoul(rest + 1, &rest, 16);
	if (number >= 0 && count == 8) {
		*waiting = (struct waiting){ .number = number,
			                     .stack = value[6],
			                     .instruction = value[7] };
		memcpy(waiting->argument, value, sizeof(waiting->argument));
	}
	free(text);
}

bool waiting_is_endless(const struct waiting *waiting)
{
	const unsigned long *argument = waiting->argument;

	switch (waiting->number) {
#ifdef __NR_epoll_wait
	case __NR_epoll_wait:
#endif
	case __NR_epoll_pwait: return (int)argument[3] < 0;
	case __NR_semop: return true;
	case __NR_epoll_pwait2:
	case __NR_semtimedop: return !argument[3];
	case __NR_rt_sigtimedwait: return !argument[2];
	case __NR_io_getevents: return !argument[4];
	case __NR_io_uring_enter: return !(argument[3] & IO_URING_EXT_ARG);
	default: return false;
	}
}
