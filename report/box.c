#include "report/box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "lib/util.h"
#include "machine.h"
#include "report/bar.h"
#include "report/cells.h"
#include "report/svg.h"
#include "topology.h"

#define INSET 14
#define SMALL_INSET 8
#define GAP 8         /* between the parts of a box */
#define KIND_WIDTH 76 /* of "infiniband" */
#define MOST_LIST_LINES 2
#define MOST_CELLS 512 /* CPUs of a node; more are a list */

/* What is known of one node. */
struct view {
	const struct topology *topology;
	const struct topology_node *node;
	const struct machine_node *detail;
};

static bool has_memory(const struct view *view)
{
	return idset_has(&view->topology->has_memory, view->node->id);
}

static bool memory_is_allowed(const struct view *view)
{
	return idset_has(&view->topology->allowed_nodes, view->node->id);
}

static bool cpus_are_allowed(const struct view *view)
{
	return idset_overlap(&view->node->cpus, &view->topology->allowed_cpus);
}

/* What is special about the node, in the words of the text report; "" where nothing is. */
static const char *kind_words(enum machine_kind kind)
{
	switch (kind) {
	case MACHINE_CPULESS: return "no CPUs";
	case MACHINE_MEMORYLESS: return "no memory";
	case MACHINE_INITIATOR: return "generic initiator: no CPUs, no memory";
	case MACHINE_EMPTY: return "no CPUs, no memory";
	case MACHINE_WHOLE: break;
	}
	return "";
}

/* Facts one behind the other, on as many lines as they need. */
struct facts {
	struct svg_pen *pen;
	enum svg_font font;
	char line[256];
};

static void end_facts(struct facts *facts)
{
	if (*facts->line)
		svg_write(facts->pen, facts->font, "dim", facts->line);
	*facts->line = '\0';
}

static void add_fact(struct facts *facts, const char *fact)
{
	char longer[sizeof(facts->line)];
	int length = snprintf(longer, sizeof(longer), "%s%s%s", facts->line,
	                      *facts->line ? " \xc2\xb7 " : "", fact);

	if (length < (int)sizeof(longer) &&
	    svg_width(facts->font, longer, (size_t)length) <= facts->pen->width) {
		memcpy(facts->line, longer, (size_t)length + 1);
		return;
	}
	end_facts(facts);
	snprintf(facts->line, sizeof(facts->line), "%s", fact);
}

/* The node's name, and behind it, or where that has no room below it, what is special. */
static void write_name(struct svg_pen *pen, const struct view *view, enum svg_font font,
                       enum svg_font small)
{
	const char *kind = kind_words(view->detail->kind);
	bool no_cpus = !idset_empty(&view->node->cpus) && !cpus_are_allowed(view);
	bool no_memory = has_memory(view) && !memory_is_allowed(view);
	char name[32], remarks[128];
	int length = snprintf(name, sizeof(name), "node %u", view->node->id), width;

	svg_text(pen->svg, font, "strong", pen->x, pen->y, "%s", name);
	pen->y += svg_line(font);
	width = pen->width - svg_width(font, name, (size_t)length) - GAP;
	length = snprintf(remarks, sizeof(remarks), "%s%s%s", kind,
	                  *kind && (no_cpus || no_memory) ? ", " : "",
	                  no_cpus && no_memory ? "CPUs and memory not allowed"
	                  : no_cpus            ? "CPUs not allowed"
	                  : no_memory          ? "memory not allowed"
	                                       : "");
	if (svg_width(small, remarks, (size_t)length) > width)
		svg_write(pen, small, "note", remarks);
	else if (length)
		svg_text(pen->svg, small, "note e", pen->x + pen->width,
		         pen->y - (svg_line(font) + svg_line(small)) / 2, "%s", remarks);
}

static void write_facts(struct svg_pen *pen, const struct box *box, const struct view *view,
                        enum svg_font font)
{
	const struct machine_node *detail = view->detail;
	struct facts facts = { pen, font, "" };
	char fact[128], list[IDSET_TEXT], size[UTIL_SIZE];

	if (detail->tier >= 0 && (unsigned)detail->tier < box->machine->tiers) {
		snprintf(fact, sizeof(fact), "tier %u", box->machine->tier[detail->tier].id);
		add_fact(&facts, fact);
	}
	if (detail->weight >= 0) {
		snprintf(fact, sizeof(fact), "weight %lld", detail->weight);
		add_fact(&facts, fact);
	}
	if (!idset_empty(&detail->demotion)) {
		snprintf(fact, sizeof(fact), "demotion%s to %.90s",
		         box->machine->demotion == 0 ? " (off)" : "",
		         idset_text(&detail->demotion, list));
		add_fact(&facts, fact);
	}
	if (detail->side_cache >= 0) {
		snprintf(fact, sizeof(fact), "memory-side cache %s",
		         util_size((unsigned long long)detail->side_cache, size));
		add_fact(&facts, fact);
	}
	end_facts(&facts);
}

