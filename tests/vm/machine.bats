# Orders that the kernel tells in its log alone, beside those that numaplace computes.
load guest

# A read at the end of the log would wait for more.
setup_file()
{
	dd if=/dev/kmsg iflag=nonblock bs=8k 2>/dev/null >"$BATS_FILE_TMPDIR/log" || true
	numaplace --hardware --json >"$BATS_FILE_TMPDIR/hardware"
}

# What follows a line's beginning in the log, for each node; the newest where there are several.
logged() # beginning
{
	sed -n "s/.*;$1 for Node \([0-9]*\): \(.*\)/\1: \2/p" "$BATS_FILE_TMPDIR/log" | sed 's/ *$//' |
		tac | sort -sunt: -k1,1
}

of_nodes() # jq's expression of a node's text [filter]
{
	jq -r ".nodes[] | ${2:-.} | \"\(.id): \($1)\"" "$BATS_FILE_TMPDIR/hardware"
}

same() # expected found
{
	diff <(echo "$1") <(echo "$2") || return
	[ -n "$1" ]
}

# Before Linux 6.8 a node without memory is first in its own list, in name only.
@test "fallback order" {
	memory=" $(of_nodes '""' 'select(.has_memory)' | tr -d ':' | tr '\n' ' ')"
	expected=$(logged 'Fallback order' | while read -r node order; do
		[[ $memory == *" ${node%:} "* ]] || order=${order#"${node%:} "}
		echo "$node $order"
	done)
	same "$expected" "$(of_nodes '.fallback | map(tostring) | join(" ")')"
}

# Logged since Linux 6.4, where there are tiers to go down to.
@test "demotion targets" {
	expected=$(logged 'Demotion targets' | sed 's/preferred: //; s/, fallback.*//; s/null//')
	# 6.1 does not log them, and has all nodes in one tier; nor are they where none is slower.
	if ! kernel_at_least 6 4 || [ -z "$expected" ]; then
		[ "$(numaplace --hardware --json | jq -c '[.nodes[].demotion // ""] | unique')" = '[""]' ]
		return
	fi
	same "$expected" "$(of_nodes '.demotion // ""' 'select(.has_memory)')"
}
