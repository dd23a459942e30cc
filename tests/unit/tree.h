/* A directory with files of a test's own, removed at its end. Failure ends the test. */
#ifndef TREE_H
#define TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct tree {
	char path[64];
	int root; /* for util_read */
};

/* Opens with O_PATH | O_DIRECTORY as --sysroot does. */
static inline void tree_make(struct tree *tree)
{
	strcpy(tree->path, "/tmp/numaplace-test-XXXXXX");
	assert_non_null(mkdtemp(tree->path));
	tree->root = open(tree->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree->root >= 0);
}

/* Writes SIZE bytes to the file NAME ("/proc/mounts"), whose directories are made. */
static inline void tree_bytes(const struct tree *tree, const char *name, const char *bytes,
                              size_t size)
{
	char path[4096];
	FILE *file;

	assert_true(snprintf(path, sizeof(path), "%s%s", tree->path, name) < (int)sizeof(path));
	for (char *slash = path + strlen(tree->path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static inline void tree_file(const struct tree *tree, const char *name, const char *text)
{
	tree_bytes(tree, name, text, strlen(text));
}

static inline int tree_remove_entry(const char *path, const struct stat *status, int type,
                                    struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static inline void tree_remove(const struct tree *tree)
{
	close(tree->root);
	assert_int_equal(nftw(tree->path, tree_remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
