#include "narration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kernel.h"
#include "lib/util.h"

/* Not bounded: room may be made on many nodes. */
static struct {
	char **call; /* count and a NULL */
	size_t count;
} kept;

static void keep(const char *call)
{
	char **more = reallocarray(kept.call, kept.count + 2, sizeof(*more));

	if (!more)
		util_die(util_failure, "%s", strerror(errno));
	kept.call = more;
	kept.call[kept.count] = strdup(call);
	if (!kept.call[kept.count])
		util_die(util_failure, "%s", strerror(errno));
	kept.call[++kept.count] = NULL;
}

static void say(const char *call)
{
	util_warn("%s", call);
}

void narration_tell(bool closed, bool told)
{
	kernel_door(closed, told ? say : NULL);
}

void narration_plan(void)
{
	kernel_door(true, keep);
}

char *const *narration_calls(void)
{
	static char *const none[] = { NULL };

	return kept.call ? kept.call : none;
}
