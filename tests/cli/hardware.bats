# --hardware: what the raw files say, whatever shape they have.
load helper

# The values of tests/cli/expected were taken from the raw files: CPUs from the masks, without those
# that are offline; sizes in bytes; rows of distances as they stand there.
same_as_expected() # sysroot
{
	local folder expected=$BATS_TEST_DIRNAME/expected/$1.json

	folder=$(sysroot "$1")
	[ -n "$folder" ] || skip "../shared/sysroots is not here"
	run bash -c "'$numaplace' --hardware --json --sysroot='$folder' | jq -cS '
		{ nodes: [.nodes[].id], cpus: [.nodes[].cpus], total: [.nodes[].memory.total],
		  distances: (if .distances then .distances.matrix else null end) }'"
	[ "$output" = "$(jq -cS . "$expected")" ] || wrong "expected $(jq -cS . "$expected")" || return
	# The header of the matrix names the same nodes.
	run bash -c "'$numaplace' --hardware --json --sysroot='$folder' | jq -c '.distances.nodes // [.nodes[].id]'"
	[ "$output" = "$(jq -c .nodes "$expected")" ] || wrong "nodes of the matrix"
}

@test "128arm: 4 nodes, NULs in files" { same_as_expected 128arm-2pa2n8cluster4co; }
@test "16amd64: v1 cpuset, an offline CPU in a list" { same_as_expected 16amd64-8n2c-cpusets; }
@test "20em64t: P and E cores" { same_as_expected 20em64t-hybrid-1p6c2t+2ca4co1t; }
@test "256ia64: 64 nodes, masks only" { same_as_expected 256ia64-64n2s2c; }
@test "32amd64: v2 cpuset" { same_as_expected 32amd64-4s2n4c-cgroup2; }
@test "32em64t: two nodes and many devices" { same_as_expected 32em64t-2n8c+dax+nvme+mic+dimms; }
@test "48amd64: sparse ids" { same_as_expected 48amd64-4pa2n6c-sparse; }
@test "4fake: no distances" { same_as_expected 4fake-4gr1nu1pu; }
@test "fakeheteromemtiers: HBM, DRAM, NVM" { same_as_expected fakeheteromemtiers; }
@test "fakememinitiators: 11 nodes of every kind" { same_as_expected fakememinitiators-1np2c+1npp+gi; }
@test "knl: MCDRAM without CPUs" { same_as_expected knl; }
@test "nri-sample2: 4 CPU-less nodes" { same_as_expected nri-sample2; }
@test "nvidiagpunumanodes: GPU memory as nodes 250-255" { same_as_expected nvidiagpunumanodes; }

# The whole of both reports, which were read by people before they were put there.
as_before() # sysroot
{
	local folder golden=$BATS_TEST_DIRNAME/golden/$1

	folder=$(sysroot "$1")
	[ -n "$folder" ] || skip "../shared/sysroots is not here"
	"$numaplace" --hardware --sysroot="$folder" | diff "$golden.txt" - || return
	"$numaplace" --hardware --json --sysroot="$folder" | diff "$golden.json" -
}

@test "as before: 128arm" { as_before 128arm-2pa2n8cluster4co; }
@test "as before: 16amd64" { as_before 16amd64-8n2c-cpusets; }
@test "as before: 20em64t" { as_before 20em64t-hybrid-1p6c2t+2ca4co1t; }
@test "as before: 256ia64" { as_before 256ia64-64n2s2c; }
@test "as before: 32amd64" { as_before 32amd64-4s2n4c-cgroup2; }
@test "as before: 32em64t" { as_before 32em64t-2n8c+dax+nvme+mic+dimms; }
@test "as before: 48amd64" { as_before 48amd64-4pa2n6c-sparse; }
@test "as before: 4fake" { as_before 4fake-4gr1nu1pu; }
@test "as before: fakeheteromemtiers" { as_before fakeheteromemtiers; }
@test "as before: fakememinitiators" { as_before fakememinitiators-1np2c+1npp+gi; }
@test "as before: knl" { as_before knl; }
@test "as before: nri-sample2" { as_before nri-sample2; }
@test "as before: nvidiagpunumanodes" { as_before nvidiagpunumanodes; }
# What the kernel says beyond that: tiers, a cache before memory, huge pages, zones.
@test "as before: full" { as_before full; }

