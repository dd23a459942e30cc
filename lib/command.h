/* A command: found in PATH, run, and why it cannot be. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stddef.h>

#define COMMAND_PATH 4096
#define COMMAND_SENTENCE 1024

/*
 * Finds the file that execvp(3) would take for NAME. Returns 0, -ENOENT where there is none,
 * -EACCES where none of those that there are can be executed, or another -errno.
 */
int command_find(const char *name, char path[COMMAND_PATH]);

/*
 * Replaces this process by the file, through the door of lib/kernel.h, as execvp(3) does: a script
 * without "#!" is run by /bin/sh. Returns only on failure, -errno; 0 where the door is closed.
 */
int command_run(const char *path, char *const argv[]);

/* Says why PATH, which was found, could not be run: the error alone often misleads. */
void command_explain(const char *path, int error, char sentence[COMMAND_SENTENCE]);

/* 126 where the command is there but cannot be run, 127 where it is not. */
int command_status(const char *path, int error);

#endif
