/* Whether the pages of a segment are as a placement wants them. */
#ifndef VERIFICATION_H
#define VERIFICATION_H

#include <stdbool.h>

struct binding;

struct verification_count {
	unsigned long long pages;
	unsigned long first; /* offset of the first one */
	int node;            /* that it is on */
};

/* Pages that are elsewhere than their destination. Exits as binding_touch does. */
void verification_before(const struct binding *binding, struct verification_count *elsewhere);

/*
 * --verify without a placement: exits likewise where no page of the range has a policy.
 */
void verification_need_policy(const struct binding *binding);

/*
 * --verify: shows what differs of policy and node, page by page. Returns 1 where something does.
 * VERBOSE: says on stderr what was compared.
 */
int verification_after(const struct binding *binding, bool verbose);

#endif
