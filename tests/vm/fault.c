/*
 * fault [OPTION...] COMMAND...: runs it again and again, each time with one fault (a system call of
 * its own fails, or is done in part; no memory, descriptors or stdout), and classifies what comes of
 * it. Prints one row: NAME, faults that there are, those that were tried, and how many of these ended
 *
 *	right    as without the fault: output, exit status and state
 *	unknown  so, but with null (or nothing) in the JSON for what could not be read
 *	told     with an exit status of failure, the reason on stderr, nothing on stdout or changed
 *	part     with exit status 1 (0 under --best-effort), and what is not done is said
 *	wrong    otherwise; each is described on stderr
 *
 * -n NAME; -c N: so many faults of all, evenly chosen; -m N: at most so many occurrences of one
 * call; -v: numbers in the output vary, -i WORD: the number behind "WORD": does; -r RESET: a shell
 * command before each run; -s STATE: one that prints what is to be as it was, or as it is to be,
 * after it (PROGRAM_PID was the program's); -a: no EACCES, for reports to which what they may not
 * read is not there; -x CHANGE: instead of failing, a call comes after this shell command, which
 * changes the machine: what is printed has to be, piece by piece, as before or as after. What seems
 * wrong is tried again where the machine has changed of itself meanwhile, as a run without a fault
 * tells, and where nothing but the report is another one: it is wrong if it is so three times. For
 * x86-64, whose registers it knows.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faultcalls.h"
#include "faultjson.h"

#define CALLS 512
#define SECONDS 120
#define AGAIN 2
#define RENEWALS 3 /* of the run without a fault, before it is the program that changes things */
#define FAILURE 125

/* What stdout is, when it is not what takes all. */
enum output { OUTPUT_WHOLE, OUTPUT_CLOSED, OUTPUT_FULL, OUTPUT_BROKEN, OUTPUT_IGNORED };

struct fault {
	long call; /* -1: none */
	unsigned occurrence;
	int error;
	unsigned descriptors; /* 0: no limit */
	unsigned long memory;
	enum output output;
};

struct text {
	char *bytes;
	size_t length;
};

struct ending {
	int status; /* of wait(2) */
	bool hung, injected;
	struct text output, words, state;
};

static const struct fault no_fault = { .call = -1 };

enum outcome { RIGHT, UNKNOWN, TOLD, PART, WRONG, OUTCOMES };

static struct {
	char **command;
	const char *name, *reset, *state, *change;
	bool allowed;          /* EACCES is left out */
	struct ending changed; /* as it is with the change made before */
	const char *ignored[8];
	unsigned ignores;
	unsigned wanted, stride, most; /* 0 wanted: all */
	bool varies;
	unsigned start; /* of the prctl calls of libcap's constructor, behind which all is ours */
	unsigned seen[CALLS];
	struct ending good;
	struct text before;
	unsigned counts[OUTCOMES], all, tried, at, renewals;
	bool counting;
} test = { .name = "fault", .stride = 1, .most = ~0U };

static volatile sig_atomic_t late;

static void on_alarm(int number)
{
	(void)number;
	late = 1;
}

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static struct text take(int fd)
{
	struct text text = { NULL, (size_t)lseek(fd, 0, SEEK_END) };

	text.bytes = calloc(1, text.length + 1);
	if (!text.bytes || pread(fd, text.bytes, text.length, 0) != (ssize_t)text.length)
		fail("output");
	close(fd);
	return text;
}

static void drop(struct ending *ending)
{
	free(ending->output.bytes);
	free(ending->words.bytes);
	free(ending->state.bytes);
}

static bool same(const struct text *a, const struct text *b)
{
	return a->length == b->length && !memcmp(a->bytes, b->bytes, a->length);
}

/* What a shell command prints. */
static struct text ask(const char *command)
{
	int fd = memfd_create("state", 0);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		dup2(fd, 1);
		dup2(fd, 2);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("sh");
	return take(fd);
}

