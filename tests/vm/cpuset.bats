# A cpuset that allows nodes 1 and 2 of four, and CPUs 1 to 3: what is not allowed is refused by
# name, the rest counts within it, and the flags say what follows when it changes.
load guest

setup()
{
	cgroup=/sys/fs/cgroup/batch.slice
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p $cgroup
	echo 1-2 >$cgroup/cpuset.mems
	echo 1-3 >$cgroup/cpuset.cpus
}

teardown()
{
	rmdir $cgroup
}

# Runs a command in there.
inside() { bash -c 'echo $$ >'$cgroup'/cgroup.procs; exec "$@"' - "$@"; }

@test "all, ! and + count within the cpuset" {
	run inside numaplace --interleave=all pages 16
	evenly_on 1 2
	run inside numaplace --membind='!1' pages 4
	only_on 2
	run inside numaplace --membind=+0 pages 4
	only_on 1
	run inside numaplace --membind=0-3 pages 16
	ran
	had_policy bind:1-2
	run inside numaplace --physcpubind='!1' pages 4
	ran_on 2-3
	run inside numaplace --cpunodebind=0 pages 4
	ran_on 1
	run inside numaplace --cpunodebind=all pages 4
	ran_on 1-3
}

@test "what it forbids is refused, with the cgroup that does" {
	run inside numaplace --membind=0 touch /tmp/started
	refused 'membind=0: the cpuset allows memory on nodes 1-2 only \(cpuset.mems of /batch.slice\)'
	run inside numaplace --interleave=1,3 touch /tmp/started
	refused 'the cpuset allows memory on nodes 1-2 only'
	run inside numaplace --physcpubind=0 touch /tmp/started
	refused 'physcpubind=0: the cpuset allows CPUs 1-3 only \(cpuset.cpus of /batch.slice\)'
	run inside numaplace --membind=3-7 touch /tmp/started
	refused 'the cpuset allows memory on nodes 1-2 only'
	run inside numaplace --membind=+2 touch /tmp/started
	refused 'there is no position \+2'
	[ ! -e /tmp/started ]
}

@test "--all does not get out of it" {
	run inside numaplace --all --membind=0 true
	refused 'the cpuset allows memory on nodes 1-2 only \(cpuset.mems of /batch.slice\)'
	run inside numaplace --all --interleave=0-3 true
	refused 'the cpuset allows memory on nodes 1-2 only'
	run inside numaplace --all --physcpubind=0-1 true
	refused 'the cpuset allows CPUs 1-3 only \(cpuset.cpus of /batch.slice\)'
	run inside numaplace --all --physcpubind=0 true
	refused 'the cpuset allows CPUs 1-3 only \(cpuset.cpus of /batch.slice\)'
}

@test "--best-effort takes what is allowed and says what is not" {
	run inside numaplace --best-effort --membind=0,2 pages 4
	only_on 2
	[[ $output == *"--membind=0,2: the cpuset allows memory on nodes 1-2 only"*"going on"* ]]
	run inside numaplace --best-effort --membind=0 --cpunodebind=1 pages 4
	ran
	had_policy default
	ran_on 2-3
	run inside numaplace --best-effort --all --interleave=0-3 pages 16
	evenly_on 1 2
}

@test "hardware marks what is not allowed" {
	run inside numaplace --hardware
	[ "$(grep -c 'memory not allowed' <<<"$output")" = 2 ] || wrong "nodes 0 and 3"
	run bash -c 'echo $$ >'$cgroup'/cgroup.procs; numaplace --hardware --json | jq -c "[.allowed_nodes, .cpus.allowed]"'
	[ "$output" = '["1-2","1-3"]' ]
}

# A sleeper whose policy is read from the numa_maps of its stack when the cpuset has changed.
policy_after_change() # options, new mems
{
	local pid

	# Not by a function: $! has to be the sleeper. It must not hold bats' descriptors either.
	# shellcheck disable=SC2086 # a list of options
	bash -c 'echo $$ >'$cgroup'/cgroup.procs; exec numaplace "$@" sleep 60' - $1 >/dev/null 3>&- &
	pid=$!
	until [ "$(cat /proc/$pid/comm)" = sleep ]; do
		kill -0 $pid || return
	done
	echo "$2" >$cgroup/cpuset.mems
	awk '/stack/ { print $2 }' /proc/$pid/numa_maps
	kill $pid
	wait $pid 2>/dev/null || true
	echo 1-2 >$cgroup/cpuset.mems
}

@test "--static-nodes keeps the nodes, --relative-nodes the places, the default maps them" {
	[ "$(policy_after_change '--membind=1-2' 2-3)" = bind:2-3 ]
	[ "$(policy_after_change '--membind=1-2 --static-nodes' 2-3)" = bind=static:2 ]
	# Node 2 is the second of 1-2, and so it is 3 in 2-3.
	[ "$(policy_after_change '--membind=2 --relative-nodes' 2-3)" = bind=relative:3 ]
}

@test "relative nodes are named and shown by the kernel's ids" {
	run inside numaplace --interleave=2 --relative-nodes pages 4
	only_on 2
	run inside numaplace --membind=1-2 --relative-nodes numaplace --show
	[[ $output == *"policy: bind"*"membind: 1 2 "*"policy flags: relative-nodes"* ]] || wrong "shown"
}

@test "static nodes may wait outside of the cpuset" {
	run inside numaplace --all --interleave=1,3 --static-nodes pages 4
	only_on 1
	[ "$(policy_after_change '--all --membind=1,3 --static-nodes' 2-3)" = bind=static:3 ]
}

@test "a v1 cpuset is explained too" {
	# Only a kernel with cpuset v1 whose controller v2 has let go of can mount it.
	rmdir $cgroup
	echo -cpuset >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p /tmp/cpuset
	if mount -t cgroup -o cpuset none /tmp/cpuset 2>/dev/null; then
		mkdir /tmp/cpuset/job
		echo 0-1 >/tmp/cpuset/job/cpuset.mems
		echo 0-3 >/tmp/cpuset/job/cpuset.cpus
		run bash -c 'echo $$ >/tmp/cpuset/job/cgroup.procs; exec numaplace --membind=2 true'
		refused 'the cpuset allows memory on nodes 0-1 only \(cpuset.mems of /job\)'
		run bash -c 'echo $$ >/tmp/cpuset/job/cgroup.procs; exec numaplace -i all pages 16'
		evenly_on 0 1
		rmdir /tmp/cpuset/job
		umount /tmp/cpuset
	else
		# Linux 6.12 and later can be built without it.
		kernel_at_least 6 12
	fi
	mkdir -p $cgroup
}