hardware() { run "$numaplace" --hardware --sysroot="$(sysroot "$1")" "${@:2}"; }
json() { hardware "$1" --json; output=$(jq -c "$2" <<<"$output"); }

@test "the text begins with numactl's lines" {
	hardware four
	[ "$status" = 0 ]
	[ "${lines[0]}" = 'available: 4 nodes (0-3)' ]
	[ "${lines[1]}" = 'node 0 cpus: 0 1 4 5' ]
	[ "${lines[2]}" = 'node 0 size: 1024 MB' ]
	[ "${lines[3]}" = 'node 0 free: 512 MB' ]
	[ "${lines[7]}" = 'node 2 cpus:' ]
	[ "${lines[13]}" = 'node distances:' ]
	[ "${lines[14]}" = 'node   0   1   2   3 ' ]
	[ "${lines[15]}" = '  0:  10  21  17  28 ' ]
	[ "$(grep '^node' <<<"$output" | tail -n 1)" = 'node   0   1   2   3 ' ]
	[ "$(grep -c cpus <<<"$output")" = 4 ]
}

@test "what is new stands below, with what is special of a node" {
	hardware four
	[ "${lines[19]}" = 'memory in MB:' ]
	[ "${lines[21]}" = '  0:       1024       512       512         -           -' ]
	[ "${lines[23]}" = '  2:        512       256       256         -           -  no CPUs' ]
	hardware memoryless
	[[ $output == *'  1:          0         0         0         -           -  no memory'* ]]
	hardware status
	[[ $output == *'  0:       1024       512       512         -           -  memory not allowed'* ]]
	[[ $output == *'  3:        512       256       256         -           -  no CPUs'* ]]
}

@test "columns grow with ids and distances" {
	folder=$(sysroot nvidiagpunumanodes)
	[ -n "$folder" ] || skip "../shared/sysroots is not here"
	hardware nvidiagpunumanodes
	[[ $output == *'node   0   8 250 251 252 253 254 255 '* ]]
	[[ $output == *'250:  80  80  10  80  80  80  80  80 '* ]]
	cp -rL "$machines/four" "$BATS_TEST_TMPDIR/wide"
	echo '10 12345 17 28' >"$BATS_TEST_TMPDIR/wide/sys/devices/system/node/node0/distance"
	run "$numaplace" --hardware --sysroot="$BATS_TEST_TMPDIR/wide"
	[[ $output == *'    0:    10 12345    17    28 '* ]] || wrong "not aligned"
}

@test "asymmetric distances and sparse ids" {
	json sparse '[.distances.nodes, .distances.matrix]'
	[ "$output" = '[[1,7,33],[[10,20,30],[21,10,31],[32,33,10]]]' ]
}

@test "files as they should not be" {
	# NULs, an empty first line, masks of odd width, an empty list, no has_memory.
	json quirks '[.nodes[] | [.id, .cpus, .has_memory, .memory.total, .memory.free]]'
	[ "$output" = '[[0,"0-3,36-39",true,1073741824,536870912],[1,"",false,0,0],[2,"",true,2097152,null],[5,"38-39",true,null,null]]' ]
	# A distance of 0, a row by possible nodes, a row of no known shape, none at all.
	json quirks .distances.matrix
	[ "$output" = '[[10,null,30,60],[20,10,21,22],[null,null,null,null],[null,null,null,null]]' ]
	hardware quirks
	[[ $output == *'node 5 size: <not available>'* ]]
	[[ $output == *'  0:  10   -  30  60 '* ]]
}

@test "no distances" {
	cp -rL "$machines/four" "$BATS_TEST_TMPDIR/none"
	rm "$BATS_TEST_TMPDIR"/none/sys/devices/system/node/node*/distance
	run "$numaplace" --hardware --sysroot="$BATS_TEST_TMPDIR/none"
	[ "$status" = 0 ]
	[[ $output == *'No distance information available.'* ]]
	run bash -c "'$numaplace' --hardware --json --sysroot='$BATS_TEST_TMPDIR/none' | jq .distances"
	[ "$output" = null ]
}

