# Running processes on this machine, which may have a single node: the view, the plan, and what is said
# of processes that are not to be had. What moving does is tested in the guests.
load helper
bats_require_minimum_version 1.5.0

setup()
{
	pid=
}

teardown()
{
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
	[ -z "$pid" ] || wait "$pid" 2>/dev/null || true
}

start()
{
	sleep 1000 3>&- &
	pid=$!
	until [ "$(cat /proc/$pid/comm)" = sleep ]; do :; done
}

# Bytes of the process by numa_maps.
resident()
{
	awk '{
		for (i = 3; i <= NF; i++) {
			split($i, part, "=")
			if ($i ~ /^N[0-9]+=/) pages += part[2]
			if ($i ~ /^kernelpagesize_kB=/) size = part[2]
		}
		sum += pages * size; pages = 0
	} END { print sum * 1024 }' "/proc/$pid/numa_maps"
}

@test "the view: as text" {
	start
	for options in '' --show; do
		# shellcheck disable=SC2086 # an option or none
		run "$numaplace" --pid=$pid $options
		[ "$status" = 0 ]
		[ "${lines[0]}" = "process $pid (sleep), 1 thread" ]
		[[ ${lines[1]} =~ ^CPUs:\ +[0-9,-]+$ ]]
		[[ ${lines[2]} =~ ^allowed\ nodes:\ [0-9,-]+$ ]]
		[[ ${lines[3]} =~ ^policy:\ +default\ \([0-9]+\ mappings,\ [0-9.]+\ [KM]\)$ ]]
		[[ ${lines[4]} =~ ^\ node\ +heap\ +stack\ +anon\ +file\ +shared\ +huge\ +total$ ]]
		[[ ${lines[-1]} == total* ]]
	done
}

@test "the view: as JSON, with what numa_maps has" {
	start
	run --separate-stderr "$numaplace" --pid=$pid --json --mappings
	[ "$status" = 0 ]
	jq -e ".processes | length == 1 and .[0].pid == $pid and .[0].name == \"sleep\"" <<<"$output"
	[ "$(jq '[.processes[0].nodes[].total] | add' <<<"$output")" = "$(resident)" ]
	[ "$(jq '[.processes[0].mappings[].bytes] | add' <<<"$output")" = "$(resident)" ]
	[ "$(jq '.processes[0].mappings | length' <<<"$output")" = "$(wc -l <"/proc/$pid/numa_maps")" ]
	[ "$(jq -r '[.processes[0].mappings[] | select(.kind == "stack")] | length' <<<"$output")" = 1 ]
	[ "$(jq -r '.processes[0].threads[0].cpus' <<<"$output")" = \
		"$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/$pid/status)" ]
}

@test "the view: each mapping" {
	start
	run "$numaplace" --pid=$pid --mappings
	[ "$status" = 0 ]
	[ "$(grep -cE '^[0-9a-f]{4,} ' <<<"$output")" = "$(wc -l <"/proc/$pid/numa_maps")" ]
	grep -qE '^[0-9a-f]+ +stack +[0-9.]+ K +default +[0-9]+: [0-9.]+ K$' <<<"$output"
	grep -qE '^[0-9a-f]+ +file .*/sleep$|coreutils$' <<<"$output"
}

@test "several, and a tree of them" {
	bash -c 'sleep 1000 & sleep 1001 & wait' 3>&- &
	pid=$!
	until [ "$(pgrep -cP $pid -x sleep)" = 2 ]; do :; done
	children=$(pgrep -P $pid | sort -n | tr '\n' ' ')
	# All are looked through once, not once for each.
	strace -qq -e trace=openat -o "$BATS_TEST_TMPDIR/opened" "$numaplace" --pid=$pid --tree >/dev/null
	[ "$(grep -c '"/proc/1/status"' "$BATS_TEST_TMPDIR/opened")" = 1 ] || wrong "looked through again"
	run --separate-stderr "$numaplace" --pid=$pid --tree --json
	kill $children
	wait $pid || true
	[ "$status" = 0 ]
	[ "$(jq -r '[.processes[].pid] | map(tostring) | join(" ")' <<<"$output")" = \
		"$pid ${children% }" ]
	pid=
	start
	run "$numaplace" --pid=$BASHPID,$pid --json
	[ "$(jq -c '[.processes[].pid]' <<<"$output")" = "[$BASHPID,$pid]" ]
	run "$numaplace" --pid=$pid,$pid
	refused "--pid=$pid,$pid: $pid is given twice"
	run "$numaplace" --pid=$pid,
	refused "--pid=$pid,: '' is not the number of a process"
}

@test "a tree whose children come and go: whole JSON, and no failure" {
	bash -c 'while :; do sleep 0.02 & sleep 0.01; done' 3>&- &
	pid=$!
	node=$(cut -d, -f1 /sys/devices/system/node/online | cut -d- -f1)
	for i in $(seq 12); do
		run --separate-stderr "$numaplace" --pid=$pid --tree --json
		[ "$status" -le 1 ] || wrong "the view"
		jq -e ".processes[0].pid == $pid" <<<"$output" >/dev/null || wrong "the view's JSON"
		run --separate-stderr "$numaplace" --pid=$pid --tree --membind="$node" --json
		[ "$status" -le 1 ] || wrong "the move"
		jq -e ".processes[0].pid == $pid" <<<"$output" >/dev/null || wrong "the move's JSON"
	done
}

