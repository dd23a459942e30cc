/* Values on stdout: those of JSON, sets as numactl writes them, policies in words. */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/idset.h"

/* A byte that is no UTF-8 (an argument may hold any) becomes U+DC80 to U+DCFF, as in Python. */
void json_string(const char *text);

/* STRINGS ends with NULL. */
void json_strings(char *const *strings);

/* As a list: "0-3,8". */
void json_set(const struct idset *set);

/* What others named, with what is not printable as "?": it must not forge a line. */
void value_text(FILE *stream, const char *text);

/*
 * On stdout, what stands between the quotes of a metric's label: backslash, quote and newline are
 * escaped, bytes that are no UTF-8 become U+FFFD.
 */
void value_label(const char *text);

/* A policy's mode, as users write it: "weighted-interleave". */
const char *value_mode(int mode);

/* The names of flags (MPOL_F_*) on stdout, each with BEFORE before it. */
void value_flags(int flags, const char *before);

/* "mode": "bind", "nodes": "0-1", "flags": []: members of an object. */
void json_policy(int mode, int flags, const struct idset *nodes);

/* "HEADING: 0 1 2 ", a line: scripts split it at blanks. */
void value_ids(const char *heading, const struct idset *set);

/* A column: a blank, then the number, or "-" where it is negative: not known. */
void value_number(int width, long long number);

/* null where the number is not known. */
void json_number(long long number, bool known);

#endif
