# shellcheck shell=bash disable=SC2154 # bats sets status, output and lines
# Helpers of the tests in the guests. `run` is bats' own: it sets status and output.

load untraced

# What is called often does without programs, each of which costs a tenth of a second under emulation.

# The line of what was printed that begins with a word.
line_of() # word
{
	local line=$'\n'$output$'\n'

	line=${line#*$'\n'"$1"[$' \t']}
	[[ $line != $'\n'* ]] || return
	echo "${line%%$'\n'*}"
}

# The pages on a node in what `pages` printed; 0 where the node is not named.
on_node() # node
{
	[[ $(line_of nodes) =~ (^| )N$1=([0-9]+) ]] && echo "${BASH_REMATCH[2]}" || echo 0
}

all_pages()
{
	local part sum=0

	for part in $(line_of nodes); do ((sum += ${part#*=})); done
	echo $sum
}

# Says what there was when a check fails.
wrong()
{
	echo "$*; status $status, output:"
	echo "$output"
	return 1
}

ran() { [ "$status" = 0 ] || wrong "it did not run"; }

# All pages lie on these nodes, and at least one on each.
only_on() # node...
{
	local node sum=0 pages

	ran || return
	for node; do
		pages=$(on_node "$node")
		((pages > 0)) || wrong "no page on node $node" || return
		((sum += pages))
	done
	((sum == $(all_pages))) || wrong "pages on other nodes than $*"
}

# They lie on these nodes alone, each with the same share, give or take three percent.
evenly_on() # node...
{
	local node share pages

	only_on "$@" || return
	share=$(($(all_pages) / $#))
	for node; do
		pages=$(on_node "$node")
		((pages * 100 >= share * 97 && pages * 100 <= share * 103)) ||
			wrong "node $node holds $pages pages, not about $share" || return
	done
}

# The thread that touched them could run on these CPUs.
ran_on() # list
{
	ran || return
	[ "$(line_of cpus)" = "$1" ] || wrong "not on CPUs $1"
}

# The mapping's policy, as numa_maps has it.
had_policy() # policy
{
	ran || return
	[ "$(line_of policy)" = "$1" ] || wrong "not policy $1"
}

# One line on stderr, which matches; nothing started.
refused() # expression
{
	[ "$status" = 125 ] || wrong "not refused" || return
	[ "${#lines[@]}" = 1 ] || wrong "not one line" || return
	[[ $output =~ $1 ]] || wrong "does not say '$1'"
}

# Whether all is asked for (see run).
is_all() { [ -e /guest/all ]; }

# How often what is repeated to meet a rare moment: else a tenth, or so often.
times() # number [less]
{
	is_all && echo "$1" || echo "${2-$(($1 / 10 + 1))}"
}

kernel_at_least() # major minor
{
	local major minor

	IFS=. read -r major minor _ < <(uname -r)
	((major > $1 || (major == $1 && minor >= $2)))
}

free_mib() # node
{
	awk '/MemFree/ { print int($4 / 1024) }' "/sys/devices/system/node/node$1/meminfo"
}

# Those that tests/vm/kernels keeps; the network card then comes by itself.
load_modules()
{
	local module

	for module in /modules/*.ko; do
		insmod "$module" 2>/dev/null || true
	done
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -e /sys/class/net/eth0 ] || break
		sleep 0.2
	done
}

# A process that keeps memory of several kinds (target.c), on node 0 and its CPUs at first. Its pipes
# are held under numbers of their own, as bash hides a coprocess's from subshells.
start_target() # KIND=MIB...
{
	start_program numaplace --membind=0 --cpunodebind=0 target "$@" || return
	areas=$(ask pages)
}

# One that says "ready" and then answers lines.
start_program() # command...
{
	coproc TARGET { exec "$@" 3>&- 2>/tmp/target.err; }
	pid=$TARGET_PID
	exec 7>&"${TARGET[1]}" 8<&"${TARGET[0]}"
	if ! read -r -u 8 line || [ "$line" != ready ]; then
		cat /tmp/target.err
		return 1
	fi
}

ask() # check|pages
{
	echo "$1" >&7
	read -r -u 8 line
	echo "$line"
}

stop_target()
{
	[ -n "${pid-}" ] || return 0
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	exec 7>&- 8<&-
}

# Where the target's memory of a kind begins, as numa_maps writes it.
address_of() # kind
{
	[[ ";$areas;" =~ \;" "?"$1 "([0-9a-f]+) ]] && echo "${BASH_REMATCH[1]}"
}

# The target's memory as numa_maps has it: lines of kind, node, bytes.
layout()
{
	awk -v areas="$areas" '
		BEGIN {
			for (i = split(areas, area, ";"); i > 0; i--)
				if (split(area[i], word, " ") > 1 && word[1] != "stack")
					kind[word[2]] = word[1]
		}
		/ stack / { kind[$1] = "stack" }
		$1 in kind {
			split("", pages)
			for (i = 3; i <= NF; i++) {
				split($i, part, "=")
				if ($i ~ /^N[0-9]+=/) pages[substr(part[1], 2)] = part[2]
				if ($i ~ /^kernelpagesize_kB=/) size = part[2] * 1024
			}
			for (node in pages) print kind[$1], node, pages[node] * size
		}' "/proc/$pid/numa_maps"
}

# Bytes of the target's memory of a kind, on a node or on all; now, or in a layout of before.
bytes_of() # kind [node [layout]]
{
	local kind node bytes sum=0

	while read -r kind node bytes; do
		[ "$kind" != "$1" ] || [ "$node" != "${2:-$node}" ] || ((sum += bytes))
	done <<<"${3-$(layout)}"
	echo $sum
}
