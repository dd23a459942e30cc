/* Devices on made-up machines: the node of each kind of device, the list, and what terms say. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "device.h"
#include "locate.h"
#include "term.h"
#include "topology.h"
#include "tree.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Two nodes with four CPUs each, one with memory alone. */
static struct tree tree;
static struct topology machine;

#define PCI "/sys/devices/pci0000:00"
#define VIRTUAL "/sys/devices/virtual"

static void add_link(const char *name, const char *target)
{
	char path[4096];

	assert_true(snprintf(path, sizeof(path), "%s%s", tree.path, name) < (int)sizeof(path));
	remove(path);
	/* Its folders, by a file that is then replaced. */
	tree_file(&tree, name, "");
	assert_int_equal(remove(path), 0);
	assert_int_equal(symlink(target, path), 0);
}

static void add_nodes(void)
{
	static const char folder[] = "/sys/devices/system/node";
	static const char *const cpus[] = { "0-3\n", "4-7\n", "\n" };
	static const char *const distances[] = { "10 20 17\n", "20 10 30\n", "17 30 10\n" };

	tree_file(&tree, "/sys/devices/system/node/online", "0-2\n");
	tree_file(&tree, "/sys/devices/system/node/has_memory", "0-2\n");
	tree_file(&tree, "/sys/devices/system/cpu/online", "0-7\n");
	tree_file(&tree, "/sys/devices/system/cpu/present", "0-8\n");
	for (int i = 0; i < 3; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s/node%d/cpulist", folder, i);
		tree_file(&tree, name, cpus[i]);
		snprintf(name, sizeof(name), "%s/node%d/distance", folder, i);
		tree_file(&tree, name, distances[i]);
	}
}

/* A PCI function below BRIDGE ("" or "/0000:00:01.0"), with a link in bus/pci. */
static void add_pci(const char *bridge, const char *address, const char *node, const char *cpus)
{
	char name[256], target[256];

	snprintf(name, sizeof(name), PCI "%s/%s/numa_node", bridge, address);
	tree_file(&tree, name, node);
	if (cpus) {
		snprintf(name, sizeof(name), PCI "%s/%s/local_cpulist", bridge, address);
		tree_file(&tree, name, cpus);
	}
	snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s", address);
	snprintf(target, sizeof(target), "../../../devices/pci0000:00%s/%s", bridge, address);
	add_link(name, target);
}

/* NAME of a class, whose folder is at PLACE. */
static void add_class(const char *class, const char *name, const char *place)
{
	char path[256], target[512];

	snprintf(path, sizeof(path), "%s/uevent", place);
	tree_file(&tree, path, "\n");
	snprintf(path, sizeof(path), "/sys/class/%s/%s", class, name);
	snprintf(target, sizeof(target), "../../..%s", place);
	add_link(path, target);
}

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	add_nodes();
	topology_init(&machine, tree.root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	topology_free(&machine);
	tree_remove(&tree);
	return 0;
}

/* The result of a locate_ function: a list, or an errno. */
static void expect(int error, const struct idset *nodes, const char *list)
{
	char text[IDSET_TEXT];

	if (error)
		fail_msg("%s instead of %s", strerror(-error), list);
	assert_string_equal(idset_text(nodes, text), list);
}

/* By itself, by its bridge, by its CPUs; all CPUs of several nodes are no answer. */
static void test_pci(void **state)
{
	struct idset nodes;

	(void)state;
	add_pci("", "0000:00:01.0", "0\n", NULL);
	add_pci("/0000:00:01.0", "0000:01:00.0", "-1\n", "0-7\n");
	add_pci("", "0000:00:02.0", "-1\n", "4-7\n");
	add_pci("", "0000:00:03.0", "-1\n", "0-7\n");
	add_pci("", "0000:00:04.0", "-1\n", NULL);
	add_pci("", "0000:00:05.0", "-1\n", "2-5\n");
	add_pci("", "0000:00:06.0", "1\n", "0-3\n");
	expect(locate_pci(&machine, "0000:00:01.0", &nodes), &nodes, "0");
	expect(locate_pci(&machine, "0000:01:00.0", &nodes), &nodes, "0");
	expect(locate_pci(&machine, "0000:00:02.0", &nodes), &nodes, "1");
	assert_int_equal(locate_pci(&machine, "0000:00:03.0", &nodes), -ENXIO);
	assert_int_equal(locate_pci(&machine, "0000:00:04.0", &nodes), -ENXIO);
	expect(locate_pci(&machine, "0000:00:05.0", &nodes), &nodes, "0-1");
	expect(locate_pci(&machine, "0000:00:06.0", &nodes), &nodes, "1");
	assert_int_equal(locate_pci(&machine, "0000:00:07.0", &nodes), -ENOENT);
	assert_int_equal(locate_pci(&machine, "../devices/0000:00:01.0", &nodes), -ENOENT);
}

