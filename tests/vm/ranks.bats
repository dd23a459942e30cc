# Ranks of a real launcher, and parts of a real machine: each rank's memory and CPUs, after the fact.
# Needs Open MPI.
load guest

setup_file()
{
	echo guest >/proc/sys/kernel/hostname
	# There is no ssh here, to start on other machines.
	export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm=isolated
	# What each rank touches, told in a file of its own.
	cat >/tmp/app <<'END'
#!/bin/sh
pages 16 >/tmp/rank.$OMPI_COMM_WORLD_LOCAL_RANK
END
	chmod +x /tmp/app
}

setup()
{
	rm -f /tmp/rank.*
}

start() # mpirun's option... -- numaplace's option...
{
	local -a options=()

	command -v mpirun >/dev/null || skip "there is no mpirun here"
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run mpirun "${options[@]}" numaplace "$@" /tmp/app
	ran
}

# The rank's pages are on that node alone, and its CPUs are these.
placed() # rank node cpus
{
	output=$(cat /tmp/rank."$1") || wrong "rank $1 did not run" || return
	status=0
	only_on "$2" && ran_on "$3" && had_policy "bind:$2"
}

@test "mpirun -n 4 numaplace -N rank -m rank: memory and CPUs of each on its node" {
	start -n 4 -- -N rank -m rank
	placed 0 0 0-1
	placed 1 1 2-3
	placed 2 0 0-1
	placed 3 1 2-3
}

@test "however the launcher binds them itself" {
	for binding in 'none' 'core' 'socket'; do
		rm -f /tmp/rank.*
		start -n 2 --bind-to $binding -- -N rank -m rank
		placed 0 0 0-1
		placed 1 1 2-3
	done
	# By cores both would be on the first node.
	start -n 2 --map-by core -- -N rank -m rank
	placed 0 0 0-1
	placed 1 1 2-3
}

@test "core:rank: a core for each" {
	start -n 4 -- -C core:rank -m rank
	placed 0 0 0
	placed 1 1 2
	placed 2 0 1
	placed 3 1 3
}

@test "core:rank with three ranks: two share a node, one has its own" {
	start -n 3 -- -C core:rank -m rank
	placed 0 0 0
	placed 1 1 2-3
	placed 2 0 1
}

@test "it says what a rank became, and by which variable" {
	start -n 2 -- -v -N rank -m rank
	grep -q 'membind=rank: nodes 1; rank (local rank 1 by OMPI_COMM_WORLD_LOCAL_RANK) is node 1' <<<"$output" ||
		wrong "not said"
	run env SLURM_LOCALID=1 numaplace -N rank -m rank pages 16
	only_on 1
	ran_on 2-3
	run numaplace -N rank -m rank pages 16
	[ "$status" = 125 ] || wrong "no launcher, and not refused"
}

@test "parts of the machine, by the kernel that runs" {
	run numaplace -C socket:1 pages 1
	ran_on 2-3
	run numaplace -C node:0 pages 1
	ran_on 0-1
	run numaplace -C core:1-3:2 pages 1
	ran_on 1,3
	run numaplace -C '!core:0' --one-per-core pages 1
	ran_on 1-3
	for cpu in 0 2; do
		id=$(cat /sys/devices/system/cpu/cpu$cpu/cache/index3/id)
		run numaplace -C "l3:$id" pages 1
		ran_on "$(cat /sys/devices/system/cpu/cpu$cpu/cache/index3/shared_cpu_list)"
	done
	# Nothing is isolated here; what the kernel says where there is no nohz_full= is taken for that.
	run numaplace -C housekeeping pages 1
	ran_on 0-3
	run numaplace -C isolated pages 1
	[ "$status" = 125 ] && grep -q 'no CPU is isolated' <<<"$output" || wrong "isolated"
	run numaplace -C pcore pages 1
	[ "$status" = 125 ] && grep -q 'no hybrid processor' <<<"$output" || wrong "pcore"
}
