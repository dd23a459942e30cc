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
		'-- --cpunodebind=1 numaplace --show' '-- --physcpubind=3 numaplace --show'; do
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
