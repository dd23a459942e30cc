#include "lib/chase.h"

/* Marsaglia's xorshift: the same order at each run. */
static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Sattolo's shuffle: as no element is left in its place, what comes out is one cycle. */
void chase_order(uint32_t next[], size_t count)
{
	uint64_t state = 0x9e3779b97f4a7c15;

	for (size_t i = 0; i < count; i++)
		next[i] = (uint32_t)i;
	for (size_t i = count - 1; i > 0; i--) {
		/* The upper half, which is the better one, scaled to 0 to i - 1. */
		size_t k = (size_t)((draw(&state) >> 32) * i >> 32);
		uint32_t other = next[k];

		next[k] = next[i];
		next[i] = other;
	}
}

void chase_lay(void *buffer, const uint32_t next[], size_t count)
{
	char *base = buffer;

	for (size_t i = 0; i < count; i++)
		*(void **)(void *)(base + i * CHASE_LINE) = base + (size_t)next[i] * CHASE_LINE;
}

void *chase_run(void *at, size_t steps)
{
	for (size_t i = 0; i < steps; i++)
		at = *(void **)at;
	/* The loop is to be run wherever the result goes. */
	__asm__ volatile("" : "+r"(at) : : "memory");
	return at;
}
