# tests/gather: what it takes is what numaplace reads, and nothing that is private.
load helper
load ../vm/gather

gather=$root/tests/gather
gather() { "$gather" "$@"; }

need_sysroot() { [ -n "$(sysroot "$1")" ] || skip "../shared/sysroots is not here"; }

@test "a folder of this machine shows this machine" {
	shows_here "$BATS_TEST_TMPDIR/here" "$gather" "$BATS_TEST_TMPDIR/here"
}

@test "an archive of this machine: one folder in it, and nobody's name" {
	cd "$BATS_TEST_TMPDIR"
	for ending in tar tar.gz tar.xz; do
		shows_here here gather_archive "here.$ending"
		[ "$(tar tf "here.$ending" | cut -d/ -f1 | uniq)" = here ]
		[ "$(tar tvf "here.$ending" --numeric-owner | awk '{ print $2 }' | uniq)" = 0/0 ]
	done
	# They are what their names say.
	run gzip -t here.tar.gz
	[ "$status" = 0 ]
	run xz -t here.tar.xz
	[ "$status" = 0 ]
}

@test "what numaplace reads here is in it" {
	command -v strace >/dev/null || skip "there is no strace here"
	"$gather" "$BATS_TEST_TMPDIR/here"
	for options in --hardware '--hardware --json' \
		'--dry-run --all --membind=all --cpunodebind=all --one-per-core true'; do
		# shellcheck disable=SC2086 # a list of options
		reads '' $options >"$BATS_TEST_TMPDIR/paths"
		[ -s "$BATS_TEST_TMPDIR/paths" ]
		run missing "$BATS_TEST_TMPDIR/here" <"$BATS_TEST_TMPDIR/paths"
		[ -z "$output" ] || wrong "not gathered"
	done
	# That would be seen.
	rm -r "$BATS_TEST_TMPDIR/here/sys/devices/system/cpu"
	run missing "$BATS_TEST_TMPDIR/here" <"$BATS_TEST_TMPDIR/paths"
	[[ $output == */cpu/online* ]] || wrong "not noticed"
}

# The same for a machine of which there is a folder.
same_machine() # folder
{
	local copy=$BATS_TEST_TMPDIR/copy

	rm -rf "$copy"
	run "$gather" --sysroot="$1" "$copy"
	[ "$status" = 0 ] || wrong "$1 not gathered" || return
	[ -z "$output" ] || wrong "$1: not quiet" || return
	diff <("$numaplace" --hardware --json --sysroot="$1") \
		<("$numaplace" --hardware --json --sysroot="$copy") || return
	reads "$(realpath "$1")" --hardware --json --sysroot="$1" >"$BATS_TEST_TMPDIR/paths" || return
	[ -s "$BATS_TEST_TMPDIR/paths" ] || wrong "$1: nothing read" || return
	run missing "$copy" <"$BATS_TEST_TMPDIR/paths"
	[ -z "$output" ] || wrong "$1: not gathered"
}

