# hwloc as a peer: the same nodes, CPUs and sizes, wherever lstopo shows them.
load helper

# "0xff,,0x1" (32 bits a group) as "0,64-71".
list_of() # mask
{
	local -a groups ids=()
	local bit i k text='' first last

	IFS=, read -r -a groups <<<"$1"
	for ((i = ${#groups[@]} - 1, k = 0; i >= 0; i--, k += 32)); do
		for ((bit = 0; bit < 32; bit++)); do
			((${groups[i]:-0} >> bit & 1)) && ids+=($((k + bit)))
		done
	done
	for ((i = 0; i < ${#ids[@]}; i = k)); do
		first=${ids[i]}
		for ((k = i + 1; k < ${#ids[@]} && ids[k] == ids[k - 1] + 1; k++)); do :; done
		last=${ids[k - 1]}
		text+=${text:+,}$first
		((last == first)) || text+=-$last
	done
	echo "$text"
}

# Lines "ID CPUS BYTES" of lstopo's; that of a node without CPUs has those near it: no matter.
lstopo_nodes() # folder
{
	HWLOC_HIDE_ERRORS=2 lstopo-no-graphics --input "$1" --if fsroot --of xml --disallowed 2>/dev/null |
		sed -nE 's/.*<object type="NUMANode" os_index="([0-9]+)" cpuset="([^"]*)"/\1 \2 /p' |
		sed -E 's/^([0-9]+ [^ ]+) .* local_memory="([0-9]+)".*/\1 \2/; s/^([0-9]+ [^ ]+) .*/\1 -/' |
		sort -n
}

agrees_with_hwloc() # sysroot
{
	local folder id mask bytes cpus total shown=0

	command -v lstopo-no-graphics >/dev/null || skip "there is no lstopo-no-graphics here"
	folder=$(sysroot "$1")
	[ -n "$folder" ] || skip "../shared/sysroots is not here"
	"$numaplace" --hardware --json --sysroot="$folder" |
		jq -r '.nodes[] | "\(.id) \(.memory.total) \(.cpus)"' >"$BATS_TEST_TMPDIR/ours"
	while read -r id mask bytes; do
		read -r _ total cpus < <(grep "^$id " "$BATS_TEST_TMPDIR/ours") || wrong "node $id is not ours" || return
		[ -z "$cpus" ] || [ "$cpus" = "$(list_of "$mask")" ] ||
			wrong "node $id: CPUs $cpus, by lstopo $(list_of "$mask")" || return
		[ "$bytes" = - ] || [ "$total" = "$bytes" ] || wrong "node $id: $total bytes, by lstopo $bytes" || return
		shown=$((shown + 1))
	done < <(lstopo_nodes "$folder")
	[ $shown = "$(wc -l <"$BATS_TEST_TMPDIR/ours")" ] || wrong "lstopo shows $shown nodes"
}

@test "hwloc: 128arm" { agrees_with_hwloc 128arm-2pa2n8cluster4co; }
@test "hwloc: 16amd64, a v1 cpuset" { agrees_with_hwloc 16amd64-8n2c-cpusets; }
@test "hwloc: 20em64t" { agrees_with_hwloc 20em64t-hybrid-1p6c2t+2ca4co1t; }
@test "hwloc: 256ia64" { agrees_with_hwloc 256ia64-64n2s2c; }
@test "hwloc: 32amd64, a v2 cpuset" { agrees_with_hwloc 32amd64-4s2n4c-cgroup2; }
@test "hwloc: 32em64t" { agrees_with_hwloc 32em64t-2n8c+dax+nvme+mic+dimms; }
@test "hwloc: 48amd64" { agrees_with_hwloc 48amd64-4pa2n6c-sparse; }
@test "hwloc: 4fake" { agrees_with_hwloc 4fake-4gr1nu1pu; }
@test "hwloc: fakeheteromemtiers" { agrees_with_hwloc fakeheteromemtiers; }
@test "hwloc: fakememinitiators" { agrees_with_hwloc fakememinitiators-1np2c+1npp+gi; }
@test "hwloc: knl" { agrees_with_hwloc knl; }
@test "hwloc: nri-sample2" { agrees_with_hwloc nri-sample2; }
@test "hwloc: nvidiagpunumanodes" { agrees_with_hwloc nvidiagpunumanodes; }
