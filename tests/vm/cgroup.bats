# Cgroups as targets: what runs in one is bound, and what it allocates later; a command in one of its
# own; room that is made before.
load guest
bats_require_minimum_version 1.5.0

top=/sys/fs/cgroup
job=$top/job.slice/redis.service

setup()
{
	# setup of each test: nothing is left of the one before.
	echo -cpuset >$top/cgroup.subtree_control 2>/dev/null || true
	echo +cpuset >$top/cgroup.subtree_control
	mkdir -p $job
	echo +cpuset >$top/job.slice/cgroup.subtree_control
}

teardown()
{
	redis-cli -s /tmp/redis.sock shutdown nosave 2>/dev/null || true
	stop_target
	exec 9<&-
	umount /tmp/cgroup 2>/dev/null || true
	mountpoint=$(grep -c ' /sys/fs/cgroup cgroup2 ' /proc/mounts || true)
	[ "$mountpoint" = 1 ] || mount -t cgroup2 cgroup $top
	empty $top/job.slice
}

# Kills what is in a cgroup and below, and removes it.
empty() # folder
{
	local folder pid

	for folder in $(find "$1" -depth -type d 2>/dev/null); do
		for pid in $(cat "$folder/cgroup.procs" 2>/dev/null); do
			kill -KILL "$pid" || true
		done
		until rmdir "$folder" 2>/dev/null; do [ -d "$folder" ] || break; done
	done
}

# A program, not a function, so that $! is the command's number.
inside=/tmp/inside

setup_file()
{
	printf '#!/bin/bash\necho $$ >"$1"/cgroup.procs && shift && exec "$@"\n' >/tmp/inside
	chmod +x /tmp/inside
}

# Pages of a process on a node: all, or those that no file has. One or two are the kernel's own (vdso),
# which no process can have moved.
resident() # node [pid]
{
	grep -oE " N$1=[0-9]+" "/proc/${2-$pid}/numa_maps" | cut -d= -f2 |
		awk '{ sum += $1 } END { print sum + 0 }'
}

anonymous() # node pid
{
	grep -v ' file=' "/proc/$2/numa_maps" | grep -oE " N$1=[0-9]+" | cut -d= -f2 |
		awk '{ sum += $1 } END { print sum + 0 }'
}

serve()
{
	$inside $job numaplace --cpunodebind=0 redis-server --save '' --daemonize no --port 0 \
		--unixsocket /tmp/redis.sock >/tmp/redis.log 2>&1 3>&- &
	pid=$!
	until redis-cli -s /tmp/redis.sock ping 2>/dev/null | grep -q PONG; do
		kill -0 $pid || { cat /tmp/redis.log; return 1; }
	done
	fill before 1100
}

# So many values of 32 KiB each.
fill() # name number
{
	redis-cli -s /tmp/redis.sock --no-raw eval \
		"for i = 1, $2 do redis.call('set', '$1:' .. i, string.rep('x', 32768)) end" 0
}