static void test_malformed(void **state)
{
	static const char *const wrong[] = { "", "x\n", "1 2\n", "-2\n", "01\n", "8192\n" };
	struct idset nodes;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		int error;

		add_pci("", "0000:00:01.0", wrong[i], NULL);
		error = locate_pci(&machine, "0000:00:01.0", &nodes);
		if (error != -EBADMSG && error != -ERANGE)
			fail_msg("'%s': %d", wrong[i], error);
		assert_string_equal(machine.failed, PCI "/0000:00:01.0/numa_node");
	}
}

static void test_network(void **state)
{
	struct idset nodes;

	(void)state;
	add_pci("", "0000:00:01.0", "0\n", NULL);
	add_pci("", "0000:00:02.0", "1\n", NULL);
	add_class("net", "eth0", PCI "/0000:00:01.0/virtio0/net/eth0");
	add_class("net", "eth1.5x", PCI "/0000:00:02.0/net/eth1.5x");
	add_class("net", "eth0.100", VIRTUAL "/net/eth0.100");
	add_link(VIRTUAL "/net/eth0.100/lower_eth0",
	         "../../../pci0000:00/0000:00:01.0/virtio0/net");
	add_class("net", "bond0", VIRTUAL "/net/bond0");
	add_link(VIRTUAL "/net/bond0/lower_eth1.5x", "x");
	add_link(VIRTUAL "/net/bond0/lower_eth0.100", "x");
	add_class("net", "br0", VIRTUAL "/net/br0");
	add_link(VIRTUAL "/net/br0/lower_bond0", "x");
	add_link(VIRTUAL "/net/br0/lower_tap0", "x");
	add_class("net", "tap0", VIRTUAL "/net/tap0");
	add_class("net", "loop0", VIRTUAL "/net/loop0");
	add_link(VIRTUAL "/net/loop0/lower_loop0", "x");
	add_class("net", "old.7", VIRTUAL "/net/old.7");
	tree_file(&tree, "/proc/net/vlan/old.7",
	          "old.7  VID: 7\t REORDER_HDR: 1\n  total frames received  0\nDevice: eth1.5x\n"
	          "INGRESS priority mappings: 0:0\n");
	add_link("/sys/class/net/gone", "../../devices/virtual/net/gone");
	add_link("/sys/class/net/out", "/etc");
	tree_file(&tree, "/sys/class/net/bonding_masters", "bond0\n");

	expect(locate_network(&machine, "eth0", &nodes), &nodes, "0");
	expect(locate_network(&machine, "eth1.5x", &nodes), &nodes, "1");
	expect(locate_network(&machine, "eth0.100", &nodes), &nodes, "0");
	expect(locate_network(&machine, "bond0", &nodes), &nodes, "0-1");
	expect(locate_network(&machine, "br0", &nodes), &nodes, "0-1");
	expect(locate_network(&machine, "old.7", &nodes), &nodes, "1");
	assert_int_equal(locate_network(&machine, "tap0", &nodes), -ENXIO);
	assert_int_equal(locate_network(&machine, "loop0", &nodes), -ENXIO);
	assert_int_equal(locate_network(&machine, "eth9", &nodes), -ENOENT);
	assert_int_equal(locate_network(&machine, "gone", &nodes), -ENOENT);
	assert_int_equal(locate_network(&machine, "out", &nodes), -ENOENT);
	assert_int_equal(locate_network(&machine, "..", &nodes), -ENOENT);
	assert_int_equal(locate_network(&machine, "../net/eth0", &nodes), -ENOENT);
	assert_int_equal(locate_network(&machine, "", &nodes), -ENOENT);
}

