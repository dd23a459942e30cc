/*
 * Programs of seccomp filters, any bytes: each ends, within its instructions; and one that returns a
 * constant at its first step returns that.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seccomp_data call = { .nr = 1, .args = { 2, 3, 5, 7, 11, 13 } };
	size_t length = size / sizeof(struct sock_filter);
	/* Just as large as what is run, so that a step beyond it is seen. */
	struct sock_filter *program = calloc(length ? length : 1, sizeof(*program));
	uint32_t action;

	if (!program)
		return 0;
	memcpy(program, data, length * sizeof(*program));
	action = filter_run(program, length, &call);
	if (length && program->code == (BPF_RET | BPF_K) && action != program->k)
		abort();
	if (action != filter_run(program, length, &call))
		abort();
	free(program);
	return 0;
}
