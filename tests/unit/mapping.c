/* numa_maps, maps and smaps of a process. */
#include "tree.h"

#include <errno.h>
#include <stdbool.h>

#include "lib/mapping.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MIB (1UL << 20)

static struct mapping_pages on[MAPPING_NODES];

/* Of a copy on the heap, which ends where the line does. */
static int parse(const char *line, struct mapping *mapping)
{
	static char *copy;

	free(copy);
	copy = strdup(line);
	assert_non_null(copy);
	return mapping_parse(copy, mapping, on);
}

static unsigned long base_size(void)
{
	return (unsigned long)sysconf(_SC_PAGESIZE);
}

/* Lines as kernels of many versions write them (show_numa_map() in fs/proc/task_mmu.c). */
static void test_kinds(void **state)
{
	static const struct {
		const char *line;
		unsigned long start;
		enum mapping_kind kind;
		const char *file;
	} cases[] = {
		{ "7f0000000000 default", 0x7f0000000000, MAPPING_ANONYMOUS, NULL },
		{ "7f0000000000 default anon=1 dirty=1 N0=1 kernelpagesize_kB=4", 0x7f0000000000,
		  MAPPING_ANONYMOUS, NULL },
		{ "55d0c0de0000 default heap anon=1 N0=1 kernelpagesize_kB=4", 0x55d0c0de0000,
		  MAPPING_HEAP, NULL },
		{ "7ffc00000000 default stack anon=3 N0=3", 0x7ffc00000000, MAPPING_STACK, NULL },
		{ "00400000 default file=/usr/bin/cat mapped=3 mapmax=2 N1=3", 0x400000,
		  MAPPING_FILE, "/usr/bin/cat" },
		/* Copied on write: anonymous pages of a file's mapping are a file's. */
		{ "00600000 default file=/usr/bin/cat anon=1 dirty=1 N1=1", 0x600000, MAPPING_FILE,
		  "/usr/bin/cat" },
		{ "1000 default file=/SYSV0000002a\\040(deleted) dirty=1 N0=1", 0x1000,
		  MAPPING_SHARED, "/SYSV0000002a (deleted)" },
		{ "1000 default file=/memfd:pool\\040(deleted)", 0x1000, MAPPING_SHARED,
		  "/memfd:pool (deleted)" },
		{ "1000 default file=/dev/shm/queue", 0x1000, MAPPING_SHARED, "/dev/shm/queue" },
		{ "1000 default file=/dev/zero\\040(deleted)", 0x1000, MAPPING_SHARED,
		  "/dev/zero (deleted)" },
		/* Their names alone do not make them shared memory. */
		{ "1000 default file=/dev/zero", 0x1000, MAPPING_FILE, "/dev/zero" },
		{ "1000 default file=/home/me/dev/shm/x", 0x1000, MAPPING_FILE,
		  "/home/me/dev/shm/x" },
		{ "1000 default file=/memfd.log", 0x1000, MAPPING_FILE, "/memfd.log" },
		{ "1000 default file=/dev/shmem", 0x1000, MAPPING_FILE, "/dev/shmem" },
		/* Huge wins, whatever file it has, and where the word stands. */
		{ "1000 default file=/anon_hugepage\\040(deleted) huge anon=1 N0=1 "
		  "kernelpagesize_kB=2048",
		  0x1000, MAPPING_HUGE, "/anon_hugepage (deleted)" },
		{ "1000 default file=/SYSV00000000\\040(deleted) huge", 0x1000, MAPPING_HUGE,
		  "/SYSV00000000 (deleted)" },
		{ "1000 default huge file=/mnt/huge/a", 0x1000, MAPPING_HUGE, "/mnt/huge/a" },
		/* A name is no word. */
		{ "1000 default file=heap", 0x1000, MAPPING_FILE, "heap" },
		{ "1000 default file=/N0=7", 0x1000, MAPPING_FILE, "/N0=7" },
		{ "0 default", 0, MAPPING_ANONYMOUS, NULL },
		{ "ffffffffffffffff default", ~0UL, MAPPING_ANONYMOUS, NULL },
		/* What a later kernel may add is passed over. */
		{ "1000 default heapish unknown=7 swapcache=1 active=0 writeback=2 Name=3", 0x1000,
		  MAPPING_ANONYMOUS, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mapping mapping;

		if (parse(cases[i].line, &mapping))
			fail_msg("'%s': refused", cases[i].line);
		if (mapping.kind != cases[i].kind)
			fail_msg("'%s': %s", cases[i].line, mapping_kind_names[mapping.kind]);
		assert_int_equal(mapping.start, cases[i].start);
		assert_string_equal(mapping.policy, "default");
		assert_true(!mapping.file == !cases[i].file);
		if (mapping.file)
			assert_string_equal(mapping.file, cases[i].file);
		/* A line of numa_maps does not tell. */
		assert_int_equal(mapping.end, 0);
		assert_int_equal(mapping.offset, 0);
		assert_int_equal(mapping.huge, 0);
		assert_false(mapping.special);
	}
}

static void test_kind_names(void **state)
{
	static const char *const names[] = { "heap", "stack", "anon", "file", "shared", "huge" };

	(void)state;
	assert_int_equal(COUNT(names), MAPPING_KINDS);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_string_equal(mapping_kind_names[i], names[i]);
}

/* As mpol_to_str() in mm/mempolicy.c writes them. */
static void test_policies(void **state)
{
	static const char *const policies[] = {
		"default",
		"local",
		"bind:0",
		"bind=static:0",
		"bind=relative:0-3,8",
		"bind=balancing:0-1",
		"bind=static|balancing:0-1",
		"interleave:0-3",
		"prefer:1",
		"prefer=static:1",
		"prefer (many):0-1",
		"prefer (many)=static:0-1",
		"weighted interleave:0-3",
		"weighted interleave=relative:0-3",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(policies); i++) {
		struct mapping mapping;
		char line[256];

		snprintf(line, sizeof(line), "1000 %s", policies[i]);
		assert_int_equal(parse(line, &mapping), 0);
		assert_string_equal(mapping.policy, policies[i]);
		assert_int_equal(mapping.kind, MAPPING_ANONYMOUS);
		/* What follows is none of its words. */
		snprintf(line, sizeof(line), "1000 %s heap anon=2 N1=2", policies[i]);
		assert_int_equal(parse(line, &mapping), 0);
		assert_string_equal(mapping.policy, policies[i]);
		assert_int_equal(mapping.kind, MAPPING_HEAP);
		assert_int_equal(mapping.nodes, 1);
	}
}

/* A blank, a tab, a newline and "=" are written as octal numbers (seq_path). */
static void test_names(void **state)
{
	static const struct {
		const char *written, *name;
	} cases[] = {
		{ "/a\\040b", "/a b" },
		{ "\\040\\040", "  " },
		{ "/a\\011\\012b", "/a\t\nb" },
		{ "/a\\134b", "/a\\b" },
		{ "/a\\075b", "/a=b" },
		{ "/a=b", "/a=b" },
		{ "/a\\377", "/a\377" },
		/* Decoded once, not again. */
		{ "/a\\134040", "/a\\040" },
		/* Not three digits of a byte. */
		{ "/a\\", "/a\\" },
		{ "/a\\0", "/a\\0" },
		{ "/a\\04", "/a\\04" },
		{ "/a\\04x", "/a\\04x" },
		{ "/a\\080", "/a\\080" },
		{ "/a\\048", "/a\\048" },
		{ "/a\\400", "/a\\400" },
		{ "/a\\n", "/a\\n" },
		{ "/a\\\\040", "/a\\ " },
		{ "/\303\251", "/\303\251" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mapping mapping;
		char line[256];

		snprintf(line, sizeof(line), "1000 default file=%s", cases[i].written);
		assert_int_equal(parse(line, &mapping), 0);
		assert_string_equal(mapping.file, cases[i].name);
		/* With something behind it, which is still read. */
		snprintf(line, sizeof(line), "1000 default file=%s N3=4", cases[i].written);
		assert_int_equal(parse(line, &mapping), 0);
		assert_string_equal(mapping.file, cases[i].name);
		assert_int_equal(mapping.nodes, 1);
		assert_int_equal(mapping.on[0].node, 3);
	}
}

static void check_pages(const char *line, unsigned long page_size, const char *expected)
{
	struct mapping mapping;
	char text[512] = "";
	unsigned long long bytes = 0;

	if (parse(line, &mapping))
		fail_msg("'%s': refused", line);
	for (unsigned i = 0; i < mapping.nodes; i++) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u:%lu", i ? " " : "",
		         mapping.on[i].node, mapping.on[i].count);
		bytes += (unsigned long long)mapping.on[i].count * page_size;
	}
	assert_string_equal(text, expected);
	assert_int_equal(mapping.page_size, page_size);
	assert_int_equal(mapping_resident(&mapping), bytes);
}

