/* What a thread's seccomp filters say of a system call, before it is made. */
#ifndef FILTER_H
#define FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What a program of LENGTH instructions returns for a call: SECCOMP_RET_*, with data. One that the
 * kernel would not have taken kills.
 */
uint32_t filter_run(const struct sock_filter *program, size_t length,
                    const struct seccomp_data *call);

/*
 * Whether all filters of a thread, which this one traces and has stopped, let a call through.
 * Returns 0 or -errno: -EACCES where one does not, -EPERM where they cannot be read (the kernel
 * wants CAP_SYS_ADMIN and a reader without filters of its own; and CONFIG_CHECKPOINT_RESTORE).
 */
int filter_check(pid_t thread, const struct seccomp_data *call);

#endif
