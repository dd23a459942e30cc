#include "report/details.h"

#include <stdio.h>
#include <string.h>

#include "device.h"
#include "lib/util.h"
#include "machine.h"
#include "report/hardware.h"
#include "report/order.h"
#include "report/terminal.h"
#include "report/value.h"
#include "topology.h"

#define MIB (1024 * 1024LL)

static void print_mib(int width, long long bytes)
{
	value_number(width, bytes < 0 ? bytes : bytes / MIB);
}

/* What is special about a node, in words; nothing where it has CPUs and memory, all allowed. */
static void print_remarks(const struct topology *topology, const struct topology_node *node,
                          enum machine_kind kind)
{
	static const char *const kinds[] = {
		[MACHINE_WHOLE] = NULL,
		[MACHINE_CPULESS] = "no CPUs",
		[MACHINE_MEMORYLESS] = "no memory",
		[MACHINE_INITIATOR] = "generic initiator: no CPUs, no memory",
		[MACHINE_EMPTY] = "no CPUs, no memory",
	};
	bool has_memory = idset_has(&topology->has_memory, node->id);
	const struct {
		bool holds;
		const char *words;
	} remarks[] = {
		{ kinds[kind], kinds[kind] },
		{ !idset_empty(&node->cpus) && !idset_overlap(&node->cpus, &topology->allowed_cpus),
		  "CPUs not allowed" },
		{ has_memory && !idset_has(&topology->allowed_nodes, node->id),
		  "memory not allowed" },
	};
	const char *separator = "  ";

	for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
		if (!remarks[i].holds)
			continue;
		printf("%s%s", separator, remarks[i].words);
		separator = ", ";
	}
}

static void print_memory(const struct hardware *hardware)
{
	const struct topology *topology = hardware->topology;

	hardware_heading("memory in MB");
	printf("%*s %9s %9s %9s %9s %11s\n", (int)hardware_label_width(hardware), "", "size",
	       "used", "free", "cache", "reclaimable");
	for (unsigned i = 0; i < topology->count; i++) {
		const struct topology_memory *memory = &topology->node[i].memory;

		hardware_label(hardware, topology->node[i].id);
		print_mib(9, memory->total);
		print_mib(9, memory->used);
		print_mib(9, memory->free);
		print_mib(9, memory->file_cache);
		print_mib(11, memory->reclaimable);
		print_remarks(topology, &topology->node[i], hardware->machine->node[i].kind);
		putchar('\n');
	}
}

static bool has_cores(const struct machine *machine)
{
	for (unsigned i = 0; i < machine->count; i++)
		if (machine->node[i].cores || machine->node[i].caches)
			return true;
	return false;
}

static int sockets_width(const struct machine *machine)
{
	char text[MACHINE_SOCKETS];
	int width = 8;

	for (unsigned i = 0; i < machine->count; i++) {
		int length = (int)strlen(machine_sockets(&machine->node[i], text));

		width = length > width ? length : width;
	}
	return width;
}

static void print_cores(const struct hardware *hardware)
{
	const struct machine *machine = hardware->machine;
	static char list[IDSET_TEXT], word[IDSET_TEXT + 64];
	int width = sockets_width(machine);
	unsigned indent = hardware_label_width(hardware) + (unsigned)width + 9;

	if (!has_cores(machine))
		return;
	hardware_heading("sockets, cores and level 3 caches");
	printf("%*s %*s %6s  %s\n", (int)hardware_label_width(hardware), "", width, "socket",
	       "cores", "id and CPUs of each cache");
	for (unsigned i = 0; i < machine->count; i++) {
		const struct machine_node *node = &machine->node[i];
		struct terminal_row row = { indent, indent };
		char size[UTIL_SIZE], sockets[MACHINE_SOCKETS];

		if (idset_empty(&hardware->topology->node[i].cpus))
			continue;
		hardware_label(hardware, node->id);
		printf(" %*s", width, node->sockets ? machine_sockets(node, sockets) : "-");
		value_number(6, node->cores ? (long long)node->cores : -1);
		putchar(' ');
		for (unsigned k = 0; k < node->caches; k++) {
			const struct machine_cache *cache = &node->cache[k];

			snprintf(word, sizeof(word), " %u: %s%s%s%s%s", cache->id,
			         idset_text(&cache->cpus, list), cache->size < 0 ? "" : " (",
			         cache->size < 0 ? ""
			                         : util_size((unsigned long long)cache->size, size),
			         cache->size < 0 ? "" : ")", k + 1 < node->caches ? "," : "");
			terminal_word(&row, word);
		}
		printf("%s\n", node->caches ? "" : " -");
	}
}