@test "no NUMA" {
	hardware nonuma
	[ "$status" = 0 ]
	[ "${lines[0]}" = 'available: 0 nodes ()' ]
	[ "${lines[1]}" = 'this kernel has no NUMA support: one memory for all CPUs (0-3)' ]
	json nonuma '[.numa, .nodes, .distances, .cpus.online]'
	[ "$output" = '[false,[],null,"0-3"]' ]
}

@test "cpusets: v1, its older file system, v2, a container, /proc/self/status" {
	for expected in cpuset1:1-2:1-2 cpuset1-bare:0-1,4:0,3 cpuset2:0-3:0-1 container:4-7:1 \
		status:4-7:2-3 four:0-7:0-3; do
		IFS=: read -r name cpus nodes <<<"$expected"
		json "$name" '[.cpus.allowed, .allowed_nodes]'
		[ "$output" = "[\"$cpus\",\"$nodes\"]" ] || wrong "$name"
	done
	for expected in 16amd64-8n2c-cpusets:0-3,5-6,12-15:1-4 32amd64-4s2n4c-cgroup2:0-5:0-5 \
		nvidiagpunumanodes:0-15:0 4fake-4gr1nu1pu:0-1:0,2; do
		IFS=: read -r name cpus nodes <<<"$expected"
		[ -n "$(sysroot "$name")" ] || skip "../shared/sysroots is not here"
		json "$name" '[.cpus.allowed, .allowed_nodes]'
		[ "$output" = "[\"$cpus\",\"$nodes\"]" ] || wrong "$name"
	done
}

@test "a malformed file is an error with its path" {
	for change in node/online:0-x node/has_memory:3-1 node/node1/cpulist:0,,1 cpu/online:9999 \
		node/node0/distance:'10 x' node/node2/meminfo:'Node 2 MemTotal: lots kB'; do
		rm -rf "$BATS_TEST_TMPDIR/bad"
		cp -rL "$machines/four" "$BATS_TEST_TMPDIR/bad"
		echo "${change#*:}" >"$BATS_TEST_TMPDIR/bad/sys/devices/system/${change%%:*}"
		run "$numaplace" --hardware --sysroot="$BATS_TEST_TMPDIR/bad"
		refused "^numaplace: /sys/devices/system/${change%%:*}: malformed"
	done
}

@test "what is no file does not hold it up" {
	cp -rL "$machines/four" "$BATS_TEST_TMPDIR/odd"
	cd "$BATS_TEST_TMPDIR/odd/sys/devices/system/node"
	rm online
	mkfifo online
	run timeout 20 "$numaplace" --hardware --sysroot="$BATS_TEST_TMPDIR/odd"
	[ "${lines[0]}" = 'available: 4 nodes (0-3)' ] || wrong ""
	rm online
	mkdir online
	run "$numaplace" --hardware --sysroot="$BATS_TEST_TMPDIR/odd"
	refused '^numaplace: /sys/devices/system/node/online: Is a directory'
	rmdir online
	ln -s /dev/zero online
	run "$numaplace" --hardware --sysroot="$BATS_TEST_TMPDIR/odd"
	refused '^numaplace: /sys/devices/system/node/online: File too large'
}

@test "what may not be read is no kernel without NUMA" {
	[ "$(id -u)" = 0 ] || skip "needs root to become another"
	folder=$(mktemp -d /tmp/numaplace.XXXXXX)
	chmod 755 "$folder"
	cp "$numaplace" "$folder/numaplace"
	cp -rL "$machines/four" "$folder/four"
	chmod 000 "$folder/four/sys/devices/system/node"
	run setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$folder/numaplace" --hardware --sysroot="$folder/four"
	rm -rf "$folder"
	refused 'sys/devices/system/node/[a-z_]*: Permission denied'
}

