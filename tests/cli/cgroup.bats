# Cgroups on machines of our own: what a name means, what would be set, and what hinders.
load helper

# A cgroup of v2; without the controller it has no cpuset.
cgroup() # path allowed-cpus allowed-mems [controllers-for-below]
{
	local folder=$machine/sys/fs/cgroup$1

	mkdir -p "$folder"
	: >"$folder/cgroup.procs"
	echo "${4-}" >"$folder/cgroup.subtree_control"
	[ "$1" = / ] || echo domain >"$folder/cgroup.type"
	echo "cpu memory" >"$folder/cgroup.controllers"
	[ "$2" != none ] || return 0
	echo "cpuset cpu memory" >"$folder/cgroup.controllers"
	echo "$2" >"$folder/cpuset.cpus.effective"
	echo "$3" >"$folder/cpuset.mems.effective"
	[ "$1" != / ] || return 0
	echo >"$folder/cpuset.cpus"
	echo >"$folder/cpuset.mems"
	echo member >"$folder/cpuset.cpus.partition"
}

setup_file()
{
	machine=$BATS_FILE_TMPDIR/machine
	export machine
	mkdir -p "$machine/proc/self" "$machine/sys/devices"
	cp -rL "$BATS_TEST_DIRNAME/../sysroot/four/sys/devices/." "$machine/sys/devices"
	echo 'cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0' >"$machine/proc/self/mounts"
	echo '0::/system.slice/own.scope' >"$machine/proc/self/cgroup"
	cgroup / 0-7 0-3 'cpuset cpu memory'
	cgroup /system.slice 0-7 0-3 'cpuset cpu'
	cgroup /system.slice/redis.service 0-7 0-3
	cgroup /system.slice/_memory.service 0-7 0-3
	cgroup /system.slice/user@1000.service 0-7 0-3
	cgroup /system.slice/twice.service 0-7 0-3
	cgroup /system.slice/own.scope 0-7 0-3
	echo 4242 >"$machine/sys/fs/cgroup/system.slice/own.scope/cgroup.procs"
	cgroup /system.slice/threads.service 0-7 0-3
	echo threaded >"$machine/sys/fs/cgroup/system.slice/threads.service/cgroup.type"
	cgroup /system.slice/apart.service 2-3 0-3
	echo isolated >"$machine/sys/fs/cgroup/system.slice/apart.service/cpuset.cpus.partition"
	cgroup /small.slice 0-1 0-1 cpuset
	cgroup /small.slice/job.service 0-1 0-1
	cgroup /hollow.slice '' '' cpuset
	cgroup /hollow.slice/left.service '' ''
	cgroup /user.slice 0-7 0-3 'cpu memory'
	cgroup /user.slice/user-7.slice none none 'cpu memory'
	cgroup /user.slice/user-7.slice/twice.service none none
	cgroup /user.slice/user-7.slice/plain none none
}

plan() # option...
{
	run "$numaplace" --sysroot="$machine" --dry-run "$@"
}

# The cgroup that a name means.
means() # name path
{
	plan --cgroup="$1" --membind=1 --json
	[ "$status" = 0 ] || wrong "$1" || return
	[ "$(jq -r .cgroup <<<"$output")" = "$2" ] || wrong "$1 is not $2"
}

@test "what a name means" {
	means /system.slice/redis.service /system.slice/redis.service
	means system.slice//redis.service/ /system.slice/redis.service
	means /sys/fs/cgroup/system.slice/redis.service /system.slice/redis.service
	means /sys/fs/cgroup/system.slice /system.slice
	means redis.service /system.slice/redis.service
	means system.slice /system.slice
	# As systemctl takes it, and as systemd writes what could be a file of the kernel's.
	means redis /system.slice/redis.service
	means memory.service /system.slice/_memory.service
	means memory /system.slice/_memory.service
	means user@1000 /system.slice/user@1000.service
	plan --cgroup=twice.service --membind=1
	refused 'several cgroups have that name \((/system.slice/twice.service and /user.slice/user-7.slice/twice.service|/user.slice/user-7.slice/twice.service and /system.slice/twice.service)\): give the path$'
	for name in nowhere nowhere.service redis.scope /redis.service /system.slice/redis /sys/fs/cgroups/a; do
		plan --cgroup="$name" --membind=1
		refused "cgroup=$name: there is no such cgroup below /sys/fs/cgroup" || return
	done
	for name in '' . .. /system.slice/../small.slice ./system.slice; do
		plan --cgroup="$name" --membind=1
		refused 'it is not the name of a cgroup' || return
	done
	plan --cgroup=/system.slice/cgroup.procs --membind=1
	refused 'it is no cgroup, but a file in one'
	plan --cgroup="$(printf 'a%.0s' {1..300})" --membind=1
	refused 'there is no such cgroup'
	plan --cgroup="/$(printf 'a%.0s' {1..5000})" --membind=1
	refused 'File name too long'
}

