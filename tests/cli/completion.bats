# The completion for bash, by what it answers in a shell.
load helper

setup()
{
	cd "$BATS_TEST_TMPDIR"
	mkdir -p bin
	printf '#!/bin/sh\n' >bin/placedcommand
	chmod +x bin/placedcommand
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# The words as readline splits them, at blanks and equals signs; the last one is completed.
complete_words() # word...
{
	run bash -c 'compopt() { :; }; . "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
		_numaplace; printf "%s\n" "${COMPREPLY[@]}"' "$root/completions/numaplace" "$@"
}

@test "options" {
	complete_words numaplace --memb
	[ "$output" = '--membind=' ] || wrong ""
	complete_words numaplace --stat --sort = to
	[ "$output" = total ] || wrong ""
	complete_words numaplace -l --ph
	[ "$output" = '--physcpubind=' ] || wrong ""
	complete_words numaplace --
	[ "${#lines[@]}" -ge 20 ]
}

@test "nodes and CPUs of this machine" {
	[ -r /sys/devices/system/node/online ] || skip "this kernel has no NUMA"
	first=$(grep -oE '^[0-9]+' /sys/devices/system/node/online)
	complete_words numaplace --membind = ''
	[[ " ${lines[*]} " == *' all '* && " ${lines[*]} " == *" $first "* && " ${lines[*]} " == *' same '* ]] ||
		wrong ""
	complete_words numaplace --membind =
	[[ " ${lines[*]} " == *" $first "* ]] || wrong ""
	complete_words numaplace -m a
	[ "$output" = all ] || wrong ""
	complete_words numaplace -C 0,
	[[ " ${lines[*]} " == *' 0,0 '* && " ${lines[*]} " != *all* ]] || wrong ""
	complete_words numaplace --physcpubind = s
	[ -z "$output" ] || wrong "same is for nodes"
}

@test "things on nodes, whose colons readline splits" {
	[ -e /sys/class/net/lo ] || skip "there is no /sys/class/net here"
	complete_words numaplace --membind = netd
	[ "$output" = netdev: ] || wrong ""
	complete_words numaplace --membind = netdev :
	[[ " ${lines[*]} " == *' lo '* ]] || wrong ""
	complete_words numaplace -N netdev : l
	[[ " ${lines[*]} " == *' lo '* ]] || wrong ""
	complete_words numaplace -m 0,netdev : l
	[[ " ${lines[*]} " == *' lo '* ]] || wrong ""
	complete_words numaplace -m file : /proc/sel
	[[ " ${lines[*]} " == *' /proc/self '* ]] || wrong ""
	complete_words numaplace --membind = netdev : lo placedc
	[ "$output" = placedcommand ] || wrong ""
	complete_words numaplace -C cpul
	[ -z "$output" ] || wrong "words are for nodes"
}

@test "the command, and what is behind it" {
	complete_words numaplace placedc
	[ "$output" = placedcommand ] || wrong ""
	complete_words numaplace -m 0 placedc
	[ "$output" = placedcommand ] || wrong ""
	complete_words numaplace --membind = 0 placedc
	[ "$output" = placedcommand ] || wrong ""
	complete_words numaplace -- placedc
	[ "$output" = placedcommand ] || wrong ""
	touch afile
	complete_words numaplace -m 0 cat afi
	[ "$output" = afile ] || wrong ""
	complete_words numaplace cat --mem
	[ -z "$output" ] || wrong "an option of numaplace behind the command"
}

@test "behind the command its own completion is asked" {
	run bash -c 'compopt() { :; }; _command_offset() { echo "offset $1"; }; . "$0"
		COMP_WORDS=(numaplace --membind = 0 -l tool x); COMP_CWORD=6; _numaplace' \
		"$root/completions/numaplace"
	[ "$output" = 'offset 5' ] || wrong ""
}

@test "folders for --sysroot" {
	mkdir folder
	complete_words numaplace --sysroot = fol
	[ "$output" = folder ] || wrong ""
}

@test "running processes, kinds of memory, nodes to move between" {
	complete_words numaplace --only = he
	[ "$output" = heap ] || wrong ""
	complete_words numaplace --only = heap,st
	[ "$output" = heap,stack ] || wrong ""
	complete_words numaplace --pid = $$
	[[ " ${lines[*]} " == *" $$ "* ]] || wrong ""
	complete_words numaplace --to = a
	[ "$output" = all ] || wrong ""
	complete_words numaplace --pid = 1 --tr
	[ "$output" = --tree ] || wrong ""
}
