/* What can plausibly come of each system call. */
#ifndef FAULTCALLS_H
#define FAULTCALLS_H

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#define ERRORS 8

enum { DONE_IN_PART = -1, NO_ERRORS = -2, CHANGE = -3 };

/* What can plausibly come of a call; those that are not here get the first row. */
static const struct row {
	long number;
	const char *name;
	int errors[ERRORS];
} rows[] = {
	{ -1, "call", { EPERM, ENOSYS, EINVAL, ENOMEM, EINTR } },
	{ SYS_openat, "openat", { EACCES, EMFILE, ENOMEM, EINTR, EIO } },
	{ SYS_read, "read", { EINTR, EIO, ENOMEM, DONE_IN_PART } },
	{ SYS_pread64, "pread64", { EINTR, EIO, ENOMEM, DONE_IN_PART } },
	{ SYS_write, "write", { EINTR, EIO, ENOSPC, EPERM, EINVAL, DONE_IN_PART } },
	{ SYS_writev, "writev", { EINTR, EIO, ENOSPC } },
	{ SYS_close, "close", { EINTR, EIO } },
	{ SYS_newfstatat, "newfstatat", { ENOMEM, EIO, ELOOP } },
	{ SYS_fstat, "fstat", { ENOMEM, EIO } },
	{ SYS_faccessat2, "faccessat2", { EACCES, ENOSYS, ENOMEM, EIO } },
	{ SYS_getdents64, "getdents64", { EINTR, EIO, ENOMEM } },
#ifdef SYS_readlink /* not on arm64 */
	{ SYS_readlink, "readlink", { EACCES, EIO, ENOMEM } },
#endif
	{ SYS_readlinkat, "readlinkat", { EACCES, EIO, ENOMEM } },
	{ SYS_statfs, "statfs", { EACCES, EINTR, EIO, ENOSYS, ENOMEM } },
	{ SYS_fstatfs, "fstatfs", { EINTR, EIO, ENOSYS, ENOMEM } },
	{ SYS_mmap, "mmap", { ENOMEM, EPERM, EAGAIN } },
	{ SYS_mprotect, "mprotect", { ENOMEM } },
	{ SYS_munmap, "munmap", { ENOMEM } },
	{ SYS_mremap, "mremap", { ENOMEM } },
	{ SYS_madvise, "madvise", { EINVAL, ENOMEM, EAGAIN } },
	{ SYS_mincore, "mincore", { EPERM, ENOMEM, EAGAIN, ENOSYS } },
	{ SYS_ioctl, "ioctl", { ENOTTY, EPERM, EINTR, ENOMEM, EINVAL } },
	{ SYS_set_mempolicy, "set_mempolicy", { EPERM, ENOSYS, EINVAL, ENOMEM } },
	{ SYS_get_mempolicy, "get_mempolicy", { EPERM, ENOSYS, EINVAL, ENOMEM } },
	{ SYS_mbind, "mbind", { EPERM, ENOSYS, EINVAL, ENOMEM, EIO } },
	{ SYS_move_pages, "move_pages", { EPERM, ENOSYS, EINVAL, ENOMEM, ESRCH, EACCES } },
	{ SYS_sched_setaffinity, "sched_setaffinity", { EPERM, ENOSYS, EINVAL, ESRCH } },
	{ SYS_sched_getaffinity, "sched_getaffinity", { EPERM, ENOSYS, EINVAL, ESRCH } },
	{ SYS_ftruncate, "ftruncate", { EPERM, ENOSPC, EINTR, EIO } },
	{ SYS_shmget, "shmget", { EACCES, ENOSPC, ENOMEM, EINVAL, ENOENT } },
	{ SYS_shmat, "shmat", { EACCES, ENOMEM, EINVAL } },
	{ SYS_shmctl, "shmctl", { EACCES, EPERM, EINVAL } },
	{ SYS_clone3, "clone3", { EAGAIN, ENOMEM, EPERM, ENOSYS } },
	{ SYS_clone, "clone", { EAGAIN, ENOMEM, EPERM } },
	{ SYS_pidfd_open, "pidfd_open", { EPERM, ENOSYS, EINVAL, ESRCH, EMFILE } },
	/* That it may not be traced is asked at first, and other tests kill what is traced. */
	{ SYS_ptrace, "ptrace", { NO_ERRORS } },
	{ SYS_process_vm_readv, "process_vm_readv", { EPERM, EFAULT, ENOMEM, ENOSYS } },
	{ SYS_process_vm_writev, "process_vm_writev", { EPERM, EFAULT, ENOMEM, ENOSYS } },
	/* Asked whether there is something to wait for, without waiting. */
	{ SYS_waitid, "waitid", { NO_ERRORS } },
	{ SYS_mkdirat, "mkdirat", { EACCES, ENOSPC, EROFS, EAGAIN, EEXIST } },
	{ SYS_unlinkat, "unlinkat", { EBUSY, EACCES } },
#ifdef SYS_unlink /* not on arm64 */
	{ SYS_unlink, "unlink", { EACCES } },
#endif
	/* These have none, or are the C library's affair. */
	{ SYS_futex, "futex", { NO_ERRORS } },
	{ SYS_fcntl, "fcntl", { NO_ERRORS } },
	{ SYS_rt_sigaction, "rt_sigaction", { NO_ERRORS } },
	{ SYS_brk, "brk", { NO_ERRORS } },
	{ SYS_exit, "exit", { NO_ERRORS } },
	{ SYS_exit_group, "exit_group", { NO_ERRORS } },
	{ SYS_rt_sigreturn, "rt_sigreturn", { NO_ERRORS } },
	{ SYS_rt_sigprocmask, "rt_sigprocmask", { NO_ERRORS } },
	{ SYS_sched_yield, "sched_yield", { NO_ERRORS } },
	{ SYS_getpid, "getpid", { NO_ERRORS } },
	{ SYS_gettid, "gettid", { NO_ERRORS } },
	{ SYS_getuid, "getuid", { NO_ERRORS } },
	{ SYS_geteuid, "geteuid", { NO_ERRORS } },
	{ SYS_getgid, "getgid", { NO_ERRORS } },
	{ SYS_getegid, "getegid", { NO_ERRORS } },
	{ SYS_clock_gettime, "clock_gettime", { NO_ERRORS } },
	{ SYS_set_robust_list, "set_robust_list", { NO_ERRORS } },
	{ SYS_rseq, "rseq", { NO_ERRORS } },
};

static const struct row *row_of(long call)
{
	for (size_t i = 1; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].number == call)
			return &rows[i];
	return rows;
}

#endif
