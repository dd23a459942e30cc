#include "spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "lib/util.h"
#include "term.h"
#include "topology.h"

/* Where the parser stands. */
struct parser {
	const char *text, *p;
	const struct spec_scope *scope;
	bool lenient;
	bool complement; /* "!": all but what follows */
	bool positions;  /* "+": ids count within the usable ones */
	struct spec_result result;
	struct spec_error error;
};

unsigned spec_parts(enum spec_kind kind)
{
	static const unsigned parts[] = {
		[SPEC_MEMORY] = TOPOLOGY_HAS_MEMORY,
		[SPEC_NODE_CPUS] = TOPOLOGY_NODE_CPUS,
		[SPEC_CPUS] = TOPOLOGY_CPUS,
	};

	return parts[kind];
}

static struct idset usable(const struct topology *topology, enum spec_kind kind, bool all)
{
	const struct idset *cpus = all ? &topology->cpus : &topology->allowed_cpus;
	struct idset nodes = { 0 };

	if (kind == SPEC_CPUS)
		return *cpus;
	if (kind == SPEC_MEMORY)
		return all ? topology->has_memory : topology->allowed_nodes;
	for (unsigned i = 0; i < topology->count; i++)
		if (idset_overlap(&topology->node[i].cpus, cpus))
			idset_add(&nodes, topology->node[i].id);
	return nodes;
}

struct spec_scope spec_scope(struct topology *topology, enum spec_kind kind, bool all)
{
	struct spec_scope scope = {
		.kind = kind, .all = all, .ranked_memory = kind == SPEC_MEMORY, .topology = topology
	};
	struct idset whole = usable(topology, kind, true);

	scope.usable = usable(topology, kind, all);
	scope.restricted = !idset_equal(&scope.usable, &whole);
	return scope;
}

static int fail(struct parser *parser, enum spec_fault fault, const char *at, size_t length)
{
	parser->error.fault = fault;
	parser->error.at = (size_t)(at - parser->text);
	parser->error.length = length;
	return -EINVAL;
}

static int fail_ids(struct parser *parser, enum spec_fault fault, const char *at, unsigned low,
                    unsigned high)
{
	parser->error.low = low;
	parser->error.high = high;
	return fail(parser, fault, at, (size_t)(parser->p - at));
}

/* What stands where an id is due. */
static int fail_at_id(struct parser *parser)
{
	const char *p = parser->p;
	size_t length = strcspn(p, ",");

	if (length == 0)
		return fail(parser, SPEC_NO_ID, p, 0);
	if (*p == ' ' || *p == '\t' || *p == '\n')
		return fail(parser, SPEC_BLANK, p, 1);
	if (*p == '-' || *p == '+')
		return fail(parser, SPEC_SIGN, p, 1);
	if ((length == 3 && !memcmp(p, "all", 3)) || (length == 4 && !memcmp(p, "same", 4)))
		return fail(parser, SPEC_NOT_ALONE, p, length);
	return fail(parser, SPEC_JUNK, p, length);
}

static int parse_id(struct parser *parser, unsigned *id)
{
	const char *start = parser->p;
	size_t length = strspn(start, "0123456789");
	unsigned long value = 0;
	int error;

	if (length == 0)
		return fail_at_id(parser);
	if (length > 1 && *start == '0')
		return fail(parser, SPEC_NOT_DECIMAL, start, length);
	if (start[length] == 'x' || start[length] == 'X')
		return fail(parser, SPEC_NOT_DECIMAL, start, strcspn(start, ","));
	error = util_parse_number(start, length, IDSET_MAX - 1, &value);
	if (error)
		return fail(parser, SPEC_TOO_LARGE, start, length);
	parser->p += length;
	*id = (unsigned)value;
	return 0;
}

/* The ":STEP" of a range, if there is one. */
static int parse_step(struct parser *parser, unsigned *step)
{
	const char *digits = parser->p + 1;
	size_t length;
	unsigned long value;

	*step = 1;
	if (*parser->p != ':')
		return 0;
	length = strspn(digits, "0123456789");
	if (util_parse_number(digits, length, IDSET_MAX - 1, &value) || value == 0)
		return fail(parser, SPEC_STEP, digits, strcspn(digits, ","));
	parser->p = digits + length;
	*step = (unsigned)value;
	return 0;
}

