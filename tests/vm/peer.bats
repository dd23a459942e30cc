# The same good command lines under Debian's numactl and under numaplace by that name. What results
# is read by one observer; what --show prints is compared line by line. Each difference that is
# wanted is named here, and in docs/differences.md.
load guest

theirs() { numactl "$@"; }
ours() { /compat/numactl "$@"; }

lines=(
	'--interleave=all' '-i 0' '-i 0-1' '-i 0,2,3' '-i 1-3' '--interleave all' '-i !0' '-i !1-2' '-i +1-2'
	'--membind=0' '-m 1' '-m 0-3' '-m 2,3' '-m all' '-m !3' '-m +0' '--mem 1' '--inter 0-1'
	'--preferred=0' '-p 3' '--preferred 2' '-p +1'
	'--preferred-many=0' '-P 0-1' '-P 2,3'
	'--localalloc' '-l'
	'--cpunodebind=0' '-N 1' '-N 0-1' '-N 0,1' '--cpubind=1' '-c 0'
	'--physcpubind=0' '-C 1-3' '-C 0,3' '-C +1' '-C !0' '-C all' '-C +0-1,3'
	'-N 1 -m same' '-m 1 -N same' '-N 0 -m 1' '-N 1 -i all' '-C 2 -p 3' '-C 1-2 -l' '-a -C 0-3'
	'-a -N 0,1 -m 0,1' '-b -m 0-1' '--balancing --membind=2' '-m 0 -C 3'
)

@test "the resulting policy and affinity are the same" {
	[ ${#lines[@]} -ge 40 ]
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2086 # options
		a=$(theirs $line pages 1 2>&1) b=$(ours $line pages 1 2>&1)
		# Where interleaving begins differs from run to run: shares are not compared here.
		a=${a/nodes*cpus/cpus} b=${b/nodes*cpus/cpus}
		[ "$a" = "$b" ] || { printf '%s\n' "$line" "theirs: $a" "ours: $b"; false; }
		[[ $a == *policy* ]] || { printf '%s\n' "$line: $a"; false; }
	done
}

# Wanted: "preferred:" names nodes of preferring policies only; the first of several preferred nodes
# is one of them; a policy with a flag is named, and so are the nodes it binds to; a local one says
# whose node it prefers.
expected() # text of theirs
{
	local policy many

	policy=$(sed -n 's/^policy: //p' <<<"$1")
	many=$(sed -n 's/^preferred: \([0-9]*\).*/\1/p' <<<"$1")
	sed -e "s/^\(preferred node:\) 0 (preferred-many)/\1 $many (preferred-many)/" -e '/^libnuma/d' -e '/Success/d' -e "s/^policy: \[8194\]/policy: bind/" <<<"$1" |
		if [[ $policy == local || $policy == '[8194]' ]]; then
			sed 's/^preferred node: physcpubind/physcpubind/; /^preferred node:/d'
		else
			cat
		fi |
		if [[ $policy == preferred* ]]; then cat; else sed 's/^preferred: .*/preferred: /'; fi |
		sed 's/ *$//'
}

@test "--show prints the same lines" {
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2086 # options
		a=$(theirs $line --show 2>&1) b=$(ours $line --show 2>&1)
		want=$(expected "$a")
		got=$(sed 's/ *$//' <<<"$b")
		if [[ $a != *"preferred node: "[c0-9]* ]]; then
			# Theirs lacks the line.
			got=$(grep -v '^preferred node:' <<<"$got")
		fi
		if [[ $a == *'[8194]'* ]]; then
			# Theirs does not know the mode, and so shows all nodes.
			[ "$(grep '^membind:' <<<"$want")" = 'membind: 0 1 2 3' ]
			want=$(grep -v '^membind:' <<<"$want") got=$(grep -v '^membind:' <<<"$got")
		fi
		# The node that comes next depends on what was allocated before.
		want=$(sed -E 's/^(preferred node:) [0-9]+ \(inter/\1 N (inter/; s/^(interleavenode:).*/\1/' <<<"$want")
		got=$(sed -E 's/^(preferred node:) [0-9]+ \(inter/\1 N (inter/; s/^(interleavenode:).*/\1/' <<<"$got")
		[ "$want" = "$got" ] || { echo "$line"; diff <(echo "$want") <(echo "$got"); false; }
	done
}

@test "--hardware prints the same lines, but for what is free" {
	want=$(theirs --hardware | sed 's/free: .*/free/')
	got=$(ours --hardware | sed 's/free: .*/free/')
	[ "$want" = "$got" ] || { diff <(echo "$want") <(echo "$got"); false; }
}

@test "scripts find what they look for in --hardware, by either name" {
	for tool in ours numaplace; do
		run $tool --hardware
		ran
		[[ ${lines[0]} == 'available: 4 nodes (0-3)' ]] || [[ $output == 'available: 4 nodes'* ]]
		[ "$(grep -c cpus <<<"$output")" = 4 ] || wrong "lines with cpus"
		[ "$(grep '^node' <<<"$output" | tail -n 1 | tr -s ' ')" = 'node 0 1 2 3 ' ] || wrong "header"
		[[ "$(awk '/^node 1 free:/ { print $4 }' <<<"$output")" =~ ^[0-9]+$ ]] || wrong "free"
	done
}

@test "wanted: -N with -C is what is in both" {
	run ours -N 1 -C 1-2 pages 2
	ran_on 2
	run ours -C 0 -N 1 true
	[ "$status" = 1 ]
}

@test "wanted: what numactl runs unplaced is refused" {
	for line in '-i !0-3' '-m 3-1' '-C 1-0' '-m 0x1' '-m 00' '-i 0,+1' '-C -0' '-b -i 0' '-b'; do
		# shellcheck disable=SC2086 # options
		run ours $line touch /tmp/started
		[ "$status" = 1 ] || wrong "$line"
		[ "${#lines[@]}" = 1 ] || wrong "$line: not one line"
	done
	run ours -i '' touch /tmp/started
	[ "$status" = 1 ]
	run ours -m ' 0' touch /tmp/started
	[ "$status" = 1 ]
	[ ! -e /tmp/started ]
}

@test "wanted: ! stays within an inherited affinity, -N may leave it" {
	run taskset -c 2-3 /compat/numactl -C '!2' pages 2
	ran_on 3
	run taskset -c 0 /compat/numactl -N 0 pages 2
	ran_on 0-1
	run taskset -c 0 numactl -N 0 pages 2
	ran_on 0-1
}