@test "a running redis-server follows its cgroup to node 1, and stays there" {
	serve
	(($(resident 0) > 8000))
	redis-benchmark -s /tmp/redis.sock -q -l -t get,set -r 200 -d 32768 -c 8 >/tmp/benchmark 2>&1 3>&- &
	client=$!
	run numaplace --cgroup=redis.service --membind=1 --cpunodebind=1
	kill $client || wrong "the clients have ended: $(cat /tmp/benchmark)" || return
	wait $client || true
	ran
	[ "$(cat $job/cpuset.mems):$(cat $job/cpuset.cpus)" = 1:2-3 ] || wrong "not set" || return
	[[ $output == *"cpuset.mems   inherited     1"*"in force    0-3           1"* ]] || wrong "shown" || return
	! grep -iE 'err|fail|closed|could not' /tmp/benchmark || return
	for node in 0 2 3; do
		(($(resident $node) < 4)) || wrong "node $node: $(resident $node)" || return
	done
	before=$(resident 1)
	((before > 8000))
	fill later 1000
	(($(resident 1) > before + 6000)) || wrong "grew from $before to $(resident 1)" || return
	(($(resident 0) < 4)) || wrong "what came later is on node 0" || return
	for status in /proc/$pid/task/*/status; do
		grep -qE '^Cpus_allowed_list:[[:space:]]+2-3$' "$status"
	done
	# Once more changes nothing.
	run numaplace --cgroup=$job --membind=1 --json
	[ "$status" = 0 ] || wrong "again" || return
	[ "$(jq -c '[.before.mems, .after.mems_effective, .stayed]' <<<"$output")" = '["1","1",0]' ] || wrong "JSON"
}

@test "shown by path and by name, with its processes" {
	start_program $inside $job target anon=4
	run numaplace --cgroup=/job.slice
	ran
	[[ ${lines[0]} == "cgroup /job.slice, 1 process" ]] || wrong "heading" || return
	[[ $output == *"process $pid (target)"* ]] || wrong "process" || return
	run numaplace --cgroup=$job/ --json
	ran
	[ "$(jq -r '.cgroup, .cpuset.mems_effective, .processes[0].pid' <<<"$output" | tr '\n' ' ')" = \
		"/job.slice/redis.service 0-3 $pid " ] || wrong "JSON" || return
	mkdir -p $top/job.slice/other/redis.service
	run numaplace --cgroup=redis.service
	refused 'several cgroups have that name \(/job.slice/.*redis.service and /job.slice/.*redis.service\): give the path'
}

@test "pages of a cgroup's processes are moved one by one, and those that come meanwhile" {
	# shellcheck disable=SC2016 # for the shell inside
	start_program $inside $job numaplace --membind=0 bash -c 'target anon=8 <&0 & exec target anon=8'
	for i in {1..100}; do
		mapfile -t -O 1 pids <$job/cgroup.procs
		[ "$(cat $(printf '/proc/%s/numa_maps ' "${pids[@]}") | grep -c ' anon=2048 ')" = 2 ] && break
		sleep 0.1
	done
	run numaplace --pid=cgroup:redis.service --to=1 --json
	ran
	[ "$(jq '.processes | length' <<<"$output")" = 2 ] || wrong "not both" || return
	for i in 1 2; do
		(($(anonymous 0 ${pids[i]}) < 4)) || wrong "left on node 0" || return
		(($(anonymous 1 ${pids[i]}) > 2000)) || wrong "not on node 1"
	done
	run numaplace --pid=cgroup:/job.slice,$$ --show
	ran
	[ "$(grep -c '^process' <<<"$output")" = 3 ] || wrong "not three"
}

# One more in the cgroup, with memory on node 0; late is its number.
arrive()
{
	[ -p /tmp/fifo ] || mkfifo /tmp/fifo
	exec 9<>/tmp/fifo
	: >/tmp/late
	$inside $job numaplace --membind=0 target anon=8 </tmp/fifo >/tmp/late 3>&- &
	late=$!
	until grep -q ready /tmp/late; do kill -0 $late; done
}

@test "processes that arrive while others are moved are moved too" {
	start_program $inside $job numaplace --membind=0 target anon=8
	# Each of its threads is stopped at its first move.
	strace -f -o /tmp/trace -e trace=move_pages -e inject=move_pages:signal=SIGSTOP:when=1 \
		numaplace --cgroup=redis.service --to=1 --json >/tmp/moved 2>/tmp/said 3>&- &
	tracer=$!
	until grep -q 'stopped by SIGSTOP' /tmp/trace 2>/dev/null; do kill -0 $tracer; done
	arrive
	while kill -0 $tracer 2>/dev/null; do
		kill -CONT $(cat /proc/$tracer/task/$tracer/children) 2>/dev/null || true
		sleep 0.1
	done
	wait $tracer || wrong "$(cat /tmp/said /tmp/moved)" || return
	[ "$(jq -c '[.processes[].pid]' /tmp/moved)" = "[$pid,$late]" ] || wrong "$(cat /tmp/moved)" || return
	(($(anonymous 0 $pid) < 4 && $(anonymous 0 $late) < 4)) || wrong "left on node 0" || return
	(($(anonymous 1 $late) > 2000)) || wrong "not on node 1"
}

@test "--stat of a cgroup, and of what arrives there" {
	start_program $inside $job target anon=8
	run numaplace --stat --cgroup=redis --json
	ran
	[ "$(jq -c '[.processes[].pid]' <<<"$output")" = "[$pid]" ] || wrong "not it" || return
	numaplace --stat --cgroup=redis --watch --json >/tmp/watched 2>/tmp/said 3>&- &
	watcher=$!
	until [ -s /tmp/watched ]; do kill -0 $watcher; done
	arrive
	until [ "$(tail -n 1 /tmp/watched | jq -c '[.processes[].pid]' 2>/dev/null)" = "[$pid,$late]" ]; do
		kill -0 $watcher
	done
	kill $watcher
	wait $watcher || true
	[ ! -s /tmp/said ] || wrong "$(cat /tmp/said)"
}

@test "a hidden cgroup's processes are found; one without any says so; options of a move" {
	mkdir -p $job/.hidden $top/job.slice/bare
	start_program $inside $job/.hidden target anon=8
	run numaplace --stat --cgroup=/job.slice/redis.service --json
	[ "$(jq -c '[.processes[].pid]' <<<"$output")" = "[$pid]" ] || wrong "hidden" || return
	run numaplace --cgroup=.hidden --to=2 --only=anon --rate=100m --json
	[ "$status" = 0 ] && [ "$(jq '.processes[0].moved' <<<"$output")" -ge $((8 << 20)) ] || wrong "moved" || return
	for options in '' --json --watch; do
		run numaplace --stat --cgroup=/job.slice/bare $options
		refused 'cgroup=/job.slice/bare: there is no process in it that can be shown' || return
	done
}

@test "what hinders is said, and nothing is changed" {
	run numaplace --cgroup=/ --membind=1
	refused 'the root cgroup has no cpuset to set'
	run numaplace --cgroup=/nowhere --membind=1
	refused 'cgroup=/nowhere: there is no such cgroup below /sys/fs/cgroup'
	run numaplace --cgroup=nowhere.service --membind=1
	refused 'there is no such cgroup'
	run numaplace --cgroup=/job.slice/cgroup.procs --membind=1
	refused 'it is no cgroup, but a file'
	run numaplace --cgroup=/job.slice/../job.slice --membind=1
	refused 'without . and ..'
	mkdir -p $job/inner
	run numaplace --cgroup=$job/inner --membind=1
	refused 'the cpuset controller is not enabled for it: write \+cpuset to cgroup.subtree_control of /job.slice/redis.service$'
	mkdir -p $job/inner/deep.service
	run numaplace --cgroup=deep.service --membind=1
	refused 'cgroup.subtree_control of /job.slice/redis.service, and so down to /job.slice/redis.service/inner \(systemd does it with systemctl set-property deep.service'
	rmdir $job/inner/deep.service $job/inner
	echo 0-1 >$top/job.slice/cpuset.mems
	run numaplace --cgroup=redis.service --membind=2
	refused 'membind=2: the cpuset allows memory on nodes 0-1 only \(cpuset.mems of /job.slice\)'
	run numaplace --cgroup=redis.service --interleave=0-1
	refused 'interleave: a cpuset cannot express it'
	run numaplace --cgroup=redis.service --membind=0 true
	refused 'true: a command is not started in a cgroup that is there'
	run setpriv --reuid=65534 --clear-groups numaplace --cgroup=redis.service --membind=1
	refused "cpuset.mems of /job.slice/redis.service is user 0's, and not delegated to user 65534"
	chown 65534 $job/cpuset.mems
	run setpriv --reuid=65534 --clear-groups numaplace --cgroup=redis.service --membind=1 --physcpubind=2
	refused "cpuset.cpus of /job.slice/redis.service is user 0's"
	[ "$(cat $job/cpuset.mems)" = '' ]
	run setpriv --reuid=65534 --clear-groups numaplace --cgroup=redis.service --membind=1 --physcpubind=2 --best-effort
	[ "$status" = 1 ] || wrong "best effort" || return
	[ "$(cat $job/cpuset.mems):$(cat $job/cpuset.cpus)" = 1: ]
	echo >$job/cpuset.mems
	echo threaded >$job/cgroup.type
	run numaplace --cgroup=redis.service --membind=1
	refused 'it is a threaded cgroup'
	[ "$(cat $job/cpuset.mems)" = '' ]
}

@test "a second write that fails takes the first one back" {
	echo 1 >$job/cpuset.mems
	run strace -f -o /tmp/trace -e trace=write -e inject=write:error=EBUSY:when=2 \
		numaplace --cgroup=redis.service --membind=2 --physcpubind=2
	[ "$status" = 125 ] || wrong "status" || return
	[[ $output == *"cpuset.mems of /job.slice/redis.service: put back as it was before"* ]] || wrong "not said" || return
	[[ $output == *"cpuset.cpus of /job.slice/redis.service: in use"* ]] || wrong "not said why" || return
	[ "$(cat $job/cpuset.mems):$(cat $job/cpuset.cpus)" = 1: ]
}

@test "a partition is left alone" {
	echo 2 >$job/cpuset.cpus
	echo 2 >$top/job.slice/cpuset.cpus
	echo root >$top/job.slice/cpuset.cpus.partition
	run numaplace --cgroup=/job.slice --physcpubind=3
	refused 'it is a partition \(root'
	[ "$(cat $top/job.slice/cpuset.cpus)" = 2 ]
	echo member >$top/job.slice/cpuset.cpus.partition
}

@test "mounted read-only, and not at all" {
	run unshare -m bash -c "mount -o remount,ro,bind $top 2>/dev/null || mount -o bind $top $top && mount -o remount,ro,bind $top
		numaplace --cgroup=redis.service --membind=1"
	refused 'mounted read-only here'
	run unshare -m bash -c "mount -o bind $top $top; mount -o remount,ro,bind $top; numaplace --cgroup=fresh --new --membind=1 true"
	refused 'mounted read-only here'
	run unshare -m bash -c "umount $top; numaplace --cgroup=redis.service --membind=1"
	refused 'no cgroup2 is mounted here'
	run unshare -m bash -c "umount $top; numaplace --cgroup=fresh --new --membind=1 true"
	refused 'no cgroup2 is mounted here'
	run unshare -m bash -c "umount $top; numaplace --pid=cgroup:x"
	refused 'no cgroup2 is mounted here'
	[ ! -d $top/fresh ]
}

@test "--new: children and grandchildren are held, and it is gone afterwards" {
	run numaplace --cgroup=fresh --new --membind=1 --cpunodebind=1 bash -c '
		cat /proc/self/cgroup
		for i in 1 2 3; do bash -c "numaplace --localalloc --all pages 16; true" & done; wait'
	[ "$status" = 0 ] || wrong "failed" || return
	[[ $output == *"0::/fresh"* ]] || wrong "not inside" || return
	[ "$(grep -c '^nodes' <<<"$output")" = 3 ] || wrong "not three" || return
	[ "$(grep -cE '^nodes N1=[0-9]+$' <<<"$output")" = 3 ] || wrong "not on node 1" || return
	[ "$(grep -cE '^cpus[[:space:]]*2-3$' <<<"$output")" = 3 ] || wrong "not on CPUs 2-3" || return
	[ ! -d $top/fresh ]
	# It waits for what the command leaves behind.
	run numaplace --cgroup=fresh --new --membind=1 bash -c 'sleep 1 & exit 3'
	[ "$status" = 3 ] || wrong "status" || return
	[ ! -d $top/fresh ]
	# Other policies hold inside in addition.
	run numaplace --cgroup=fresh --new --interleave=0,1 pages 16
	evenly_on 0 1
	[ ! -d $top/fresh ]
}

@test "--new: exit statuses and signals are those of the command" {
	run numaplace --cgroup=fresh --new --membind=1 bash -c 'exit 42'
	[ "$status" = 42 ] || wrong "status" || return
	run numaplace --cgroup=fresh --new --membind=1 bash -c 'kill -USR2 $$'
	[ "$status" = 140 ] || wrong "signal" || return
	run -127 numaplace --cgroup=fresh --new --membind=1 /nowhere
	run numaplace --cgroup=fresh --new --membind=1 /etc
	[ "$status" = 126 ] || wrong "not run" || return
	numaplace --cgroup=fresh --new --membind=1 bash -c 'trap "echo passed >/tmp/passed; exit 7" TERM
		echo ready >/tmp/ready; while :; do sleep 0.1; done' 3>&- &
	until [ -s /tmp/ready ]; do :; done
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status:$(cat /tmp/passed)" = 7:passed ] || wrong "not passed on" || return
	[ ! -d $top/fresh ]
}

@test "--new: names and places where it cannot be" {
	for name in a/b . .. /x; do
		run numaplace --cgroup=$name --new --membind=1 touch /tmp/started
		refused 'give a name without a slash' || return
	done
	run numaplace --cgroup=job.slice --new --membind=1 touch /tmp/started
	refused '/job.slice exists already'
	# Beside other processes in a cgroup that is not the root.
	run bash -c "echo \$\$ >$job/cgroup.procs; numaplace --cgroup=fresh --new --membind=1 touch /tmp/started; exit \$?"
	refused 'has other processes, and a cgroup has either these or controllers for those below it: .*systemd-run --scope'
	run bash -c "echo \$\$ >$job/cgroup.procs; numaplace --best-effort --cgroup=fresh --new --membind=1 pages 8; exit \$?"
	[[ $output == *"going on without it"* ]] || wrong "not said" || return
	only_on 1
	run setpriv --reuid=65534 --clear-groups numaplace --cgroup=fresh --new --membind=1 touch /tmp/started
	refused "fresh: cgroup.procs of / is user 0's, and not delegated"
	[ ! -e /tmp/started ]
	[ ! -d $job/fresh ] && [ ! -d $top/fresh ]
}

@test "--new: alone in a cgroup of its own, as in a scope that is delegated" {
	run $inside $job numaplace --cgroup=fresh --new --membind=1 bash -c 'cat /proc/self/cgroup; bash -c "pages 32; true"'
	[ "$status" = 0 ] || wrong "failed" || return
	[[ $output == *"0::/job.slice/redis.service/fresh"* ]] || wrong "not inside" || return
	only_on 1
	[ ! -d $job/fresh ]
	[ "$(cat $job/cgroup.subtree_control)" = '' ]
	# Of a user, who was given the cgroup.
	chown 65534 $job $job/cgroup.procs $job/cgroup.subtree_control
	run $inside $job setpriv --reuid=65534 --clear-groups numaplace --cgroup=fresh --new --membind=1 pages 8
	only_on 1
	[ ! -d $job/fresh ]
}

@test "--new: what fails on the way is taken back" {
	for file in cpuset.mems cpuset.cpus cgroup.procs; do
		run strace -f -o /tmp/trace -P $top/fresh/$file -e inject=write:error=EBUSY \
			numaplace --cgroup=fresh --new --membind=1 --cpunodebind=1 touch /tmp/started
		refused "$file of /fresh: in use" || return
		grep -q INJECTED /tmp/trace || wrong "not injected" || return
		[ ! -d $top/fresh ] && [ ! -e /tmp/started ] || wrong "left behind" || return
	done
	run strace -f -o /tmp/trace -P $top/fresh -e inject=mkdirat:error=ENOSPC \
		numaplace --cgroup=fresh --new --membind=1 touch /tmp/started
	refused '/fresh cannot be made: No space left on device'
	for file in fresh/cgroup.procs cgroup.subtree_control fresh/cpuset.mems; do
		run strace -f -o /tmp/trace -P $job/$file -e inject=write:error=EBUSY:when=1 \
			$inside $job numaplace --cgroup=fresh --new --membind=1 touch /tmp/started
		refused "${file##*/} of .*: in use" || return
		[ ! -d $job/fresh ] && [ ! -e /tmp/started ] || wrong "left behind" || return
		[ "$(cat $job/cgroup.subtree_control)" = '' ] || wrong "left enabled" || return
	done
}

