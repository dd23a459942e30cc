/* /proc/PID/status: what is found is found again below a name that may hold anything. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/process.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

MUTATE_TEXT("Name:\t", "State:\t", "Tgid:\t", "PPid:\t", "TracerPid:\t", "NSpid:\t", "Uid:\t",
            "VmRSS:\t", "VmSize:\t", "HugetlbPages:\t", "Seccomp:\t", "Cpus_allowed_list:\t",
            "Mems_allowed_list:\t", "x86_Thread_features:\tshstk\n", "shstk", "0-7", "1\t2\t3",
            " kB", "\n")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char name[] = "Name:\tCpus_allowed_list:\t7\n";
	struct process_status status, again, untouched;
	char *longer;

	memset(&status, 0x5a, sizeof(status));
	untouched = status;
	if (process_parse_status((const char *)data, size, &status)) {
		CHECK(!memcmp(&status, &untouched, sizeof(status)));
		return 0;
	}
	CHECK(status.seccomp >= -1 && status.seccomp <= 2);
	CHECK(status.has_cpus || idset_empty(&status.cpus));
	CHECK(status.has_nodes || idset_empty(&status.nodes));
	longer = malloc(sizeof(name) - 1 + size);
	CHECK(longer);
	memcpy(longer, name, sizeof(name) - 1);
	memcpy(longer + sizeof(name) - 1, data, size);
	CHECK(!process_parse_status(longer, sizeof(name) - 1 + size, &again));
	CHECK(again.has_cpus == status.has_cpus && idset_equal(&again.cpus, &status.cpus));
	CHECK(again.has_nodes == status.has_nodes && idset_equal(&again.nodes, &status.nodes));
	CHECK(again.seccomp == status.seccomp);
	free(longer);
	return 0;
}
