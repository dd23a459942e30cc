/* What memory cgroups leave: of any files, a number that the limits allow, or an error. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memlimit.h"
#include "tests/fuzz/shared/files.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

#ifndef FUZZ_PLAIN
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	static const char *const paths[] = { "/proc/self/cgroup",
		                             "/sys/fs/cgroup/memory.max",
		                             "/sys/fs/cgroup/memory.current",
		                             "/sys/fs/cgroup/memory.stat",
		                             "/sys/fs/cgroup/a/memory.max",
		                             "/sys/fs/cgroup/a/memory.current",
		                             "/sys/fs/cgroup/a/memory.stat",
		                             "/sys/fs/cgroup/memory/memory.limit_in_bytes",
		                             "/sys/fs/cgroup/memory/memory.usage_in_bytes",
		                             "/sys/fs/cgroup/memory/memory.stat",
		                             NULL };
	static const char *const words[] = { "0::/a\n",
		                             "9:memory:/\n",
		                             "cpu,memory",
		                             ":",
		                             "/",
		                             "/a",
		                             "max",
		                             "inactive_file 7\n",
		                             "total_inactive_file 7\n",
		                             "\n",
		                             NULL };

	return files_mutate(data, size, max, seed, paths, words);
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[MEMLIMIT_PATH];
	long long left = 4711;
	int error;

	files_set(data, size);
	memset(path, 'x', sizeof(path));
	error = memlimit_left(-1, size & 1, &left, path);
	CHECK(!error || error == -EBADMSG || error == -ERANGE);
	CHECK(memchr(path, '\0', sizeof(path)) && path[0] == '/');
	CHECK(error ? left == 4711 : left == MEMLIMIT_NONE || left >= 0);
	return 0;
}