/* A disk, its parts, and what is made of them. */
static void add_disks(void)
{
	add_pci("", "0000:00:01.0", "0\n", NULL);
	add_pci("", "0000:00:02.0", "1\n", NULL);
	add_class("block", "sda", PCI "/0000:00:01.0/ata1/host0/block/sda");
	add_class("block", "sda1", PCI "/0000:00:01.0/ata1/host0/block/sda/sda1");
	tree_file(&tree, PCI "/0000:00:01.0/ata1/host0/block/sda/sda1/partition", "1\n");
	add_class("block", "nvme1n1", PCI "/0000:00:02.0/nvme/nvme1/nvme1n1");
	add_class("block", "dm-0", VIRTUAL "/block/dm-0");
	tree_file(&tree, VIRTUAL "/block/dm-0/dm/name", "vg-home\n");
	add_link(VIRTUAL "/block/dm-0/slaves/sda1",
	         "../../../../pci0000:00/0000:00:01.0/ata1/host0/block/sda/sda1");
	add_class("block", "md0", VIRTUAL "/block/md0");
	add_link(VIRTUAL "/block/md0/slaves/dm-0", "../../dm-0");
	add_link(VIRTUAL "/block/md0/slaves/nvme1n1",
	         "../../../../pci0000:00/0000:00:02.0/nvme/nvme1/nvme1n1");
	add_class("block", "md0p1", VIRTUAL "/block/md0/md0p1");
	tree_file(&tree, VIRTUAL "/block/md0/md0p1/partition", "1\n");
	add_class("block", "loop0", VIRTUAL "/block/loop0");
	tree_file(&tree, VIRTUAL "/block/loop0/slaves/none", "");
	/* Two paths to one disk. */
	add_class("block", "nvme0n1", VIRTUAL "/nvme-subsystem/nvme-subsys0/nvme0n1");
	add_class("block", "nvme0c0n1", PCI "/0000:00:01.0/nvme/nvme0/nvme0c0n1");
	add_class("block", "nvme0c3n1", PCI "/0000:00:02.0/nvme/nvme3/nvme0c3n1");
	add_class("block", "nvme0c3n2", PCI "/0000:00:03.0/nvme/nvme4/nvme0c3n2");
	tree_file(&tree, PCI "/0000:00:01.0/nvme/nvme0/nvme0c0n1/hidden", "1\n");
	tree_file(&tree, PCI "/0000:00:02.0/nvme/nvme3/nvme0c3n1/hidden", "1\n");
	tree_file(&tree, PCI "/0000:00:03.0/nvme/nvme4/nvme0c3n2/hidden", "1\n");
	add_link("/sys/dev/block/8:1", "/sys/class/block/sda1");
	add_link("/sys/dev/block/259:0", "../../class/block/nvme1n1");
	add_link("/sys/fs/btrfs/0123-ab/devices/sda1", "/sys/class/block/sda1");
	add_link("/sys/fs/btrfs/0123-ab/devices/nvme1n1", "/sys/class/block/nvme1n1");
	tree_file(&tree, "/sys/fs/btrfs/features/raid56", "0\n");
}

static void test_block(void **state)
{
	struct idset nodes;
	char name[64];

	(void)state;
	add_disks();
	expect(locate_block(&machine, "sda", &nodes), &nodes, "0");
	expect(locate_block(&machine, "sda1", &nodes), &nodes, "0");
	expect(locate_block(&machine, "dm-0", &nodes), &nodes, "0");
	expect(locate_block(&machine, "md0", &nodes), &nodes, "0-1");
	expect(locate_block(&machine, "md0p1", &nodes), &nodes, "0-1");
	expect(locate_block(&machine, "nvme0n1", &nodes), &nodes, "0-1");
	expect(locate_block_number(&machine, 8, 1, &nodes), &nodes, "0");
	expect(locate_btrfs(&machine, 8, 1, &nodes), &nodes, "0-1");
	assert_int_equal(locate_block(&machine, "loop0", &nodes), -ENXIO);
	assert_int_equal(locate_block(&machine, "nvme0n9", &nodes), -ENOENT);
	assert_int_equal(locate_block_number(&machine, 8, 2, &nodes), -ENOENT);
	assert_int_equal(locate_btrfs(&machine, 8, 2, &nodes), -ENOENT);
	assert_int_equal(locate_mapped(&machine, "vg-home", name), 0);
	assert_string_equal(name, "dm-0");
	assert_int_equal(locate_mapped(&machine, "vg", name), -ENOENT);
}