/* Numbers and flags that vary become 0, and what is aligned to them one blank. */
static void level(struct text *text)
{
	char *to = text->bytes;

	for (const char *from = text->bytes; *from;) {
		size_t digits = strspn(from, "0123456789."), blanks = strspn(from, " ");

		digits += strncmp(from, "true", 4) ? 0 : 4;
		digits += strncmp(from, "false", 5) ? 0 : 5;
		*to++ = digits ? '0' : *from;
		from += digits ? digits : blanks ? blanks : 1;
	}
	*to = '\0';
	text->length = (size_t)(to - text->bytes);
}

/* The digits behind "WORD": become 0. */
static void ignore(struct text *text, const char *word)
{
	char key[64], *at = text->bytes, *end;

	snprintf(key, sizeof(key), "\"%s\": ", word);
	while ((at = strstr(at, key))) {
		at += strlen(key);
		end = at + strspn(at, "0123456789");
		if (end == at)
			continue;
		*at++ = '0';
		memmove(at, end, strlen(end) + 1);
		text->length -= (size_t)(end - at);
	}
}

/* The program under test */

static void set_output(enum output output, int whole)
{
	int ends[2];

	dup2(whole, 1);
	if (output == OUTPUT_CLOSED)
		close(1);
	if (output == OUTPUT_FULL)
		dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), 1);
	if (output == OUTPUT_BROKEN || output == OUTPUT_IGNORED) {
		if (pipe2(ends, O_CLOEXEC))
			_exit(2);
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
	}
	signal(SIGPIPE, output == OUTPUT_IGNORED ? SIG_IGN : SIG_DFL);
}

__attribute__((noreturn)) static void become(const struct fault *fault, int output, int words)
{
	struct rlimit memory = { fault->memory, fault->memory };
	struct rlimit descriptors = { fault->descriptors, fault->descriptors };

	set_output(fault->output, output);
	dup2(words, 2);
	close(0);
	open("/dev/null", O_RDONLY);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	if ((fault->memory && setrlimit(RLIMIT_AS, &memory)) ||
	    (fault->descriptors && setrlimit(RLIMIT_NOFILE, &descriptors)))
		_exit(2);
	execvp(test.command[0], test.command);
	_exit(127);
}

#ifdef __x86_64__
static void spoil_entry(pid_t thread, const struct fault *fault)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, thread, NULL, &registers))
		return;
	if (fault->error == DONE_IN_PART)
		/* One would be none at all: Linux prints sets into so many bytes, its NUL among them. */
		registers.rdx = registers.rdx > 2 ? 2 : registers.rdx;
	else if (fault->call != SYS_close) /* Linux closes, whatever it answers. */
		registers.orig_rax = ~0ULL;
	ptrace(PTRACE_SETREGS, thread, NULL, &registers);
}

static void spoil_exit(pid_t thread, const struct fault *fault)
{
	struct user_regs_struct registers;

	if (fault->error == DONE_IN_PART || ptrace(PTRACE_GETREGS, thread, NULL, &registers))
		return;
	registers.rax = (unsigned long long)-fault->error;
	ptrace(PTRACE_SETREGS, thread, NULL, &registers);
}
#else
static void spoil_entry(pid_t thread, const struct fault *fault)
{
	(void)thread;
	(void)fault;
}
#define spoil_exit spoil_entry
#endif

struct trace {
	unsigned prctl, execs;
	unsigned seen[CALLS];
	pid_t spoilt;    /* a thread within the call that fails */
	pid_t others[4]; /* what was executed by it is not the program under test */
	bool injected;
};

static bool is_other(const struct trace *trace, pid_t thread)
{
	for (unsigned i = 0; i < 4; i++)
		if (trace->others[i] == thread)
			return true;
	return false;
}

