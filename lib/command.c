#include "lib/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/kernel.h"

/* What execvp(3) uses where PATH is not set. */
#define DEFAULT_PATH "/bin:/usr/bin"

static int check_file(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (!S_ISREG(status.st_mode))
		return -EACCES;
	/* Where the call itself is forbidden (filters older than faccessat2), execve will tell. */
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) && errno == EACCES ? -EACCES : 0;
}

int command_find(const char *name, char path[COMMAND_PATH])
{
	const char *search = getenv("PATH");
	int result = -ENOENT;

	if (strchr(name, '/') || !*name) {
		if (snprintf(path, COMMAND_PATH, "%s", name) >= COMMAND_PATH) {
			path[0] = '\0';
			return -ENAMETOOLONG;
		}
		return *name ? check_file(path) : -ENOENT;
	}
	for (search = search ? search : DEFAULT_PATH;; search++) {
		size_t length = strcspn(search, ":");
		int found = snprintf(path, COMMAND_PATH, "%.*s%s%s", (int)length, search,
		                     length ? "/" : "./", name);

		found = found < COMMAND_PATH ? check_file(path) : -ENOENT;
		if (found != -ENOENT && found != -EACCES)
			return found;
		if (found == -EACCES)
			result = -EACCES;
		search += length;
		if (!*search)
			return result;
	}
}

/* The beginning of a file; returns how much of it was read, 0 where it cannot be. */
static size_t read_start(const char *path, char *start, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t got = fd < 0 ? -1 : read(fd, start, size);

	if (fd >= 0)
		close(fd);
	return got < 0 ? 0 : (size_t)got;
}

/* The shell must not be let loose on programs for other machines. */
static bool is_text(const char *path)
{
	char start[256];
	size_t length = read_start(path, start, sizeof(start));

	return length > 0 && !memchr(start, '\0', length) && memcmp(start, "\177ELF", 4) != 0;
}

static int run_by_shell(const char *path, char *const argv[])
{
	static char shell[] = "/bin/sh";
	size_t count = 0;
	char **shell_argv;
	int error;

	while (argv[count])
		count++;
	shell_argv = calloc(count + 2, sizeof(*shell_argv));
	if (!shell_argv)
		return -ENOMEM;
	shell_argv[0] = shell;
	shell_argv[1] = (char *)path;
	for (size_t i = 1; i < count; i++)
		shell_argv[i + 1] = argv[i];
	error = kernel_execute(shell, shell_argv);
	free(shell_argv);
	return error;
}

int command_run(const char *path, char *const argv[])
{
	int error = kernel_execute(path, argv);

	if (error == -ENOEXEC && is_text(path))
		return run_by_shell(path, argv);
	return error;
}

/* ENOENT for a file that is there is about the file that it names to run it. */
static bool explain_missing(const char *path, char sentence[COMMAND_SENTENCE])
{
	char start[256] = "";
	size_t length = read_start(path, start, sizeof(start) - 1);
	char *interpreter = start + 2;

	if (length > 2 && !memcmp(start, "#!", 2)) {
		interpreter += strspn(interpreter, " \t");
		interpreter[strcspn(interpreter, " \t\n")] = '\0';
		if (strchr(interpreter, '\r')) {
			snprintf(sentence, COMMAND_SENTENCE,
			         "its first line ends with a carriage return, which the kernel "
			         "takes for a part of the interpreter's name");
			return true;
		}
		snprintf(sentence, COMMAND_SENTENCE,
		         access(interpreter, F_OK) ? "its interpreter %s does not exist"
		                                   : "what its interpreter %s itself needs to run "
		                                     "does not exist",
		         interpreter);
		return true;
	}
	if (length > 4 && !memcmp(start, "\177ELF", 4)) {
		snprintf(sentence, COMMAND_SENTENCE,
		         "the loader that it names does not exist (was it built for another "
		         "system?)");
		return true;
	}
	return false;
}

void command_explain(const char *path, int error, char sentence[COMMAND_SENTENCE])
{
	struct stat status;

	if (error == -ENOENT && access(path, F_OK) == 0 && explain_missing(path, sentence))
		return;
	if (error == -ENOEXEC)
		snprintf(sentence, COMMAND_SENTENCE, "is not a program for this machine");
	else if (error == -EACCES && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		snprintf(sentence, COMMAND_SENTENCE, "is a directory");
	else if (error == -ENOENT)
		snprintf(sentence, COMMAND_SENTENCE, "command not found");
	else
		snprintf(sentence, COMMAND_SENTENCE, "%s", strerror(-error));
}

int command_status(const char *path, int error)
{
	return error == -ENOENT && access(path, F_OK) != 0 ? 127 : 126;
}
