/* What hinders the use of a cpuset, in words, on trees as the kernel makes them. */
#include "tree.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "lib/cgroup.h"
#include "lib/idset.h"
#include "obstacle.h"

#define CGROUPS "/sys/fs/cgroup"

static struct tree tree;
static const struct cgroup mount = { .version = CGROUP_V2, .mount = CGROUPS };
static char sentence[OBSTACLE_SENTENCE];

static struct cgroup at(const char *path)
{
	struct cgroup cgroup = mount;

	strcpy(cgroup.path, path);
	return cgroup;
}

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/proc/self/mounts", "cgroup2 " CGROUPS " cgroup2 rw 0 0\n");
	tree_file(&tree, CGROUPS "/cgroup.controllers", "cpu cpuset memory\n");
	tree_file(&tree, CGROUPS "/cgroup.subtree_control", "cpuset\n");
	tree_file(&tree, CGROUPS "/cpuset.cpus.effective", "0-7\n");
	tree_file(&tree, CGROUPS "/cpuset.mems.effective", "0-3\n");
	tree_file(&tree, CGROUPS "/a/cgroup.controllers", "cpuset\n");
	tree_file(&tree, CGROUPS "/a/cgroup.subtree_control", "\n");
	tree_file(&tree, CGROUPS "/a/cgroup.type", "domain\n");
	tree_file(&tree, CGROUPS "/a/cpuset.cpus", "0-3\n");
	tree_file(&tree, CGROUPS "/a/cpuset.mems", "0-1\n");
	tree_file(&tree, CGROUPS "/a/cpuset.cpus.effective", "0-3\n");
	tree_file(&tree, CGROUPS "/a/cpuset.mems.effective", "0-1\n");
	tree_file(&tree, CGROUPS "/a/cpuset.cpus.partition", "member\n");
	tree_file(&tree, CGROUPS "/a/b/c.service/cgroup.controllers", "\n");
	tree_file(&tree, CGROUPS "/a/b/cgroup.subtree_control", "\n");
	sentence[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static void check_sentence(const char *words)
{
	if (!strstr(sentence, words))
		fail_msg("\"%s\" is not in: %s", words, sentence);
}

static void check_obstacle(const char *path, int what, int error, const char *words)
{
	struct cgroup cgroup = at(path);

	assert_int_equal(obstacle_check(tree.root, &cgroup, what, sentence), error);
	check_sentence(words);
}

static void test_find(void **state)
{
	static const struct {
		const char *name;
		int error;
		const char *words;
	} cases[] = {
		{ "none", -ENOENT, "there is no such cgroup below " CGROUPS },
		{ "/a/../a", -EINVAL, "it is not the name of a cgroup" },
		{ "/a/cgroup.type", -ENOTDIR, "it is no cgroup, but a file in one" },
		{ "twice", -EMLINK, "several cgroups have that name (" },
	};
	struct cgroup cgroup = { 0 };

	(void)state;
	tree_file(&tree, CGROUPS "/a/twice/cgroup.procs", "");
	tree_file(&tree, CGROUPS "/a/b/twice/cgroup.procs", "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(obstacle_find(tree.root, cases[i].name, &cgroup, sentence),
		                 cases[i].error);
		check_sentence(cases[i].words);
		assert_int_equal(cgroup.version, CGROUP_NONE);
	}
	assert_int_equal(obstacle_find(tree.root, "c", &cgroup, sentence), 0);
	assert_string_equal(cgroup.path, "/a/b/c.service");
	tree_file(&tree, "/proc/self/mounts", "proc /proc proc rw 0 0\n");
	assert_int_equal(obstacle_find(tree.root, "c", &cgroup, sentence), -ENOENT);
	check_sentence("no cgroup2 is mounted here (mount -t cgroup2 ");
}

static void test_none(void **state)
{
	struct cgroup a = at("/a");

	(void)state;
	assert_int_equal(obstacle_check(tree.root, &a, CGROUP_CPUS, sentence), 0);
	assert_int_equal(obstacle_check(tree.root, &a, CGROUP_MEMS, sentence), 0);
	assert_int_equal(obstacle_check_new(tree.root, &a, sentence), 0);
	assert_string_equal(sentence, "");
}

static void test_kinds(void **state)
{
	struct cgroup old = { .version = CGROUP_V1,
		              .mount = "/sys/fs/cgroup/cpuset",
		              .path = "/a" };

	(void)state;
	assert_int_equal(obstacle_check(tree.root, &old, CGROUP_MEMS, sentence), -EOPNOTSUPP);
	check_sentence("cpusets are those of cgroup v1 here (/sys/fs/cgroup/cpuset)");
	check_obstacle("/", CGROUP_MEMS, -EINVAL, "the root cgroup has no cpuset to set");
	tree_file(&tree, CGROUPS "/a/cgroup.type", "threaded\n");
	check_obstacle("/a", CGROUP_MEMS, -EOPNOTSUPP, "a threaded cgroup (cgroup.type: threaded)");
	tree_file(&tree, CGROUPS "/a/cgroup.type", "domain invalid\n");
	check_obstacle("/a", CGROUP_MEMS, -EOPNOTSUPP, "(cgroup.type: domain invalid)");
	tree_file(&tree, CGROUPS "/a/cgroup.type", "domain threaded\n");
	tree_file(&tree, CGROUPS "/a/cpuset.cpus.partition", "root\n");
	check_obstacle("/a", CGROUP_CPUS, -EBUSY, "it is a partition (root), whose CPUs");
	sentence[0] = '\0';
	check_obstacle("/a", CGROUP_MEMS, 0, "");
	assert_string_equal(sentence, "");
}

