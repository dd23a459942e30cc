# --stat: counters, meminfo and the memory of processes by node. What numastat prints by its own name
# and by ours is compared on machines that both read in place of this one's /sys.
load helper
bats_require_minimum_version 1.5.0

teardown()
{
	[ -z "${pids-}" ] || kill $pids 2>/dev/null || true
	pids=
}

# A process that sleeps, by a name of its own: it is up when it is called by it.
start_sleeper() # name
{
	cp "$(type -P sleep)" "$BATS_TEST_TMPDIR/$1"
	"$BATS_TEST_TMPDIR/$1" 1000 3>&- &
	pid=$!
	pids="${pids-} $pid"
	until [ "$(cat /proc/$pid/comm)" = "${1:0:15}" ] && grep -qs heap /proc/$pid/numa_maps; do sleep 0.05; done
}

# A process that is not there any more.
find_gone()
{
	true &
	gone=$!
	wait $gone
}

need_numa() { [ -r /proc/self/numa_maps ] || skip "this kernel has no NUMA"; }

# A machine of many nodes, with long numbers.
make_wide() # nodes
{
	local node folder=$BATS_TEST_TMPDIR/wide/sys/devices/system/node

	for ((node = 0; node < $1; node++)); do
		mkdir -p "$folder/node$node"
		printf 'numa_hit %d\nnuma_miss %d\nnuma_foreign 0\ninterleave_hit %d\nlocal_node 7\nother_node %d\n' \
			$((100000 + node)) $((node * 3)) $((node % 2)) $((node == 2 ? 0 : 123456789)) >"$folder/node$node/numastat"
		printf 'Node %d MemTotal: %d kB\n' $node $((node * 1024)) >"$folder/node$node/meminfo"
	done
	echo "0-$(($1 - 1))" >"$folder/online"
	wide=$BATS_TEST_TMPDIR/wide
}

