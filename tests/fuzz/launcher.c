/*
 * The variables of parallel launchers, each a line NAME=VALUE: a rank is below the size; and that
 * of Slurm's is what a second reader finds in its list of hosts.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/launcher.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define VARIABLES 8

static char *variables[VARIABLES + 1];

/* Of the environment nothing else counts. */
extern char **environ;

static void check_size(struct launcher *launcher)
{
	unsigned long size = 4711;
	int error = launcher_size(launcher, &size);

	CHECK(!error || error == -ENOENT || error == -EINVAL || error == -ERANGE);
	CHECK(error ? size == 4711 : size > launcher->rank);
}

/* "4(x2),3" says that hosts 0 and 1 have 4, 2 has 3. */
static void check_slurm(void)
{
	const char *list = getenv("SLURM_STEP_TASKS_PER_NODE"), *node = getenv("SLURM_NODEID");
	unsigned long wanted, size, host = 0;
	struct launcher launcher;

	if (!list || !node || launcher_find(&launcher) ||
	    strcmp(launcher.variable, "SLURM_LOCALID") != 0 || launcher_size(&launcher, &size))
		return;
	wanted = strtoul(node, NULL, 10);
	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',') {
		unsigned long count, times = 1;

		CHECK(sscanf(p, "%lu(x%lu)", &count, &times) >= 1);
		if (wanted < host + times) {
			CHECK(count == size);
			return;
		}
		host += times;
	}
	abort();
}

MUTATE_TEXT("OMPI_COMM_WORLD_LOCAL_RANK=1\n", "OMPI_COMM_WORLD_LOCAL_SIZE=2\n",
            "FLUX_TASK_LOCAL_ID=1\n", "FLUX_JOB_SIZE=8\n", "FLUX_JOB_NNODES=2\n",
            "SLURM_LOCALID=1\n", "SLURM_STEP_TASKS_PER_NODE=4(x2),3\n", "SLURM_NODEID=1\n",
            "SLURM_NTASKS_PER_NODE=4\n", "(x", ")", ",", "=", "\n")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* getenv(3) looks at two bytes of each line, even of an empty one. */
	char *text = calloc(1, size + 2), *rest = text, *line;
	char names[LAUNCHER_NAMES], **own = environ;
	struct launcher launcher = { 0 };
	int error;

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	memset(variables, 0, sizeof(variables));
	for (int i = 0; i < VARIABLES && (line = strsep(&rest, "\n")); i++)
		variables[i] = line;
	environ = variables;
	error = launcher_find(&launcher);
	CHECK(!error || error == -ENOENT || error == -EINVAL);
	CHECK(error == -ENOENT || strstr(launcher_names(names), launcher.variable));
	if (!error) {
		check_size(&launcher);
		check_slurm();
	}
	environ = own;
	free(text);
	return 0;
}