/* Sizes of memory that stands beside other memory as its cache. */
static void print_side_caches(const struct hardware *hardware)
{
	const struct machine *machine = hardware->machine;
	bool is_first = true;

	for (unsigned i = 0; i < machine->count; i++) {
		if (machine->node[i].side_cache < 0)
			continue;
		if (is_first)
			hardware_heading("memory-side cache in MB");
		is_first = false;
		hardware_label(hardware, machine->node[i].id);
		print_mib(9, machine->node[i].side_cache);
		putchar('\n');
	}
}

#define HUGE_SIZES 16

/* All sizes of huge pages that there are, ascending. Returns how many. */
static unsigned huge_sizes(const struct machine *machine, unsigned long long sizes[HUGE_SIZES])
{
	unsigned long long last = 0;
	unsigned count = 0;

	for (;;) {
		unsigned long long next = 0;

		for (unsigned i = 0; i < machine->count; i++) {
			for (unsigned k = 0; k < machine->node[i].huges; k++) {
				unsigned long long size = machine->node[i].huge[k].size;

				if (size > last && (!next || size < next))
					next = size;
			}
		}
		if (!next || count == HUGE_SIZES)
			return count;
		sizes[count++] = last = next;
	}
}

/* "2 M": sizes of pages are powers of two. */
static void print_page_size(int width, unsigned long long bytes)
{
	static const char units[] = "KMGT";
	unsigned unit = 0;
	char text[32];

	for (bytes /= 1024; bytes >= 1024 && !(bytes % 1024) && units[unit + 1]; unit++)
		bytes /= 1024;
	snprintf(text, sizeof(text), "%llu %c", bytes, units[unit]);
	printf(" %*s", width, text);
}

/* "3/512" */
static void print_pool(int width, const struct machine_node *node, unsigned long long size)
{
	char text[48] = "-";

	for (unsigned k = 0; k < node->huges; k++)
		if (node->huge[k].size == size && node->huge[k].free >= 0 &&
		    node->huge[k].total >= 0)
			snprintf(text, sizeof(text), "%lld/%lld", node->huge[k].free,
			         node->huge[k].total);
	printf(" %*s", width, text);
}

static bool has_huge(const struct machine *machine)
{
	for (unsigned i = 0; i < machine->count; i++)
		for (unsigned k = 0; k < machine->node[i].huges; k++)
			if (machine->node[i].huge[k].total != 0)
				return true;
	return false;
}

static void print_huge(const struct hardware *hardware)
{
	const struct machine *machine = hardware->machine;
	unsigned long long sizes[HUGE_SIZES];
	unsigned count = huge_sizes(machine, sizes);

	if (!count)
		return;
	if (!has_huge(machine)) {
		hardware_heading("huge pages");
		printf("none reserved\n");
		return;
	}
	hardware_heading("huge pages, free/total, by size");
	printf("%*s", (int)hardware_label_width(hardware), "");
	for (unsigned k = 0; k < count; k++)
		print_page_size(11, sizes[k]);
	putchar('\n');
	for (unsigned i = 0; i < machine->count; i++) {
		if (!machine->node[i].huges)
			continue;
		hardware_label(hardware, machine->node[i].id);
		for (unsigned k = 0; k < count; k++)
			print_pool(11, &machine->node[i], sizes[k]);
		putchar('\n');
	}
}

static void print_zones(const struct hardware *hardware)
{
	const struct machine *machine = hardware->machine;
	bool is_first = true;

	for (unsigned i = 0; i < machine->count; i++) {
		for (unsigned k = 0; k < machine->node[i].zones; k++) {
			const struct machine_zone *zone = &machine->node[i].zone[k];

			if (is_first) {
				hardware_heading("zones in MB");
				printf("%*s  %-8s %9s %9s %9s %9s %9s\n",
				       (int)hardware_label_width(hardware), "", "zone", "managed",
				       "free", "min", "low", "high");
			}
			is_first = false;
			if (k)
				printf("%*s", (int)hardware_label_width(hardware), "");
			else
				hardware_label(hardware, machine->node[i].id);
			printf("  %-8s", zone->name);
			print_mib(9, zone->managed);
			print_mib(9, zone->free);
			print_mib(9, zone->min);
			print_mib(9, zone->low);
			print_mib(9, zone->high);
			putchar('\n');
		}
	}
}

