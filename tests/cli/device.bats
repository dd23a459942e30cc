# Names of things as nodes, by what the plan says that they mean: on a machine of our own with each
# kind of device, and on a real one.
load helper
bats_require_minimum_version 1.5.0

real='32em64t-2n8c+dax+nvme+mic+dimms'

# Each line: sysroot | option | its nodes
meanings() { sed 's/#.*//; /^ *$/d' <<'END'
devices | netdev:eth0                 | 0
devices | netdev:eth2                 | 1     # numa_node -1, and the CPUs of node 1
devices | netdev:eth4                 | 1     # an absolute link, within the root
devices | netdev:eth1.100             | 1
devices | netdev:bond0                | 0-1
devices | netdev:br0                  | 0-1
devices | block:sda                   | 1
devices | block:sda1                  | 1
devices | block:dm-0                  | 1
devices | block:/dev/mapper/vg-home   | 1
devices | block:/dev/sda1             | 1
devices | block:nvme0n1               | 0-1   # two paths
devices | pci:0000:02:00.0            | 1
devices | pci:02:00.0                 | 1
devices | pci:2:0                     | 1
devices | pci:00000000:02:00.0        | 1
devices | pci:0000:03:00.0            | 1     # its bridge tells
devices | pci:00:05.0                 | 2
devices | gpu:0                       | 2     # 00:05.0, 00:1e.0, 03:00.0
devices | gpu:2                       | 1
devices | cpu:3                       | 0
devices | cpu:4                       | 1
devices | cpuless                     | 2
devices | tier:4                      | 0-1
devices | tier:22                     | 2
devices | near:0                      | 2
devices | near:1                      | 0
devices | near:2                      | 0
devices | netdev:eth1,2               | 1-2
devices | 0,netdev:eth1               | 0-1
devices | cpuless,pci:01:00.0,1       | 0-2
devices | !netdev:eth1                | 0,2
devices | !pci:0000:02:00.0           | 0,2
devices | !cpuless                    | 0-1
fakeheteromemtiers | cpuless        | 4,6,8-9
knl     | cpuless                     | 4-7
128arm-2pa2n8cluster4co | near:0    | 1
128arm-2pa2n8cluster4co | near:2    | 3
sparse  | cpuless                     | 33
four    | near:3                      | 1     # of two at 17 and 28 the nearer
four    | near:0                      | 2
four    | cpuless                     | 2-3
cpuset2 | near:0                      | 1     # 2 and 3 are not allowed
offline | !cpuless                    | 0-1   # there is none
cpuset2 | !cpuless                    | 0-1   # 2 and 3, not allowed
END
}

@test "what names mean" {
	count=0 bad=0
	while IFS='|' read -r machine text want; do
		machine=${machine// /} text=${text// /} want=${want// /}
		place=$(sysroot "$machine")
		[ -n "$place" ] || continue
		run "$numaplace" --sysroot="$place" --dry-run --json --interleave="$text"
		if [ "$status" != 0 ] || [ "$(jq -r .policy.nodes <<<"$output")" != "$want" ]; then
			echo "$machine $text: want $want, got $output"
			((++bad))
		fi
		((++count))
	done < <(meanings)
	[ $count -ge 30 ] || wrong "only $count"
	[ $bad = 0 ]
}

@test "CPUs of nodes by name, and the same nodes once more" {
	place=$machines/devices
	run "$numaplace" --sysroot="$place" --dry-run --json -N netdev:eth1 -m same
	[ "$(jq -c '[.policy.nodes, .cpus]' <<<"$output")" = '["1","4-7"]' ] || wrong ""
	run "$numaplace" --sysroot="$place" --dry-run --json -N netdev:bond0 -C 3-4
	[ "$(jq -c .cpus <<<"$output")" = '"3-4"' ] || wrong ""
	# Memory and CPUs each take of a name what they can use.
	run "$numaplace" --sysroot="$place" --dry-run -N near:0 -m near:0
	[[ $output == *"nodes 2"*"CPUs:     4-7"* ]] || wrong ""
	run "$numaplace" --sysroot="$place" --dry-run -N near:1
	[[ $output == *"CPUs:     0-3"* ]] || wrong "the nearest with CPUs"
}

@test "the plan and --verbose say what a name became" {
	run "$numaplace" --sysroot="$machines/devices" --dry-run -m 0,netdev:eth1,cpuless
	[[ $output == *"named:    of --membind=0,netdev:eth1,cpuless: netdev:eth1 is node 1, cpuless is node 2"* ]] ||
		wrong ""
	run --separate-stderr "$numaplace" --sysroot="$machines/devices" --dry-run --verbose -m netdev:bond0
	[[ $stderr == *"--membind=netdev:bond0: nodes 0-1; netdev:bond0 is nodes 0-1"* ]] || wrong "$stderr"
}

@test "a real machine with InfiniBand, NVMe and persistent memory" {
	place=$(sysroot "$real")
	[ -n "$place" ] || skip "there is no sysroot $real"
	for pair in netdev:eth0=0 netdev:ib0=1 block:nvme0n1=0 block:nvme0n1p1=0 block:/dev/nvme0n1=0 \
		block:pmem0.2s=0 block:pmem1.2=1 block:sda=0 pci:0000:82:00.0=1 pci:82:00=1 \
		pci:02:00.3=0 gpu:0=0; do
		run "$numaplace" --sysroot="$place" --dry-run --json -m "${pair%=*}"
		[ "$(jq -r .policy.nodes <<<"$output")" = "${pair#*=}" ] || wrong "$pair"
	done
	# Each PCI device is where its numa_node says, or else its parents.
	count=0
	for device in "$place"/sys/bus/pci/devices/*; do
		node=$(<"$device/numa_node")
		[ "$node" != -1 ] || continue
		run "$numaplace" --sysroot="$place" --dry-run --json -m "pci:${device##*/}"
		[ "$(jq -r .policy.nodes <<<"$output")" = "$node" ] || wrong "${device##*/}: not $node"
		((++count))
	done
	[ $count -ge 20 ]
	run "$numaplace" --sysroot="$place" --dry-run -m netdev:mic0
	refused 'there is no interface mic0 \(there are: eth0, eth1, ib0\)'
}

