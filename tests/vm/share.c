/* share MIB: touches shared memory that a child maps too. Says "ready"; ends at the end of stdin. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) << 20 : 0;
	volatile unsigned char *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int touched[2];
	char byte = 0;

	if (!size || memory == MAP_FAILED || pipe(touched))
		return 2;
	for (size_t at = 0; at < size; at += 4096)
		memory[at] = 1;
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (size_t at = 0; at < size; at += 4096)
			byte += (char)memory[at];
		if (write(touched[1], &byte, 1) != 1)
			return 3;
		pause();
	}
	if (read(touched[0], &byte, 1) != 1)
		return 4;
	printf("ready\n");
	fflush(stdout);
	return getchar() != EOF;
}