static void test_pages(void **state)
{
	(void)state;
	check_pages("1000 default", base_size(), "");
	check_pages("1000 default anon=7 dirty=7 active=0", base_size(), "");
	check_pages("1000 default N0=1", base_size(), "0:1");
	check_pages("1000 default N0=1 N1=22 N7=333", base_size(), "0:1 1:22 7:333");
	check_pages("1000 default N1023=5", base_size(), "1023:5");
	check_pages("1000 default N0=0 N1=2 N2=0", base_size(), "1:2");
	check_pages("1000 default N0=3 kernelpagesize_kB=4", 4096, "0:3");
	check_pages("1000 default N0=3 kernelpagesize_kB=64", 65536, "0:3");
	check_pages("1000 bind:0 file=/anon_hugepage\\040(deleted) huge anon=2 dirty=2 N0=1 N1=1 "
	            "kernelpagesize_kB=2048",
	            2 * MIB, "0:1 1:1");
	check_pages("1000 default huge N3=5 kernelpagesize_kB=1048576", 1024 * MIB, "3:5");
	check_pages("1000 default kernelpagesize_kB=2048 huge N3=5", 2 * MIB, "3:5");
	/* More than 32 bits of bytes, and of pages. */
	check_pages("1000 default N0=5000000000 kernelpagesize_kB=4", 4096, "0:5000000000");
	check_pages("1000 default N0=4503599627370495 kernelpagesize_kB=4", 4096,
	            "0:4503599627370495");
}

