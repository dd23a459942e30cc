# Each mode and each way to name CPUs: pages counted, affinity read back, after the fact.
load guest

@test "interleave spreads pages evenly over two, three and all nodes" {
	run numaplace --interleave=0-1 pages 32
	evenly_on 0 1
	had_policy interleave:0-1
	run numaplace -i 0,2-3 pages 32
	evenly_on 0 2 3
	run numaplace --interleave=all pages 32
	evenly_on 0 1 2 3
}

@test "membind keeps pages on its nodes, wherever the thread runs" {
	for node in 0 1 2 3; do
		run numaplace --membind=$node --physcpubind=3 pages 16
		only_on $node
		ran_on 3
		had_policy bind:$node
	done
	run numaplace --membind=2-3 pages 16
	ran
	[ "$(on_node 0)" = 0 ] && [ "$(on_node 1)" = 0 ] || wrong "pages left the nodes"
}

@test "membind does not spill: the kernel kills" {
	size=$(($(free_mib 2) + 64))
	run numaplace --membind=2 pages $size
	[ "$status" = 137 ] || wrong "not killed"
}

@test "preferred takes its node, and others when it is full" {
	run numaplace --preferred=3 --cpunodebind=0 pages 16
	only_on 3
	size=$(($(free_mib 2) + 64))
	run numaplace --preferred=2 --cpunodebind=1 pages $size
	ran
	(($(on_node 2) * 100 >= $(all_pages) * 70)) || wrong "node 2 was not filled first"
	(($(on_node 2) < $(all_pages))) || wrong "nothing spilled"
}

@test "preferred-many takes its nodes, and others when they are full" {
	run numaplace --preferred-many=2-3 --cpunodebind=0 pages 16
	ran
	[ "$(on_node 0)" = 0 ] && [ "$(on_node 1)" = 0 ] || wrong "pages left the nodes"
	size=$(($(free_mib 2) + $(free_mib 3) + 64))
	run numaplace --preferred-many=2-3 --cpunodebind=0 pages $size
	ran
	(($(on_node 2) + $(on_node 3) < $(all_pages))) || wrong "nothing spilled"
	(($(on_node 2) > 70 * 256 && $(on_node 3) > 70 * 256)) || wrong "they were not filled"
}

@test "localalloc takes the node of the CPU" {
	run numaplace --localalloc --cpunodebind=1 pages 16
	only_on 1
	ran_on 2-3
	run numaplace --localalloc --physcpubind=0 pages 16
	only_on 0
	# What was inherited is replaced.
	run numactl --membind=3 numaplace --localalloc --cpunodebind=0 pages 16
	only_on 0
}

@test "weighted interleave follows the kernel's weights" {
	if ! kernel_at_least 6 9; then
		run numaplace --weighted-interleave=0,2 pages 16
		refused 'weighted-interleave needs Linux 6.9'
		return
	fi
	weights=/sys/kernel/mm/mempolicy/weighted_interleave
	first=$(<$weights/node0) second=$(<$weights/node2)
	((first > second))
	run numaplace --weighted-interleave=0,2 pages 64
	only_on 0 2
	share=$(($(all_pages) * first / (first + second)))
	(($(on_node 0) * 100 > share * 95 && $(on_node 0) * 100 < share * 105)) ||
		wrong "not $first to $second"
	run numaplace --weighted-interleave=all pages 60
	only_on 0 1 2 3
	sum=0
	for node in 0 1 2 3; do
		((sum += $(<$weights/node$node)))
	done
	for node in 0 1 2 3; do
		share=$(($(all_pages) * $(<$weights/node$node) / sum))
		(($(on_node $node) * 100 > share * 95 && $(on_node $node) * 100 < share * 105)) ||
			wrong "node $node holds $(on_node $node) pages, not about $share"
	done
	run numaplace -w 0,2 numaplace --show
	[[ $output == *"policy: weighted-interleave"*"interleaveweights: $first $second "* ]] ||
		wrong "no weights"
	run bash -c 'numaplace -w 0,2 numaplace --show --json | jq -c .policy.weights'
	[ "$output" = "[$first,$second]" ]
}

@test "balancing is a flag of the policy" {
	run numaplace --balancing --membind=0-1 pages 16
	ran
	had_policy bind=balancing:0-1
	run bash -c 'numaplace -b -m 0-1 numaplace --show --json | jq -c ".policy | [.mode, .nodes, .flags]"'
	[ "$output" = '["bind","0-1",["balancing"]]' ] || wrong "no flag"
	if kernel_at_least 6 10; then
		run numaplace --balancing --preferred-many=0-1 numaplace --show
		[[ $output == *"policy: preferred-many"*"policy flags: balancing"* ]] || wrong "no flag"
	else
		run numaplace --balancing --preferred-many=0-1 true
		refused 'balancing with --preferred-many needs Linux 6.10'
	fi
}