/* In and out of system calls. */
static void see_call(struct trace *trace, pid_t thread, const struct fault *fault)
{
	struct __ptrace_syscall_info info;
	long call;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && trace->spoilt == thread) {
		spoil_exit(thread, fault);
		trace->spoilt = 0;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || is_other(trace, thread))
		return;
	call = (long)info.entry.nr;
	if (call == SYS_prctl && info.entry.args[0] == PR_CAPBSET_READ) {
		trace->prctl++;
		if (trace->prctl >= test.start)
			memset(trace->seen, 0, sizeof(trace->seen));
		return;
	}
	if (call < 0 || call >= CALLS || trace->prctl < test.start)
		return;
	if (++trace->seen[call] == fault->occurrence && call == fault->call) {
		trace->injected = true;
		if (fault->error == CHANGE) {
			free(ask(test.change).bytes);
			return;
		}
		trace->spoilt = thread;
		spoil_entry(thread, fault);
	}
}

/* Goes on with a thread that has stopped. */
static void see_stop(struct trace *trace, pid_t thread, int status, const struct fault *fault)
{
	int number = WSTOPSIG(status);

	if (number == (SIGTRAP | 0x80)) {
		see_call(trace, thread, fault);
		number = 0;
	} else if (status >> 16) {
		/* The first is that of the program itself. */
		if (status >> 16 == PTRACE_EVENT_EXEC && trace->execs++)
			trace->others[trace->execs % 4] = thread;
		number = 0;
	} else if (number == SIGSTOP) {
		number = 0; /* a new thread's first */
	}
	ptrace(PTRACE_SYSCALL, thread, NULL, number);
}

static void follow(pid_t pid, const struct fault *fault, struct ending *ending)
{
	struct trace trace = { 0 };
	int status;
	pid_t thread;

	if (waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
	           PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
	                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL))
		fail("ptrace");
	late = 0;
	alarm(SECONDS);
	ptrace(PTRACE_SYSCALL, pid, NULL, 0);
	while ((thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (thread < 0 && late) {
			kill(pid, SIGKILL);
			ending->hung = true;
		}
		if (thread < 0)
			continue;
		if (WIFSTOPPED(status))
			see_stop(&trace, thread, status, fault);
		else if (thread == pid)
			ending->status = status;
	}
	alarm(0);
	ending->injected = trace.injected;
	if (fault->call < 0)
		memcpy(test.seen, trace.seen, sizeof(test.seen));
	if (!test.start)
		test.start = trace.prctl;
}

static void run(const struct fault *fault, struct ending *ending)
{
	int output = memfd_create("output", 0), words = memfd_create("words", 0);
	struct text said = { 0 };
	char number[16];
	pid_t pid;

	*ending = (struct ending){ 0 };
	if (test.reset)
		said = ask(test.reset);
	if (said.length)
		fprintf(stderr, "# %s: reset: %s\n", test.name, said.bytes);
	free(said.bytes);
	pid = fork();
	if (pid == 0)
		become(fault, output, words);
	if (pid < 0)
		fail("fork");
	snprintf(number, sizeof(number), "%d", (int)pid);
	setenv("PROGRAM_PID", number, 1);
	follow(pid, fault, ending);
	ending->output = take(output);
	ending->words = take(words);
	if (test.varies)
		level(&ending->output);
	for (unsigned i = 0; i < test.ignores; i++)
		ignore(&ending->output, test.ignored[i]);
	if (test.state)
		ending->state = ask(test.state);
}

/* What came of it */

/* Each line says whose it is. */
static bool has_words(const struct ending *ending)
{
	const char *line = ending->words.bytes, *end, *name = strrchr(test.command[0], '/');
	size_t length;

	name = name ? name + 1 : test.command[0];
	length = strlen(name);
	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end || strncmp(line, name, length) != 0 ||
		    strncmp(line + length, ": ", 2) != 0)
			return false;
	}
	return ending->words.length > 0;
}