/* Where the controller has to be switched on, and by whom. */
static void test_missing(void **state)
{
	struct cgroup inner = at("/a/b/c.service");

	(void)state;
	check_obstacle("/a/b", CGROUP_MEMS, -ENOENT,
	               "write +cpuset to cgroup.subtree_control of /a");
	assert_null(strstr(sentence, "down to"));
	check_obstacle("/a/b/c.service", CGROUP_MEMS, -ENOENT,
	               "of /a, and so down to /a/b (systemd does it with systemctl set-property "
	               "c.service ");
	sentence[0] = '\0';
	assert_int_equal(obstacle_check_new(tree.root, &inner, sentence), -ENOENT);
	check_sentence("the cpuset controller is not enabled for it");
	tree_file(&tree, CGROUPS "/cgroup.controllers", "cpu memory\n");
	tree_file(&tree, CGROUPS "/cgroup.subtree_control", "cpu\n");
	check_obstacle("/a/b", CGROUP_MEMS, -ENOENT,
	               "the controller is not in cgroup.controllers of " CGROUPS);
}

/* What is above has nothing to give. */
static void test_empty(void **state)
{
	(void)state;
	tree_file(&tree, CGROUPS "/cpuset.mems.effective", "\n");
	check_obstacle("/a", CGROUP_MEMS, -ENOSPC,
	               "its cpuset.mems.effective is empty (its nodes have no memory any more)");
	tree_file(&tree, CGROUPS "/cpuset.cpus.effective", "\n");
	check_obstacle("/a", CGROUP_CPUS, -ENOSPC, "a partition has taken its CPUs");
}

static void test_force(void **state)
{
	struct cgroup a = at("/a");
	struct idset set = { 0 };

	(void)state;
	idset_add(&set, 0);
	idset_add(&set, 1);
	assert_int_equal(obstacle_check_force(tree.root, &a, CGROUP_MEMS, &set, sentence), 0);
	idset_add(&set, 2);
	assert_int_equal(obstacle_check_force(tree.root, &a, CGROUP_MEMS, &set, sentence), -ERANGE);
	assert_string_equal(sentence, "cpuset.mems of /a was set to 0-2, but in force is 0-1");
	tree_file(&tree, CGROUPS "/a/cpuset.mems.effective", "\n");
	assert_int_equal(obstacle_check_force(tree.root, &a, CGROUP_MEMS, &set, sentence), -ERANGE);
	check_sentence("in force is nothing");
	tree_file(&tree, CGROUPS "/a/cpuset.mems.effective", "x\n");
	assert_int_equal(obstacle_check_force(tree.root, &a, CGROUP_MEMS, &set, sentence), -ERANGE);
	check_sentence("cpuset.mems.effective of /a: ");
}

static void test_explain(void **state)
{
	static const struct {
		int error;
		const char *words;
	} cases[] = {
		{ EROFS, "cpuset.mems of /a: the file system is mounted read-only here" },
		{ ENOENT, "cpuset.mems of /a: it is no longer there" },
		{ ENODEV, "cpuset.mems of /a: it is no longer there" },
		{ EBUSY, "cpuset.mems of /a: in use: of processes with deadline scheduling" },
		{ EINVAL, "cpuset.mems of /a: the kernel does not take that" },
		{ ENOSPC, "cpuset.mems of /a: the kernel does not take that" },
		{ EIO, "cpuset.mems of /a: Input/output error" },
	};
	struct cgroup a = at("/a");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		obstacle_explain(tree.root, &a, "cpuset.mems", -cases[i].error, sentence);
		check_sentence(cases[i].words);
	}
	obstacle_explain(tree.root, &a, "gone", -EACCES, sentence);
	check_sentence("gone of /a may not be written by this process");
}

/* As another user than the one whose file it is: in a child, as there is no way back. */
static void test_owner(void **state)
{
	struct cgroup a = at("/a");
	char path[128];
	int status;
	pid_t child;

	(void)state;
	if (geteuid() != 0)
		skip();
	snprintf(path, sizeof(path), "%s" CGROUPS "/a/cpuset.mems", tree.path);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chmod(tree.path, 0755), 0);
	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		bool is_right = !seteuid(65534) &&
		                obstacle_check(tree.root, &a, CGROUP_MEMS, sentence) == -EACCES &&
		                strstr(sentence, "cpuset.mems of /a is user 0's, and not delegated "
		                                 "to user 65534: ");

		exit(!is_right);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_find),  CASE(test_none),  CASE(test_kinds),   CASE(test_missing),
		CASE(test_empty), CASE(test_force), CASE(test_explain), CASE(test_owner),
	};

	return cmocka_run_group_tests_name("obstacle", tests, NULL, NULL);
}
