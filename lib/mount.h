/* Which file system a file is on, by /proc/self/mountinfo. */
#ifndef MOUNT_H
#define MOUNT_H

#include <stddef.h>

/* Of one mount; the strings are in text, which is the caller's to free. */
struct mount {
	char *text;
	const char *type;    /* "ext4", "overlay", "fuse.sshfs" */
	const char *source;  /* "/dev/sda1", "overlay", "server:/export" */
	const char *options; /* of the file system: "rw,lowerdir=/a:/b,upperdir=/c" */
};

/*
 * The mount that the file opened as FD is on (by the mnt_id of fdinfo, as btrfs gives a subvolume
 * another st_dev than its mount). Returns 0 or -errno: -ENOENT where /proc does not tell.
 */
int mount_of(int fd, struct mount *mount);

/*
 * Finds mount ID in TEXT, mountinfo with NUL behind it, which is cut up; escapes of type and source
 * are decoded. Returns 0 with all but *text stored, or -ENOENT.
 */
int mount_parse(char *text, unsigned long id, struct mount *mount);

/*
 * The first folder that an option of the file system ("upperdir") names, decoded, into FOLDER of
 * SIZE. Returns 0, -ENOENT, or -ENAMETOOLONG.
 */
int mount_folder(const char *options, const char *option, char *folder, size_t size);

#endif