/* A line with a count for each node that a kernel can have, and with one more. */
static void test_many_nodes(void **state)
{
	static char line[64 + 16 * (MAPPING_NODES + 1)];
	struct mapping mapping;
	size_t used = (size_t)sprintf(line, "1000 interleave:0-1023");

	(void)state;
	for (unsigned i = 0; i < MAPPING_NODES; i++)
		used += (size_t)sprintf(line + used, " N%u=%u", i, i + 1);
	assert_int_equal(parse(line, &mapping), 0);
	assert_int_equal(mapping.nodes, MAPPING_NODES);
	for (unsigned i = 0; i < MAPPING_NODES; i++) {
		assert_int_equal(mapping.on[i].node, i);
		assert_int_equal(mapping.on[i].count, i + 1);
	}
	strcpy(line + used, " N7=1");
	assert_int_equal(parse(line, &mapping), -EINVAL);
}

static void test_malformed(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"1000",
		"1000 ",
		"1000  ",
		" 1000 default",
		"x default",
		"-1000 default",
		"+1000 default",
		"F000 default",
		"1000\tdefault",
		"1000-2000 default",
		"1000default",
		"10000000000000000 default",
		"default",
		"1000 default N0=",
		"1000 default N0",
		"1000 default N0=x",
		"1000 default N0=-1",
		"1000 default N0=1x",
		"1000 default N0=07",
		"1000 default N00=7",
		"1000 default N0x=7",
		"1000 default N0=1=2",
		"1000 default N65536=1",
		"1000 default N99999999999999999999=1",
		"1000 default N0=4503599627370496",
		"1000 default N0=99999999999999999999",
		"1000 default N0=1 N1",
		"1000 default kernelpagesize_kB=",
		"1000 default kernelpagesize_kB=0",
		"1000 default kernelpagesize_kB=4k",
		"1000 default kernelpagesize_kB=-4",
		"1000 default kernelpagesize_kB=18014398509481984",
		/* Behind what was in order. */
		"1000 default file=/a heap N0=1 kernelpagesize_kB=4 N1=y",
		"1000 prefer (many):0-1 N0=y",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct mapping mapping, before;
		int error;

		memset(&mapping, 0x5a, sizeof(mapping));
		before = mapping;
		error = parse(lines[i], &mapping);
		if (error != -EINVAL)
			fail_msg("'%s': %d", lines[i], error);
		assert_memory_equal(&mapping, &before, sizeof(mapping));
	}
}