@test "a tree that cannot be held: said, exit 1" {
	bash -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; wait' 3>&- &
	pid=$!
	until [ "$(pgrep -cP $pid -x sleep)" = 8 ]; do :; done
	children=$(pgrep -P $pid)
	run bash -c "ulimit -n 12; '$numaplace' --pid=$pid --tree --json 2>&1 >/dev/null"
	kill $children
	[ "$status" = 1 ] || wrong "exit status"
	[[ $output == *"--tree: left out: "*": Too many open files"* ]] || wrong ""
}

@test "threads that could not all be bound: told, and not as nothing done" {
	[ "$(nproc)" -gt 1 ] || skip "needs two CPUs"
	start
	cpu=$("$numaplace" --show --json | jq -r .cpus | tr ',-' '  ' | awk '{ print $NF }')
	run strace -f -qq -o /dev/null -e inject=sched_setaffinity:error=EPERM "$numaplace" --pid=$pid -C "$cpu"
	refused "sched_setaffinity: thread $pid of process $pid"
	run strace -f -qq -o /dev/null -e inject=sched_getaffinity:error=EPERM "$numaplace" \
		--pid=$pid -C "$cpu"
	[ "$status" != 0 ] || wrong "the read-back failed"
	"$numaplace" --pid=$pid -C all
	run strace -f -qq -o /dev/null -e inject=getdents64:error=EIO "$numaplace" --pid=$pid -C "$cpu"
	[ "$status" != 0 ] || wrong "no thread was seen"
	[[ $output != *'has ended'* ]] || wrong ""
}

@test "a name that would forge a line" {
	cp "$(type -P sleep)" "$BATS_TEST_TMPDIR/"$'a\nb\e[2J'
	"$BATS_TEST_TMPDIR/"$'a\nb\e[2J' 1000 3>&- &
	pid=$!
	until [ "$(cat /proc/$pid/comm)" != bats ] && [[ $(cat /proc/$pid/comm) != bash ]]; do :; done
	run "$numaplace" --pid=$pid --mappings
	[ "$status" = 0 ]
	[[ ${lines[0]} == "process $pid (a"* && $output != *$'\e'* ]]
	run "$numaplace" --pid=$pid --json --mappings
	[ "$(jq -c '.processes[0].name' <<<"$output")" = '"a\nb\u001b[2J"' ] || wrong ""
}

@test "a plan, and a move that finds all in place" {
	start
	node=$(cut -d, -f1 /sys/devices/system/node/online | cut -d- -f1)
	run --separate-stderr "$numaplace" --pid=$pid --membind="$node" --dry-run --json
	[ "$status" = 0 ]
	jq -e '.processes[0] | .planned and .end == "done" and .cpus == null' <<<"$output"
	[ "$(ls /sys/devices/system/node | grep -c '^node[0-9]')" = 1 ] || return 0
	run --separate-stderr "$numaplace" --pid=$pid --membind="$node" --json
	[ "$status" = 0 ]
	[ "$(jq -c '.processes[0] | [.moved, .failed, .agrees]' <<<"$output")" = '[0,0,true]' ]
	[ "$(jq '.processes[0].bytes' <<<"$output")" = "$(resident)" ]
	run "$numaplace" --pid=$pid --to="$node"
	[[ $output == "process $pid (sleep): nothing to move: all of "* ]]
}

@test "CPUs of all threads" {
	[ "$(nproc)" -gt 1 ] || skip "needs two CPUs"
	start
	cpu=$("$numaplace" --show --json | jq -r .cpus | tr ',-' '  ' | awk '{ print $NF }')
	run "$numaplace" --pid=$pid --physcpubind="$cpu"
	[ "$status" = 0 ]
	[ "$output" = "process $pid (sleep): its threads run on CPUs $cpu" ]
	[ "$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/$pid/status)" = "$cpu" ]
	# A running process is not held within what it was bound to before.
	run "$numaplace" --pid=$pid --physcpubind=all --dry-run
	[ "$status" = 0 ]
	[[ $output == *"its threads would run on CPUs "* ]]
	[ "$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/$pid/status)" = "$cpu" ]
}

@test "a thread, a zombie, numaplace itself, what has ended" {
	bash -c 'sleep 0.3 & exec sleep 1000' 3>&- &
	pid=$!
	until zombie=$(pgrep -P $pid -r Z); do :; done
	run "$numaplace" --pid="$zombie"
	refused "--pid=$zombie: process $zombie \(sleep\) has ended, or its first thread has: the kernel shows no memory"
	run bash -c "exec '$numaplace' --pid=\$\$ --membind=0"
	refused 'that is numaplace itself'
	run bash -c "exec '$numaplace' --pid=\$\$"
	[ "$status" = 0 ]
	kill -KILL $pid
	wait $pid || true
	run "$numaplace" --pid=$pid
	refused "--pid=$pid: there is no process $pid"
	for thread in /proc/[0-9]*/task/*; do
		process=${thread#/proc/}
		process=${process%%/*}
		thread=${thread##*/}
		[ "$thread" != "$process" ] || continue
		run "$numaplace" --pid="$thread"
		refused "--pid=$thread: $thread is a thread of process $process \(give that one\)"
		break
	done
	pid=
}

