# Memory-policy calls forbidden as containers do it: the command does not run unplaced, and what
# needs no such call works.
load guest

forbidden=set_mempolicy,get_mempolicy,mbind,migrate_pages,move_pages

@test "a memory policy is refused, and the filter is named" {
	for error in EPERM ENOSYS; do
		for option in --membind=0 --interleave=all --preferred=1 --localalloc; do
			run deny $error $forbidden numaplace $option touch /tmp/started
			refused 'set_mempolicy: .*: blocked by a seccomp filter \(containers need CAP_SYS_NICE'
			[[ $output == *"--best-effort runs without it" ]]
		done
	done
	[ ! -e /tmp/started ]
}

@test "--best-effort runs the command and says what is missing" {
	run deny EPERM $forbidden numaplace --best-effort --membind=2 --cpunodebind=1 pages 4
	ran
	ran_on 2-3
	had_policy default
	[[ ${lines[0]} == "numaplace: set_mempolicy: Operation not permitted: blocked by a seccomp filter"* ]]
}

@test "CPUs, --hardware and --dry-run of CPUs work" {
	run deny EPERM $forbidden numaplace --cpunodebind=1 pages 4
	ran_on 2-3
	run deny EPERM $forbidden numaplace --physcpubind=1 pages 4
	ran_on 1
	run deny EPERM $forbidden numaplace --hardware
	ran
	[[ $output == "available: 4 nodes (0-3)"* ]]
	run deny EPERM $forbidden numaplace --dry-run --cpunodebind=0
	ran
	PATH=/compat:$PATH run deny ENOSYS $forbidden numactl --hardware
	ran
}

@test "a dry run tells before" {
	run deny EPERM $forbidden numaplace --dry-run --membind=0 true
	refused 'mbind: .*blocked by a seccomp filter'
}

@test "what is known is shown, with a status that says it is not all" {
	run deny EPERM $forbidden numaplace --show
	[ "$status" = 1 ]
	[[ $output == *"policy: unknown"*"physcpubind: 0 1 2 3 "* ]]
	[[ $output == *"get_mempolicy: Operation not permitted: blocked by a seccomp filter"* ]]
}

@test "a policy that cannot be read back is not believed" {
	run deny EPERM get_mempolicy numaplace --membind=0 touch /tmp/started
	refused 'get_mempolicy: .*blocked by a seccomp filter'
	[ ! -e /tmp/started ]
}

@test "the affinity calls can be forbidden too" {
	run deny EPERM sched_setaffinity numaplace --physcpubind=0 touch /tmp/started
	refused 'sched_setaffinity: Operation not permitted: blocked by a seccomp filter'
	run deny EPERM sched_getaffinity numaplace --physcpubind=0 touch /tmp/started
	refused 'sched_getaffinity'
	[ ! -e /tmp/started ]
}
