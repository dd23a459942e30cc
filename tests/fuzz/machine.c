/*
 * The whole machine as sysfs and procfs tell it, and expressions about it: that of
 * tests/sysroot/full, with files of the input in place of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "device.h"
#include "machine.h"
#include "spec.h"
#include "tests/fuzz/shared/files.h"
#include "tests/fuzz/shared/mutate.h"
#include "topology.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define FOLDER "tests/sysroot/full"

static const char *paths[1024];
static size_t known;

static int add_path(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)place;
	if (type == FTW_F && known + 1 < sizeof(paths) / sizeof(paths[0]))
		CHECK((paths[known++] = strdup(path + strlen(FOLDER))));
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CHECK(!nftw(FOLDER, add_path, 8, FTW_PHYS) && known);
	qsort(paths, known, sizeof(paths[0]), compare);
	files_root = open(FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(files_root >= 0);
	return 0;
}

#ifndef FUZZ_PLAIN
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	static const char *const words[] = { "0-3",
		                             ",",
		                             "-",
		                             "-1",
		                             "true",
		                             "false",
		                             "K",
		                             "M",
		                             "kB",
		                             "\n",
		                             "0x",
		                             "max",
		                             "00000001,00000000",
		                             "Node 0 ",
		                             NULL };

	return files_mutate(data, size, max, seed, paths, words);
}
#endif

/* What it says of itself holds together, whatever the files said. */
static void check_topology(const struct topology *topology)
{
	CHECK(topology->count == idset_count(&topology->nodes));
	CHECK(idset_subset(&topology->allowed_nodes, &topology->has_memory));
	CHECK(!idset_overlap(&topology->offline_cpus, &topology->cpus));
	for (unsigned i = 0; i < topology->count; i++) {
		CHECK(topology_node(topology, topology->node[i].id) == &topology->node[i]);
		CHECK(i == 0 || topology->node[i - 1].id < topology->node[i].id);
	}
}

static void check_machine(const struct machine *machine)
{
	for (unsigned i = 0; i < machine->count; i++) {
		const struct machine_node *node = &machine->node[i];

		CHECK(node->tier >= -1 && node->tier < (int)machine->tiers);
		CHECK(node->fallbacks <= machine->count);
		CHECK(node->weight >= MACHINE_UNKNOWN && node->side_cache >= MACHINE_UNKNOWN);
		CHECK(node->access.read_latency >= MACHINE_UNKNOWN);
		for (unsigned k = 0; k < node->ranges; k++)
			CHECK(node->range[k].start < node->range[k].end);
		for (unsigned k = 1; k < node->sockets; k++)
			CHECK(node->socket[k - 1] < node->socket[k]);
	}
}

static void check_expression(struct topology *topology, enum spec_kind kind, const char *text)
{
	struct spec_scope scope = spec_scope(topology, kind, false);
	struct spec_result result;
	struct spec_error error;

	if (!spec_parse(text, &scope, false, &result, &error))
		CHECK(idset_subset(&result.ids, &scope.usable) && !idset_empty(&result.ids));
}

/* Of no file that is malformed, nothing but that may come: none is missing that is not. */
static int check_error(int error, const char *failed)
{
	CHECK(error <= 0 && error != -EINVAL);
	CHECK(!error || *failed);
	return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const expressions[] = { "l3:0", "core:0", "socket:0", "node:0",
		                                   "part:1/2" };
	struct topology topology;
	struct machine machine = { 0 };
	struct device *devices = NULL;

	files_set(data, size);
	topology_init(&topology, files_root);
	if (!check_error(topology_load(&topology,
	                               TOPOLOGY_ABSENT | TOPOLOGY_MEMORY | TOPOLOGY_DISTANCES),
	                 topology.failed)) {
		check_topology(&topology);
		if (!check_error(machine_load(&topology, &machine), machine.failed))
			check_machine(&machine);
		machine_free(&machine);
		for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++)
			check_expression(&topology, SPEC_CPUS, expressions[i]);
		check_expression(&topology, SPEC_MEMORY, "tier:0");
		check_expression(&topology, SPEC_MEMORY, "best");
		if (device_list(&topology, &devices) >= 0)
			free(devices);
	}
	topology_free(&topology);
	return 0;
}
