# See bench/migrate.
load guest

setup_file() { printf '# kernel\t%s\n' "$(uname -r)" >&3; }

teardown() { stop_target; }

# Milliseconds that the command takes.
time_of() # command...
{
	local start=$EPOCHREALTIME end

	"$@" >/dev/null
	end=$EPOCHREALTIME
	echo $(((${end/./} - ${start/./}) / 1000))
}

# Each round to node 1 and back, the tools in turn.
compare() # what numaplace's options...
{
	local what=$1 theirs ours from to i

	shift
	for i in 1 2 3 4; do
		for from in 0 1; do
			to=$((1 - from))
			theirs=$(time_of migratepages $pid $from $to)
			ours=$(time_of numaplace --pid=$pid --from=$to --to=$from "$@")
			migratepages $pid $from $to
			printf '# sample\t%s\tmigratepages\tms\t%d\t%d\n' "$what" "$ours" "$theirs" >&3
		done
	done
}

@test "small pages" {
	start_target anon=400
	compare '4 KiB pages'
	compare '4 KiB pages, --workers=1' --workers=1
}

@test "huge pages" {
	echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
	start_target thp=400
	compare '2 MiB pages'
}
