# The policy of a running process on this machine, which may have a single node: the threads that are
# stopped go on as if nothing had been, whatever they do, and whenever numaplace dies.
load helper
bats_require_minimum_version 1.5.0

setup_file()
{
	for program in blocked swarm deny killat execs; do
		cc -O1 -D_GNU_SOURCE -Wall -Wextra -Werror -pthread -o "$BATS_FILE_TMPDIR/$program" \
			"$BATS_TEST_DIRNAME/../vm/$program.c"
	done
}

setup()
{
	pid=
	other=
	PATH=$BATS_FILE_TMPDIR:$PATH
	node=$(cut -d, -f1 /sys/devices/system/node/online | cut -d- -f1)
	policies=("--interleave=$node" "--membind=$node" --localalloc "--preferred=$node" --default-policy)
}

teardown()
{
	for program in $pid $other; do
		kill -KILL "$program" 2>/dev/null || true
		wait "$program" 2>/dev/null || true
	done
}

# Says "ready", then answers lines; held under numbers of its own, as bash hides a coprocess's.
start() # command...
{
	coproc TARGET { exec "$@" 3>&-; }
	pid=$TARGET_PID
	exec 7>&"${TARGET[1]}" 8<&"${TARGET[0]}"
	read -r -u 8 line
	[ "$line" = ready ]
}

ask() # line
{
	echo "$1" >&7
	read -r -u 8 line
	echo "$line"
}

# What tracing forbids here, as in some containers, is no fault of ours.
may_trace()
{
	sleep 1000 3>&- &
	other=$!
	# Not while it is still becoming what it is.
	until [[ $(<"/proc/$other/stat") == *'(sleep) S '* ]]; do kill -0 $other; done
	run "$numaplace" --pid=$other --inject --localalloc --dry-run
	[ "$status" = 0 ] || skip "this process may not trace: $output"
	kill $other
	wait $other || true
	other=
}

# Each thread of `blocked` that did not get what it should have.
wrong_results()
{
	until [ "$(ask timed)" = 0 ]; do sleep 0.2; done
	echo release >&7
	while read -r -u 8 line && [ "$line" != end ]; do
		[[ $line == *' right' ]] || echo "$line"
		echo "$line" >>"$BATS_TEST_TMPDIR/results"
	done
	[ "$(wc -l <"$BATS_TEST_TMPDIR/results")" = 25 ] || echo "not all ended"
}

# The policy in numa_maps of a mapping that has none of its own.
policy_of() # thread
{
	awk '$2 !~ /^(bind|prefer|interleave|local|default)/ { exit 1 } { print $2; exit }' \
		"/proc/$pid/task/$1/numa_maps"
}

@test "each kind of call that waits returns what it should, and in its time" {
	may_trace
	start blocked 15
	for ((i = 0; i < 20; i++)); do
		run "$numaplace" --pid=$pid --inject "${policies[i % 5]}"
		[ "$status" = 0 ] || wrong "injection $i"
	done
	wrong_results >"$BATS_TEST_TMPDIR/wrong"
	[ ! -s "$BATS_TEST_TMPDIR/wrong" ] || wrong "$(cat "$BATS_TEST_TMPDIR/wrong")"
}

# numaplace killed at its I-th call that has to do with tracing.
kill_at() # i option
{
	run killat "$1" "$numaplace" --pid=$pid --inject "$2" --only=huge
	kill -0 $pid || wrong "it died at step $1"
}

# What the man page says of calls when numaplace is killed.
interrupted='^(futex-timed|nanosleep|epoll_wait|epoll_wait-timed|epoll_pwait|poll-timed|select-timed|sigwaitinfo|sigtimedwait|semop|semtimedop) returned -1 \(Interrupted'

# By default of what runs, and of calls that are made again by the kernel, by restart_syscall and with
# another mask of signals.
@test "killed at each step: the thread goes on" {
	may_trace
	for kind in computing read ppoll sigsuspend ${VM_ALL:+handler futex}; do
		start blocked 2 $kind
		killed=0
		# The first thread waits for a line. Until a whole run has had no more calls than that.
		for ((i = 1; i < 300; i++)); do
			kill_at $i "${policies[i % 2]}"
			[ "$status" = 137 ] || break
			((++killed))
		done
		((killed > 40 && killed < 299)) || wrong "$kind: killed $killed times"
		until [ "$(ask timed)" = 0 ]; do sleep 0.2; done
		echo release >&7
		read -r -u 8 line
		[ "$line" = "$kind right" ] || wrong "$line"
		read -r -u 8 line
		[ "$line" = end ]
		kill -KILL $pid
		wait $pid || true
	done
}

