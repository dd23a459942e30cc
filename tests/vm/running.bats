# Running processes: what is seen of them, their threads and children, rights, names.
load guest

teardown()
{
	stop_target
	[ -z "${other-}" ] || kill -KILL $other 2>/dev/null || true
	other=
}

@test "the view counts what numa_maps has, on each node" {
	start_target anon=8 file=8 shared=8 stack=1
	numaplace --pid=$pid --to=2 --only=file >/dev/null
	run numaplace --pid=$pid --json
	[ "$status" = 0 ]
	for node in 0 2; do
		all=$(grep -oE " N$node=[0-9]+" /proc/$pid/numa_maps | cut -d= -f2 | awk '{ s += $1 } END { print s * 4096 }')
		[ "$(jq ".processes[0].nodes[] | select(.id == $node) | .total" <<<"$output")" = "$all" ]
	done
	[ "$(jq '.processes[0].nodes[] | select(.id == 2) | .file' <<<"$output")" -ge $((8 << 20)) ]
	[ "$(jq '.processes[0].nodes[] | select(.id == 0) | .shared' <<<"$output")" = $((8 << 20)) ]
	[ "$(jq '.processes[0].nodes[] | select(.id == 0) | .stack' <<<"$output")" -ge $((1 << 20)) ]
	[ "$(jq -r '.processes[0].threads[0].cpus' <<<"$output")" = 0-1 ]
	[ "$(jq -r '.processes[0].policies[0].policy' <<<"$output")" = bind:0 ]
	run numaplace --pid=$pid
	[ "${lines[1]}" = 'CPUs:          0-1' ]
	grep -qE '^ +2 +- +- +- +8.[0-9] M +- +- +8.[0-9] M$' <<<"$output"
}

