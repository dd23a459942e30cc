#include "lib/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/util.h"

/* Of the threads of a process that starts and ends some all the time. */
#define LISTINGS 3

/* The value of a "Key:\tvalue" line, and its length; NULL if there is no such line. */
static const char *find_value(const char *text, const char *end, const char *key, size_t *length)
{
	size_t key_length = strlen(key);

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline ? newline : end;

		if ((size_t)(line_end - text) > key_length && !memcmp(text, key, key_length)) {
			*length = (size_t)(line_end - text) - key_length;
			return text + key_length;
		}
		text = line_end + 1;
	}
	return NULL;
}

static int parse_set(const char *text, const char *end, const char *key, bool *has,
                     struct idset *set)
{
	size_t length;
	const char *value = find_value(text, end, key, &length);
	int error;

	if (!value)
		return 0;
	error = idset_parse_list(value, length, set);
	*has = !error;
	return error;
}

/* One of the value's numbers, counted from 0, or the LAST; UNKNOWN where it is not there. */
#define LAST UINT_MAX

static unsigned long parse_value(const char *text, const char *end, const char *key, unsigned which,
                                 unsigned long unknown)
{
	size_t length, from = 0;
	unsigned count = 0;
	const char *value = find_value(text, end, key, &length);
	unsigned long number = unknown;

	while (value && from < length) {
		size_t to = from;

		while (to < length && value[to] >= '0' && value[to] <= '9')
			to++;
		if (to > from && (count == which || which == LAST) &&
		    util_parse_number(value + from, to - from, ULONG_MAX, &number))
			return unknown;
		if (to > from && count++ == which)
			break;
		from = to + 1;
	}
	return number;
}

/* proc_task_name() of the kernel writes a newline as \n, a backslash as two. */
static void parse_name(const char *text, const char *end, char name[PROCESS_NAME])
{
	size_t length, filled = 0;
	const char *value = find_value(text, end, "Name:\t", &length);

	for (size_t i = 0; value && i < length && filled < PROCESS_NAME - 1; i++) {
		if (value[i] == '\\' && i + 1 < length && strchr("n\\", value[i + 1])) {
			i++;
			name[filled++] = value[i] == 'n' ? '\n' : '\\';
		} else {
			name[filled++] = value[i];
		}
	}
	name[filled] = '\0';
}

int process_parse_status(const char *text, size_t length, struct process_status *status)
{
	struct process_status found = { .seccomp = -1, .state = '?' };
	const char *end = text + length, *value;
	int error;

	error = parse_set(text, end, "Cpus_allowed_list:", &found.has_cpus, &found.cpus);
	if (!error)
		error = parse_set(text, end, "Mems_allowed_list:", &found.has_nodes, &found.nodes);
	if (error)
		return error;
	value = find_value(text, end, "Seccomp:", &length);
	if (value && length >= 2 && value[length - 1] >= '0' && value[length - 1] <= '2')
		found.seccomp = value[length - 1] - '0';
	parse_name(text, end, found.name);
	value = find_value(text, end, "State:\t", &length);
	if (value && length)
		found.state = *value;
	found.leader = parse_value(text, end, "Tgid:", 0, 0);
	found.parent = parse_value(text, end, "PPid:", 0, 0);
	found.tracer = parse_value(text, end, "TracerPid:", 0, 0);
	value = find_value(text, end, "x86_Thread_features:", &length);
	found.has_shadow_stack = value && memmem(value, length, "shstk", 5);
	found.inner = parse_value(text, end, "NSpid:", LAST, 0);
	found.user = parse_value(text, end, "Uid:", 1, ULONG_MAX);
	found.resident = (parse_value(text, end, "VmRSS:", 0, 0) +
	                  parse_value(text, end, "HugetlbPages:", 0, 0))
	                 << 10;
	found.has_memory = find_value(text, end, "VmSize:", &length);
	*status = found;
	return 0;
}

int process_read_status(int root, const char *pid, struct process_status *status)
{
	char *text;
	size_t length;
	int error = util_read(root, &text, &length, "/proc/%s/status", pid);

	if (error)
		return error;
	error = process_parse_status(text, length, status);
	free(text);
	return util_malformed(error);
}

