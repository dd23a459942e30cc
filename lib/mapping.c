#include "lib/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

/* seq_file hands out a page or so at a time: a larger buffer saves nothing. */
#define FIRST_BUFFER 16384

const char *const mapping_kind_names[MAPPING_KINDS] = { "heap", "stack",  "anon",
	                                                "file", "shared", "huge" };

/* A file of /proc, line by line. */
struct lines {
	int fd;
	char *buffer;
	size_t size, from, to; /* what was read and not yet taken: from..to */
};

static int lines_open(struct lines *lines, int directory, const char *name)
{
	lines->fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (lines->fd < 0)
		return -errno;
	lines->size = FIRST_BUFFER;
	lines->buffer = malloc(lines->size);
	return lines->buffer ? 0 : -ENOMEM;
}

static void lines_close(struct lines *lines)
{
	if (lines->fd >= 0)
		close(lines->fd);
	free(lines->buffer);
}

/* Makes room behind what is left, and reads more. Returns the bytes read, 0 at the end, -errno. */
static ssize_t lines_fill(struct lines *lines)
{
	ssize_t got;

	if (lines->from > 0) {
		memmove(lines->buffer, lines->buffer + lines->from, lines->to - lines->from);
		lines->to -= lines->from;
		lines->from = 0;
	}
	if (lines->to + 1 >= lines->size) {
		char *larger = realloc(lines->buffer, 2 * lines->size);

		if (!larger)
			return -ENOMEM;
		lines->buffer = larger;
		lines->size *= 2;
	}
	do {
		got = read(lines->fd, lines->buffer + lines->to, lines->size - lines->to - 1);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	lines->to += (size_t)got;
	return got;
}

/* 1 and the line, without its newline, valid until the next call; 0 at the end; -errno. */
static int lines_next(struct lines *lines, char **line)
{
	size_t searched = 0;

	for (;;) {
		char *start = lines->buffer + lines->from;
		size_t length = lines->to - lines->from;
		char *newline = memchr(start + searched, '\n', length - searched);
		ssize_t got;

		if (newline) {
			*newline = '\0';
			lines->from += (size_t)(newline - start) + 1;
			*line = start;
			return 1;
		}
		searched = length;
		got = lines_fill(lines);
		if (got < 0)
			return (int)got;
		if (got > 0)
			continue;
		if (length == 0)
			return 0;
		lines->buffer[lines->to] = '\0';
		lines->from = lines->to;
		*line = lines->buffer + lines->to - length;
		return 1;
	}
}

/* Takes one word off the text; NULL at its end. */
static char *next_word(char **text)
{
	char *word = *text;

	while (*word == ' ')
		word++;
	if (!*word)
		return NULL;
	*text = strchrnul(word, ' ');
	if (**text)
		*(*text)++ = '\0';
	return word;
}

/* -1 where it is none: the kernel writes small letters. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_address(const char *text, char **end, unsigned long *address)
{
	unsigned long found = 0;
	const char *at = text;

	for (int digit; (digit = hex_digit(*at)) >= 0; at++) {
		if (found >> (8 * sizeof(found) - 4))
			return -EINVAL;
		found = found << 4 | (unsigned long)digit;
	}
	if (at == text)
		return -EINVAL;
	*address = found;
	*end = (char *)at;
	return 0;
}

/* "N3=17" */
static int parse_pages(const char *word, struct mapping *mapping, struct mapping_pages *on)
{
	const char *equals = strchr(word, '=');
	unsigned long node, count;

	if (!equals ||
	    util_parse_number(word + 1, (size_t)(equals - word - 1), MAPPING_NODES - 1, &node) ||
	    util_parse_number(equals + 1, strlen(equals + 1), (unsigned long)-1 >> 12, &count) ||
	    mapping->nodes == MAPPING_NODES)
		return -EINVAL;
	if (count)
		on[mapping->nodes++] = (struct mapping_pages){ (unsigned)node, count };
	return 0;
}

/* Two modes are named in two words: "prefer (many):0-1", "weighted interleave:0". */
static char *parse_policy(char **text)
{
	char *policy = next_word(text);
	size_t length = policy ? strlen(policy) : 0;

	if (length && (!strncmp(*text, "(many)", 6) || !strncmp(*text, "interleave", 10)) &&
	    *text == policy + length + 1) {
		policy[length] = ' ';
		next_word(text);
	}
	return policy;
}

/* The kernel keeps what has no file of its own under these names (mm/shmem.c, ipc/shm.c). */
static bool is_shared_memory(const char *file)
{
	static const char *const prefixes[] = { "/SYSV", "/memfd:", "/dev/shm/" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(file, prefixes[i], strlen(prefixes[i])))
			return true;
	return !strcmp(file, "/dev/zero (deleted)");
}

/* "4", "2048": a power of two; the largest there are hold 16 GiB. */
static int parse_page_size(const char *text, struct mapping *mapping)
{
	unsigned long kib;

	if (util_parse_number(text, strlen(text), 16UL << 20, &kib) || !kib || kib & (kib - 1) ||
	    kib << 10 < mapping->page_size)
		return -EINVAL;
	mapping->page_size = kib << 10;
	return 0;
}

/* By their first letter: there may be a hundred thousand lines, of some ten words each. */
static int parse_word(char *word, struct mapping *mapping, struct mapping_pages *on)
{
	static const char page_size[] = "kernelpagesize_kB=";

	switch (*word) {
	case 'N':
		if (word[1] >= '0' && word[1] <= '9')
			return parse_pages(word, mapping, on);
		break;
	case 'h':
		if (!strcmp(word, "heap"))
			mapping->kind = MAPPING_HEAP;
		else if (!strcmp(word, "huge"))
			mapping->kind = MAPPING_HUGE;
		break;
	case 's':
		if (!strcmp(word, "stack"))
			mapping->kind = MAPPING_STACK;
		break;
	case 'f':
		if (!strncmp(word, "file=", 5))
			mapping->file = word + 5;
		break;
	case 'k':
		if (!strncmp(word, page_size, sizeof(page_size) - 1))
			return parse_page_size(word + sizeof(page_size) - 1, mapping);
	}
	return 0;
}

int mapping_parse(char *line, struct mapping *mapping, struct mapping_pages on[MAPPING_NODES])
{
	struct mapping found = { .kind = MAPPING_ANONYMOUS,
		                 .page_size = (unsigned long)sysconf(_SC_PAGESIZE),
		                 .on = on };
	char *word;
	int error = parse_address(line, &line, &found.start);

	if (error || *line != ' ')
		return -EINVAL;
	found.policy = parse_policy(&line);
	if (!found.policy)
		return -EINVAL;
	while ((word = next_word(&line)) && !error)
		error = parse_word(word, &found, on);
	if (error)
		return error;
	if (found.file) {
		/* show_numa_map() escapes blanks, tabs, newlines and "=" of a name. */
		util_unescape((char *)found.file);
		if (found.kind == MAPPING_ANONYMOUS)
			found.kind = is_shared_memory(found.file) ? MAPPING_SHARED : MAPPING_FILE;
	}
	*mapping = found;
	return 0;
}

/* "[vdso]", "[vvar]", "[uprobes]"; but not "[heap]", "[stack]", "[anon:NAME]". */
static bool is_special(const char *name)
{
	return *name == '[' && strncmp(name, "[heap]", 6) != 0 && strncmp(name, "[stack", 6) != 0 &&
	       strncmp(name, "[anon", 5) != 0;
}

/* "55d0-55d4 r-xp 00002000 fe:01 1234  /usr/bin/cat"; of a file the name begins with a slash. */
int mapping_parse_range(const char *line, struct mapping *mapping)
{
	unsigned long start, end, offset;
	char *at;

	if (parse_address(line, &at, &start) || *at != '-' || parse_address(at + 1, &at, &end) ||
	    *at != ' ' || end < start || strlen(at) < 7 || at[5] != ' ' ||
	    parse_address(at + 6, &at, &offset))
		return -EINVAL;
	/* Behind it stand device and inode, then the name. */
	for (int i = 0; i < 2; i++) {
		at += strspn(at, " ");
		at += strcspn(at, " ");
	}
	at += strspn(at, " ");
	mapping->special = is_special(at);
	mapping->start = start;
	mapping->end = end;
	mapping->offset = offset;
	return 0;
}

unsigned long long mapping_resident(const struct mapping *mapping)
{
	unsigned long long pages = 0;

	for (unsigned i = 0; i < mapping->nodes; i++)
		pages += mapping->on[i].count;
	return pages * mapping->page_size;
}

struct mapping_reader {
	unsigned parts;
	struct lines numa, maps, smaps;
	struct mapping range;     /* the last line of maps; end 0: none yet */
	unsigned long handed;     /* the end of the last mapping that was given out */
	struct mapping thp;       /* the last mapping of smaps, whose huge is being summed up */
	struct mapping thp_ahead; /* the one after it, whose first line was read */
	struct mapping_pages on[MAPPING_NODES];
};

static int open_parts(struct mapping_reader *reader, int directory)
{
	int error = lines_open(&reader->numa, directory, "numa_maps");

	if (!error && reader->parts & MAPPING_ENDS)
		error = lines_open(&reader->maps, directory, "maps");
	if (!error && reader->parts & MAPPING_THP)
		error = lines_open(&reader->smaps, directory, "smaps");
	return error;
}

int mapping_open(int directory, unsigned parts, struct mapping_reader **reader)
{
	struct mapping_reader *opened = calloc(1, sizeof(*opened));
	int error;

	if (!opened)
		return -ENOMEM;
	opened->parts = parts;
	opened->numa.fd = opened->maps.fd = opened->smaps.fd = -1;
	error = open_parts(opened, directory);
	if (error) {
		mapping_close(opened);
		return error;
	}
	*reader = opened;
	return 0;
}

void mapping_close(struct mapping_reader *reader)
{
	lines_close(&reader->numa);
	lines_close(&reader->maps);
	lines_close(&reader->smaps);
	free(reader);
}

/* The line of maps that holds the mapping's start. 1, 0 where there is none, or -errno. */
static int find_range(struct mapping_reader *reader, struct mapping *mapping)
{
	while (reader->range.end <= mapping->start) {
		char *line;
		int got = lines_next(&reader->maps, &line);

		if (got <= 0)
			return got;
		if (mapping_parse_range(line, &reader->range))
			return -EBADMSG;
	}
	/* Not there any more; or merged with the one before, which has had the end of both. */
	if (reader->range.start > mapping->start || mapping->start < reader->handed)
		return 0;
	reader->handed = mapping->end = reader->range.end;
	mapping->special = reader->range.special;
	if (mapping->file)
		mapping->offset = reader->range.offset + (mapping->start - reader->range.start);
	return 1;
}

/* "AnonHugePages:      4096 kB"; bytes, 0 for any other line. */
static unsigned long huge_of_line(const char *line)
{
	static const char *const keys[] = { "AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strncmp(line, keys[i], strlen(keys[i])))
			return strtoul(line + strlen(keys[i]), NULL, 10) << 10;
	return 0;
}

bool mapping_has_thp(int directory)
{
	struct lines lines = { .fd = -1 };
	unsigned long huge = 0;
	char *line;

	if (!lines_open(&lines, directory, "smaps_rollup"))
		while (lines_next(&lines, &line) > 0)
			huge += huge_of_line(line);
	lines_close(&lines);
	return huge;
}

/* Reads smaps up to the end of the mapping that holds the address. 0 or -errno. */
static int find_thp(struct mapping_reader *reader, struct mapping *mapping)
{
	while (reader->thp.end <= mapping->start) {
		char *line;
		int got;

		reader->thp = reader->thp_ahead;
		while ((got = lines_next(&reader->smaps, &line)) > 0 &&
		       mapping_parse_range(line, &reader->thp_ahead))
			reader->thp.huge += huge_of_line(line);
		if (got < 0)
			return got;
		if (got == 0 && reader->thp_ahead.end <= reader->thp.end)
			break;
	}
	if (reader->thp.start <= mapping->start && mapping->start < reader->thp.end)
		mapping->huge = reader->thp.huge;
	return 0;
}

int mapping_next(struct mapping_reader *reader, struct mapping *mapping)
{
	char *line;
	int got;

	while ((got = lines_next(&reader->numa, &line)) > 0) {
		struct mapping found;
		int error = mapping_parse(line, &found, reader->on) ? -EBADMSG : 0;

		if (!error && reader->parts & MAPPING_ENDS) {
			got = find_range(reader, &found);
			if (got == 0)
				continue;
			error = got < 0 ? got : 0;
		}
		if (!error && reader->parts & MAPPING_THP)
			error = find_thp(reader, &found);
		if (error)
			return error;
		*mapping = found;
		return 1;
	}
	return got;
}