static void test_ranges(void **state)
{
	static const struct {
		const char *line;
		unsigned long start, end, offset;
		bool special;
	} cases[] = {
		{ "55d0-55d4 r-xp 00002000 fe:01 1234                       /usr/bin/cat", 0x55d0,
		  0x55d4, 0x2000, false },
		{ "7f0000000000-7f0000021000 rw-p 00000000 00:00 0 ", 0x7f0000000000,
		  0x7f0000021000, 0, false },
		{ "7f0000000000-7f0000021000 rw-p 00000000 00:00 0", 0x7f0000000000, 0x7f0000021000,
		  0, false },
		{ "1000-2000 rw-s 7fffffff0000 00:05 3 /dev/zero (deleted)", 0x1000, 0x2000,
		  0x7fffffff0000, false },
		/* Its numbers alone will do. */
		{ "1000-2000 ---p 0", 0x1000, 0x2000, 0, false },
		{ "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]",
		  0xffffffffff600000, 0xffffffffff601000, 0, true },
		{ "1000-2000 r-xp 00000000 00:00 0   [vdso]", 0x1000, 0x2000, 0, true },
		{ "1000-2000 r--p 00000000 00:00 0   [vvar]", 0x1000, 0x2000, 0, true },
		{ "1000-2000 r--p 00000000 00:00 0   [vvar_vclock]", 0x1000, 0x2000, 0, true },
		{ "1000-2000 --xp 00000000 00:00 0   [uprobes]", 0x1000, 0x2000, 0, true },
		{ "1000-2000 rw-p 00000000 00:00 0   [heap]", 0x1000, 0x2000, 0, false },
		{ "1000-2000 rw-p 00000000 00:00 0   [stack]", 0x1000, 0x2000, 0, false },
		/* Before Linux 4.5. */
		{ "1000-2000 rw-p 00000000 00:00 0   [stack:4711]", 0x1000, 0x2000, 0, false },
		/* Named by its process (PR_SET_VMA_ANON_NAME, Linux 5.17), as it likes. */
		{ "1000-2000 rw-p 00000000 00:00 0   [anon:[vdso]]", 0x1000, 0x2000, 0, false },
		{ "1000-2000 rw-s 00000000 00:01 7   [anon_shmem:x]", 0x1000, 0x2000, 0, false },
		/* A file may have any name. */
		{ "1000-2000 r--p 00000000 fe:01 7   /tmp/[vdso]", 0x1000, 0x2000, 0, false },
		{ "1000-2000 r--p 00000000 fe:01 7   /[vdso]", 0x1000, 0x2000, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mapping mapping, expected;

		memset(&mapping, 0x5a, sizeof(mapping));
		expected = mapping;
		expected.start = cases[i].start;
		expected.end = cases[i].end;
		expected.offset = cases[i].offset;
		expected.special = cases[i].special;
		if (mapping_parse_range(cases[i].line, &mapping))
			fail_msg("'%s': refused", cases[i].line);
		/* The rest of it is numa_maps' to tell. */
		if (memcmp(&mapping, &expected, sizeof(mapping)) != 0)
			fail_msg("'%s': %lx-%lx %lx special %d", cases[i].line, mapping.start,
			         mapping.end, mapping.offset, mapping.special);
	}
}

static void test_malformed_ranges(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"1000",
		"1000-",
		"1000-2000",
		"1000-2000 ",
		"1000-2000 r",
		"1000-2000 r-xp",
		"1000-2000 r-xp ",
		"1000-2000 r-xp x",
		"1000-2000 r-xp -1",
		"1000-2000 r-xpp 0",
		"1000-2000 r-x 00000000",
		"1000-2000  r-xp 0",
		"1000 2000 r-xp 0",
		"-2000 r-xp 0",
		"1000--2000 r-xp 0",
		"1000-+2000 r-xp 0",
		"1000- 2000 r-xp 0",
		" 1000-2000 r-xp 0",
		"2000-1000 r-xp 0",
		"1000-10000000000000000 r-xp 0",
		"10000000000000000-20000000000000000 r-xp 0",
		"1000-2000 r-xp 10000000000000000",
		/* Lines of smaps, none of which may be taken for a range. */
		"Size:                132 kB",
		"AnonHugePages:      2048 kB",
		"FilePmdMapped:         0 kB",
		"VmFlags: rd wr mr mw me ac sd ",
		"ProtectionKey:         0",
		"THPeligible:    1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct mapping mapping, before;
		int error;

		memset(&mapping, 0x5a, sizeof(mapping));
		before = mapping;
		error = mapping_parse_range(lines[i], &mapping);
		if (error != -EINVAL)
			fail_msg("'%s': %d", lines[i], error);
		assert_memory_equal(&mapping, &before, sizeof(mapping));
	}
}

static void test_resident(void **state)
{
	static const struct mapping_pages pages[] = { { 0, 3 }, { 5, 4 } };
	struct mapping mapping = { .page_size = 2 * MIB, .on = pages };

	(void)state;
	assert_int_equal(mapping_resident(&mapping), 0);
	mapping.nodes = 2;
	assert_int_equal(mapping_resident(&mapping), 14 * MIB);
}

/* A reader of the files below a tree, which is the folder of a process. */
static struct mapping_reader *open_tree(const struct tree *tree, unsigned parts)
{
	struct mapping_reader *reader = NULL;

	assert_int_equal(mapping_open(tree->root, parts, &reader), 0);
	assert_non_null(reader);
	return reader;
}

/* What there is as "start-end+offset:huge start-...", and how it ends. */
static void check_walk(const struct tree *tree, unsigned parts, const char *expected, int end)
{
	struct mapping_reader *reader = open_tree(tree, parts);
	struct mapping mapping;
	char text[4096] = "";
	int got;

	while ((got = mapping_next(reader, &mapping)) > 0) {
		size_t used = strlen(text);

		assert_int_equal(got, 1);
		assert_true(used < sizeof(text) - 100);
		snprintf(text + used, sizeof(text) - used, "%s%lx-%lx+%lx:%lu", used ? " " : "",
		         mapping.start, mapping.end, mapping.offset, mapping.huge);
	}
	assert_string_equal(text, expected);
	assert_int_equal(got, end);
	mapping_close(reader);
}

