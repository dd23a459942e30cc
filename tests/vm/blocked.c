/*
 * blocked SECONDS [KIND...]: a thread in each kind of call that waits, and some that compute; or those
 * of these kinds ("waiting" and "running" are all of one sort). Says "ready", then answers lines on
 * stdin: "timed" with how many of the waits that end by themselves are still on, and "release" with a
 * line for each thread ("NAME right", or what was wrong) and "end".
 */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAP 10000000

static long seconds;
static atomic_int timed, released;

struct kind {
	const char *name;
	void (*block)(struct kind *kind);
	void (*release)(struct kind *kind);
	int is_timed, is_left_out;
	pthread_t thread;
	pid_t id;
	int fd[2];
	int word;
	char result[100];
};

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void wrong(struct kind *kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(kind->result, sizeof(kind->result), format, arguments);
	va_end(arguments);
}

static void want(struct kind *kind, long result, long wanted)
{
	if (result != wanted)
		wrong(kind, "returned %ld (%s), not %ld", result, result < 0 ? strerror(errno) : "",
		      wanted);
}

/* What it returned, and that it took its time and not much more. */
static void want_timed(struct kind *kind, double start, long result, int error, long wanted,
                       int wanted_error)
{
	double took = now() - start;

	if (result != wanted || (result < 0 && error != wanted_error))
		wrong(kind, "returned %ld (%s) after %.1f s", result, strerror(error), took);
	else if (took < (double)seconds || took > (double)seconds * 1.25 + 3)
		wrong(kind, "took %.2f s, not %ld", took, seconds);
}

static void block_futex(struct kind *kind)
{
	want(kind, syscall(SYS_futex, &kind->word, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
}

static void release_futex(struct kind *kind)
{
	kind->word = 1;
	syscall(SYS_futex, &kind->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void block_futex_timed(struct kind *kind)
{
	struct timespec time = { .tv_sec = seconds };
	double start = now();
	long result = syscall(SYS_futex, &kind->word, FUTEX_WAIT, 0, &time, NULL, 0);

	want_timed(kind, start, result, errno, -1, ETIMEDOUT);
}

static void block_nanosleep(struct kind *kind)
{
	struct timespec time = { .tv_sec = seconds }, left = { 0 };
	double start = now();
	int result = nanosleep(&time, &left);

	want_timed(kind, start, result, errno, 0, 0);
}

static void block_nanosleep_absolute(struct kind *kind)
{
	struct timespec time;
	double start = now();
	int error;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += seconds;
	error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	want_timed(kind, start, error, error, 0, 0);
}

/* Where the kernel ends a timed wait with EINTR at any stop. */
static void want_timed_or_interrupted(struct kind *kind, double start, long result, int error,
                                      long wanted, int wanted_error)
{
	if (result != -1 || error != EINTR)
		want_timed(kind, start, result, error, wanted, wanted_error);
}

static void make_event(struct kind *kind)
{
	struct epoll_event event = { .events = EPOLLIN };

	kind->fd[0] = epoll_create1(0);
	kind->fd[1] = eventfd(0, 0);
	epoll_ctl(kind->fd[0], EPOLL_CTL_ADD, kind->fd[1], &event);
}

static void block_epoll(struct kind *kind)
{
	struct epoll_event event;

	make_event(kind);
	want(kind, epoll_wait(kind->fd[0], &event, 1, -1), 1);
}

static void block_epoll_timed(struct kind *kind)
{
	struct epoll_event event;
	double start = now();
	int result;

	make_event(kind);
	result = epoll_wait(kind->fd[0], &event, 1, (int)seconds * 1000);
	want_timed_or_interrupted(kind, start, result, errno, 0, 0);
}

static void block_epoll_mask(struct kind *kind)
{
	struct epoll_event event;
	sigset_t mask;

	sigfillset(&mask);
	make_event(kind);
	want(kind, epoll_pwait(kind->fd[0], &event, 1, -1, &mask), 1);
}

static void release_event(struct kind *kind)
{
	unsigned long long one = 1;

	if (write(kind->fd[1], &one, sizeof(one)) != sizeof(one))
		wrong(kind, "eventfd");
}

static void block_ppoll(struct kind *kind)
{
	struct pollfd event = { .fd = eventfd(0, 0), .events = POLLIN };
	sigset_t mask;

	sigfillset(&mask);
	kind->fd[1] = event.fd;
	want(kind, ppoll(&event, 1, NULL, &mask), 1);
}

static void block_poll_timed(struct kind *kind)
{
	struct pollfd event = { .fd = eventfd(0, 0), .events = POLLIN };
	double start = now();
	int result = poll(&event, 1, (int)seconds * 1000);

	want_timed(kind, start, result, errno, 0, 0);
}

static void block_select_timed(struct kind *kind)
{
	struct timeval time = { .tv_sec = seconds };
	double start = now();
	int result = select(0, NULL, NULL, NULL, &time);

	want_timed(kind, start, result, errno, 0, 0);
}

static void block_read(struct kind *kind)
{
	char byte;

	if (pipe(kind->fd))
		wrong(kind, "pipe");
	want(kind, read(kind->fd[0], &byte, 1), 1);
}

static void release_write(struct kind *kind)
{
	if (write(kind->fd[1], "x", 1) != 1)
		wrong(kind, "write");
}

static void block_recvmsg(struct kind *kind)
{
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, kind->fd))
		wrong(kind, "socketpair");
	want(kind, recvmsg(kind->fd[0], &message, 0), 1);
}

static void block_accept(struct kind *kind)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(name);

	/* The kernel finds a name for it. */
	kind->fd[0] = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(kind->fd[0], (struct sockaddr *)&name, sizeof(sa_family_t));
	listen(kind->fd[0], 1);
	getsockname(kind->fd[0], (struct sockaddr *)&name, &length);
	if (accept(kind->fd[0], NULL, NULL) < 0)
		wrong(kind, "%s", strerror(errno));
}

static void release_accept(struct kind *kind)
{
	struct sockaddr_un name;
	socklen_t length = sizeof(name);

	getsockname(kind->fd[0], (struct sockaddr *)&name, &length);
	kind->fd[1] = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(kind->fd[1], (struct sockaddr *)&name, length))
		wrong(kind, "connect: %s", strerror(errno));
}

