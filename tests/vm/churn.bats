# Targets that change all the time while they are moved.
load guest

teardown() { stop_target; }

# Under AddressSanitizer: each of them ends, and tells what it did.
keeps_moving() # moves program...
{
	local i moves=$1

	command -v numaplace-sanitized >/dev/null || skip "there is no build with sanitizers"
	start_program "${@:2}"
	for ((i = 1; i <= moves; i++)); do
		run timeout 600 numaplace-sanitized --pid=$pid --membind=$((i % 2)) --shared --json
		[ "$status" -le 1 ] || wrong "move $i: exit status" || return
		[ "$(jq -r '.processes[0].end' <<<"$output")" = done ] || wrong "move $i" || return
	done
	kill -0 $pid || wrong "the target has not survived it"
}

@test "a target that maps, unmaps, forks and starts threads: a true report of each move" {
	keeps_moving 150 churn
}

@test "a target that also starts itself anew: likewise" {
	keeps_moving 50 churn exec
}