static void test_missing(void **state)
{
	struct mapping_reader *reader = (struct mapping_reader *)state;
	struct tree tree;

	tree_make(&tree);
	/* A process that has ended, or a kernel without NUMA. */
	assert_int_equal(mapping_open(tree.root, 0, &reader), -ENOENT);
	tree_file(&tree, "/numa_maps", "1000 default\n");
	assert_int_equal(mapping_open(tree.root, MAPPING_ENDS, &reader), -ENOENT);
	assert_int_equal(mapping_open(tree.root, MAPPING_THP, &reader), -ENOENT);
	tree_file(&tree, "/maps", "");
	assert_int_equal(mapping_open(tree.root, MAPPING_ENDS | MAPPING_THP, &reader), -ENOENT);
	assert_ptr_equal(reader, (struct mapping_reader *)state);
	/* What was not asked for need not be there. */
	check_walk(&tree, 0, "1000-0+0:0", 0);
	tree_remove(&tree);
}

static void test_empty(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	/* Of a kernel thread all are. */
	tree_file(&tree, "/numa_maps", "");
	tree_file(&tree, "/maps", "");
	tree_file(&tree, "/smaps", "");
	check_walk(&tree, 0, "", 0);
	check_walk(&tree, MAPPING_ENDS | MAPPING_THP, "", 0);
	tree_file(&tree, "/numa_maps", "1000 default\n2000 default\n");
	check_walk(&tree, MAPPING_ENDS, "", 0);
	/* Without smaps nothing is known of huge pages. */
	check_walk(&tree, MAPPING_THP, "1000-0+0:0 2000-0+0:0", 0);
	tree_remove(&tree);
}

/* It stays at its end. */
static void test_end(void **state)
{
	struct mapping_reader *reader;
	struct mapping mapping;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/numa_maps", "1000 bind:0 file=/a N2=7");
	reader = open_tree(&tree, 0);
	assert_int_equal(mapping_next(reader, &mapping), 1);
	assert_string_equal(mapping.policy, "bind:0");
	assert_string_equal(mapping.file, "/a");
	assert_int_equal(mapping.nodes, 1);
	assert_int_equal(mapping.on[0].node, 2);
	assert_int_equal(mapping.on[0].count, 7);
	mapping.start = 4711;
	assert_int_equal(mapping_next(reader, &mapping), 0);
	assert_int_equal(mapping_next(reader, &mapping), 0);
	assert_int_equal(mapping.start, 4711);
	mapping_close(reader);
	tree_remove(&tree);
}

static void test_parts(void **state)
{
	static const char numa_maps[] = "1000 default N0=1\n"
					"5000 default file=/a N0=1\n"
					"8000 default\n"
					"c000 default\n";
	static const char maps[] = "1000-3000 rw-p 00000000 00:00 0 \n"
				   "5000-7000 r--p 00003000 fe:01 7 /a\n"
				   "8000-9000 rw-p 00000000 00:00 0 [heap]\n"
				   "c000-d000 r-xp 00000000 00:00 0 [vdso]\n";
	struct mapping_reader *reader;
	struct mapping mapping;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/numa_maps", numa_maps);
	tree_file(&tree, "/maps", maps);
	check_walk(&tree, 0, "1000-0+0:0 5000-0+0:0 8000-0+0:0 c000-0+0:0", 0);
	check_walk(&tree, MAPPING_ENDS,
	           "1000-3000+0:0 5000-7000+3000:0 8000-9000+0:0 c000-d000+0:0", 0);
	/* Of the last line of each the newline may lack. */
	tree_bytes(&tree, "/numa_maps", numa_maps, strlen(numa_maps) - 1);
	tree_bytes(&tree, "/maps", maps, strlen(maps) - 1);
	check_walk(&tree, MAPPING_ENDS,
	           "1000-3000+0:0 5000-7000+3000:0 8000-9000+0:0 c000-d000+0:0", 0);
	reader = open_tree(&tree, MAPPING_ENDS);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(mapping_next(reader, &mapping), 1);
		assert_int_equal(mapping.special, i == 3);
	}
	mapping_close(reader);
	tree_remove(&tree);
}

/* The files are not of one moment: what is in one of them only has come or gone meanwhile. */
static void test_changed(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/numa_maps", "1000 default\n5000 default\n8000 default\n");
	tree_file(&tree, "/maps",
	          "1000-2000 rw-p 00000000 00:00 0\n8000-9000 rw-p 00000000 00:00 0\n");
	check_walk(&tree, MAPPING_ENDS, "1000-2000+0:0 8000-9000+0:0", 0);
	tree_file(&tree, "/maps",
	          "5000-6000 rw-p 00000000 00:00 0\n7000-8000 rw-p 00000000 00:00 0\n");
	check_walk(&tree, MAPPING_ENDS, "5000-6000+0:0", 0);
	/* More in maps, before, between and behind. */
	tree_file(&tree, "/maps",
	          "0-1000 rw-p 00000000 00:00 0\n1000-2000 rw-p 00000000 00:00 0\n"
	          "3000-4000 rw-p 00000000 00:00 0\n5000-6000 rw-p 00000000 00:00 0\n"
	          "6000-7000 rw-p 00000000 00:00 0\n8000-9000 rw-p 00000000 00:00 0\n"
	          "9000-a000 rw-p 00000000 00:00 0\n");
	check_walk(&tree, MAPPING_ENDS, "1000-2000+0:0 5000-6000+0:0 8000-9000+0:0", 0);
	/* It begins elsewhere now. */
	tree_file(&tree, "/maps",
	          "1800-2000 rw-p 00000000 00:00 0\n4000-6000 rw-p 00000000 00:00 0\n"
	          "8000-8000 rw-p 00000000 00:00 0\n");
	check_walk(&tree, MAPPING_ENDS, "5000-6000+0:0", 0);
	tree_remove(&tree);
}

