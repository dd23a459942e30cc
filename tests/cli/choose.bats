# free:SIZE, best and --need: each machine of tests/choose.txt as a sysroot, and what is said of it.
load helper

# One task that runs, or sleeps, on a CPU: /proc/PID/stat.
task() # folder pid state cpu
{
	mkdir -p "$1/proc/$2"
	echo "$2 (job $2) $3 1 1 1 0 -1 0 1 0 0 0 2 3 0 0 20 0 1 0 9 1 5 18 1 1 0 0 0 0 0 0 0 0 0 0 17 $4 0 0" \
		>"$1/proc/$2/stat"
}

meminfo() # node free reclaimable, in GiB
{
	printf 'Node %s %s: %s kB\n' "$1" MemTotal $(($2 + $3 << 20)) "$1" MemFree $(($2 << 20)) \
		"$1" 'Active(file)' 0 "$1" 'Inactive(file)' $(($3 << 20)) "$1" SReclaimable 0
}

# Sets cpus to the next of them, as a list; empty for none.
next_cpus() # count
{
	cpus=
	(($1 == 0)) || cpus=$first-$((first + $1 - 1))
	((first += $1)) || true
}

add_tasks() # folder count cpu
{
	local i

	for ((i = 0; i < $2; i++)); do
		task "$1" $((pid++)) R "$3"
	done
	running=$((running + $2))
}

