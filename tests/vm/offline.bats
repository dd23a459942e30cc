# CPUs and memory that go offline in the middle: the tracer of faults.bats stops the program before each
# of its calls and takes them away. What is printed is piece by piece as before or as after, or an
# error says what is gone. The rows go to docs/faults.md.
load guest
load fault
bats_require_minimum_version 1.5.0

# So many faults of each mode; tests/faults --all takes more.
sample=(-c 12 -m 8)

teardown() { echo 1 >/sys/devices/system/cpu/cpu3/online; }

@test "a CPU goes offline in the middle" {
	cpu=/sys/devices/system/cpu/cpu3/online
	for options in '-- --hardware --json' '-- --show --json' '-- --dry-run --cpunodebind=1 /bin/true' \
		'-- --cpunodebind=1 numaplace --show' '-- --physcpubind=3 numaplace --show' \
		'-- --measure --quick --buffer=2m --threads=1 --json'; do
		# shellcheck disable=SC2086 # options
		mode "CPU offline: ${options#-- }" -r "echo 1 >$cpu" -x "echo 0 >$cpu" -v $options
	done
}

@test "a node's memory goes offline in the middle" {
	# The last ones of node 1 are of pages that move (movablecore=, which leaves each node as much for
	# the kernel: nodes 2 and 3 are too small for more).
	for block in $(ls -rvd /sys/devices/system/node/node1/memory[0-9]*); do
		! echo offline >"$block/state" || break
	done
	[ "$(cat "$block/state")" = offline ] || wrong "no memory can be taken away"
	# Where the kernel puts nothing of its own meanwhile; what cannot move at once is not waited for.
	back="grep -qx online $block/state || echo online_movable >$block/state"
	for options in '-- --hardware --json' '-- --membind=1 numaplace --show' '-- --stat --json' \
		'-- --dry-run --interleave=all /bin/true'; do
		# shellcheck disable=SC2086 # options
		mode "memory offline: ${options#-- }" -r "$back" -x "timeout 2 sh -c 'echo offline >$block/state && echo >>/tmp/went'" \
			-v $options
	done
	eval "$back"
	# The kernel may find some page busy now and then.
	[ "$(wc -l </tmp/went)" -gt 40 ] || wrong "it went offline only $(wc -l </tmp/went) times"
	echo "# it went offline $(wc -l </tmp/went) times" >&3
}

# Node 4 was plugged in, and is all of pages that move. One of its blocks, or none, may stay busy.
@test "a node goes offline in the middle" {
	node=/sys/devices/system/node/node4
	top=/sys/fs/cgroup
	back="for b in $node/memory[0-9]*; do grep -qx online \$b/state || echo online_movable >\$b/state; done"
	eval "$back"
	has_node() { [[ ,$(cat /sys/devices/system/node/has_memory), =~ [-,]4, ]]; }
	has_node || wrong "there is no node 4"
	printf '#!/bin/sh\nfor b in %s/memory[0-9]*; do echo offline >$b/state; done && echo >>/tmp/gone\n' $node >/tmp/leave
	chmod +x /tmp/leave
	: >/tmp/gone
	/tmp/leave
	! has_node || wrong "node 4 does not go"
	start_target anon=2
	kill -STOP "$pid"
	echo +cpuset >$top/cgroup.subtree_control
	mkdir $top/job
	mode 'node offline: --hardware' -r "$back" -x 'timeout 3 /tmp/leave' -v -- --hardware --json
	mode 'node offline: --membind' -r "$back" -x 'timeout 3 /tmp/leave' -v -- --membind=4 numaplace --show
	mode 'node offline: --pid' -r "$back; numaplace --pid=$pid --membind=0 >/dev/null" \
		-x 'timeout 3 /tmp/leave' -v -- --pid="$pid" --membind=4 --json
	mode 'node offline: --pid --interleave' -r "$back; numaplace --pid=$pid --membind=0 >/dev/null" \
		-x 'timeout 3 /tmp/leave' -v -- --pid="$pid" --interleave=1,4 --json
	mode 'node offline: --file' -r "$back; rm -f /dev/shm/new" -s 'stat -c %s /dev/shm/new 2>&1' \
		-x 'timeout 3 /tmp/leave' -v -- --file=/dev/shm/new --length=1m --membind=4 --touch --json
	mode 'node offline: --file, to it' \
		-r "$back; rm -f /dev/shm/new; numaplace --file=/dev/shm/new --length=1m --membind=0 --touch 2>/dev/null >&2" \
		-x 'timeout 3 /tmp/leave' -v -- --file=/dev/shm/new --membind=4 --verify --json
	mode 'node offline: --cgroup' -r "$back; echo >$top/job/cpuset.mems" -s "cat $top/job/cpuset.mems" \
		-x 'timeout 3 /tmp/leave' -v -- --cgroup=/job --membind=4 --json
	mode 'node offline: --measure' -r "$back" -x 'timeout 3 /tmp/leave' -v -- \
		--measure --quick --buffer=2m --threads=1 --json
	rmdir $top/job
	eval "$back"
	[ "$(wc -l </tmp/gone)" -gt 40 ] || wrong "it went only $(wc -l </tmp/gone) times"
	echo "# it went $(wc -l </tmp/gone) times" >&3
}