static void block_wait(struct kind *kind)
{
	pid_t child;
	int status;

	if (pipe(kind->fd))
		wrong(kind, "pipe");
	child = fork();
	if (child == 0) {
		char byte;

		close(kind->fd[1]);
		_exit(read(kind->fd[0], &byte, 1) == 1 ? 7 : 8);
	}
	want(kind, wait4(child, &status, 0, NULL), child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
		wrong(kind, "status %x", (unsigned)status);
}

static void block_sigwait(struct kind *kind)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	want(kind, sigwaitinfo(&mask, NULL), SIGUSR1);
}

static void release_signal(struct kind *kind)
{
	pthread_kill(kind->thread, SIGUSR1);
}

static void block_sigwait_timed(struct kind *kind)
{
	struct timespec time = { .tv_sec = seconds };
	double start = now();
	sigset_t mask;
	int result;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	result = sigtimedwait(&mask, NULL, &time);
	want_timed_or_interrupted(kind, start, result, errno, -1, EAGAIN);
}

static _Thread_local int handled;

static void count(int signal)
{
	handled += signal == SIGUSR1;
}

/* Returns when a handler has run, and then only. */
static void block_sigsuspend(struct kind *kind)
{
	sigset_t mask;

	sigfillset(&mask);
	sigdelset(&mask, SIGUSR1);
	sigsuspend(&mask);
	if (handled != 1)
		wrong(kind, "%d signals", handled);
}

static void block_semaphore(struct kind *kind)
{
	struct sembuf down = { .sem_op = -1 };

	kind->fd[0] = semget(IPC_PRIVATE, 1, 0600);
	want(kind, semop(kind->fd[0], &down, 1), 0);
	semctl(kind->fd[0], 0, IPC_RMID);
}

