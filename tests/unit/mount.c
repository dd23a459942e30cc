/* Lines of mountinfo, and the folders in a file system's options. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/mount.h"

static const char lines[] =
	"22 1 0:21 / /proc rw,nosuid - proc proc rw\n"
	"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:3 - ext3 /dev/ro\\040ot rw,errors=x\n"
	"37 35 0:3 / /cut off\n"
	"380 35 0:44 / /o rw - overlay overlay rw,lowerdir=/a:/b,upperdir=/up\\040per,workdir=/w\n"
	"39 35 0:45 /@ /b rw - btrfs /dev/sda2 rw,subvol=/@\n"
	"40 35 0:46 / /e rw - tmpfs  rw";

static void test_lines(void **state)
{
	static const struct {
		unsigned long id;
		const char *type, *source, *options;
	} cases[] = {
		{ 22, "proc", "proc", "rw" },
		{ 36, "ext3", "/dev/ro ot", "rw,errors=x" },
		{ 37, NULL, NULL, NULL },
		{ 38, NULL, NULL, NULL },
		{ 39, "btrfs", "/dev/sda2", "rw,subvol=/@" },
		{ 40, "tmpfs", "rw", "" },
		{ 41, NULL, NULL, NULL },
		{ 0, NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mount mount = { 0 };
		char text[sizeof(lines)];
		int error;

		memcpy(text, lines, sizeof(lines));
		error = mount_parse(text, cases[i].id, &mount);
		assert_int_equal(error, cases[i].type ? 0 : -ENOENT);
		if (error)
			continue;
		assert_string_equal(mount.type, cases[i].type);
		assert_string_equal(mount.source, cases[i].source);
		assert_string_equal(mount.options, cases[i].options);
	}
}

static void test_folders(void **state)
{
	static const char options[] = "rw,xlowerdir=/no,lowerdir=/a\\134:b:/c,upperdir=/u\\040p,"
				      "workdir=";
	char folder[16];

	(void)state;
	assert_int_equal(mount_folder(options, "lowerdir", folder, sizeof(folder)), 0);
	assert_string_equal(folder, "/a:b");
	assert_int_equal(mount_folder(options, "upperdir", folder, sizeof(folder)), 0);
	assert_string_equal(folder, "/u p");
	assert_int_equal(mount_folder(options, "workdir", folder, sizeof(folder)), 0);
	assert_string_equal(folder, "");
	assert_int_equal(mount_folder(options, "upper", folder, sizeof(folder)), -ENOENT);
	assert_int_equal(mount_folder("", "upperdir", folder, sizeof(folder)), -ENOENT);
	assert_int_equal(mount_folder(options, "upperdir", folder, 4), -ENAMETOOLONG);
	assert_int_equal(mount_folder(options, "upperdir", folder, 5), 0);
}

/* This machine's own /proc is on a file system that is known. */
static void test_own(void **state)
{
	struct mount mount;
	int fd = open("/proc/self", O_PATH | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(mount_of(fd, &mount), 0);
	assert_string_equal(mount.type, "proc");
	free(mount.text);
	close(fd);
	assert_int_equal(mount_of(-1, &mount), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests_name("mount", tests, NULL, NULL);
}
