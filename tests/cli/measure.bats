# --measure: what it would do on other machines, and what it does on this one. No figure is tested.
load helper

setup() { cd "$BATS_TEST_TMPDIR"; }

# Not every machine lets us: a kernel without NUMA, or a container that forbids the calls.
needs_nodes()
{
	[ -d /sys/devices/system/node ] || skip "this kernel has no NUMA"
	"$numaplace" --membind=all true 2>/dev/null || skip "memory policies are forbidden here"
}

plan() # machine filter options...
{
	"$numaplace" --measure --dry-run --json --sysroot="$machines/$1" "${@:3}" | jq -c "$2"
}

@test "who measures what" {
	[ "$(plan four '[.initiators[] | .node, .cpus]')" = '[0,"0-1,4-5",1,"2-3,6-7"]' ]
	[ "$(plan four '[.targets[].node]')" = '[0,1,2,3]' ]
	[ "$(plan memoryless '[[.initiators[].node], [.targets[].node]]')" = '[[0,1],[0,2]]' ]
	[ "$(plan sparse '[[.initiators[].node], [.targets[].node]]')" = '[[1,7],[1,7,33]]' ]
	# The cpuset's.
	[ "$(plan status '[[.initiators[].cpus], [.targets[].node]]')" = '[["4-5","6-7"],[2,3]]' ]
	[ "$(plan cpuset2 '[.targets[].node]')" = '[0,1]' ]
}

@test "so few threads that each has a core, or a cache" {
	# CPU k and k + 16 are threads of a core; there are 8 cores on a node.
	[ "$(plan tiers '[.initiators[].cpus]' --threads=2)" = '["0,4","8,12"]' ]
	[ "$(plan tiers '[.initiators[].cpus]' --threads=8)" = '["0-7","8-15"]' ]
	[ "$(plan tiers '[.initiators[].cpus]' --threads=9)" = '["0-7,16","8-15,24"]' ]
}

@test "buffers by the caches, and by what is free" {
	[ "$(plan tiers '[.method.cache, .targets[0].buffer, .targets[0].chased] | map(. / 1048576)')" = '[64,512,256]' ]
	[ "$(plan tiers '.targets[0].buffer / 1048576' --quick)" = 256 ]
	[ "$(plan tiers '[.targets[].buffer / 1048576]' --buffer=1g)" = '[1024,1024,1024,1024]' ]
	[ "$(plan full '[.targets[] | select(.bounded) | .buffer * 4 <= .free] | length > 0 and all')" = true ]
	# What was asked for, or nothing.
	[ "$(plan full '[.targets[] | .left_out, .buffer * 4 <= .free * 3]' --buffer=300m)" = \
		'["not begun",true,"not begun",true,"too little memory",true,"too little memory",true]' ]
}

@test "the plan as text" {
	run "$numaplace" --measure --dry-run --sysroot="$machines/full" --threads=1
	[ "$status" = 0 ]
	grep -qxE 'from: +node 0: 1 thread on CPU 0' <<<"$output" || wrong ""
	grep -qxE 'buffers: +128 M \(8\.0 times the last-level caches of a node, 16 M\)' <<<"$output" || wrong ""
	grep -qxE ' +node 2: [0-9]+ M, as [0-9]+ M are free \([0-9.]+ times the caches\)' <<<"$output" || wrong ""
	grep -qxE 'time: +about [0-9]+ s for 280 runs' <<<"$output" || wrong ""
	# Within ten seconds, the plan says.
	[ "$(plan tiers '.method.seconds < 10' --quick)" = true ]
	[ "$(plan devices '.method.seconds < 10' --quick)" = true ]
}

@test "nothing is done: no thread, no buffer" {
	needs_nodes
	strace -f -o calls "$numaplace" --measure --dry-run
	! grep -qE '(mbind|clone|clone3|sched_setaffinity|move_pages)\(' calls || wrong "$(grep mbind calls)"
	! grep -qE 'mmap\(NULL, [0-9]{8,}' calls || wrong "it does"
}