static void block_semaphore_timed(struct kind *kind)
{
	struct sembuf down = { .sem_op = -1 };
	struct timespec time = { .tv_sec = seconds };
	double start = now();
	int result;

	kind->fd[0] = semget(IPC_PRIVATE, 1, 0600);
	result = semtimedop(kind->fd[0], &down, 1, &time);
	want_timed_or_interrupted(kind, start, result, errno, -1, EAGAIN);
	semctl(kind->fd[0], 0, IPC_RMID);
}

static void release_semaphore(struct kind *kind)
{
	struct sembuf up = { .sem_op = 1 };

	semop(kind->fd[0], &up, 1);
}

static void block_message(struct kind *kind)
{
	struct {
		long type;
		char text[1];
	} message;

	kind->fd[0] = msgget(IPC_PRIVATE, 0600);
	want(kind, msgrcv(kind->fd[0], &message, 1, 0, 0), 1);
	msgctl(kind->fd[0], IPC_RMID, NULL);
}

static void release_message(struct kind *kind)
{
	struct {
		long type;
		char text[1];
	} message = { .type = 1 };

	msgsnd(kind->fd[0], &message, 1, 0);
}

/* Numbers in vector registers all along, and the same sum each time. */
static double sum_up(void)
{
	double sums[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, sum = 0;

	for (int i = 1; i < 20000; i++)
		for (int j = 0; j < 8; j++)
			sums[j] += 1.0 / (i + j) - sums[j] * 1e-4;
	for (int j = 0; j < 8; j++)
		sum += sums[j];
	return sum;
}

static void block_computing(struct kind *kind)
{
	double first = sum_up();

	while (!released)
		if (sum_up() != first)
			wrong(kind, "another sum");
}

static void block_clock(struct kind *kind)
{
	double before = now();

	while (!released) {
		double after = now();

		if (after < before)
			wrong(kind, "the clock went back");
		before = after;
	}
}

static struct kind *in_handler;

static void compute_in_handler(int signal)
{
	(void)signal;
	block_computing(in_handler);
}

static void block_handler(struct kind *kind)
{
	in_handler = kind;
	signal(SIGUSR2, compute_in_handler);
	pthread_kill(pthread_self(), SIGUSR2);
}

/* Signals one after the other, each when the one before was handled: one that got lost ends it. */
static atomic_int rounds, answers;
static atomic_int is_target;

static void answer(int signal)
{
	(void)signal;
	answers++;
}

static void block_signalled(struct kind *kind)
{
	struct pollfd none = { .fd = -1 };

	signal(SIGALRM, answer);
	is_target = 1;
	/* A call that each of them interrupts. */
	while (!released)
		if (poll(&none, 1, 100000) != -1 || errno != EINTR)
			wrong(kind, "poll was not interrupted");
	if (!answers)
		wrong(kind, "no signal came");
}

static struct kind *signalled;

static void block_signalling(struct kind *kind)
{
	while (!is_target)
		sched_yield();
	for (;;) {
		double start = now();

		pthread_kill(signalled->thread, SIGALRM);
		rounds++;
		while (answers != rounds && now() < start + 60)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		if (answers != rounds)
			wrong(kind, "signal %d got lost", rounds);
		if (released || answers != rounds)
			break;
	}
	/* The last one may have come before its poll, and found it unreleased. */
	for (int i = 0; i < 100; i++) {
		pthread_kill(signalled->thread, SIGALRM);
		nanosleep(&(struct timespec){ .tv_nsec = NAP }, NULL);
	}
}

static struct kind kinds[] = {
	{ .name = "futex", .block = block_futex, .release = release_futex },
	{ .name = "futex-timed", .block = block_futex_timed, .is_timed = 1 },
	{ .name = "nanosleep", .block = block_nanosleep, .is_timed = 1 },
	{ .name = "clock_nanosleep-absolute", .block = block_nanosleep_absolute, .is_timed = 1 },
	{ .name = "epoll_wait", .block = block_epoll, .release = release_event },
	{ .name = "epoll_wait-timed", .block = block_epoll_timed, .is_timed = 1 },
	{ .name = "epoll_pwait", .block = block_epoll_mask, .release = release_event },
	{ .name = "ppoll", .block = block_ppoll, .release = release_event },
	{ .name = "poll-timed", .block = block_poll_timed, .is_timed = 1 },
	{ .name = "select-timed", .block = block_select_timed, .is_timed = 1 },
	{ .name = "read", .block = block_read, .release = release_write },
	{ .name = "recvmsg", .block = block_recvmsg, .release = release_write },
	{ .name = "accept", .block = block_accept, .release = release_accept },
	{ .name = "wait4", .block = block_wait, .release = release_write },
	{ .name = "sigwaitinfo", .block = block_sigwait, .release = release_signal },
	{ .name = "sigtimedwait", .block = block_sigwait_timed, .is_timed = 1 },
	{ .name = "sigsuspend", .block = block_sigsuspend, .release = release_signal },
	{ .name = "semop", .block = block_semaphore, .release = release_semaphore },
	{ .name = "semtimedop", .block = block_semaphore_timed, .is_timed = 1 },
	{ .name = "msgrcv", .block = block_message, .release = release_message },
	{ .name = "computing", .block = block_computing },
	{ .name = "clock", .block = block_clock },
	{ .name = "handler", .block = block_handler },
	{ .name = "signalled", .block = block_signalled },
	{ .name = "signalling", .block = block_signalling },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void *start(void *argument)
{
	struct kind *kind = argument;

	kind->id = (pid_t)syscall(SYS_gettid);
	kind->block(kind);
	timed -= kind->is_timed;
	return NULL;
}

static int is_waiting(const struct kind *kind)
{
	char path[64], state = '?';
	FILE *stat;

	if (!kind->release && !kind->is_timed)
		return 1;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)kind->id);
	stat = fopen(path, "r");
	/* It may have ended already. */
	if (!stat)
		return 1;
	if (fscanf(stat, "%*d %*s %c", &state) != 1)
		state = '?';
	fclose(stat);
	return state == 'S';
}

