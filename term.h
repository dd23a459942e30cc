/* What names nodes in an expression, but for ids: a thing ("netdev:eth0") or a word ("cpuless"). */
#ifndef TERM_H
#define TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/idset.h"

struct topology;

/* Holds what term_find says of a failure. */
#define TERM_REASON 1024

/* All there are, for messages. */
#define TERM_LIST "netdev: block: file: ip: pci: gpu: cpu: pid: tier: near: cpuless"

/* Whether TEXT is one: a word, or a key with anything behind it. */
bool term_is(const char *text, size_t length);

/*
 * The nodes that a term means, usable or not; `near` looks at those in USABLE alone. Returns 0 with
 * *nodes stored, never empty; -EINVAL: it is malformed; or -ENOENT: it means no node. Both with the
 * reason, and what would work, in a sentence without a full stop.
 */
int term_find(const char *text, size_t length, struct topology *topology,
              const struct idset *usable, struct idset *nodes, char reason[TERM_REASON]);

#endif
