# What cannot move, and what happens meanwhile: each with its reason, its exit status, and counts that
# add up.
load guest

teardown()
{
	stop_target
	[ -z "${other-}" ] || kill -KILL $other 2>/dev/null || true
	other=
}

# Bytes that stayed for a reason.
stayed() # reason
{
	jq "[.processes[0].nodes[].stayed.$1] | add" <<<"$output"
}

# What was moved, was there, or stayed is all that there was.
adds_up()
{
	jq -e '.processes[0] | .bytes == ([.nodes[] | .moved + .already + ([.stayed[]] | add)] | add)' \
		<<<"$output" >/dev/null || wrong "the counts do not add up"
}

json_of() # numaplace's options...
{
	output=$(numaplace --pid=$pid --json "$@" 2>/tmp/errors) && status=0 || status=$?
}

@test "pages pinned by a pipe: busy, exit 1" {
	start_program numaplace --membind=0 pin 16 64
	json_of --membind=1
	[ "$status" = 1 ]
	adds_up
	[ "$(stayed busy)" = $((64 * 4096)) ] || wrong "not 64 pages"
	[ "$(jq '.processes[0].failed' <<<"$output")" = $((64 * 4096)) ]
	(($(jq '.processes[0].moved' <<<"$output") >= (16 << 20) - 64 * 4096))
	[ "$(jq '.processes[0].agrees' <<<"$output")" = true ]
	run numaplace --pid=$pid --membind=1
	[ "$status" = 1 ]
	grep -qE '^busy or pinned +0 +256 K$' <<<"$output"
}

@test "memory shared with another process: exit 1, and --shared moves it" {
	start_program numaplace --membind=0 share 8
	json_of --membind=1
	[ "$status" = 1 ]
	adds_up
	# Some pages of its data and stack are still its child's too.
	(($(stayed shared) >= 8 << 20 && $(stayed shared) < 9 << 20)) || wrong "not 8 MiB"
	json_of --membind=1 --shared
	[ "$status" = 0 ]
	adds_up
	[ "$(stayed shared)" = 0 ]
	(($(jq '.processes[0].nodes[] | select(.id == 1) | .after' <<<"$output") >= 8 << 20))
}

@test "a library that others map: left alone without --shared, and no failure" {
	numaplace --membind=0 sleep 1000 3>&- &
	pid=$!
	numaplace --membind=0 sleep 1000 3>&- &
	other=$!
	until grep -q '^State:.S' /proc/$pid/status && grep -q '^State:.S' /proc/$other/status &&
		[ "$(cat /proc/$pid/comm /proc/$other/comm | uniq)" = sleep ]; do :; done
	# To where the files of this guest cannot be, which were unpacked at its start.
	json_of --membind=3
	[ "$status" = 0 ] || wrong "exit status"
	(($(stayed shared_file) > 0)) || wrong "nothing is shared"
	json_of --membind=3 --shared
	[ "$status" = 0 ]
	[ "$(stayed shared_file)" = 0 ]
}

# bats test_tags=slow
@test "a small target node: refused before, in part with --best-effort" {
	start_target anon=300
	run numaplace --pid=$pid --membind=2
	refused "process $pid \(target\): node 2 has room for 2[0-9][0-9] M of the 30[0-9] M that belong there; --best-effort moves what fits"
	[ "$(bytes_of anon 2)" = 0 ]
	json_of --membind=2 --best-effort
	[ "$status" = 1 ]
	adds_up
	(($(stayed full) > 10 << 20))
	(($(stayed full) == $(jq '.processes[0].failed' <<<"$output")))
	grep -q 'going on with what fits' /tmp/errors
	[ "$(ask check)" = same ]
	# Preferred, it is no failure; of several nodes the next one takes the rest.
	json_of --preferred=2
	[ "$status" = 0 ]
	(($(stayed full) > 10 << 20))
	json_of --membind=2-3
	[ "$status" = 0 ]
	[ "$(stayed full)" = 0 ]
	(($(bytes_of anon 0) == 0 && $(bytes_of anon 2) + $(bytes_of anon 3) == 300 << 20))
}

# A shell has what it starts in the background ignore SIGINT, which numaplace keeps to. That most was
# not tried is the proof that it ended soon, on a machine of any speed.
@test "SIGINT on the way: it ends soon, and the counts add up" {
	start_target anon=200
	env --default-signal=INT numaplace --pid=$pid --membind=1 --rate=2m --json >/tmp/out 2>/tmp/errors 3>&- &
	other=$!
	until (($(bytes_of anon 1) > 0)); do sleep 0.1; done
	kill -INT $other || wrong "it ended before: $(cat /tmp/errors /tmp/out)"
	wait $other && status=0 || status=$?
	other=
	output=$(cat /tmp/out)
	[ "$status" = 1 ] || wrong "exit status"
	[ "$(jq -r '.processes[0].end' <<<"$output")" = interrupted ]
	adds_up
	(($(stayed not_tried) > 50 << 20 && $(jq '.processes[0].moved' <<<"$output") > 0))
	[ "$(jq '.processes[0].agrees' <<<"$output")" = true ]
	[ "$(ask check)" = same ]
}

@test "the target is killed on the way: a sentence, and exit 1" {
	start_target anon=200
	numaplace --pid=$pid --membind=1 --rate=2m >/tmp/out 2>/tmp/errors 3>&- &
	other=$!
	until (($(bytes_of anon 1) > 0)); do sleep 0.1; done
	kill -KILL $pid
	wait $other && status=0 || status=$?
	other=
	output=$(cat /tmp/out /tmp/errors)
	[ "$status" = 1 ] || wrong "exit status"
	grep -qE "^numaplace: process $pid \(target\): it ended meanwhile" /tmp/errors || wrong "no sentence"
	[ "$(wc -l </tmp/errors)" = 1 ]
	grep -q 'ended meanwhile: the counts are of what was done until then' /tmp/out || wrong "no report"
}

@test "a number that was given to another process is not taken for the old one" {
	start_target anon=100
	numaplace --pid=$pid --membind=1 --rate=1m >/tmp/out 2>/tmp/errors 3>&- &
	other=$!
	sleep 0.5
	kill -KILL $pid
	wait $pid 2>/dev/null || true
	# Another one with its number, and pages on node 0.
	numaplace --membind=0 again $pid pages 20 >/tmp/again 3>&-
	wait $other && status=0 || status=$?
	other=
	output=$(cat /tmp/again /tmp/errors)
	[ "$status" = 1 ]
	only='nodes N0='
	grep -q "$only" /tmp/again || wrong "not on node 0"
	[ "$(grep -oE ' N[0-9]+=' /tmp/again | wc -l)" = 1 ] || wrong "some of it was moved"
	grep -q "it ended meanwhile" /tmp/errors
	pid=
}