static void write_access_row(struct svg_pen *pen, const char *name, long long of_read,
                             long long of_write, const char *unit)
{
	const long long values[2] = { of_read, of_write };

	if (of_read < 0 && of_write < 0)
		return;
	svg_text(pen->svg, SVG_SMALL, "dim", pen->x, pen->y, "%s", name);
	for (int i = 0; i < 2; i++) {
		int right = pen->x + pen->width * (2 + i) / 3;

		if (values[i] < 0)
			svg_text(pen->svg, SVG_SMALL, "e", right, pen->y, "-");
		else
			svg_text(pen->svg, SVG_SMALL, "e", right, pen->y, "%lld %s", values[i],
			         unit);
	}
	pen->y += svg_line(SVG_SMALL);
}

static void write_access(struct svg_pen *pen, const struct machine_access *access)
{
	unsigned nodes = idset_count(&access->initiators);
	char heading[128], list[IDSET_TEXT];

	if (access->class < 0)
		return;
	pen->y += GAP;
	snprintf(heading, sizeof(heading), "access%d%s%.40s", access->class,
	         nodes == 0   ? ""
	         : nodes == 1 ? " from node "
	                      : " from nodes ",
	         idset_text(&access->initiators, list));
	svg_fit(pen->svg, SVG_SMALL, "dim", pen->x, pen->y, pen->width * 2 / 3 - 40, heading);
	svg_text(pen->svg, SVG_SMALL, "dim e", pen->x + pen->width * 2 / 3, pen->y, "read");
	svg_text(pen->svg, SVG_SMALL, "dim e", pen->x + pen->width, pen->y, "write");
	pen->y += svg_line(SVG_SMALL);
	write_access_row(pen, "latency", access->read_latency, access->write_latency, "ns");
	write_access_row(pen, "bandwidth", access->read_bandwidth, access->write_bandwidth,
	                 "MiB/s");
}

/* "socket 0, 8 cores" */
static int describe_cores(const struct machine_node *detail, char *text, size_t size)
{
	unsigned sockets = detail->sockets;
	char list[MACHINE_SOCKETS], cores[32] = "";

	if (detail->cores)
		snprintf(cores, sizeof(cores), "%s%u core%s", sockets ? ", " : "", detail->cores,
		         detail->cores == 1 ? "" : "s");
	return snprintf(text, size, "%s%.40s%s",
	                sockets == 0   ? ""
	                : sockets == 1 ? "socket "
	                               : "sockets ",
	                machine_sockets(detail, list), cores);
}

static void write_right(const struct svg_pen *pen, const char *text)
{
	svg_text(pen->svg, SVG_SMALL, "dim e", pen->x + pen->width, pen->y + 1, "%s", text);
}

static bool has_cells(const struct view *view)
{
	return idset_count(&view->node->cpus) <= MOST_CELLS;
}

/*
 * The list stands beside what is said of the cores, or, where it has no room there, below; a long
 * one says no more than the cells do, and is left to the tooltip.
 */
static void write_cpus(struct svg_pen *pen, const struct view *view, const char *list)
{
	const struct svg measure = { .measures = true };
	char cores[128];
	int length = describe_cores(view->detail, cores, sizeof(cores));
	int left = svg_width(SVG_BODY, "CPUs ", 5);
	int rest = pen->width - left - svg_width(SVG_SMALL, cores, (size_t)length) - GAP;

	svg_text(pen->svg, SVG_BODY, "", pen->x, pen->y, "CPUs");
	if (svg_width(SVG_BODY, list, strlen(list)) <= rest) {
		svg_list(pen->svg, SVG_BODY, "", pen->x + left, pen->y, rest, list);
		write_right(pen, cores);
		pen->y += svg_line(SVG_BODY);
		return;
	}
	write_right(pen, cores);
	pen->y += svg_line(SVG_BODY);
	if (has_cells(view) &&
	    svg_list(&measure, SVG_SMALL, "", 0, 0, pen->width, list) > MOST_LIST_LINES)
		return;
	pen->y += svg_line(SVG_SMALL) *
	          svg_list(pen->svg, SVG_SMALL, "dim", pen->x, pen->y, pen->width, list);
}