bool process_is_filtered(int root)
{
	struct process_status status;

	return !process_read_status(root, "self", &status) && status.seccomp == 2;
}

/* Below /proc/PID, which is held. -ESRCH where what it was has ended. */
static int read_status_at(int directory, const char *path, struct process_status *status)
{
	char *text;
	size_t length;
	int error = util_read(directory, &text, &length, "/%s", path);

	if (error)
		return error == -ENOENT ? -ESRCH : error;
	error = process_parse_status(text, length, status);
	free(text);
	return util_malformed(error);
}

int process_thread_status(const struct process *process, pid_t thread,
                          struct process_status *status)
{
	char path[64];

	snprintf(path, sizeof(path), "task/%d/status", (int)thread);
	return read_status_at(process->directory, path, status);
}

/* 0 where /proc numbers processes as the system calls of this process do; or -EXDEV, or -errno. */
static int check_proc(void)
{
	char target[32];
	ssize_t length = readlink("/proc/self", target, sizeof(target) - 1);
	unsigned long pid;

	if (length < 0 && util_is_fault(-errno))
		return -errno;
	return length > 0 && !util_parse_number(target, (size_t)length, INT_MAX, &pid) &&
	                       (pid_t)pid == getpid()
	               ? 0
	               : -EXDEV;
}

/*
 * -1 where the kernel has none for it, or a filter forbids the call; or -errno. pidfd_open(2) takes
 * no thread but a process's first; kernels have said EINVAL and ENOENT.
 */
static int open_pidfd(pid_t pid, int *pidfd)
{
	*pidfd = (int)syscall(SYS_pidfd_open, pid, 0U);
	if (*pidfd >= 0 || (errno != ESRCH && !util_is_fault(-errno)))
		return 0;
	return -errno;
}

static int check_opened(struct process *process)
{
	int error = read_status_at(process->directory, "status", &process->status);

	if (error)
		return error;
	if (process->status.leader && process->status.leader != (unsigned long)process->pid)
		return -ECHILD;
	/* Held by two handles: they are the same process's if it still has its number now. */
	error = open_pidfd(process->pid, &process->pidfd);
	if (error)
		return error;
	if (faccessat(process->directory, "status", F_OK, 0))
		return errno == ENOENT ? -ESRCH : -errno;
	return 0;
}