static void add_class_of(const char *address, const char *class)
{
	char name[256];

	add_pci("", address, "1\n", NULL);
	snprintf(name, sizeof(name), PCI "/%s/class", address);
	tree_file(&tree, name, class);
}

/* By address, 32-bit domains last and 9f before a0; what is not known is not in the list. */
static void test_list(void **state)
{
	static const char *const want[] = {
		"network 0000:00:01.0 eth0 0",  "block  nvme0n1 0-1",  "block 0000:00:01.0 sda 0",
		"block 0000:00:02.0 nvme1n1 1", "gpu 0000:9f:00.0  1", "gpu 0000:a0:00.0 card1 1",
		"gpu 10000:00:01.0  1",
	};
	struct device *devices;
	char address[32];
	long count;

	(void)state;
	add_disks();
	add_class("net", "eth0", PCI "/0000:00:01.0/net/eth0");
	add_class("net", "lo", VIRTUAL "/net/lo");
	add_class_of("10000:00:01.0", "0x120000\n");
	add_class_of("0000:a0:00.0", "0x030000\n");
	tree_file(&tree, PCI "/0000:a0:00.0/drm/card1/dev", "");
	tree_file(&tree, PCI "/0000:a0:00.0/drm/card1-DP-1/dev", "");
	tree_file(&tree, PCI "/0000:a0:00.0/drm/renderD128/dev", "");
	add_class_of("0000:9f:00.0", "0x030200\n");
	add_class_of("0000:00:1f.0", "0x060100\n");
	count = device_list(&machine, &devices);
	assert_int_equal(count, COUNT(want));
	for (long i = 0; i < count; i++) {
		char text[256], list[IDSET_TEXT];

		snprintf(text, sizeof(text), "%s %s %s %.32s", device_kind_names[devices[i].kind],
		         devices[i].address, devices[i].name, idset_text(&devices[i].nodes, list));
		assert_string_equal(text, want[i]);
	}
	free(devices);
	assert_int_equal(device_gpu(&machine, 1, address), 3);
	assert_string_equal(address, "0000:a0:00.0");
	assert_int_equal(device_gpu(&machine, 3, address), 3);
}

/* Nothing there is nothing known. */
static void test_empty(void **state)
{
	struct device *devices = NULL;
	char address[32];

	(void)state;
	assert_int_equal(device_list(&machine, &devices), 0);
	free(devices);
	assert_int_equal(device_gpu(&machine, 0, address), 0);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *address;
	} cases[] = {
		{ "0000:21:00.0", "0000:21:00.0" },
		{ "00000000:06:00.0", "0000:06:00.0" },
		{ "00010000:E1:1F.7", "10000:e1:1f.7" },
		{ "FFFFFFFF:ff:1f.7", "ffffffff:ff:1f.7" },
		{ "21:00.0", "0000:21:00.0" },
		{ "AF:0.1", "0000:af:00.1" },
		{ "0:21:00", "0000:21:00.0" },
		{ "21:0", "0000:21:00.0" },
		{ "", NULL },
		{ "21", NULL },
		{ "21:", NULL },
		{ ":21:0.0", NULL },
		{ "21:0.", NULL },
		{ "21:0.8", NULL },
		{ "21:20.0", NULL },
		{ "100:0.0", NULL },
		{ "0:0:0:0.0", NULL },
		{ "100000000:0:0.0", NULL },
		{ "000000000:0:0.0", NULL },
		{ "0x21:0.0", NULL },
		{ "21:0.0 ", NULL },
		{ "-1:0.0", NULL },
		{ "21.0.0", NULL },
		{ "21:0.0.0", NULL },
		{ "g1:0.0", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char address[32] = "";
		int error = device_parse_pci(cases[i].text, strlen(cases[i].text), address);

		if (error != (cases[i].address ? 0 : -EINVAL))
			fail_msg("'%s': %d", cases[i].text, error);
		assert_string_equal(address, cases[i].address ? cases[i].address : "");
	}
}

