#!/bin/busybox sh
# shellcheck shell=dash disable=SC3045 # busybox
# The first process of the arm64 guest (tests/vm/arm64): the tests of inject.bats that depend on the
# machine, without bash. Prints TAP.
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
count=0

result() # status name
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then echo "ok $count - [arm64] $2"; else echo "not ok $count - [arm64] $2"; fi
	sed 's/^/# /' /tmp/said
	: >/tmp/said
}

start() # command...
{
	rm -f /tmp/in /tmp/out
	mkfifo /tmp/in /tmp/out
	# Open at once, and for both: an end that waits for the other one could be interrupted.
	exec 7<>/tmp/in 8<>/tmp/out
	"$@" </tmp/in >/tmp/out 7>&- 8<&- &
	pid=$!
	read -r line <&8
	[ "$line" = ready ]
}

ask() # line
{
	echo "$1" >&7
	read -r line <&8
}

stop()
{
	kill -KILL $pid
	wait $pid 2>/dev/null
	exec 7>&- 8<&-
}

# Of `blocked`: says which thread did not get what it should have, and fails.
all_right()
{
	local right=0

	while ask timed && [ "$line" != 0 ]; do sleep 0.5; done
	echo release >&7
	while read -r line <&8 && [ "$line" != end ]; do
		case $line in
		*' right') right=$((right + 1)) ;;
		*) echo "$line" >>/tmp/said && right=-100 ;;
		esac
	done
	[ $right -gt 0 ]
}

option() # number
{
	case $(($1 % 4)) in
	0) echo --interleave=0-1 ;;
	1) echo --membind=1 ;;
	2) echo --localalloc ;;
	3) echo --default-policy ;;
	esac
}

# Pages that stay are no matter here: exit status 1, and the policy was read back.
inject() # option
{
	numaplace --pid=$pid --inject "$1" >/tmp/log 2>&1 || grep -q 'read back from' /tmp/log ||
		{ cat /tmp/log >>/tmp/said; return 1; }
}

# What is repeated to meet a rare moment: less of it, unless all is asked for, of which the kernel
# was told and left it in our environment. The waits with an end take so many seconds, in which other
# threads compute.
if [ -n "${VM_ALL-}" ]; then
	often='0 1 2 3 4 5 6 7 8 9 10 11' step=9 seconds=45
else
	often='0 1 2 3' step=37 seconds=8
fi

test_waiting()
{
	start blocked $seconds || return
	for i in $often; do
		inject "$(option "$i")" || return
	done
	all_right
}

# Through the steps: every so many, beginning with another one for each.
test_killed()
{
	first=1
	for kind in computing read sigsuspend; do
		start blocked 0 $kind || return
		i=$first killed=0
		while killat $i numaplace --pid=$pid --inject --membind=$((killed % 2)) --only=huge >/tmp/log 2>&1; [ $? = 137 ]; do
			kill -0 $pid || { echo "$kind: died at step $i" >>/tmp/said; return 1; }
			killed=$((killed + 1)) i=$((i + step))
		done
		[ $killed -gt 1 ] || { cat /tmp/log >>/tmp/said; return 1; }
		all_right || return
		stop
		first=$((first + 3))
	done
}

test_swarm()
{
	start swarm 8 || return
	for i in 0 1 2 3; do
		inject "$(option $i)" || return
	done
	inject --membind=1
	ask 'allocate 4'
	grep -E "^$line .*N1=1024" /proc/$pid/numa_maps >/dev/null ||
		{ grep "^$line" /proc/$pid/numa_maps >>/tmp/said; return 1; }
	ask sum
	echo "$line" >>/tmp/said
	[ "${line#* }" = 0 ]
}

: >/tmp/said
echo 1..3
test_waiting
result $? "each kind of call that waits returns what it should"
stop
test_killed
result $? "killed at each step: the threads go on"
stop
test_swarm
result $? "threads that start and end: memory lies where the policy says"
stop
echo o >/proc/sysrq-trigger
sleep 60
