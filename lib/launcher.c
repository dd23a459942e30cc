#include "lib/launcher.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* 0, -ENOENT where it is not set, or -EINVAL. */
static int read_number(const char *variable, unsigned long *number)
{
	const char *text = getenv(variable);

	if (!text)
		return -ENOENT;
	return util_parse_number(text, strlen(text), UINT_MAX, number) ? -EINVAL : 0;
}

/* The same; it is this variable, then, that tells the number of processes, or fails to. */
static int read_size(struct launcher *launcher, const char *variable, unsigned long *number)
{
	launcher->size_variable = variable;
	return read_number(variable, number);
}

/* Slurm's "4(x2),3": two hosts with four processes, one with three. *TEXT goes behind the part. */
static int take_hosts(const char **text, unsigned long *processes, unsigned long *hosts)
{
	static const char digits[] = "0123456789";
	const char *p = *text;
	size_t length = strspn(p, digits);

	*hosts = 1;
	if (util_parse_number(p, length, UINT_MAX, processes))
		return -EINVAL;
	p += length;
	if (!strncmp(p, "(x", 2)) {
		p += 2;
		length = strspn(p, digits);
		if (util_parse_number(p, length, UINT_MAX, hosts) || p[length] != ')')
			return -EINVAL;
		p += length + 1;
	}
	if (*p && *p != ',')
		return -EINVAL;
	*text = p + (*p == ',');
	return 0;
}

/* Only srun knows of the step; the other one is what was asked for. */
static int read_slurm(struct launcher *launcher, const char *variable, unsigned long *size)
{
	const char *text = getenv(variable);
	unsigned long host, hosts;
	int error;

	if (!text)
		return read_size(launcher, "SLURM_NTASKS_PER_NODE", size);
	error = read_size(launcher, "SLURM_NODEID", &host);
	if (error)
		return error;
	launcher->size_variable = variable;
	while (*text) {
		error = take_hosts(&text, size, &hosts);
		if (error)
			return error;
		if (host < hosts)
			return 0;
		host -= hosts;
	}
	return -EINVAL;
}

/* Flux tells of the job as a whole: enough where the hosts have the same number of processes. */
static int read_flux(struct launcher *launcher, const char *variable, unsigned long *size)
{
	unsigned long processes, hosts;
	int error = read_size(launcher, "FLUX_JOB_NNODES", &hosts);

	if (!error)
		error = read_size(launcher, variable, &processes);
	if (error)
		return error;
	if (!hosts || processes % hosts)
		return -ENOENT;
	*size = processes / hosts;
	return 0;
}

/*
 * Those that start processes come before those that allocate machines to them: in a job of Slurm's
 * SLURM_LOCALID is set for mpirun, too, and would be 0 for all that it starts.
 */
static const struct row {
	const char *rank, *size;
	int (*read)(struct launcher *launcher, const char *variable, unsigned long *size);
} rows[] = {
	{ "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE", read_size }, /* Open MPI */
	{ "MPI_LOCALRANKID", "MPI_LOCALNRANKS", read_size }, /* Hydra: MPICH, Intel MPI */
	{ "MV2_COMM_WORLD_LOCAL_RANK", "MV2_COMM_WORLD_LOCAL_SIZE", read_size }, /* MVAPICH2 */
	{ "PMI_LOCAL_RANK", "PMI_LOCAL_SIZE", read_size },                       /* Cray's PMI */
	{ "PALS_LOCAL_RANKID", "PALS_LOCAL_SIZE", read_size },
	{ "PMIX_LOCAL_RANK", "PMIX_LOCAL_SIZE", read_size },
	{ "LOCAL_RANK", "LOCAL_WORLD_SIZE", read_size }, /* torchrun */
	{ "FLUX_TASK_LOCAL_ID", "FLUX_JOB_SIZE", read_flux },
	{ "SLURM_LOCALID", "SLURM_STEP_TASKS_PER_NODE", read_slurm },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int launcher_find(struct launcher *launcher)
{
	for (size_t i = 0; i < ROWS; i++) {
		unsigned long rank;
		int error = read_number(rows[i].rank, &rank);

		if (error == -ENOENT)
			continue;
		launcher->variable = rows[i].rank;
		if (error)
			return error;
		launcher->rank = rank;
		return 0;
	}
	return -ENOENT;
}

int launcher_size(struct launcher *launcher, unsigned long *size)
{
	const struct row *row = rows;
	unsigned long found;
	int error;

	while (row->rank != launcher->variable)
		row++;
	error = row->read(launcher, row->size, &found);
	if (error)
		return error;
	if (found <= launcher->rank)
		return -ERANGE;
	*size = found;
	return 0;
}

const char *launcher_names(char names[LAUNCHER_NAMES])
{
	size_t used = 0;

	for (size_t i = 0; i < ROWS && used < LAUNCHER_NAMES; i++)
		used += (size_t)snprintf(names + used, LAUNCHER_NAMES - used, "%s%s", i ? ", " : "",
		                         rows[i].rank);
	return names;
}
