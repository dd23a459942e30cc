# The completions, by what they answer in a shell of their own.
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
	complete_words numaplace --physcpubind = sa
	[ -z "$output" ] || wrong "same is for nodes"
}

@test "cgroups" {
	first=$(cd /sys/fs/cgroup 2>/dev/null && compgen -d | head -n 1)
	[ -n "$first" ] || skip "there are no cgroups here"
	for prefix in '' / /sys/fs/cgroup/; do
		complete_words numaplace --cgroup = "$prefix$first"
		[[ " ${lines[*]} " == *" $first "* ]] || wrong "'$prefix'" || return
	done
	complete_words numaplace --cgroup = x --new
	[ "$output" = --new ] || wrong ""
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

@test "words for CPUs, and ranks" {
	complete_words numaplace -C pc
	[ "$output" = pcore ] || wrong ""
	complete_words numaplace -C 0,hou
	[ "$output" = 0,housekeeping ] || wrong ""
	complete_words numaplace -C core : r
	[ "$output" = rank ] || wrong ""
	complete_words numaplace -m ra
	[ "$output" = rank ] || wrong ""
	complete_words numaplace -m gpu : r
	[ "$output" = rank ] || wrong ""
	complete_words numaplace -N pco
	[ -z "$output" ] || wrong "words are for CPUs"
	[ ! -r /sys/devices/system/cpu/cpu0/topology/physical_package_id ] || {
		complete_words numaplace -C socket :
		[[ " ${lines[*]} " == *" $(cat /sys/devices/system/cpu/cpu0/topology/physical_package_id) "* ]] ||
			wrong ""
	}
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
	complete_words numaplace --stat $$
	[ "$output" = $$ ] || wrong "a process"
	complete_words numaplace --stat placedc
	[ -z "$output" ] || wrong "a command"
	complete_words numaplace --stat --js
	[ "$output" = --json ] || wrong "an option"
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

# What the shells that read --help have to offer behind a line, and (with !) must not: words, which may end
# in = or a comma, or / for a folder.
expected()
{
	local first

	cat <<-END
		numaplace --memb|--membind
		numaplace -l --ph|--physcpubind !--pages
		numaplace --membind 0 --wa|--watch
		numaplace --only=heap,st|--only=heap,stack !--only=heap,heap
		numaplace --pid=1,${process%?}|--pid=1,$process
		numaplace --stat ${process%?}|$process
		numaplace --stat placed|!placedcommand
		numaplace --stat slee|sleep
		numaplace -C |0 pcore core: !same !netdev:
		numaplace -m file:/proc/sel|file:/proc/self
		numaplace -f afi|afile
		numaplace --sysroot=af|--sysroot=afolder !--sysroot=afile
		numaplace -m 0 placedc|placedcommand
		numaplace --membind 0 -- placedc|placedcommand
		numaplace cat afi|afile
		numaplace cat --mem|!--membind
		numaplace -m 0 numaplace --membind=0 numaplace --me|--membind --measure
	END
	if [ -e /sys/class/net/lo ]; then
		echo 'numaplace -m 0,netd|0,netdev: !0,best'
		echo 'numaplace --membind=0,netdev:l|--membind=0,netdev:lo'
	fi
	if [ -r /sys/devices/system/node/online ]; then
		first=$(grep -oE '^[0-9]+' /sys/devices/system/node/online)
		echo "numaplace -N |$first same free: !pcore"
	fi
}

reading_help() # shell
{
	local line word words process offered

	command -v "$1" >/dev/null || skip "there is no $1 here (./setup --tests)"
	touch afile
	mkdir afolder
	sleep 100 3>&- &
	process=$!
	expected >wanted
	mapfile -t lines < <(cut -d '|' -f 1 wanted)
	PATH=$(dirname "$numaplace"):$PATH "$root/tests/cli/complete" "$1" "${lines[@]}" >all
	kill "$process"
	while IFS='|' read -r line words; do
		line=$line awk '/^> / { on = $0 == "> " ENVIRON["line"]; next } on' all >offered
		for word in $words; do
			if grep -qE -- "^${word#!}[=,/]?("$'\t'"|\$)" offered; then
				[[ $word != !* ]]
			else
				[[ $word == !* ]]
			fi || wrong "$1, behind '$line': $word?" "$(head -n 20 offered)" || return
		done
	done <wanted
	# What it means, too.
	grep -qE -- '^--membind=?'$'\t''NODES only$' all
}

@test "zsh" { reading_help zsh; }

@test "fish" { reading_help fish; }