/* Two mappings have become one since numa_maps was read: the first has the end of both, alone. */
static void test_merged(void **state)
{
	struct mapping_reader *reader;
	struct mapping mapping;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/numa_maps",
	          "1000 default file=/a\n3000 default file=/a\n6000 default\n");
	tree_file(&tree, "/maps",
	          "1000-5000 r--p 00010000 fe:01 7 /a\n6000-7000 rw-p 00000000 00:00 0\n");
	reader = open_tree(&tree, MAPPING_ENDS);
	assert_int_equal(mapping_next(reader, &mapping), 1);
	assert_int_equal(mapping.start, 0x1000);
	assert_int_equal(mapping.end, 0x5000);
	assert_int_equal(mapping.offset, 0x10000);
	assert_int_equal(mapping_next(reader, &mapping), 1);
	assert_int_equal(mapping.start, 0x6000);
	assert_int_equal(mapping.end, 0x7000);
	assert_int_equal(mapping.offset, 0);
	assert_int_equal(mapping_next(reader, &mapping), 0);
	mapping_close(reader);
	tree_remove(&tree);
}

static void test_bad_lines(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/numa_maps", "1000 default\nx\n2000 default\n");
	tree_file(&tree, "/maps", "1000-2000 rw-p 00000000 00:00 0\nx\n");
	check_walk(&tree, 0, "1000-0+0:0", -EBADMSG);
	tree_file(&tree, "/numa_maps", "1000 default\n\n");
	check_walk(&tree, 0, "1000-0+0:0", -EBADMSG);
	tree_file(&tree, "/numa_maps", "1000 default\n2000 default\n");
	check_walk(&tree, MAPPING_ENDS, "1000-2000+0:0", -EBADMSG);
	/* Not read any further than it takes. */
	tree_file(&tree, "/numa_maps", "1000 default\n");
	check_walk(&tree, MAPPING_ENDS, "1000-2000+0:0", 0);
	tree_remove(&tree);
}

/* Opened before, and unreadable then: as of a process that has ended (ESRCH in the kernel). */
static void test_unreadable(void **state)
{
	struct mapping_reader *reader;
	struct mapping mapping;
	struct tree tree;
	char path[128];

	(void)state;
	tree_make(&tree);
	snprintf(path, sizeof(path), "%s/numa_maps", tree.path);
	assert_int_equal(mkdir(path, 0777), 0);
	reader = open_tree(&tree, 0);
	assert_int_equal(mapping_next(reader, &mapping), -EISDIR);
	mapping_close(reader);
	assert_int_equal(rmdir(path), 0);
	tree_file(&tree, "/numa_maps", "1000 default\n");
	snprintf(path, sizeof(path), "%s/maps", tree.path);
	assert_int_equal(mkdir(path, 0777), 0);
	snprintf(path, sizeof(path), "%s/smaps", tree.path);
	assert_int_equal(mkdir(path, 0777), 0);
	check_walk(&tree, MAPPING_ENDS, "", -EISDIR);
	check_walk(&tree, MAPPING_THP, "", -EISDIR);
	assert_false(mapping_has_thp(tree.root));
	tree_remove(&tree);
}

