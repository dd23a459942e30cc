# Every system call that numaplace makes between its start and the command fails once, at each of
# its occurrences, in several ways: either the command runs as it was placed, or one line says what
# failed and nothing runs. Never a command that runs unplaced.
load helper
bats_require_minimum_version 1.5.0

setup()
{
	command -v strace >/dev/null || skip "there is no strace here"
	[ -d /sys/devices/system/node ] || skip "this kernel has no NUMA"
	cd "$BATS_TEST_TMPDIR"
	# Says what it got; it is not the program under test, whose calls would fail too.
	cat >witness.c <<'END'
#define _GNU_SOURCE
#include <numaif.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	unsigned long nodes[128] = { 0 };
	cpu_set_t cpus;
	int mode = -1;

	syscall(SYS_get_mempolicy, &mode, nodes, 8193UL, NULL, 0UL);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	printf("mode %d nodes %lx cpus %d\n", mode, nodes[0], CPU_COUNT(&cpus));
	return 0;
}
END
	cc -O1 -o witness witness.c
}

# The calls that are numaplace's own, each as "name occurrence": those behind the last one of the
# constructor of libcap, up to the execve of the command. brk is left out: it has no error, what it
# returns is an address to malloc.
own_calls() # options...
{
	strace -o calls "$numaplace" "$@" ./witness >/dev/null
	awk -F'(' '{ seen[$1]++ }
		/PR_CAPBSET_READ/ { n = 0; next }
		$1 != "brk" { call[++n] = $1 " " seen[$1] }
		$1 == "execve" && seen[$1] == 2 { for (i = 1; i <= n; i++) print call[i]; exit }' calls
}

# Outcomes are counted; a bad one is shown.
inject() # options...
{
	local want name occurrence error result lines ran=0 told=0

	want=$("$numaplace" "$@" ./witness)
	[[ $want == mode* ]]
	while read -r name occurrence; do
		for error in EPERM ENOSYS EINVAL ENOMEM EINTR; do
			result=$(strace -qq -o /dev/null -e "inject=$name:error=$error:when=$occurrence" \
				"$numaplace" "$@" ./witness 2>stderr) && status=0 || status=$?
			lines=$(wc -l <stderr)
			if [ $status = 0 ] && [ "$result" = "$want" ]; then
				((++ran))
			elif [[ $status == 12[567] && -z $result && $lines == 1 ]] &&
				grep -q '^numaplace: ' stderr; then
				((++told))
				grep -qE 'not permitted|not implemented|Invalid|allocate|Interrupted|not found|forbidden|no cpuset says why' \
					stderr || { echo "untrue? $name $error: $(<stderr)"; return 1; }
			else
				echo "$* with $name $occurrence $error: status $status, $result, $(<stderr)"
				return 1
			fi
		done
	done < <(own_calls "$@")
	echo "# $*: ran rightly placed $ran times, told the failure $told times" >&3
	((ran > 10 && told > 5))
}

@test "a folder that may not be looked into is not one without sys" {
	run strace -qq -o /dev/null -e inject=faccessat,faccessat2:error=EACCES \
		"$numaplace" --sysroot="$machines/four" --hardware
	refused "sysroot=$machines/four: Permission denied"
}

@test "a memory policy" { inject --membind=0; }
@test "interleaving, and CPUs of a node" { inject --interleave=all --cpunodebind=0; }
@test "CPUs" { inject --physcpubind=0; }
@test "local allocation, one CPU per core" { inject --localalloc --one-per-core; }

@test "a call that always fails" {
	for call in openat read set_mempolicy sched_setaffinity get_mempolicy sched_getaffinity; do
		for error in EPERM ENOSYS EINVAL ENOMEM; do
			want=$("$numaplace" -m 0 -C 0 ./witness)
			result=$(strace -qq -o /dev/null -e "inject=$call:error=$error:when=1+" "$numaplace" \
				-m 0 -C 0 /bin/true 2>stderr) && status=0 || status=$?
			# With the loader's own calls failing the program may not even start (127 by ld.so).
			[ $status != 0 ] || [[ $call == @(openat|read|sched_getaffinity) ]] ||
				{ echo "$call $error: status 0"; false; }
		done
	done
}

@test "a call that does nothing and says it did" {
	run strace -qq -o /dev/null -e inject=set_mempolicy:retval=0 "$numaplace" -m 0 ./witness
	refused 'the kernel set another policy than it was asked for'
	[ "$(nproc)" -gt 1 ] || skip "needs two CPUs"
	run strace -qq -o /dev/null -e inject=sched_setaffinity:retval=0 "$numaplace" -C +0 ./witness
	refused 'sched_setaffinity: it may run on CPUs .* all the same'
}

@test "no room for descriptors" {
	run bash -c "ulimit -n 3; '$numaplace' -m 0 ./witness"
	[[ $status == 12[567] ]]
	# Linked dynamically it does not come to its own words.
	[[ $output == 'numaplace: '*'Too many open files' || $output == *'loading shared libraries'* ]] ||
		wrong ""
	[ "${#lines[@]}" = 1 ]
}

@test "/proc hidden, /sys hidden" {
	unshare -m true || skip "no mount namespace can be made here (it needs root)"
	run unshare -m bash -c "mount -t tmpfs none /proc; '$numaplace' -m 0 -C 0 ./witness"
	[ "$output" = 'mode 2 nodes 1 cpus 1' ] || wrong ""
	run unshare -m bash -c "mount -t tmpfs none /sys; '$numaplace' -C 0 ./witness"
	[[ $output == *'cpus 1' ]] || wrong ""
	run unshare -m bash -c "mount -t tmpfs none /sys; '$numaplace' -m 0 ./witness"
	refused 'membind=0: this kernel has no NUMA support'
}
