# shellcheck shell=bash
# What the benchmarks share. Each prints lines of fields with tabs between them, for bench/run:
#
#	about WORDS                         what is measured
#	peer NAME VERSION                   with what it is compared
#	sample WHAT PEER UNIT OURS THEIRS   a round, of both in turn; a unit with "/s" is better high
#	missing WHAT PEER REASON            what could not be measured
#	kernel RELEASE, guest WORDS         where they are not those that bench/run itself sees
#
# Called by a person it hands over to bench/run, which calls it again and prints a table. It has a
# folder for its files. ROUNDS=N says how often.
export LC_ALL=C
[ -n "${BENCH_LINES-}" ] || exec bench/run --print "${0##*/}"

line()
{
	local IFS=$'\t'

	echo "$*"
}

# Of the package that brought it, as most of them do not tell; nothing where that is not known.
version() # program
{
	local found

	if type -P dpkg-query >/dev/null; then
		found=$(dpkg-query -S "*bin/$1" 2>/dev/null) &&
			found=$(dpkg-query -W -f='${Version}' "${found%%[:,]*}")
	elif type -P rpm >/dev/null; then
		found=$(rpm -qf --qf='%{VERSION}' "$(type -P "$1")" 2>/dev/null)
	elif type -P pacman >/dev/null; then
		found=$(pacman -Qo "$(type -P "$1")" 2>/dev/null | sed 's/.* //')
	fi && echo "${found-}"
}

# Whether a program is here; if so it is named as a peer, if not it is said what goes unmeasured.
has_peer() # program what
{
	if type -P "$1" >/dev/null; then
		line peer "$1" "$(version "$1" || true)"
	else
		line missing "$2" "$1" "$1 is not installed"
		return 1
	fi
}

# Commands that run_pairs runs in turn; in each word for word.
names='' pairs=()
pair() # what peer their-command our-command
{
	names+="${names:+|}$1"$'\t'"$2"
	pairs+=("$3" "$4")
}

# The time that BASE takes, where there is one, is taken off the others'.
run_pairs() # rounds us|ms [base]
{
	local base=0

	[ ${#pairs[@]} -gt 0 ] || return 0
	"$folder/runner" "$1" "${pairs[@]}" "${@:3}" >"$folder/times"
	[ $# = 2 ] || base=$(awk '{ print $NF }' "$folder/times" | sort -g | sed -n "$((($1 + 1) / 2))p")
	awk -v names="$names" -v base="$base" -v unit="$2" '
		BEGIN { count = split(names, name, "|"); of = unit == "ms" ? 1000 : 1 }
		{
			for (i = 1; i <= count; i++)
				printf "sample\t%s\t%s\t%.4f\t%.4f\n", name[i], unit, ($(2 * i) - base) / of,
					($(2 * i - 1) - base) / of
		}' "$folder/times"
}

# A process of 60,000 mappings and 1 GiB; sets $pid.
start_many()
{
	cc -O2 -Wall -Wextra -D_GNU_SOURCE -o "$folder/many-mappings" tests/vm/many.c
	coproc MANY { exec "$folder/many-mappings" 60000 1024; }
	pid=$MANY_PID
	trap 'kill $pid; rm -rf "$folder"' EXIT
	read -r -u "${MANY[0]}" line && [ "$line" = ready ]
}

# A bats file in a guest with two nodes and two CPUs. Emulated, so its times mean nothing but as ratios.
# KERNEL=old takes the older kernel.
in_guest() # file what
{
	local qemu=qemu-system-x86_64

	if ! type -P $qemu >/dev/null; then
		line missing "$2" migratepages "$qemu is not installed"
		return
	fi
	line guest "QEMU $($qemu --version | sed -n 's/.*version \([0-9.]*\).*/\1/p'), emulated, 2 CPUs"
	VM_THREAD=multi tests/vm/boot "${KERNEL:-new}" two "$1" | awk '
		/^# (sample|kernel)\t/ { sub(/^# /, ""); print; next }
		!/^(ok|1\.\.)/ { print >"/dev/stderr" }'
}

set -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
make -s Q=@ >/dev/null
# Not named as in here: what it runs is to find another one by its name.
cc -O2 -Wall -Wextra -D_GNU_SOURCE -o "$folder/runner" bench/spawn.c
