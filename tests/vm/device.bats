# Devices as places, on a real kernel: the network card is on node 1, behind a bridge, and the disk
# on node 0. Pages are counted after the fact.
load guest

setup_file()
{
	load_modules
	[ ! -e /sys/class/net/eth0 ] || {
		ip link set eth0 up
		ip address add 192.0.2.1/24 dev eth0
		ip -6 address add 2001:db8::1/64 dev eth0 nodad || true
		ip route add 198.51.100.0/24 via 192.0.2.7
	}
	mkdir -p /mnt
	mount -t ext4 /dev/nvme0n1 /mnt || true
}

teardown() { stop_target; }

teardown_file() { umount /mnt || true; }

# A term means this node: memory goes there, and the threads too where it has CPUs.
lands() # term node
{
	if (($2 > 1)); then
		run numaplace --membind="$1" pages 8
		only_on "$2"
	else
		run numaplace --cpunodebind="$1" --membind="$1" pages 8
		only_on "$2" && ran_on $(($2 * 2))-$(($2 * 2 + 1))
	fi
}

need_network() { [ -e /sys/class/net/eth0 ] || skip "no module virtio_net: tests/vm/kernels fetches it"; }
need_files() { mountpoint_is_ext4 || skip "no module ext4: tests/vm/kernels fetches it"; }
mountpoint_is_ext4() { grep -q ' /mnt ext4 ' /proc/mounts; }

@test "PCI addresses, as each tool writes them" {
	address=
	for device in /sys/bus/pci/devices/*; do
		[ "$(<"$device/class")" != 0x020000 ] || address=${device##*/}
	done
	[ -n "$address" ]
	[ "$(<"/sys/bus/pci/devices/$address/numa_node")" = 1 ]
	lands "pci:$address" 1
	lands "pci:${address#0000:}" 1
	lands "pci:0000$address" 1
	lands "pci:${address%.0}" 1
	# The host bridge says -1, and its CPUs are all of them.
	run numaplace --membind=pci:0000:00:00.0 pages 4
	refused 'the kernel does not tell the node of PCI device 0000:00:00.0'
}

@test "a disk by its name, by its path and by a link" {
	[ "$(<"/sys/class/block/nvme0n1/device/device/numa_node")" = 0 ]
	lands block:nvme0n1 0
	lands block:/dev/nvme0n1 0
	ln -sf /dev/nvme0n1 /tmp/disk
	lands block:/tmp/disk 0
	lands file:/dev/nvme0n1 0
}

@test "a file on that disk; none on tmpfs" {
	need_files
	echo >/mnt/file
	lands file:/mnt 0
	lands file:/mnt/file 0
	run numaplace --membind=file:/tmp pages 4
	refused 'file:/tmp: /tmp is on tmpfs, which is not on a device'
	run numaplace --membind=file:/ pages 4
	refused 'which is not on a device'
}

@test "a file on an overlay over that disk" {
	need_files
	mkdir -p /mnt/lower /mnt/upper /mnt/work /tmp/merged
	mount -t overlay overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work /tmp/merged ||
		skip "no module overlay: tests/vm/kernels fetches it"
	lands file:/tmp/merged 0
	umount /tmp/merged
	mount -t overlay overlay -o lowerdir=/tmp:/mnt/lower /tmp/merged
	run numaplace --membind=file:/tmp/merged pages 4
	refused '/tmp is on tmpfs, which is not on a device'
	umount /tmp/merged
}

@test "a network interface, and addresses that lead through it" {
	need_network
	lands netdev:eth0 1
	lands ip:192.0.2.9 1
	lands ip:198.51.100.3 1
	# An address of its own, whose route leads through lo.
	lands ip:192.0.2.1 1
	[ ! -e /proc/net/if_inet6 ] || {
		lands ip:2001:db8::7 1
		lands ip:2001:db8::1 1
		lands "ip:fe80::7%eth0" 1
	}
	run numaplace --membind=ip:203.0.113.1 pages 4
	refused 'there is no route to 203.0.113.1: Network is unreachable'
	run numaplace --membind=ip:127.0.0.1 pages 4
	refused 'the kernel does not tell the node of interface lo \(it does of: eth0\)'
	run numaplace --membind=netdev:eth7 pages 4
	refused 'there is no interface eth7 \(there are: .*eth0'
}

@test "what is put upon a network interface" {
	need_network
	ip link add link eth0 name eth0.100 type vlan id 100 ||
		skip "no module 8021q: tests/vm/kernels fetches it"
	lands netdev:eth0.100 1
	ip link add name br0 type bridge || skip "no module bridge: tests/vm/kernels fetches it"
	run numaplace --membind=netdev:br0 pages 4
	refused 'the kernel does not tell the node of interface br0'
	ip link set eth0.100 master br0
	lands netdev:br0 1
	ip link delete br0
	ip link delete eth0.100
}

@test "terms together, and words" {
	run numaplace --interleave=block:nvme0n1,2 pages 16
	evenly_on 0 2
	run numaplace --interleave='!block:nvme0n1' pages 24
	evenly_on 1 2 3
	run numaplace --interleave=cpuless pages 16
	evenly_on 2 3
	run numaplace --membind=near:0 pages 8
	only_on 2
	run numaplace --membind=near:3 pages 8
	only_on 1
	run numaplace --cpunodebind=cpu:3 --membind=same pages 8
	only_on 1
	ran_on 2-3
}

@test "tiers are those that the kernel made of the HMAT" {
	tiers=/sys/devices/virtual/memory_tiering
	[ -d $tiers ] || {
		run numaplace --membind=tier:4 pages 4
		refused 'the kernel tells no memory tiers'
		return
	}
	count=0
	for folder in $tiers/memory_tier*; do
		nodes=$(<"$folder/nodelist")
		run numaplace --interleave="tier:${folder##*memory_tier}" --dry-run --json
		[ "$(jq -r .policy.nodes <<<"$output")" = "$nodes" ] || wrong "$folder"
		((++count))
	done
	((count >= 1))
	run numaplace --membind=tier:4000 pages 4
	refused 'there is no memory tier 4000'
}

@test "the node with most of a process's memory" {
	for node in 3 1; do
		start_program numaplace --membind=$node target anon=32
		lands "pid:$pid" $node
		stop_target
	done
}

@test "running processes are moved to a device's node" {
	start_target anon=16
	[ "$(bytes_of anon 0)" = "$(bytes_of anon)" ]
	need=$(for device in /sys/bus/pci/devices/*; do
		[ "$(<"$device/class")" != 0x020000 ] || echo "${device##*/}"
	done)
	run numaplace --pid="$pid" --membind="pci:$need"
	[ "$(bytes_of anon 1)" = "$(bytes_of anon)" ] || wrong "not moved"
	run numaplace --pid="$pid" --from="pci:$need" --to=block:nvme0n1
	[ "$(bytes_of anon 0)" = "$(bytes_of anon)" ] || wrong "not moved back"
	stop_target
}

@test "the plan says what a name became; numactl's name knows them too" {
	run numaplace --dry-run --membind=block:nvme0n1
	[[ $output == *"named:    of --membind=block:nvme0n1: block:nvme0n1 is node 0"* ]] || wrong ""
	run /compat/numactl --membind=block:nvme0n1 pages 8
	only_on 0
}
