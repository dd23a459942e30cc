# Parts of the machine as CPUs, and ranks: by what the plan is, on a machine of our own with each kind
# of part, and on all real ones against their raw files and hwloc.
load helper
bats_require_minimum_version 1.5.0

# The plan's nodes and CPUs, "-" where it has none; or what was refused.
plan() # folder option...
{
	local output nodes=- cpus=-

	if output=$("$numaplace" --sysroot="$1" --dry-run "${@:2}" 2>&1); then
		[[ ! $output =~ policy:[^$'\n']*nodes\ ([0-9,-]+) ]] || nodes=${BASH_REMATCH[1]}
		[[ ! $output =~ CPUs:\ +([0-9,-]+) ]] || cpus=${BASH_REMATCH[1]}
		echo "$nodes $cpus"
	else
		echo "$output"
	fi
}

# Each line: CPUs asked for | what they are
meanings() { sed 's/#.*//; /^ *$/d' <<'END'
core:0                  | 0-1
core:2-5                | 4-7
core:0-7:2              | 0-1,4,6,8,10
core:6-99               | 8-11
core:0,core:7           | 0-1,9,11
l3:4                    | 0-3
l3:5-64                 | 4-11
socket:5                | 8-11
socket:0-9              | 0-11
node:2                  | 8-11
node:1-3                | 4-11     # node 3 has none
node:0-3:2              | 0-3,8-11
pcore                   | 0-3,8-11
ecore                   | 4-7
isolated                | 6-7
housekeeping            | 0-5,8-10
!isolated               | 0-5,8-11
!node:0-1,core:6        | 9,11
node:0,core:4-5,11      | 0-3,6-7,11
socket:5,l3:9,0         | 0,4-11
END
}

@test "what words mean" {
	count=0 bad=0
	while IFS='|' read -r text want; do
		text=${text// /} want=${want// /}
		got=$(plan "$machines/parts" -C "$text")
		[ "$got" = "- $want" ] || {
			echo "$text: want $want, got $got"
			((++bad))
		}
		((++count))
	done < <(meanings)
	[ $count -ge 20 ] || wrong "only $count"
	[ $bad = 0 ]
}

@test "with other options" {
	place=$machines/parts
	[ "$(plan "$place" -C pcore --one-per-core)" = '- 0,2,8-9' ]
	[ "$(plan "$place" -C l3:64 --one-per-core)" = '- 8-9' ]
	[ "$(plan "$place" -N 1 -C isolated)" = '- 6-7' ]
	[ "$(plan "$place" -N 0-1 -C socket:0 -m same)" = '0-1 0-7' ]
	run "$numaplace" --sysroot="$place" --dry-run --verbose -C core:1-2,0
	[[ $output == *"--physcpubind=core:1-2,0: CPUs 0,2-4; core:1-2 is CPUs 2-4"* ]] || wrong ""
	[[ $output == *"named:    of --physcpubind=core:1-2,0: core:1-2 is CPUs 2-4"* ]] || wrong ""
}

@test "the ids are those of --hardware" {
	"$numaplace" --hardware --json --sysroot="$machines/parts" |
		jq -r '.nodes[] | .caches[]? | "\(.id) \(.cpus)"' >"$BATS_TEST_TMPDIR/caches"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/caches")" = 3 ]
	while read -r id cpus; do
		[ "$(plan "$machines/parts" -C "l3:$id")" = "- $cpus" ] || wrong "l3:$id"
	done <"$BATS_TEST_TMPDIR/caches"
	run "$numaplace" --hardware --sysroot="$machines/parts"
	[[ $output == *"  2:         5      2  64: 8-11 (16 M)"* ]] || wrong ""
}

