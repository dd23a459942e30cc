# free:SIZE, best and --need, on nodes that are loaded and filled.
load guest

teardown()
{
	for pid in ${spinners-}; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf /tmp/file
	! rmdir /sys/fs/cgroup/narrow 2>/dev/null || true
}

# Something that runs on these CPUs all the time.
load_cpus() # cpu...
{
	local cpu

	for cpu; do
		taskset -c "$cpu" bash -c 'while :; do :; done' 3>&- &
		spinners+=" $!"
		until [ "$(awk '{ print $3 $39 }' "/proc/$!/stat")" = "R$cpu" ]; do :; done
	done
}

plan() # options...
{
	output=$(numaplace --dry-run --json "$@")
	status=$?
}

# The kilobytes of a node's meminfo that can be had, by its own sum.
room() # node
{
	awk '$3 ~ /^(MemFree|Active\(file\)|Inactive\(file\)|SReclaimable):$/ { sum += $4 } END { print sum }' \
		"/sys/devices/system/node/node$1/meminfo"
}

@test "best is where nothing runs, and memory and threads agree" {
	load_cpus 0 1
	plan -N best -m best
	[ "$(jq -r '.policy.nodes + " " + .cpus' <<<"$output")" = '1 2-3' ] || wrong "not node 1"
	jq -e '.chosen | length == 1' <<<"$output" || wrong "chosen twice"
	jq -e '.chosen[0].candidates | map(.load) | .[0] >= 1 and .[1] < .[0]' <<<"$output" || wrong "loads"
	run numaplace -N best -m best pages 16
	only_on 1
	ran_on 2-3
}

@test "and moves when the load does" {
	load_cpus 2 3
	run numaplace -m best -N same pages 16
	only_on 0
	ran_on 0-1
	run numaplace --verbose -N best -m best true
	[[ $output =~ '--membind=best: nodes 0; best: node 0 (free '[0-9.]+' M, load '[0-9.]+'); the next is node 1 (free ' ]] ||
		wrong "the reason"
}

@test "free: the room that meminfo tells, near to the CPUs, and pages that lie there" {
	plan -N 1 -m free:64m
	[ "$(jq -r .policy.nodes <<<"$output")" = 1 ] || wrong "not near"
	jq -e '.chosen[0].near == "2-3"' <<<"$output" || wrong "near to what?"
	for node in 0 1 2 3; do
		reported=$(($(jq ".chosen[0].candidates[$node] | .free + .reclaimable" <<<"$output") >> 10))
		counted=$(room $node)
		((reported > counted - 16384 && reported < counted + 16384)) || wrong "node $node: $reported, not $counted"
	done
	run numaplace -N 1 -m free:64m pages 64
	only_on 1
	ran_on 2-3
	# No node has so much alone.
	most=0
	for node in 0 1 2 3; do
		(($(room $node) <= most)) || most=$(room $node)
	done
	plan -N 1 -m free:$((most + 65536))k
	jq -e '.chosen[0].nodes | test("[-,]")' <<<"$output" || wrong "one node"
	run numaplace -m free:100g true
	refused 'free:100g: the largest set has .* free and reclaimable \(nodes 0-3\)'
}

@test "what others have taken is not free; their file cache is" {
	mkdir -p /tmp/file
	mount -t tmpfs -o mpol=bind:0 tmpfs /tmp/file
	plan -N 0 -m free:128m
	[ "$(jq -r .policy.nodes <<<"$output")" = 0 ] || wrong "before"
	fill=$(($(room 0) - 65536))
	dd if=/dev/zero of=/tmp/file/fill bs=1M count=$((fill / 1024)) 2>/dev/null
	run numaplace --verbose -N 0 -m free:128m pages 16
	only_on 2
	[[ $output =~ 'free:128m: node 2 (free '[0-9]+' M); node 0 has only '[0-9]+' M' ]] || wrong "the reason"
	run numaplace -m 0 --need=128m touch /tmp/started
	refused 'need=128m: node 0 of --membind can hold [0-9]+ M, free and reclaimable'
	[ ! -e /tmp/started ]
	run numaplace --best-effort -m 0 --need=128m true
	ran
	umount /tmp/file
	run numaplace -m 0 --need=128m true
	ran
}

@test "the cpuset binds it" {
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p /sys/fs/cgroup/narrow
	echo 0,3 >/sys/fs/cgroup/narrow/cpuset.mems
	echo 0-3 >/sys/fs/cgroup/narrow/cpuset.cpus
	within() { run bash -c 'echo $$ >/sys/fs/cgroup/narrow/cgroup.procs; exec "$@"' - "$@"; }
	load_cpus 0 1
	within numaplace -N 1 -m free:64m pages 16
	only_on 3
	# Node 1 is idle, but none of its memory is allowed.
	within numaplace -N best -m best pages 16
	only_on 0
	within numaplace --all -N best -m best pages 16
	only_on 0
	within numaplace -m free:10g true
	refused 'the largest set has .* \(nodes 0,3\)'
}

@test "a kernel without weights says so, one with them shows its own" {
	weights=/sys/kernel/mm/mempolicy/weighted_interleave
	if kernel_at_least 6 9; then
		run bash -c 'numaplace --hardware --weights --json | jq .nodes[].now'
		[ "$output" = "$(cat $weights/node{0..3})" ] || wrong "not the kernel's"
		return
	fi
	for operand in 0:3,2:1 hmat auto; do
		run numaplace --set-weights=$operand
		refused "set-weights=$operand: weights need Linux 6.9\$"
	done
	# What follows from the bandwidths does not need the kernel's.
	run bash -c 'numaplace --hardware --weights --json | jq -c "[.automatic, (.nodes[] | .weight, .now)]"'
	[ "$output" = '[null,5,null,5,null,1,null,1,null]' ] || wrong "by HMAT"
}
