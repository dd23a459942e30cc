# shellcheck shell=bash disable=SC2154,SC2034 # bats shares variables
# Helpers of the tests of the command line.

load ../vm/untraced

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
numaplace=${NUMAPLACE:-$root/numaplace}
machines=$root/tests/sysroot

# One of our machines, or a real one's: unpacked once beside the build.
sysroot() # name
{
	local archive part folder=$root/build/tests/sysroots/$1

	if [ -d "$machines/$1" ]; then
		echo "$machines/$1"
		return
	fi
	for archive in "$root"/../shared/sysroots/"$1".tar.*; do
		[ -f "$archive" ] || return 0
		if [ ! -d "$folder" ]; then
			# Suites run side by side: each unpacks for itself, and the first one's stays.
			mkdir -p "$root/build/tests/sysroots"
			part=$(mktemp -d "$root/build/tests/unpacked.XXXXXX")
			tar xf "$archive" -C "$part"
			# One of them has a folder of its own around it.
			[ -d "$part/sys" ] || mv "$part"/*/* "$part/"
			chmod 755 "$part"
			mv -T "$part" "$folder" 2>/dev/null || { chmod -R u+w "$part" && rm -rf "$part"; }
		fi
		echo "$folder"
	done
}

wrong()
{
	echo "$*; status ${status-}, output:"
	echo "${output-}"
	return 1
}

# One line on stderr and nothing else, status 125.
refused() # expression
{
	[ "$status" = 125 ] || wrong "not refused" || return
	[ "${#lines[@]}" = 1 ] || wrong "not one line" || return
	[[ ${lines[0]} == "numaplace: "* ]] || wrong "whose line?" || return
	[[ $output =~ $1 ]] || wrong "does not say '$1'"
}