/* Takes one id, or the id at one position; says whether it was usable. */
static bool take(struct parser *parser, unsigned id)
{
	if (parser->positions) {
		int found = idset_next(&parser->scope->usable, 0);

		while (found >= 0 && id-- > 0)
			found = idset_next(&parser->scope->usable, (unsigned)found + 1);
		if (found >= 0)
			idset_add(&parser->result.ids, (unsigned)found);
		return found >= 0;
	}
	if (!idset_has(&parser->scope->usable, id)) {
		idset_add(&parser->result.left_out, id);
		return false;
	}
	idset_add(&parser->result.ids, id);
	return true;
}

/* Notes a term of which nothing could be used. */
static void drop(struct parser *parser, unsigned low, unsigned high, unsigned step)
{
	if (parser->positions) {
		parser->result.dropped_positions = true;
		return;
	}
	for (unsigned id = low; id <= high; id += step)
		idset_add(&parser->result.dropped, id);
}

static int parse_term(struct parser *parser)
{
	const char *start = parser->p;
	unsigned low = 0, high = 0, step = 1, last;
	bool used = false;

	if (parse_id(parser, &low)) {
		/* A word that is none of those that there are. */
		if (parser->error.fault == SPEC_JUNK && *start >= 'a' && *start <= 'z' &&
		    !parser->positions)
			parser->error.fault = SPEC_NO_KEY;
		return -EINVAL;
	}
	if (*parser->p != '-') {
		used = take(parser, low);
		if (!used)
			drop(parser, low, low, 1);
		if (used || parser->lenient)
			return 0;
		return fail_ids(parser, parser->positions ? SPEC_BEYOND : SPEC_NOT_USABLE, start,
		                low, low);
	}
	parser->p++;
	if (parse_id(parser, &high))
		return -EINVAL;
	if (high < low)
		return fail_ids(parser, SPEC_REVERSED, start, low, high);
	if (parse_step(parser, &step))
		return -EINVAL;
	last = high;
	if (parser->positions && last >= idset_count(&parser->scope->usable))
		last = idset_count(&parser->scope->usable);
	for (unsigned id = low; id <= last; id += step)
		used |= take(parser, id);
	if (!used)
		drop(parser, low, last, step);
	if (used || parser->lenient)
		return 0;
	return fail_ids(parser, parser->positions ? SPEC_BEYOND : SPEC_RANGE_UNUSED, start, low,
	                high);
}

/* "netdev:eth0 is node 1" behind what was there; NOTE is what else is to be said. */
static void name_ids(const struct parser *parser, char *named, size_t size, size_t length,
                     const struct idset *ids, const char *note)
{
	static char list[IDSET_TEXT];
	const char *kind = parser->scope->kind == SPEC_CPUS ? "CPU" : "node";
	size_t used = strlen(named);
	bool none = idset_empty(ids);

	snprintf(named + used, size - used, "%s%.*s%s%s%s is %s%s%s%s%s", used ? ", " : "",
	         (int)length, parser->p, *note ? " (" : "", note, *note ? ")" : "",
	         none ? "no " : "", kind, idset_count(ids) > 1 ? "s" : "", none ? "" : " ",
	         idset_text(ids, list));
}

/* As of a range what is usable is taken, and there must be something, but to be left out by "!". */
static int take_ids(struct parser *parser, size_t length, const struct idset *ids, const char *note)
{
	const struct idset *whole = &parser->scope->usable;
	struct idset used = idset_and(ids, whole), unused = idset_minus(ids, whole);
	const char *start = parser->p;
	int first = idset_next(ids, 0);

	parser->result.ids = idset_or(&parser->result.ids, &used);
	parser->result.left_out = idset_or(&parser->result.left_out, &unused);
	if (!idset_empty(&used) || parser->complement) {
		parser->p += length;
		return 0;
	}
	parser->result.dropped = idset_or(&parser->result.dropped, ids);
	name_ids(parser, parser->error.reason, SPEC_REASON, length, ids, note);
	parser->p += length;
	if (parser->lenient)
		return 0;
	return fail_ids(parser, SPEC_NAMED_UNUSED, start, (unsigned)first, (unsigned)first);
}

/* "free:40g" and "best": what is chosen for them is told with the reason. */
static int take_chosen(struct parser *parser, size_t length)
{
	struct advice alone = { .topology = parser->scope->topology, .all = parser->scope->all };
	struct advice *advice = parser->scope->advice ? parser->scope->advice : &alone;
	char *named = parser->result.named;
	size_t used = strlen(named);
	const struct advice_choice *choice;
	struct idset nodes;
	int error = advice_choose(advice, parser->p, length, parser->scope->kind == SPEC_NODE_CPUS,
	                          &choice, parser->error.reason);

	if (!error) {
		nodes = choice->nodes;
		snprintf(named + used, SPEC_NAMED - used, "%s%s: %s", used ? ", " : "",
		         choice->term, choice->reason);
	}
	advice_free(&alone);
	if (error)
		return fail(parser, error == -EINVAL ? SPEC_TERM : SPEC_NO_THING, parser->p,
		            length);
	return take_ids(parser, length, &nodes, "");
}