@test "counters, of sparse nodes too" {
	run "$numaplace" --sysroot="$machines/stat" --stat
	[ "$status" = 0 ]
	[ "$output" = '                node0  node2  node7  total
numa_hit         1000   1002   1007   3009
numa_miss           0      6     21     27
numa_foreign        0      0      0      0
interleave_hit      0      0      5      5
local_node        900    902    907   2709
other_node         77      0     77    154' ] || wrong ""
}

@test "rows and columns of zeros, and which come first" {
	run "$numaplace" --sysroot="$machines/stat" --stat --nonzero --sort=0
	[ "$(awk '{ print $1 }' <<<"$output" | xargs)" = 'node0 numa_hit local_node other_node numa_miss interleave_hit' ] ||
		wrong ""
	run "$numaplace" --sysroot="$machines/stat" --stat --sort=total
	[ "$(awk 'NR > 1 { print $NF }' <<<"$output" | xargs)" = '3009 2709 154 27 5 0' ] || wrong ""
	rm -rf "$BATS_TEST_TMPDIR/one"
	cp -r "$machines/stat" "$BATS_TEST_TMPDIR/one"
	sed -i 's/ [0-9]*$/ 0/' "$BATS_TEST_TMPDIR/one/sys/devices/system/node/node2/numastat"
	run "$numaplace" --sysroot="$BATS_TEST_TMPDIR/one" --stat --nonzero
	[ "$(head -n 1 <<<"$output" | xargs)" = 'node0 node7 total' ] || wrong ""
}

@test "meminfo, with the huge pages of all pools as sizes" {
	run "$numaplace" --sysroot="$machines/stat" --stat --meminfo
	[ "$status" = 0 ]
	[ "$output" = '                 node0  node2  node7  total
MemTotal         1.0 G  3.0 G  8.0 G   12 G
MemFree          7.0 M  5.0 M      -   12 M
Active(anon)         -      -      -      -
HugePages_Total  6.0 M  1.0 G  6.0 M  1.0 G
HugePages_Free   4.0 M  4.0 M  4.0 M   12 M
HugePages_Surp       -      -      -      -' ] || wrong ""
}

@test "JSON: bytes and counts, unknown is null" {
	run "$numaplace" --sysroot="$machines/stat" --stat --json
	[ "$(jq -c '[.nodes, .counters.numa_miss, (.counters | length)]' <<<"$output")" = '[[0,2,7],[0,6,21],6]' ] || wrong ""
	run "$numaplace" --sysroot="$machines/stat" --stat --meminfo --json
	[ "$(jq -c '[.meminfo.MemFree, .meminfo.HugePages_Total]' <<<"$output")" = \
		'[[7340032,5242880,0],[6291456,1080033280,6291456]]' ] || wrong ""
	cp -r "$machines/stat" "$BATS_TEST_TMPDIR/part"
	rm "$BATS_TEST_TMPDIR/part/sys/devices/system/node/node2/numastat"
	run "$numaplace" --sysroot="$BATS_TEST_TMPDIR/part" --stat --json
	[ "$(jq -c '.counters.numa_hit' <<<"$output")" = '[1000,null,1007]' ] || wrong ""
	run "$numaplace" --sysroot="$BATS_TEST_TMPDIR/part" --stat --nonzero
	[ "$(sed -n 's/^numa_hit *//p' <<<"$output" | xargs)" = '1000 ? 1007 ?' ] || wrong ""
}

@test "malformed files and machines without nodes: one line" {
	cp -r "$machines/stat" "$BATS_TEST_TMPDIR/bad"
	echo 'numa_hit many' >"$BATS_TEST_TMPDIR/bad/sys/devices/system/node/node2/numastat"
	run "$numaplace" --sysroot="$BATS_TEST_TMPDIR/bad" --stat
	refused '/sys/devices/system/node/node2/numastat: malformed'
	run "$numaplace" --sysroot="$machines/nonuma" --stat
	refused '--stat: the kernel has no NUMA nodes'
}

@test "the counters are this machine's" {
	need_numa
	before=$(awk '/^numa_hit/ { s += $2 } END { print s }' /sys/devices/system/node/node*/numastat)
	run "$numaplace" --stat --json
	after=$(awk '/^numa_hit/ { s += $2 } END { print s }' /sys/devices/system/node/node*/numastat)
	now=$(jq '.counters.numa_hit | add' <<<"$output")
	((before <= now && now <= after)) || wrong "$before $now $after"
	run "$numaplace" --stat --meminfo --json
	[ "$(jq '.meminfo.MemTotal | add / 1024' <<<"$output")" = \
		"$(awk '/MemTotal/ { s += $4 } END { print s }' /sys/devices/system/node/node*/meminfo)" ]
}

@test "a process, by number and by name" {
	need_numa
	start_sleeper slumberer
	all=$(grep -oE ' N[0-9]+=[0-9]+' /proc/$pid/numa_maps | cut -d= -f2 | awk '{ s += $1 } END { print s * 4096 }')
	run "$numaplace" --stat --json $pid
	[ "$(jq '.processes[0].total.total' <<<"$output")" = "$all" ] || wrong "$all"
	[ "$(jq -r '.processes[0].name' <<<"$output")" = slumberer ]
	[ "$(jq '[.processes[0].nodes[].total] | add' <<<"$output")" = "$all" ]
	[ "$(jq '.processes[0].total | .huge + .heap + .stack + .private' <<<"$output")" = "$all" ]
	[ "$(jq '.processes[0].total.heap' <<<"$output")" -gt 0 ]
	run "$numaplace" --stat --pages $pid
	[ "${lines[0]}" = "process $pid (slumberer)" ]
	[ "$(awk '{ print $1 }' <<<"$output" | xargs)" = 'process node0 huge heap stack private total' ] || wrong ""
	[ "$(awk 'END { print $NF }' <<<"$output")" = $((all / 4096)) ] || wrong "$all"
	# By a part of its name, and of its command line.
	for name in slumber "$BATS_TEST_TMPDIR/slumberer 10"; do
		run "$numaplace" --stat --json "$name"
		[ "$(jq '.processes[].pid' <<<"$output")" = $pid ] || wrong "$name"
	done
	# Once, though it is meant twice; never itself.
	run "$numaplace" --stat --json $pid slumberer $pid
	[ "$(jq '.processes | length' <<<"$output")" = 1 ] || wrong ""
}

@test "by name, with no descriptors: not as if there were no such process" {
	need_numa
	start_sleeper slumberer
	# One beside the standard ones, which bats has taken.
	run bash -c "ulimit -n 4; exec 3>&-; '$numaplace' --stat slumberer"
	[[ $status = 125 && $output == *': Too many open files' ]] || wrong ""
}

@test "several processes: a row each, and their total" {
	need_numa
	start_sleeper slumberer
	first=$pid
	start_sleeper nightcap
	run "$numaplace" --stat --pages slumberer $pid
	[ "$(awk '{ print $1 }' <<<"$output" | xargs)" = "process $first $pid total" ] || wrong ""
	all=$(grep -ohE ' N[0-9]+=[0-9]+' /proc/{$first,$pid}/numa_maps | cut -d= -f2 | awk '{ s += $1 } END { print s }')
	[ "$(awk 'END { print $NF }' <<<"$output")" = "$all" ] || wrong "$all"
	find_gone
	run --separate-stderr "$numaplace" --stat $first $gone nightcap
	[ "$status" = 1 ]
	[ "$stderr" = "numaplace: --stat: there is no process $gone" ] || wrong "$stderr"
	[ "$(awk '{ print $1 }' <<<"$output" | xargs)" = "process $first $pid total" ] || wrong ""
}

@test "processes that are not to be had: one line each" {
	need_numa
	find_gone
	run "$numaplace" --stat $gone
	refused "--stat: there is no process $gone"
	run "$numaplace" --stat 99999999999
	refused '--stat: there is no process 99999999999'
	run "$numaplace" --stat 0
	refused '--stat: there is no process 0'
	run "$numaplace" --stat 007
	refused "--stat: '007' is not the number of a process"
	run "$numaplace" --stat no-such-process-$RANDOM
	refused "--stat: no process with memory has 'no-such-process-[0-9]*' in its name or command line"
	run "$numaplace" --stat ''
	refused '--stat: an empty name'
	[ ! -e /proc/2/status ] || grep -q '^VmSize' /proc/2/status || {
		run "$numaplace" --stat 2
		refused '--stat: process 2 \(.*\) is a kernel thread'
	}
}

@test "another user's processes" {
	need_numa
	[ "$(id -u)" = 0 ] || skip "needs root to become somebody else"
	command -v setpriv >/dev/null || skip "there is no setpriv here"
	start_sleeper slumberer
	cp "$numaplace" /tmp/numaplace-stat-$$
	chmod 755 /tmp/numaplace-stat-$$
	run setpriv --reuid=65534 --regid=65534 --clear-groups /tmp/numaplace-stat-$$ --stat slumberer
	rm /tmp/numaplace-stat-$$
	[ "$status" = 125 ]
	[[ $output =~ "process $pid (slumberer) may not be looked at: it is user 0's, and this is user 65534" ]] || wrong ""
}

@test "what does not go together" {
	local options want

	while IFS='|' read -r options want; do
		# shellcheck disable=SC2086 # options
		run "$numaplace" $options
		refused "$want"
	done <<-'END'
		--meminfo|--meminfo: needs --stat
		--watch=3 --hardware|--watch: needs --stat
		--sort=0 true|--sort: needs --stat
		--stat --hardware|--hardware: conflicts with the other report
		--stat --pid=1|--stat: does not go with --pid
		--stat -m 0|--stat: goes with no placement
		--stat --dry-run|--dry-run: a report changes nothing
		--stat --json --openmetrics|--openmetrics: conflicts with --json
		--stat --json --sort=total|--sort: is of the table, not of --json
		--stat --openmetrics --pages --meminfo|--pages: is of the table, not of --openmetrics
		--stat --openmetrics --watch|--watch: does not go with --openmetrics
		--stat --meminfo 1|--meminfo: is of the machine, not of processes \(1\)
		--stat --pages|--pages: needs processes or --meminfo
		--stat --watch=0|--watch=0: takes a number from 1 to 86400
		--stat --watch=1.5|--watch=1.5: takes a number
		--stat --sort=numa_hit|--sort=numa_hit: there is no such column \(nodes .*, or total\)
		--stat --sort=1023|--sort=1023: there is no such column
		--stat 1 --json|--json: options stand before the processes
		--stat --tree|--tree: needs --pid
	END
	run "$numaplace" --sysroot="$machines/stat" --stat 1
	refused 'sysroot=.*: has no running processes'
	run "$numaplace" --sysroot="$machines/stat" --stat --meminfo --pages
	refused '--pages: the page size of another machine is not known'
	run "$numaplace" --sysroot="$machines/stat" --stat --watch
	refused '--watch: nothing changes in --sysroot='
}

@test "a name that begins with a dash stands behind two of them" {
	need_numa
	(exec -a -napper sleep 1000 3>&-) &
	pids=$!
	until grep -qs napper /proc/$pids/cmdline; do sleep 0.05; done
	run "$numaplace" --stat --json -- -napper
	[ "$(jq '.processes[].pid' <<<"$output")" = $pids ] || wrong ""
}

@test "wide machines fold on a terminal, and nowhere else" {
	make_wide 64
	run "$numaplace" --sysroot="$wide" --stat
	[ "${#lines[@]}" = 7 ]
	[ "$(awk 'NR == 2 { print NF }' <<<"$output")" = 66 ]
	for columns in 60 80 132; do
		script -qec "stty cols $columns; $numaplace --sysroot=$wide --stat" /dev/null 3>&- </dev/null |
			tr -d '\r' >"$BATS_TEST_TMPDIR/folded"
		widest=$(awk '{ if (length > w) w = length } END { print w }' "$BATS_TEST_TMPDIR/folded")
		((widest <= columns && widest > columns - 11)) || wrong "$columns: $widest"
		# All are there, once, in each row.
		[ "$(grep -o 'node[0-9]\+' "$BATS_TEST_TMPDIR/folded" | sort -u | wc -l)" = 64 ]
		[ "$(sed -n 's/^numa_miss *//p' "$BATS_TEST_TMPDIR/folded" | xargs)" = "$(seq -s ' ' 0 3 189) 6048" ]
	done
}

@test "--watch: again each second, with the change per second" {
	need_numa
	run timeout 10 bash -c "'$numaplace' --stat --watch | sed '/^per second/,/^other_node/!d; /^other_node/q'"
	[ "$status" = 0 ]
	[[ $(sed -n 's/^numa_hit *//p' <<<"$output") == +* ]] || wrong ""
	run timeout 20 bash -c "'$numaplace' --stat --watch=2 --json | head -n 2"
	[ "${#lines[@]}" = 2 ]
	[ "$(jq -c '[.seconds, .per_second]' <<<"${lines[0]}")" = '[null,null]' ]
	[ "$(jq '.seconds > 1.9 and (.per_second.numa_hit | add) >= 0' <<<"${lines[1]}")" = true ] || wrong ""
	# What has grown, but for what was rounded.
	[ "$(jq -s '(.[1].counters.numa_hit[0] - .[0].counters.numa_hit[0]) as $grown |
		$grown - .[1].per_second.numa_hit[0] * .[1].seconds | fabs <= 2 + $grown / 500' <<<"$output")" = true ] || wrong ""
}

@test "--watch ends with its processes" {
	need_numa
	start_sleeper slumberer
	"$numaplace" --stat --watch --json slumberer >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/errors" 3>&- &
	watcher=$!
	until [ -s "$BATS_TEST_TMPDIR/out" ]; do sleep 0.1; done
	kill $pid
	wait $watcher
	[ "$(cat "$BATS_TEST_TMPDIR/errors")" = "numaplace: process $pid (slumberer) has ended" ] ||
		wrong "$(cat "$BATS_TEST_TMPDIR/errors")"
	[ "$(jq '.processes[0].pid' "$BATS_TEST_TMPDIR/out" | sort -u)" = $pid ]
}

@test "--watch ends when nobody reads any more, and a full disk is an error" {
	run timeout 10 bash -c "{ '$numaplace' --stat --watch=3600; echo \$? >'$BATS_TEST_TMPDIR/status'; } | head -n 1"
	[ "$status" = 0 ]
	[ "$(cat "$BATS_TEST_TMPDIR/status")" = 0 ]
	for options in '' --meminfo --json --openmetrics $$; do
		# shellcheck disable=SC2086 # options
		run bash -c "'$numaplace' --stat $options >/dev/full"
		refused 'stdout: No space left on device'
	done
	run bash -c "'$numaplace' --stat >&-"
	refused 'stdout: '
}

@test "metrics, as promtool wants them" {
	need_numa
	start_sleeper 'odd"\name'
	run "$numaplace" --stat --openmetrics $pid
	[[ $output == *"{pid=\"$pid\",comm=\"odd\\\"\\\\name\",node=\"0\",kind=\"heap\"} "* ]] || wrong ""
	[ "${lines[-1]}" = '# EOF' ]
	start_sleeper $'a\e[2J\302\233q'
	run "$numaplace" --stat --openmetrics $pid
	[[ $output == *$'comm="a\357\277\275[2J\357\277\275q"'* ]] || wrong "controls"
	run "$numaplace" --sysroot="$machines/stat" --stat --openmetrics
	[ "$(grep -c '^numaplace_[a-z_]*_total{node="[027]"} [0-9]*$' <<<"$output")" = 18 ] || wrong ""
	grep -qx '# TYPE numaplace_numa_miss_total counter' <<<"$output"
	grep -qx 'numaplace_numa_miss_total{node="7"} 21' <<<"$output"
	run "$numaplace" --sysroot="$machines/stat" --stat --meminfo --openmetrics
	grep -qx 'numaplace_memory_bytes{node="2",row="MemTotal"} 3221225472' <<<"$output"
	promtool=$("$root/tests/promtool" --offline) || skip "promtool is not here (tests/promtool fetches it)"
	for options in "--stat --openmetrics $pid" '--stat --openmetrics' '--stat --openmetrics --meminfo'; do
		# shellcheck disable=SC2086 # options
		"$numaplace" $options >"$BATS_TEST_TMPDIR/metrics"
		run "$promtool" check metrics <"$BATS_TEST_TMPDIR/metrics"
		[ "$status" = 0 ] || wrong "$options"
		[ -z "$output" ] || wrong "$options"
	done
}

# What follows goes by the name numastat.

setup()
{
	ln -s "$numaplace" "$BATS_TEST_TMPDIR/numastat"
	ours=$BATS_TEST_TMPDIR/numastat
}

# Runs a command where the nodes of that machine are in place of this one's.
on_machine() # folder command...
{
	unshare -m bash -c 'mount --bind "$0/sys/devices/system/node" /sys/devices/system/node && exec "$@"' "$@"
}

need_machines()
{
	type -P numastat >/dev/null || skip "there is no numastat here"
	on_machine "$machines/stat" true 2>/dev/null || skip "this user may not mount"
}

@test "numastat: the same tables as the original" {
	need_numa
	need_machines
	start_sleeper slumberer
	first=$pid
	start_sleeper a-long-nightcap
	make_wide 9
	count=0
	for machine in "$machines/stat" "$wide"; do
		while read -r options; do
			# shellcheck disable=SC2086 # options
			theirs=$(on_machine "$machine" numastat $options)
			# shellcheck disable=SC2086 # options
			run --separate-stderr on_machine "$machine" "$ours" $options
			[ "$status" = 0 ] || wrong "$options" || return
			[ "$output" = "$theirs" ] || { diff <(echo "$theirs") <(echo "$output"); echo "numastat $options"; false; } || return
			[ -z "$stderr" ] || wrong "$options: $stderr" || return
			((++count))
		done <<-END

			-n
			-c
			-z
			-nz
			-czn
			-v
			-s
			-p $first
			$first
			-c $first
			-z $first
			-zc -p $first
			$first $pid
			$pid $first
			-p $first -p $pid
			-s $first $pid
			-v $first $pid
			-c -n $first
			-n -p $first
			slumberer
			-c slumberer
			$first -c
			-- $first
		END
		for width in 20 48 64 80 100; do
			export NUMASTAT_WIDTH=$width
			for options in '' -n "$first" "$first $pid" '-c -n'; do
				# shellcheck disable=SC2086 # options
				[ "$(on_machine "$machine" "$ours" $options)" = "$(on_machine "$machine" numastat $options)" ] || wrong "$width $options"
				((++count))
			done
			unset NUMASTAT_WIDTH
		done
	done
	[ $count -ge 90 ] || wrong "only $count"
}

@test "numastat -m: each row that both have is the same" {
	need_numa
	need_machines
	cp -r "$machines/stat" "$BATS_TEST_TMPDIR/machine"
	# Of huge pages the original counts one pool.
	sed -i '/HugePages/d' "$BATS_TEST_TMPDIR/machine/sys/devices/system/node"/*/meminfo
	for options in -m -mz -mc; do
		theirs=$(on_machine "$BATS_TEST_TMPDIR/machine" numastat $options | grep -vE '^Token|HugePages')
		run on_machine "$BATS_TEST_TMPDIR/machine" "$ours" $options
		# Columns are as wide as rows that the original has in mind.
		[ "$(grep -E '^(MemTotal|MemFree)' <<<"$output" | tr -s ' ')" = \
			"$(grep -E '^(MemTotal|MemFree)' <<<"$theirs" | tr -s ' ')" ] || wrong "$theirs"
		[[ $output == *'Per-node system memory usage (in MBs):'* ]]
	done
	run on_machine "$machines/stat" "$ours" -m
	[ "$(grep -E '^HugePages_Total' <<<"$output" | xargs)" = 'HugePages_Total 6.00 1030.00 6.00 1042.00' ] || wrong ""
}

@test "numastat: its bugs are not ours" {
	need_numa
	start_sleeper slumberer
	find_gone
	# The last process has gone: the others are shown.
	run --separate-stderr "$ours" $pid $gone
	[ "$status" = 1 ]
	[ "$stderr" = "numastat: there is no process $gone" ] || wrong "$stderr"
	[[ $output == *"for PID $pid (slumberer)"* ]] || wrong ""
	for line in "$gone|there is no process $gone" '99999999999|there is no process 99999999999' \
		"no-such-process|no process with memory has 'no-such-process' in its name or command line" \
		'-sx|-sx: .x. is no node' '-msc|-sc: .c. is no node \(write -sN, or -s as the last letter: -mcs\)' \
		'-n -s9999|-s9999: there is no such column' '-p|-p: needs a PID.NAME behind it' '-x|-x: unknown option' \
		'--meminfo|unknown'; do
		# shellcheck disable=SC2086 # options
		run "$ours" ${line%%|*}
		[ "$status" = 1 ] || wrong "$line"
		[ "${#lines[@]}" = 1 ] || wrong "$line"
		[[ $output =~ ^numastat:\ .*${line#*|} ]] || wrong "$line"
	done
	run "$ours" ''
	[ "$status" = 1 ]
	[[ $output == 'numastat: an empty name'* ]]
	run "$ours" --help
	[ "$status" = 1 ]
	[[ $output == 'Usage: numastat'* ]]
	run "$ours" -V
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 1 ]
	run bash -c "'$ours' >/dev/full"
	[ "$status" = 1 ]
	[ "$output" = 'numastat: stdout: No space left on device' ] || wrong ""
}

@test "numastat: sorts by the node that was named, on sparse machines too" {
	need_machines
	run on_machine "$machines/stat" "$ours" -n -s7
	[ "$(awk 'NR > 4 { print $1 }' <<<"$output" | xargs)" = \
		'Numa_Hit Local_Node Other_Node Numa_Miss Interleave_Hit Numa_Foreign' ] || wrong ""
}

@test "numastat: a node that tells nothing is an error, not a gap" {
	need_machines
	local machine=$BATS_TEST_TMPDIR/machine
	cp -r "$machines/stat" "$machine"
	cd "$machine/sys/devices/system/node" || return
	rm node2/numastat
	for line in '|counters of node 2' '-n|counters of node 2' '-cz|counters of node 2' '-mn|counters of node 2'; do
		# shellcheck disable=SC2086 # options
		run on_machine "$machine" "$ours" ${line%%|*}
		[ "$status" = 1 ] || wrong "$line"
		[ "$output" = "numastat: the kernel tells no ${line#*|}" ] || wrong "$line"
		# shellcheck disable=SC2086
		run on_machine "$machine" numastat ${line%%|*}
		[ "$status" = 1 ] || wrong "the original: $line"
	done
	run on_machine "$machine" "$ours" -m
	[ "$status" = 0 ] || wrong ""
	rm node0/numastat node*/meminfo
	: >node7/numastat
	run on_machine "$machine" "$ours"
	[ "$status" = 1 ] || wrong ""
	[ "$output" = 'numastat: the kernel tells no counters of nodes 0,2,7' ] || wrong ""
	run on_machine "$machine" "$ours" -m
	[ "$status" = 1 ] || wrong ""
	[ "$output" = 'numastat: the kernel tells no memory of nodes 0,2,7' ] || wrong ""
	# What cannot be read at all is named.
	mkdir node2/numastat
	run on_machine "$machine" "$ours"
	[ "$status" = 1 ] || wrong ""
	[ "$output" = 'numastat: /sys/devices/system/node/node2/numastat: Is a directory' ] || wrong ""
}

@test "a machine without counters" {
	run "$numaplace" --stat --sysroot="$(sysroot four)"
	refused '^numaplace: --stat: the kernel tells no counters of nodes$'
	run "$numaplace" --stat --meminfo --sysroot="$(sysroot nonuma)"
	refused '^numaplace: --stat: '
}
