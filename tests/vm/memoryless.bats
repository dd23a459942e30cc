# Node 1 has CPUs and no memory, node 2 memory and no CPUs; two hardware threads a core.
load guest

@test "CPUs of a node without memory" {
	run numaplace --cpunodebind=1 pages 4
	ran_on 2-3
	run numaplace --cpunodebind=all pages 4
	ran_on 0-3
	run numaplace --cpunodebind='!0' pages 4
	ran_on 2-3
	PATH=/compat:$PATH run numactl --cpunodebind=1 pages 4
	ran_on 2-3
}

@test "memory of a node without memory is refused" {
	run numaplace --membind=1 true
	refused 'membind=1: node 1 has no memory \(nodes with memory: 0,2\)'
	run numaplace --membind=1-1 true
	refused 'no node with memory in the range 1-1'
}

@test "all and ! are the nodes with memory" {
	run numaplace --interleave=all pages 16
	evenly_on 0 2
	run numaplace --membind='!0' pages 4
	only_on 2
	run numaplace --interleave=0-2 pages 16
	evenly_on 0 2
}

@test "local memory of its CPUs is that of a neighbour" {
	run numaplace --cpunodebind=1 --localalloc pages 4
	ran_on 2-3
	had_policy local
	(($(all_pages) == 1024 && $(on_node 1) == 0)) || wrong "pages on node 1"
}

@test "one hardware thread of each core" {
	run numaplace --one-per-core pages 4
	ran_on 0,2
	run numaplace --one-per-core --cpunodebind=1 pages 4
	ran_on 2
	run numaplace --one-per-core --physcpubind=1,3 pages 4
	ran_on 1,3
	run taskset -c 1-3 numaplace --one-per-core pages 4
	ran_on 1-2
}

@test "an offline CPU" {
	echo 0 >/sys/devices/system/cpu/cpu3/online
	run numaplace --physcpubind=3 true
	echo 1 >/sys/devices/system/cpu/cpu3/online
	refused 'physcpubind=3: CPU 3 is offline \(CPUs: 0-2\)'
	echo 0 >/sys/devices/system/cpu/cpu3/online
	run numaplace --physcpubind=2-3 pages 4
	echo 1 >/sys/devices/system/cpu/cpu3/online
	ran_on 2
}

@test "hardware marks both" {
	run numaplace --hardware
	ran
	grep -E '^ +1: .* no memory$' <<<"$output" || wrong "node 1"
	grep -E '^ +2: .* no CPUs$' <<<"$output" || wrong "node 2"
}

@test "weights where the firmware tells no bandwidths: set, used, and no way back to automatic ones" {
	if ! kernel_at_least 6 9; then
		run numaplace --set-weights=0:3
		refused 'set-weights=0:3: weights need Linux 6.9'
		return
	fi
	kernel_at_least 6 16 || skip "this kernel has no automatic weights"
	weights=/sys/kernel/mm/mempolicy/weighted_interleave
	automatic=$weights/auto
	[ -e $automatic ] || automatic=${weights}/__auto_type
	run numaplace --set-weights=1:3
	refused 'set-weights=1:3: node 1 has no memory \(nodes with memory: 0,2\)'
	run numaplace --set-weights=hmat
	refused 'set-weights=hmat: no bandwidth is known'
	[ "$(cat $automatic)" = true ]
	run numaplace --set-weights=0:3
	ran
	[[ $output == *'until it is started anew'*'to go back: numaplace --set-weights=0:1,2:1'* ]] || wrong "what it means"
	[ "$(cat $automatic $weights/node0 $weights/node2 | tr '\n' ' ')" = 'false 3 1 ' ] || wrong "not set"
	run numaplace -w 0,2 pages 64
	only_on 0 2
	sum=$(all_pages)
	(($(on_node 0) * 1000 > sum * 740 && $(on_node 0) * 1000 < sum * 760)) || wrong "not 3 to 1"
	run bash -c "echo true >$automatic"
	[ "$status" != 0 ] || wrong "the kernel goes back"
	run numaplace --set-weights=auto
	refused 'the firmware tells no bandwidths to make automatic weights of'
	run numaplace --set-weights=0:1,2:1
	ran
}
