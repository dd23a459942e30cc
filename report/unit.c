#include "report/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/kernel.h"
#include "placement.h"
#include "report/value.h"
#include "request.h"

/* The words of NUMAPolicy=, systemd 243; by 257 there are no more (systemd.exec(5)). */
static const char *policy_word(int mode)
{
	switch (mode) {
	case MPOL_PREFERRED: return "preferred";
	case MPOL_BIND: return "bind";
	case MPOL_INTERLEAVE: return "interleave";
	case MPOL_LOCAL: return "local";
	}
	return NULL;
}

const char *unit_prefix(const struct unit *unit)
{
	const struct placement *placement = unit->placement;

	if (placement->best_effort)
		return "best-effort";
	if (unit->need)
		return "need";
	if (unit->make_room)
		return "make-room";
	if (placement->mode == REQUEST_NO_MODE)
		return NULL;
	if (placement->flags & MPOL_F_NUMA_BALANCING)
		return "balancing";
	if (placement->flags & MPOL_F_STATIC_NODES)
		return "static-nodes";
	if (placement->flags & MPOL_F_RELATIVE_NODES)
		return "relative-nodes";
	return policy_word(placement->mode) ? NULL : placement->choice[PLACEMENT_NODES].option;
}

/*
 * What earlier files say of a mask is not replaced but added to, unless an empty one comes between
 * (systemd.exec(5) on CPUAffinity=; NUMAMask= does the same in config_parse_numa_mask()).
 */
static void print_mask(const char *name, const struct idset *set)
{
	char list[IDSET_TEXT];

	printf("%s=\n", name);
	if (set && !idset_empty(set))
		printf("%s=%s\n", name, idset_text(set, list));
}

/*
 * A word of ExecStart=: systemd unquotes it, replaces specifiers (%) and then variables ($). Bytes
 * beyond ASCII are written as escapes, as a unit's file must be UTF-8.
 */
static void print_word(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:=,+@^-";
	bool quoted = !*word || word[strspn(word, plain)];

	printf("%s", quoted ? "\"" : "");
	for (; *word; word++) {
		unsigned char byte = (unsigned char)*word;

		if (byte == '%' || byte == '$')
			printf("%c%c", byte, byte);
		else if (byte == '"' || byte == '\\')
			printf("\\%c", byte);
		else if (byte >= ' ' && byte <= '~')
			putchar(byte);
		else
			printf("\\x%02x", byte);
	}
	printf("%s", quoted ? "\"" : "");
}

static void print_option(const char *option, const struct idset *set)
{
	char list[IDSET_TEXT];

	printf(" --%s", option);
	if (set && !idset_empty(set))
		printf("=%s", idset_text(set, list));
}

static void print_size(const char *option, const char *size)
{
	if (size)
		printf(" --%s=%s", option, size);
}

/* numaplace with what systemd has no words for, before the command. */
static void print_start(const struct unit *unit)
{
	const struct placement *placement = unit->placement;

	printf("ExecStart=\nExecStart=");
	print_word(unit->program);
	if (placement->best_effort)
		print_option("best-effort", NULL);
	if (unit->all)
		print_option("all", NULL);
	if (placement->mode != REQUEST_NO_MODE)
		print_option(placement->mode == MPOL_LOCAL
		                     ? "localalloc"
		                     : placement->choice[PLACEMENT_NODES].option,
		             &placement->nodes);
	if (placement->flags & MPOL_F_NUMA_BALANCING)
		print_option("balancing", NULL);
	if (placement->flags & MPOL_F_STATIC_NODES)
		print_option("static-nodes", NULL);
	if (placement->flags & MPOL_F_RELATIVE_NODES)
		print_option("relative-nodes", NULL);
	if (placement->best_effort && placement->has_cpus)
		print_option("physcpubind", &placement->cpus);
	print_size("need", unit->need);
	print_size("make-room", unit->make_room);
	printf(" -- ");
	print_word(unit->path ? unit->path : unit->command[0]);
	for (size_t i = 1; unit->command[i]; i++) {
		putchar(' ');
		print_word(unit->command[i]);
	}
	putchar('\n');
}

/* Names mean what they did when this was written: a reader should know. */
static void print_names(const struct placement *placement)
{
	for (int i = 0; i < PLACEMENT_OPERANDS; i++) {
		const struct placement_choice *choice = &placement->choice[i];

		if (!*choice->named)
			continue;
		printf("# --%s=", choice->option);
		value_text(stdout, choice->text);
		printf(": ");
		value_text(stdout, choice->named);
		putchar('\n');
	}
}

void unit_show(const struct unit *unit)
{
	const struct placement *placement = unit->placement;
	bool prefix = unit_prefix(unit) != NULL;

	printf("# For /etc/systemd/system/NAME.service.d/numaplace.conf\n");
	print_names(placement);
	printf("[Service]\n");
	if (placement->mode != REQUEST_NO_MODE && !prefix) {
		printf("NUMAPolicy=%s\n", policy_word(placement->mode));
		print_mask("NUMAMask", &placement->nodes);
	}
	if (placement->has_cpus && !placement->best_effort)
		print_mask("CPUAffinity", &placement->cpus);
	if (prefix)
		print_start(unit);
}
