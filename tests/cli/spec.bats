# Expressions, by what the plan says that they mean.
load helper
bats_require_minimum_version 1.5.0

# Each line: sysroot | options | policy's mode and nodes | CPUs
plans() { sed 's/#.*//; /^ *$/d' <<'END'
four       | --interleave=all                       | interleave 0-3          | -
four       | -i 0                                   | interleave 0            | -
four       | -i 0,2                                 | interleave 0,2          | -
four       | -i 3,1,2,1                             | interleave 1-3          | -
four       | -i 0-3                                 | interleave 0-3          | -
four       | -i 0-3:2                               | interleave 0,2          | -
four       | -i 1-3:2                               | interleave 1,3          | -
four       | -i 0-3:3                               | interleave 0,3          | -
four       | -i 0-3:9                               | interleave 0            | -
four       | -i 0-1,3                               | interleave 0-1,3        | -
four       | -i !0                                  | interleave 1-3          | -
four       | -i !1-2                                | interleave 0,3          | -
four       | -i !0-3:2                              | interleave 1,3          | -
four       | -i +0                                  | interleave 0            | -
four       | -i +1-2                                | interleave 1-2          | -
four       | -i !+0                                 | interleave 1-3          | -
four       | -i +0-3:2                              | interleave 0,2          | -
four       | -i 2-9                                 | interleave 2-3          | -
four       | -i 0-8191                              | interleave 0-3          | -
four       | -i +2-9                                | interleave 2-3          | -
four       | -w 0-1                                 | weighted-interleave 0-1 | -
four       | -p 2                                   | preferred 2             | -
four       | -p !0-2                                | preferred 3             | -
four       | -P 1,3                                 | preferred-many 1,3      | -
four       | -m 0                                   | bind 0                  | -
four       | --membind 0                            | bind 0                  | -
four       | --memb=0                               | bind 0                  | -
four       | -l                                     | local                   | -
four       | -N 0                                   | -                       | 0-1,4-5
four       | -N all                                 | -                       | 0-7
four       | -N 0-3                                 | -                       | 0-7
four       | -N !0                                  | -                       | 2-3,6-7
four       | -N +1                                  | -                       | 2-3,6-7
four       | -c 1                                   | -                       | 2-3,6-7
four       | -C all                                 | -                       | 0-7
four       | -C 0-7:2                               | -                       | 0,2,4,6
four       | -C !3                                  | -                       | 0-2,4-7
four       | -C 6-99                                | -                       | 6-7
four       | -C +7                                  | -                       | 7
four       | -N 0 -C 1-2                            | -                       | 1
four       | -C 0,4,6 -N 0                          | -                       | 0,4
four       | --one-per-core                         | -                       | 0-3
four       | --one-per-core -N 1                    | -                       | 2-3
four       | --one-per-core -C 1,4-5                | -                       | 1,4
four       | --one-per-core -C 4-7                  | -                       | 4-7
four       | -N 1 -m same                           | bind 1                  | 2-3,6-7
four       | -m 1 -N same                           | bind 1                  | 2-3,6-7
four       | -N 0 -i same -C 0-1                    | interleave 0            | 0-1
four       | -b -m 0-1                              | bind 0-1 balancing      | -
four       | -m 0-1 -b                              | bind 0-1 balancing      | -
four       | -b -P 0                                | preferred-many 0 balancing | -
four       | -m 0-1 --static-nodes                  | bind 0-1 static-nodes   | -
four       | -i 0-1 --relative-nodes                | interleave 0-1 relative-nodes | -
sparse     | -i all                                 | interleave 1,7,33       | -
sparse     | -m !7                                  | bind 1,33               | -
sparse     | -m !1                                  | bind 7,33               | -
sparse     | -m +1                                  | bind 7                  | -
sparse     | -m +2                                  | bind 33                 | -
sparse     | -m 0-33                                | bind 1,7,33             | -
sparse     | -C +0                                  | -                       | 8
sparse     | -C !8                                  | -                       | 9-15
sparse     | -N !1                                  | -                       | 12-15
sparse     | -N all                                 | -                       | 8-15
memoryless | -N 1                                   | -                       | 2-3
memoryless | -N all                                 | -                       | 0-3
memoryless | -N !0                                  | -                       | 2-3
memoryless | -m all                                 | bind 0,2                | -
memoryless | -m !0                                  | bind 2                  | -
memoryless | -m 0-2                                 | bind 0,2                | -
memoryless | -m +1                                  | bind 2                  | -
offline    | -C all                                 | -                       | 0-2,4-6
offline    | -C 0-7                                 | -                       | 0-2,4-6
offline    | -N 0                                   | -                       | 0-2
offline    | -C !0                                  | -                       | 1-2,4-6
cpuset1    | -m all                                 | bind 1-2                | -
cpuset1    | -m 0-2                                 | bind 1-2                | -
cpuset1    | -m !1                                  | bind 2                  | -
cpuset1    | -C all                                 | -                       | 1-2
cpuset1    | -N all                                 | -                       | 1-2
cpuset1    | -N 1                                   | -                       | 2
cpuset1    | -C !1                                  | -                       | 2
cpuset1    | -a -C all                              | -                       | 0-7
cpuset1    | -C all -a                              | -                       | 0-7
cpuset1    | -a -N 0                                | -                       | 0-1,4-5
cpuset1    | -a -m 0-3 --static-nodes               | bind 0-3 static-nodes   | -
cpuset2    | -m all -C all                          | bind 0-1                | 0-3
cpuset2    | -C +3                                  | -                       | 3
container  | -m all -C all                          | bind 1                  | 4-7
status     | -m +0 -C +0                            | bind 2                  | 4
nonuma     | -C 1-2                                 | -                       | 1-2
nonuma     |                                        | -                       | -
END
}

