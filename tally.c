#include "tally.h"

static void add_out(struct tally *tally, unsigned long long bytes)
{
	tally->seen += bytes;
	tally->out += bytes;
}

void tally_add_moved(struct tally *tally, int node, int to, unsigned long long bytes)
{
	tally[to].moved += bytes;
	add_out(&tally[node], bytes);
}

void tally_add_stayed(struct tally *tally, int node, enum tally_reason reason,
                      unsigned long long bytes)
{
	tally[node].stayed[reason] += bytes;
	add_out(&tally[node], bytes);
}

void tally_add_already(struct tally *tally, int node, unsigned long long bytes)
{
	tally[node].already += bytes;
	tally[node].seen += bytes;
}

unsigned long long tally_stayed(const struct tally *tally)
{
	unsigned long long bytes = 0;

	for (int r = 0; r < TALLY_REASONS; r++)
		bytes += tally->stayed[r];
	return bytes;
}
