/* nodeN/meminfo: sizes are unknown or whole KiB, and nothing is stored where it is malformed. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "topology.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void check_size(long long bytes)
{
	CHECK(bytes == TOPOLOGY_UNKNOWN || (bytes >= 0 && bytes % 1024 == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct topology_memory memory = { 7, 7, 7 }, again;
	char *longer;
	int error = topology_parse_meminfo((const char *)data, size, &memory);

	CHECK(error == 0 || error == -EINVAL || error == -ERANGE);
	if (error) {
		CHECK(memory.total == 7 && memory.free == 7 && memory.used == 7);
		return 0;
	}
	check_size(memory.total);
	check_size(memory.free);
	check_size(memory.used);
	check_size(memory.file_cache);
	/* A line that is none of ours, below, changes nothing. */
	longer = malloc(size + 24);
	CHECK(longer);
	memcpy(longer, data, size);
	memcpy(longer + size, "\nNode 0 Shmem:     9 kB\n", 24);
	CHECK(!topology_parse_meminfo(longer, size + 24, &again));
	CHECK(again.total == memory.total && again.free == memory.free &&
	      again.used == memory.used);
	free(longer);
	return 0;
}
