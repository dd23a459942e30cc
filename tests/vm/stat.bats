# Statistics by node: what --stat and numastat show, the files, and each other.
load guest

teardown()
{
	stop_target
	[ -z "${others-}" ] || kill -KILL $others 2>/dev/null || true
	others=
}

# Three processes that keep memory on known nodes, and do not move.
start_three()
{
	others=
	rm -f /tmp/silence /tmp/said.*
	mkfifo /tmp/silence
	for node in 1 2 3; do
		numaplace --membind=$node target anon=$((4 * node)) file=2 stack=1 3>&- <>/tmp/silence >/tmp/said.$node 2>&1 &
		others="$others $!"
		until grep -qs ready /tmp/said.$node; do sleep 0.1; done
	done
	read -r one two three <<<"$others"
}

# Pages of the process on the node, as numa_maps has them.
pages_of() # pid node
{
	grep -oE " N$2=[0-9]+" /proc/$1/numa_maps | cut -d= -f2 | awk '{ s += $1 } END { print s + 0 }'
}

@test "a table of three processes: the files' numbers, and numastat's" {
	start_three
	run numaplace --stat --pages $one $two $three
	[ "$status" = 0 ]
	[ "$(tr -s ' ' <<<"${lines[0]}")" = 'process node0 node1 node2 node3 total' ] || wrong ""
	for pid in $one $two $three; do
		read -r _ _ zero first second third all <<<"$(grep "^$pid " <<<"$output" | tr -- - 0)"
		node=0
		sum=0
		for pages in $zero $first $second $third; do
			want=$(pages_of $pid $node)
			((pages - want <= 1 && want - pages <= 1)) || wrong "$pid: node $node has $want"
			((sum += pages, ++node))
		done
		((sum == all)) || wrong "$sum"
	done
	((first >= 0 && third >= 12 * 256 + 256)) || wrong "the last one is on node 3"
	# numastat's in MiB with two decimals: a page is 0.004 of them.
	numaplace --stat --json $one $two $three >/tmp/json
	numastat -p $one $two $three >/tmp/theirs
	for pid in $one $two $three; do
		jq -r ".processes[] | select(.pid == $pid) | [.nodes[].total, .total.total] | map(. / 1048576) | join(\" \")" \
			/tmp/json >/tmp/mine
		grep "^$pid " /tmp/theirs | sed 's/.*)//' | tr -s ' ' '\n' | grep . >/tmp/columns
		[ "$(wc -l </tmp/columns)" = 5 ]
		paste <(tr ' ' '\n' </tmp/mine) /tmp/columns |
			awk '{ d = $1 - $2; if (d > 0.009 || d < -0.009) { print; bad = 1 } } END { exit bad }'
	done
	pid=
	cmp /tmp/theirs <(/compat/numastat -p $one $two $three)
	for options in "-p $two" "-c $two" "-v $one $three" "-s $one $two $three" "-zs $one $two $three" "-n -p $one" target; do
		# One after the other: each would find the other one by the name.
		# The machine goes on allocating.
		for tool in numastat /compat/numastat; do
			# shellcheck disable=SC2086 # options
			$tool $options | grep -v '^\(Numa_Hit\|Local_Node\|Other_Node\)' >/tmp/table.${#tool}
		done
		diff /tmp/table.8 /tmp/table.16 || wrong "$options"
	done
}

@test "kinds of one process, with huge pages" {
	echo 8 >/sys/devices/system/node/node2/hugepages/hugepages-2048kB/nr_hugepages
	start_program numaplace --membind=2 target hugetlb=16 anon=4 stack=2
	run numaplace --stat --json $pid
	huge='.processes[0].nodes[] | select(.id == 2) | .huge'
	[ "$(jq "$huge" <<<"$output")" = $((16 << 20)) ] || wrong ""
	[ "$(jq '.processes[0].total.stack' <<<"$output")" -ge $((2 << 20)) ]
	[ "$(jq '.processes[0].total.private' <<<"$output")" -ge $((4 << 20)) ]
	cmp <(numastat -p $pid) <(/compat/numastat -p $pid)
	# Full pools, as meminfo has them: in bytes.
	run numaplace --stat --meminfo --json
	[ "$(jq -c '.meminfo | [.HugePages_Total, .HugePages_Free]' <<<"$output")" = '[[0,0,16777216,0],[0,0,0,0]]' ] || wrong ""
	stop_target
	pid=
	echo 0 >/sys/devices/system/node/node2/hugepages/hugepages-2048kB/nr_hugepages
}

@test "counters: between what the files say before and after" {
	pages 8 >/dev/null
	numaplace --membind=3 pages 8 >/dev/null
	cat /sys/devices/system/node/node*/numastat >/tmp/before
	numaplace --stat --json >/tmp/json
	/compat/numastat >/tmp/plain
	cat /sys/devices/system/node/node*/numastat >/tmp/after
	for counter in numa_hit numa_miss numa_foreign interleave_hit local_node other_node; do
		grep "^$counter " /tmp/plain | tr -s ' ' '\n' | sed 1d >/tmp/row
		paste <(grep "^$counter " /tmp/before | cut -d' ' -f2) <(jq ".counters.$counter[]" /tmp/json) /tmp/row \
			<(grep "^$counter " /tmp/after | cut -d' ' -f2) >/tmp/rows
		[ "$(wc -l </tmp/rows)" = 4 ]
		awk '!($1 <= $2 && $2 <= $3 && $3 <= $4) { print; bad = 1 } END { exit bad }' /tmp/rows
	done
	[ "$(jq '.counters.other_node[3]' /tmp/json)" -gt 2000 ]
	[ "$(head -n 1 /tmp/plain)" = "$(numastat | head -n 1)" ]
}

@test "meminfo: the rows of the files" {
	run numaplace --stat --meminfo --json
	for node in 0 1 2 3; do
		[ "$(jq ".meminfo.MemTotal[$node] / 1024" <<<"$output")" = "$(awk '/MemTotal/ { print $4 }' /sys/devices/system/node/node$node/meminfo)" ]
	done
	[ "$(jq '.meminfo | length' <<<"$output")" = "$(wc -l </sys/devices/system/node/node0/meminfo)" ]
	run /compat/numastat -m
	grep -E '^MemTotal' <<<"$output" | cmp - <(numastat -m | grep -E '^MemTotal')
}

@test "metrics name nodes, and memory that is there" {
	start_three
	run numaplace --stat --openmetrics $two
	[ "${lines[-1]}" = '# EOF' ]
	bytes=$(sed -n "s/^numaplace_process_memory_bytes{pid=\"$two\",comm=\"target\",node=\"2\",kind=\"private\"} //p" <<<"$output")
	((bytes >= 8 << 20)) || wrong "$bytes"
	run numaplace --stat --openmetrics
	[ "$(grep -c '^numaplace_numa_hit_total{node="[0-3]"} [0-9]' <<<"$output")" = 4 ] || wrong ""
}

@test "--watch: memory that grows, by node" {
	coproc TARGET { exec numaplace --membind=1 bash -c 'x=$(head -c 4000000 /dev/zero | tr "\0" x); read -r -t 3 <> <(:); y=$x$x$x$x; kill -STOP $$' 3>&- 2>&1; }
	others=$TARGET_PID
	timeout 10 numaplace --stat --watch --json $others >/tmp/watched 3>&- || [ $? = 124 ]
	[ "$(jq -s '[.[].processes[0].nodes[1].per_second] | max > 1000000' /tmp/watched)" = true ] || { cat /tmp/watched; false; }
	[ "$(jq -s '[.[].processes[0].nodes[3].per_second] | max' /tmp/watched)" = 0 ]
}