# Node 0 full of clean cache, read from a disk.
fill_node()
{
	[ "$(cat /proc/sys/vm/zone_reclaim_mode)" = 0 ]
	echo 3 >/proc/sys/vm/drop_caches
	# Held open: the cache of a device goes with the last who has it open.
	exec 9</dev/nvme0n1
	numaplace --preferred=0 --cpunodebind=0 dd if=/dev/nvme0n1 of=/dev/null bs=1M count=500 2>/dev/null
	(($(free_mib 0) < 60)) || { echo "not full: $(free_mib 0)"; return 1; }
}

# MiB of file cache on a node.
cache_mib() # node
{
	awk '/ FilePages/ { print int($4 / 1024) }' "/sys/devices/system/node/node$1/meminfo"
}

dirty_kib() { awk '/ Dirty/ { print $4 }' /sys/devices/system/node/node0/meminfo; }

@test "without room the memory spills, with --make-room it does not" {
	fill_node
	run numaplace --preferred=0 --cpunodebind=0 pages 300
	ran
	(($(on_node 0) < 70000)) || wrong "does not spill" || return
	fill_node
	if ! kernel_at_least 6 17; then
		run numaplace --preferred=0 --cpunodebind=0 --make-room=300M pages 300
		refused 'make-room=300M: 0 freed, node 0 has room for .*: this kernel cannot reclaim from one node, Linux 6.17 can'
		run numaplace --preferred=0 --cpunodebind=0 --make-room=300M --dry-run true
		refused 'make-room=300M: 0 freed, .*: this kernel cannot reclaim from one node'
		run numaplace --preferred=0 --cpunodebind=0 --make-room=300M --best-effort pages 16
		[[ $output == *"going on"*"nodes"* ]] || wrong "did not run"
		return
	fi
	# Nobody else writes them out meanwhile.
	echo 0 >/proc/sys/vm/dirty_writeback_centisecs
	numaplace --membind=0 dd if=/dev/zero of=/dev/nvme0n1 bs=1M count=4 seek=600 conv=notrunc,nocreat 2>/dev/null
	dirty=$(dirty_kib)
	((dirty >= 4096)) || wrong "dirty: $dirty" || return
	others=$(cache_mib 1):$(cache_mib 2):$(cache_mib 3)
	run numaplace --preferred=0 --cpunodebind=0 --make-room=300M --dry-run true
	[[ $output == *'write(/sys/devices/system/node/node0/reclaim, "'*' swappiness=0")'* ]] || wrong "plan" || return
	# A command line that is refused makes none.
	run numaplace --membind=0 --cgroup=bad/name --new --make-room=300M true
	refused 'give a name without a slash' || return
	[ "$(cache_mib 0)" -gt 300 ] || wrong "done" || return
	run numaplace --preferred=0 --cpunodebind=0 --make-room=300M --verbose pages 300
	ran
	[[ $output == *"make-room=300M: "*" freed, node 0 has room for 3"* ]] || wrong "not said" || return
	# Where no whole block of pages is free any more the kernel may take some from another node.
	(($(on_node 0) > 76800 - 76800 / 200)) || wrong "spilled" || return
	[ "$(cache_mib 1):$(cache_mib 2):$(cache_mib 3)" = "$others" ] || wrong "was $others" || return
	(($(dirty_kib) == dirty)) || wrong "dirty: $dirty, now $(dirty_kib)" || return
	# There is room by now: nothing is done.
	run numaplace --membind=0 --make-room=100M --verbose true
	[[ $output == *"0 freed, node 0 has room"* ]] || wrong "again"
}

