# What --measure does on a machine with real nodes, of whatever shape: who measures what, where the
# buffers and the threads are meanwhile. Emulated, so no figure says anything.
load guest

setup()
{
	pid=
	cd /sys/devices/system/node
	initiators=() targets=() cpus=()
	for node in $(ls -d node[0-9]* | tr -d a-z | sort -n); do
		[ -z "$(cat "node$node/cpulist")" ] || initiators+=("$node")
		[ -z "$(cat "node$node/cpulist")" ] || cpus[node]=$(cat "node$node/cpulist")
		! grep -q 'MemTotal: *[1-9]' "node$node/meminfo" || targets+=("$node")
	done
	cd /tmp
}

teardown()
{
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	[ ! -d /sys/fs/cgroup/measured ] || rmdir /sys/fs/cgroup/measured
}

# The values of a member, on a line.
said() # filter
{
	jq -r "[$1] | join(\" \")" json
}

# The CPUs of a list, one a line.
each_cpu() # list
{
	tr , '\n' <<<"$1" | while IFS=- read -r low high; do seq "$low" "${high:-$low}"; done
}

@test "from each node with CPUs to each with memory, and the pages are there" {
	run numaplace --measure --quick --buffer=8m --json
	ran
	echo "$output" >json
	[ "$(said '.initiators[].node')" = "${initiators[*]}" ] || wrong "initiators"
	[ "$(said '.targets[].node')" = "${targets[*]}" ] || wrong "targets"
	for node in "${initiators[@]}"; do
		[ "$(said ".initiators[] | select(.node == $node) | .cpus")" = "${cpus[node]}" ] || wrong "CPUs of $node"
	done
	want=$(for i in "${initiators[@]}"; do for t in "${targets[@]}"; do echo "$i-$t"; done; done)
	[ "$(said '.pairs[] | "\(.initiator)-\(.target)"')" = "$(echo $want)" ] || wrong "pairs"
	jq -e '.complete and all(.targets[]; .left_out == null and .pages.asked == 2048 and .pages.on_node == 2048)
		and all(.pairs[]; all(.latency, .read, .write, .copy, .mix; .median > 0 and (.runs | length) == 3))' json ||
		wrong "not whole"
	# Beside them what the kernel and the firmware say.
	for i in "${initiators[@]}"; do
		read -ra distances <"/sys/devices/system/node/node$i/distance"
		place=0
		for t in $(ls -d /sys/devices/system/node/node[0-9]* | sed 's/.*node//' | sort -n); do
			[[ " ${targets[*]} " != *" $t "* ]] ||
				[ "$(said ".pairs[] | select(.initiator == $i and .target == $t) | .distance")" = \
					"${distances[place]}" ] || wrong "$i to $t"
			place=$((place + 1))
		done
	done
	for t in "${targets[@]}"; do
		access=/sys/devices/system/node/node$t/access1/initiators
		[ -e "$access/read_latency" ] || continue
		for i in "${initiators[@]}"; do
			latency=$(said ".pairs[] | select(.initiator == $i and .target == $t) | .hmat_latency // 0")
			if [ -e "$access/node$i" ]; then
				[ "$latency" = "$(cat $access/read_latency)" ] || wrong "HMAT $i to $t"
			else
				[ "$latency" = 0 ] || wrong "HMAT tells nothing of $i to $t"
			fi
		done
	done
}

