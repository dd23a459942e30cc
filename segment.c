#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/interrupt.h"
#include "lib/kernel.h"
#include "lib/pages.h"
#include "lib/util.h"
#include "request.h"
#include "sysv.h"

#define DEFAULT_MODE 0600

int segment_mode(const struct request *request)
{
	return request->shm_mode < 0 ? DEFAULT_MODE : request->shm_mode;
}

void segment_folder(const char *name, char folder[PATH_MAX])
{
	const char *slash = strrchr(name, '/');

	snprintf(folder, PATH_MAX, "%.*s", slash ? (int)(slash - name) + 1 : 1, slash ? name : ".");
}

void segment_refuse(const struct segment *segment, const char *reason)
{
	util_die(util_failure, "--%s=%s: %s", segment->option, segment->name, reason);
}

/* The range */

static unsigned long round_up(unsigned long size, unsigned long page_size)
{
	return (size + page_size - 1) / page_size * page_size;
}

static void refuse_end(const struct segment *segment, const struct request *request)
{
	char reason[160];

	snprintf(reason, sizeof(reason), "it ends at %lu, and %lu bytes from %lu on are asked for",
	         segment->size, request->length, request->offset);
	segment_refuse(segment, reason);
}

/* Sets offset, length and size. */
static void take_range(const struct request *request, bool creates, struct segment *segment)
{
	unsigned long end, most = (unsigned long)LONG_MAX - segment->page_size;
	bool grows = creates && (!segment->exists || segment->kind != SEGMENT_SYSV);

	if (request->offset % segment->page_size)
		util_die(util_failure, "--offset=%lu: is no multiple of the page size (%lu)",
		         request->offset, segment->page_size);
	if (__builtin_add_overflow(request->offset, request->length, &end) || end > most)
		util_die(util_failure, "--length=%lu: is too large", request->length);
	if (!request->has_length && !segment->exists)
		segment_refuse(segment, "is not there (--length creates it)");
	if (!request->has_length && request->offset && request->offset >= segment->size) {
		char reason[96];

		snprintf(reason, sizeof(reason), "it ends at %lu, before --offset=%lu",
		         segment->size, request->offset);
		segment_refuse(segment, reason);
	}
	if (!request->has_length)
		end = segment->size;
	segment->size_before = segment->size;
	if (end > round_up(segment->size, segment->page_size)) {
		if (!grows)
			refuse_end(segment, request);
		segment->size = segment->kind == SEGMENT_HUGETLBFS
		                        ? round_up(end, segment->page_size)
		                        : end;
	}
	segment->offset = request->offset;
	segment->length = round_up(end - request->offset, segment->page_size);
}

/* Files */

static const char *what_it_is(mode_t mode)
{
	return S_ISDIR(mode)    ? "is a directory, not a file"
	       : S_ISFIFO(mode) ? "is a FIFO, not a file"
	       : S_ISSOCK(mode) ? "is a socket, not a file"
	       : S_ISREG(mode)  ? NULL
	                        : "is a device, not a file";
}

static void take_file_system(const struct statfs *system, struct segment *segment)
{
	segment->page_size = (unsigned long)sysconf(_SC_PAGESIZE);
	switch ((unsigned long)system->f_type) {
	case TMPFS_MAGIC: segment->kind = SEGMENT_TMPFS; break;
	case HUGETLBFS_MAGIC:
		segment->kind = SEGMENT_HUGETLBFS;
		segment->page_size = (unsigned long)system->f_bsize;
		segment->is_huge = true;
		break;
	default: segment->kind = SEGMENT_CACHE;
	}
}

void segment_refuse_link(const struct segment *segment)
{
	struct stat link;

	if (!lstat(segment->name, &link))
		segment_refuse(segment, "is a symbolic link to what is not there");
}

/* The file system that a new file would be on. */
static void find_new_file(struct segment *segment)
{
	char folder[PATH_MAX];
	struct statfs system;

	segment_refuse_link(segment);
	segment_folder(segment->name, folder);
	if (statfs(folder, &system))
		segment_refuse(segment, strerror(errno));
	take_file_system(&system, segment);
}

/*
 * Since Linux 5.2 mincore(2) tells of a file's pages to its owner and to who may write to it; to
 * others all seem to be there.
 */
