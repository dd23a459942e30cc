# Shared memory and files: pages counted per node by another process (where.c), after the fact.
load guest

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	key=$BATS_TEST_TMPDIR/key
	file=/dev/shm/file
}

teardown()
{
	rm -f /dev/shm/* /huge/*
	ipcrm --all=shm
	[ -z "${holder-}" ] || kill "$holder" 2>/dev/null || true
	echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	umount /disk /ram /thp 2>/dev/null || true
}

key_of() # id
{
	printf '0x%02x%02x%04x' "$1" $(($(stat -c %d "$key") & 255)) $(($(stat -c %i "$key") & 65535))
}

# Huge pages of a node's pool.
pool() # node count
{
	echo "$2" >"/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/nr_hugepages"
	[ "$(<"/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/nr_hugepages")" = "$2" ]
}

huge_file()
{
	mkdir -p /huge
	mountpoint -q /huge 2>/dev/null || grep -q ' /huge ' /proc/mounts || mount -t hugetlbfs huge /huge
}

# A file system on the NVMe disk.
disk()
{
	mke2fs -q -F -t ext4 /dev/nvme0n1 >/dev/null 2>&1
	mkdir -p /disk
	mount -t ext4 /dev/nvme0n1 /disk
}

at() { run where "$@"; }

# A kind of segment, of so many pages; `part` is the third in the middle.
use() # kind
{
	unset HUGE
	page=4096 pages=24
	case $1 in
	sysv) target=(--shm=key) view=(shm key 0) ;;
	tmpfs) target=("--file=$file") view=(file "$file") ;;
	sysv-huge) target=(--shm=key --huge) view=(shm key 0) page=2097152 pages=12 ;;
	hugetlbfs) target=(--file=/huge/a) view=(file /huge/a) page=2097152 pages=12 ;;
	esac
	third=$((pages / 3 * page))
	part=(--offset=$third --length=$third)
	touch=()
	if [ $page != 4096 ]; then
		export HUGE=1
		touch=(--touch)
		for node in 0 1 3; do pool $node $pages; done
		huge_file
	fi
}

away()
{
	if [ "${target[0]}" = --shm=key ]; then
		ipcrm -M "$(key_of 0)"
		rm key
	else
		rm "${target[0]#--file=}"
	fi
}

put() { numaplace "${target[@]}" "$@"; }

# So many pages of a mode are on these nodes.
share() # mode pages
{
	case $1 in
	--membind=3 | --preferred=3) echo "N3=$2" ;;
	--membind=1,3 | --preferred-many=1,3) echo "N1=$2" ;;
	--interleave=1,3) echo "N1=$(($2 / 2)) N3=$(($2 / 2))" ;;
	--weighted-interleave=1,3) echo "N1=$(($2 * 3 / 4)) N3=$(($2 / 4))" ;;
	esac
}

shows() # expected [offset length]
{
	at "${view[@]}" "${@:2}"
	[ "$output" = "nodes $1" ] || wrong "${target[0]} $mode: not $1"
}

# Done once more, it finds all in place.
again() # option...
{
	run put "$mode" "$@" "${touch[@]}" --json
	[[ $output == *'"moved": 0, '*', "stayed": 0'* ]] || wrong "${target[0]} $mode: a second run moved"
}

# From CPU 0, which is on node 0; that is nearer to node 1 than to node 3.
each_mode()
{
	taskset -pc 0 $BASHPID >/dev/null
	modes=(--membind=3 "--membind=1,3" --preferred=3 "--preferred-many=1,3" "--interleave=1,3")
	if kernel_at_least 6 9; then
		for node in 0 1 2 3; do
			echo $((node == 1 ? 3 : 1)) >/sys/kernel/mm/mempolicy/weighted_interleave/node$node
		done
		modes+=("--weighted-interleave=1,3")
	fi
	# Of huge pages one of one place and one of many, unless all is asked for.
	((page == 4096)) || is_all || modes=(--membind=3 --interleave=1,3)
	for mode in "${modes[@]}"; do
		"$@" || return
	done
}

new_ones()
{
	put "$mode" --length=$((3 * third)) --touch --verify 2>/dev/null || return
	shows "$(share "$mode" $pages)" || return
	again || return
	away
	put "$mode" "${part[@]}" --touch --verify 2>/dev/null || return
	shows "$(share "$mode" $((pages / 3)))" $third $third || return
	away
}

existing_ones()
{
	local nodes

	put --membind=0 --length=$((3 * third)) --touch 2>/dev/null || return
	put "$mode" "${part[@]}" "${touch[@]}" --verify >/dev/null || return
	nodes=$(share "$mode" $((pages / 3)))
	shows "N0=$((pages / 3 * 2)) $nodes" || return
	again "${part[@]}" || return
	put "$mode" "${touch[@]}" --verify >/dev/null || return
	shows "$(share "$mode" $pages)" || return
	again || return
	# Pages stay where they are, and the policy is another.
	put --localalloc "${touch[@]}" --verify || return
	shows "$(share "$mode" $pages)" || return
	away
}

@test "each mode on SysV segments: new and existing, whole and in part" {
	use sysv
	each_mode new_ones
	each_mode existing_ones
}

# Pages of tmpfs that nobody has written to may go at any time, and with them their place.
@test "what was touched stays when the kernel takes memory back" {
	run numaplace --file=/dev/shm/kept --length=16m --membind=1 --touch
	ran
	# Nobody has written to these.
	truncate -s 16m /dev/shm/dropped
	pageout /dev/shm/dropped
	[ "$(stat -c %b /dev/shm/dropped)" -lt 1000 ] || wrong "it takes nothing back"
	pageout /dev/shm/kept
	run numaplace --file=/dev/shm/kept --dump-nodes --json
	rm /dev/shm/kept /dev/shm/dropped
	[ "$(jq -c '[.present, (.ranges[] | .offset, .length, .node)]' <<<"$output")" = '[16777216,0,16777216,1]' ] || wrong "gone"
}

# bats test_tags=slow
@test "each mode on files of tmpfs: new and existing, whole and in part" {
	use tmpfs
	each_mode new_ones
	each_mode existing_ones
}

# bats test_tags=slow
@test "each mode on SysV segments of huge pages: new and existing, whole and in part" {
	use sysv-huge
	# With another one before it the id is odd, which would show where it counted.
	numaplace --shm=other --length=4k --localalloc
	each_mode new_ones
	each_mode existing_ones
}

@test "each mode on files of hugetlbfs: new and existing, whole and in part" {
	use hugetlbfs
	each_mode new_ones
	each_mode existing_ones
}

@test "local allocation: where the one runs that touches" {
	for kind in sysv tmpfs sysv-huge hugetlbfs; do
		use $kind
		mode=--localalloc
		taskset -c 0 numaplace "${target[@]}" --localalloc --length=$((3 * third)) --touch --verify 2>/dev/null
		shows N0=$pages
		away
		taskset -c 2 numaplace "${target[@]}" --localalloc --length=$((3 * third)) --touch 2>/dev/null
		shows N1=$pages
		away
	done
}

@test "another process allocates later, where the policy says" {
	for case in '--membind=2|2' '--interleave=1-3|1 2 3' '--preferred=3|3' '--preferred-many=2|2'; do
		rm -f $file
		numaplace --file=$file --length=4m "${case%|*}"
		at file $file
		[ "$output" = nodes ]
		dd if=/dev/zero of=$file bs=1M count=4 conv=notrunc status=none
		at file $file
		# shellcheck disable=SC2086 # nodes
		evenly_on ${case#*|}
		run numaplace --file=$file --verify
		[ "$status" = 0 ] && [ -z "$output" ] || wrong "not as its policy says"
		run numaplace --file=$file "${case%|*}" --verify
		[ "$status" = 0 ] && [ -z "$output" ] || wrong "moved what the kernel had placed"
	done
}

@test "weighted interleave: all of its nodes, by their weights" {
	if ! kernel_at_least 6 9; then
		for target in --shm=key --file=$file; do
			run numaplace $target --length=4m --weighted-interleave=0-1 --touch
			[ "$status" = 125 ] || wrong "not refused"
			[[ $output == *'weighted-interleave needs Linux 6.9'* ]] || wrong "why"
			[ ! -e key ] && [ ! -e $file ] || wrong "something was made"
		done
		return
	fi
	weights=/sys/kernel/mm/mempolicy/weighted_interleave
	for node in 0 1 2 3; do echo $((node == 1 ? 3 : 1)) >$weights/node$node; done
	for target in --shm=key --file=$file; do
		numaplace $target --length=4m --weighted-interleave=0-1 --touch --verify
		[[ $target == --shm* ]] && at shm key 0 || at file $file
		only_on 0 1
		(($(on_node 1) == 768)) || wrong "not three quarters"
		run numaplace $target -w 0-1 --json
		[ "$(jq -c '[.moved, .stayed]' <<<"$output")" = '[0,0]' ] || wrong "a second run moved"
		run numaplace $target -d
		[ "${lines[1]}" = '           0           4m  weighted-interleave, nodes 0-1' ]
	done
}

@test "preferred-many: all of its nodes" {
	taskset -c 0 numaplace --file=$file --length=1m -P 2-3 --touch
	numaplace --file=$file --dump | grep -qx '  *0  *1m  preferred-many, nodes 2-3'
	at file $file
	only_on 2
}

@test "existing pages are moved; a second run moves nothing" {
	numaplace --membind=0 dd if=/dev/zero of=$file bs=1M count=8 status=none
	at file $file
	only_on 0
	for case in '--membind=3|3' '--interleave=0-1|0 1' '--interleave=all|0 1 2 3' '--preferred=2|2' \
		'--preferred-many=1|1' '--membind=0-1|1'; do
		run numaplace --file=$file "${case%|*}" --verify
		[ "$status" = 0 ] || wrong "${case%|*}"
		at file $file
		# shellcheck disable=SC2086 # nodes
		evenly_on ${case#*|}
		run numaplace --file=$file "${case%|*}" --json
		[ "$(jq -c '[.moved, .already, .stayed]' <<<"$output")" = '[0,8388608,0]' ] || wrong "${case%|*}"
	done
}

@test "an existing SysV segment, in part" {
	numaplace --shm=key -I 200 --length=8m --membind=0 --touch
	run numaplace --shm=key -I 200 --offset=2m --length=4m --interleave=2-3 --verify
	ran
	at shm key 200
	only_on 0 2 3
	[ "$(on_node 0) $(on_node 2) $(on_node 3)" = '1024 512 512' ] || wrong ""
	run numaplace --shm=key -I 200 --dump
	[ "$output" = '      offset       length  policy
           0           2m  bind, nodes 0
          2m           4m  interleave, nodes 2-3
          6m           2m  bind, nodes 0' ] || wrong ""
	run numaplace --shm=key -I 200 --offset=6m --membind=1
	at shm key 200
	[ "$(on_node 0) $(on_node 1)" = '512 512' ] || wrong "from the offset to the end"
	# As far as it goes, no farther.
	run numaplace --shm=key -I 200 --offset=6m --length=4m --membind=1
	refused 'it ends at 8388608'
}

@test "tmpfs in part: it grows by what is asked for" {
	numaplace --file=$file --length=2m --membind=2 --touch
	numaplace --file=$file --offset=4m --length=4m --membind=3 --touch --verify
	[ "$(stat -c %s $file)" = 8388608 ]
	at file $file
	only_on 2 3
	[ "$(on_node 2) $(on_node 3)" = '512 1024' ] || wrong ""
	run numaplace --file=$file --dump-nodes
	[ "${lines[1]}" = '           0           2m  2' ] || wrong ""
	[ "${lines[2]}" = '          4m           4m  3' ] || wrong "the hole is there"
	at file $file
	[ "$(all_pages)" = 1536 ] || wrong "looking brought pages in"
}

@test "huge pages: SysV and hugetlbfs, from a pool on one node only" {
	pool 1 8
	run numaplace --shm=key --huge --length=8m --membind=1
	refused 'so it needs --touch'
	[ ! -e key ]
	numaplace --shm=key --huge --length=8m --membind=1 --touch --verify
	HUGE=1 at shm key 0
	only_on 1
	[ "$(all_pages)" = 4 ]
	run numaplace --shm=key
	[[ $output == *'8.0 M of 8.0 M in memory'* ]] || wrong ""
	ipcrm -M "$(key_of 0)"
	huge_file
	numaplace --file=/huge/a --length=8m --membind=1 --touch --verify
	at file /huge/a
	only_on 1
	[ "$(all_pages)" = 4 ]
	# The pool of node 0 is empty.
	run numaplace --file=/huge/b --length=4m --membind=0 --touch
	[ "$status" = 125 ] && [[ $output == *'4.0 M of /huge/b are to come, and these nodes have room for 0 in huge pages'* ]] || wrong ""
	[ ! -e /huge/b ] || wrong "it was left behind"
	run numaplace --shm=key2 --huge --length=64m --membind=1 --touch
	[ "$status" = 125 ] && [[ $output == *'not enough free huge pages'* ]] || wrong ""
	[ ! -e key2 ] || wrong "the key file was left behind"
}

@test "huge pages: interleaved, moved, in part" {
	huge_file
	pool 1 8
	pool 3 8
	numaplace --file=/huge/a --length=8m --membind=1 --touch
	run numaplace --file=/huge/a --interleave=1,3 --touch --verify
	ran
	at file /huge/a
	evenly_on 1 3
	run numaplace --file=/huge/a --offset=4m --membind=3 --touch --verify
	ran
	at file /huge/a
	[ "$(on_node 1) $(on_node 3)" = '1 3' ] || wrong ""
	run numaplace --file=/huge/a --offset=1m --membind=3 --touch
	refused 'is no multiple of the page size \(2097152\)'
	# None is there, and none comes of looking; some are there.
	truncate -s 4M /huge/b
	run numaplace --file=/huge/b --dump-nodes
	[[ $output == '/huge/b: 0 of 4.0 M in memory' ]] || wrong ""
	numaplace --file=/huge/b --length=2m -m 3 --touch
	run numaplace --file=/huge/b --dump-nodes --json
	[ "$(jq -c '[.present, .ranges[].node]' <<<"$output")" = '[null,null]' ] || wrong ""
}

@test "huge pages: a pool that is too small" {
	huge_file
	pool 1 6
	for target in --file=/huge/a '--shm=key --huge'; do
		# shellcheck disable=SC2086 # options
		run numaplace $target --length=16m --membind=1 --touch
		[ "$status" = 125 ] && [ "${#lines[@]}" = 1 ] || wrong "$target"
		[ ! -e /huge/a ] && [ ! -e key ] || wrong "something was left behind"
	done
	# Of what is there already the policy, too, stays as it is: its pages are where they were.
	numaplace --file=/huge/a --length=4m --membind=1 --touch
	run numaplace --file=/huge/a --length=16m --membind=1 --touch
	refused '12 M of /huge/a are to come, and these nodes have room for 8.0 M in huge pages \(nr_hugepages of their pools makes more\)'
	[ "$(stat -c %s /huge/a)" = 4194304 ] || wrong "it grew"
	# In part it fits.
	numaplace --file=/huge/a --offset=8m --length=8m --membind=1 --touch --verify
	at file /huge/a $((8 << 20)) $((8 << 20))
	[ "$output" = 'nodes N1=4' ] || wrong ""
	[ "$(</sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages)" = 0 ]
	# To move them the kernel makes huge pages on a node whose pool is empty.
	run numaplace --file=/huge/a --offset=8m --membind=0 --touch --verify
	ran
	at file /huge/a $((8 << 20)) $((8 << 20))
	[ "$output" = 'nodes N0=4' ] || wrong ""
}

@test "huge pages keep no policy: what would work is said" {
	huge_file
	pool 1 8
	numaplace --file=/huge/a --length=8m --membind=1 --touch
	run numaplace --file=/huge/a --verify
	refused 'huge pages keep no policy, so --verify needs the one that they should have'
	run numaplace --file=/huge/a --membind=1
	refused 'huge pages keep no policy for later, so it needs --touch'
}

@test "transparent huge pages of a tmpfs" {
	mkdir -p /thp
	mount -t tmpfs -o huge=always,size=64m thp /thp
	taskset -c 0 numaplace --file=/thp/a --length=16m --membind=0 --touch --verify
	at file /thp/a
	only_on 0
	for case in '--membind=1|1' '--interleave=0-1|0 1' '--preferred=2|2'; do
		run numaplace --file=/thp/a "${case%|*}" --verify
		[ "$status" = 0 ] || wrong "${case%|*}"
		at file /thp/a
		# shellcheck disable=SC2086 # nodes
		evenly_on ${case#*|}
		run numaplace --file=/thp/a "${case%|*}" --json
		[ "$(jq -c '[.moved, .already, .stayed]' <<<"$output")" = '[0,16777216,0]' ] || wrong "${case%|*}"
	done
}

@test "flags of the policy" {
	run numaplace --file=$file --length=1m --membind=1-2 --balancing --touch --verify --dump
	[ "$status" = 0 ] || wrong ""
	[ "${lines[-1]}" = '           0           1m  bind, nodes 1-2, balancing' ] || wrong ""
	run numaplace --file=$file --interleave=1-2 --static-nodes --verify --dump
	[ "${lines[-1]}" = '           0           1m  interleave, nodes 1-2, static-nodes' ] || wrong ""
	run numaplace --file=$file --interleave=2-3 --relative-nodes --verify --dump
	[ "${lines[-1]}" = '           0           1m  interleave, nodes 2-3, relative-nodes' ] || wrong ""
	at file $file
	evenly_on 2 3
	run numaplace --file=$file --verify
	ran
}

@test "verify without a placement: with the policy that the memory has" {
	for target in --shm=key --file=$file; do
		taskset -c 0 numaplace $target --length=1m --membind=1 2>/dev/null
		taskset -c 0 numaplace $target --length=512k --interleave=2-3 --touch --verify
		# Pages of another time: numactl leaves them where they are.
		run numaplace $target --verify
		ran
		/compat/numactl $target --length=512k --membind=2
		run numaplace $target --verify
		[ "$status" = 1 ] || wrong ""
		[[ $output == *'64 of 256 pages are not as they should be'* ]] || wrong ""
		run numaplace $target --verify --json
		[ "$(jq -c '[.checked, .different, .differences[0].node, .differences[0].wanted]' <<<"$output")" = \
			'[256,64,3,"2"]' ] || wrong ""
		before=$(numaplace $target --json)
		run numaplace $target --verify
		[ "$(numaplace $target --json)" = "$before" ] || wrong "it changed something"
		run numaplace $target --length=512k --membind=2 --verify
		ran
		run numaplace $target --verify
		ran
	done
}

@test "verify finds what is wrong" {
	numaplace --membind=0 dd if=/dev/zero of=$file bs=64k count=1 status=none
	run /compat/numactl --file $file --membind=1 --verify
	[ "$status" = 1 ] || wrong ""
	[ "${lines[0]}" = '0000000000000000-0000000000010000: on node 0, wanted on 1' ] || wrong ""
	[[ $output == *'16 of 16 pages are not as they should be'* ]] || wrong ""
	run /compat/numactl --file $file --interleave=0-1 --verify
	[ "$status" = 1 ] && [[ $output == *'8 of 16 pages'* ]] || wrong ""
	# By its own name it moves them first.
	run numaplace --file=$file --interleave=0-1 --verify
	ran
}

@test "strict: refused where pages are elsewhere, and nothing changed" {
	numaplace --file=$file --length=1m --membind=0 --touch
	run numaplace --file=$file --membind=1 --strict
	refused '256 pages of /dev/shm/file are elsewhere \(the first at 0, on node 0\)'
	run numaplace --file=$file --membind=1 --strict --json
	refused '256 pages of /dev/shm/file are elsewhere'
	run numaplace --file=$file --membind=1 --dry-run
	[ "${lines[-1]}" = '  move_pages(0, 256, MPOL_MF_MOVE_ALL)' ] || wrong "the plan"
	numaplace --file=$file --dump | grep -qx '  *0  *1m  bind, nodes 0'
	at file $file
	only_on 0
	run /compat/numactl --strict --file $file --membind=1
	[ "$status" = 1 ]
	run numaplace --file=$file --membind=0-1 --strict --verify
	ran
}

@test "home node" {
	# From CPU 0 node 2 is nearer; from node 1 node 3 is.
	taskset -c 0 numaplace --file=$file --length=1m --membind=2-3 --touch
	at file $file
	only_on 2
	rm $file
	taskset -c 0 numaplace --file=$file --length=1m --membind=2-3 --home-node=1 --touch --verify
	at file $file
	only_on 3
	rm $file
	taskset -c 0 numaplace --file=$file --length=1m --preferred-many=2-3 --home-node=1 --touch
	at file $file
	only_on 3
}

@test "a node that is full: what stayed is said" {
	# Node 2 is filled by a file of its own, as far as the kernel lets preferred pages fill it.
	numaplace --preferred=2 dd if=/dev/zero of=/dev/shm/fill bs=1M count=$(($(free_mib 2) - 8)) status=none
	numaplace --membind=0 dd if=/dev/zero of=$file bs=1M count=32 status=none
	run numaplace --file=$file --membind=2
	[ "$status" = 1 ] || wrong ""
	[[ $output == *'stayed on node 0: no room on the other nodes'* ]] || wrong ""
	rm $file
	run numaplace --file=$file --length=$(($(free_mib 3) + 64))m --membind=3 --touch
	refused 'and these nodes have room for'
	[ ! -e $file ]
}

@test "more than a memory cgroup leaves is refused" {
	group=/sys/fs/cgroup/limited
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $group
	echo 48M >$group/memory.max
	printf '#!/bin/bash\necho $$ >%s/cgroup.procs && exec "$@"\n' $group >/tmp/limited
	chmod +x /tmp/limited
	run /tmp/limited numaplace --file=$file --length=64m --touch
	refused 'and the limit of this memory cgroup leaves 4'
	[ ! -e $file ] || wrong "it stays"
	run /tmp/limited numaplace --file=$file --length=24m --membind=1 --touch
	[ "$status" = 0 ] || wrong "what there is room for"
	run /tmp/limited numaplace --file=$file --offset=24m --length=24m --membind=1 --touch
	refused 'and the limit of this memory cgroup leaves 2'
	[ "$(stat -c %s $file)" = 25165824 ] || wrong "longer"
	rm $file
	rmdir $group
}

@test "pages that another process maps" {
	numaplace --shm=key --length=4m --membind=0 --touch --shmmode=666
	hold key &
	holder=$!
	until [ "$(awk -v id=1 '$7 > 0' /proc/sysvipc/shm | wc -l)" -gt 1 ]; do sleep 0.05; done
	run setpriv --bounding-set=-sys_nice --inh-caps=-sys_nice numaplace --shm=key --membind=1
	[ "$status" = 1 ] && [[ $output == *'4.0 M stayed on node 0: mapped by other processes'* ]] || wrong ""
	run numaplace --shm=key --membind=1 --verify
	ran
	at shm key 0
	only_on 1
}

@test "someone else's" {
	chmod 777 .
	numaplace --shm=key --length=1m --membind=0 --touch
	chmod 644 key
	before=$(numaplace --shm=key --dump)
	nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	run nobody numaplace --shm=key --membind=1
	refused "Permission denied \(it is someone else's\)"
	numaplace --file=$file --length=1m --membind=0
	run nobody numaplace --file=$file --membind=1
	refused 'Permission denied'
	chmod 644 $file
	run nobody numaplace --file=$file --membind=1
	refused 'the kernel tells only to its owner'
	[ "$(numaplace --shm=key --dump)" = "$before" ]
}

@test "not root: one's own" {
	mkdir -m 1777 /dev/shm/all
	cd /dev/shm/all
	nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	for target in --shm=key --file=a; do
		nobody numaplace $target --length=1m --membind=2 --touch --verify
		run nobody numaplace $target --interleave=0-1 --verify
		ran
		run nobody numaplace $target --dump-nodes --json
		[ "$(jq -c '[.nodes[].bytes]' <<<"$output")" = '[524288,524288]' ] || wrong ""
		run nobody numaplace $target --interleave=0-1 --json
		[ "$(jq -c '[.moved, .stayed]' <<<"$output")" = '[0,0]' ] || wrong ""
	done
	huge_file
	pool 1 4
	run nobody numaplace --shm=key2 --huge --length=4m --membind=1 --touch
	refused 'huge pages need CAP_IPC_LOCK or a group \(vm.hugetlb_shm_group\)'
	run nobody numaplace --file=/huge/a --length=4m --membind=1 --touch
	refused 'Permission denied'
	[ ! -e key2 ]
	cd /
	rm -r /dev/shm/all
}

@test "a file on a disk: a placement would have no effect, and that is said first" {
	disk
	echo text >/disk/a
	for target in /disk/a /disk/new; do
		for action in '--membind=1 --length=1m' '--interleave=all --length=1m --touch' '--touch --length=1m'; do
			# shellcheck disable=SC2086 # options
			run numaplace --file=$target $action
			refused 'memory policies work on files of tmpfs and hugetlbfs only'
		done
	done
	[ ! -e /disk/new ] && [ "$(cat /disk/a)" = text ]
	run numaplace --file=/disk/a --verify
	refused 'files have policies on tmpfs and hugetlbfs only'
	run /compat/numactl --length=1m --file /disk/new --membind=1
	[ "$status" = 1 ] && [ ! -e /disk/new ] || wrong ""
}

@test "eviction writes nothing, and what is dirty stays" {
	# On ramfs all that was written is dirty for ever.
	mkdir -p /ram
	mount -t ramfs ram /ram
	dd if=/dev/urandom of=/ram/a bs=64k count=16 status=none
	before=$(md5sum </ram/a; stat -c '%s %Y %Z' /ram/a)
	run numaplace --file=/ram/a --evict
	[ "$status" = 1 ] || wrong ""
	[[ $output == *'/ram/a: 0 evicted, 1.0 M left'* ]] || wrong ""
	[[ $output == *'what stayed is dirty, locked, or mapped by a process'* ]] || wrong ""
	[ "$(md5sum </ram/a; stat -c '%s %Y %Z' /ram/a)" = "$before" ] || wrong "it is another"
	# On a disk the rest of it goes; it is read only.
	disk
	dd if=/dev/urandom of=/disk/a bs=64k count=16 status=none
	sync
	before=$(md5sum </disk/a; stat -c '%s %Y %Z' /disk/a)
	run strace -f -o trace -e trace=open,openat,write,pwrite64,ftruncate,fallocate,mmap numaplace --file=/disk/a --evict
	[ "$status" = 0 ] && [ "$output" = '/disk/a: 1.0 M evicted, 0 left' ] || wrong ""
	grep -E 'open.*"/disk/a"' trace | grep -v O_RDONLY && wrong "opened for writing"
	grep -E 'mmap.*PROT_WRITE.*MAP_SHARED|pwrite|ftruncate|fallocate' trace && wrong "more than reading"
	grep -qE 'open.*"/disk/a"' trace
	[ "$(grep -c 'write(' trace)" = 1 ] || wrong "more than its report"
	umount /disk
	mount -t ext4 /dev/nvme0n1 /disk
	[ "$(md5sum </disk/a; stat -c '%s %Y %Z' /disk/a)" = "$before" ] || wrong "it is another"
}

@test "page cache of a file on a disk, per node, and eviction" {
	disk
	dd if=/dev/urandom of=/disk/a bs=1M count=16 status=none
	sync
	run numaplace --file=/disk/a --evict
	ran
	[ "$output" = '/disk/a: 16 M evicted, 0 left' ] || wrong ""
	run numaplace --file=/disk/a
	[ "$output" = '/disk/a: 0 of 16 M in memory' ] || wrong "looking read it"
	numaplace --membind=3 dd if=/disk/a of=/dev/null bs=1M count=4 status=none iflag=fullblock
	numaplace --membind=2 dd if=/disk/a of=/dev/null bs=1M skip=8 status=none
	run numaplace --file=/disk/a --json
	cached=$(jq .present <<<"$output")
	((cached >= 12582912 && cached <= 16777216)) || wrong "cached"
	(($(jq '.nodes[] | select(.id == 3).bytes' <<<"$output") >= 4194304)) || wrong ""
	(($(jq '.nodes[] | select(.id == 2).bytes' <<<"$output") >= 8388608)) || wrong ""
	a=$(numaplace --file=/disk/a --dump-nodes)
	[ "$a" = "$(numaplace --file=/disk/a --dump-nodes)" ] || wrong "looking changed it"
	at file /disk/a
	[ "$(($(all_pages) * 4096))" = "$cached" ] || wrong "another process sees otherwise"
	md5=$(md5sum </disk/a)
	# Mapped by someone, they stay.
	hold /disk/a &
	holder=$!
	until grep -q /disk/a "/proc/$holder/maps"; do sleep 0.05; done
	sleep 0.5
	run numaplace --file=/disk/a --evict
	[ "$status" = 1 ] && [[ $output == *'16 M left'* ]] || wrong ""
	kill $holder
	wait $holder || true
	run numaplace --file=/disk/a --evict
	ran
	[ "$(md5sum </disk/a)" = "$md5" ]
	run numaplace --file=/disk/a --membind=0
	refused 'memory policies work on files of tmpfs and hugetlbfs only'
	run numaplace --file=$file --length=1m --evict
	refused 'is not there'
	truncate -s 1m $file
	run numaplace --file=$file --evict
	refused 'is in memory only'
}

@test "numactl's examples, by its name: the same" {
	for numactl in numactl /compat/numactl; do
		rm -f key $file
		touch key
		$numactl --length=4m --shm "$PWD/key" 2>/dev/null
		$numactl --interleave=all --membind=0 true && false
		$numactl --shm "$PWD/key" --interleave=all --touch
		at shm key 0
		evenly_on 0 1 2 3
		run $numactl --shm "$PWD/key" --dump
		[ "$output" = '0000000000000000-0000000000400000: interleave : 0 1 2 3 ' ] || wrong ""
		ipcrm -M "$(key_of 0)"
		$numactl --membind=2 dd if=/dev/zero of=$file bs=1M count=8 status=none
		$numactl --membind=3 dd if=/dev/zero of=$file seek=8 bs=1M count=8 status=none
		run $numactl --length=16m --file $file --dump-nodes
		[ "${lines[0]}" = '0000000000000000-0000000000800000: 2' ] || wrong ""
		[ "${lines[1]}" = '0000000000800000-0000000001000000: 3' ] || wrong ""
		$numactl --length=16m --file $file --localalloc
		run $numactl --length=16m --file $file --membind=1 --dump
		[ "$output" = '0000000000000000-0000000001000000: bind : 1 ' ] || wrong ""
		at file $file
		[ "$(on_node 2) $(on_node 3)" = '2048 2048' ] || wrong "pages moved"
	done
}

@test "cpusets: nodes that are not allowed" {
	mkdir /sys/fs/cgroup/some
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	echo 1-2 >/sys/fs/cgroup/some/cpuset.mems
	run bash -c "echo \$\$ >/sys/fs/cgroup/some/cgroup.procs
		numaplace --file=$file --length=1m --membind=0 --touch"
	refused 'the cpuset allows memory on nodes 1-2 only'
	[ ! -e $file ]
	run bash -c "echo \$\$ >/sys/fs/cgroup/some/cgroup.procs
		numaplace --file=$file --length=1m --interleave=+0-1 --touch --verify"
	at file $file
	evenly_on 1 2
	rmdir /sys/fs/cgroup/some
}
