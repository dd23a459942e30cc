# shellcheck shell=bash disable=SC2154 # bats sets status and output, a file its sample
# Faults of one mode in a guest, by fault (fault.c): what faults.bats and offline.bats have in common.

mode() # name [option...] -- options...
{
	local name=$1 options=()

	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run fault -n "$name" "${sample[@]}" "${options[@]}" numaplace "$@"
	sed -nE 's/^[^#].*( +[0-9]+){7}$/# &/p' <<<"$output" >&3
	[ "$status" = 0 ] || wrong "$name"
}

setup()
{
	[ "$(uname -m)" = x86_64 ] || skip "the registers of $(uname -m) are not known to fault"
}
