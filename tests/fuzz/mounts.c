/*
 * /proc/self/mountinfo: what is found of a mount, written out as the kernel would, is found again;
 * so is the folder that an option names.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mount.h"
#include "tests/fuzz/shared/mutate.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ID 36

static void write_escaped(FILE *out, const char *text)
{
	for (; *text; text++)
		if (strchr(" \t\n\\", *text))
			fprintf(out, "\\%03o", (unsigned)*text);
		else
			fputc(*text, out);
}

static void check_again(const struct mount *mount)
{
	struct mount again;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CHECK(out);
	fprintf(out, "35 1 0:1 / / rw - proc proc rw\n%d 35 98:0 / /at rw shared:1 - ", ID);
	write_escaped(out, mount->type);
	fputc(' ', out);
	write_escaped(out, mount->source);
	fprintf(out, " %s\n", mount->options);
	CHECK(!fclose(out));
	CHECK(!mount_parse(text, ID, &again));
	CHECK(!strcmp(again.type, mount->type) && !strcmp(again.source, mount->source));
	CHECK(!strcmp(again.options, mount->options));
	free(text);
}

/* Whether it fits, and what it is, does not hang on the room. */
static void check_folder(const char *options)
{
	char folder[256], small[8];
	int error = mount_folder(options, "upperdir", folder, sizeof(folder));
	int less = mount_folder(options, "upperdir", small, sizeof(small));

	CHECK(!error || error == -ENOENT || error == -ENAMETOOLONG);
	CHECK((error == -ENOENT) == (less == -ENOENT));
	if (error)
		return;
	CHECK(memchr(folder, '\0', sizeof(folder)));
	CHECK(less == (strlen(folder) < sizeof(small) ? 0 : -ENAMETOOLONG) ||
	      strchr(options, '\\'));
	CHECK(less || !strcmp(folder, small));
}

MUTATE_TEXT("36 35 98:0 /root /at rw shared:1 - ext3 /dev/sda1 rw\n", " - ", "overlay", "rw,",
            "lowerdir=/a:/b", "upperdir=", "/c", "\\040", "\\134", "\\:", "\\,", ",", ":", "36 ",
            "\n")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mount mount;
	char *text = malloc(size + 1);

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	memset(&mount, 0, sizeof(mount));
	if (!mount_parse(text, ID, &mount)) {
		/* A line that ends too early has words that are empty. */
		if (*mount.type && *mount.source)
			check_again(&mount);
		check_folder(mount.options);
	}
	free(text);
	return 0;
}
