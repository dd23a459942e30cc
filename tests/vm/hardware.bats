# --hardware in a machine with all that it shows: each value against the file it came from.
load guest

nodes=/sys/devices/system/node

setup_file()
{
	load_modules
	echo 32 >"$nodes/node1/hugepages/hugepages-2048kB/nr_hugepages"
	numaplace --hardware --json >/tmp/hardware.json
	numaplace --hardware >/tmp/hardware
}

teardown_file() { echo 0 >"$nodes/node1/hugepages/hugepages-2048kB/nr_hugepages"; }

# What jq makes of the document is what is expected. It is asked once for all of them, at the end of a
# test (compare): it takes a second to start here.
is() # filter expected
{
	filters+=("$1")
	expected+=("$2")
}

setup() { filters=() expected=(); }

compare()
{
	local filter program='' i=0

	status=0
	((${#filters[@]} > 0))
	for filter in "${filters[@]}"; do
		program+="${program:+, }([$filter] | map(if type == \"string\" then . else tojson end) | join(\"\\n\"))"
	done
	while IFS= read -r -d '' output; do
		[ "$output" = "${expected[i]}" ] || wrong "${filters[i]} should be ${expected[i]}" || return
		((i += 1))
	done < <(jq -j "($program) | ., \"\\u0000\"" /tmp/hardware.json)
	((i == ${#filters[@]})) || wrong "jq has no answer to: ${filters[i]}"
}

# A number as the document has it; 0 where the file says so, for NULL another word.
content() # file
{
	if [ -e "$1" ]; then cat "$1"; else echo null; fi
}

# The numbers of a file's lines that match, as bytes.
kib() # file expression
{
	awk -v name="$2" '$3 == name ":" { print $4 * 1024 }' "$1"
}

@test "memory, by meminfo" {
	read -r -a reports < <(jq -r '[.nodes[].memory | .free, .file_cache] | join(" ")' /tmp/hardware.json)
	for node in 0 1 2 3; do
		is ".nodes[$node].memory.total" "$(kib $nodes/node$node/meminfo MemTotal)"
		# Free memory moves; what the text says is rounded to MiB.
		free=$(kib $nodes/node$node/meminfo MemFree)
		reported=${reports[node * 2]}
		((reported > free - (32 << 20) && reported < free + (32 << 20))) || wrong "free $reported, file $free"
		cache=$(kib $nodes/node$node/meminfo FilePages)
		reported=${reports[node * 2 + 1]}
		((reported > cache - (32 << 20) && reported < cache + (32 << 20))) || wrong "cache $reported, file $cache"
	done
	compare
}

@test "kinds, sockets, cores" {
	is '[.nodes[].kind]' '["whole","whole","cpuless","cpuless"]'
	is '[.nodes[].cpus]' "$(cat $nodes/node{0..3}/cpulist | jq -Rsc 'split("\n")[:4]')"
	is '[.nodes[].sockets]' '["0","1","",""]'
	is '[.nodes[].cores]' '[2,2,0,0]'
	for node in 0 1; do
		cpu=$(sed 's/[-,].*//' $nodes/node$node/cpulist)
		for cache in /sys/devices/system/cpu/cpu"$cpu"/cache/index*; do
			[ "$(content "$cache/level")" = 3 ] || continue
			is ".nodes[$node].caches[0].cpus" "$(cat "$cache/shared_cpu_list")"
			is ".nodes[$node].caches[0].size" $(($(sed 's/K$//' "$cache/size") * 1024))
		done
	done
	compare
}

@test "access, by access1" {
	for node in 0 1 2 3; do
		folder=$nodes/node$node/access1/initiators
		if [ ! -d $folder ]; then
			is ".nodes[$node].access.class" 0
			folder=$nodes/node$node/access0/initiators
		else
			is ".nodes[$node].access.class" 1
		fi
		is ".nodes[$node].access.initiators" "$(cd $folder && echo node* | sed 's/node//g; s/ /,/g; s/^0,1$/0-1/')"
		for value in read_latency write_latency read_bandwidth write_bandwidth; do
			is ".nodes[$node].access.$value" "$(content $folder/$value)"
		done
	done
	# What the machine was made with (tests/vm/machines): ns, and GB/s in MiB/s.
	is '[.nodes[].access.read_latency]' '[80,80,250,250]'
	grep -q '^access from the nearest CPUs (access1):' /tmp/hardware
	compare
}

@test "tiers, by memory_tierN" {
	for folder in /sys/devices/virtual/memory_tiering/memory_tier*; do
		is ".tiers[] | select(.id == ${folder##*tier}).nodes" "$(cat "$folder/nodelist")"
	done
	is '.tiers | length' "$(echo /sys/devices/virtual/memory_tiering/memory_tier* | wc -w)"
	# 6.1 does not look at HMAT for them: one tier.
	if ! kernel_at_least 6 8; then
		is '[.tiers[].nodes]' '["0-3"]'
		is '[.nodes[].demotion]' '["","","",""]'
		compare
		return
	fi
	is '[.tiers[].nodes]' '["0-1","2-3"]'
	is '[.nodes[].tier] == [.tiers[0].id, .tiers[0].id, .tiers[1].id, .tiers[1].id]' true
	is '[.nodes[].demotion]' '["2","3","",""]'
	is .settings.demotion "$(cat /sys/kernel/mm/numa/demotion_enabled)"
	grep -q '^demotion (off): 0 to 2, 1 to 3$' /tmp/hardware
	compare
}

@test "weights" {
	weights=/sys/kernel/mm/mempolicy/weighted_interleave
	for node in 0 1 2 3; do
		is ".nodes[$node].weight" "$(content $weights/node$node)"
	done
	if [ -e $weights/auto ]; then
		is .settings.automatic_weights "$(cat $weights/auto)"
		grep -q '^weights for interleaving (automatic):$' /tmp/hardware
		echo 5 >$weights/node1
		run numaplace --hardware
		[[ $output == *$'\nweights for interleaving (set by hand):\n'* ]] || wrong "by hand"
		echo true >$weights/auto
	else
		is .settings.automatic_weights null
	fi
	compare
}

@test "huge pages, by size" {
	for node in 0 1 2 3; do
		for folder in $nodes/node$node/hugepages/hugepages-*; do
			size=${folder##*-}
			pool=".nodes[$node].huge_pages[] | select(.size == $((${size%kB} * 1024)))"
			is "$pool | .total" "$(cat "$folder/nr_hugepages")"
			is "$pool | .free" "$(cat "$folder/free_hugepages")"
			is "$pool | .surplus" "$(cat "$folder/surplus_hugepages")"
		done
	done
	is '.nodes[1].huge_pages[] | select(.size == 2097152).total' 32
	compare
}

@test "zones, by zoneinfo" {
	for what in managed present spanned min; do
		is "[.nodes[] | .id as \$id | .zones[] | \"\(\$id) \(.name) \(.$what)\"][]" "$(awk -v what=$what '
			$1 == "Node" { node = $2 + 0; zone = $4 }
			$1 == "present" { present = $2 }
			$1 == "min" && !(node zone in seen) { value["min", node, zone] = $2; seen[node zone] = 1 }
			$1 == "spanned" { value["spanned", node, zone] = $2 }
			$1 == "present" { value["present", node, zone] = $2 }
			$1 == "managed" {
				value["managed", node, zone] = $2
				if (present > 0)
					print node, zone, value[what, node, zone] * 4096
			}' /proc/zoneinfo)"
	done
	compare
}

@test "physical memory, by its blocks" {
	size=$((0x$(cat /sys/devices/system/memory/block_size_bytes)))
	for node in 0 1 2 3; do
		is "[.nodes[$node].ranges[] | .end - .start] | add" $((size * $(ls -d $nodes/node$node/memory[0-9]* | wc -l)))
		first=$(ls -d $nodes/node$node/memory[0-9]* | sed 's/.*memory//' | sort -n | head -n 1)
		is ".nodes[$node].ranges[0].start" $((size * first))
	done
	compare
}

@test "devices on their nodes" {
	[ -e /sys/class/net/eth0 ] || skip "no module virtio_net: tests/vm/kernels fetches it"
	card=$(basename "$(readlink -f /sys/class/net/eth0/device/..)")
	disk=$(basename "$(readlink -f /sys/class/nvme/nvme0/device)")
	is '.nodes[1].devices[] | select(.kind == "network") | "\(.name) \(.address)"' "eth0 $card"
	is '.nodes[0].devices[] | select(.kind == "block" and .name == "nvme0n1").address' "$disk"
	is '[.nodes[2:][].devices[]]' '[]'
	grep -qE "^  1:  network +eth0 +$card\$" /tmp/hardware
	compare
}

@test "settings, and limits of a cpuset" {
	is .settings.numa_balancing "$(cat /proc/sys/kernel/numa_balancing)"
	is .settings.zone_reclaim_mode "$(cat /proc/sys/vm/zone_reclaim_mode)"
	echo 1 >/proc/sys/vm/zone_reclaim_mode
	run numaplace --hardware
	[[ $output == *'vm.zone_reclaim_mode = 1: a full node drops its file cache before others are asked'* ]] || wrong "reclaim"
	echo 0 >/proc/sys/vm/zone_reclaim_mode
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p /sys/fs/cgroup/narrow
	echo 0-1 >/sys/fs/cgroup/narrow/cpuset.mems
	echo 1-2 >/sys/fs/cgroup/narrow/cpuset.cpus
	run bash -c 'echo $$ >/sys/fs/cgroup/narrow/cgroup.procs; exec numaplace --hardware'
	[[ $output == *$'\nmemory allowed: 0-1 of 0-3\nCPUs allowed: 1-2 of 0-3'* ]] || wrong "cpuset"
	[[ $output == *' no CPUs, memory not allowed'* ]] || wrong "remark"
	rmdir /sys/fs/cgroup/narrow
	compare
}
