/* The first process of an initramfs with nothing but numaplace in it: runs it, and ends the machine. */
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(char *const arguments[])
{
	int status;

	if (!fork())
		_exit(execv(arguments[0], arguments));
	wait(&status);
	printf("status %d\n", status);
}

int main(void)
{
	setbuf(stdout, NULL);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL) || mount("sys", "/sys", "sysfs", 0, NULL))
		perror("mount");
	run((char *[]){ "/numaplace", "--hardware", NULL });
	run((char *[]){ "/numaplace", "--membind=1", "--cpunodebind=1", "/numaplace", "--show",
	                NULL });
	return reboot(RB_AUTOBOOT);
}
