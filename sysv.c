#include "sysv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/kernel.h"
#include "lib/util.h"
#include "request.h"
#include "segment.h"

/* The number of kB behind KEY in the TEXT of a file of /proc; 0 where it is not there. */
static unsigned long find_kilobytes(const char *text, const char *key)
{
	const char *line = strstr(text, key);

	return line ? strtoul(line + strlen(key), NULL, 10) * 1024 : 0;
}

static unsigned long default_huge_size(void)
{
	char *text;
	size_t length;
	unsigned long size;

	if (util_read(UTIL_HERE, &text, &length, "/proc/meminfo"))
		return 0;
	size = find_kilobytes(text, "\nHugepagesize:");
	free(text);
	return size;
}

/* The page size of our mapping at ADDRESS, as smaps has it; the base one where that is hidden. */
static unsigned long page_size_at(const void *address)
{
	unsigned long size = 0;
	char *text, *line, start[32];
	size_t length;

	snprintf(start, sizeof(start), "%lx-", (unsigned long)address);
	if (!util_read(UTIL_HERE, &text, &length, "/proc/self/smaps")) {
		line = strstr(text, start);
		while (line && line != text && line[-1] != '\n')
			line = strstr(line + 1, start);
		size = line ? find_kilobytes(line, "KernelPageSize:") : 0;
		free(text);
	}
	return size ? size : (unsigned long)sysconf(_SC_PAGESIZE);
}

/*
 * The key as ftok(3) makes it: of the file's place and the low 8 bits of the id. That function
 * itself answers -1 for a failure, which is a key too.
 */
static key_t key_of(const struct stat *file, int id)
{
	return (key_t)(((unsigned)file->st_ino & 0xffff) | ((unsigned)file->st_dev & 0xff) << 16 |
	               (unsigned)id << 24);
}

static void take_key(const struct request *request, const struct stat *file,
                     struct segment *segment)
{
	segment->key = key_of(file, request->shm_id < 0 ? 0 : request->shm_id);
	if (segment->key == IPC_PRIVATE)
		segment_refuse(segment,
		               "its key is 0, which stands for no segment (take another --shmid)");
}

static void attach(struct segment *segment)
{
	void *memory = shmat(segment->id, NULL, segment->writable ? 0 : SHM_RDONLY);

	if ((long)memory == -1 && segment->writable && errno == EACCES) {
		segment->writable = false;
		memory = shmat(segment->id, NULL, SHM_RDONLY);
	}
	if ((long)memory == -1)
		util_die(util_failure, "--shm=%s: shmat: %s%s", segment->name, strerror(errno),
		         errno == EACCES ? " (it is someone else's)" : "");
	segment->memory = memory;
}

/*
 * The kernel gives the file behind a segment its id for a number (newseg, ipc/shm.c), and that of
 * tmpfs interleaves from there on; that of huge pages does not.
 */
static void take_phase(struct segment *segment)
{
	segment->phase = segment->is_huge ? 0 : (unsigned long)segment->id;
}

/* Whether the key file could be created, as far as its folder is concerned; errno says why not. */
static bool has_folder(const char *name)
{
	char folder[PATH_MAX];

	segment_folder(name, folder);
	return !euidaccess(folder, W_OK | X_OK);
}

void sysv_find(const struct request *request, struct segment *segment)
{
	struct shmid_ds status;
	struct stat file;

	segment->page_size = (unsigned long)sysconf(_SC_PAGESIZE);
	if (request->huge) {
		segment->page_size = default_huge_size();
		segment->is_huge = true;
		if (!segment->page_size)
			util_die(util_failure, "--huge: this kernel has no huge pages");
	}
	if (stat(segment->name, &file)) {
		if (errno == ENOENT)
			segment_refuse_link(segment);
		if (errno != ENOENT || !has_folder(segment->name))
			segment_refuse(segment, strerror(errno));
		return;
	}
	take_key(request, &file, segment);
	segment->id = shmget(segment->key, 0, 0);
	if (segment->id < 0 && errno == ENOENT)
		return;
	if (segment->id < 0 || shmctl(segment->id, IPC_STAT, &status))
		util_die(util_failure, "--shm=%s: key %#x: %s%s", segment->name,
		         (unsigned)segment->key, strerror(errno),
		         errno == EACCES ? " (it is someone else's)" : "");
	segment->exists = true;
	segment->size = status.shm_segsz;
	attach(segment);
	segment->page_size = page_size_at(segment->memory);
	if (request->huge && segment->page_size == (unsigned long)sysconf(_SC_PAGESIZE))
		segment_refuse(segment, "is there already, and not of huge pages");
	segment->is_huge = segment->page_size != (unsigned long)sysconf(_SC_PAGESIZE);
	take_phase(segment);
}

static void create_key(const struct request *request, struct segment *segment)
{
	struct stat file;
	int fd;

	if (!stat(segment->name, &file))
		return;
	kernel_tell("open(%s, O_CREAT | O_EXCL, 0%o)", segment->name,
	            (unsigned)segment_mode(request));
	if (kernel_is_closed())
		return;
	fd = open(segment->name, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, segment_mode(request));
	if (fd < 0)
		segment_refuse(segment, strerror(errno));
	segment->made_key = true;
	if (fstat(fd, &file))
		segment_refuse(segment, strerror(errno));
	close(fd);
	take_key(request, &file, segment);
}

static const char *why_no_segment(int error, bool huge)
{
	if (error == ENOMEM && huge)
		return ": not enough free huge pages (see /proc/meminfo)";
	if (error == EPERM && huge)
		return ": huge pages need CAP_IPC_LOCK or a group (vm.hugetlb_shm_group)";
	if (error == EINVAL)
		return ": it is larger than kernel.shmmax allows";
	if (error == ENOSPC)
		return ": there are as many segments as kernel.shmmni or shmall allow";
	return "";
}

void sysv_create(const struct request *request, struct segment *segment)
{
	int flags =
		IPC_CREAT | IPC_EXCL | segment_mode(request) | (request->huge ? SHM_HUGETLB : 0);

	create_key(request, segment);
	kernel_tell("shmget(%s, %lu, IPC_CREAT | IPC_EXCL%s | 0%o)", segment->name, segment->size,
	            request->huge ? " | SHM_HUGETLB" : "", (unsigned)segment_mode(request));
	if (kernel_is_closed())
		return;
	segment->id = shmget(segment->key, segment->size, flags);
	if (segment->id < 0)
		util_die(util_failure, "--shm=%s: shmget: %s%s", segment->name, strerror(errno),
		         why_no_segment(errno, request->huge));
	segment->made = true;
	attach(segment);
	take_phase(segment);
	segment->memory += segment->offset;
}