int process_open(pid_t pid, struct process *process)
{
	struct process opened = { .pid = pid, .pidfd = -1 };
	char path[32];
	int error;

	error = check_proc();
	if (error)
		return error;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	opened.directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (opened.directory < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	error = check_opened(&opened);
	if (error)
		process_close(&opened);
	*process = opened;
	return error;
}

void process_allow_many(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void process_close(struct process *process)
{
	if (process->directory >= 0)
		close(process->directory);
	if (process->pidfd >= 0)
		close(process->pidfd);
	process->directory = process->pidfd = -1;
}

bool process_is_gone(const struct process *process)
{
	struct pollfd ended = { .fd = process->pidfd, .events = POLLIN };
	struct process_status status;

	/* A pidfd can be read from when its process has ended. */
	if (process->pidfd >= 0)
		return poll(&ended, 1, 0) > 0;
	return read_status_at(process->directory, "status", &status) || status.state == 'Z' ||
	       status.state == 'X';
}

int process_open_memory(const struct process *process)
{
	return openat(process->directory, "mem", O_RDONLY | O_CLOEXEC);
}

/* Nothing can be read where nobody has that memory any more (mem_rw() of the kernel). */
bool process_left_memory(int memory)
{
	char byte;

	return memory >= 0 && pread(memory, &byte, 1, 0) == 0;
}

int process_compare_ids(const void *a, const void *b)
{
	pid_t left = *(const pid_t *)a, right = *(const pid_t *)b;

	return (left > right) - (left < right);
}

/* The entries of a folder that are numbers. */
static long list_pids(int directory, const char *path, pid_t **pids)
{
	int fd = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	pid_t *list = NULL;
	size_t count = 0, room = 0;

	if (!folder) {
		int error = errno == ENOENT ? -ESRCH : -errno;

		if (fd >= 0)
			close(fd);
		return error < 0 ? error : -EIO;
	}
	while (errno = 0, (entry = readdir(folder))) {
		unsigned long pid;

		if (util_parse_number(entry->d_name, strlen(entry->d_name), INT_MAX, &pid))
			continue;
		if (count == room) {
			pid_t *larger = reallocarray(list, 2 * room + 16, sizeof(*list));

			if (!larger) {
				free(list);
				closedir(folder);
				return -ENOMEM;
			}
			list = larger;
			room = 2 * room + 16;
		}
		list[count++] = (pid_t)pid;
	}
	if (errno) {
		int error = -errno;

		free(list);
		closedir(folder);
		return error < 0 ? error : -EIO;
	}
	closedir(folder);
	if (count)
		qsort(list, count, sizeof(*list), process_compare_ids);
	*pids = list;
	return (long)count;
}

/* Adds those that are not in a sorted list yet. Returns its new length, or -ENOMEM. */
static long add_pids(pid_t **list, size_t count, const pid_t *others, size_t more)
{
	pid_t *larger = reallocarray(*list, count + more + 1, sizeof(*larger));
	size_t length = count;

	if (!larger)
		return -ENOMEM;
	for (size_t i = 0; i < more; i++)
		if (!bsearch(&others[i], larger, count, sizeof(*larger), process_compare_ids))
			larger[length++] = others[i];
	qsort(larger, length, sizeof(*larger), process_compare_ids);
	*list = larger;
	return (long)length;
}

/*
 * Where a thread ends while the kernel lists them (proc_task_readdir) others may be left out. So
 * they are listed until one list has none that those before did not have, or often enough.
 */
long process_threads(const struct process *process, pid_t **threads)
{
	pid_t *list = NULL;
	long count = 0;

	for (int i = 0; i < LISTINGS; i++) {
		pid_t *listed;
		long before = count, more = list_pids(process->directory, "task", &listed);

		count = more;
		if (more >= 0) {
			count = add_pids(&list, (size_t)before, listed, (size_t)more);
			free(listed);
		}
		if (count < 0) {
			free(list);
			return count;
		}
		if (i && count == before)
			break;
	}
	*threads = list;
	return count;
}

long process_families(struct process_family **families)
{
	struct process_family *list;
	pid_t *pids = NULL;
	long count = list_pids(AT_FDCWD, "/proc", &pids);
	size_t found = 0;
	int error = 0;

	if (count < 0)
		return count;
	list = calloc((size_t)count + 1, sizeof(*list));
	if (!list)
		error = -ENOMEM;
	for (long i = 0; !util_is_fault(error) && i < count; i++) {
		struct process_status status;
		char number[16];

		snprintf(number, sizeof(number), "%d", (int)pids[i]);
		/* One that has ended meanwhile is in none. */
		error = process_read_status(UTIL_HERE, number, &status);
		if (!error)
			list[found++] = (struct process_family){ pids[i], (pid_t)status.parent };
	}
	free(pids);
	if (util_is_fault(error)) {
		free(list);
		return error;
	}
	*families = list;
	return (long)found;
}

/* 1 where it does, 0 where it does not or cannot be read, or -errno of a failure. */
static int contains(pid_t pid, const char *file, const char *word)
{
	char *text;
	size_t length;
	bool is_there;
	int error = util_read(UTIL_HERE, &text, &length, "/proc/%d/%s", (int)pid, file);

	if (error)
		return util_is_fault(error) ? error : 0;
	while (length && (text[length - 1] == '\0' || text[length - 1] == '\n'))
		text[--length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	is_there = strstr(text, word);
	free(text);
	return is_there;
}

long process_find(const char *word, pid_t **found)
{
	pid_t *list = NULL;
	long count = list_pids(AT_FDCWD, "/proc", &list), kept = 0;
	int is_called = 0;

	if (count < 0)
		return count;
	for (long i = 0; is_called >= 0 && i < count; i++) {
		is_called = contains(list[i], "cmdline", word);
		if (!is_called)
			is_called = contains(list[i], "comm", word);
		if (is_called > 0)
			list[kept++] = list[i];
	}
	if (is_called < 0) {
		free(list);
		return is_called;
	}
	*found = list;
	return kept;
}
