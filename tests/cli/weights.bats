# Weights for interleaving: what follows from the bandwidths of machines of our own, and what would be
# set. Nothing is set here: the weights are those of the whole system.
load helper
bats_require_minimum_version 1.5.0

weights=sys/kernel/mm/mempolicy/weighted_interleave

show() { run "$numaplace" --hardware --weights --sysroot="$machine" "$@"; }
plan() { run "$numaplace" --dry-run --sysroot="$machine" "$@"; }

# A copy of one that may be changed.
copy() # name
{
	machine=$BATS_TEST_TMPDIR/$1
	cp -r "$machines/$1" "$machine"
}

@test "by HMAT: weights, how wrong they are, what the kernel has, and by initiator" {
	copy full
	show
	[ "$status" = 0 ] || wrong "the report"
	[ "$output" = "weights by the firmware's bandwidths (now: the kernel's, automatic):
 node       MiB/s  weight     now  from
    0      204800       5      13  0
    1      204800       5      13  1
    2       40960       1       2  0
    3       40960       1       2  1
the shares are within 0.0 % of the exact ones

for what runs on some nodes only:
from 0: 0:5,2:1 (within 0.0 %)
from 1: 1:5,3:1 (within 0.0 %)

numaplace --set-weights=0:5,1:5,2:1,3:1 sets them" ] || wrong "the text"
	# The lesser of reading and writing; a ratio that small numbers do not meet.
	echo 30000 >"$machine/sys/devices/system/node/node2/access1/initiators/write_bandwidth"
	show --json
	[ "$(jq -c '[.nodes[2] | .bandwidth, .weight]' <<<"$output")" = '[30000,3]' ] || wrong "the lesser"
	jq -e '.error > 0.001 and .error <= 0.05' <<<"$output" || wrong "the error"
	jq -e '.by_initiator | map(.initiators) == ["0", "1"]' <<<"$output" || wrong "by initiator"
}

@test "of a node without figures there is no weight" {
	copy full
	rm -r "$machine"/sys/devices/system/node/node2/access*
	show --json
	[ "$(jq -c '[.nodes[] | .weight]' <<<"$output")" = '[5,5,null,1]' ] || wrong "unknown"
	jq -e '.nodes[2].bandwidth == null' <<<"$output" || wrong "unknown"
	plan --set-weights=hmat
	refused 'set-weights=hmat: node 2 has no bandwidth in the firmware.s tables \(give its weight: NODE:WEIGHT,...\)'
	run --separate-stderr "$numaplace" --json --dry-run --best-effort --sysroot="$machine" --set-weights=hmat
	[ "$(jq -c '[.nodes[] | .after]' <<<"$output")" = '[5,5,2,1]' ] || wrong "best effort"
	rm -r "$machine"/sys/devices/system/node/node*/access*
	show
	[[ $output == *'no bandwidth is known (it would be in the HMAT of the firmware)' ]] || wrong "none"
	show --json
	jq -e '.error == null and .by_initiator == []' <<<"$output" || wrong "none"
	plan --set-weights=hmat
	refused 'set-weights=hmat: no bandwidth is known'
}

@test "one group of initiators is the whole" {
	copy full
	for node in "$machine"/sys/devices/system/node/node[0-3]; do
		rm -rf "$node/access0" "$node"/access1/initiators/node*
		mkdir "$node/access1/initiators/node0"
	done
	show
	[[ $output != *'some nodes only'* ]] || wrong "said twice"
	[[ $output == *$'\n    3       40960       1       2  0\n'* ]] || wrong "from 0"
}

@test "what would be set" {
	copy full
	plan --set-weights=0:3,2:1
	[ "$output" = "numaplace: --set-weights=0:3,2:1: turns the weights of the whole system from automatic to manual (--set-weights=auto goes back)
weights for interleaving, of the whole system: set by hand (now automatic)
 node     now    then
    0      13       3
    1      13      13
    2       2       1
    3       2       2
to go back to automatic ones: numaplace --set-weights=auto
calls:
  write(/$weights/node0, \"3\")
  write(/$weights/node2, \"1\")" ] || wrong "the plan"
	plan --set-weights=auto
	[[ $status = 0 && $output != *write* && $output != *manual* ]] || wrong "auto already"
	# By hand already.
	echo false >"$machine/$weights/auto"
	plan --set-weights=auto
	[[ $status = 0 && $output == *"write(/$weights/auto, \"true\")" && $output != *manual* ]] || wrong "auto"
	plan --set-weights=0:3,2:1
	[[ $status = 0 && $output != *'from automatic'* && $output == *'set by hand (now set by hand)'* ]] || wrong "by hand"
	# As Linux 6.18 was seen to call it.
	mv "$machine/$weights/auto" "$machine/$weights/__auto_type"
	plan --set-weights=auto
	[[ $status = 0 && $output == *"write(/$weights/__auto_type, \"true\")" ]] || wrong "the other name"
	run "$numaplace" --hardware --json --sysroot="$machine"
	jq -e '.settings.automatic_weights == false' <<<"$output" || wrong "the other name in --hardware"
	# Linux 6.9 to 6.15: what was is the way back.
	rm "$machine/$weights/__auto_type"
	plan --set-weights=0:3,2:1
	[[ $status = 0 && $output == *$'\nto go back: numaplace --set-weights=0:13,1:13,2:2,3:2\n'* ]] || wrong "the way back"
	plan --set-weights=auto
	refused 'set-weights=auto: automatic weights need Linux 6.16'
	rm -r "${machine:?}/$weights"
	plan --set-weights=0:1
	refused 'set-weights=0:1: this kernel has no weights'
}

@test "without bandwidths there is no way back to automatic ones" {
	copy full
	rm -r "$machine"/sys/devices/system/node/node*/access*
	plan --set-weights=0:3,2:1
	[ "$status" = 0 ]
	[[ ${lines[0]} == *'from automatic to manual until it is started anew (the firmware tells no bandwidths to go back to)' ]] ||
		wrong "what it means"
	[[ $output == *$'\nto go back: numaplace --set-weights=0:13,1:13,2:2,3:2\n'* ]] || wrong "the way back"
	plan --json --set-weights=auto
	[ "$(jq -c '[.automatic.after, .calls]' <<<"$output")" = '[true,[]]' ] || wrong "automatic already"
	echo false >"$machine/$weights/auto"
	plan --set-weights=auto
	refused 'set-weights=auto: the firmware tells no bandwidths to make automatic weights of'
}

@test "a malformed file is an error with its path" {
	copy full
	echo maybe >"$machine/$weights/auto"
	plan --set-weights=0:1
	refused "/$weights/auto: malformed"
	echo true >"$machine/$weights/auto"
	echo -1 >"$machine/$weights/node1"
	plan --set-weights=0:1
	refused "/$weights/node1: malformed"
}

@test "here: without root nothing is set" {
	compgen -G "/$weights/node*" >/dev/null || skip "no weights here"
	[ "$(id -u)" != 0 ] || command -v setpriv >/dev/null || skip "no setpriv here"
	as_nobody=()
	[ "$(id -u)" != 0 ] || as_nobody=(setpriv --reuid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)
	cp "$numaplace" "$BATS_TEST_TMPDIR/numaplace"
	chmod -R go+rX "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	before=$(cat /$weights/*)
	node=$(sed 's/[-,].*//' /sys/devices/system/node/has_memory)
	run "${as_nobody[@]}" "$BATS_TEST_TMPDIR/numaplace" --set-weights="$node:7"
	refused "set-weights=$node:7: (it needs root|/sys is mounted read-only)"
	[ "$(cat /$weights/*)" = "$before" ]
}
