#include "lib/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/capability.h"
#include "lib/inject.h"
#include "lib/util.h"

/*
 * The memory calls are made by syscall(2) though libnuma has wrappers: linking libnuma runs its
 * constructor in every start, which reads the meminfo of every node and sets the policy twice
 * (half of what numactl takes to start). Its header alone costs nothing.
 */

/* Since Linux 5.17; the oldest supported headers lack it. Alpha alone has another number. */
#ifndef SYS_set_mempolicy_home_node
#ifdef __alpha__
#define SYS_set_mempolicy_home_node 560
#else
#define SYS_set_mempolicy_home_node 450
#endif
#endif

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

void kernel_tell(const char *format, ...)
{
	char line[4200];
	va_list arguments;

	if (!door.narrate)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	door.narrate(line);
}

const struct kernel_mode *kernel_mode(int mode)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (modes[i].mode == mode)
			return &modes[i];
	return NULL;
}

/* "MPOL_BIND | MPOL_F_STATIC_NODES" */
#define MODE_TEXT 128

static const char *mode_text(int mode, char text[MODE_TEXT])
{
	const struct kernel_mode *known = kernel_mode(mode & ~KERNEL_MODE_FLAGS);

	snprintf(text, MODE_TEXT, "%s%s%s%s", known ? known->constant : "?",
	         mode & MPOL_F_NUMA_BALANCING ? " | MPOL_F_NUMA_BALANCING" : "",
	         mode & MPOL_F_STATIC_NODES ? " | MPOL_F_STATIC_NODES" : "",
	         mode & MPOL_F_RELATIVE_NODES ? " | MPOL_F_RELATIVE_NODES" : "");
	return text;
}

/* The kernel refuses a mask with the modes that take no nodes, even an empty one of some width. */
static const unsigned long *mask_of(const struct idset *nodes)
{
	return idset_empty(nodes) ? NULL : nodes->bits;
}

int kernel_set_mempolicy(int mode, const struct idset *nodes)
{
	const unsigned long *mask = mask_of(nodes);
	char operand[MODE_TEXT];

	narrate("set_mempolicy", mode_text(mode, operand), nodes);
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

/* What a call in another thread has in that one's memory; nodes are below 1,024 (NODES_SHIFT). */
struct policy_buffer {
	int mode;
	unsigned long mask[1024 / (8 * sizeof(unsigned long))];
};

int kernel_set_mempolicy_in(struct inject *inject, pid_t thread, int mode,
                            const struct idset *nodes)
{
	struct policy_buffer buffer = { .mode = mode };
	struct inject_call call = { .number = SYS_set_mempolicy, .arguments = { (unsigned)mode } };
	char text[MODE_TEXT], list[IDSET_TEXT];
	long result;
	int error;

	kernel_tell("set_mempolicy(%s, {%s}) in thread %d", mode_text(mode, text),
	            idset_text(nodes, list), (int)thread);
	if (door.closed)
		return 0;
	if (mask_of(nodes)) {
		memcpy(buffer.mask, nodes->bits, sizeof(buffer.mask));
		call.buffer = &buffer;
		call.size = sizeof(buffer);
		call.arguments[1] = offsetof(struct policy_buffer, mask);
		call.arguments[2] = 8 * sizeof(buffer.mask) + 1;
		call.within = 1U << 1;
	}
	error = inject_call(inject, &call, &result);
	return error ? error : (int)result;
}

int kernel_get_mempolicy_in(struct inject *inject, int *mode, struct idset *nodes)
{
	struct policy_buffer buffer = { 0 };
	struct inject_call call = { .number = SYS_get_mempolicy,
		                    .arguments = { offsetof(struct policy_buffer, mode),
		                                   offsetof(struct policy_buffer, mask),
		                                   8 * sizeof(buffer.mask) + 1 },
		                    .within = 1U << 0 | 1U << 1,
		                    .buffer = &buffer,
		                    .size = sizeof(buffer) };
	struct idset found = { 0 };
	long result;
	int error = inject_call(inject, &call, &result);

	if (error || result)
		return error ? error : (int)result;
	memcpy(found.bits, buffer.mask, sizeof(buffer.mask));
	*mode = buffer.mode;
	*nodes = found;
	return 0;
}

int kernel_mind_filters_in(struct inject *inject)
{
	int error = inject_mind_filters(inject);

	if (!error)
		error = inject_may_call(inject, SYS_get_mempolicy);
	return error ? error : inject_may_call(inject, SYS_set_mempolicy);
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

int kernel_mbind(unsigned long address, unsigned long length, int mode, const struct idset *nodes,
                 unsigned flags)
{
	const unsigned long *mask = mask_of(nodes);
	char text[MODE_TEXT], operand[MODE_TEXT + 64];

	snprintf(operand, sizeof(operand), "%#lx, %lu%s, %s", address, length,
	         flags & MPOL_MF_STRICT ? ", MPOL_MF_STRICT" : "", mode_text(mode, text));
	narrate("mbind", operand, nodes);
	if (door.closed)
		return 0;
	return syscall(SYS_mbind, address, length, mode, mask, mask ? MAXNODE : 0, flags) ? -errno
	                                                                                  : 0;
}

int kernel_set_home_node(unsigned long address, unsigned long length, unsigned node)
{
	kernel_tell("set_mempolicy_home_node(%#lx, %lu, %u)", address, length, node);
	if (door.closed)
		return 0;
	return syscall(SYS_set_mempolicy_home_node, address, length, (unsigned long)node, 0UL)
	               ? -errno
	               : 0;
}

int kernel_policy_at(const void *address, int *mode, struct idset *nodes)
{
	struct idset found = { 0 };
	int found_mode;

	if (syscall(SYS_get_mempolicy, &found_mode, found.bits, MAXNODE, address,
	            (unsigned long)MPOL_F_ADDR))
		return -errno;
	*mode = found_mode;
	*nodes = found;
	return 0;
}

long kernel_move_pages(pid_t pid, size_t count, const unsigned long pages[], const int nodes[],
                       int status[], bool shared)
{
	int flags = shared ? MPOL_MF_MOVE_ALL : MPOL_MF_MOVE;
	long result;

	if (nodes && door.closed)
		return 0;
	result = syscall(SYS_move_pages, pid, count, pages, nodes, status, flags);
	if (result < 0 && capability_raise_nice()) {
		result = syscall(SYS_move_pages, pid, count, pages, nodes, status, flags);
		capability_lower_nice();
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
	if (result && capability_raise_nice()) {
		result = (int)syscall(SYS_sched_setaffinity, pid, sizeof(cpus->bits), cpus->bits);
		capability_lower_nice();
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

int kernel_write(int root, const char *path, const char *text)
{
	ssize_t written;
	int fd, error = 0;

	kernel_tell("write(%s, \"%.*s\")", path, (int)strcspn(text, "\n"), text);
	if (door.closed)
		return 0;
	fd = openat(root, util_below(root, path), O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* One call: what is behind these files acts on each, and by then close has nothing to tell. */
	written = write(fd, text, strlen(text));
	if (written != (ssize_t)strlen(text))
		error = written < 0 ? -errno : -EIO;
	close(fd);
	return error;
}

int kernel_make_folder(int root, const char *path)
{
	kernel_tell("mkdir(%s)", path);
	if (door.closed)
		return 0;
	return mkdirat(root, util_below(root, path), 0755) ? -errno : 0;
}

int kernel_remove_folder(int root, const char *path)
{
	kernel_tell("rmdir(%s)", path);
	if (door.closed)
		return 0;
	return unlinkat(root, util_below(root, path), AT_REMOVEDIR) ? -errno : 0;
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