static void check_may_look(const struct segment *segment, const struct stat *file)
{
	if (geteuid() == 0 || geteuid() == file->st_uid || !euidaccess(segment->name, W_OK) ||
	    kernel_older_than(5, 2))
		return;
	segment_refuse(segment,
	               "which of its pages are in memory the kernel tells only to its owner and "
	               "to who may write to it");
}

/* The same file once more, where one may and it is one that policies work on. */
static void open_to_write(struct segment *segment, const struct stat *file)
{
	int fd = segment->kind == SEGMENT_CACHE
	                 ? -1
	                 : open(segment->name, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct stat again;

	segment->writable = fd >= 0 && !fstat(fd, &again) && again.st_dev == file->st_dev &&
	                    again.st_ino == file->st_ino;
	if (fd >= 0)
		close(segment->writable ? segment->fd : fd);
	if (segment->writable)
		segment->fd = fd;
}

static void find_file(struct segment *segment)
{
	struct statfs system;
	struct stat file;

	/* Opening a device may do something to it. */
	if (stat(segment->name, &file)) {
		if (errno != ENOENT)
			segment_refuse(segment, strerror(errno));
		find_new_file(segment);
		return;
	}
	if (what_it_is(file.st_mode))
		segment_refuse(segment, what_it_is(file.st_mode));
	segment->fd = open(segment->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (segment->fd < 0 || fstat(segment->fd, &file) || fstatfs(segment->fd, &system))
		segment_refuse(segment, strerror(errno));
	if (what_it_is(file.st_mode))
		segment_refuse(segment, what_it_is(file.st_mode));
	take_file_system(&system, segment);
	check_may_look(segment, &file);
	if (segment->writable)
		open_to_write(segment, &file);
	segment->exists = true;
	segment->size = (unsigned long)file.st_size;
}

/* Without reservation: of huge pages the kernel would take those of the whole range at once. */
static void *map(const struct segment *segment, int rights)
{
	return mmap(NULL, segment->length, rights, MAP_SHARED | MAP_NORESERVE, segment->fd,
	            (off_t)segment->offset);
}

static void map_file(struct segment *segment)
{
	struct stat file;
	void *memory;

	if (!segment->length)
		return;
	memory = map(segment, PROT_READ | (segment->writable ? PROT_WRITE : 0));
	/* It is sealed (fcntl(2), F_SEAL_WRITE). */
	if (memory == MAP_FAILED && errno == EPERM && segment->writable) {
		segment->writable = false;
		memory = map(segment, PROT_READ);
	}
	if (memory == MAP_FAILED)
		util_die(util_failure, "--file=%s: mmap: %s", segment->name, strerror(errno));
	madvise(memory, segment->length, MADV_RANDOM);
	segment->memory = memory;
	/* shmem_pseudo_vma_init() and its successors in mm/shmem.c */
	if (segment->kind == SEGMENT_TMPFS && !fstat(segment->fd, &file))
		segment->phase = (unsigned long)file.st_ino;
}

/* The file is opened anew to be written to. */
static void grow_file(struct segment *segment)
{
	int fd, error = 0;

	kernel_tell("ftruncate(%s, %lu)", segment->name, segment->size);
	if (kernel_is_closed())
		return;
	fd = segment->made ? segment->fd : open(segment->name, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		segment_refuse(segment, strerror(errno));
	if (ftruncate(fd, (off_t)segment->size))
		error = errno;
	if (fd != segment->fd)
		close(segment->fd);
	segment->fd = fd;
	segment->grown = !error;
	if (!error)
		return;
	util_die(util_failure, "--file=%s: ftruncate: %s", segment->name, strerror(error));
}

static void create_file(const struct request *request, struct segment *segment)
{
	if (!segment->exists) {
		kernel_tell("open(%s, O_RDWR | O_CREAT | O_EXCL, 0%o)", segment->name,
		            (unsigned)segment_mode(request));
		if (!kernel_is_closed()) {
			segment->fd = open(segment->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			                   segment_mode(request));
			if (segment->fd < 0)
				segment_refuse(segment, strerror(errno));
			segment->made = true;
		}
	}
	if (segment->size != segment->size_before)
		grow_file(segment);
	if (kernel_is_closed())
		return;
	map_file(segment);
}

void segment_find(const struct request *request, bool creates, struct segment *segment)
{
	*segment = (struct segment){ .option = request->shm ? "shm" : "file",
		                     .name = request->shm ? request->shm : request->file,
		                     .writable = request->touch,
		                     .id = -1,
		                     .fd = -1 };
	if (request->shm)
		sysv_find(request, segment);
	else
		find_file(segment);
	if (!segment->exists && !creates)
		segment_refuse(segment, "is not there (a placement or --touch creates it)");
	if (creates && segment->kind == SEGMENT_CACHE)
		segment_refuse(segment,
		               "memory policies work on files of tmpfs and hugetlbfs only");
	take_range(request, creates, segment);
	if (creates && !segment->length)
		segment_refuse(segment, "is empty (--length makes it larger)");
	if (segment->memory)
		segment->memory += segment->offset;
	else if (segment->exists && segment->size == segment->size_before)
		map_file(segment);
}

/* The one that is being created. */
static const struct segment *unfinished;

/*
 * Takes back what segment_create did, by system calls alone; fails where it cannot. shmctl is not
 * on POSIX's list of what a handler may call, but is a system call and no more (ipc(7)).
 */
static bool take_back(void)
{
	const struct segment *segment = unfinished;

	if (!segment)
		return true;
	if (segment->made && segment->id >= 0)
		// NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c)
		shmctl(segment->id, IPC_RMID, NULL);
	if (segment->made_key || (segment->made && segment->id < 0))
		unlink(segment->name);
	else if (segment->grown && ftruncate(segment->fd, (off_t)segment->size_before))
		return false;
	return true;
}

static void undo(void)
{
	if (!take_back())
		util_warn("%s: ftruncate: %s", unfinished->name, strerror(errno));
}

static void undo_and_end(int number)
{
	take_back();
	signal(number, SIG_DFL);
	raise(number);
}

void segment_create(const struct request *request, struct segment *segment)
{
	if (segment->memory)
		return;
	unfinished = segment;
	util_at_failure(undo);
	interrupt_catch_all(undo_and_end);
	if (request->shm)
		sysv_create(request, segment);
	else
		create_file(request, segment);
}

void segment_keep(void)
{
	unfinished = NULL;
	util_at_failure(NULL);
}

void segment_announce(const struct segment *segment)
{
	char before[UTIL_SIZE], size[UTIL_SIZE];

	util_size(segment->size, size);
	if (segment->made_key)
		util_warn("%s: key file created", segment->name);
	if (segment->made && segment->id >= 0)
		util_warn("%s: segment %d created (%s)", segment->name, segment->id, size);
	else if (segment->made)
		util_warn("%s: created (%s)", segment->name, size);
	else if (segment->grown)
		util_warn("%s: %s, was %s", segment->name, size,
		          util_size(segment->size_before, before));
}

long long segment_huge_bytes(const struct segment *segment)
{
	struct stat file;
	char path[96];

	/* That of a segment is to be had through its mapping, with CAP_CHECKPOINT_RESTORE. */
	if (segment->kind == SEGMENT_SYSV) {
		unsigned long start = (unsigned long)segment->memory - segment->offset;

		snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", start,
		         start + round_up(segment->size, segment->page_size));
		if (stat(path, &file))
			return -1;
	} else if (fstat(segment->fd, &file)) {
		return -1;
	}
	return (long long)file.st_blocks * 512;
}

/* Whether the pages are in memory; of huge ones that are not mapped the kernel tells little. */
static enum pages_hint hint_of(const struct segment *segment)
{
	long long bytes;

	if (!segment->is_huge)
		return PAGES_ASK;
	if (segment->touched)
		return PAGES_ALL;
	bytes = segment_huge_bytes(segment);
	return bytes == 0                          ? PAGES_NONE
	       : bytes >= (long long)segment->size ? PAGES_ALL
	                                           : PAGES_NOT_TOLD;
}

void segment_walk(const struct segment *segment, segment_visit *visit, void *context)
{
	static int nodes[PAGES_WINDOW];
	enum pages_hint hint = segment->memory ? hint_of(segment) : PAGES_NONE;
	unsigned long window = PAGES_WINDOW * segment->page_size, length;

	for (unsigned long at = 0; segment->memory && at < segment->length; at += length) {
		char *memory = segment->memory + at;
		size_t count;
		int error;

		length = segment->length - at < window ? segment->length - at : window;
		count = length / segment->page_size;
		error = pages_locate(memory, count, segment->page_size, hint, nodes);
		if (error)
			util_die(util_failure, "--%s=%s: where its pages are: %s", segment->option,
			         segment->name, strerror(-error));
		visit(context, segment->offset + at, count, nodes);
		pages_forget(memory, length);
	}
}
