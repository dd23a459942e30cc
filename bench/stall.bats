# See bench/stall.
load guest

setup_file() { printf '# kernel\t%s\n' "$(uname -r)" >&3; }

teardown() { stop_target; }

# The longest waits of both threads while the command runs, us.
waits_during() # command...
{
	ask waits >/dev/null
	"$@" >/dev/null
	ask waits
}

# Each round to node 1 and back by both tools in turn.
@test "stall" {
	start_program stall 400
	for round in 1 2 3 4 5; do
		for from in 0 1; do
			to=$((1 - from))
			read -r their_map their_touch < <(waits_during migratepages $pid $from $to)
			read -r our_map our_touch < <(waits_during numaplace --pid=$pid --from=$to --to=$from)
			migratepages $pid $from $to
			printf '# sample\t%s\tmigratepages\tus\t%d\t%d\n' \
				'one that maps and unmaps' "$our_map" "$their_map" \
				'one that only touches pages' "$our_touch" "$their_touch" >&3
		done
	done
}
