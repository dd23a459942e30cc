# See bench/stall.
load guest

# The longest waits of both threads while the command runs, us.
waits_during() # command...
{
	ask waits >/dev/null
	"$@" >/dev/null
	ask waits
}

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

teardown() { stop_target; }

@test "stall" {
	start_program stall 400
	for tool in migratepages numaplace; do
		maps=() touches=()
		for round in 1 2 3 4 5; do
			for from in 0 1; do
				if [ $tool = migratepages ]; then
					command=(migratepages $pid $from $((1 - from)))
				else
					command=(numaplace --pid=$pid --from=$from --to=$((1 - from)))
				fi
				read -r map touch < <(waits_during "${command[@]}")
				maps+=("$map")
				touches+=("$touch")
			done
		done
		printf '# %-14s maps and unmaps: median %6d us, most %6d   touches: median %6d, most %6d\n' \
			$tool "$(median "${maps[@]}")" "$(printf '%s\n' "${maps[@]}" | sort -n | tail -n 1)" \
			"$(median "${touches[@]}")" "$(printf '%s\n' "${touches[@]}" | sort -n | tail -n 1)" >&3
	done
}