/* What means something else in each place is explained there; the rest has to be told as it is. */
static bool is_true(int error, const char *words)
{
	static const int plain[] = { EIO, ENOMEM, EMFILE, EINTR };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i] == error)
			return strstr(words, strerror(error)) != NULL;
	return true;
}

static bool left(const struct ending *ending, const struct text *state)
{
	return !test.state || same(&ending->state, state);
}

#define PIECE ",\n"

static bool has_piece(const struct text *text, const char *piece, size_t length)
{
	for (const char *p = text->bytes; (p = memmem(p, strlen(p), piece, length)); p++)
		if ((p == text->bytes || strchr(PIECE, p[-1])) && strchr(PIECE, p[length]))
			return true;
	return false;
}

/*
 * Each piece of a line is as before the change or as after it, or null; returns the one that is not,
 * and its length.
 */
static const char *find_foreign(const struct ending *ending, size_t *length)
{
	const char *piece = ending->output.bytes;

	for (; *piece; piece += *length + (piece[*length] != '\0')) {
		*length = strcspn(piece, PIECE);
		if (*length && !has_piece(&test.good.output, piece, *length) &&
		    !has_piece(&test.changed.output, piece, *length) &&
		    !memmem(piece, *length, "null", 4))
			return piece;
	}
	return NULL;
}

static bool is_mixed(const struct ending *ending)
{
	size_t length;

	return test.change && ending->output.length && !find_foreign(ending, &length);
}

static enum outcome classify(const struct fault *fault, const struct ending *ending)
{
	const struct ending *good = &test.good;
	int status = WEXITSTATUS(ending->status);

	if (ending->hung)
		return WRONG;
	if (!WIFEXITED(ending->status))
		return fault->output == OUTPUT_BROKEN && WTERMSIG(ending->status) == SIGPIPE
		               ? RIGHT
		               : WRONG;
	if (ending->status == good->status && fault->output == OUTPUT_WHOLE) {
		if (!left(ending, &good->state))
			return has_words(ending) ? PART : WRONG;
		if (same(&ending->output, &good->output))
			return RIGHT;
		if (is_mixed(ending))
			return RIGHT;
		/* --best-effort */
		if (strstr(ending->words.bytes, "; going on with the rest"))
			return PART;
		return json_is_poorer(ending->output.bytes, good->output.bytes) ? UNKNOWN : WRONG;
	}
	if (ending->status == good->status && !good->output.length)
		return RIGHT;
	if (status == 1 && (strstr(ending->output.bytes, "\"complete\": false") ||
	                    (test.varies && strstr(ending->output.bytes, "\"complete\": 0"))))
		return PART;
	if (!has_words(ending) || !status)
		return WRONG;
	if (status == 1)
		return PART;
	if (status < FAILURE || status > FAILURE + 2)
		return WRONG;
	/* Of threads the C library tells something else. */
	if (!strstr(ending->words.bytes, ": pthread_create: ") &&
	    !is_true(fault->error, ending->words.bytes))
		return WRONG;
	/* All was done where nothing but the report failed. */
	if (strstr(ending->words.bytes, ": stdout: ") && left(ending, &good->state))
		return TOLD;
	return !ending->output.length && left(ending, &test.before) ? TOLD : WRONG;
}

/* Where the status is as without the fault: from where on the output is another one. */
static void describe_difference(const struct ending *ending)
{
	const char *is = ending->output.bytes, *was = test.good.output.bytes, *line = is;

	if (ending->status != test.good.status || same(&ending->output, &test.good.output))
		return;
	for (; *is && *is == *was; is++, was++)
		if (*is == '\n')
			line = is + 1;
	was -= is - line;
	fprintf(stderr, "# %.*s\n# without the fault: %.*s\n", (int)strcspn(line, "\n"), line,
	        (int)strcspn(was, "\n"), was);
}

