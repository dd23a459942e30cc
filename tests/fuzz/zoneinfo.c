/* /proc/zoneinfo: what is found, written out as the kernel would, is found again. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/zoneinfo.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void write_value(FILE *out, const char *name, long long value)
{
	CHECK(value >= ZONEINFO_UNKNOWN);
	if (value != ZONEINFO_UNKNOWN)
		fprintf(out, "  %s %lld\n", name, value);
}

static void write_zone(FILE *out, const struct zoneinfo *zone)
{
	CHECK(zone->present > 0);
	CHECK(*zone->name && strnlen(zone->name, sizeof(zone->name)) < sizeof(zone->name));
	fprintf(out, "Node %u, zone %8s\n", zone->node, zone->name);
	write_value(out, "pages free", zone->free);
	write_value(out, "min", zone->min);
	write_value(out, "low", zone->low);
	write_value(out, "high", zone->high);
	write_value(out, "spanned", zone->spanned);
	write_value(out, "present", zone->present);
	write_value(out, "managed", zone->managed);
	write_value(out, "start_pfn:", zone->start);
	if (zone->protection != ZONEINFO_UNKNOWN)
		fprintf(out, "  protection: (0, %lld)\n", zone->protection);
}

MUTATE_TEXT("Node 0, zone Normal\n", "Node 1, zone DMA32\n", "  pages free 9\n", "  min 1\n",
            "  low 1\n", "  high 1\n", "  spanned 9\n", "  present 9\n", "  managed 9\n",
            "  start_pfn: 1\n", "  protection: (0, 1)\n", "Node", ", zone ", "pages free",
            "protection: (", ", ", ")", "\n")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zoneinfo *zones = NULL, *again = NULL;
	long count = zoneinfo_parse((const char *)data, size, &zones);
	char *text;
	size_t length;
	FILE *out;

	if (count < 0) {
		CHECK(count == -EINVAL || count == -ERANGE);
		CHECK(!zones);
		return 0;
	}
	out = open_memstream(&text, &length);
	CHECK(out);
	for (long i = 0; i < count; i++)
		write_zone(out, &zones[i]);
	fclose(out);
	CHECK(zoneinfo_parse(text, length, &again) == count);
	for (long i = 0; i < count; i++)
		CHECK(!memcmp(&zones[i], &again[i], sizeof(*zones)));
	free(text);
	free(zones);
	free(again);
	return 0;
}