@test "what would be set" {
	plan --cgroup=redis.service --membind=1-2 --cpunodebind=1 --verbose
	[ "$status" = 0 ] || wrong "no plan" || return
	cpus=$(cat "$machine/sys/devices/system/node/node1/cpulist")
	[[ $output == *"write(/sys/fs/cgroup/system.slice/redis.service/cpuset.mems, \"1-2\")"* ]] || wrong "mems" || return
	[[ $output == *"write(/sys/fs/cgroup/system.slice/redis.service/cpuset.cpus, \"$cpus\")"* ]] || wrong "cpus" || return
	[[ $output == *"before        planned"* ]] || wrong "heading" || return
	[[ $output == *"cpuset.mems   inherited     1-2"* ]] || wrong "row" || return
	[ -z "$(tr -d '\n' <"$machine/sys/fs/cgroup/system.slice/redis.service/cpuset.mems")" ]
	plan --cgroup=redis.service --membind=3 --json
	[ "$(jq -c '[.planned, .before.mems, .before.mems_effective, .after.mems, .after.cpus, .members, .nodes, .stayed]' <<<"$output")" = \
		'[true,"","0-3","3","",null,null,null]' ] || wrong "JSON"
}

@test "the cgroup above limits it, its own cpuset does not" {
	echo 0 >"$machine/sys/fs/cgroup/small.slice/job.service/cpuset.mems.effective"
	plan --cgroup=job.service --membind=1
	[ "$status" = 0 ] || wrong "limited by itself" || return
	plan --cgroup=job.service --membind=all --json
	[ "$(jq -r .after.mems <<<"$output")" = 0-1 ] || wrong "all" || return
	plan --cgroup=job.service --membind=2
	refused 'membind=2: the cpuset allows memory on nodes 0-1 only \(cpuset.mems of /small.slice\)$'
	plan --cgroup=job.service --physcpubind=5
	refused 'physcpubind=5: the cpuset allows CPUs 0-1 only \(cpuset.cpus of /small.slice\)$'
	plan --cgroup=redis.service --membind=9
	refused 'node 9 does not exist'
}

@test "the controller is not enabled, and where" {
	plan --cgroup=user-7.slice --membind=1
	refused 'the cpuset controller is not enabled for it: write \+cpuset to cgroup.subtree_control of /user.slice \(systemd does it with systemctl set-property user-7.slice AllowedMemoryNodes=, AllowedCPUs=\)$'
	plan --cgroup=plain --membind=1
	refused 'of /user.slice, and so down to /user.slice/user-7.slice$'
	plan --cgroup=plain --membind=1 --best-effort
	[ "$status" = 125 ]
	[[ ${lines[1]} == "numaplace: nothing of the placement can be applied" ]] || wrong "what is left"
	mv "$machine/sys/fs/cgroup/cgroup.controllers" "$BATS_TEST_TMPDIR/kept"
	echo "cpu memory" >"$machine/sys/fs/cgroup/cgroup.controllers"
	plan --cgroup=plain --membind=1
	mv "$BATS_TEST_TMPDIR/kept" "$machine/sys/fs/cgroup/cgroup.controllers"
	refused 'it has no cpuset: the controller is not in cgroup.controllers of /sys/fs/cgroup \(a container'
}

@test "the root, threaded cgroups, partitions and empty sets" {
	plan --cgroup=/ --membind=1
	refused 'the root cgroup has no cpuset to set: give one below it$'
	plan --cgroup=threads.service --membind=1
	refused 'it is a threaded cgroup \(cgroup.type: threaded\), and memory is bound by process'
	plan --cgroup=apart.service --physcpubind=3
	refused 'it is a partition \(isolated\), whose CPUs are taken from all others: write member to cpuset.cpus.partition of /system.slice/apart.service first$'
	# Its memory can be bound all the same.
	plan --cgroup=apart.service --membind=3
	[ "$status" = 0 ] || wrong "memory of a partition" || return
	plan --cgroup=left.service --physcpubind=3
	refused 'nothing is in force in /hollow.slice: its cpuset.cpus.effective is empty \(a partition'
	plan --cgroup=left.service --membind=3
	refused 'nothing is in force in /hollow.slice: its cpuset.mems.effective is empty \(its nodes'
}