@test "CPUs of nodes, CPUs, and both" {
	run numaplace --cpunodebind=1 pages 4
	ran_on 2-3
	run numaplace --cpunodebind=0-1 pages 4
	ran_on 0-3
	run numaplace --physcpubind=1,3 pages 4
	ran_on 1,3
	run numaplace --physcpubind=1-2 --cpunodebind=1 pages 4
	ran_on 2
	run numaplace --cpunodebind=0 --physcpubind=2-3 true
	refused 'physcpubind=2-3: none of these CPUs is on the nodes of --cpunodebind=0'
	run numaplace -N 2 true
	refused 'cpunodebind=2: node 2 has no CPUs \(nodes with CPUs: 0-1\)'
}

@test "expressions: all but, counted, steps, the same" {
	run numaplace --interleave='!0' pages 24
	evenly_on 1 2 3
	run numaplace --membind=+3 pages 4
	only_on 3
	run numaplace --interleave=0-3:2 pages 16
	evenly_on 0 2
	run numaplace --cpunodebind=1 --membind=same pages 4
	only_on 1
	ran_on 2-3
	run numaplace --physcpubind='!1' pages 4
	ran_on 0,2-3
	run numaplace --physcpubind='!+0' pages 4
	ran_on 1-3
	run taskset -c 2-3 numaplace --physcpubind='!2' pages 4
	ran_on 3
}

@test "an inherited affinity holds, and --all looks beyond it" {
	run taskset -c 0,2 numaplace --cpunodebind=0 pages 4
	ran_on 0
	run taskset -c 0 numaplace --cpunodebind=1 true
	refused 'the inherited affinity allows CPUs 0 only \(--all looks beyond it\)'
	run taskset -c 0 numaplace --all --cpunodebind=1 pages 4
	ran_on 2-3
	run taskset -c 0 numaplace --all --physcpubind=all pages 4
	ran_on 0-3
}

@test "nothing asked, nothing changed; nesting composes" {
	run numactl --interleave=1-2 taskset -c 3 numaplace pages 16
	evenly_on 1 2
	ran_on 3
	run numaplace --membind=3 numaplace --cpunodebind=1 numaplace --physcpubind=+1 pages 4
	only_on 3
	ran_on 3
	run numaplace --interleave=all numaplace --membind=2 pages 4
	only_on 2
}

@test "children and threads inherit the placement" {
	run numaplace --membind=2 --physcpubind=1 bash -c 'pages 4; true'
	only_on 2
	ran_on 1
}

@test "show tells each mode as it is" {
	for mode in interleave=0-1 preferred=2 preferred-many=1-2 membind=0,3; do
		run bash -c "numaplace --$mode numaplace --show --json | jq -r '.policy.mode + \" \" + .policy.nodes'"
		[ "$output" = "${mode/membind/bind}" ] || [ "${output/ /=}" = "${mode/membind/bind}" ] ||
			wrong "not $mode"
	done
	run bash -c 'numaplace --localalloc numaplace --show --json | jq -r .policy.mode'
	[ "$output" = local ]
	run bash -c 'numaplace --show --json | jq -r .policy.mode'
	[ "$output" = default ]
	run numaplace --interleave=1-2 --show
	[[ $output == *"policy: interleave"*"(interleave next)"*"interleavemask: 1 2 "* ]] || wrong "no mask"
}

@test "a dry run does nothing and says it all" {
	run strace -f -o /tmp/calls numaplace --dry-run --interleave=0-7 --cpunodebind=1 pages 4
	ran
	! grep -E '(set_mempolicy|sched_setaffinity)\(' /tmp/calls || wrong "it does"
	[ "$(grep -c 'execve(' /tmp/calls)" = 1 ]
	[[ $output == *"left out: of --interleave=0-7: 4-7 (does not exist)"* ]] || wrong "left out"
}

@test "hardware: what the kernel says" {
	run bash -c 'numaplace --hardware --json | jq -c .distances.matrix'
	[ "$output" = '[[10,21,17,28],[21,10,28,17],[17,28,10,28],[28,17,28,10]]' ]
	run bash -c 'numaplace --hardware --json | jq -c "[.nodes[].cpus]"'
	[ "$output" = '["0-1","2-3","",""]' ]
	for node in 0 1 2 3; do
		run bash -c "numaplace --hardware --json | jq .nodes[$node].memory.total"
		[ "$output" = $(($(awk '/MemTotal/ { print $4 }' \
			/sys/devices/system/node/node$node/meminfo) * 1024)) ]
	done
	run numaplace --hardware
	[ "$(grep -c 'no CPUs' <<<"$output")" = 2 ] || wrong "CPU-less nodes are not marked"
}