@test "threads, those too that start meanwhile, and children" {
	start_program threads 8
	run numaplace --pid=$pid --cpunodebind=1
	[ "$status" = 0 ]
	sleep 1
	# They come and go while they are looked at.
	cat /proc/$pid/task/*/status 2>/dev/null | grep ^Cpus_allowed_list | sort -u >/tmp/cpus || true
	[ "$(awk '{ print $2 }' /tmp/cpus)" = 2-3 ] || wrong "$(cat /tmp/cpus)"
}

@test "--tree: children and theirs" {
	numaplace --membind=0 bash -c 'bash -c "sleep 1000 & sleep 1000 & wait" & sleep 1000 & wait' 3>&- &
	other=$!
	until [ "$(numaplace --pid=$other --tree --json | jq '[.processes[] | select(.name == "sleep")] | length')" = 3 ]; do
		sleep 0.1
	done
	run numaplace --pid=$other --tree --membind=1 --json
	# A shell and its child may still share a page that neither has written to since.
	shared=$(jq '[.processes[].nodes[].stayed.shared] | add' <<<"$output")
	[ "$(jq '[.processes[].failed] | add' <<<"$output")" = "$shared" ] || wrong "more than shared pages failed"
	[ "$status" = $((shared > 0)) ] || wrong "exit status"
	[ "$(jq '.processes | length' <<<"$output")" = 5 ]
	for pid in $(jq '.processes[] | select(.name == "sleep") | .pid' <<<"$output"); do
		grep heap /proc/$pid/numa_maps | grep -q ' N1='
		! grep heap /proc/$pid/numa_maps | grep -q ' N0=' || wrong "$(cat /proc/$pid/numa_maps)"
	done
	kill $(jq '.processes[].pid' <<<"$output") 2>/dev/null || true
	pid=
}

@test "the cpuset of the process counts, not ours" {
	start_target anon=8
	grep -q cpuset /sys/fs/cgroup/cgroup.controllers || skip "there is no cpuset controller"
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p /sys/fs/cgroup/box
	echo 0-1 >/sys/fs/cgroup/box/cpuset.mems
	echo 0-1 >/sys/fs/cgroup/box/cpuset.cpus
	echo $pid >/sys/fs/cgroup/box/cgroup.procs
	run numaplace --pid=$pid --membind=2
	refused '--membind=2: the cpuset allows memory on nodes 0-1 only \(cpuset.mems of /box\)'
	run numaplace --pid=$pid --cpunodebind=1
	refused '--cpunodebind=1: the cpuset allows CPUs 0-1 only \(cpuset.cpus of /box\)'
	run numaplace --pid=$pid --interleave=all --only=anon
	[ "$status" = 0 ]
	(($(bytes_of anon 0) == 4 << 20 && $(bytes_of anon 1) == 4 << 20))
	# From where it may not be any more, to where it may. Where numaplace itself may not go it says so:
	# the kernel would take the new pages from its cpuset.
	echo 2-3 >/sys/fs/cgroup/box/cpuset.mems
	mkdir -p /sys/fs/cgroup/mine
	echo 0 >/sys/fs/cgroup/mine/cpuset.mems
	run bash -c "echo \$\$ >/sys/fs/cgroup/mine/cgroup.procs; exec numaplace --pid=$pid --to=3"
	refused 'numaplace itself is limited: the cpuset allows memory on nodes 0 only \(cpuset.mems of /mine\); run it elsewhere'
	run numaplace --pid=$pid --to=3
	[ "$status" = 0 ] || wrong "exit status"
	(($(bytes_of anon 3) == 8 << 20))
}

@test "another user's process: nothing moved" {
	start_target anon=8
	run setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all numaplace --pid=$pid --membind=1
	refused "--pid=$pid: process $pid \(target\) may not be changed: it is user 0's, and this is user 65534: run numaplace as root"
	(($(bytes_of anon 0) == 8 << 20))
}

@test "a plain user moves its own" {
	mkdir -p /tmp/own
	chmod 777 /tmp/own
	start_program setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		numaplace --membind=0 target anon=8
	grep -qE ' anon=2048 ' /proc/$pid/numa_maps
	run setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all numaplace --pid=$pid --membind=1 \
		--cpunodebind=1 --json
	[ "$status" = 0 ] || wrong "exit status"
	! grep -E ' anon=2048 ' /proc/$pid/numa_maps | grep ' N0=' || wrong "it does"
	grep -qE '^Cpus_allowed_list:[[:space:]]+2-3$' /proc/$pid/status
	run setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all numaplace --pid=$pid --membind=0 --shared
	refused '--shared: needs CAP_SYS_NICE'
}

@test "by the name migratepages: the same pages move, and what stayed is said" {
	start_target anon=16
	run /compat/migratepages $pid 0 1
	[ "$status" = 0 ]
	[ "$output" = '' ] || wrong "not silent"
	(($(bytes_of anon 1) == 16 << 20))
	run migratepages $pid 1 2
	[ "$status" = 0 ]
	(($(bytes_of anon 2) == 16 << 20))
	stop_target
	start_program numaplace --membind=0 pin 16 64
	run /compat/migratepages $pid 0 1
	[ "$status" = 0 ]
	[ "$output" = "migratepages: process $pid (pin): not moved: busy or pinned 256 K" ] || wrong ""
}

@test "a filter that forbids move_pages: said, nothing done" {
	start_target anon=4
	for error in EPERM ENOSYS; do
		run strace -f -qq -o /dev/null -e inject=move_pages:error=$error numaplace --pid=$pid --membind=1
		refused "process $pid \(target\): move_pages: nothing was moved: "
	done
	(($(bytes_of anon 0) == 4 << 20))
}

@test "thousands of mappings, in no more than 8 MiB" {
	start_program numaplace --membind=0 many $(times 6000 2000) $(times 240 80)
	run numaplace --pid=$pid --json
	[ "$(jq '[.processes[0].policies[].mappings] | add' <<<"$output")" -ge $(times 6000 2000) ]
	numaplace --pid=$pid --membind=1 --json >/tmp/out 3>&- &
	other=$!
	highest=0
	while size=$(awk '/^VmHWM/ { print $2 }' /proc/$other/status) && [ -n "$size" ]; do
		((highest = size > highest ? size : highest))
		sleep 0.2
	done 2>/dev/null
	wait $other
	other=
	echo "highest: $highest KiB"
	((highest > 1000 && highest < 8192))
	[ "$(jq '.processes[0].failed' /tmp/out)" = 0 ]
	! grep -v file= /proc/$pid/numa_maps | grep -q ' N0=' || wrong "it does"
}

@test "a bar on a terminal, nothing elsewhere" {
	start_target anon=32
	script -qec "numaplace --pid=$pid --membind=1 --rate=20m" /tmp/typescript >/dev/null 3>&-
	grep -qE "$pid \[#+\.+\] +[0-9]+%  pass 1, [0-9.]+ [KM] moved, [0-9.]+ M/s, [0-9]+ s left" /tmp/typescript
	numaplace --pid=$pid --membind=0 --rate=20m 2>/tmp/errors >/dev/null
	[ ! -s /tmp/errors ]
	numaplace --pid=$pid --membind=1 --verbose 2>/tmp/errors >/dev/null
	grep -qE "^numaplace: process $pid \(target\): pass 1: [0-9.]+ M seen, [0-9.]+ M moved so far, 0 left" /tmp/errors
}