@test "the machines of the tests, gathered anew" {
	command -v strace >/dev/null || skip "there is no strace here"
	for folder in "$machines"/*; do
		same_machine "$folder"
	done
}

# The large ones have more of what the others have, and wait for check-all.
@test "real machines, gathered anew" {
	command -v strace >/dev/null || skip "there is no strace here"
	need_sysroot knl
	for archive in "$root"/../shared/sysroots/*.tar.*; do
		[ -n "${VM_ALL-}" ] || (($(stat -c %s "$archive") < 20000)) || continue
		same_machine "$(sysroot "$(basename "${archive%.tar.*}")")"
	done
}

# What a term is on each of the two: sets, or the same refusal.
same_term() # folder copy term
{
	local answer

	answer=$("$numaplace" --dry-run --all --sysroot="$1" --cpunodebind="$3" true 2>&1) &&
		known=$((known + 1))
	[ "$answer" = "$("$numaplace" --dry-run --all --sysroot="$2" --cpunodebind="$3" true 2>&1)" ] ||
		wrong "$3 on $1: $answer"
}

@test "devices are found where they were" {
	for name in devices 32em64t-2n8c+dax+nvme+mic+dimms; do
		need_sysroot "$name"
		folder=$(sysroot "$name")
		copy=$BATS_TEST_TMPDIR/$name
		known=0
		"$gather" --sysroot="$folder" "$copy"
		for path in "$folder"/sys/class/{net,block}/* "$folder"/sys/bus/pci/devices/*; do
			case $path in
			*/net/*) term=netdev: ;;
			*/block/*) term=block: ;;
			*) term=pci: ;;
			esac
			same_term "$folder" "$copy" "$term${path##*/}"
		done
		for path in "$folder"/sys/class/block/dm-*/dm/name; do
			[ ! -e "$path" ] || same_term "$folder" "$copy" "block:/dev/mapper/$(cat "$path")"
		done
		for number in {0..7}; do
			same_term "$folder" "$copy" "gpu:$number"
		done
		((known > 5)) || wrong "$name: $known devices known"
	done
}

@test "a machine with much that is private" {
	from=$BATS_TEST_TMPDIR/from
	to=$BATS_TEST_TMPDIR/to
	cp -rL "$machines/four" "$from"
	mkdir -p "$from"/sys/devices/pci0000:00/0000:00:0{1,2}.0 "$from"/sys/class/{net,block,dmi/id} \
		"$from"/sys/devices/system/cpu/cpu0/topology "$from"/proc/{self,sys/kernel} "$from/etc" \
		"$from"/sys/fs/cgroup/docker/0123456789abcdef0123456789abcdef
	cd "$from/sys/devices/pci0000:00"
	mkdir -p 0000:00:01.0/net/enx001122334455 0000:00:02.0/nvme/nvme0/nvme0n1
	for file in 0000:00:01.0/{vpd,net/enx001122334455/{address,ifalias}} \
		0000:00:02.0/nvme/nvme0/{serial,nvme0n1/{wwid,uuid,uevent}} \
		../../class/dmi/id/{product_serial,product_uuid} \
		../system/cpu/cpu0/topology/ppin \
		"$from"/{etc/hostname,proc/{cmdline,self/{cmdline,environ},sys/kernel/hostname}}; do
		echo SECRET >"$file"
	done
	echo 1 >0000:00:01.0/numa_node
	echo 0 >0000:00:02.0/numa_node
	ln -s ../../devices/pci0000:00/0000:00:01.0/net/enx001122334455 "$from/sys/class/net"
	ln -s ../../devices/pci0000:00/0000:00:02.0/nvme/nvme0/nvme0n1 "$from/sys/class/block"
	ln -s ../.. 0000:00:01.0/net/enx001122334455/device
	printf 'Name:\tSECRET\nUid:\tSECRET\nNSpid:\tSECRET\n' >"$from/proc/self/status"
	echo 0::/docker/0123456789abcdef0123456789abcdef >"$from/proc/self/cgroup"
	echo 0-1 >"$from/sys/fs/cgroup/docker/0123456789abcdef0123456789abcdef/cpuset.mems.effective"
	printf '%s\n' 'SECRET:/home /home nfs4 rw,addr=SECRET 0 0' \
		'SECRET /sys/fs/cgroup cgroup2 rw,secret=SECRET 0 0' >"$from/proc/self/mounts"
	[ "$(grep -rl SECRET "$from" | wc -l)" -ge 15 ]

	run "$gather" --sysroot="$from" "$to"
	[ "$status" = 0 ]
	[ -z "$output" ] || wrong "not quiet"
	run grep -r SECRET "$to"
	[ -z "$output" ] || wrong "private"
	run bash -c "find '$to' -printf '%P %l\n'; cat '$to'/proc/self/*"
	[[ $output != *001122334455* && $output != *0123456789abcdef* ]] || wrong "private"
	# The links lead on, under the new name.
	[ "$(cat "$to"/sys/class/net/enx*/device/numa_node)" = 1 ]
	[ "$(cat "$to"/sys/class/block/nvme0n1/../../../numa_node)" = 0 ]
	# So does the cgroup's path.
	run "$numaplace" --hardware --json --sysroot="$to"
	[ "$(jq -r .allowed_nodes <<<"$output")" = 0-1 ] || wrong "not the cpuset"
}