# Makes a node of the table's "0:c4,f8,r1,t2,a4,x"; adds to what its callers write at the end.
make_node() # folder node
{
	local id=${2%%:*} part free='' reclaimable=0 count=0 tasks=0 start=$first
	local node=$1/sys/devices/system/node/node$id

	mkdir -p "$node"
	for part in $(tr , ' ' <<<"${2#*:}"); do
		case $part in
		c*) count=${part#c} ;;
		f*) free=${part#f} memory+=$id, ;;
		r*) reclaimable=${part#r} ;;
		t\?) known=no ;;
		t*) tasks=${part#t} ;;
		a*) asked+=$start-$((start + ${part#a} - 1)), ;;
		x) denied+=$id, ;;
		esac
	done
	next_cpus "$count"
	echo "$cpus" >"$node/cpulist"
	add_tasks "$1" "$tasks" "$start"
	online+=$id,
	[ -z "$free" ] || [ "$free" = '?' ] || meminfo "$id" "$free" "$reclaimable" >"$node/meminfo"
	[ "$free" ] || meminfo "$id" 0 0 >"$node/meminfo"
}

write_distances() # folder text
{
	local row=0 id rows=()
	local ids=(${online//,/ })

	[ "$2" != - ] || return 0
	if [[ $2 == *';'* ]]; then
		mapfile -t rows < <(tr ';' '\n' <<<"$2")
	else
		for ((row = 0; row < ${#ids[@]}; row++)); do
			for id in "${!ids[@]}"; do
				rows[row]+="$((id == row ? 10 : $2)) "
			done
		done
	fi
	for row in "${!ids[@]}"; do
		echo "${rows[row]}" >"$1/sys/devices/system/node/node${ids[row]}/distance"
	done
}

allow() # folder
{
	local id allowed=

	for id in ${memory//,/ }; do
		[[ ,$denied == *,$id,* ]] || allowed+=$id,
	done
	mkdir -p "$1/proc/self"
	printf 'Name:\tx\nMems_allowed_list:\t%s\nCpus_allowed_list:\t0-%s\n' "${allowed%,}" $((first - 1)) \
		>"$1/proc/self/status"
}

# Sets asked to the CPUs that the table says are asked for.
make_machine() # folder nodes distances
{
	local node online='' memory='' denied='' first=0 running=0 pid=100 known=yes cpus
	local system=$1/sys/devices/system

	asked=
	mkdir -p "$system/cpu" "$1/proc"
	for node in $2; do
		make_node "$1" "$node"
	done
	echo "${online%,}" >"$system/node/online"
	echo "${memory%,}" >"$system/node/has_memory"
	echo "0-$((first - 1))" >"$system/cpu/online"
	task "$1" 99 S 0
	[ $known = no ] || printf 'cpu  1 2 3\nprocs_running %s\n' $running >"$1/proc/stat"
	write_distances "$1" "$3"
	allow "$1"
	asked=${asked%,}
}

# What came of a wish, in the words of the table.
answer_of() # folder wish
{
	local options=(--dry-run --json --sysroot="$1") output

	[ -z "$asked" ] || options+=(-C "$asked")
	case $2 in
	'run '*) options+=(-N "${2#run }") ;;
	'best need '*) options+=(-m best --need="${2#best need }") ;;
	*) options+=(-m "$2") ;;
	esac
	if output=$("$numaplace" "${options[@]}" 2>&1); then
		jq -r '.chosen[0].nodes' <<<"$output"
	elif [[ $output =~ 'the largest set has '([0-9.]+ .)' free and reclaimable' ]]; then
		echo "! ${BASH_REMATCH[1]}"
	elif [[ $output == *'there is no node with memory whose free memory is known' ||
		$output == *'no node has both memory and CPUs to use'* ]]; then
		echo none
	else
		echo "$output"
	fi
}

@test "each machine of the table" {
	count=0 bad=0
	while IFS='|' read -r nodes distances wish want _ why; do
		[[ $nodes != '#'* ]] || continue
		read -r want <<<"$want"
		read -r wish <<<"$wish"
		read -r distances <<<"$distances"
		folder=$BATS_TEST_TMPDIR/$((++count))
		make_machine "$folder" "$nodes" "$distances"
		got=$(answer_of "$folder" "$wish")
		[ "$got" = "$want" ] && continue
		echo "$nodes | $wish: $got, not $want:$why"
		((++bad))
	done <"$root/tests/choose.txt"
	[ $count -ge 30 ] || wrong "only $count"
	[ $bad = 0 ]
}

chosen() # options...: what the first choice was, and why
{
	"$numaplace" --dry-run --json --sysroot="$machine" "$@" | jq -r '.chosen[0] | "\(.nodes): \(.reason)"'
}

@test "why: free memory, loads, and what was passed over" {
	machine=$BATS_TEST_TMPDIR/m
	make_machine "$machine" '0:c10,f12,t0 1:c10,f50,r2,t1 2:f8' '10 21 17;21 10 28;17 28 10'
	run "$numaplace" --dry-run -v --sysroot="$machine" -m free:40G
	[[ $output == *'--membind=free:40G: nodes 1; free:40G: node 1 (free 52 G, load 0.1); node 0 has only 12 G, node 2 8.0 G'* ]] ||
		wrong "the reason"
	[[ $output == *$'\nnamed:    of --membind=free:40G: free:40G: node 1 (free 52 G, load 0.1);'* ]] || wrong "the plan"
	[ "$(chosen -m free:60g)" = '0-1: nodes 0-1 (free 64 G together); node 2 has only 8.0 G' ]
	[ "$(chosen -m best)" = '0: node 0 (free 12 G, load 0.0); the next is node 1 (free 52 G, load 0.1)' ]
	[ "$(chosen -m best -C 10-19)" = '1: node 1 (free 52 G, load 0.1)' ]
	# What is chosen is a part of an expression like any other.
	run "$numaplace" --dry-run --json --sysroot="$machine" -m '2,best' -N '!best'
	[ "$(jq -c '[.policy.nodes, .cpus]' <<<"$output")" = '["0,2","10-19"]' ] || wrong "with others"
}

@test "the plan for other programs: from what, how far, how loaded" {
	machine=$BATS_TEST_TMPDIR/m
	make_machine "$machine" '0:c10,f12,t0 1:c10,f50,r2,t1 2:f? 3:f8,x' '10 21 17 30;21 10 28 40;17 28 10 20;30 40 20 10'
	run "$numaplace" --dry-run --json --sysroot="$machine" -m free:40G --need=40g
	[ "$(jq -c '.chosen[0] | [.term, .nodes, .room, .near]' <<<"$output")" = \
		"[\"free:40G\",\"1\",$((52 << 30)),\"0-9\"]" ] || wrong "the choice"
	[ "$(jq -c '.chosen[0].candidates' <<<"$output")" = "$(jq -c . <<<"[
		{ \"id\": 0, \"free\": $((12 << 30)), \"reclaimable\": 0, \"cpus\": 10, \"load\": 0.00, \"distance\": 10 },
		{ \"id\": 1, \"free\": $((50 << 30)), \"reclaimable\": $((2 << 30)), \"cpus\": 10, \"load\": 0.10, \"distance\": 21 },
		{ \"id\": 2, \"free\": null, \"reclaimable\": null, \"cpus\": 0, \"load\": null, \"distance\": 17 } ]")" ] ||
		wrong "the candidates"
	[ "$(jq -c .need <<<"$output")" = "{\"size\":$((40 << 30)),\"room\":$((52 << 30))}" ] || wrong "the need"
	run "$numaplace" --dry-run --json --sysroot="$machine" -m 0
	[ "$(jq -c '[.chosen, .need]' <<<"$output")" = '[[],null]' ] || wrong "nothing chosen"
}

@test "memory and threads agree, in whatever order" {
	machine=$BATS_TEST_TMPDIR/m
	make_machine "$machine" '0:c4,f90,t4 1:c4,f30,t0 2:f99' '10 21 30;21 10 30;30 30 10'
	for options in '-N best -m best' '-m best -N best' '-m best -N same' '-N best -i same' '-N free:20g -m best'; do
		# shellcheck disable=SC2086 # options
		run "$numaplace" --dry-run --json --sysroot="$machine" $options
		[ "$(jq -r '.policy.nodes + " " + .cpus' <<<"$output")" = '1 4-7' ] || wrong "$options"
	done
	# Node 2 would do for the memory, but not for threads.
	for options in '-N free:95g -m free:95g' '-m free:95g -N same'; do
		# shellcheck disable=SC2086 # options
		run "$numaplace" --dry-run --json --sysroot="$machine" $options
		[ "$(jq -r '.policy.nodes + " " + .cpus' <<<"$output")" = '0-1 0-7' ] || wrong "$options"
	done
	# Threads where it is quiet; memory as near to them as it goes.
	run "$numaplace" --dry-run --json --sysroot="$machine" -m free:80g -N best
	[ "$(jq -r '.policy.nodes + " " + .cpus' <<<"$output")" = '0 4-7' ] || wrong "near to the best"
}

@test "--all leaves the affinity, never the cpuset" {
	machine=$BATS_TEST_TMPDIR/m
	make_machine "$machine" '0:c4,f10,t4 1:c4,f30,t0 2:c4,f90,t0,x' 20
	sed -i 's/^Cpus_allowed_list:.*/Cpus_allowed_list:\t0-3/' "$machine/proc/self/status"
	[ "$(chosen -m best | cut -c1)" = 0 ]
	[ "$(chosen --all -m best | cut -c1)" = 1 ]
	[ "$(chosen --all -m free:20g | cut -c1)" = 1 ]
	run "$numaplace" --dry-run --all --sysroot="$machine" -m free:50g
	refused '--membind=free:50g: the largest set has 40 G free and reclaimable \(nodes 0-1\)'
}

@test "--need" {
	machine=$BATS_TEST_TMPDIR/m
	make_machine "$machine" '0:c4,f10,r2 1:c4,f30 2:f?' 20
	need() { run "$numaplace" --dry-run --sysroot="$machine" "$@"; }
	need -m 0 --need=12g
	[ "$status" = 0 ] || wrong "what fits"
	[[ $output == *$'\nneed:     12 G, room: 12 G'* ]] || wrong "the plan"
	need -m 0 --need=13g
	refused '--need=13g: node 0 of --membind can hold 12 G, free and reclaimable \(--membind=free:13g looks for room\)'
	need -m 0-1 --need=42g
	[ "$status" = 0 ] || wrong "together"
	need -m best --need=13g
	[[ $status = 0 && $output == *'policy:   bind, nodes 1'* ]] || wrong "the best of those that hold it"
	need -m best --need=50g
	refused '--need=50g: node 1 of --membind can hold 30 G'
	need --best-effort -m 0 --need=13g
	[[ $status = 0 && $output == *'can hold 12 G, free and reclaimable; going on'* ]] || wrong "best effort"
	need -i all --need=900g
	[[ $status = 0 && $output == *'the kernel does not tell'* ]] || wrong "unknown, all"
	need -P 0 --need=13g
	[[ $status = 0 && $output == *'node 0 of --preferred-many can hold 12 G, free and reclaimable; the rest goes to other nodes'* ]] ||
		wrong "what spills"
	need -m 0,2 --need=1g
	[[ $status = 0 && $output == *'the kernel does not tell what nodes 0,2 can hold'* ]] || wrong "unknown"
}

@test "--need of all nodes: there are no others to spill to" {
	machine=$BATS_TEST_TMPDIR/m
	make_machine "$machine" '0:c4,f10,r2 1:c4,f30' 20
	run "$numaplace" --dry-run --sysroot="$machine" -i all --need=43g true
	refused '--need=43g: nodes 0-1 of --interleave can hold 42 G, free and reclaimable, and there are no others to use'
	run "$numaplace" --dry-run --sysroot="$machine" -i all --need=42g true
	[ "$status" = 0 ] || wrong "what fits"
	run "$numaplace" --dry-run --sysroot="$machine" --best-effort -i all --need=43g true
	[[ $status = 0 && $output == *'can hold 42 G, free and reclaimable; going on'* ]] || wrong "best effort"
}

@test "here: nothing starts that cannot have what it needs" {
	node=$("$numaplace" --dry-run --json -m best | jq -r .policy.nodes) || skip "no NUMA support here"
	run "$numaplace" -m "$node" --need=8000000g touch "$BATS_TEST_TMPDIR/started"
	refused "--need=8000000g: node $node of --membind can hold"
	run "$numaplace" -m free:8000000g touch "$BATS_TEST_TMPDIR/started"
	refused 'the largest set has .* free and reclaimable'
	[ ! -e "$BATS_TEST_TMPDIR/started" ]
	run "$numaplace" --dry-run -m free:1k
	[ "$status" = 0 ] || wrong "free:1k"
}
