# Weights for interleaving: set, as the kernel has them, used by -w, and automatic again.
load guest

weights=/sys/kernel/mm/mempolicy/weighted_interleave

setup()
{
	automatic=
	for file in $weights/auto $weights/__auto_type; do
		[ ! -e $file ] || automatic=$file
	done
}

teardown() { [ -z "$automatic" ] || echo true >$automatic; }

needs_weights() { kernel_at_least 6 9 || skip "this kernel has no weights"; }

has_weights() # weight...
{
	[ "$(cat $weights/node{0..3} | tr '\n' ' ')" = "$* " ] || wrong "not $*: $(cat $weights/node{0..3})"
}

@test "those of the firmware, as the machine was made" {
	needs_weights
	run numaplace --hardware --weights
	[[ $output == *', automatic):'* ]] || wrong "automatic"
	[[ $output == *$'\n    2       40960       1 '*$'\nthe shares are within 0.0 % of the exact ones'* ]] || wrong "by HMAT"
	[[ $output == *$'\nfrom 1: 1:5,3:1 (within 0.0 %)'* ]] || wrong "by initiator"
	[[ $output == *$'\nnumaplace --set-weights=0:5,1:5,2:1,3:1 sets them' ]] || wrong "how to set them"
}

@test "set, seen by the kernel, used, and automatic again" {
	needs_weights
	[ "$(cat $automatic)" = true ]
	before=$(cat $weights/node{0..3})
	run numaplace --set-weights=0:3,2:1
	ran
	[[ ${lines[0]} == 'numaplace: --set-weights=0:3,2:1: turns the weights of the whole system from automatic to manual (--set-weights=auto goes back)' ]] ||
		wrong "what it means"
	[[ $output == *'of the whole system: set by hand (before automatic)'* ]] || wrong "the report"
	[ "$(cat $automatic)" = false ]
	[ "$(cat $weights/node0)$(cat $weights/node2)" = 31 ] || wrong "not seen by the kernel"
	# The others stay.
	[ "$(cat $weights/node1)" = "$(sed -n 2p <<<"$before")" ] || wrong "node 1"
	run numaplace --weighted-interleave=0,2 pages 64
	only_on 0 2
	sum=$(all_pages)
	(($(on_node 0) * 1000 > sum * 740 && $(on_node 0) * 1000 < sum * 760)) || wrong "not 3 to 1"
	(($(on_node 2) * 1000 > sum * 240 && $(on_node 2) * 1000 < sum * 260)) || wrong "not 3 to 1"
	run numaplace --json --set-weights=auto
	ran
	[ "$(jq -c '[.source, .automatic.before, .automatic.after, .nodes[0].before, .calls]' <<<"$output")" = \
		'["auto",false,true,3,null]' ] || wrong "the report"
	[ "$(jq -c '[.nodes[].after]' <<<"$output")" = "$(jq -cs . <<<"$before")" ] || wrong "not as before"
	[ "$(cat $automatic)" = true ]
	[ "$(cat $weights/node{0..3})" = "$before" ] || wrong "not as before"
}

@test "hmat: exactly 5 to 1" {
	needs_weights
	run numaplace --set-weights=hmat
	ran
	has_weights 5 5 1 1
	[[ $output == *'the shares are within 0.0 % of the exact ones'* ]] || wrong "the error"
	run numaplace -w 1,3 pages 48
	only_on 1 3
	sum=$(all_pages)
	(($(on_node 1) * 6000 > sum * 4950 && $(on_node 1) * 6000 < sum * 5050)) || wrong "not 5 to 1"
	# By hand already: nothing is turned.
	run numaplace --verbose --set-weights=1:255
	ran
	[[ $output != *'from automatic to manual'* ]] || wrong "turned"
	[[ ${lines[0]} == "numaplace: write($weights/node1, \"255\")" ]] || wrong "verbose"
	has_weights 5 255 1 1
}

@test "measured: the kernel has the weights that the report says, and uses them" {
	needs_weights
	run bash -c 'numaplace --set-weights=measured --json 2>/dev/null'
	ran
	[ "$(jq -c '[.source, .automatic.after, .error >= 0]' <<<"$output")" = '["measured",false,true]' ] || wrong "the report"
	jq -e '[.nodes[].after] | length == 4 and all(. >= 1 and . <= 255)' <<<"$output" || wrong "weights"
	[ "$(jq '.nodes[].after' <<<"$output")" = "$(cat $weights/node{0..3})" ] || wrong "not the kernel's"
	first=$(<$weights/node0) second=$(<$weights/node2)
	run numaplace -w 0,2 pages 64
	only_on 0 2
	share=$(($(all_pages) * first / (first + second)))
	(($(on_node 0) * 100 > share * 95 && $(on_node 0) * 100 < share * 105)) || wrong "not $first to $second"
}

@test "a dry run changes nothing" {
	needs_weights
	before=$(cat $weights/node{0..3} $automatic)
	for operand in 0:9,1:9 hmat; do
		run numaplace --dry-run --set-weights=$operand
		ran
		[[ $output == *"write($weights/"* ]] || wrong "the calls"
	done
	[ "$(cat $weights/node{0..3} $automatic)" = "$before" ] || wrong "changed"
}

@test "refused, and nothing changed: no root, a read-only /sys, a bad operand" {
	needs_weights
	before=$(cat $weights/node{0..3} $automatic)
	run setpriv --reuid=65534 --clear-groups --inh-caps=-all --bounding-set=-all numaplace --set-weights=0:3
	refused 'set-weights=0:3: it needs root'
	run unshare --mount bash -c 'mount -o remount,bind,ro /sys && exec numaplace --set-weights=0:3'
	refused 'set-weights=0:3: /sys is mounted read-only'
	run numaplace --set-weights=0:3,1:256
	refused "'1:256': weights are from 1 to 255"
	run numaplace --set-weights=0:3,4:1
	refused 'node 4 does not exist \(nodes with memory: 0-3\)'
	[ "$(cat $weights/node{0..3} $automatic)" = "$before" ] || wrong "changed"
}

@test "set, and nobody could read the report: done in part" {
	needs_weights
	run bash -c 'numaplace --set-weights=0:3 >/dev/full'
	[ "$status" = 1 ] || wrong "not in part"
	[ "$(cat $weights/node0)" = 3 ] || wrong "not set"
}

@test "a write that fails takes the others back" {
	needs_weights
	before=$(cat $weights/node{0..3} $automatic)
	run strace -o /dev/null -P $weights/node1 -e inject=write:error=EIO numaplace --set-weights=0:3,1:4
	refused 'set-weights=0:3,1:4: Input/output error'
	[ "$(cat $weights/node{0..3} $automatic)" = "$before" ] || wrong "changed"
	# What another has set meanwhile, or the kernel did not take, is said.
	run strace -o /dev/null -P $weights/node1 -e inject=write:retval=1 numaplace --set-weights=0:3,1:4
	[ "$status" = 1 ] || wrong "the exit status"
	[[ $output == *"the kernel has $(cat $weights/node1) for node 1, not 4"* ]] || wrong "not said"
}