@test "best effort: what cannot be used is said, and the rest is done" {
	run "$numaplace" --sysroot="$machines/cpuset2" --dry-run --best-effort -m 0,cpuless
	[ "$status" = 0 ] || wrong ""
	[[ $output == *"cpuless"*"going on with the rest"*"nodes 0"* ]] || wrong ""
	run "$numaplace" --sysroot="$machines/devices" --dry-run --best-effort -m netdev:eth9
	[ "$status" = 0 ] || wrong ""
	[[ $output == *"there is no interface eth9"*"going on with the rest"* ]] || wrong ""
	run "$numaplace" --sysroot="$machines/devices" --dry-run --best-effort -m pci:zz
	refused 'zz is no PCI address'
}

# This machine is no certain one: what must hold on any.
@test "files, addresses and processes of this machine" {
	[ -d /sys/devices/system/node ] || skip "this kernel has no NUMA"
	run "$numaplace" --dry-run -m file:/proc
	refused 'file:/proc: /proc is on proc, which is not on a device'
	run "$numaplace" --dry-run -m file:/nowhere
	refused 'file:/nowhere: /nowhere: No such file or directory'
	run "$numaplace" --dry-run -m block:/dev/null
	refused 'block:/dev/null: /dev/null is no block device'
	run "$numaplace" --dry-run -m ip:localhost
	refused 'localhost is no address \(write it numeric'
	run "$numaplace" --dry-run -m ip:256.0.0.1
	refused '256.0.0.1 is no address'
	run "$numaplace" --dry-run -m ip:fe80::1%nowhere0
	refused 'there is no interface nowhere0'
	run "$numaplace" --dry-run -m ip:127.0.0.1
	refused 'the kernel does not tell the node of interface lo'
	run "$numaplace" --dry-run -m pid:4194305
	refused 'there is no process 4194305'
	run "$numaplace" --dry-run --json -m pid:$$
	[ "$status" = 0 ] || wrong ""
	[[ $(jq -r .policy.nodes <<<"$output") =~ ^[0-9]+$ ]] || wrong "not one node"
	# Another user's: this shell.
	[ "$(id -u)" != 0 ] || {
		run setpriv --reuid=65534 --regid=65534 --clear-groups "$numaplace" --dry-run -m pid:$$
		refused "the memory of process $$ cannot be looked at: Permission denied \\(that needs its user"
	}
}

@test "by the name numactl too" {
	ln -sf "$numaplace" "$BATS_TEST_TMPDIR/numactl"
	run "$BATS_TEST_TMPDIR/numactl" --membind=netdev:nowhere0 true
	[ "$status" = 1 ] && [ ${#lines[@]} = 1 ] || wrong ""
	[[ $output == *"there is no interface nowhere0 (there are: "* ]] || wrong ""
}
