# numaplace with the file capability cap_sys_nice, run by a plain user: what more that user can do
# than without it, and that nothing reaches the command. See docs/threats.md.
load guest
bats_require_minimum_version 1.5.0

file=/dev/shm/privilege
others=/tmp/others

# A user without a capability; all else is root's.
user() { setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"; }

setup()
{
	mkdir -p /tmp/bin
	cp -L /bin/numaplace /tmp/bin/nice
	setcap cap_sys_nice+ep /tmp/bin/nice
	cp -L /bin/numaplace /tmp/bin/plain
	chmod 755 /tmp/bin /tmp/bin/*
	PATH=/tmp/bin:$PATH
	mkdir -p -m 700 $others
	echo secret >$others/file
	# An own folder of the user, and work of root's.
	mkdir -p /tmp/mine
	chown 65534:65534 /tmp/mine
}

teardown()
{
	stop_target
	rm -rf $file $file.* /tmp/mine $others
}

# What the two programs say is the same but for their names.
same() # options...
{
	local plain nice plain_status=0

	plain=$(user plain "$@" 2>&1) || plain_status=$?
	status=0
	nice=$(user nice "$@" 2>&1) || status=$?
	output=$nice
	[ $status = $plain_status ] || wrong "$*: status $plain_status without the capability" || return
	[ "${nice//nice: /plain: }" = "$plain" ] || wrong "$*: without the capability: $plain"
}

@test "the command has no capability" {
	run user nice --membind=1 --physcpubind=0 grep ^Cap /proc/self/status
	[ "$status" = 0 ]
	[ "$(grep -v CapBnd <<<"$output" | awk '{ print $2 }' | sort -u)" = 0000000000000000 ] || wrong "capabilities"
	# Nor where the caller could hand some down: ambient ones end at a program that has its own.
	run setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+sys_nice,+chown --ambient-caps=+sys_nice,+chown \
		nice --localalloc grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status
	[ "$(awk '{ print $2 }' <<<"$output" | sort -u)" = 0000000000000000 ] || wrong "handed down"
	# Other capabilities of the file are given up at once.
	setcap all+ep /tmp/bin/nice
	run user nice --localalloc grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status
	[ "$(awk '{ print $2 }' <<<"$output" | sort -u)" = 0000000000000000 ] || wrong "all"
	run user nice --file=$others/file
	refused 'Permission denied'
	run user nice --pid=1 --membind=1
	refused 'may not be (looked at|changed)'
	# And the command is an ordinary process again, which its user may look into.
	run user nice --localalloc bash -c 'exec 3</proc/self/pagemap && echo open'
	[ "$output" = open ]
	# A set-id bit would reach the command.
	setcap -r /tmp/bin/nice
	chmod u+s /tmp/bin/nice
	run user nice --localalloc true
	refused 'it must not be setuid or setgid'
}

@test "it is in effect around the calls that need it, and nowhere else" {
	# To move pages that another process maps takes the capability.
	head -c 1M /dev/zero >$file
	chown 65534:65534 $file
	hold $file 3>&- &
	pid=$!
	exec 7</dev/null 8</dev/null
	until grep -q " file=$file .* N[0-9]=256" /proc/$pid/numa_maps; do kill -0 $pid; done
	node=$(sed -n "s|.* file=$file .* N\([0-9]\)=256.*|\1|p" /proc/$pid/numa_maps)
	to=$((1 - node % 2))
	run user plain --file=$file --membind=$to
	[ "$status" = 1 ]
	[[ $output == *"needs CAP_SYS_NICE"* ]] || wrong "moved without it"
	grep -q " file=$file .* N$node=256" /proc/$pid/numa_maps
	run strace -f -u nobody -o /tmp/calls nice --file=$file --membind=$to
	[ "$status" = 0 ] || wrong "not moved"
	grep -q " file=$file .* N$to=256" /proc/$pid/numa_maps
	run awk '/capset\(.*effective=0,/ { up = 0; next }
		/capset\(.*effective=1<<CAP_SYS_NICE,/ { up = 1; raised++; next }
		up && !/ (capget|move_pages|sched_setaffinity)\(/ { print; bad = 1 }
		END { print raised + 0; exit bad || up || !raised }' /tmp/calls
	[ "$status" = 0 ] || wrong "raised around something else, or not lowered"
	# Nothing but that one was ever kept.
	! grep 'capset(' /tmp/calls | grep -vE 'permitted=1<<CAP_SYS_NICE, inheritable=0' || wrong "it does"
}

@test "another user's process can be neither moved, nor bound, nor seen" {
	start_target anon=4
	for option in --show --membind=1 --to=1 --physcpubind=2 '--cpunodebind=1 --tree' '--membind=1 --shared' \
		'--interleave=all --dry-run' '--mappings --show' '--membind=1 --inject'; do
		# shellcheck disable=SC2086 # options
		run user nice --pid=$pid $option
		refused 'may not be (looked at|changed)'
	done
	same --stat "$pid"
	same --stat target
	same --dry-run --membind="pid:$pid" true
	same --dry-run --physcpubind=idle true
	[ "$(bytes_of anon)" = "$(bytes_of anon 0)" ]
	grep -q 'Cpus_allowed_list:.0-1$' "/proc/$pid/status"
	# Its cgroup's processes likewise.
	mkdir -p /sys/fs/cgroup/privilege
	echo "$pid" >/sys/fs/cgroup/privilege/cgroup.procs
	run user nice --pid=cgroup:/privilege --membind=1
	[ "$status" != 0 ]
	[ "$(bytes_of anon)" = "$(bytes_of anon 0)" ]
	echo "$pid" >/sys/fs/cgroup/cgroup.procs
	rmdir /sys/fs/cgroup/privilege
}

@test "the user's own can be, as without" {
	start_program setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all numaplace --membind=0 \
		--cpunodebind=0 target anon=4
	areas=$(ask pages)
	run user nice --pid=$pid --membind=1 --cpunodebind=1
	[ "$status" = 0 ] || wrong "not moved"
	[ "$(bytes_of anon)" = "$(bytes_of anon 1)" ]
	[ "$(ask check)" = same ]
	run user nice --file=$file --length=64k --membind=1 --touch --verify
	[ "$status" = 0 ] || wrong "no file"
	run user nice --shm=/tmp/mine/key --length=64k --membind=1 --touch --verify
	[ "$status" = 0 ] || wrong "no segment"
	ipcrm -M "$(printf '0x00%02x%04x' $(($(stat -c %d /tmp/mine/key) & 255)) $(($(stat -c %i /tmp/mine/key) & 65535)))"
}

@test "files that the user cannot read stay closed" {
	chmod 600 $others/file
	for option in --file=$others/file --shm=$others/file --file=$others/new\ --length=64k\ --membind=0 \
		--shm=$others/new\ --length=64k\ --membind=0 --file=$others/file\ --evict --file=$others/file\ --dump-nodes; do
		# shellcheck disable=SC2086 # options
		same $option
		[ "$status" = 125 ] || wrong "$option"
		[[ $output != *secret* ]]
	done
	same --membind=file:$others/file --dry-run true
	[ "$status" = 125 ]
	[ ! -e $others/new ]
	# A segment of another's.
	numaplace --shm=$others/key --length=64k --membind=0 --touch
	# The key is the file's number: who may reach a link of it knows it.
	ln $others/key /tmp/mine/linked
	same --shm=/tmp/mine/linked --membind=1
	[ "$status" = 125 ] || wrong "another's segment"
	ipcrm -M "$(printf '0x00%02x%04x' $(($(stat -c %d $others/key) & 255)) $(($(stat -c %i $others/key) & 65535)))"
	mkdir -p /tmp/mine/root/sys
	run user nice --sysroot=/tmp/mine/root --hardware
	refused 'sysroot=/tmp/mine/root: not for a program with capabilities'
	run user nice --sysroot=$others --hardware
	refused 'not for a program with capabilities'
}

@test "what is the whole system's stays as it is" {
	before=$(cat /sys/kernel/mm/mempolicy/weighted_interleave/* 2>/dev/null || true)
	for option in --set-weights=0:7 --set-weights=auto '--membind=0 --make-room=100m true' \
		'--membind=0 --make-room=100m --dry-run true' '--cgroup=/kept --membind=1' \
		'--cgroup=fresh --new --membind=1 true' '--cgroup=/kept --show' --show; do
		# shellcheck disable=SC2086 # options
		same $option
	done
	[ "$(cat /sys/kernel/mm/mempolicy/weighted_interleave/* 2>/dev/null || true)" = "$before" ]
	[ -z "$(cat /sys/fs/cgroup/kept/cpuset.mems)" ]
	[ ! -e /sys/fs/cgroup/fresh ]
	run user nice --hardware --json
	[ "$status" = 0 ]
	run user nice --systemd --membind=0
	[ "$status" = 0 ]
	run user nice --measure --quick --buffer=4m --threads=1 --json
	[ "$status" = 0 ] || wrong "--measure"
}

@test "the environment changes nothing but what is shown, and the rank" {
	touch /tmp/mine/true
	printf '#!/bin/bash\necho mine\n' >/tmp/mine/true
	chmod 755 /tmp/mine/true
	# The library would be loaded if the variable were heeded; a static program heeds none.
	for variable in LD_PRELOAD=/tmp/mine/none.so LD_LIBRARY_PATH=/tmp/mine LD_AUDIT=/tmp/mine/none.so \
		GLIBC_TUNABLES=glibc.malloc.check=3 MALLOC_TRACE=$others/trace TMPDIR=$others NO_COLOR=1 COLUMNS=1 \
		NUMASTAT_WIDTH=1 TERM=dumb LANG=de_DE.UTF-8 LOCALDOMAIN=x RES_OPTIONS=debug; do
		run user env "$variable" nice --membind=1 --cpunodebind=1 pages 4
		[ "$status" = 0 ] || wrong "$variable"
		only_on 1
	done
	# PATH finds the command, as it would for the shell, and no more than the user's own.
	run user env PATH=/tmp/mine:/tmp/bin:/bin nice --localalloc true
	[ "$output" = mine ]
	# Ranks are numbers, or refused.
	run user env OMPI_COMM_WORLD_LOCAL_RANK='%s%n/../x' nice --membind=rank true
	refused "OMPI_COMM_WORLD_LOCAL_RANK='%s%n/../x' in the environment is no rank"
}