@test "another user's process: one line with the remedy, nothing done" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	start
	# Where that user may run it.
	copy=$(mktemp -d)
	cp "$numaplace" "$copy/numaplace"
	chmod 755 "$copy" "$copy/numaplace"
	for options in --membind=0 --cpunodebind=0 ''; do
		# shellcheck disable=SC2086 # an option or none
		run setpriv --reuid=65534 --regid=65534 --clear-groups "$copy/numaplace" \
			--pid=$pid $options
		refused "it is user 0's, and this is user 65534: run numaplace as root, as that user, or with CAP_SYS_PTRACE"
	done
	# The capabilities that it names are enough, and none of them is too many.
	capable() # capabilities
	{
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps="-all,$1" --ambient-caps="$1" \
			"$copy/numaplace" --pid=$other "${@:2}"
	}
	setpriv --reuid=65533 --regid=65533 --clear-groups sleep 1000 3>&- &
	other=$!
	until [ "$(cat /proc/$other/comm)" = sleep ]; do sleep 0.05; done
	all=+sys_ptrace,+dac_read_search,+sys_nice
	if capable +sys_ptrace >"$copy/seen" 2>&1; then
		run capable $all --membind=0 --physcpubind=0
		[ "$status" = 0 ] || wrong "not moved with $all"
		for one in sys_ptrace dac_read_search sys_nice; do
			run capable "$(tr ',' '\n' <<<$all | grep -v $one | paste -sd,)" --membind=0 --physcpubind=0
			refused 'CAP_SYS_PTRACE \(to change it, CAP_DAC_READ_SEARCH and CAP_SYS_NICE too\)'
		done
	else
		grep -q CAP_SYS_PTRACE "$copy/seen" || wrong "$(cat "$copy/seen")"
	fi
	kill $other
	run setpriv --reuid=65534 --regid=65534 --clear-groups bash -c "
		sleep 1000 & '$copy/numaplace' --pid=\$! --membind=0 --shared; status=\$?
		kill \$!; exit \$status" 3>&-
	rm -r "$copy"
	refused '--shared: needs CAP_SYS_NICE: run numaplace as root, or give it that capability'
}

@test "/proc of another pid namespace" {
	unshare -pf true 2>/dev/null || skip "no pid namespace can be made here (it needs root)"
	start
	run unshare -pf "$numaplace" --pid=$pid
	refused "--pid=$pid: /proc is that of another pid namespace"
	run unshare -pf --mount-proc bash -c "
		sleep 100 &
		until [ \"\$(cat /proc/\$!/comm)\" = sleep ]; do :; done
		'$numaplace' --pid=\$!; kill \$!"
	[[ $output == process*sleep* ]]
}

@test "by the name migratepages" {
	ln -s "$numaplace" "$BATS_TEST_TMPDIR/migratepages"
	start
	node=$(cut -d, -f1 /sys/devices/system/node/online | cut -d- -f1)
	run "$BATS_TEST_TMPDIR/migratepages" $pid all "$node"
	[ "$status" = 0 ]
	[ "$output" = '' ]
	for options in '' "$pid" "$pid 0" "$pid 0 0 0" "$pid 999 0" "$pid 0 999" "4294967297 0 0" \
		"2 0 0" '--help' '--json 1 0 0'; do
		# shellcheck disable=SC2086 # words
		run "$BATS_TEST_TMPDIR/migratepages" $options
		[ "$status" = 1 ] || wrong "$options"
		[ "${#lines[@]}" = 1 ] || wrong "$options"
	done
}

@test "stdout closed or full" {
	start
	run bash -c "'$numaplace' --pid=$pid >/dev/full"
	refused 'stdout: No space left on device'
	run bash -c "'$numaplace' --pid=$pid >&-"
	refused 'stdout: Bad file descriptor'
	# Something was done by then.
	run bash -c "'$numaplace' --pid=$pid --membind=all >/dev/full"
	[ "$status" = 1 ]
	[ "$output" = 'numaplace: stdout: No space left on device' ]
}

# Its memory goes first, which takes a while, and then it is a zombie. It may not have begun with that,
# or be gone.
@test "a process that is just ending is no kernel thread" {
	for i in {1..5}; do
		bash -c 'x=$(head -c 50000000 /dev/zero | tr "\0" x); kill -STOP $$' 3>&- &
		until [[ $(<"/proc/$!/stat") == *'(bash) T '* ]]; do kill -0 $!; done
		kill -KILL $!
		run "$numaplace" --pid=$!
		[[ $output != *'kernel thread'* ]] || wrong ""
		wait $! || true
	done
}
