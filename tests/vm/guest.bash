# shellcheck shell=bash disable=SC2154 # bats sets status, output and lines
# Helpers of the tests in the guests. `run` is bats' own: it sets status and output.

# The pages on a node in what `pages` printed; 0 where the node is not named.
on_node() # node
{
	sed -n 's/^nodes//p' <<<"$output" | grep -oE " N$1=[0-9]+" | cut -d= -f2 | grep . || echo 0
}

all_pages()
{
	local words

	words=$(sed -n 's/^nodes//p' <<<"$output" | grep -oE '=[0-9]+' | tr -d '=' | tr '\n' '+')
	echo $((${words}0))
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
	grep -qE "^cpus[[:space:]]*$1\$" <<<"$output" || wrong "not on CPUs $1"
}

# The mapping's policy, as numa_maps has it.
had_policy() # policy
{
	ran || return
	grep -qFx "policy $1" <<<"$output" || wrong "not policy $1"
}

# One line on stderr, which matches; nothing started.
refused() # expression
{
	[ "$status" = 125 ] || wrong "not refused" || return
	[ "${#lines[@]}" = 1 ] || wrong "not one line" || return
	[[ $output =~ $1 ]] || wrong "does not say '$1'"
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
	tr ';' '\n' <<<"$areas" | awk -v kind="$1" '$1 == kind { print $2 }'
}

# Bytes of the target's memory of a kind, on a node or on all.
bytes_of() # kind [node]
{
	awk -v address="$(address_of "$1")" -v node="${2-[0-9]+}" -v kind="$1" '
		($1 == address && kind != "stack") || (kind == "stack" && / stack /) {
			for (i = 3; i <= NF; i++) {
				split($i, part, "=")
				if ($i ~ "^N" node "=") pages += part[2]
				if ($i ~ /^kernelpagesize_kB=/) size = part[2] * 1024
			}
			bytes += pages * size
			pages = 0
		}
		END { print bytes + 0 }' "/proc/$pid/numa_maps"
}