static void describe(const struct fault *fault, const struct ending *ending)
{
	static const char *const outputs[] = { "", "closed", "full", "broken", "broken, ignored" };
	size_t length;

	fprintf(stderr, "# %s: ", test.name);
	if (fault->call >= 0)
		fprintf(stderr, "%s (%ld) %u of %u: %s", row_of(fault->call)->name, fault->call,
		        fault->occurrence, test.seen[fault->call],
		        fault->error == DONE_IN_PART ? "in part"
		        : fault->error == CHANGE     ? "after the change"
		                                     : strerror(fault->error));
	if (fault->descriptors)
		fprintf(stderr, "%u descriptors", fault->descriptors);
	if (fault->memory)
		fprintf(stderr, "%lu MiB", fault->memory >> 20);
	if (fault->output)
		fprintf(stderr, "stdout %s", outputs[fault->output]);
	if (WIFEXITED(ending->status))
		fprintf(stderr, ": status %d%s", WEXITSTATUS(ending->status),
		        ending->hung ? ", hung" : "");
	else
		fprintf(stderr, ": signal %d%s", WTERMSIG(ending->status),
		        ending->hung ? ", hung" : "");
	/* On one line: it is a comment of TAP. */
	for (char *p = ending->words.bytes; *p; p++)
		*p = *p == '\n' ? ';' : *p;
	fprintf(stderr, ", %s\n", *ending->words.bytes ? ending->words.bytes : "no words");
	describe_difference(ending);
	if (test.change) {
		const char *piece = find_foreign(ending, &length);

		if (piece)
			fprintf(stderr, "# neither before nor after: %.*s\n", (int)length, piece);
	}
}

/*
 * The machine is not what it was when the first run saw it: other programs come and go, and memory
 * is reclaimed. From now on this run is what others are held against.
 */
static bool has_changed(void)
{
	struct ending now;
	bool changed;

	if (test.renewals == RENEWALS)
		return false;
	run(&no_fault, &now);
	changed = !test.change && now.status == test.good.status && left(&now, &test.good.state) &&
	          !same(&now.output, &test.good.output);
	if (!changed) {
		drop(&now);
		return false;
	}
	test.renewals++;
	fprintf(stderr, "# %s: the machine has changed\n", test.name);
	drop(&test.good);
	test.good = now;
	return true;
}

/*
 * The program went its way, and reports something else. What a fault does, it does each time; memory
 * that is reclaimed just now, by other programs' doing, is another again.
 */
static bool is_only_different(const struct ending *ending)
{
	return !ending->hung && ending->status == test.good.status && !ending->words.length &&
	       left(ending, &test.good.state);
}

static void try(const struct fault *fault)
{
	struct ending ending;
	enum outcome outcome;
	unsigned again = 0;

	if (test.at++ % test.stride || test.counting)
		return;
	run(fault, &ending);
	outcome = classify(fault, &ending);
	while (outcome == WRONG &&
	       (has_changed() || (is_only_different(&ending) && again < AGAIN))) {
		again++;
		drop(&ending);
		run(fault, &ending);
		outcome = classify(fault, &ending);
	}
	test.tried++;
	test.counts[outcome]++;
	if (outcome == WRONG)
		describe(fault, &ending);
	drop(&ending);
}

/* The first ones, the last one, and some in between. */
static bool is_picked(unsigned occurrence, unsigned count)
{
	unsigned first = test.most / 2, rest = test.most - first;

	return count <= test.most || occurrence <= first || occurrence == count ||
	       (occurrence - first) % ((count - first) / rest + 1) == 0;
}

static void try_call(const struct row *row, long call, unsigned occurrence)
{
	struct fault fault = { .call = call, .occurrence = occurrence, .error = CHANGE };

	if (test.change) {
		try(&fault);
		return;
	}
	for (unsigned i = 0; row->errors[i]; i++) {
		fault.error = row->errors[i];
		if (!test.allowed || fault.error != EACCES)
			try(&fault);
	}
}