# Of a cgroup that is allowed CPUs 0-3 and 6, of which it may use what it inherits.
@test "only what is allowed is taken, and what is not is said" {
	place=$BATS_TEST_TMPDIR/allowed
	cp -r "$machines/parts" "$place"
	mkdir -p "$place/proc/self"
	printf 'Cpus_allowed_list:\t0-3,6\nMems_allowed_list:\t0-1\n' >"$place/proc/self/status"
	[ "$(plan "$place" -C node:0-1)" = '- 0-3,6' ]
	[ "$(plan "$place" -C ecore)" = '- 6' ]
	[ "$(plan "$place" -C isolated,core:0)" = '- 0-1,6' ]
	[ "$(plan "$place" -C node:2)" = 'numaplace: --physcpubind=node:2: node:2 is CPUs 8-11: the inherited affinity allows CPUs 0-3,6 only (--all looks beyond it)' ]
	[ "$(plan "$place" -C node:2 --all)" = '- 8-11' ]
	# What is not allowed is none of the others either.
	[ "$(plan "$place" -C '!node:2')" = '- 0-3,6' ]
	[ "$(plan "$place" -C '!isolated,core:0')" = '- 2-3' ]
	echo >"$place/sys/devices/system/cpu/isolated"
	[ "$(plan "$place" -C '!isolated,core:0')" = '- 2-3,6' ]
	run "$numaplace" --sysroot="$place" --dry-run -C isolated
	refused 'no CPU is isolated'
	run "$numaplace" --sysroot="$place" --dry-run --best-effort -C core:0,node:2
	[[ $status = 0 && $output == *"going on with the rest"*"CPUs:     0-1"* ]] || wrong ""
}

# "3 7 4" as "3-4,7"; nothing as "-".
listed()
{
	sort -nu | awk 'NR == 1 { first = last = $1; next } $1 == last + 1 { last = $1; next }
		{ text = text first (last > first ? "-" last : "") ","; first = last = $1 }
		END { print NR ? text first (last > first ? "-" last : "") : "-" }'
}

