/*
 * spec_parse and refusal_explain on a fixed machine, with devices, cores and caches in a folder that
 * is made anew, under a launcher. The first byte of the input chooses what the expression selects,
 * and the scope; the rest is the expression.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refusal.h"
#include "spec.h"
#include "tests/fuzz/shared/mutate.h"
#include "topology.h"

#define CPU "/sys/devices/system/cpu"
#define CHECK(condition) ((condition) ? (void)0 : abort())

/* Nodes 0, 1, 2, 5, 40: 2 has no memory, 5 and 40 have no CPUs; 3 is offline. */
static struct topology_node nodes[] = { { .id = 0, .memory = { .free = 4096, .reclaimable = 100 } },
	                                { .id = 1,
	                                  .memory = { .free = 1L << 40, .reclaimable = -1 } },
	                                { .id = 2 },
	                                { .id = 5, .memory = { .free = -1 } },
	                                { .id = 40, .memory = { .free = 1L << 33 } } };
static unsigned distances[25];
static struct topology machine = { .is_numa = true,
	                           .foreign = true,
	                           .loaded = ~0U,
	                           .node = nodes,
	                           .count = 5,
	                           .distances = distances };

static struct idset set_of(const char *list)
{
	struct idset set;

	CHECK(!idset_parse_list(list, strlen(list), &set));
	return set;
}

static void add_file(const char *folder, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", folder, name);
	for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
	file = fopen(path, "w");
	CHECK(file && fputs(text, file) >= 0 && !fclose(file));
}

static void add_link(const char *folder, const char *name, const char *target)
{
	char path[512];

	add_file(folder, name, "");
	snprintf(path, sizeof(path), "%s%s", folder, name);
	CHECK(!remove(path) && !symlink(target, path));
}