static void draw_cpus(struct svg_pen *pen, const struct box *box, const struct view *view)
{
	char list[IDSET_TEXT], name[IDSET_TEXT + 64];

	if (idset_empty(&view->node->cpus))
		return;
	pen->y += GAP;
	idset_text(&view->node->cpus, list);
	snprintf(name, sizeof(name), "CPUs of node %u: %s", view->node->id, list);
	svg_open(pen->svg, name);
	write_cpus(pen, view, list);
	if (has_cells(view))
		pen->y += 4 + cells_draw(box->cells, &view->node->cpus, view->detail, pen->x,
		                         pen->y + 4, pen->width);
	svg_close(pen->svg);
}

/* KIND: NULL where the device before it is of the same one. */
static void write_device(struct svg_pen *pen, const struct device *device, const char *kind)
{
	int address = svg_width(SVG_SMALL, device->address, strlen(device->address));

	if (kind)
		svg_text(pen->svg, SVG_SMALL, "dim", pen->x, pen->y, "%s", kind);
	svg_fit(pen->svg, SVG_SMALL, "", pen->x + KIND_WIDTH, pen->y,
	        pen->width - KIND_WIDTH - address - GAP, *device->name ? device->name : "-");
	svg_text(pen->svg, SVG_SMALL, "dim e", pen->x + pen->width, pen->y, "%s", device->address);
	pen->y += svg_line(SVG_SMALL);
}

static void draw_rule(struct svg_pen *pen)
{
	pen->y += GAP + 2;
	svg_rect(pen->svg, "rule", pen->x, pen->y, pen->width, 1);
	pen->y += GAP - 2;
}

static void write_devices(struct svg_pen *pen, const struct box *box, unsigned id, bool is_small)
{
	const struct device *before = NULL;

	for (size_t k = 0; k < box->devices; k++) {
		const struct device *device = &box->device[k];
		bool is_new = !before || before->kind != device->kind;

		if (!idset_has(&device->nodes, id))
			continue;
		if (!before && !is_small)
			draw_rule(pen);
		before = device;
		if (is_small)
			svg_write(pen, SVG_TINY, "",
			          *device->name ? device->name : device->address);
		else
			write_device(pen, device, is_new ? device_kind_names[device->kind] : NULL);
	}
}

/* The frame, its name, and a pen within. */
static struct svg_pen open_box(const struct box *box, unsigned id, const int frame[4], int inset)
{
	char name[32];

	snprintf(name, sizeof(name), "node %u", id);
	svg_open(box->svg, name);
	svg_rect(box->svg, "box", frame[0], frame[1], frame[2], frame[3]);
	return (struct svg_pen){ box->svg, frame[0] + inset, frame[1] + inset,
		                 frame[2] - 2 * inset };
}

static struct view look(const struct box *box, unsigned i)
{
	return (struct view){ box->topology, &box->topology->node[i], &box->machine->node[i] };
}

int box_draw(const struct box *box, unsigned i, int x, int y, int width, int height)
{
	struct view view = look(box, i);
	struct svg_pen pen =
		open_box(box, view.node->id, (const int[4]){ x, y, width, height }, INSET);

	pen.y -= 2;
	write_name(&pen, &view, SVG_HEADING, SVG_SMALL);
	write_facts(&pen, box, &view, SVG_SMALL);
	if (has_memory(&view)) {
		pen.y += GAP;
		bar_draw(&pen, view.node, memory_is_allowed(&view));
	}
	write_access(&pen, &view.detail->access);
	draw_cpus(&pen, box, &view);
	write_devices(&pen, box, view.node->id, false);
	svg_close(pen.svg);
	return pen.y + INSET - y;
}

int box_draw_small(const struct box *box, unsigned i, int x, int y, int width, int height)
{
	struct view view = look(box, i);
	struct svg_pen pen =
		open_box(box, view.node->id, (const int[4]){ x, y, width, height }, SMALL_INSET);
	char list[IDSET_TEXT];
	int label = svg_width(SVG_TINY, "CPUs ", 5), lines;

	pen.y -= 2;
	write_name(&pen, &view, SVG_BODY, SVG_TINY);
	if (has_memory(&view))
		bar_draw_small(&pen, view.node, memory_is_allowed(&view));
	if (!idset_empty(&view.node->cpus)) {
		svg_text(pen.svg, SVG_TINY, "dim", pen.x, pen.y, "CPUs");
		lines = svg_list(pen.svg, SVG_TINY, cpus_are_allowed(&view) ? "" : "dim",
		                 pen.x + label, pen.y, pen.width - label,
		                 idset_text(&view.node->cpus, list));
		pen.y += lines * svg_line(SVG_TINY);
	}
	write_facts(&pen, box, &view, SVG_TINY);
	write_devices(&pen, box, view.node->id, true);
	svg_close(pen.svg);
	return pen.y + SMALL_INSET - y;
}
