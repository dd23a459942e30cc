/* Doors of lib/kernel.h that tests with a kernel of their own have no use for: shut. */
#ifndef SHUT_H
#define SHUT_H

#include <errno.h>

#include "lib/kernel.h"

void kernel_tell(const char *format, ...)
{
	(void)format;
}

int kernel_mbind(unsigned long address, unsigned long length, int mode, const struct idset *nodes,
                 unsigned flags)
{
	(void)address, (void)length, (void)mode, (void)nodes, (void)flags;
	return -ENOSYS;
}

int kernel_set_home_node(unsigned long address, unsigned long length, unsigned node)
{
	(void)address, (void)length, (void)node;
	return -ENOSYS;
}

int kernel_policy_at(const void *address, int *mode, struct idset *nodes)
{
	(void)address, (void)mode, (void)nodes;
	return -ENOSYS;
}

int kernel_set_mempolicy_in(struct inject *inject, pid_t thread, int mode,
                            const struct idset *nodes)
{
	(void)inject, (void)thread, (void)mode, (void)nodes;
	return -ENOSYS;
}

int kernel_get_mempolicy_in(struct inject *inject, int *mode, struct idset *nodes)
{
	(void)inject, (void)mode, (void)nodes;
	return -ENOSYS;
}

int kernel_mind_filters_in(struct inject *inject)
{
	(void)inject;
	return -ENOSYS;
}

int kernel_write(int root, const char *path, const char *text)
{
	(void)root;
	(void)path;
	(void)text;
	return -ENOSYS;
}

int kernel_make_folder(int root, const char *path)
{
	(void)root;
	(void)path;
	return -ENOSYS;
}

int kernel_remove_folder(int root, const char *path)
{
	(void)root;
	(void)path;
	return -ENOSYS;
}

#endif