# Each run as the system calls have it: which buffer was bound, and then the CPUs of its threads.
@test "threads are on CPUs of their node, in the order of the plan" {
	run strace -f --seccomp-bpf -o calls -e trace=mbind,sched_setaffinity numaplace --measure --quick --buffer=8m
	ran
	# "bind 2", "cpu 0", ...
	sed -n 's/.*mbind(0x[0-9a-f]*, 8388608, MPOL_PREFERRED, \[0x\([0-9a-f]*\).*/bind \1/p
		s/.*sched_setaffinity(0, [0-9]*, \[\([0-9]*\)[] ].*/cpu \1/p' calls >seen
	for target in "${targets[@]}"; do
		printf 'bind %016x\n' $((1 << target))
		# Latencies, a run to warm up and three that count.
		for node in "${initiators[@]}"; do
			first=$(each_cpu "${cpus[node]}" | head -n 1)
			printf 'cpu %s\n' "$first" "$first" "$first" "$first"
		done
		# Four bandwidths, on all CPUs.
		for node in "${initiators[@]}"; do
			for _ in {1..16}; do each_cpu "${cpus[node]}" | sed 's/^/cpu /'; done
		done
	done >planned
	# Threads of a run begin in any order.
	runs() { awk '{ sub(/^bind 0*/, "bind "); print }' "$1" | sort | uniq -c; }
	diff <(runs planned) <(runs seen) || wrong "other CPUs"
	# Those of a buffer lie between its binding and the next.
	awk '/^bind/ { n++ } { print n, $0 }' planned | sort >planned.parts
	awk '/^bind/ { n++ } { print n, $0 }' seen | sort >seen.parts
	diff <(sed 's/bind 0*/bind /' planned.parts) <(sed 's/bind 0*/bind /' seen.parts) || wrong "another order"
}

# The CPUs that it may run on, and the one that it is on.
see_thread() # folder
{
	local lines line allowed='' fields

	{ mapfile -t lines <"$1/status"; } 2>/dev/null || return 0
	for line in "${lines[@]}"; do
		[[ $line != Cpus_allowed_list:* ]] || allowed=${line##*$'\t'}
	done
	{ read -r line <"$1/stat"; } 2>/dev/null || return 0
	read -ra fields <<<"${line##*) }"
	echo "$allowed ${fields[36]}"
}

# Measures, and looks meanwhile: threads live for 100 ms, so that it is stopped for each look.
watch_it()
{
	numaplace --measure --buffer=16m --json >json 3>&- &
	pid=$!
	while kill -STOP $pid 2>/dev/null; do
		mapfile -t lines 2>/dev/null <"/proc/$pid/numa_maps" || lines=()
		for line in "${lines[@]}"; do
			[[ $line != *' prefer:'* ]] || echo "$line" >>maps
		done
		for task in "/proc/$pid/task"/*; do
			[ "${task##*/}" = $pid ] || see_thread "$task" >>threads
		done
		kill -CONT $pid 2>/dev/null || break
		sleep 0.5
	done
	wait $pid
	pid=
}

# All buffers, and a thread.
has_seen_all()
{
	for node in "${targets[@]}"; do
		grep -q "prefer:$node .* N$node=" maps || return
	done
	grep -qE '^[0-9]+ [0-9]+$' threads
}

@test "meanwhile: pages by numa_maps, and each thread on one CPU" {
	: >maps
	: >threads
	# Whoever looks now and then may miss one.
	for _ in {1..10}; do
		watch_it
		! has_seen_all || break
	done
	has_seen_all || { cat maps; sort threads | uniq -c; false; }
	# No page of any of them on another node than its own.
	awk '{ split($2, policy, ":"); for (i = 3; i <= NF; i++)
		if ($i ~ /^N[0-9]+=/ && $i !~ "^N" policy[2] "=") { print; bad = 1 } } END { exit bad }' maps
	# A thread that has begun is bound to one CPU, and is there.
	awk '$1 ~ /^[0-9]+$/ && NF == 2 && $1 != $2 { print; bad = 1 } END { exit bad }' threads
}