@test "this machine, as text" {
	needs_nodes
	run "$numaplace" --measure --quick --buffer=16m
	[ "$status" = 0 ] || wrong ""
	node=$(jq -r '.allowed_nodes | split("[-,]"; "")[0]' <<<"$("$numaplace" --hardware --json)")
	grep -qxE 'figures: +medians of 3 runs of 40 ms, and their spread .*' <<<"$output" || wrong ""
	for heading in 'latency in ns, from .*' 'read in MiB/s' 'write in MiB/s' 'copy in MiB/s' 'mix in MiB/s'; do
		# A head of node ids, and then a row each: value, spread, and a mark where that is above 10%.
		rows=$(sed -n "\\%^$heading:\$%,/^\$/p" <<<"$output")
		[ -n "$rows" ] || wrong "no $heading"
		sed -n 2p <<<"$rows" | grep -qE "^ +$node( |\$)" || wrong "$heading"
		sed -n '3,$p' <<<"$rows" | grep . | while read -r row; do
			grep -qE '^[0-9]+:( +[0-9.]+ +[0-9]+%[* ]?)+$' <<<"$row" || wrong "$heading: $row" || exit
			grep -oE '[0-9]+%.' <<<"$row " | while read -r cell; do
				# At 10 it may have been rounded either way.
				case ${cell%\%*} in
				[0-9]) [[ $cell != *'*' ]] ;;
				10) ;;
				*) [[ $cell == *'*' ]] ;;
				esac || wrong "$heading: $cell" || exit
			done || exit
		done
	done
}

@test "this machine, as JSON" {
	needs_nodes
	"$numaplace" --measure --quick --buffer=16m --json >json
	jq -e '.complete and (.plan | not) and .method.quick and all(.targets[]; .left_out == null
		and .pages.asked == .pages.on_node and .buffer == 16777216)' json
	# Median and spread are those of the runs.
	jq -e 'all(.pairs[] | .latency, .read, .write, .copy, .mix;
		(.runs | sort) as $runs | .median == $runs[1]
		and ((.spread - ($runs[2] - $runs[0]) / .median) | fabs) < 0.01 and .noisy == (.spread > 0.1)
		or ((.spread - 0.1) | fabs) < 0.001)' json
}

@test "only what affinity allows" {
	needs_nodes
	cpu=$(sed -n 's/^Cpus_allowed_list:\t\([0-9]*\).*/\1/p' /proc/self/status)
	[ "$(taskset -c "$cpu" "$numaplace" --measure --dry-run --json | jq -c '[.initiators[] | .cpus, .threads]')" = \
		"[\"$cpu\",1]" ]
	run taskset -c "$cpu" "$numaplace" --measure --threads=2
	refused 'threads=2: no node has that many CPUs to use \(the most: 1\)'
	run taskset -c "$cpu" "$numaplace" --measure --loaded
	refused "loaded: needs two CPUs on a node \(allowed CPUs: $cpu\), one of them for the load"
}

@test "what fails is said once" {
	needs_nodes
	run strace -f -o calls -e trace=mbind -e inject=mbind:error=EPERM "$numaplace" --measure --quick --buffer=16m
	refused 'mbind: Operation not permitted: '
	run strace -f -o calls -e trace=move_pages -e inject=move_pages:error=EPERM "$numaplace" --measure --quick --buffer=16m
	refused 'move_pages: Operation not permitted'
	run strace -f -o calls -e trace=sched_setaffinity -e inject=sched_setaffinity:error=EINVAL \
		"$numaplace" --measure --quick --buffer=16m
	refused 'sched_setaffinity: Invalid argument'
}

@test "a signal ends it, and what there is is shown" {
	needs_nodes
	# Background jobs of scripts ignore interrupts, and nohup has its own ignored.
	for signal in TERM HUP; do
		env --default-signal=$signal "$numaplace" --measure --json >json 2>said 3>&- &
		pid=$!
		# It has begun when a buffer is bound.
		until grep -qs ' prefer' /proc/$pid/numa_maps; do kill -0 $pid; done
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		[ "$status" = 1 ] || wrong "$signal"
		[ "$(cat said)" = 'numaplace: interrupted' ]
		jq -e '.complete == false and any(.pairs[]; .mix == null or (.mix.runs | length) < 7)' json
	done
	"$numaplace" --measure >text 2>said 3>&- &
	pid=$!
	until grep -qs ' prefer' /proc/$pid/numa_maps; do kill -0 $pid; done
	kill $pid
	! wait $pid || wrong "it does"
	grep -qxE 'incomplete: +interrupted after [0-9]+ of [0-9]+ runs' text
}

@test "how far it is: on a terminal, and nowhere else" {
	needs_nodes
	command -v script >/dev/null || skip "there is no script here"
	script -qec "'$numaplace' --measure --quick --buffer=16m >text" /dev/null >terminal </dev/null
	grep -qE 'measuring: [0-9]+ of [0-9]+ runs, about [0-9]+ s left' terminal
	# Its line is taken away in the end.
	[ "$(tr '\r' '\n' <terminal | grep -v '^$' | tail -n 1)" = $'\e[K' ]
	grep -q '^latency in ns' text
	"$numaplace" --measure --quick --buffer=16m 2>said >/dev/null
	[ ! -s said ]
}