static void release_all(void)
{
	released = 1;
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].release && !kinds[i].is_left_out)
			kinds[i].release(&kinds[i]);
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].is_left_out)
			continue;
		pthread_join(kinds[i].thread, NULL);
		printf("%s %s\n", kinds[i].name, *kinds[i].result ? kinds[i].result : "right");
	}
	printf("end\n");
}

static int is_meant(const struct kind *kind, const char *name)
{
	int waits = kind->release || kind->is_timed;

	return !strcmp(name, kind->name) || !strcmp(name, waits ? "waiting" : "running");
}

int main(int argc, char **argv)
{
	char line[64];
	sigset_t mask;

	seconds = argc > 1 ? atol(argv[1]) : 0;
	signal(SIGUSR1, count);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
	signalled = &kinds[KINDS - 2];
	for (size_t i = 0; i < KINDS; i++) {
		kinds[i].is_left_out = argc > 2;
		for (int k = 2; k < argc; k++)
			kinds[i].is_left_out &= !is_meant(&kinds[i], argv[k]);
		if (kinds[i].is_left_out)
			continue;
		timed += kinds[i].is_timed;
		if (pthread_create(&kinds[i].thread, NULL, start, &kinds[i]))
			return 3;
	}
	for (size_t i = 0; i < KINDS; i++)
		while (!kinds[i].is_left_out && (!kinds[i].id || !is_waiting(&kinds[i])))
			nanosleep(&(struct timespec){ .tv_nsec = NAP }, NULL);
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "timed\n"))
			printf("%d\n", timed);
		if (!strcmp(line, "release\n"))
			release_all();
		fflush(stdout);
	}
	return 0;
}
