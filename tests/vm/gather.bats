# tests/gather in a guest: its folder shows the guest.
load guest
load gather

numaplace=numaplace

setup() { cd /tmp; }
teardown() { rm -rf /tmp/here /tmp/here.tar.gz; }

@test "the folder shows this machine, and holds what numaplace reads here" {
	shows_here here gather here
	for options in '--hardware --json' \
		'--dry-run --all --interleave=all --cpunodebind=all --one-per-core true'; do
		# shellcheck disable=SC2086 # a list of options
		reads '' $options >paths
		[ -s paths ]
		run missing here <paths
		[ -z "$output" ] || wrong "not gathered"
	done
}

# bats test_tags=slow
@test "an archive, gathered by nobody" {
	run setpriv --reuid=65534 --regid=65534 --clear-groups gather /tmp/here.tar.gz
	[ "$status" = 0 ] || wrong "not gathered"
	shows_here here tar xzf here.tar.gz
}

@test "the devices are on their nodes" {
	gather here
	cd here/sys/bus/pci/devices
	# A network card behind a bridge of node 1, a disk behind one of node 0.
	network=$(dirname "$(grep -l '^0x0200' -- */class)")
	disk=$(dirname "$(grep -l '^0x0108' -- */class)")
	[ "$(cat "$network/numa_node" "$disk/numa_node")" = $'1\n0' ]
	cmp "$network/local_cpulist" "/sys/bus/pci/devices/$network/local_cpulist"
	# Linux 6.1 has the disk's driver as a module.
	kernel_at_least 7 0 || return 0
	cmp "$(realpath /tmp/here/sys/class/block/nvme0n1)/../../../class" "$disk/class"
}