@test "--new: the calls, and what hinders" {
	plan --cgroup=fresh --new --membind=1 --json true
	[ "$status" = 0 ] || wrong "no plan" || return
	own=/sys/fs/cgroup/system.slice/own.scope
	[ "$(jq -c '.calls[:4]' <<<"$output")" = "[\"mkdir($own/fresh)\",\"write($own/fresh/cgroup.procs, \\\"0\\\")\",\"write($own/cgroup.subtree_control, \\\"+cpuset\\\")\",\"write($own/fresh/cpuset.mems, \\\"1\\\")\"]" ] ||
		wrong "calls" || return
	[ ! -e "$machine$own/fresh" ]
	# Without a cpuset it is made all the same, and entered.
	plan --cgroup=fresh --new --interleave=all --json true
	[ "$(jq -c '.calls[:2]' <<<"$output")" = "[\"mkdir($own/fresh)\",\"write($own/fresh/cgroup.procs, \\\"0\\\")\"]" ] ||
		wrong "without a cpuset" || return
	for name in a/b . .. '' /x; do
		plan --cgroup="$name" --new --membind=1 true
		refused 'give a name without a slash' || return
	done
	plan --cgroup="$(printf 'a%.0s' {1..256})" --new --membind=1 true
	refused 'the name is too long'
	mkdir "$machine$own/there"
	plan --cgroup=there --new --membind=1 true
	refused '/system.slice/own.scope/there exists already \(without --new it is bound as it is\)$'
	rmdir "$machine$own/there"
	echo 17 >>"$machine$own/cgroup.procs"
	plan --cgroup=fresh --new --membind=1 true
	refused '/system.slice/own.scope has other processes, and a cgroup has either these or controllers for those below it: .*systemd-run --scope'
	echo 4242 >"$machine$own/cgroup.procs"
	echo '0::/user.slice/user-7.slice/plain' >"$machine/proc/self/cgroup"
	plan --cgroup=fresh --new --membind=1 true
	refused 'the cpuset controller is not enabled for it: .* of /user.slice, and so down to /user.slice/user-7.slice$'
	echo '0::/elsewhere' >"$machine/proc/self/cgroup"
	plan --cgroup=fresh --new --membind=1 true
	echo '0::/system.slice/own.scope' >"$machine/proc/self/cgroup"
	refused 'the cgroup of this process \(/elsewhere\) is not to be seen below /sys/fs/cgroup'
}

@test "cgroup v1 is read, and not set" {
	run "$numaplace" --sysroot="$machines/cpuset1" --dry-run --cgroup=/job/step --membind=1
	refused 'cpusets are those of cgroup v1 here \(/sys/fs/cgroup/cpu set\), of which numaplace only reads: it sets those of v2$'
	run "$numaplace" --sysroot="$machines/cpuset1" --dry-run --cgroup=fresh --new --interleave=all true
	refused 'cgroup=fresh: cpusets are those of cgroup v1 here \(/sys/fs/cgroup/cpu set\), of which'
	run "$numaplace" --sysroot="$machines/four" --dry-run --cgroup=redis --membind=1
	refused 'no cgroup2 is mounted here'
}

@test "processes of cgroups that are not there" {
	grep -q cgroup /proc/self/mounts || skip "there is no cgroup file system here"
	run "$numaplace" --pid=cgroup:/nowhere/at/all
	refused 'pid=cgroup:/nowhere/at/all: there is no such cgroup'
	run "$numaplace" --pid=$$,cgroup:/nowhere/at/all --to=0 --dry-run
	refused 'pid=cgroup:/nowhere/at/all: there is no such cgroup'
	run "$numaplace" --cgroup=/nowhere/at/all
	refused 'cgroup=/nowhere/at/all: there is no such cgroup'
	run "$numaplace" --cgroup=/nowhere/at/all --to=0
	refused 'cgroup=/nowhere/at/all: there is no such cgroup'
	run "$numaplace" --stat --cgroup=/nowhere/at/all
	refused 'cgroup=/nowhere/at/all: there is no such cgroup'
}

@test "the cgroup of this process, shown: its cpuset and its processes" {
	cd "$BATS_TEST_TMPDIR"
	run "$numaplace" --cgroup=/ --json
	[[ $output != *"no cgroup2 is mounted here"* ]] || skip "there is no cgroup file system here"
	# Those of other users, and of other namespaces, are left out, and said.
	[ "$status" -le 1 ] || wrong "not shown" || return
	"$numaplace" --cgroup=/ --json 2>/dev/null >shown.json || [ $? = 1 ]
	[ "$(jq -r .cgroup shown.json)" = / ]
	[ "$(jq --argjson pid $$ '[.processes[] | select(.pid == $pid)] | length' shown.json)" = 1 ]
	"$numaplace" --stat --cgroup=/ --json 2>/dev/null >stat.json || [ $? = 1 ]
	jq -e --argjson pid $$ '[.processes[] | select(.pid == $pid)] | length == 1' stat.json
}
