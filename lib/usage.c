#include "lib/usage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mapping.h"

const char *const usage_kind_names[USAGE_KINDS] = { "huge", "heap", "stack", "private" };

static enum usage_kind kind_of(const struct mapping *mapping)
{
	switch (mapping->kind) {
	case MAPPING_HUGE: return USAGE_HUGE;
	case MAPPING_HEAP: return USAGE_HEAP;
	case MAPPING_STACK: return USAGE_STACK;
	default: return USAGE_PRIVATE;
	}
}

static int make_room(struct usage *usage, unsigned node)
{
	void *larger;

	if (node < usage->ids)
		return 0;
	larger = reallocarray(usage->on, node + 1, sizeof(*usage->on));
	if (!larger)
		return -ENOMEM;
	usage->on = larger;
	memset(usage->on + usage->ids, 0, (node + 1 - usage->ids) * sizeof(*usage->on));
	usage->ids = node + 1;
	return 0;
}

static int count_mapping(struct usage *usage, const struct mapping *mapping)
{
	enum usage_kind kind = kind_of(mapping);

	for (unsigned i = 0; i < mapping->nodes; i++) {
		const struct mapping_pages *pages = &mapping->on[i];
		int error = make_room(usage, pages->node);

		if (error)
			return error;
		usage->on[pages->node][kind] +=
			(unsigned long long)pages->count * mapping->page_size;
	}
	return 0;
}

int usage_read(int directory, struct usage *usage)
{
	struct usage found = { 0 };
	struct mapping_reader *reader;
	struct mapping mapping;
	int got = mapping_open(directory, 0, &reader);

	if (got)
		return got == -ENOENT ? -ESRCH : got;
	while ((got = mapping_next(reader, &mapping)) > 0) {
		int error = count_mapping(&found, &mapping);

		if (error) {
			got = error;
			break;
		}
	}
	mapping_close(reader);
	if (got < 0) {
		usage_free(&found);
		return got;
	}
	*usage = found;
	return 0;
}

void usage_free(struct usage *usage)
{
	free(usage->on);
	usage->on = NULL;
	usage->ids = 0;
}

unsigned long long usage_on(const struct usage *usage, unsigned node, unsigned kind)
{
	unsigned long long bytes = 0;

	if (node >= usage->ids)
		return 0;
	for (unsigned i = 0; i < USAGE_KINDS; i++)
		if (kind == i || kind == USAGE_KINDS)
			bytes += usage->on[node][i];
	return bytes;
}

unsigned long long usage_total(const struct usage *usage, unsigned kind)
{
	unsigned long long bytes = 0;

	for (unsigned i = 0; i < usage->ids; i++)
		bytes += usage_on(usage, i, kind);
	return bytes;
}
