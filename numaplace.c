/* numaplace: main, dispatch, exec. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "affinity.h"
#include "confine.h"
#include "device.h"
#include "enclosure.h"
#include "lib/capability.h"
#include "lib/command.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "machine.h"
#include "measure.h"
#include "monitor.h"
#include "narration.h"
#include "need.h"
#include "placement.h"
#include "policy.h"
#include "report/document.h"
#include "report/hardware.h"
#include "report/picture.h"
#include "report/show.h"
#include "report/terminal.h"
#include "report/unit.h"
#include "report/weights.h"
#include "request.h"
#include "room.h"
#include "running.h"
#include "shared.h"
#include "topology.h"
#include "weighting.h"

/* What a write beyond the limit of a file's size does to a command; to us it is an error. */
static void (*beyond_limit)(int);

static void open_root(const struct request *request, struct topology *topology)
{
	int root = UTIL_HERE;

	if (request->sysroot) {
		root = open(request->sysroot, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			util_die(util_failure, "--sysroot=%s: %s", request->sysroot,
			         strerror(errno));
		if (faccessat(root, "sys", F_OK, 0))
			util_die(util_failure, "--sysroot=%s: %s", request->sysroot,
			         errno == ENOENT ? "there is no folder sys in it"
			                         : strerror(errno));
	}
	topology_init(topology, root);
}

static int report_numactl_hardware(const struct request *request, struct topology *topology)
{
	struct hardware hardware = { .topology = topology };

	if (!topology->is_numa)
		util_die(util_failure, "No NUMA available on this system");
	hardware_show(&hardware,
	              request->compress ? HARDWARE_NUMACTL_COMPRESSED : HARDWARE_NUMACTL);
	request_close_stdout();
	return 0;
}

static void set_color(const char *when)
{
	if (when && strcmp(when, "auto") != 0)
		terminal_set_color(strcmp(when, "always") ? TERMINAL_NEVER : TERMINAL_ALWAYS);
}

static int report_hardware(const struct request *request, struct topology *topology)
{
	struct machine machine;
	struct device *devices = NULL;
	struct hardware hardware = { .topology = topology, .machine = &machine };
	long count;

	placement_load(topology, TOPOLOGY_HAS_MEMORY | TOPOLOGY_NODE_CPUS | TOPOLOGY_MEMORY |
	                                 TOPOLOGY_DISTANCES);
	if (request->tool == REQUEST_NUMACTL)
		return report_numactl_hardware(request, topology);
	set_color(request->color);
	count = machine_load(topology, &machine);
	if (count)
		util_die(util_failure, "%s: %s", machine.failed, util_reason((int)count));
	if (request->weights) {
		weights_show(&machine, request->json);
		machine_free(&machine);
		request_close_stdout();
		return 0;
	}
	count = device_list(topology, &devices);
	if (count < 0)
		util_die(util_failure, "%s: %s", *topology->failed ? topology->failed : "devices",
		         util_reason((int)count));
	hardware.device = devices;
	hardware.devices = (size_t)count;
	if (request->json)
		document_show(&hardware);
	else if (request->svg)
		picture_show(topology, &machine, devices, hardware.devices);
	else
		hardware_show(&hardware, HARDWARE_TEXT);
	free(devices);
	machine_free(&machine);
	request_close_stdout();
	return 0;
}

/* NULL where the kernel has no weights. */
static unsigned *read_weights(const struct policy_state *policy, struct topology *topology)
{
	unsigned *weights = calloc(idset_count(&policy->nodes) + 1, sizeof(*weights)),
		 *next = weights;

	if (!weights)
		util_die(util_failure, "%s", strerror(errno));
	for (idset_each(id, &policy->nodes)) {
		if (topology_weight(topology, (unsigned)id, next++)) {
			free(weights);
			return NULL;
		}
	}
	return weights;
}

/* Exit status 1: the report is not whole. */
static int report_self(const struct request *request, struct topology *topology)
{
	enum show_style style = request->json ? SHOW_JSON : SHOW_TEXT;
	struct show_self self = { 0 };
	struct policy_state policy;
	int error;

	placement_load(topology, TOPOLOGY_HAS_MEMORY | TOPOLOGY_NODE_CPUS);
	error = policy_read(topology, &policy);
	if (error)
		util_warn("get_mempolicy: %s: %s", strerror(-error),
		          policy_reason(topology, error));
	else
		self.policy = &policy;
	/* The topology may be older than the affinity that was set. */
	if (kernel_get_affinity(0, &self.cpus))
		self.cpus = topology->allowed_cpus;
	if (!error && policy.mode == MPOL_WEIGHTED_INTERLEAVE)
		self.weights = read_weights(&policy, topology);
	show_self(&self, topology, request->tool == REQUEST_NUMACTL ? SHOW_NUMACTL : style);
	free(self.weights);
	request_close_stdout();
	return error ? 1 : 0;
}

/* Never returns: the command runs in this process, or an exit status says why it does not. */
__attribute__((noreturn)) static void fail_command(const char *name, const char *path, int error)
{
	char sentence[COMMAND_SENTENCE];
	int status = command_status(path, error);

	command_explain(path, error, sentence);
	util_die(util_failure == 125 ? status : util_failure, "%s: %s", name, sentence);
}

/* The real thing behind a closed door, and what came to it. */
static int dry_run(const struct request *request, struct topology *topology,
                   struct placement *placement, const char *path)
{
	struct show_plan plan = {
		placement, request->command, path, NULL, NULL, request->need_size
	};

	if (!topology->foreign)
		policy_check(placement, topology);
	narration_plan();
	if (request->fresh)
		enclosure_enter(request, topology, placement);
	room_make(request, topology, placement, NULL);
	policy_apply(placement, topology);
	affinity_apply(placement, topology);
	if (path)
		command_run(path, request->command);
	plan.calls = narration_calls();
	show_plan(&plan, topology, request->json ? SHOW_JSON : SHOW_TEXT);
	placement_free(placement);
	request_close_stdout();
	return 0;
}

/* The placement as a systemd drop-in. */
static int print_unit(const struct request *request, struct topology *topology,
                      struct placement *placement, const char *path)
{
	char program[COMMAND_PATH], absolute[2 * COMMAND_PATH], folder[COMMAND_PATH];
	struct unit unit = { .placement = placement,
		             .all = request->all,
		             .program = program,
		             .path = path,
		             .command = request->command,
		             .need = request->need,
		             .make_room = request->make_room_text };
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const char *prefix;

	if (!topology->foreign)
		policy_check(placement, topology);
	prefix = unit_prefix(&unit);
	if (prefix && !request->command)
		util_die(util_failure,
		         "--systemd: systemd has no word for --%s: name the command of the unit's "
		         "ExecStart= behind the options",
		         prefix);
	if (length < 0 || (path && *path != '/' && !getcwd(folder, sizeof(folder))))
		util_die(util_failure, "--systemd: %s", strerror(errno));
	program[length] = '\0';
	/* No variable is replaced in it, so a $ cannot be doubled (string_is_safe() of systemd). */
	if (prefix && strpbrk(program, "\"'\\$"))
		util_die(
			util_failure,
			"--systemd: systemd takes no quotes, \\ or $ in the name of a program: move "
			"numaplace elsewhere (it is %s)",
			program);
	if (path && *path != '/') {
		snprintf(absolute, sizeof(absolute), "%s/%s", folder,
		         strncmp(path, "./", 2) ? path : path + 2);
		unit.path = absolute;
	}
	unit_show(&unit);
	request_close_stdout();
	return 0;
}

static int launch(const struct request *request, struct topology *topology)
{
	struct placement placement;
	char path[COMMAND_PATH] = "";
	int error;

	placement_resolve(request, topology, &placement);
	/* A service's is for when it starts. */
	if (!request->systemd)
		need_check(request, topology, &placement);
	if (request->command && !topology->foreign && request->report != REQUEST_SHOW) {
		error = command_find(request->command[0], path);
		if (error)
			fail_command(request->command[0], path, error);
	}
	if (request->verbose) {
		show_choices(&placement, topology);
		narration_tell(false, true);
	}
	if (request->systemd)
		return print_unit(request, topology, &placement, *path ? path : NULL);
	if (request->dry_run)
		return dry_run(request, topology, &placement, *path ? path : NULL);
	if (request->fresh)
		enclosure_enter(request, topology, &placement);
	room_make(request, topology, &placement, NULL);
	policy_apply(&placement, topology);
	affinity_apply(&placement, topology);
	if (request->report == REQUEST_SHOW || !request->command)
		return report_self(request, topology);
	signal(SIGXFSZ, beyond_limit);
	error = command_run(path, request->command);
	signal(SIGXFSZ, SIG_IGN);
	fail_command(request->command[0], path, error);
}

/*
 * What is no conversation on a terminal is held back, so that of what fails on the way nothing is
 * printed, rather than half of it. A longer report is cut off then, and the exit status says so.
 */
static void hold_output(const struct request *request)
{
	static char held[1 << 20];

	/* A file that is opened must not become stdout, whose report would go into it. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/", O_PATH | O_CLOEXEC);
	if (request->json || request->svg || !isatty(STDOUT_FILENO))
		setvbuf(stdout, held, _IOFBF, sizeof(held));
}

int main(int argc, char **argv)
{
	struct request request;
	struct topology topology;
	int error = capability_lower();

	beyond_limit = signal(SIGXFSZ, SIG_IGN);
	if (error)
		util_die(util_failure, "capabilities: %s%s", strerror(-error),
		         error == -EPERM ? " (it must not be setuid or setgid)" : "");
	request_parse(argc, argv, &request);
	if (!request.command || request.dry_run || request.systemd)
		hold_output(&request);
	open_root(&request, &topology);
	if (request.set_weights)
		return weighting_run(&request, &topology);
	if (request.shm || request.file)
		return shared_run(&request, &topology);
	if (request.cgroup && request.report == REQUEST_SHOW)
		confine_show(&request);
	if ((request.cgroup || request.pids) && request.report == REQUEST_SHOW)
		return running_show(&request);
	if (request.cgroup && !request.fresh && !request.report && !request.to)
		return confine(&request, &topology);
	if (request.pids || request.to)
		return running_move(&request);
	if (request.report == REQUEST_HARDWARE)
		return report_hardware(&request, &topology);
	if (request.report == REQUEST_STAT)
		return monitor_report(&request, &topology);
	if (request.report == REQUEST_MEASURE) {
		set_color(request.color);
		return measure_run(&request, &topology);
	}
	return launch(&request, &topology);
}