/* A word or KEY:VALUE, up to the next comma, whatever is in it. */
static int parse_name(struct parser *parser)
{
	const struct spec_scope *scope = parser->scope;
	struct term_scope term = { .topology = scope->topology,
		                   .usable = &scope->usable,
		                   .cpus = scope->kind == SPEC_CPUS,
		                   .all = scope->all,
		                   .ranked_memory = scope->ranked_memory,
		                   .ranked_gpus = scope->ranked_gpus };
	size_t length = strcspn(parser->p, ",");
	bool is_chosen = advice_is_term(parser->p, length);
	char note[TERM_REASON];
	struct idset ids;
	int error;

	if (!is_chosen && !term_is(parser->p, length, term.cpus))
		return fail(parser,
		            !term_is(parser->p, length, !term.cpus) ? SPEC_NO_KEY
		            : term.cpus                             ? SPEC_NOT_CPUS
		                                                    : SPEC_NOT_NODES,
		            parser->p, length);
	if (is_chosen && term.cpus)
		return fail(parser, SPEC_NOT_CPUS, parser->p, length);
	if (parser->positions)
		return fail(parser, SPEC_NO_POSITION, parser->p, length);
	if (is_chosen)
		return take_chosen(parser, length);
	error = term_find(parser->p, length, &term, &ids, note);
	if (error == -ENODATA && parser->complement) {
		error = 0;
		*note = '\0';
	}
	if (!error) {
		name_ids(parser, parser->result.named, SPEC_NAMED, length, &ids, note);
		return take_ids(parser, length, &ids, note);
	}
	snprintf(parser->error.reason, SPEC_REASON, "%s", note);
	return fail(parser, error == -EINVAL ? SPEC_TERM : SPEC_NO_THING, parser->p, length);
}

/* A key is of letters, but for "l3:". */
static bool is_name(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz");
	size_t end = strcspn(text, ",");

	return length &&
	       (text[length + strspn(text + length, "0123456789")] == ':' ||
	        term_is(text, end, false) || term_is(text, end, true) || advice_is_term(text, end));
}

static bool has_rank(const char *text, bool by_gpu)
{
	while (text && *text) {
		size_t length = strcspn(text += strspn(text, "!,"), ",");
		bool gpu;

		if (term_is_rank(text, length, &gpu) && (gpu || !by_gpu))
			return true;
		text += length;
	}
	return false;
}

bool spec_has_rank(const char *text)
{
	return has_rank(text, false);
}

bool spec_has_gpu_rank(const char *text)
{
	return has_rank(text, true);
}

/* TERM {"," TERM} */
static int parse_terms(struct parser *parser)
{
	for (;;) {
		if (is_name(parser->p) ? parse_name(parser) : parse_term(parser))
			return -EINVAL;
		if (*parser->p == '\0')
			return 0;
		if (*parser->p == ' ' || *parser->p == '\t' || *parser->p == '\n')
			return fail(parser, SPEC_BLANK, parser->p, 1);
		if (*parser->p != ',')
			return fail(parser, SPEC_JUNK, parser->p, strcspn(parser->p, ","));
		parser->p++;
	}
}

static int parse(struct parser *parser)
{
	const struct idset *whole = &parser->scope->usable;

	if (*parser->p == '\0')
		return fail(parser, SPEC_EMPTY, parser->p, 0);
	if (!strcmp(parser->p, "all")) {
		parser->result.ids = *whole;
	} else {
		parser->complement = *parser->p == '!';
		parser->p += parser->complement;
		parser->positions = *parser->p == '+';
		parser->p += parser->positions;
		if (parse_terms(parser))
			return -EINVAL;
		if (parser->complement) {
			parser->result.ids = idset_minus(whole, &parser->result.ids);
			parser->result.left_out = parser->result.dropped;
		}
	}
	if (idset_empty(&parser->result.ids))
		return fail(parser, SPEC_NOTHING_LEFT, parser->text, strlen(parser->text));
	return 0;
}

int spec_parse(const char *text, const struct spec_scope *scope, bool lenient,
               struct spec_result *result, struct spec_error *error)
{
	struct parser parser = { .text = text, .p = text, .scope = scope, .lenient = lenient };

	if (parse(&parser)) {
		*error = parser.error;
		return -EINVAL;
	}
	*result = parser.result;
	return 0;
}
