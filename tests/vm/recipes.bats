# README.md and docs/recipes.md: the command lines that need running processes, cgroups or a disk. The
# programs are others of the same names, with a little memory.
load guest
load recipes

names=(redis-server postgres memcached mysqld java dpdk-testpmd)
units=(redis.service docker-0123456789ab.scope)
slice=/sys/fs/cgroup/recipes.slice
folder=/tmp/recipes

setup()
{
	local name unit

	load_modules
	mkdir -p $folder/bin /disk $slice
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	echo +cpuset >$slice/cgroup.subtree_control
	mount -t ext4 /dev/nvme0n1 /disk
	dd if=/dev/zero of=/disk/model.gguf bs=1M count=8 2>/dev/null
	sync
	ln -sf /bin/true /disk/server
	# Nobody asks them anything.
	mkfifo $folder/quiet
	exec 9<>$folder/quiet
	for name in "${names[@]}"; do
		cp /bin/target $folder/bin/$name
		$folder/bin/$name anon=8 shared=4 <&9 >/tmp/$name 2>&1 3>&- &
		until grep -q ready /tmp/$name; do :; done
	done
	for unit in "${units[@]}"; do
		mkdir -p $slice/$unit
	done
	pid=$(pgrep -x redis-server)
	echo "$pid" >$slice/${units[0]}/cgroup.procs
	pgrep -x postgres >$slice/${units[1]}/cgroup.procs
	export pid PATH=$folder/bin:$PATH
}

teardown()
{
	local name unit

	for name in "${names[@]}"; do
		pkill -KILL -x $name || true
	done
	for unit in $slice/*.s* $slice; do
		until rmdir $unit; do [ -d $unit ] || break; done
	done
	exec 9<&-
	umount /disk || true
}

@test "each command line that a guest runs" {
	cd /disk
	count=0 bad=0
	while IFS=$'\t' read -r number machine kind _ _ line; do
		[ "$machine" = guest ] && [ "$kind" = ours ] || continue
		# "kubectl exec POD -- numaplace --show": the first is another program's.
		run bash -c "numaplace ${line#*numaplace }" </dev/null
		echo "$number: $line: status $status"
		if [ "$status" != 0 ]; then
			echo "$output"
			((++bad))
		fi
		((++count))
	done < <(recipe_lines /guest/README.md && recipe_lines /guest/recipes.md)
	((count >= 30))
	((bad == 0))
	# What they said is so: Redis is on node 1 and its CPUs, memcached on nodes that have none.
	for unit in "${units[@]}"; do
		[ "$(cat $slice/$unit/cpuset.mems) $(cat $slice/$unit/cpuset.cpus)" = '1 2-3' ]
	done
	grep -qE '^Cpus_allowed_list:[[:space:]]+2-3$' "/proc/$pid/status"
	! grep -E '(heap|anon=).* N[023]=' "/proc/$pid/numa_maps" | grep -v file= || wrong "it does"
	! grep -E 'anon=.* N[01]=' "/proc/$(pgrep -x memcached)/numa_maps" | grep -vE 'file=|stack|heap' || wrong "it does"
}
