# What tests/faults does on any machine, here for what needs several nodes, cgroups, and root: each
# call failing. The rows go to docs/faults.md.
load guest
load fault
bats_require_minimum_version 1.5.0

# So many faults of each mode; tests/faults --all takes more.
sample=(-c 12 -m 8)
top=/sys/fs/cgroup
weights=/sys/kernel/mm/mempolicy/weighted_interleave
times=(-i nanoseconds -i longest_batch -i workers -i passes)

teardown()
{
	stop_target
	rm -f /dev/shm/faults /dev/shm/key
	[ ! -d $top/job ] || rmdir $top/job $top/fresh 2>/dev/null || true
}

# Bytes of the target on nodes 0 and 1.
pages_of="awk '{ for (i = 3; i <= NF; i++) { split(\$i, p, \"=\"); if (p[1] ~ /^N[0-9]/) n[p[1]] += p[2] } }
	END { print n[\"N0\"] + 0, n[\"N1\"] + 0 }' /proc"

setup_file() { echo "# kernel $(uname -r)" >&3; }

@test "--pid: pages that move to another node" {
	start_target anon=2
	kill -STOP "$pid"
	mode '--pid, to another node' "${times[@]}" -r "numaplace --pid=$pid --membind=0 >/dev/null" \
		-s "$pages_of/$pid/numa_maps" -- --pid="$pid" --membind=1 --json
	mode '--pid --interleave' "${times[@]}" -r "numaplace --pid=$pid --membind=0 >/dev/null" \
		-- --pid="$pid" --interleave=0,1 --physcpubind=2 --json
}

@test "--file and --shm: pages that move to another node" {
	numaplace --file=/dev/shm/faults --length=256k --membind=0 --touch >/dev/null 2>&1
	mode '--file, to another node' -r 'numaplace --file=/dev/shm/faults --membind=0 >/dev/null' \
		-- --file=/dev/shm/faults --membind=1 --verify --json
	numaplace --shm=/dev/shm/key --length=256k --membind=0 --touch >/dev/null 2>&1
	mode '--shm, to another node' -r 'numaplace --shm=/dev/shm/key --membind=0 >/dev/null' \
		-- --shm=/dev/shm/key --membind=1 --dump-nodes --json
	ipcrm -M "$(printf '0x00%02x%04x' $(($(stat -c %d /dev/shm/key) & 255)) $(($(stat -c %i /dev/shm/key) & 65535)))"
}

@test "--cgroup: a cpuset, shown, written, of a new cgroup" {
	mkdir $top/job
	mode '--cgroup' -r "echo >$top/job/cpuset.mems; echo >$top/job/cpuset.cpus" \
		-s "cat $top/job/cpuset.mems $top/job/cpuset.cpus" -- --cgroup=/job --membind=1 --cpunodebind=1 --json
	mode '--cgroup --show' -- --cgroup=/job --show --json
	start_target anon=1
	kill -STOP "$pid"
	echo "$pid" >$top/job/cgroup.procs
	mode '--pid=cgroup:' "${times[@]}" -- --pid=cgroup:/job --json
	echo "$pid" >$top/cgroup.procs
	rmdir $top/job
	mode '--cgroup --new' -r "[ ! -d $top/fresh ] || rmdir $top/fresh" -s "ls -d $top/fresh" -- \
		--cgroup=fresh --new --membind=1 --cpunodebind=1 numaplace --show --json
}

@test "--set-weights" {
	kernel_at_least 6 16 || skip "this kernel has no automatic weights"
	mode '--set-weights' -r 'numaplace --set-weights=auto >/dev/null' -s "cat $weights/*" -- \
		--set-weights=0:3,1:2,2:1 --json
	mode '--set-weights=auto' -r '{ numaplace --set-weights=auto; numaplace --set-weights=0:3,3:1; } >/dev/null 2>&1' \
		-s "cat $weights/*" -- \
		--set-weights=auto --json
	numaplace --set-weights=auto >/dev/null
}

@test "--make-room" {
	mode '--make-room' -- --membind=2 --make-room=100m numaplace --show --json
	mode '--make-room, too much' -- --preferred=2 --make-room=400m --best-effort numaplace --show --json
}

@test "a command on several nodes" {
	mode 'a command, 4 nodes' -- --weighted-interleave=all --physcpubind=node:1 --one-per-core \
		numaplace --show --json
	mode '--hardware, 4 nodes' -a -v -- --hardware --json
}