@test "killed in any thread: all go on" {
	may_trace
	start blocked 10
	killed=0
	for ((i = 7; i < 1000; i += 23)); do
		kill_at $i "${policies[killed % 2]}"
		[ "$status" != 137 ] || ((++killed))
	done
	((killed > 10)) || wrong "only $killed times"
	wrong_results | grep -vE "$interrupted" >"$BATS_TEST_TMPDIR/wrong" || true
	[ ! -s "$BATS_TEST_TMPDIR/wrong" ] || wrong "$(cat "$BATS_TEST_TMPDIR/wrong")"
}

@test "threads that start and end all the time: all have it, their sums are right" {
	may_trace
	start swarm 16
	for ((i = 0; i < 5; i++)); do
		run "$numaplace" --pid=$pid --inject "${policies[i]}" --json
		[ "$status" = 0 ] || wrong "injection $i"
		((${#lines[@]} > 0 && $(jq '.processes[0].injection.threads | length' <<<"$output") > 16)) ||
			wrong "threads"
		want=$(jq -r '.processes[0].injection.policy' <<<"$output")
		# numa_maps calls it by an older name.
		cat /proc/$pid/task/*/numa_maps 2>/dev/null | awk '{ print $2 }' | sort | uniq -c | sort -rn |
			awk '{ print $2; exit }' >"$BATS_TEST_TMPDIR/policy"
		[ "$(sed 's/^prefer:/preferred:/' "$BATS_TEST_TMPDIR/policy")" = "$want" ] ||
			wrong "$want, not $(cat "$BATS_TEST_TMPDIR/policy")"
	done
	before=$(ask sum)
	sleep 0.5
	after=$(ask sum)
	((${after% *} > ${before% *})) || wrong "it stands still: $before, $after"
	[ "${after#* }" = 0 ] || wrong "sums: $after"
}

# An execve ends the other threads, waits for whoever traces one to see its end, and keeps others from being
# traced meanwhile.
@test "a program is executed anew all the time: neither waits for the other" {
	may_trace
	start execs 6
	done=0
	for i in {1..60}; do
		run timeout -k 1 60 "$numaplace" --pid=$pid --inject "${policies[i % 5]}" --only=huge
		((status < 124 || status == 125)) || wrong "try $i"
		[[ $output != *'its code has changed'* && $output != *'traced any more'* ]] || wrong "its reason"
		((status)) || ((++done))
		kill -0 $pid || wrong "it has ended"
	done
	# It goes on, and could be had in between.
	before=$(tr '\0' ' ' <"/proc/$pid/cmdline")
	for i in {1..100}; do
		sleep 0.1
		[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "$before" ] || break
	done
	((i < 100)) || wrong "it stands still: $before"
	((done > 0)) || wrong "never done"
}

policy_of() { awk 'NR == 1 { print $2 }' "/proc/$1/numa_maps"; }

@test "its memory cannot be read or written in the midst: 125 where nothing was changed, else 1" {
	may_trace
	command -v strace >/dev/null || skip "there is no strace here"
	sleep 1000 3>&- &
	pid=$!
	until [[ $(<"/proc/$pid/stat") == *'(sleep) S '* ]]; do kill -0 $pid; done
	declare -A ends=([0]=0 [1]=0 [125]=0)
	for call in process_vm_readv process_vm_writev; do
		for when in {1..40}; do
			"$numaplace" --pid=$pid --inject --default-policy >/dev/null
			run strace -f -qq -o /dev/null -e inject=$call:error=ENOMEM:when=$when \
				"$numaplace" --pid=$pid --inject --membind="$node" --only=huge
			((++ends[$status])) || true
			case $status:$(policy_of $pid) in
			0:bind:* | 1:* | 125:default) ;;
			*) wrong "$call $when: $(policy_of $pid)" ;;
			esac
		done
	done
	((ends[0] && ends[1] && ends[125])) || wrong "${ends[*]}"
}

@test "the report, as text and as JSON; the plan; each call" {
	may_trace
	start swarm 0
	run --separate-stderr "$numaplace" --pid=$pid --membind="$node" --inject --dry-run --verbose
	[ "$status" = 0 ]
	[ "${lines[0]}" = "process $pid (swarm): policy bind:$node would be set in 1 thread: $pid" ] || wrong ""
	[[ $stderr == *"set_mempolicy(MPOL_BIND, {$node}) in thread $pid"* ]] || wrong "$stderr"
	[ "$(policy_of $pid)" = default ] || wrong "$(policy_of $pid)"
	run "$numaplace" --pid=$pid --membind="$node" --inject --dry-run --json
	[ "$(jq -c '.processes[0].injection' <<<"$output")" = \
		"{\"policy\":\"bind:$node\",\"threads\":[$pid],\"set\":null,\"rounds\":null,\"longest_stop\":null}" ] ||
		wrong ""
	run --separate-stderr "$numaplace" --pid=$pid --membind="$node" --static-nodes --inject --verbose
	[ "$status" = 0 ] || wrong "$stderr"
	[[ ${lines[0]} =~ ^process\ $pid\ \(swarm\):\ policy\ bind=static:$node\ read\ back\ from\ 1\ thread,\ set\ 1\ time,\ longest\ stop\ [0-9.]+\ ms$ ]] ||
		wrong ""
	[[ $stderr == *"set_mempolicy(MPOL_BIND | MPOL_F_STATIC_NODES, {$node}) in thread $pid"* ]] || wrong "$stderr"
	[ "$(policy_of $pid)" = "bind=static:$node" ]
	[[ $output != *'What is allocated from now on'* ]]
	run "$numaplace" --pid=$pid --default-policy --inject --json
	[ "$status" = 0 ]
	[ "$(jq -r '.processes[0] | [.injection.policy, .injection.set, .end] | map(tostring) | join(" ")' <<<"$output")" = \
		'default 1 done' ] || wrong ""
	[ "$(policy_of $pid)" = default ]
	run "$numaplace" --pid=$pid --default-policy --inject
	[[ ${#lines[@]} = 1 && ${lines[0]} == *'policy default read back from 1 thread, set 0 times'* ]] || wrong ""
}

# Refused in words, and it is alive, and what it was.
left_alone() # expression
{
	run "$numaplace" --pid=$pid --inject --localalloc
	refused "--inject: process $pid \\(.*\\): $1" || return
	kill -0 $pid
}

@test "refused: a filter, a tracer, a stop" {
	may_trace
	start deny EPERM set_mempolicy swarm 2
	left_alone "its thread $pid is under a seccomp filter"
	[ "$(ask sum | cut -d' ' -f2)" = 0 ]
	kill -KILL $pid
	start swarm 2
	kill -STOP $pid
	until [[ $(awk '/^State/ { print $2 }' /proc/$pid/status) == T ]]; do :; done
	left_alone "its thread $pid is stopped: let it go on first \(kill -CONT\)"
	kill -CONT $pid
	strace -f -qq -o /dev/null -p $pid 3>&- 7>&- 8<&- &
	other=$!
	until grep -qE '^TracerPid:[[:space:]]+[1-9]' /proc/$pid/status; do :; done
	left_alone "its thread $pid is being traced by process $other, and can have one tracer only"
	kill $other
	wait $other || true
	other=
	[ "$(ask sum | cut -d' ' -f2)" = 0 ]
	run "$numaplace" --pid=$pid --inject --localalloc
	[ "$status" = 0 ] || wrong "not after that"
}

# Only root may see what a filter allows, if it has none itself.
sees_filters()
{
	may_trace
	[ "$(uname -m)" = x86_64 ] || skip "filters are not minded on $(uname -m)"
	[ "$(id -u)" = 0 ] && grep -q '^Seccomp:.0' /proc/self/status || skip "needs root without a seccomp filter"
}

@test "a filter that lets the calls through is no reason to refuse" {
	sees_filters
	start deny EPERM mbind swarm 2
	run "$numaplace" --pid=$pid --inject "--membind=$node"
	[ "$status" = 0 ] || wrong "refused"
	[ "$(policy_of $pid)" = "bind:$node" ] || wrong "$(policy_of $pid)"
	[ "$(ask sum | cut -d' ' -f2)" = 0 ]
	kill -KILL $pid
	# Two of them, of which the later one does not.
	start deny EPERM mbind deny EPERM get_mempolicy swarm 2
	left_alone "its thread $pid is under a seccomp filter that does not let set_mempolicy, get_mempolicy"
	[ "$(policy_of $pid)" = default ]
	[ "$(ask sum | cut -d' ' -f2)" = 0 ]
}

@test "a filter without restart_syscall: a sleeper is woken, and not killed" {
	sees_filters
	deny EPERM restart_syscall sleep 3 3>&- &
	pid=$!
	until [[ $(cat /proc/$pid/comm /proc/$pid/wchan) == sleep*nanosleep* || $(</proc/$pid/syscall) == 230* ]]; do :; done
	left_alone "its thread $pid is under a seccomp filter that does not let .* restart_syscall through"
	wait $pid || wrong "it was not woken as by a signal, but denied to go on"
	pid=
}

@test "a filter that this user cannot look into: refused, alive" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	may_trace
	copy=$(mktemp -d)
	cp "$numaplace" "$BATS_FILE_TMPDIR/deny" "$BATS_FILE_TMPDIR/swarm" "$copy"
	chmod 755 "$copy" "$copy"/*
	as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all)
	start "${as_user[@]}" "$copy/deny" EPERM mbind "$copy/swarm" 2
	run "${as_user[@]}" "$copy/numaplace" --pid=$pid --inject --localalloc
	rm -r "$copy"
	refused "its thread $pid is under a seccomp filter, which may kill it|yama forbids"
	[ "$(ask sum | cut -d' ' -f2)" = 0 ]
}

# A program that pauses, as 32-bit code: pause() again and again.
small_program()
{
	printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\124\200\4\10\64\0\0\0\0\0\0\0\0\0\0\0\64\0\40\0\1\0\50\0\0\0\0\0'
	printf '\1\0\0\0\0\0\0\0\0\200\4\10\0\200\4\10\137\0\0\0\137\0\0\0\5\0\0\0\0\20\0\0'
	printf '\270\35\0\0\0\315\200\353\367\0\0'
}

@test "refused: programs of another width, and of Go" {
	may_trace
	if [ "$(uname -m)" = x86_64 ]; then
		small_program >"$BATS_TEST_TMPDIR/small"
		chmod +x "$BATS_TEST_TMPDIR/small"
		"$BATS_TEST_TMPDIR/small" 3>&- &
		pid=$!
		until [ "$(cat /proc/$pid/comm)" = small ] || ! kill -0 $pid; do :; done
		! kill -0 $pid || left_alone 'it is a program of another width or machine than numaplace'
		kill -KILL $pid 2>/dev/null || true
	fi
	cat >"$BATS_TEST_TMPDIR/go.c" <<-'END'
		#include <unistd.h>
		__asm__(".section .note.go.buildid,\"a\",@note\n.long 4, 4, 4\n.asciz \"Go\\0\"\n.long 0\n.previous\n");
		int main(void) { return pause(); }
	END
	cc -o "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/go.c"
	"$BATS_TEST_TMPDIR/go" 3>&- &
	pid=$!
	until [ "$(cat /proc/$pid/comm)" = go ]; do :; done
	left_alone 'it is a Go program: its stacks are too small'
}

@test "refused: what may not be traced; and a tracer that is refused in the midst" {
	may_trace
	start swarm 2
	run strace -f -qq -o /dev/null -e inject=ptrace:error=EPERM "$numaplace" --pid=$pid --inject --localalloc
	refused "--inject: process $pid \(swarm\): it may not be traced: this is root|yama forbids"
	# From the second one on, after the look at it: nothing was done.
	run strace -f -qq -o /dev/null -e inject=ptrace:error=EPERM:when=2+ \
		"$numaplace" --pid=$pid --inject --localalloc
	[ "$status" != 0 ] || wrong "it did nothing"
	run strace -f -qq -o /dev/null -e inject=process_vm_writev:error=EFAULT \
		"$numaplace" --pid=$pid --inject --localalloc
	[ "$status" = 125 ] || wrong "it did nothing"
	[[ $output == *"there is no room below its stack"* ]] || wrong ""
	[ "$(policy_of $pid)" = default ]
	[ "$(ask sum | cut -d' ' -f2)" = 0 ]
	[ "$(id -u)" = 0 ] || return 0
	copy=$(mktemp -d)
	cp "$numaplace" "$copy/numaplace"
	chmod 755 "$copy" "$copy/numaplace"
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$copy/numaplace" --pid=$pid --inject --localalloc
	rm -r "$copy"
	refused "it is user 0's, and this is user 65534: run numaplace as root"
	[ "$(ask sum | cut -d' ' -f2)" = 0 ]
}

@test "another user namespace, without the rights: refused, alive" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	may_trace
	setpriv --reuid=65534 --regid=65534 --clear-groups sleep 1000 3>&- &
	pid=$!
	until [ "$(cat /proc/$pid/comm)" = sleep ]; do :; done
	copy=$(mktemp -d)
	cp "$numaplace" "$copy/numaplace"
	chmod 755 "$copy" "$copy/numaplace"
	run setpriv --reuid=65534 --regid=65534 --clear-groups unshare -U "$copy/numaplace" --pid=$pid --inject --localalloc
	rm -r "$copy"
	[[ $output != unshare* ]] || skip "no user namespace here: $output"
	refused 'a user namespace of its own'
	kill -0 $pid
}