@test "what expressions mean" {
	count=0
	while IFS='|' read -r machine options policy cpus; do
		read -r machine <<<"$machine"
		read -r policy <<<"$policy"
		read -r cpus <<<"$cpus"
		# shellcheck disable=SC2086 # options
		run "$numaplace" --sysroot="$(sysroot "$machine")" --dry-run --json $options true
		[ "$status" = 0 ] || wrong "$machine $options"
		got=$(jq -r '((.policy | if . then ([.mode, .nodes] + .flags | map(select(. != "")) | join(" "))
			else "-" end) + " | " + (.cpus // "-"))' <<<"$output")
		[ "$got" = "$policy | $cpus" ] || wrong "$machine $options: got $got, want $policy | $cpus"
		((++count))
	done < <(plans)
	[ $count -ge 80 ] || wrong "only $count"
}

@test "the real machines" {
	while IFS='|' read -r machine options policy cpus; do
		read -r machine <<<"$machine"
		read -r policy <<<"$policy"
		read -r cpus <<<"$cpus"
		[ -n "$(sysroot "$machine")" ] || skip "../shared/sysroots is not here"
		# shellcheck disable=SC2086 # options
		run "$numaplace" --sysroot="$(sysroot "$machine")" --dry-run --json $options true
		[ "$status" = 0 ] || wrong "$machine $options"
		got=$(jq -r '(.policy.nodes // "-") + " | " + (.cpus // "-")' <<<"$output")
		[ "$got" = "$policy | $cpus" ] || wrong "$machine $options: got $got"
	done <<'END'
128arm-2pa2n8cluster4co         | -i all -N 3          | 0-3             | 96-127
16amd64-8n2c-cpusets            | -m all -N 2          | 1-4             | 5
16amd64-8n2c-cpusets            | -m !1 -C !0          | 2-4             | 1-3,5-6,12-15
20em64t-hybrid-1p6c2t+2ca4co1t  | -m 0 --one-per-core  | 0               | 0,2,4,6,8,10,12-19
256ia64-64n2s2c                 | -m !0-62 -N 63       | 63              | 252-255
32amd64-4s2n4c-cgroup2          | -m all -N all        | 0-5             | 0-5
48amd64-4pa2n6c-sparse          | -m !0-2 -N 73        | 33-34,45,72-73  | 42-47
48amd64-4pa2n6c-sparse          | -m +3 -N +7          | 33              | 42-47
4fake-4gr1nu1pu                 | -m all -C all        | 0,2             | 0-1
fakeheteromemtiers              | -m 4-9 -N !0         | 4,6,8-9         | 2-5
fakememinitiators-1np2c+1npp+gi | -m all -N all        | 5-10            | 0-7
fakememinitiators-1np2c+1npp+gi | -m !5-8 -N 3         | 9-10            | 6-7
knl                             | -m 4-7 -N 0          | 4-7             | 0-3,16-19,32-35,48-51
nri-sample2                     | -i !0-3 -N +1        | 4-7             | 1,5,9,13,17,21,25,29,33,37,41,45,49,53,57,61,65,69,73,77,81,85,89,93,97,101,105,109
nvidiagpunumanodes              | -m all -C !0         | 0               | 1-15
END
}

@test "what ranges left out is said, with the reason" {
	run "$numaplace" --sysroot="$(sysroot memoryless)" --dry-run -m 0-4
	[[ $output == *'left out: of --membind=0-4: 1 (no memory), 3-4 (does not exist)'* ]] || wrong ""
	run "$numaplace" --sysroot="$(sysroot offline)" --dry-run -C 2-9
	[[ $output == *'left out: of --physcpubind=2-9: 3,7 (offline), 8-9 (does not exist)'* ]] || wrong ""
	run "$numaplace" --sysroot="$(sysroot cpuset1)" --dry-run -N 0-3
	[[ $output == *'left out: of --cpunodebind=0-3: 2-3 (no CPUs)'* ]] || wrong ""
	run "$numaplace" --sysroot="$(sysroot cpuset1)" --dry-run --json -m 0-2
	[ "$(jq -c .left_out <<<"$output")" = '[{"option":"--membind","ids":"0","reason":"not allowed"}]' ] ||
		wrong ""
	# What was excluded on purpose is not left out.
	run "$numaplace" --sysroot="$(sysroot memoryless)" --dry-run -m '!0-1'
	[[ $output != *'left out'* ]] || wrong ""
}

@test "the plan as text" {
	run "$numaplace" --sysroot="$(sysroot four)" --dry-run -b -m 0-1 -N 1 redis-server --port 7000
	[ "$status" = 0 ]
	[ "$output" = 'policy:   bind, nodes 0-1, balancing
CPUs:     2-3,6-7
command:  redis-server --port 7000
calls:
  set_mempolicy(MPOL_BIND | MPOL_F_NUMA_BALANCING, {0-1})
  sched_setaffinity(0, {2-3,6-7})' ] || wrong ""
	run "$numaplace" --sysroot="$(sysroot four)" --dry-run
	[ "$output" = 'policy:   inherited
CPUs:     inherited' ] || wrong ""
}

@test "relative nodes go to the kernel as places" {
	run "$numaplace" --sysroot="$(sysroot status)" --dry-run -m 3 --relative-nodes
	[[ $output == *'policy:   bind, nodes 3, relative-nodes'*'set_mempolicy(MPOL_BIND | MPOL_F_RELATIVE_NODES, {1})'* ]] ||
		wrong ""
}

@test "the plan as JSON holds any argument" {
	run "$numaplace" --sysroot="$(sysroot four)" --dry-run --json true 'a"b\c' $'tab\tnew\nline' $'\xff\xc3\xa4' ''
	[ "$(jq -c .command <<<"$output")" = '["true","a\"b\\c","tab\tnew\nline","�ä",""]' ] || wrong ""
}

@test "--best-effort takes what there is" {
	run --separate-stderr "$numaplace" --sysroot="$(sysroot four)" --best-effort --dry-run --json -m 0,9 -C 99 true
	[ "$status" = 0 ]
	[ "$(jq -c '[.policy.nodes, .cpus]' <<<"$output")" = '["0",null]' ] || wrong ""
	[ "${#stderr_lines[@]}" = 2 ]
	[ "${stderr_lines[0]}" = 'numaplace: --membind=0,9: node 9 does not exist (nodes with memory: 0-3); going on with the rest' ]
	[ "${stderr_lines[1]}" = 'numaplace: --physcpubind=99: CPU 99 does not exist (CPUs: 0-7); going on with the rest' ]
	# Malformed is malformed.
	run "$numaplace" --sysroot="$(sysroot four)" --best-effort --dry-run -m 0,,9 true
	refused 'character 3: an id is missing'
	run "$numaplace" --sysroot="$(sysroot nonuma)" --best-effort --dry-run --json -m 0 true
	[ "$status" = 0 ]
}

@test "--best-effort does without what the machine cannot tell" {
	run --separate-stderr "$numaplace" --sysroot="$(sysroot nonuma)" --best-effort --dry-run --json \
		--one-per-core -C 1-2 true
	[ "$(jq -r .cpus <<<"$output")" = 1-2 ] || wrong ""
	[[ ${stderr_lines[0]} == *'--one-per-core: the kernel does not tell'*'going on with the rest' ]]
	run --separate-stderr "$numaplace" --sysroot="$(sysroot four)" --best-effort --dry-run --json \
		-N 0 -C 2 true
	[ "$(jq -r .cpus <<<"$output")" = null ] || wrong ""
	[[ ${stderr_lines[0]} == *'none of these CPUs is on the nodes of --cpunodebind=0; going on'* ]]
	mkdir -p "$BATS_TEST_TMPDIR/empty/sys"
	run "$numaplace" --sysroot="$BATS_TEST_TMPDIR/empty" --dry-run --one-per-core
	refused 'one-per-core: no CPU is known here'
}

@test "--best-effort names all that it drops, and nothing else" {
	four=$(sysroot four)
	dropped() { run --separate-stderr "$numaplace" --sysroot="$four" --best-effort --dry-run "$@" true; }
	dropped -m 0,5,7
	[ "$stderr" = 'numaplace: --membind=0,5,7: 5,7 cannot be used: node 5 does not exist (nodes with memory: 0-3); going on with the rest' ] || wrong "$stderr"
	dropped -m 9,0-5
	[ "$stderr" = 'numaplace: --membind=9,0-5: node 9 does not exist (nodes with memory: 0-3); going on with the rest' ] || wrong "$stderr"
	dropped -C +0,8,9
	[ "$stderr" = 'numaplace: --physcpubind=+0,8,9: not all of these positions exist; going on with the rest' ] || wrong "$stderr"
	dropped -v -m 9
	[[ $stderr != *'nodes '$'\n'* && ${#stderr_lines[@]} = 1 ]] || wrong "$stderr"
	dropped -N 0 -C 2 --one-per-core
	[[ $output == *'CPUs:     0-3'* ]] || wrong ""
}

@test "siblings that do not hold the CPU tell nothing" {
	cp -rL "$machines/four" "$BATS_TEST_TMPDIR/smt"
	: >"$BATS_TEST_TMPDIR/smt/sys/devices/system/cpu/cpu0/topology/thread_siblings_list"
	run "$numaplace" --sysroot="$BATS_TEST_TMPDIR/smt" --dry-run --one-per-core
	refused 'one-per-core: the kernel does not tell which CPUs share a core'
}

@test "no argument forges a line of the plan, or breaks its JSON" {
	run "$numaplace" --sysroot="$(sysroot four)" --dry-run echo $'a\nCPUs:     0-99\e[31m'
	[ "$(grep -c '^CPUs' <<<"$output")" = 1 ] || wrong ""
	run "$numaplace" --sysroot="$(sysroot four)" --dry-run --json echo $'\xed\xa0\x80' $'\xe0\x80\x80' $'\xf4\xbf\xbf\xbf' $'\xf0\x9f\x98\x80'
	iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
	[ "$(jq -r '.command[4]' <<<"$output")" = $'\xf0\x9f\x98\x80' ]
}

@test "a long operand does not hide the reason" {
	run "$numaplace" --sysroot="$(sysroot four)" --dry-run -m "$(printf '0,%.0s' {1..30000})x"
	refused "'x' names nothing"
}
