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

teardown()
{
	[ -z "${pids-}" ] || kill $pids 2>/dev/null || true
	[ -z "${cgroup-}" ] || rmdir "$cgroup"
}

# The words as readline splits them, at blanks, equals signs and colons; the last one is completed.
complete_words() # word...
{
	run bash -c 'compopt() { :; }; . "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
		COMP_LINE=$* COMP_LINE=${COMP_LINE// = /=} COMP_LINE=${COMP_LINE// =/=} COMP_LINE=${COMP_LINE// : /:}
		COMP_LINE=${COMP_LINE/% :/:} COMP_POINT=${#COMP_LINE}
		_numaplace; printf "%s\n" "${COMPREPLY[@]}"' "$root/completions/numaplace" "$@"
}

# Processes of these names.
named() # name...
{
	local name

	for name; do
		cp "$(command -v sleep)" "./$name"
		# One of many names goes by the first word.
		(exec -a sleep "./$name" 100) 3>&- &
		pids="${pids-} $!"
		# It bears the name of this shell until then.
		until [ "$(cat "/proc/$!/comm")" = "$name" ]; do kill -0 $!; sleep 0.01; done
	done
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
		[[ " ${lines[*]} " == *" $prefix$first "* ]] || wrong "'$prefix'" || return
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
	complete_words numaplace cat --mem
	[ -z "$output" ] || wrong "an option of numaplace behind the command"
}

@test "behind the command its own completion is asked" {
	run bash -c 'compopt() { :; }; _command_offset() { echo "offset $1"; }; . "$0"
		COMP_WORDS=(numaplace --membind = 0 -l tool x); COMP_CWORD=6
		COMP_LINE="numaplace --membind=0 -l tool x" COMP_POINT=31; _numaplace' \
		"$root/completions/numaplace"
	[ "$output" = 'offset 5' ] || wrong ""
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
	complete_words numaplace --only he
	[ "$output" = heap ] || wrong "an operand for itself"
	complete_words numaplace --only heap placedc
	[ "$output" = placedcommand ] || wrong "behind it"
}

@test "names are words and no commands, and none is an option" {
	named 'zq$(touch x)' 'zr;touch x' 'zv t' 'zy`touch x`' 'zu:v,w' -zw
	complete_words numaplace --stat z
	[ ! -e x ] || wrong "run"
	for name in 'zq\$\(touch\ x\)' 'zr\;touch\ x' 'zv\ t' 'zy\`touch\ x\`' zu:v,w; do
		grep -qxF -- "$name" <<<"$output" || wrong "no $name" || return
	done
	complete_words numaplace --stat ''
	! grep -qxF -- -zw <<<"$output" || wrong "an option"
	complete_words numaplace --stat zu :
	[ "$output" = v,w ] || wrong "behind a colon"
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

# Rows of a line that is typed, and what numaplace is given after Tab and Enter: LINE|ARGUMENT...
typed() # shell <rows
{
	command -v "$1" >/dev/null || skip "there is no $1 here (./setup --tests)"
	command -v zsh >/dev/null || skip "there is no zsh here (./setup --tests)"
	cat >rows
	mapfile -t lines < <(cut -d '|' -f 1 rows)
	timeout 300 "$root/tests/cli/typed" "$1" "${lines[@]}" >given || true
	sed 's/^/> /; s/|/\n/g' rows | diff -u - given
}

# Also on the way where no name is the only one.
typed_names() # shell
{
	named 'zq$(touch x)' 'zr;touch x' 'zv t' "zt'u" 'zxa&b' 'zxa&c' -zw
	cp zv\ t '(touch x)'
	mkdir 'd e'
	touch 'f;touch x' 'd e/g$(touch x)'
	typed "$1" <<-'END'
		numaplace --stat zq|--stat|zq$(touch x)
		numaplace --stat zq\$|--stat|zq$(touch x)
		numaplace --stat "zq|--stat|zq$(touch x)
		numaplace --stat 'zq|--stat|zq$(touch x)
		numaplace --stat zr|--stat|zr;touch x
		numaplace --stat zv|--stat|zv t
		numaplace --stat zv\ |--stat|zv t
		numaplace --stat "zv |--stat|zv t
		numaplace --stat zt|--stat|zt'u
		numaplace --stat "zt|--stat|zt'u
		numaplace --file=f|--file=f;touch x
		numaplace -f f|-f|f;touch x
		numaplace -f d\ e/|-f|d e/g$(touch x)
		numaplace -m 0,file:f|-m|0,file:f;touch x
		numaplace --membind=0,file:d\ e/|--membind=0,file:d e/g$(touch x)
		numaplace -m "0,file:f|-m|0,file:f;touch x
		numaplace ./\(t|./(touch x)
		numaplace -m 0 cat f|-m|0|cat|f;touch x
		numaplace --only=heap,st|--only=heap,stack
		numaplace --only heap,st|--only|heap,stack
		numaplace --stat --sort to|--stat|--sort|total
	END
	for parent in /sys/fs/cgroup /sys/fs/cgroup/*; do
		cgroup=$parent/'zq;touch x'
		mkdir "$cgroup" 2>/dev/null && break
		cgroup=
	done
	[ -z "$cgroup" ] || for option in '--cgroup ' --cgroup= --cgroup=/sys/fs/cgroup/; do
		name=${cgroup#/sys/fs/cgroup/}
		run "$root/tests/cli/typed" "$1" "numaplace $option${name%;*}"
		[[ ${lines[*]} == *"$option$name"* ]] || wrong "$1: $option" || return
	done
	[ "$1" = bash ] || {
		PATH=$(dirname "$numaplace"):$PATH "$root/tests/cli/complete" "$1" 'numaplace --stat ' 'numaplace --pid=' >offered
		grep -qF 'zq$(touch x)' offered
		! grep -qE '^-zw' offered || wrong "$1 offers an option" || return
	}
	[ ! -e x ]
}

@test "what is typed into bash" {
	typed_names bash
	mkdir afolder
	touch afile
	typed bash <<-END
		numaplace --sysroot=af|--sysroot=afolder/
		numaplace -f \$PWD/afi|-f|$PWD/afile
		numaplace --stat zx|--stat|zxa&
		numaplace --col|--color=
		numaplace placedc|placedcommand
	END
	for START in IFS=, 'set -f'; do
		export START
		typed bash <<-'END'
			numaplace --membi|--membind=
			numaplace --stat zr|--stat|zr;touch x
		END
	done
	# Of some settings it splits at blanks alone.
	export START='COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=@]/}'
	typed bash <<-'END'
		numaplace --stat zr|--stat|zr;touch x
		numaplace --file=f|--file=f;touch x
		numaplace --membind=0,file:d\ e/|--membind=0,file:d e/g$(touch x)
		numaplace -m "0,file:f|-m|0,file:f;touch x
		numaplace --only=heap,st|--only=heap,stack
		numaplace --membind=0,netd|--membind=0,netdev:
		numaplace --sysroot=af|--sysroot=afolder/
	END
	[ ! -e x ]
}

@test "what is typed into zsh" { typed_names zsh; }

@test "what is typed into fish" { typed_names fish; }