@test "what is private here" {
	"$gather" "$BATS_TEST_TMPDIR/here"
	{
		cat /sys/class/net/*/address | grep -v '^00:00:00:00:00:00$'
		cat /sys/class/net/*/address | grep -v '^00:00:00:00:00:00$' | tr -d :
		ip -o addr | awk '{ sub("/.*", "", $4); print $4 }' | grep -vE '^(127\.0\.0\.1|::1)$'
		cat /sys/class/dmi/id/{product_serial,product_uuid,board_serial} \
			/sys/class/block/*/{serial,wwid} /sys/class/block/*/device/{serial,wwid} \
			/proc/sys/kernel/random/boot_id /etc/machine-id
	} 2>/dev/null | grep -E '.{6}' >"$BATS_TEST_TMPDIR/private"
	[ -s "$BATS_TEST_TMPDIR/private" ]
	run grep -rFf "$BATS_TEST_TMPDIR/private" "$BATS_TEST_TMPDIR/here"
	[ -z "$output" ] || wrong "private"
	run bash -c "find '$BATS_TEST_TMPDIR/here' -printf '%P %l\n' | grep -Ff '$BATS_TEST_TMPDIR/private'"
	[ -z "$output" ] || wrong "private"
}

@test "without root, and without numaplace; what may not be read is said" {
	[ "$(id -u)" = 0 ] || skip "needs root to become another"
	folder=$(mktemp -d /tmp/numaplace.XXXXXX)
	chown 65534:65534 "$folder"
	cp "$gather" "$folder/gather"
	cp -rL "$machines/four" "$folder/four"
	chmod 000 "$folder"/four/sys/devices/system/node/node{0,1,2,3}/distance
	nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	shows_here "$folder/here" "${nobody[@]}" "$folder/gather" "$folder/here"
	run "${nobody[@]}" "$folder/gather" --sysroot="$folder/four" "$folder/copy.tar.gz"
	[ "$status" = 0 ] || wrong "not gathered"
	[ "${#lines[@]}" = 1 ] || wrong "not one line"
	[[ $output == 'gather: left out, as they could not be read: 4 files (/sys/devices/system/node/node0/distance '* ]] ||
		wrong "not said"
	run tar tf "$folder/copy.tar.gz"
	[[ $output == */node0/meminfo* && $output != */distance* ]]
	"${nobody[@]}" rm -r "$folder/here"
	rm -rf "$folder"
}

@test "what cannot be done is said, and nothing is left behind" {
	cd "$BATS_TEST_TMPDIR"
	mkdir there empty
	for expected in 'there|is there already' 'none/here|there is no such folder' '|usage: ' \
		'--verbose here|--verbose: unknown' '--sysroot=empty here|there is no folder sys' \
		'--json|usage: ' 'here.zip|that kind of archive' 'a.tar.bz2|that kind of archive' 'there/|is there already'; do
		# shellcheck disable=SC2086 # a list of words
		run "$gather" ${expected%|*}
		[ "$status" = 1 ] || wrong "$expected"
		[ "${#lines[@]}" = 1 ] || wrong "not one line"
		[[ $output == "gather: "*"${expected#*|}"* ]] || wrong "does not say '${expected#*|}'"
	done
	[ "$(find . -mindepth 1 -maxdepth 1 | sort | xargs)" = './empty ./there' ]
	# A folder's name may end in a slash.
	run "$gather" --sysroot="$machines/four" new/
	[ "$status" = 0 ] && [ -z "$output" ] && [ -d new/sys ] || wrong "with a slash"
}