@test "a buffer that is not where it was to be: no figures, but why" {
	# The kernel is kept from binding: all pages come from the node of the thread that fills them.
	first=$(each_cpu "${cpus[initiators[0]]}" | head -n 1)
	here=${targets[0]} there=${targets[-1]}
	run taskset -c "$first" strace -o calls -e trace=mbind -e inject=mbind:retval=0 \
		numaplace --measure --quick --buffer=8m --threads=1 --json
	[ "$status" = 1 ] || wrong ""
	echo "$output" >json
	jq -e ".targets[] | select(.node == $here) | .left_out == null" json
	jq -e ".targets[] | select(.node == $there) | .left_out == \"buffer elsewhere\" and .pages.on_node == 0" json
	jq -e "all(.pairs[] | select(.target == $there); .latency == null and .read == null)" json
	jq -e "all(.pairs[] | select(.target == $here); .latency.median > 0)" json
	run taskset -c "$first" strace -o calls -e trace=mbind -e inject=mbind:retval=0 \
		numaplace --measure --quick --buffer=8m --threads=1
	[ "$status" = 1 ] || wrong ""
	[[ $output == *"node $there: 100% of its buffer were on other nodes (such as $here)"* ]] || wrong ""
}

@test "more than a node has free is not taken" {
	node=${targets[-1]}
	run numaplace --measure --quick --buffer=$(($(free_mib "$node") * 9 / 10))m --threads=1 --json
	[ "$status" = 1 ] || wrong ""
	echo "$output" >json
	jq -e ".targets[] | select(.node == $node) | .left_out == \"too little memory\" and .pages == null" json || wrong ""
}

@test "huge pages where there are any, as the kernel counts them" {
	run numaplace --measure --quick --buffer=16m --threads=1 --json
	ran
	echo "$output" >json
	jq -e 'all(.targets[]; .huge == 0)' json || wrong "there are none"
	echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
	run numaplace --measure --quick --buffer=16m --threads=1 --json
	ran
	echo "$output" >json
	jq -e 'any(.targets[]; .huge > 0) and all(.targets[]; .huge <= .buffer and .huge % 2097152 == 0)' json || wrong "none"
	# All of a buffer, or it is said how much.
	run numaplace --measure --quick --buffer=16m --threads=1
	ran
	grep -qE '^pages: +(huge on nodes? |node [0-9]+: huge for )' <<<"$output" || wrong ""
}

@test "under load" {
	run numaplace --measure --loaded --quick --buffer=8m --json
	ran
	echo "$output" >json
	[ "$(said '.pairs[0].loaded[].load')" = '0 5 10 20 40 60 80 100' ] || wrong ""
	jq -e 'all(.pairs[].loaded[]; .latency.median > 0 and (.load == 0) == (.bandwidth.median == 0))' json || wrong ""
}

@test "within a cpuset, and without root" {
	node=${initiators[-1]} memory=${targets[-1]}
	cgroup=/sys/fs/cgroup/measured
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $cgroup
	echo "$memory" >$cgroup/cpuset.mems
	echo "${cpus[node]}" >$cgroup/cpuset.cpus
	run bash -c 'echo $$ >'$cgroup'/cgroup.procs; exec "$@"' - \
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		numaplace --measure --quick --buffer=8m --json
	ran
	echo "$output" >json
	[ "$(said '.initiators[] | .node, .cpus')" = "$node ${cpus[node]}" ] || wrong ""
	[ "$(said '.targets[] | .node, .pages.on_node')" = "$memory 2048" ] || wrong ""
}

@test "an interrupt: what was measured until then" {
	# It would take at least as long as all of its runs, 100 ms each; bats has its jobs ignore it.
	run timeout --foreground --preserve-status -s INT 6 env --default-signal=INT numaplace --measure --buffer=8m --json
	[ "$status" = 1 ] || wrong ""
	[[ $output == *'numaplace: interrupted'* ]] || wrong "not said"
	sed '/^numaplace: interrupted$/d' <<<"$output" >json
	jq -e '.complete == false and (.pairs | length) > 0' json || wrong ""
	jq -e '[.pairs[].mix | select(. == null)] | length > 0' json || wrong "all of it?"
	run timeout --foreground --preserve-status -s INT 6 env --default-signal=INT numaplace --measure --buffer=8m
	[ "$status" = 1 ] || wrong ""
	grep -qE '^incomplete: +interrupted after [0-9]+ of [0-9]+ runs$' <<<"$output" || wrong ""
}