/* A mapping whose line of numa_maps has LENGTH bytes up to the end of its name. */
static void check_long_line(const struct tree *tree, size_t length)
{
	static const char name_of[] = "/0123456789abcdef";
	static char text[100000], maps[100000];
	struct mapping_reader *reader;
	struct mapping mapping;
	size_t used = (size_t)sprintf(text, "1000 default N0=1\n2000 bind:0 file="), name;

	for (name = 0; used < length; name++)
		text[used++] = name_of[name % 17];
	used += (size_t)sprintf(text + used, " N3=9\n3000 default heap N1=2");
	tree_bytes(tree, "/numa_maps", text, used);
	used = (size_t)sprintf(maps, "1000-2000 rw-p 0 00:00 0\n2000-3000 r--p 5000 0:0 7 ");
	for (size_t i = 0; i < name; i++)
		maps[used++] = name_of[i % 17];
	used += (size_t)sprintf(maps + used, "\n3000-4000 rw-p 0 00:00 0");
	tree_bytes(tree, "/maps", maps, used);
	reader = open_tree(tree, MAPPING_ENDS);
	assert_int_equal(mapping_next(reader, &mapping), 1);
	assert_int_equal(mapping.start, 0x1000);
	assert_int_equal(mapping_next(reader, &mapping), 1);
	assert_int_equal(mapping.start, 0x2000);
	assert_int_equal(mapping.end, 0x3000);
	assert_int_equal(mapping.offset, 0x5000);
	assert_string_equal(mapping.policy, "bind:0");
	assert_int_equal(strlen(mapping.file), name);
	for (size_t i = 0; i < name; i++)
		if (mapping.file[i] != name_of[i % 17])
			fail_msg("a name of %zu: differs at %zu", name, i);
	assert_int_equal(mapping.nodes, 1);
	assert_int_equal(mapping.on[0].node, 3);
	assert_int_equal(mapping_next(reader, &mapping), 1);
	assert_int_equal(mapping.start, 0x3000);
	assert_int_equal(mapping.end, 0x4000);
	assert_int_equal(mapping.kind, MAPPING_HEAP);
	assert_int_equal(mapping_next(reader, &mapping), 0);
	mapping_close(reader);
}

/*
 * Around the size of the first buffer and of what it doubles to: each line whole, and nothing of
 * the following one lost. The kernel's own names end at 4096 bytes, of which escapes make four
 * times as many.
 */
static void test_long_lines(void **state)
{
	static const size_t sizes[] = { 16384, 32768, 65536 };
	struct tree tree;

	(void)state;
	tree_make(&tree);
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t length = sizes[i] - 40; length < sizes[i] + 40; length++)
			check_long_line(&tree, length);
	tree_remove(&tree);
}

/* More than any buffer: of the ends of its parts none falls between the same words. */
static void test_long_file(void **state)
{
	static char text[1 << 20], maps[1 << 20];
	struct mapping_reader *reader;
	struct mapping mapping;
	size_t used = 0, maps_used = 0;
	struct tree tree;

	(void)state;
	for (unsigned long i = 1; i <= 12000; i++) {
		used += (size_t)sprintf(text + used, "%lx default file=/%lu N%lu=%lu\n", i << 16,
		                        i * i, i % 8, i);
		maps_used += (size_t)sprintf(maps + maps_used, "%lx-%lx r--p %lx 00:00 0 /%lu\n",
		                             i << 16, (i << 16) + (i << 2), i << 12, i * i);
	}
	tree_make(&tree);
	tree_bytes(&tree, "/numa_maps", text, used);
	tree_bytes(&tree, "/maps", maps, maps_used);
	reader = open_tree(&tree, MAPPING_ENDS);
	for (unsigned long i = 1; i <= 12000; i++) {
		char name[32];

		assert_int_equal(mapping_next(reader, &mapping), 1);
		assert_int_equal(mapping.start, i << 16);
		assert_int_equal(mapping.end, (i << 16) + (i << 2));
		assert_int_equal(mapping.offset, i << 12);
		snprintf(name, sizeof(name), "/%lu", i * i);
		assert_string_equal(mapping.file, name);
		assert_int_equal(mapping.on[0].node, i % 8);
		assert_int_equal(mapping.on[0].count, i);
	}
	assert_int_equal(mapping_next(reader, &mapping), 0);
	mapping_close(reader);
	tree_remove(&tree);
}

static void test_thp(void **state)
{
	static const char smaps[] =
		"1000-2000 rw-p 00000000 00:00 0\nSize: 4 kB\nKernelPageSize: 4 kB\n"
		"AnonHugePages:         0 kB\nVmFlags: rd wr\n"
		/* Of no line of numa_maps. */
		"600000-800000 rw-p 00000000 00:00 0\nAnonHugePages:  999 kB\n"
		"800000-c00000 rw-p 00000000 00:00 0\nSize: 4096 kB\nKernelPageSize: 4 kB\n"
		"AnonHugePages:      4096 kB\nShmemPmdMapped:        0 kB\n"
		"FilePmdMapped:         0 kB\nVmFlags: rd wr\n"
		"c00000-d00000 rw-p 00000000 00:00 0\nShmemHugePages:     2048 kB\n"
		"Private_Hugetlb:    2048 kB\n"
		/* All three of them. */
		"1000000-2000000 rw-p 00000000 00:00 0\nAnonHugePages:      2048 kB\n"
		"ShmemPmdMapped:     4096 kB\nFilePmdMapped:      8192 kB";
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/numa_maps",
	          "1000 default\n400000 default\n800000 default\nc00000 default\n"
	          "1000000 default\n");
	tree_file(&tree, "/smaps", smaps);
	check_walk(&tree, MAPPING_THP,
	           "1000-0+0:0 400000-0+0:0 800000-0+0:4194304 c00000-0+0:0 1000000-0+0:14680064",
	           0);
	/* Both parts in one, of which the ends leave out more. */
	tree_file(&tree, "/maps",
	          "800000-c00000 rw-p 00000000 00:00 0\n1000000-2000000 rw-p 00000000 00:00 0\n");
	check_walk(&tree, MAPPING_ENDS | MAPPING_THP,
	           "800000-c00000+0:4194304 1000000-2000000+0:14680064", 0);
	tree_remove(&tree);
}

