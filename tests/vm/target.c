/*
 * target KIND=MIB...: touches memory of these kinds and keeps it: anon, thp, hugetlb, file, shared
 * (a memory segment), stack. Says "ready", then answers lines on stdin: "check" with "same" or
 * "changed", "pages" with the address and length of each kind; ends at the end of stdin.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <unistd.h>

#define MIB (1UL << 20)
#define HUGE (2 * MIB)

static struct area {
	const char *kind;
	unsigned char *memory;
	size_t size;
} areas[16];
static unsigned count;

static void fail(const char *what)
{
	perror(what);
	exit(3);
}

/* With room around it, so that the kernel does not merge it with a neighbour. */
static unsigned char *map(size_t size, int flags, int fd)
{
	unsigned char *hole = mmap(NULL, size + 2 * HUGE, PROT_NONE,
	                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned char *at, *memory;

	if (hole == MAP_FAILED)
		fail("mmap");
	at = (unsigned char *)(((unsigned long)hole + HUGE) & ~(HUGE - 1));
	memory = mmap(at, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0);
	if (memory == MAP_FAILED)
		fail("mmap");
	return memory;
}

static unsigned char *map_file(size_t size)
{
	char name[] = "/tmp/target.XXXXXX";
	int fd = mkstemp(name);

	if (fd < 0 || ftruncate(fd, (off_t)size) || unlink(name))
		fail(name);
	return map(size, MAP_SHARED, fd);
}

static unsigned char *map_segment(size_t size)
{
	int id = shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
	unsigned char *memory = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

	if (memory == (void *)-1 || shmctl(id, IPC_RMID, NULL))
		fail("shm");
	return memory;
}

static unsigned char *make(const char *kind, size_t size)
{
	unsigned char *memory;

	if (!strcmp(kind, "hugetlb"))
		return map(size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	if (!strcmp(kind, "file"))
		return map_file(size);
	if (!strcmp(kind, "shared"))
		return map_segment(size);
	memory = map(size, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	madvise(memory, size, strcmp(kind, "thp") ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	return memory;
}

/* Of each word, as bytes would take an emulated processor eight times as long. */
static size_t value_at(size_t area, size_t at)
{
	return (at * 2654435761UL) ^ (area * 37);
}

static void fill(size_t i)
{
	size_t *word = (size_t *)areas[i].memory;

	for (size_t at = 0; at < areas[i].size / sizeof(*word); at++)
		word[at] = value_at(i, at);
}

static int is_same(void)
{
	for (size_t i = 0; i < count; i++) {
		const size_t *word = (const size_t *)areas[i].memory;

		for (size_t at = 0; at < areas[i].size / sizeof(*word); at++)
			if (word[at] != value_at(i, at))
				return 0;
	}
	return 1;
}

static void answer(void)
{
	char line[64];

	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "check\n"))
			printf("%s\n", is_same() ? "same" : "changed");
		for (size_t i = 0; !strcmp(line, "pages\n") && i < count; i++)
			printf("%s %lx %lx%s", areas[i].kind, (unsigned long)areas[i].memory,
			       areas[i].size, i + 1 < count ? "; " : "\n");
		fflush(stdout);
	}
}

static void grow_stack(size_t size)
{
	unsigned char *memory = __builtin_alloca(size);

	areas[count++] = (struct area){ "stack", memory, size };
	fill(count - 1);
	answer();
}

int main(int argc, char **argv)
{
	size_t stack = 0;

	for (int i = 1; i < argc && i < 16; i++) {
		char *equals = strchr(argv[i], '=');
		size_t size = equals ? strtoul(equals + 1, NULL, 10) * MIB : 0;

		if (!size)
			return 2;
		*equals = '\0';
		if (!strcmp(argv[i], "stack")) {
			stack = size;
			continue;
		}
		areas[count++] = (struct area){ argv[i], make(argv[i], size), size };
		fill(count - 1);
	}
	if (stack)
		grow_stack(stack);
	else
		answer();
	return 0;
}
