#include "migration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "destination.h"
#include "lib/mapping.h"
#include "lib/process.h"
#include "tally.h"

int migration_init(struct migration *migration, unsigned ids)
{
	*migration = (struct migration){ .ids = ids,
		                         .node = calloc(ids, sizeof(*migration->node)),
		                         .tally = calloc(ids, sizeof(*migration->tally)) };
	return migration->node && migration->tally ? 0 : -ENOMEM;
}

void migration_free(struct migration *migration)
{
	free(migration->node);
	free(migration->tally);
	free(migration->mapping);
	memset(migration, 0, sizeof(*migration));
}

static unsigned long long *sum_of(struct migration *migration, enum migration_look look,
                                  unsigned id)
{
	struct migration_node *node = &migration->node[id];

	return look == MIGRATION_AFTER ? &node->after : &node->before;
}

void migration_forget(struct migration *migration, enum migration_look look)
{
	for (unsigned i = 0; i < migration->ids; i++)
		*sum_of(migration, look, i) = 0;
}

void migration_add(struct migration *migration, enum migration_look look,
                   const struct mapping *mapping)
{
	for (unsigned i = 0; i < mapping->nodes; i++)
		if (mapping->on[i].node < migration->ids)
			*sum_of(migration, look, mapping->on[i].node) +=
				mapping->on[i].count * mapping->page_size;
}

int migration_look(struct migration *migration, enum migration_look look,
                   const struct process *process, unsigned kinds)
{
	struct mapping_reader *reader;
	struct mapping mapping;
	int got = mapping_open(process->directory, 0, &reader);

	if (got)
		return got;
	migration_forget(migration, look);
	while ((got = mapping_next(reader, &mapping)) > 0)
		if (kinds & 1U << mapping.kind)
			migration_add(migration, look, &mapping);
	mapping_close(reader);
	return got;
}

unsigned long long migration_before(const struct migration *migration)
{
	unsigned long long total = 0;

	for (unsigned i = 0; i < migration->ids; i++)
		total += migration->node[i].before;
	return total;
}

void migration_note(struct migration *migration, unsigned long start, unsigned long long bytes)
{
	struct migration_mapping *mapping = migration->mapping;

	if (mapping && migration->mappings && mapping[migration->mappings - 1].start == start) {
		mapping[migration->mappings - 1].bytes += bytes;
		return;
	}
	if (migration->mappings == migration->mapping_room) {
		size_t room = 2 * migration->mapping_room + 64;

		mapping = reallocarray(mapping, room, sizeof(*mapping));
		if (!mapping)
			return;
		migration->mapping = mapping;
		migration->mapping_room = room;
	}
	if (mapping)
		mapping[migration->mappings++] = (struct migration_mapping){ start, bytes };
}

void migration_fold(struct migration *migration, const struct tally *found, bool first,
                    bool cut_short)
{
	for (unsigned i = 0; i < migration->ids; i++) {
		struct tally *whole = &migration->tally[i];
		unsigned long long expected =
			first ? migration->node[i].before : tally_stayed(whole);
		unsigned long long met = first ? found[i].seen : found[i].out;

		whole->moved += found[i].moved;
		if (first)
			whole->already = found[i].already;
		memcpy(whole->stayed, found[i].stayed, sizeof(whole->stayed));
		if (cut_short && expected > met)
			whole->stayed[TALLY_NOT_TRIED] += expected - met;
	}
}

unsigned long long migration_failures(const struct destination *destination,
                                      const struct migration *migration)
{
	unsigned long long bytes = 0;

	for (unsigned i = 0; i < migration->ids; i++) {
		const unsigned long long *stayed = migration->tally[i].stayed;

		bytes += stayed[TALLY_BUSY] + stayed[TALLY_HUGE] + stayed[TALLY_SHARED] +
		         stayed[TALLY_UNMOVABLE] + stayed[TALLY_NOT_TRIED];
		if (!destination->full_is_fine)
			bytes += stayed[TALLY_FULL];
	}
	return bytes;
}

bool migration_agrees(const struct migration *migration)
{
	for (unsigned i = 0; i < migration->ids; i++) {
		const struct tally *tally = &migration->tally[i];

		if (tally->moved + tally->already + tally_stayed(tally) != migration->node[i].after)
			return false;
	}
	return true;
}