static void print_ranges(const struct hardware *hardware)
{
	const struct machine *machine = hardware->machine;
	bool is_first = true;

	for (unsigned i = 0; i < machine->count; i++) {
		const struct machine_node *node = &machine->node[i];
		struct terminal_row row = { hardware_label_width(hardware),
			                    hardware_label_width(hardware) };

		if (!node->ranges)
			continue;
		if (is_first)
			hardware_heading("physical memory");
		is_first = false;
		hardware_label(hardware, node->id);
		for (unsigned k = 0; k < node->ranges; k++) {
			char word[64];

			snprintf(word, sizeof(word), " 0x%llx-0x%llx%s", node->range[k].start,
			         node->range[k].end - 1, k + 1 < node->ranges ? "," : "");
			terminal_word(&row, word);
		}
		putchar('\n');
	}
}

static void print_device(const struct device *device, int width)
{
	const char *name = *device->name ? device->name : "-";

	printf(" %-10s  ", device_kind_names[device->kind]);
	value_text(stdout, name);
	if (*device->address)
		printf("%*s  %s", width - (int)strlen(name), "", device->address);
	putchar('\n');
}

static void print_devices(const struct hardware *hardware)
{
	bool is_first = true;
	int width = 0;

	for (size_t k = 0; k < hardware->devices; k++)
		if ((int)strlen(hardware->device[k].name) > width)
			width = (int)strlen(hardware->device[k].name);
	for (unsigned i = 0; i < hardware->topology->count; i++) {
		unsigned id = hardware->topology->node[i].id;
		bool is_here = false;

		for (size_t k = 0; k < hardware->devices; k++) {
			const struct device *device = &hardware->device[k];

			if (!idset_has(&device->nodes, id))
				continue;
			if (is_first)
				hardware_heading("devices");
			if (is_here)
				printf("%*s", (int)hardware_label_width(hardware), "");
			else
				hardware_label(hardware, id);
			is_first = false;
			is_here = true;
			print_device(device, width);
		}
	}
}

static void print_limit(const char *what, const struct idset *allowed, const struct idset *all)
{
	char list[IDSET_TEXT];

	printf("%s: %s", what, idset_empty(allowed) ? "none" : idset_text(allowed, list));
	printf(idset_equal(allowed, all) ? " (all)\n" : " of %s\n", idset_text(all, list));
}

static void print_setting(const char *name, long long value, const char *words)
{
	if (value >= 0)
		printf("%s = %lld: %s\n", name, value, words);
}

/* /proc/sys/kernel/numa_balancing: 1 and, since Linux 5.18, 2 are bits. */
static const char *explain_balancing(long long value)
{
	if (value <= 0)
		return "pages stay where they were first placed";
	if (value & 2)
		return value & 1 ? "pages move to the CPUs that use them, hot ones to faster memory"
		                 : "hot pages move to faster memory";
	return "pages move to the CPUs that use them";
}

/* /proc/sys/vm/zone_reclaim_mode: any bit of it reclaims. */
static const char *explain_reclaim(long long value)
{
	return value > 0 ? "a full node drops its file cache before others are asked"
	                 : "a full node lets others be asked before it drops its file cache";
}

static void print_settings(const struct hardware *hardware)
{
	const struct topology *topology = hardware->topology;
	const struct machine *machine = hardware->machine;

	hardware_heading("settings that change placement");
	print_setting("kernel.numa_balancing", machine->numa_balancing,
	              explain_balancing(machine->numa_balancing));
	print_setting("vm.zone_reclaim_mode", machine->zone_reclaim,
	              explain_reclaim(machine->zone_reclaim));
	print_limit("memory allowed", &topology->allowed_nodes, &topology->has_memory);
	print_limit("CPUs allowed", &topology->allowed_cpus, &topology->cpus);
}

void details_show(const struct hardware *hardware)
{
	print_memory(hardware);
	print_cores(hardware);
	order_show(hardware);
	print_side_caches(hardware);
	print_huge(hardware);
	print_zones(hardware);
	print_ranges(hardware);
	print_devices(hardware);
	print_settings(hardware);
}