@test "room for a process that is moved, and for a cgroup that is bound" {
	start_program $inside $job numaplace --membind=1 --cpunodebind=1 target anon=64
	fill_node
	if ! kernel_at_least 6 17; then
		run numaplace --pid=$pid --membind=0 --make-room=200M
		refused 'make-room=200M: 0 freed, node 0 has room for .*: this kernel cannot reclaim from one node'
		run numaplace --cgroup=redis.service --membind=0 --make-room=200M
		refused 'make-room=200M: 0 freed, node 0 has room for'
		[ "$(anonymous 0 $pid)" = 0 ] || wrong "moved" || return
		[ "$(cat $job/cpuset.mems)" = '' ] || wrong "bound"
		return
	fi
	run numaplace --pid=$pid --membind=0 --make-room=200M --verbose
	ran
	[[ $output == *"make-room=200M: "*" freed, node 0 has room for 2"* ]] || wrong "not said" || return
	(($(anonymous 0 $pid) >= 64 << 8)) || wrong "not moved" || return
	fill_node
	run numaplace --cgroup=redis.service --membind=0 --make-room=200M --verbose
	ran
	[[ $output == *"make-room=200M: "*" freed, node 0 has room for 2"* ]] || wrong "not said"
}

@test "what cannot be had is said" {
	# What older kernels say is in the tests before.
	kernel_at_least 6 17 || return 0
	echo 3 >/proc/sys/vm/drop_caches
	# Memory that cannot be given up: of tmpfs, without swap.
	numaplace --membind=0 dd if=/dev/zero of=/tmp/full bs=1M count=300 2>/dev/null
	run numaplace --membind=0 --make-room=300M touch /tmp/started
	refused 'make-room=300M: [0-9.]* ?[KM]? ?freed, node 0 has room for [0-9]+ M; --best-effort goes on'
	[ ! -e /tmp/started ]
	run numaplace --membind=0 --make-room=300M --best-effort pages 4
	[[ $output == *"freed, node 0 has room for"*"going on"* ]] || wrong "not said" || return
	only_on 0
	# Interleaved memory needs its share of each node, other memory any of them.
	run numaplace --interleave=0,1 --make-room=500M touch /tmp/started
	refused 'make-room=500M: .* freed, node 0 has room for [0-9.]+ M, node 1 has room for [0-9]+ M; --best-effort goes on'
	run numaplace --preferred-many=0,1 --make-room=200M pages 4
	ran
	run setpriv --reuid=65534 --clear-groups numaplace --membind=0 --make-room=300M true
	refused 'only root may have memory reclaimed'
	rm /tmp/full
}
