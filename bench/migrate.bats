# See bench/migrate.
load guest

# Milliseconds that the command takes.
time_of() # command...
{
	local start=$EPOCHREALTIME end

	"$@" >/dev/null
	end=$EPOCHREALTIME
	echo $(((${end/./} - ${start/./}) / 1000))
}

# Medians of both and their ratio: each round to node 1 and back, the tools in turn.
compare() # description numaplace's options...
{
	local name=$1 theirs=() ours=() from to i

	shift
	for i in 1 2 3 4; do
		for from in 0 1; do
			to=$((1 - from))
			theirs+=("$(time_of migratepages $pid $from $to)")
			ours+=("$(time_of numaplace --pid=$pid --from=$to --to=$from "$@")")
			migratepages $pid $from $to
		done
	done
	report "$name" "$(median "${theirs[@]}")" "$(median "${ours[@]}")"
}

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

report() # name theirs ours
{
	awk -v name="$1" -v a="$2" -v b="$3" 'BEGIN {
		printf "# %-28s migratepages %5d ms   numaplace %5d ms   %.2f times as fast\n",
			name, a, b, a / b }' >&3
}

teardown() { stop_target; }

@test "small pages" {
	start_target anon=400
	compare '400 MiB of 4 KiB pages'
	compare '400 MiB, --workers=1' --workers=1
}

@test "huge pages" {
	echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
	start_target thp=400
	compare '400 MiB of 2 MiB pages'
}