@test "each file is read once" {
	command -v strace >/dev/null || skip "there is no strace here"
	for name in four 256ia64-64n2s2c; do
		[ -n "$(sysroot "$name")" ] || skip "../shared/sysroots is not here"
		strace -o "$BATS_TEST_TMPDIR/calls" -e trace=openat "$numaplace" --hardware \
			--sysroot="$(sysroot "$name")" >"$BATS_TEST_TMPDIR/text"
		run bash -c "grep -v ENOENT '$BATS_TEST_TMPDIR/calls' | grep -oE '\"(sys|proc)/[^\"]*\"' | sort | uniq -d"
		[ -z "$output" ] || wrong "read twice"
	done
}

@test "this machine" {
	run "$numaplace" --hardware
	[ "$status" = 0 ]
	[ -d /sys/devices/system/node/node0 ] || return 0
	run bash -c "'$numaplace' --hardware --json | jq -r '.nodes[0].memory.total'"
	node=$(find /sys/devices/system/node -maxdepth 1 -name 'node[0-9]*' | sort -V | head -n 1)
	# Memory may be plugged in meanwhile.
	[ "$output" = $(($(awk '/MemTotal/ { print $4 }' "$node/meminfo") * 1024)) ] ||
		"$numaplace" --hardware --json | jq -e '.nodes[0].memory.total > 0'
}

@test "a terminal: tables fold at its width, and are shaded" {
	command -v script >/dev/null || skip "there is no script here"
	folder=$(sysroot 256ia64-64n2s2c)
	[ -n "$folder" ] || skip "../shared/sysroots is not here"
	on_terminal() { # columns option...
		run script -qec "stty cols $1 rows 50; '$numaplace' --hardware --sysroot='$folder' ${*:2}" /dev/null
		output=${output//$'\r'/}
	}
	on_terminal 80 --color=never
	[ "$(grep -c '^node  ' <<<"$output")" = 4 ] || wrong "header lines"
	sed -n '/^node distances/,/^memory in/p' <<<"$output" | awk 'length > 80 { exit 1 }' || wrong "too wide"
	sed -n '/^where memory/,$p' <<<"$output" | awk 'length > 80 { exit 1 }' || wrong "too wide"
	[[ $output != *$'\e['* ]]
	export TERM=xterm
	on_terminal 300
	[ "$(grep -c '^node  ' <<<"$output")" = 1 ]
	[[ $output == *$'\e[38;5;16;48;5;195m'* ]] || wrong "not shaded"
	# Without the shades it is the same text.
	[ "$(sed 's/\x1b\[[0-9;]*m//g' <<<"$output" | sed -n '/^node dist/,/^memory/p')" = \
		"$(sed -n '/^node dist/,/^memory/p' "$BATS_TEST_DIRNAME/golden/256ia64-64n2s2c.txt")" ]
	NO_COLOR=1 on_terminal 300
	[[ $output != *$'\e['* ]]
	NO_COLOR=1 on_terminal 300 --color=always
	[[ $output == *$'\e['* ]]
}

@test "no shades where there is no terminal, unless they are asked for" {
	TERM=xterm hardware four
	[[ $output != *$'\e['* ]]
	hardware four --color=always
	[[ $output == *$'\e['* ]]
}

@test "names of devices that would forge lines, and a device that cannot be read" {
	cp -a "$machines/devices" "$BATS_TEST_TMPDIR/odd"
	cd "$BATS_TEST_TMPDIR/odd/sys/class/net"
	device=$(readlink -f eth0)
	for name in $'e\e[31m\nX' $'c\xc2\x9b31m' $'bad\xff\xfe'; do
		cp -a "$device" "${device%/*}/$name"
		ln -s "$(dirname "$(readlink eth0)")/$name" "$name"
	done
	run "$numaplace" --hardware --sysroot="$BATS_TEST_TMPDIR/odd"
	[ "$status" = 0 ]
	[[ $output == *' network     e?[31m?X '* ]] || wrong "controls"
	[[ $output == *' network     c??31m '* ]] || wrong "C1 controls"
	[[ $output == *' network     bad?? '* ]] || wrong "no UTF-8"
	[[ $output != *$'\e'* && $output != *$'\xc2\x9b'* && $output != *$'\xff'* ]] || wrong "raw bytes"
	echo x >"$device/../../numa_node"
	run "$numaplace" --hardware --sysroot="$BATS_TEST_TMPDIR/odd"
	refused '^numaplace: /sys/.*/numa_node: malformed'
}