# Rectangles that overlap, or reach out of the page; numbers that are wider than their cell.
overlaps()
{
	sed -n 's/^<rect class="\([^"]*\)" x="\(-*[0-9]*\)" y="\(-*[0-9]*\)" width="\(-*[0-9]*\)" height="\(-*[0-9]*\)"\/>$/\2 \3 \4 \5 \1/p' "$1" |
		awk '{
			x[NR] = $1; y[NR] = $2; r[NR] = $1 + $3; b[NR] = $2 + $4; class[NR] = $5
			if ($3 <= 0 || $4 <= 0 || $1 < x[1] || $2 < y[1] || r[NR] > r[1] || b[NR] > b[1])
				print "off the page:", $0
		}
		END {
			for (i = 2; i <= NR; i++)
				for (k = i + 1; k <= NR; k++)
					if (class[i] ~ /^(s[0-7]|free)$/ && class[k] ~ /^(s[0-7]|free)$/ &&
					    x[i] < r[k] && x[k] < r[i] && y[i] < b[k] && y[k] < b[i])
						print "overlap:", x[i], y[i], x[k], y[k]
			if (NR < 2) print "no rectangles"
		}'
	awk -F'"' '
		/^\.t[0-9]\{/ { split($0, part, /[.{:p]/); size[part[2]] = part[4] }
		/^<rect class="page"/ { page = $8; below = $10 }
		/^<text/ {
			text = $0; gsub(/<[^>]*>/, "", text); gsub(/&#[0-9]*;/, "?", text)
			split($2, class, " ")
			width = length(text) * size[class[1]] * 0.55
			left = $4; right = $4 + width
			if ($2 ~ / e$/) { left = $4 - width; right = $4 }
			if ($2 ~ / m$/) { left = $4 - width / 2; right = $4 + width / 2 }
			if (left < 0 || right > page || $6 > below) print "off the page:", text
		}' "$1"
}

@test "heat maps and curves" {
	needs_nodes
	"$numaplace" --measure --quick --buffer=16m --svg >maps.svg
	[ -z "$(overlaps maps.svg)" ] || wrong "$(overlaps maps.svg)"
	"$numaplace" --measure --quick --buffer=16m --json >json
	cells=$(($(jq '[.pairs[] | .latency, .read, .write, .copy, .mix] | length' json)))
	[ "$(grep -cE '<title>from node [0-9]+ to node [0-9]+: [0-9.]+ (ns|MiB/s), spread [0-9]+% of 3</title>' maps.svg)" = "$cells" ]
	for words in 'latency, ns' 'read, MiB/s' 'write, MiB/s' 'copy, MiB/s' 'mix, MiB/s'; do
		grep -q ">$words</text>" maps.svg || wrong "no $words"
	done
	files=(maps.svg)
	if [ "$(jq '[.initiators[].threads] | max' json)" -gt 1 ]; then
		"$numaplace" --measure --loaded --quick --buffer=16m --svg >curves.svg
		[ -z "$(overlaps curves.svg)" ] || wrong "$(overlaps curves.svg)"
		# A point for each load.
		[ "$(grep -c '<title>load ' curves.svg)" = $(($(grep -c '<polyline' curves.svg) * 8)) ]
		[ "$(grep -oE 'points="[^"]*"' curves.svg | head -n 1 | wc -w)" = 8 ]
		files+=(curves.svg)
	fi
	for file in "${files[@]}"; do
		grep -q '@media (prefers-color-scheme:dark)' "$file"
		run grep -nE '<script|<image|href|url\(|@import|<!' "$file"
		[ "$status" = 1 ] || wrong "$file: not by itself"
		! command -v xmllint >/dev/null || xmllint --noout "$file"
		! command -v rsvg-convert >/dev/null || rsvg-convert -o picture.png "$file"
	done
}

@test "weights by what was measured" {
	needs_nodes
	run --separate-stderr "$numaplace" --measure --quick --buffer=64m --weights --json
	[ "$status" = 0 ] || wrong "$stderr"
	# Of each node the most of the lesser of both; these are shown with one decimal.
	jq -e '.pairs as $pairs | [.weights.nodes[] | .id as $id | .bandwidth -
		([$pairs[] | select(.target == $id) | [.read.median, .write.median] | min] | max) | fabs] |
		length > 0 and all(. <= 1.1)' <<<"$output" || wrong ""
	jq -e '[.weights.nodes[].weight] | all(. >= 1) and min <= 255' <<<"$output" || wrong ""
	run "$numaplace" --measure --quick --buffer=64m --weights
	[[ $output == *$'\nnumaplace --set-weights='* ]] || wrong ""
	run "$numaplace" --measure --quick --buffer=64m
	[[ $output != *weight* ]] || wrong "not asked for"
}