# Lines "CPU SOCKET CORE CACHE" of the CPUs that are online, from the raw files; "-" where there is none.
# A core is its first CPU, and so is a cache.
raw() # folder
{
	local cpu=$1/sys/devices/system/cpu online

	online=$(cat "$cpu/online" 2>/dev/null | tr -d '\0')
	(cd "$cpu" && grep -aH '' cpu[0-9]*/online cpu[0-9]*/topology/{physical_package_id,thread_siblings} \
		cpu[0-9]*/cache/index*/{level,shared_cpu_map} 2>/dev/null || true; for folder in cpu[0-9]*; do
			echo "$folder/is:"
		done) | tr -d '\0' | awk -F: -v online="$online" '
		# The lowest bit: groups of 32 bits, of eight digits.
		function first(mask,  i, digit) {
			gsub(/,/, "", mask)
			for (i = length(mask); i > 0; i--) {
				digit = index("123456789abcdef", substr(mask, i, 1))
				if (digit)
					return (length(mask) - i) * 4 + (digit % 2 ? 0 : digit % 4 ? 1 : digit % 8 ? 2 : 3)
			}
			return "-"
		}
		function is_online(id,  ranges, ends, i, n) {
			if (online == "")
				return !off[id]
			n = split(online, ranges, ",")
			for (i = 1; i <= n; i++) {
				split(ranges[i] "-" ranges[i], ends, "-")
				if (id + 0 >= ends[1] + 0 && id + 0 <= ends[2] + 0)
					return 1
			}
			return 0
		}
		$2 == "" && $1 !~ /\/is$/ { next }
		{ id = $1; sub(/^cpu/, "", id); sub(/\/.*/, "", id); id += 0; name = $1; sub(/.*\//, "", name) }
		name == "is" { seen[id] = 1 }
		name == "online" { off[id] = $2 == 0 }
		name == "physical_package_id" { socket[id] = $2 }
		name == "thread_siblings" { core[id] = first($2) }
		name == "level" && $2 == 3 { index3 = $1; sub(/level$/, "", index3); third[index3] = 1 }
		name == "shared_cpu_map" { folder = $1; sub(/shared_cpu_map$/, "", folder); map[folder] = $2; of[folder] = id }
		END {
			for (folder in third)
				if (folder in map)
					cache[of[folder]] = first(map[folder])
			for (id in seen)
				if (is_online(id))
					print id, (id in socket ? socket[id] : "-"), (id in core ? core[id] : "-"),
						(id in cache ? cache[id] : "-")
		}' | sort -n
}

# Sockets by their number, cores and caches (none has ids in these dumps) by the order of their first CPU.
same_as_raw() # sysroot
{
	local folder raw=$BATS_TEST_TMPDIR/raw column key id count

	folder=$(sysroot "$1")
	[ -n "$folder" ] || skip "../shared/sysroots is not here"
	raw "$folder" >"$raw"
	[ -s "$raw" ]
	for column in 2:socket 3:core 4:l3; do
		key=${column#*:} column=${column%:*} count=0
		awk -v c="$column" '$c != "-" && $c != "" { print $c }' "$raw" | sort -nu >"$raw.ids"
		while read -r id; do
			want=$(awk -v c="$column" -v id="$id" '$c == id { print $1 }' "$raw" | listed)
			[ $key = socket ] || id=$count
			[ "$(plan "$folder" --all -C "$key:$id")" = "- $want" ] ||
				wrong "$1 $key:$id: $(plan "$folder" --all -C "$key:$id"), in the files $want" || return
			count=$((count + 1))
			# Of many the first ones.
			((count < 8)) || break
		done <"$raw.ids"
		if [ "$count" = 0 ]; then
			run "$numaplace" --dry-run --sysroot="$folder" -C "$key:0-9999"
			refused "the kernel does not tell "
		fi
	done
	# All of them are all CPUs.
	[ "$(plan "$folder" --all -C socket:0-99999)" = "- $(awk '{ print $1 }' "$raw" | listed)" ]
	[ "$(plan "$folder" --all -C node:0-9999)" = "- $(awk '{ print $1 }' "$raw" | listed)" ]
	# None of them is of a kernel that tells of these.
	for word in pcore ecore isolated housekeeping; do
		run "$numaplace" --dry-run --sysroot="$folder" -C $word
		refused "the kernel (tells of no|does not tell)"
	done
}

# By hwloc: as many cores and caches, the same sockets by its P#, and the same CPUs in each.
same_as_hwloc() # sysroot
{
	local folder id key type count

	command -v hwloc-calc >/dev/null || skip "there is no hwloc-calc here"
	folder=$(sysroot "$1")
	[ -n "$folder" ] || skip "../shared/sysroots is not here"
	calc=(env HWLOC_HIDE_ERRORS=2 hwloc-calc --input "$folder" --if fsroot --disallowed --po --pi)
	for type in core:core l3:l3cache; do
		key=${type%:*}
		run "${calc[@]}" --number-of "${type#*:}" machine:0
		# Of a CPU whose core the kernel does not tell hwloc makes one by itself.
		count=$output
		run "$numaplace" --sysroot="$folder" --dry-run --all -C "$key:99999"
		if [[ $output == *"does not tell"* ]]; then
			[[ $count == *unavailable* || ! -e $folder/sys/devices/system/cpu/cpu0/topology/thread_siblings ]] ||
				wrong "by hwloc $count" || return
		else
			refused "does not exist \\((cores|level 3 caches): 0-?$((count - 1))?\\)"
		fi
	done
	count=0
	for id in $("${calc[@]}" -I package machine:0 2>/dev/null | tr , ' '); do
		want=$("${calc[@]}" -I pu "package:$id" 2>/dev/null | tr , '\n' | listed)
		[ "$(plan "$folder" --all -C "socket:$id")" = "- $want" ] || wrong "socket $id: by hwloc $want" || return
		count=$((count + 1))
		((count < 16)) || break
	done
	[ "$count" -gt 0 ]
}

@test "raw files: 128arm" { same_as_raw 128arm-2pa2n8cluster4co; }
@test "raw files: 16amd64" { same_as_raw 16amd64-8n2c-cpusets; }
@test "raw files: 20em64t" { same_as_raw 20em64t-hybrid-1p6c2t+2ca4co1t; }
@test "raw files: 256ia64" { same_as_raw 256ia64-64n2s2c; }
@test "raw files: 32amd64" { same_as_raw 32amd64-4s2n4c-cgroup2; }
@test "raw files: 32em64t" { same_as_raw 32em64t-2n8c+dax+nvme+mic+dimms; }
@test "raw files: 48amd64" { same_as_raw 48amd64-4pa2n6c-sparse; }
@test "raw files: 4fake" { same_as_raw 4fake-4gr1nu1pu; }
@test "raw files: fakeheteromemtiers" { same_as_raw fakeheteromemtiers; }
@test "raw files: fakememinitiators" { same_as_raw fakememinitiators-1np2c+1npp+gi; }
@test "raw files: knl" { same_as_raw knl; }
@test "raw files: nri" { same_as_raw nri-sample2; }
@test "raw files: nvidiagpunumanodes" { same_as_raw nvidiagpunumanodes; }
@test "hwloc: 128arm" { same_as_hwloc 128arm-2pa2n8cluster4co; }
@test "hwloc: 16amd64" { same_as_hwloc 16amd64-8n2c-cpusets; }
@test "hwloc: 20em64t" { same_as_hwloc 20em64t-hybrid-1p6c2t+2ca4co1t; }
@test "hwloc: 256ia64" { same_as_hwloc 256ia64-64n2s2c; }
@test "hwloc: 32amd64" { same_as_hwloc 32amd64-4s2n4c-cgroup2; }
@test "hwloc: 32em64t" { same_as_hwloc 32em64t-2n8c+dax+nvme+mic+dimms; }
@test "hwloc: 48amd64" { same_as_hwloc 48amd64-4pa2n6c-sparse; }
@test "hwloc: 4fake" { same_as_hwloc 4fake-4gr1nu1pu; }
@test "hwloc: fakeheteromemtiers" { same_as_hwloc fakeheteromemtiers; }
@test "hwloc: fakememinitiators" { same_as_hwloc fakememinitiators-1np2c+1npp+gi; }
@test "hwloc: knl" { same_as_hwloc knl; }
@test "hwloc: nri" { same_as_hwloc nri-sample2; }
@test "hwloc: nvidiagpunumanodes" { same_as_hwloc nvidiagpunumanodes; }

# The first variable of each launcher, with the number of its ranks.
@test "the local rank of each launcher" {
	for variables in 'OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=4' \
		'MPI_LOCALRANKID=1 MPI_LOCALNRANKS=4' \
		'MV2_COMM_WORLD_LOCAL_RANK=1 MV2_COMM_WORLD_LOCAL_SIZE=4' \
		'PMI_LOCAL_RANK=1 PMI_LOCAL_SIZE=4' 'PALS_LOCAL_RANKID=1 PALS_LOCAL_SIZE=4' \
		'PMIX_LOCAL_RANK=1 PMIX_LOCAL_SIZE=4' 'LOCAL_RANK=1 LOCAL_WORLD_SIZE=4' \
		'FLUX_TASK_LOCAL_ID=1 FLUX_JOB_SIZE=8 FLUX_JOB_NNODES=2' \
		'SLURM_LOCALID=1 SLURM_STEP_TASKS_PER_NODE=8,4(x3) SLURM_NODEID=2' \
		'SLURM_LOCALID=1 SLURM_NTASKS_PER_NODE=4'; do
		for variable in $variables; do
			export "${variable?}"
		done
		name=${variables%%=*}
		[ "$(plan "$machines/parts" -N rank -m rank)" = '1 4-7' ] || wrong "$variables"
		[ "$(plan "$machines/parts" -C core:rank -m rank)" = '1 4-5' ] || wrong "$variables"
		run "$numaplace" --sysroot="$machines/parts" --dry-run --verbose -C core:rank -m rank
		[[ $output == *"--membind=rank: nodes 1; rank (local rank 1 by $name) is node 1"* ]] || wrong ""
		[[ $output == *"core:rank (local rank 1 of 4 by $name) is CPUs 4-5"* ]] || wrong ""
		for variable in $variables; do
			unset "${variable%%=*}"
		done
	done
	# Of an allocation that a launcher was started in.
	export SLURM_LOCALID=0 SLURM_NTASKS_PER_NODE=1 OMPI_COMM_WORLD_LOCAL_RANK=1
	[ "$(plan "$machines/parts" -N rank -m rank)" = '1 4-7' ]
}

@test "ranks in turn; memory and CPUs on the same node" {
	wants=('0 0-3' '1 4-7')
	# Node 2 has no memory, node 3 no CPUs.
	cpus=(0-3 4-7 8-11)
	for rank in {0..6}; do
		export OMPI_COMM_WORLD_LOCAL_RANK=$rank
		[ "$(plan "$machines/parts" -N rank -m rank)" = "${wants[rank % 2]}" ]
		[ "$(plan "$machines/parts" -m rank -C rank)" = "${wants[rank % 2]}" ]
		[ "$(plan "$machines/parts" -m rank -N same)" = "${wants[rank % 2]}" ]
		[ "$(plan "$machines/parts" -i rank)" = "$((rank % 2)) -" ]
		[ "$(plan "$machines/parts" -N rank)" = "- ${cpus[rank % 3]}" ]
		[ "$(plan "$machines/parts" -C rank)" = "- ${cpus[rank % 3]}" ]
	done
	export OMPI_COMM_WORLD_LOCAL_RANK=1
	[ "$(plan "$machines/parts" -N rank -C core:2,core:4 --one-per-core)" = '- 4,6' ]
	[ "$(plan "$machines/parts" -i '!rank')" = '0,3 -' ]
	[ "$(plan "$machines/devices" -m gpu:rank)" != "$(OMPI_COMM_WORLD_LOCAL_RANK=0 plan "$machines/devices" -m gpu:rank)" ]
}

# Of three there the one in the middle is a VGA controller: no rank's.
@test "GPUs in turn, and the cores beside them" {
	place=$BATS_TEST_TMPDIR/gpus
	cp -r "$machines/devices" "$place"
	for cpu in {0..7}; do
		mkdir -p "$place/sys/devices/system/cpu/cpu$cpu/topology"
		echo $cpu >"$place/sys/devices/system/cpu/cpu$cpu/topology/thread_siblings_list"
	done
	for pair in 0=0 1=2 2=0 3=2; do
		[ "$(LOCAL_RANK=${pair%=*} plan "$place" -m gpu:rank)" = "$(plan "$place" -m "gpu:${pair#*=}")" ] || wrong "$pair"
	done
	LOCAL_RANK=1 run "$numaplace" --sysroot="$place" --dry-run -m gpu:rank
	[[ $output == *"gpu:rank (GPU 0000:03:00.0, local rank 1 by LOCAL_RANK) is node 1"* ]] || wrong ""
	# The last one is on node 1, whose CPUs are 4 to 7; of seven ranks three have it.
	export LOCAL_WORLD_SIZE=7
	[ "$(LOCAL_RANK=1 plan "$place" -N gpu:rank -C core:rank -m same)" = '1 4' ]
	[ "$(LOCAL_RANK=3 plan "$place" -C core:rank -m gpu:rank)" = '1 5' ]
	[ "$(LOCAL_RANK=5 plan "$place" -N gpu:rank -C core:rank)" = '- 6-7' ]
	# It goes by nodes where no GPU is named.
	[ "$(LOCAL_RANK=2 plan "$place" -C core:rank)" = '- 1' ]
	export LOCAL_RANK=0
	run "$numaplace" --sysroot="$place" --dry-run -m gpu:rank -C core:rank
	refused 'node 2 has no cores that can be used'
}

@test "each rank of a real machine has cores of its own, and all of them are used" {
	for real in 128arm-2pa2n8cluster4co 32amd64-4s2n4c-cgroup2 48amd64-4pa2n6c-sparse knl nri-sample2 nvidiagpunumanodes; do
		place=$(sysroot "$real")
		[ -n "$place" ] || skip "../shared/sysroots is not here"
		for size in 8 11; do
			for ((rank = 0; rank < size; rank++)); do
				OMPI_COMM_WORLD_LOCAL_RANK=$rank OMPI_COMM_WORLD_LOCAL_SIZE=$size plan "$place" --all -C core:rank
			done >"$BATS_TEST_TMPDIR/shares"
			sed 's/^- //; s/,/\n/g' "$BATS_TEST_TMPDIR/shares" | awk -F- '{ for (id = $1; id <= $NF; id++) print id }' \
				>"$BATS_TEST_TMPDIR/cpus"
			[ "$real $size" = 'nvidiagpunumanodes 11' ] || # eight cores
				[ -z "$(sort "$BATS_TEST_TMPDIR/cpus" | uniq -d)" ] || wrong "$real $size: two ranks on a core" || return
			[ "- $(listed <"$BATS_TEST_TMPDIR/cpus")" = "$(plan "$place" --all -C all)" ] ||
				wrong "$real $size: $(cat "$BATS_TEST_TMPDIR/shares")" || return
		done
	done
}

# A launcher's binding is no limit to what it is asked to do by rank; a cpuset is.
@test "the inherited affinity does not limit ranks" {
	place=$BATS_TEST_TMPDIR/bound
	cp -r "$machines/parts" "$place"
	mkdir -p "$place/proc/self"
	printf 'Cpus_allowed_list:\t0\nMems_allowed_list:\t0-3\n' >"$place/proc/self/status"
	export OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2
	[ "$(plan "$place" -N rank -m rank)" = '1 4-7' ]
	[ "$(plan "$place" -C core:rank -m rank)" = '1 4-7' ]
	[ "$(plan "$place" -C all)" = '- 0' ]
	[ "$(plan "$machines/cpuset2" -N rank -m rank)" = "$(plan "$machines/cpuset2" -N 1 -m 1)" ]
	export OMPI_COMM_WORLD_LOCAL_RANK=2
	[ "$(plan "$machines/cpuset2" -N rank -m rank)" = "$(plan "$machines/cpuset2" -N 0 -m 0)" ]
}

@test "a rank that is none is refused, with the variable" {
	place=(--sysroot="$machines/parts" --dry-run)
	for value in '' -1 +1 01 0x1 ' 1' 1.0 one 4294967296 99999999999999999999; do
		run env LOCAL_RANK="$value" "$numaplace" "${place[@]}" -m rank
		refused "membind=rank: LOCAL_RANK='.*' in the environment is no rank"
	done
	run env LOCAL_RANK=$'1\nnumaplace: all is well' "$numaplace" "${place[@]}" -m rank
	refused 'is no rank'
	run env LOCAL_RANK=1 "$numaplace" "${place[@]}" -C core:rank
	refused 'LOCAL_WORLD_SIZE does not tell how many ranks there are here, for a share of the cores \(rank alone'
	run env LOCAL_RANK=1 LOCAL_WORLD_SIZE=1 "$numaplace" "${place[@]}" -C core:rank
	refused 'LOCAL_RANK=1 is not within the number of ranks that LOCAL_WORLD_SIZE tells'
	run env LOCAL_RANK=1 LOCAL_WORLD_SIZE=2x "$numaplace" "${place[@]}" -C core:rank
	refused "LOCAL_WORLD_SIZE='2x' in the environment does not tell a number of ranks"
	run env LOCAL_RANK=1 "$numaplace" "${place[@]}" -m gpu:rank
	refused 'there is no GPU'
	run env LOCAL_RANK=1 "$numaplace" --sysroot="$machines/nonuma" --dry-run -C rank
	refused 'there is no node with CPUs that can be used, for a rank'
	# What can be done without is done without.
	run "$numaplace" "${place[@]}" --best-effort -m rank
	[[ $status = 0 && $output == *"there is no rank"*"going on with the rest"* ]] || wrong ""
}

# The real thing, as far as this machine's shape lets it show: Open MPI starts it, four times.
@test "mpirun: each rank is told by Open MPI" {
	command -v mpirun >/dev/null || skip "there is no mpirun here"
	place=$machines/parts
	# To a file each: mpirun mixes what they print.
	run mpirun --allow-run-as-root --oversubscribe -n 4 sh -c \
		'"$0" --sysroot="$1" --dry-run --json -N rank -m rank -C core:rank >"$2.$OMPI_COMM_WORLD_LOCAL_RANK"' \
		"$numaplace" "$place" "$BATS_TEST_TMPDIR/plan"
	[ "$status" = 0 ] || wrong ""
	wants=('0 0-1' '1 4-5' '0 2-3' '1 6-7')
	for rank in 0 1 2 3; do
		[ "$(jq -r '"\(.policy.nodes) \(.cpus)"' "$BATS_TEST_TMPDIR/plan.$rank")" = "${wants[rank]}" ] || wrong "$rank"
	done
}
