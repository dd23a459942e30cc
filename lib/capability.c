#include "lib/capability.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

static const cap_value_t nice_only[] = { CAP_SYS_NICE };

/*
 * Of all that the file's capabilities gave, one stays permitted: not in effect, nor inheritable.
 * Linux lowers ambient ones with them, and execve of a user other than root passes on ambient ones
 * alone: nothing reaches the command.
 */
static int keep_nice(void)
{
	cap_t had = cap_get_proc(), kept = cap_init();
	cap_flag_value_t nice = CAP_CLEAR;
	int error = 0;

	if (!had || !kept || cap_get_flag(had, CAP_SYS_NICE, CAP_PERMITTED, &nice) ||
	    (nice == CAP_SET && cap_set_flag(kept, CAP_PERMITTED, 1, nice_only, CAP_SET)) ||
	    cap_set_proc(kept))
		error = errno ? -errno : -ENOMEM;
	cap_free(had);
	cap_free(kept);
	return error;
}

int capability_lower(void)
{
	if (!getauxval(AT_SECURE))
		return 0;
	/* What a set-id bit gave would reach the command. */
	if (getuid() != geteuid() || getgid() != getegid())
		return -EPERM;
	if (geteuid() == 0)
		return 0;
	/*
	 * Such a program cannot be dumped, and /proc/self is root's then, its pagemap closed to us.
	 * Who lacks what is permitted here cannot trace us all the same (cap_ptrace_access_check).
	 */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		return -errno;
	return keep_nice();
}

/* A flag of CAP_SYS_NICE in this thread's capabilities, which are its own. */
static bool has_nice(cap_flag_t flag)
{
	cap_t capabilities = cap_get_proc();
	cap_flag_value_t value = CAP_CLEAR;

	if (!capabilities)
		return false;
	if (cap_get_flag(capabilities, CAP_SYS_NICE, flag, &value))
		value = CAP_CLEAR;
	cap_free(capabilities);
	return value == CAP_SET;
}

bool capability_may_nice(void)
{
	return has_nice(CAP_EFFECTIVE) || has_nice(CAP_PERMITTED);
}

static bool set_nice(cap_flag_value_t value)
{
	cap_t capabilities = cap_get_proc();
	bool set;

	if (!capabilities)
		return false;
	set = !cap_set_flag(capabilities, CAP_EFFECTIVE, 1, nice_only, value) &&
	      !cap_set_proc(capabilities);
	cap_free(capabilities);
	return set;
}

bool capability_raise_nice(void)
{
	return errno == EPERM && !has_nice(CAP_EFFECTIVE) && has_nice(CAP_PERMITTED) &&
	       set_nice(CAP_SET);
}

void capability_lower_nice(void)
{
	int error = errno;

	set_nice(CAP_CLEAR);
	errno = error;
}
