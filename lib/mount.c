#include "lib/mount.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* The next word of a line, or "" at its end; *p stands behind it. */
static char *take_word(char **p)
{
	char *word = *p + strspn(*p, " ");
	size_t length = strcspn(word, " ");

	*p = word + length;
	if (**p)
		*(*p)++ = '\0';
	return word;
}

/* "36 35 98:0 /root /at rw shared:1 - ext3 /dev/sda1 rw": the optional fields end with "-". */
static int parse_line(char *line, unsigned long id, struct mount *mount)
{
	unsigned long number;
	const char *word = take_word(&line);
	char *type, *source;

	if (util_parse_number(word, strlen(word), ~0UL, &number) || number != id)
		return -ENOENT;
	for (int i = 0; i < 5; i++)
		take_word(&line);
	do {
		word = take_word(&line);
	} while (*word && strcmp(word, "-") != 0);
	if (!*word)
		return -ENOENT;
	type = take_word(&line);
	source = take_word(&line);
	mount->options = take_word(&line);
	util_unescape(type);
	util_unescape(source);
	mount->type = type;
	mount->source = source;
	return 0;
}

int mount_parse(char *text, unsigned long id, struct mount *mount)
{
	while (*text) {
		char *end = text + strcspn(text, "\n");
		char *next = *end ? end + 1 : end;

		*end = '\0';
		if (!parse_line(text, id, mount))
			return 0;
		text = next;
	}
	return -ENOENT;
}

/* The mnt_id of fdinfo; 0 where there is none. */
static unsigned long find_id(int fd)
{
	static const char key[] = "mnt_id:\t";
	char *text, *found;
	size_t length;
	unsigned long id = 0;

	if (util_read(UTIL_HERE, &text, &length, "/proc/self/fdinfo/%d", fd))
		return 0;
	found = strstr(text, key);
	if (found) {
		found += strlen(key);
		util_parse_number(found, strcspn(found, "\n"), ~0UL, &id);
	}
	free(text);
	return id;
}

int mount_of(int fd, struct mount *mount)
{
	unsigned long id = find_id(fd);
	char *text;
	size_t length;
	int error = id ? util_read(UTIL_HERE, &text, &length, "/proc/self/mountinfo") : -ENOENT;

	if (error)
		return error;
	error = mount_parse(text, id, mount);
	if (error)
		free(text);
	else
		mount->text = text;
	return error;
}

/* Overlay writes a backslash before a colon or comma of a name, and the kernel escapes that. */
int mount_folder(const char *options, const char *option, char *folder, size_t size)
{
	size_t length = strlen(option), used = 0;
	const char *p = options;

	while (strncmp(p, option, length) != 0 || p[length] != '=') {
		p = strchr(p, ',');
		if (!p)
			return -ENOENT;
		p++;
	}
	for (p += length + 1; *p && *p != ',' && *p != ':'; used++) {
		int byte = util_escape(p);
		char c = *p;

		if (used + 1 >= size)
			return -ENAMETOOLONG;
		if (byte >= 0) {
			c = (char)byte;
			p += 3;
		}
		if (c == '\\' && p[1])
			c = *++p;
		folder[used] = c;
		p++;
	}
	folder[used] = '\0';
	return 0;
}
