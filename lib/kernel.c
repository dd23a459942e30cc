#include "lib/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/*
 * The memory calls are made by syscall(2) though libnuma has wrappers: linking libnuma runs its
 * constructor in every start, which reads the meminfo of every node and sets the policy twice
 * (half of what numactl takes to start). Its header alone costs nothing.
 */

/* get_nodes() in mm/mempolicy.c uses one bit less than it is told. */
#define MAXNODE (IDSET_MAX + 1UL)

static struct {
	bool closed;
	void (*narrate)(const char *call);
} door;

static const struct kernel_mode modes[] = {
	{ MPOL_DEFAULT, "default", "MPOL_DEFAULT", 2, 6 },
	{ MPOL_PREFERRED, "preferred", "MPOL_PREFERRED", 2, 6 },
	{ MPOL_BIND, "bind", "MPOL_BIND", 2, 6 },
	{ MPOL_INTERLEAVE, "interleave", "MPOL_INTERLEAVE", 2, 6 },
	{ MPOL_LOCAL, "local", "MPOL_LOCAL", 3, 8 },
	{ MPOL_PREFERRED_MANY, "preferred-many", "MPOL_PREFERRED_MANY", 5, 15 },
	{ MPOL_WEIGHTED_INTERLEAVE, "weighted-interleave", "MPOL_WEIGHTED_INTERLEAVE", 6, 9 },
};

void kernel_door(bool closed, void (*narrate)(const char *call))
{
	door.closed = closed;
	door.narrate = narrate;
}

bool kernel_is_closed(void)
{
	return door.closed;
}

/* A call whose operands are words and one set: "sched_setaffinity(0, {0-3})". */
static void narrate(const char *call, const char *operand, const struct idset *set)
{
	char list[IDSET_TEXT], line[IDSET_TEXT + 256];

	if (!door.narrate)
		return;
	snprintf(line, sizeof(line), "%s(%s, {%s})", call, operand, idset_text(set, list));
	door.narrate(line);
}

int kernel_lower_capabilities(void)
{
	cap_t capabilities;
	int result;

	if (!getauxval(AT_SECURE))
		return 0;
	/* What a set-id bit gave would reach the command. */
	if (getuid() != geteuid() || getgid() != getegid())
		return -EPERM;
	if (geteuid() == 0)
		return 0;
	capabilities = cap_get_proc();
	if (!capabilities)
		return -errno;
	result = 0;
	if (cap_clear_flag(capabilities, CAP_EFFECTIVE) || cap_set_proc(capabilities))
		result = -errno;
	cap_free(capabilities);
	return result;
}

const struct kernel_mode *kernel_mode(int mode)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (modes[i].mode == mode)
			return &modes[i];
	return NULL;
}

static void narrate_mempolicy(int mode, const struct idset *nodes)
{
	const struct kernel_mode *known = kernel_mode(mode & ~KERNEL_MODE_FLAGS);
	char operand[128];

	snprintf(operand, sizeof(operand), "%s%s%s%s", known ? known->constant : "?",
	         mode & MPOL_F_NUMA_BALANCING ? " | MPOL_F_NUMA_BALANCING" : "",
	         mode & MPOL_F_STATIC_NODES ? " | MPOL_F_STATIC_NODES" : "",
	         mode & MPOL_F_RELATIVE_NODES ? " | MPOL_F_RELATIVE_NODES" : "");
	narrate("set_mempolicy", operand, nodes);
}

/* The kernel refuses a mask with the modes that take no nodes, even an empty one of some width. */
static const unsigned long *mask_of(const struct idset *nodes)
{
	return idset_empty(nodes) ? NULL : nodes->bits;
}

int kernel_set_mempolicy(int mode, const struct idset *nodes)
{
	const unsigned long *mask = mask_of(nodes);

	narrate_mempolicy(mode, nodes);
	if (door.closed)
		return 0;
	return syscall(SYS_set_mempolicy, mode, mask, mask ? MAXNODE : 0) ? -errno : 0;
}

int kernel_get_mempolicy(int *mode, struct idset *nodes)
{
	struct idset found = { 0 };
	int found_mode;

	if (syscall(SYS_get_mempolicy, &found_mode, found.bits, MAXNODE, NULL, 0UL))
		return -errno;
	*mode = found_mode;
	*nodes = found;
	return 0;
}

int kernel_next_interleave(int *node)
{
	int found;

	if (syscall(SYS_get_mempolicy, &found, NULL, 0UL, NULL, (unsigned long)MPOL_F_NODE))
		return -errno;
	*node = found;
	return 0;
}

