/* pages MIB: touches that much anonymous memory in small pages and says where each page is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The line of /proc/self/numa_maps for the mapping at ADDRESS. */
static char *find_mapping(const void *address)
{
	static char line[65536];
	FILE *maps = fopen("/proc/self/numa_maps", "r");

	while (maps && fgets(line, sizeof(line), maps))
		if (strtoul(line, NULL, 16) == (unsigned long)address)
			return line;
	return NULL;
}

static void print_status(const char *key)
{
	char line[4096];
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, key, strlen(key)))
			printf("cpus %s", line + strlen(key) + 1);
}

int main(int argc, char **argv)
{
	size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) << 20 : 0;
	char *memory, *line, *word;

	if (!size)
		return 2;
	/* A gap on both sides, so that the mapping is not merged with a neighbour. */
	memory = mmap(NULL, size + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory + 4096, size, PROT_READ | PROT_WRITE))
		return 3;
	memory += 4096;
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += 4096)
		memory[at] = 1;
	line = find_mapping(memory);
	if (!line)
		return 4;
	strtok(line, " \n");
	printf("policy %s\nnodes", strtok(NULL, " \n"));
	while ((word = strtok(NULL, " \n")))
		if (word[0] == 'N' && strchr(word, '='))
			printf(" %s", word);
	putchar('\n');
	print_status("Cpus_allowed_list:");
	return fflush(stdout) ? 5 : 0;
}