/* Those behind the last of smaps, and those within one that was merged. */
static void test_thp_ends(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/numa_maps",
	          "1000 default\n400000 default\n600000 default\n900000 default\n"
	          "a00000 default\n");
	tree_file(&tree, "/smaps",
	          "400000-800000 rw-p 00000000 00:00 0\nAnonHugePages:  2048 kB\n");
	check_walk(&tree, MAPPING_THP,
	           "1000-0+0:0 400000-0+0:2097152 600000-0+0:2097152 900000-0+0:0 a00000-0+0:0", 0);
	/* A line of that file that no one knows is none of the reader's. */
	tree_file(&tree, "/smaps", "AnonHugePages: 2048 kB\nx\n\n");
	check_walk(&tree, MAPPING_THP,
	           "1000-0+0:0 400000-0+0:0 600000-0+0:0 900000-0+0:0 a00000-0+0:0", 0);
	tree_remove(&tree);
}

static void test_has_thp(void **state)
{
	static const struct {
		const char *text;
		bool has;
	} cases[] = {
		{ "", false },
		{ "55d0-7fff ---p 00000000 00:00 0  [rollup]\nRss: 4 kB\n", false },
		{ "AnonHugePages:         0 kB\nShmemPmdMapped: 0 kB\nFilePmdMapped: 0 kB\n",
		  false },
		{ "AnonHugePages:      2048 kB\n", true },
		{ "AnonHugePages: 0 kB\nShmemPmdMapped: 2048 kB\nFilePmdMapped: 0 kB\n", true },
		{ "AnonHugePages: 0 kB\nFilePmdMapped: 2048 kB", true },
		/* Huge pages of a pool, and huge pages that are mapped as small ones. */
		{ "ShmemHugePages: 2048 kB\nFileHugePages: 2048 kB\nPrivate_Hugetlb: 2048 kB\n",
		  false },
		{ "AnonHugePages: x\n", false },
	};
	struct tree tree;

	(void)state;
	tree_make(&tree);
	/* Before Linux 4.14. */
	assert_false(mapping_has_thp(tree.root));
	for (size_t i = 0; i < COUNT(cases); i++) {
		tree_file(&tree, "/smaps_rollup", cases[i].text);
		if (mapping_has_thp(tree.root) != cases[i].has)
			fail_msg("'%s'", cases[i].text);
	}
	tree_remove(&tree);
}

/* Our own: whatever this kernel writes, where it has NUMA. */
static void test_live(void **state)
{
	int directory = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC), got;
	unsigned long inside = (unsigned long)&directory, last = 0;
	struct mapping_reader *reader;
	struct mapping mapping;
	unsigned stacks = 0, kinds = 0;

	(void)state;
	assert_true(directory >= 0);
	got = mapping_open(directory, MAPPING_ENDS | MAPPING_THP, &reader);
	if (got == -ENOENT) {
		close(directory);
		print_message("no /proc/self/numa_maps: not tested\n");
		skip();
	}
	assert_int_equal(got, 0);
	while ((got = mapping_next(reader, &mapping)) > 0) {
		assert_true(mapping.start >= last && mapping.end > mapping.start);
		last = mapping.end;
		kinds |= 1U << mapping.kind;
		stacks += mapping.start <= inside && inside < mapping.end &&
		          mapping.kind == MAPPING_STACK && mapping_resident(&mapping) > 0;
	}
	assert_int_equal(got, 0);
	assert_int_equal(stacks, 1);
	assert_true(kinds & 1U << MAPPING_FILE);
	mapping_close(reader);
	close(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),      cmocka_unit_test(test_kind_names),
		cmocka_unit_test(test_policies),   cmocka_unit_test(test_names),
		cmocka_unit_test(test_pages),      cmocka_unit_test(test_many_nodes),
		cmocka_unit_test(test_malformed),  cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_resident),   cmocka_unit_test(test_malformed_ranges),
		cmocka_unit_test(test_missing),    cmocka_unit_test(test_empty),
		cmocka_unit_test(test_end),        cmocka_unit_test(test_parts),
		cmocka_unit_test(test_changed),    cmocka_unit_test(test_merged),
		cmocka_unit_test(test_bad_lines),  cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_long_lines), cmocka_unit_test(test_long_file),
		cmocka_unit_test(test_thp),        cmocka_unit_test(test_thp_ends),
		cmocka_unit_test(test_has_thp),    cmocka_unit_test(test_live),
	};

	return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
