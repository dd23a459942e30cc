# Running processes are moved: pages are counted afterwards, by the test's own reading of numa_maps.
load guest

setup_file()
{
	echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
}

# A huge page that was moved is one of the other node's pool from then on.
setup()
{
	echo 0 >/proc/sys/vm/nr_hugepages
	echo 4 >/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
}

teardown_file()
{
	echo 0 >/proc/sys/vm/nr_hugepages
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
}

teardown()
{
	stop_target
}

everything=(anon=16 thp=8 hugetlb=8 file=8 shared=8 stack=1)

# All that was moved is where it should be, the process did not notice, and once more moves nothing.
moved_once() # option...
{
	run numaplace --pid=$pid --json "$@"
	[ "$status" = 0 ] || wrong "exit status" || return
	[ "$(jq -c '.processes[0] | [.end, .agrees, .failed, .moved > 0]' <<<"$output")" = '["done",true,0,true]' ] ||
		wrong "not done, the two looks differ, or nothing moved" || return
	[ "$(ask check)" = same ] || wrong "its memory has changed" || return
	run numaplace --pid=$pid --json "$@"
	[ "$status" = 0 ] || wrong "exit status of the second" || return
	[ "$(jq '.processes[0].moved' <<<"$output")" = 0 ] || wrong "moved twice"
}

# Every kind of memory lies on these nodes, as much on each.
all_on() # node...
{
	local kind node total now

	now=$(layout)
	for kind in anon thp hugetlb file shared stack; do
		total=$(bytes_of $kind '' "$now")
		((total >= 1 << 20)) || wrong "$kind: $total bytes in all" || return
		for node; do
			(($(bytes_of $kind "$node" "$now") == total / $#)) || [ $kind = stack ] ||
				wrong "$kind: $(bytes_of $kind "$node" "$now") of $total on node $node" || return
		done
		for node in 0 1 2 3; do
			[[ " $* " == *" $node "* ]] || (($(bytes_of $kind $node "$now") == 0)) ||
				wrong "$kind: $(bytes_of $kind $node "$now") on node $node" || return
		done
	done
}

@test "the target is where the tests want it at first" {
	start_target "${everything[@]}"
	all_on 0
	[ "$(ask check)" = same ]
}

@test "--membind: every kind of memory" {
	start_target "${everything[@]}"
	moved_once --membind=1
	all_on 1
}

@test "--membind of several: to the nearest" {
	start_target "${everything[@]}"
	moved_once --membind=1-3
	all_on 2
}

@test "--preferred and --preferred-many: likewise" {
	start_target "${everything[@]}"
	moved_once --preferred=3
	all_on 3
	moved_once --preferred-many=1-2
	all_on 1
}

@test "--interleave: every kind, page by page and huge page by huge page" {
	start_target "${everything[@]}"
	moved_once --interleave=all
	all_on 0 1 2 3
	moved_once --membind=1
	moved_once --interleave=1-2
	all_on 1 2
}

@test "--weighted-interleave: by the kernel's weights" {
	kernel_at_least 6 9 || return 0
	start_target anon=16
	moved_once --weighted-interleave=0,2
	weights=/sys/kernel/mm/mempolicy/weighted_interleave
	a=$(cat $weights/node0) b=$(cat $weights/node2)
	expected=$(((16 << 20) * a / (a + b)))
	actual=$(bytes_of anon 0)
	((actual > expected - (1 << 18) && actual < expected + (1 << 18)))
}

@test "--localalloc: to the nodes of the threads' CPUs" {
	start_target "${everything[@]}"
	moved_once --localalloc --cpunodebind=1
	all_on 1
	grep -qE '^Cpus_allowed_list:[[:space:]]+2-3$' /proc/$pid/status
}

@test "--from and --to: the k-th to the k-th" {
	start_target "${everything[@]}"
	moved_once --from=0,1 --to=2,3
	all_on 2
	moved_once --to=0
	all_on 0
	run numaplace --pid=$pid --from=1 --to=3 --json
	[ "$(jq '.processes[0].moved' <<<"$output")" = 0 ]
	all_on 0
}

@test "--from and --to that overlap: one step, not two" {
	start_target anon=8
	for node in 1 2; do
		run numaplace --pid=$pid --from=0-1 --to=1-2
		[ "$status" = 0 ]
		(($(bytes_of anon $node) == 8 << 20))
	done
}

@test "--only: the other kinds stay" {
	start_target "${everything[@]}"
	moved_once --membind=1 --only=stack,file
	for kind in anon thp hugetlb shared; do
		(($(bytes_of $kind 1) == 0))
	done
	(($(bytes_of file 0) == 0))
	(($(bytes_of stack 0) == 0))
	moved_once --membind=1 --only=huge
	(($(bytes_of hugetlb 1) == 8 << 20))
	(($(bytes_of thp 1) == 0))
}

@test "huge pages stay huge" {
	start_target thp=16
	moved_once --membind=1
	grep -A25 "^$(address_of thp)-" /proc/$pid/smaps | grep -qE '^AnonHugePages: +16384 kB'
}

@test "--workers, --max-pause and --rate" {
	start_target anon=32
	moved_once --membind=1 --workers=3 --max-pause=1
	(($(bytes_of anon 1) == 32 << 20))
	run numaplace --pid=$pid --membind=0 --rate=16m --only=anon --json
	[ "$status" = 0 ]
	(($(jq '.processes[0].nanoseconds' <<<"$output") > 1500000000))
	(($(bytes_of anon 0) == 32 << 20))
}

@test "--dry-run moves nothing and says what would move" {
	start_target anon=8
	run numaplace --pid=$pid --membind=1 --only=anon --dry-run --json --mappings
	[ "$status" = 0 ]
	(($(jq '.processes[0].moved' <<<"$output") >= 8 << 20))
	(($(jq "[.processes[0].mappings[] | select(.start == \"$(address_of anon)\")][0].out" \
		<<<"$output") == 8 << 20))
	(($(bytes_of anon 0) == 8 << 20))
	run numaplace --pid=$pid --membind=1 --dry-run --mappings
	[ "$status" = 0 ]
	# Sorted: the largest is first.
	[[ $(grep -A1 '^address' <<<"$output" | tail -n 1) == "$(address_of anon) "* ]]
}