int kernel_allowed_nodes(struct idset *nodes)
{
	struct idset found = { 0 };

	if (syscall(SYS_get_mempolicy, NULL, found.bits, MAXNODE, NULL,
	            (unsigned long)MPOL_F_MEMS_ALLOWED))
		return -errno;
	*nodes = found;
	return 0;
}

int kernel_try_mempolicy(int mode, const struct idset *nodes)
{
	const unsigned long *mask = mask_of(nodes);
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page;
	int result;

	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	result = syscall(SYS_mbind, page, size, mode, mask, mask ? MAXNODE : 0, 0U) ? -errno : 0;
	munmap(page, size);
	return result;
}

/* A flag of CAP_SYS_NICE in this thread's capabilities, which are its own. */
static bool has_nice(cap_flag_t flag)
{
	cap_t capabilities = cap_get_proc();
	cap_flag_value_t value = CAP_CLEAR;

	if (!capabilities)
		return false;
	if (cap_get_flag(capabilities, CAP_SYS_NICE, flag, &value))
		value = CAP_CLEAR;
	cap_free(capabilities);
	return value == CAP_SET;
}

bool kernel_may_nice(void)
{
	return has_nice(CAP_EFFECTIVE) || has_nice(CAP_PERMITTED);
}

static bool set_nice(cap_flag_value_t value)
{
	static const cap_value_t nice[] = { CAP_SYS_NICE };
	cap_t capabilities = cap_get_proc();
	bool set;

	if (!capabilities)
		return false;
	set = !cap_set_flag(capabilities, CAP_EFFECTIVE, 1, nice, value) &&
	      !cap_set_proc(capabilities);
	cap_free(capabilities);
	return set;
}

/* After EPERM: whether to try again, with a capability that is permitted but was not in effect. */
static bool raise_nice(void)
{
	return errno == EPERM && !has_nice(CAP_EFFECTIVE) && has_nice(CAP_PERMITTED) &&
	       set_nice(CAP_SET);
}

/* Keeps errno. */
static void lower_nice(void)
{
	int error = errno;

	set_nice(CAP_CLEAR);
	errno = error;
}

long kernel_move_pages(pid_t pid, size_t count, const unsigned long pages[], const int nodes[],
                       int status[], bool shared)
{
	int flags = shared ? MPOL_MF_MOVE_ALL : MPOL_MF_MOVE;
	long result;

	if (nodes && door.closed)
		return 0;
	result = syscall(SYS_move_pages, pid, count, pages, nodes, status, flags);
	if (result < 0 && raise_nice()) {
		result = syscall(SYS_move_pages, pid, count, pages, nodes, status, flags);
		lower_nice();
	}
	/* Of flags that are right it is what find_mm_struct() says of a process that is ending. */
	if (result < 0 && errno == EINVAL)
		return -ESRCH;
	return result < 0 ? -errno : result;
}

/* glibc's wrapper is not used: it wants a cpu_set_t. The raw call returns the bytes it wrote. */
int kernel_set_affinity(pid_t pid, const struct idset *cpus)
{
	char operand[16];
	int result;

	snprintf(operand, sizeof(operand), "%d", (int)pid);
	narrate("sched_setaffinity", operand, cpus);
	if (door.closed)
		return 0;
	result = (int)syscall(SYS_sched_setaffinity, pid, sizeof(cpus->bits), cpus->bits);
	if (result && raise_nice()) {
		result = (int)syscall(SYS_sched_setaffinity, pid, sizeof(cpus->bits), cpus->bits);
		lower_nice();
	}
	return result ? -errno : 0;
}

int kernel_get_affinity(pid_t pid, struct idset *cpus)
{
	struct idset found = { 0 };

	if (syscall(SYS_sched_getaffinity, pid, sizeof(found.bits), found.bits) < 0)
		return -errno;
	*cpus = found;
	return 0;
}

int kernel_execute(const char *path, char *const argv[])
{
	if (door.narrate) {
		char line[4200];

		snprintf(line, sizeof(line), "execve(%s)", path);
		door.narrate(line);
	}
	if (door.closed)
		return 0;
	execv(path, argv);
	return -errno;
}

bool kernel_older_than(unsigned major, unsigned minor)
{
	struct utsname name;
	unsigned long running_major, running_minor;
	char *end;

	if (uname(&name))
		return false;
	running_major = strtoul(name.release, &end, 10);
	running_minor = strtoul(end + (*end == '.'), NULL, 10);
	return running_major < major || (running_major == major && running_minor < minor);
}