/* The terms that need no device: the nodes, or the fault and its sentence. */
static void test_terms(void **state)
{
	static const struct {
		const char *term, *nodes, *reason;
		int error;
	} cases[] = {
		{ "cpuless", "2", "", 0 },
		{ "cpu:0", "0", "", 0 },
		{ "cpu:7", "1", "", 0 },
		{ "cpu:8", "", "CPU 8 is offline (CPUs: 0-7)", -ENOENT },
		{ "cpu:9", "", "CPU 9 does not exist (CPUs: 0-7)", -ENOENT },
		{ "cpu:", "", "there is nothing behind cpu:", -EINVAL },
		{ "cpu:x", "", "'x' is no number (write it as in cpu:3)", -EINVAL },
		{ "cpu:8192", "", "'8192' is too large (write it as in cpu:3)", -EINVAL },
		{ "near:0", "2", "", 0 },
		{ "near:1", "0", "", 0 },
		{ "near:2", "0", "", 0 },
		{ "near:3", "", "node 3 does not exist (nodes: 0-2)", -ENOENT },
		{ "tier:4", "0-1", "", 0 },
		{ "tier:13", "2", "", 0 },
		{ "tier:5", "", "there is no memory tier 5 (there are: 4,13)", -ENOENT },
		{ "tier:-1", "", "'-1' is no number (write it as in tier:4)", -EINVAL },
		{ "gpu:0", "", "there is no GPU", -ENOENT },
		{ "file:/", "",
		  "files of another machine cannot be looked up (leave out --sysroot)", -ENOENT },
		{ "netdev:e", "", "there is no interface e (there are: none)", -ENOENT },
		{ "pci:1", "",
		  "1 is no PCI address (write it as in pci:0000:21:00.0 or pci:21:00.0)", -EINVAL },
	};
	struct idset usable = { 0 };

	(void)state;
	tree_file(&tree, "/sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "0-1\n");
	tree_file(&tree, "/sys/devices/virtual/memory_tiering/memory_tier13/nodelist", "2\n");
	idset_add_range(&usable, 0, 2);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct idset nodes = { 0 };
		char reason[TERM_REASON] = "", list[IDSET_TEXT];
		struct term_scope scope = { .topology = &machine, .usable = &usable };
		int error = term_find(cases[i].term, strlen(cases[i].term), &scope, &nodes, reason);

		if (error != cases[i].error)
			fail_msg("'%s': %d, %s", cases[i].term, error, reason);
		assert_string_equal(reason, cases[i].reason);
		assert_string_equal(idset_text(&nodes, list), cases[i].nodes);
	}
}

/* Of the usable ones alone. */
static void test_near_usable(void **state)
{
	struct idset usable = { 0 }, nodes = { 0 };
	struct term_scope scope = { .topology = &machine, .usable = &usable };
	char reason[TERM_REASON];

	(void)state;
	idset_add(&usable, 1);
	assert_int_equal(term_find("near:0", 6, &scope, &nodes, reason), 0);
	assert_true(idset_has(&nodes, 1) && idset_count(&nodes) == 1);
	assert_int_equal(term_find("near:1", 6, &scope, &nodes, reason), -ENOENT);
	assert_true(term_is("near:x", 6, false) && term_is("cpuless", 7, false) &&
	            !term_is("cpuless:", 8, false) && !term_is("near", 4, false) &&
	            !term_is("cpu", 3, false) && !term_is("cpuless", 7, true));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pci),       TEST(test_malformed), TEST(test_network),
		TEST(test_block),     TEST(test_list),      TEST(test_empty),
		TEST(test_addresses), TEST(test_terms),     TEST(test_near_usable),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
