/* Why an expression, or an id in it, cannot be used, and what can: in words. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "lib/idset.h"

struct spec_error;
struct spec_scope;
struct topology;

/* Holds a sentence. */
#define REFUSAL_SENTENCE (IDSET_TEXT + 8192)

/*
 * Both write a sentence without a full stop and need the topology's TOPOLOGY_ABSENT.
 * refusal_explain: why spec_parse refused TEXT. refusal_of_id: why ID cannot be used.
 */
void refusal_explain(const char *text, const struct spec_scope *scope,
                     const struct spec_error *error, const struct topology *topology,
                     char sentence[REFUSAL_SENTENCE]);
void refusal_of_id(const struct spec_scope *scope, unsigned id, const struct topology *topology,
                   char sentence[REFUSAL_SENTENCE]);

/* Of KIND (enum spec_kind), in one or two words: "offline", "no memory", "not allowed". */
const char *refusal_in_short(unsigned kind, unsigned id, const struct topology *topology);

#endif