static char top[] = "/tmp/numaplace-fuzz-XXXXXX";

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static void remove_devices(void)
{
	nftw(top, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Of CPUs 1 to 9: cores of two threads and one of one, one socket beyond all ids, two caches. */
static void add_processors(void)
{
	char name[128], text[64];

	for (unsigned cpu = 1; cpu <= 9; cpu++) {
		snprintf(name, sizeof(name), CPU "/cpu%u/topology/thread_siblings_list", cpu);
		snprintf(text, sizeof(text), "%u-%u\n", cpu & ~1U, cpu | 1U);
		add_file(top, name, text);
		snprintf(name, sizeof(name), CPU "/cpu%u/topology/physical_package_id", cpu);
		add_file(top, name, cpu < 6 ? "0\n" : "70000\n");
		snprintf(name, sizeof(name), CPU "/cpu%u/cache/index0/level", cpu);
		add_file(top, name, "3\n");
		snprintf(name, sizeof(name), CPU "/cpu%u/cache/index0/shared_cpu_list", cpu);
		add_file(top, name, cpu < 6 ? "0-5\n" : "6-10\n");
	}
	add_file(top, CPU "/isolated", "7-8,70\n");
	add_file(top, CPU "/nohz_full", "8,64\n");
	add_file(top, "/sys/devices/cpu_core/cpus", "1-5\n");
	CHECK(!setenv("OMPI_COMM_WORLD_LOCAL_RANK", "3", 1));
	CHECK(!setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "7", 1));
}

/* On node 1, on 2 which has no memory, on one that is not there, and on none that is known. */
static void add_devices(void)
{
	CHECK(mkdtemp(top));
	CHECK(!atexit(remove_devices));
	add_file(top, "/sys/devices/pci0000:00/0000:00:01.0/numa_node", "1\n");
	add_file(top, "/sys/devices/pci0000:00/0000:00:01.0/class", "0x030000\n");
	add_file(top, "/sys/devices/pci0000:00/0000:00:02.0/numa_node", "2\n");
	add_file(top, "/sys/devices/pci0000:00/0000:00:03.0/numa_node", "7\n");
	add_file(top, "/sys/devices/pci0000:00/0000:00:04.0/numa_node", "x\n");
	add_link(top, "/sys/bus/pci/devices/0000:00:01.0", "/sys/devices/pci0000:00/0000:00:01.0");
	add_link(top, "/sys/bus/pci/devices/0000:00:02.0", "/sys/devices/pci0000:00/0000:00:02.0");
	add_link(top, "/sys/bus/pci/devices/0000:00:03.0", "/sys/devices/pci0000:00/0000:00:03.0");
	add_link(top, "/sys/class/net/e", "/sys/devices/pci0000:00/0000:00:01.0");
	add_link(top, "/sys/class/net/b", "/sys/devices/pci0000:00/0000:00:04.0");
	add_link(top, "/sys/class/net/l", "l");
	add_file(top, "/sys/class/net/v/lower_e", "");
	add_link(top, "/sys/class/block/s", "../../devices/pci0000:00/0000:00:03.0");
	add_file(top, "/sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "0-2\n");
	add_processors();
	machine.root = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(machine.root >= 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	machine.nodes = set_of("0-2,5,40");
	machine.has_memory = set_of("0,1,5,40");
	machine.allowed_nodes = set_of("0,5,40");
	machine.cpus = set_of("1-9,64-127,8190,8191");
	machine.allowed_cpus = set_of("2-9,70-90,8191");
	machine.offline_nodes = set_of("3");
	machine.offline_cpus = set_of("0,10");
	nodes[0].cpus = set_of("1-9");
	nodes[1].cpus = set_of("64-127");
	nodes[2].cpus = set_of("8190-8191");
	for (unsigned i = 0; i < 25; i++)
		distances[i] = 10 + i % 7;
	add_devices();
	return 0;
}

static void check_success(const char *text, const struct spec_scope *scope, bool lenient,
                          const struct spec_result *result)
{
	struct spec_result again;
	struct spec_error error;
	char list[IDSET_TEXT];

	CHECK(!idset_empty(&result->ids));
	CHECK(idset_subset(&result->ids, &scope->usable));
	CHECK(!idset_overlap(&result->left_out, &scope->usable));
	CHECK(lenient || (idset_empty(&result->dropped) && !result->dropped_positions));
	CHECK(idset_subset(&result->dropped, &result->left_out));
	CHECK(!spec_parse(idset_text(&result->ids, list), scope, false, &again, &error));
	CHECK(idset_equal(&again.ids, &result->ids) && idset_empty(&again.left_out));
	if (*text != '!' && strcmp(text, "all") != 0) {
		/* The complement holds just the others; nothing is left where there are none. */
		struct idset others = idset_minus(&scope->usable, &result->ids);
		size_t size = strlen(text) + 2;
		char *complement = malloc(size);
		int status;

		CHECK(complement);
		complement[0] = '!';
		memcpy(complement + 1, text, size - 1);
		status = spec_parse(complement, scope, lenient, &again, &error);
		CHECK(idset_empty(&others) ? status && error.fault == SPEC_NOTHING_LEFT
		                           : !status && idset_equal(&again.ids, &others));
		free(complement);
	}
}

static void check_failure(const char *text, const struct spec_scope *scope,
                          const struct spec_error *error)
{
	static char sentence[REFUSAL_SENTENCE];
	const char *end;

	CHECK(error->fault >= SPEC_EMPTY && error->fault <= SPEC_NOTHING_LEFT);
	CHECK(error->at <= strlen(text) && error->length <= strlen(text) - error->at);
	CHECK(error->low < IDSET_MAX && error->high < IDSET_MAX);
	memset(sentence, 'x', sizeof(sentence));
	refusal_explain(text, scope, error, &machine, sentence);
	end = memchr(sentence, '\0', sizeof(sentence));
	CHECK(end && end > sentence && end[-1] != '\n');
	/* A newline is no part of the sentence; one of the operand's is replaced in the end. */
	CHECK(strchr(text, '\n') || !strchr(sentence, '\n'));
}

#ifndef FUZZ_PLAIN
/* The first byte stays mostly: what is behind it is the text. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	static const char *const words[] = { ",",
		                             "-",
		                             ":",
		                             "!",
		                             "+",
		                             "all",
		                             "same",
		                             "0-3",
		                             "0-127:2",
		                             "best",
		                             "free:1g",
		                             "free:",
		                             "cpuless",
		                             "tier:4",
		                             "near:0",
		                             "rank",
		                             "node:0",
		                             "socket:0",
		                             "l3:0",
		                             "core:0",
		                             "isolated",
		                             "nohz",
		                             "pcores",
		                             "netdev:e",
		                             "netdev:v",
		                             "block:s",
		                             "file:/tmp",
		                             "ip:127.0.0.1",
		                             "ip:fe80::1%lo",
		                             "pci:00:01.0",
		                             "pci:0000:00:02.0",
		                             "gpu:0",
		                             "cpu:1",
		                             "pid:1",
		                             "part:1/2",
		                             "k",
		                             "m",
		                             "g",
		                             "t",
		                             NULL };

	if (size < 2 || max < 3 || seed % 16 == 0)
		return LLVMFuzzerMutate(data, size, max);
	return 1 + mutate_text(data + 1, size - 1, max - 1, seed, words);
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spec_scope scope;
	struct spec_result strict, lenient;
	struct spec_error strict_error, lenient_error;
	bool refused, refused_leniently;
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	CHECK(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	scope = spec_scope(&machine, (enum spec_kind)(data[0] % 3), data[0] / 3 % 2);
	scope.ranked_memory |= data[0] / 6 % 2;
	refused = spec_parse(text, &scope, false, &strict, &strict_error) != 0;
	refused_leniently = spec_parse(text, &scope, true, &lenient, &lenient_error) != 0;
	if (refused)
		check_failure(text, &scope, &strict_error);
	else
		check_success(text, &scope, false, &strict);
	if (refused_leniently)
		check_failure(text, &scope, &lenient_error);
	else
		check_success(text, &scope, true, &lenient);
	/* What passes strictly passes leniently, and means the same; else something was dropped. */
	CHECK(refused || (!refused_leniently && idset_equal(&strict.ids, &lenient.ids)));
	CHECK(refused_leniently ||
	      refused == (!idset_empty(&lenient.dropped) || lenient.dropped_positions));
	free(text);
	return 0;
}