static void try_calls(void)
{
	unsigned seen[CALLS];

	memcpy(seen, test.seen, sizeof(seen));
	for (long call = 0; call < CALLS; call++) {
		const struct row *row = row_of(call);

		for (unsigned k = 1; row->errors[0] != NO_ERRORS && k <= seen[call]; k++)
			if (is_picked(k, seen[call]))
				try_call(row, call, k);
	}
}

static void try_limits(void)
{
	for (unsigned n = 3; n < 16; n++)
		try(&(struct fault){ .call = -1, .descriptors = n });
	for (unsigned n = 8; n <= 64; n *= 2)
		try(&(struct fault){ .call = -1, .memory = (unsigned long)n << 20 });
	for (enum output output = OUTPUT_CLOSED; output <= OUTPUT_IGNORED; output++)
		try(&(struct fault){ .call = -1, .output = output });
}

static void try_all(void)
{
	try_calls();
	if (!test.change)
		try_limits();
}

static bool is_repeated(void)
{
	struct ending again;
	bool same_again;

	run(&no_fault, &test.good);
	run(&no_fault, &again);
	if (test.good.status) {
		fprintf(stderr, "# %s fails without a fault: %s", test.name, test.good.words.bytes);
		exit(2);
	}
	same_again = !again.status && same(&again.output, &test.good.output) &&
	             left(&again, &test.good.state);
	if (!same_again)
		fprintf(stderr, "# %s differs from run to run:\n%s\n%s\n%s%s", test.name,
		        test.good.output.bytes, again.output.bytes, test.good.words.bytes,
		        again.words.bytes);
	drop(&again);
	return same_again;
}

/* How it is without a fault, which has to be the same twice. */
static void run_well(void)
{
	struct text said = { 0 };
	const char *reset;

	if (test.reset)
		said = ask(test.reset);
	free(said.bytes);
	if (test.state)
		test.before = ask(test.state);
	run(&no_fault, &test.good);
	drop(&test.good);
	/* Now it is known where its own calls begin. */
	while (!is_repeated()) {
		if (++test.renewals > RENEWALS)
			exit(2);
		drop(&test.good);
	}
	if (!test.change)
		return;
	free(ask(test.change).bytes);
	reset = test.reset;
	test.reset = NULL;
	run(&no_fault, &test.changed);
	test.reset = reset;
}

/* With so many occurrences of a call at the most. */
static unsigned count_faults(unsigned most)
{
	unsigned kept = test.most;

	test.most = most;
	test.at = 0;
	test.counting = true;
	try_all();
	test.counting = false;
	test.most = kept;
	return test.at;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int option;

	while ((option = getopt(argc, argv, "+ac:i:m:n:r:s:vx:")) != -1) {
		switch (option) {
		case 'a': test.allowed = true; break;
		case 'i': test.ignored[test.ignores++ % 8] = optarg; break;
		case 'c': test.wanted = (unsigned)atoi(optarg); break;
		case 'm': test.most = (unsigned)atoi(optarg); break;
		case 'n': test.name = optarg; break;
		case 'r': test.reset = optarg; break;
		case 's': test.state = optarg; break;
		case 'v': test.varies = true; break;
		case 'x': test.change = optarg; break;
		default: return 2;
		}
	}
	test.command = argv + optind;
	if (!*test.command || !test.most)
		return 2;
	sigaction(SIGALRM, &action, NULL);
	run_well();
	test.all = count_faults(~0U);
	test.at = count_faults(test.most);
	if (test.wanted && test.at > test.wanted)
		test.stride = test.at / test.wanted;
	test.at = 0;
	try_all();
	printf("%-28s %6u %6u %6u %8u %6u %6u %6u\n", test.name, test.all, test.tried,
	       test.counts[RIGHT], test.counts[UNKNOWN], test.counts[TOLD], test.counts[PART],
	       test.counts[WRONG]);
	return test.counts[WRONG] > 0 || !test.tried;
}
