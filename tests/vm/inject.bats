# The policy of a running process, set from outside: its threads go on as if nothing had been, each has
# the policy, and what is allocated then lies where that says.
load guest

teardown()
{
	stop_target
	pid=
	[ -z "${other-}" ] || kill -KILL $other 2>/dev/null || true
	other=
	redis-cli -s /tmp/redis.sock shutdown nosave 2>/dev/null || true
}

# The policies in turn, with the name that numa_maps has for each.
options=(--interleave=all --membind=1 --preferred=2 --membind=0,3 --localalloc --interleave=1-2 --default-policy)
names=(interleave:0-3 bind:1 prefer:2 bind:0,3 local interleave:1-2 default)

# The policy of each thread, as numa_maps has it for the program's text, which has none of its own. For a
# thread that ends while the kernel waits for the lock of its memory it says "default": what can be opened
# once more had not ended then.
policies()
{
	local thread policy

	for thread in /proc/$pid/task/*; do
		{ read -r _ policy _ <$thread/numa_maps && read -r _ <$thread/numa_maps && echo $policy; } 2>/dev/null
	done | sort -u
}

all_have() # name
{
	policies >/tmp/policies
	[ "$(cat /tmp/policies)" = "$1" ] || wrong "policies: $(cat /tmp/policies), not $1"
}

# Without pages to be moved, which may be a child's too and stay: there are no huge ones.
inject() # number of the policy
{
	local only=--only=huge

	[[ ${options[$1]} != --default-policy ]] || only=
	run numaplace --pid=$pid --inject "${options[$1]}" $only --json
	[ "$status" = 0 ] || wrong "${options[$1]}" || return
	sets=$((${sets-0} + $(jq '.processes[0].injection.set' <<<"$output")))
}

# Calls of set_mempolicy that the threads have made.
has_set() # at least
{
	((sets >= $1)) || wrong "only $sets policies were set"
}

# Each of these nodes has its share of the 4 MiB, but for some pages: tables of pages have theirs too.
are_even() # node...
{
	local node share=$(((4 << 20) / $#))

	for node in "$@"; do
		(($(bytes_of new $node) > share - 65536 && $(bytes_of new $node) < share + 65536)) || return
	done
}

# The threads' own, and where new memory lies: 4 MiB, touched by a new thread.
follows() # number of the policy
{
	local name=${names[$1]} before=$areas

	all_have "$name" || return
	areas="new $(ask 'allocate 4') 0"
	case $name in
	interleave:0-3) are_even 0 1 2 3 ;;
	interleave:1-2) are_even 1 2 ;;
	bind:1) (($(bytes_of new 1) == 4 << 20)) ;;
	prefer:2) (($(bytes_of new 2) == 4 << 20)) ;;
	bind:0,3) (($(bytes_of new 0) + $(bytes_of new 3) == 4 << 20)) ;;
	*) (($(bytes_of new 0) + $(bytes_of new 1) == 4 << 20)) ;;
	esac || wrong "$name: elsewhere: $(grep "$(address_of new)" /proc/$pid/numa_maps)" || return
	areas=$before
}

# Each thread of `blocked` that did not get what it should have; then the end.
wrong_results()
{
	until [ "$(ask timed)" = 0 ]; do sleep 0.5; done
	echo release >&7
	while read -r -u 8 line && [ "$line" != end ]; do
		[[ $line == *' right' ]] || echo "$line"
		echo "$line" >>/tmp/results
	done
	[ -s /tmp/results ] || echo "no result"
	rm -f /tmp/results
}

# How many are done, and how many policies have been set by that.
goes_through() # injections sets kind...
{
	start_program blocked $(times 60 30) "${@:3}"
	for ((i = 0; i < $1; i++)); do
		inject $((i % 7))
		# Those with an end come to it while this goes on.
		((i != 3)) || [ "$3" != waiting ] || (($(ask timed) > 0)) || wrong "the waits were too short"
	done
	wrong_results >/tmp/wrong
	[ ! -s /tmp/wrong ] || wrong "$(cat /tmp/wrong)"
	has_set $2
}

# Those that run are apart: with them each stop would wait for a processor.
@test "each kind of call that waits: each returns what it should, in its time" {
	goes_through $(times 200 7) $(times 1000 30) waiting
}

@test "computing, a clock, a handler: all goes on" {
	goes_through $(times 200 7) $(times 600 18) computing clock handler
}

# bats test_tags=slow
@test "signals all the time: none gets lost" {
	goes_through $(times 35) $(times 100) signalled signalling
}

@test "threads that start and end all the time: all have it, sums and memory are right" {
	start_program swarm $(times 64 16)
	for ((i = 0; i < $(times 16 3); i++)); do
		inject $((i % 7))
		((i % 3)) || follows $((i % 7)) || return
	done
	before=$(ask sum)
	sleep 1
	after=$(ask sum)
	echo "$before, $after"
	((${after% *} > ${before% *})) || wrong "it stands still"
	[ "${after#* }" = 0 ] || wrong "sums"
	has_set $(times 1000 32)
}

@test "redis-server under load: no client sees an error, new memory lies where it says" {
	numaplace --membind=0 redis-server --save '' --daemonize no --port 0 --unixsocket /tmp/redis.sock \
		>/tmp/redis.log 2>&1 3>&- &
	pid=$!
	until redis-cli -s /tmp/redis.sock ping 2>/dev/null | grep -q PONG; do
		kill -0 $pid || wrong "$(cat /tmp/redis.log)"
	done
	for ((i = 0; i < 200; i++)); do
		echo "set own:$i value-$i-$(printf '%0900d' $i)"
	done | redis-cli -s /tmp/redis.sock >/dev/null
	for ((i = 0; i < 200; i++)); do echo "get own:$i"; done | redis-cli -s /tmp/redis.sock | md5sum >/tmp/own.before
	redis-benchmark -s /tmp/redis.sock -q -l -t get,set -r 2000 -d 1024 -c 8 >/tmp/benchmark 2>&1 3>&- &
	other=$!
	for ((i = 0; i < $(times 200 7); i++)); do
		inject $((i % 7))
		((i % 5)) || all_have "${names[i % 7]}"
	done
	kill -0 $other || wrong "the client has ended: $(tail -c 500 /tmp/benchmark)"
	kill $other
	wait $other || true
	other=
	! grep -iE 'err|fail|closed|could not' /tmp/benchmark || wrong "$(cat /tmp/benchmark)"
	for ((i = 0; i < 200; i++)); do echo "get own:$i"; done | redis-cli -s /tmp/redis.sock | md5sum >/tmp/own.after
	cmp /tmp/own.before /tmp/own.after
	has_set $(times 800 25)
	# As if it had been started so: what is there, and what comes.
	run numaplace --pid=$pid --inject --membind=1
	[ "$status" = 0 ] || wrong "moved"
	redis-benchmark -s /tmp/redis.sock -q -t set -n $(times 2000 500) -r 2000 -d 16384 -c 8 >/tmp/benchmark
	for node in 0 2 3; do
		pages=$(grep anon= /proc/$pid/numa_maps | grep -v ' file=' | grep -oE " N$node=[0-9]+" | cut -d= -f2 |
			awk '{ sum += $1 } END { print sum + 0 }')
		((pages == 0)) || wrong "$pages pages on node $node: $(cat /proc/$pid/numa_maps)"
	done
	grep -qE 'bind:1 .*N1=[0-9]{3,}' /proc/$pid/numa_maps
}

# numaplace killed at its I-th call that has to do with tracing.
kill_at() # i option
{
	run killat "$1" numaplace --pid=$pid --inject "$2" --only=huge
	kill -0 $pid || wrong "it died at step $1"
}

# tests/cli/inject.bats goes through all of them: here each kind begins with another one.
# bats test_tags=slow
@test "killed at every so many steps: the threads go on" {
	first=1
	step=$(times 7 29)
	for kind in $(times "computing handler read sigsuspend signalled" "handler read"); do
		# The two signal each other.
		[ $kind = signalled ] && kinds='signalled signalling' || kinds=$kind
		start_program blocked 0 $kinds
		for ((i = first; i < 400; i += step)); do
			kill_at $i "${options[i % 2]}"
			[ "$status" = 137 ] || break
		done
		((i > 40 && i < 399)) || wrong "$kind: ended at $i"
		wrong_results >/tmp/wrong
		[ ! -s /tmp/wrong ] || wrong "$kind: $(cat /tmp/wrong)"
		stop_target
		((++first))
	done
}

@test "yama forbids it: refused in words, alive" {
	[ -e /proc/sys/kernel/yama/ptrace_scope ] || skip "this kernel has no yama"
	setpriv --reuid=65534 --regid=65534 --clear-groups sleep 1000 3>&- &
	other=$!
	until [ "$(cat /proc/$other/comm)" = sleep ]; do sleep 0.1; done
	as_user="setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all"
	echo 1 >/proc/sys/kernel/yama/ptrace_scope
	run $as_user numaplace --pid=$other --inject --membind=1
	echo 2 >/proc/sys/kernel/yama/ptrace_scope
	refused 'yama forbids it to trace this process \(kernel.yama.ptrace_scope is 1\): run numaplace as root, or set that to 0'
	run $as_user numaplace --pid=$other --inject --membind=1
	refused 'kernel.yama.ptrace_scope is 2'
	run numaplace --pid=$other --inject --membind=1
	[ "$status" = 0 ] || wrong "root may"
	echo 0 >/proc/sys/kernel/yama/ptrace_scope
	run $as_user numaplace --pid=$other --inject --membind=0
	[ "$status" = 0 ] || wrong "a plain user may"
	# The last step has no way back but the next boot.
	echo 3 >/proc/sys/kernel/yama/ptrace_scope
	run numaplace --pid=$other --inject --membind=1
	refused 'yama forbids all tracing until the next boot'
	kill -0 $other
}
