# The command gets what it would have got without: the same process, arguments, environment,
# descriptors and signals; and its exit status says who failed.
load helper
bats_require_minimum_version 1.5.0

place=(-C 0)

@test "arguments arrive byte by byte" {
	arguments=('' ' ' 'a b' '--version' '-m' $'new\nline' $'\xff\x01' '*' '$HOME' '\' "'" '--')
	run "$numaplace" "${place[@]}" bash -c 'printf "%q\n" "$0" "$@"' name "${arguments[@]}"
	[ "$output" = "$(printf '%q\n' name "${arguments[@]}")" ] || wrong ""
}

@test "options of the command are its own" {
	run "$numaplace" "${place[@]}" echo -v --show -m 9
	[ "$output" = '-v --show -m 9' ]
	run "$numaplace" "${place[@]}" -- echo -C
	[ "$output" = -C ]
}

@test "the environment is untouched" {
	[ "$(env -i A=1 B= PATH="$PATH" "$numaplace" "${place[@]}" env)" = "$(env -i A=1 B= PATH="$PATH" env)" ]
	[ "$(env -i "$numaplace" "${place[@]}" /usr/bin/env)" = '' ]
}

@test "the same process" {
	run bash -c "echo \$\$; exec '$numaplace' ${place[*]} bash -c 'echo \$\$; echo \$PPID'"
	[ "${lines[0]}" = "${lines[1]}" ]
}

@test "a file that may not grow: an error to us, and to the command what it was" {
	for options in --hardware --help '--dry-run -l true' '--show --json'; do
		# shellcheck disable=SC2086 # options
		run bash -c 'ulimit -f 0; out=$1; shift; "$@" >$out' - "$BATS_TEST_TMPDIR/out" "$numaplace" $options
		refused 'stdout: File too large'
	done
	run "$numaplace" -l bash -c 'kill -XFSZ $$'
	[ "$status" = $((128 + $(kill -l XFSZ))) ] || wrong "its end"
	run bash -c "trap '' XFSZ; '$numaplace' -l bash -c 'kill -XFSZ \$\$; echo there'"
	[ "$output" = there ] || wrong "ignored"
}

@test "no descriptor is left open, none is closed" {
	descriptors() { "$@" bash -c 'cd /proc/$$/fd && echo *' 3<&- 7</dev/null; }
	[ "$(descriptors "$numaplace" "${place[@]}" -l)" = "$(descriptors env)" ]
	# Nor where the standard ones were closed.
	closed() { "$@" bash -c 'cd /proc/$$/fd && echo * >"$0"' "$BATS_TEST_TMPDIR/fds" <&- >&- 2>&- 3>&-; }
	closed "$numaplace" "${place[@]}"
	ours=$(<"$BATS_TEST_TMPDIR/fds")
	closed env
	[ "$ours" = "$(<"$BATS_TEST_TMPDIR/fds")" ] || wrong "$ours"
}

@test "signals are as they were" {
	signals() { (trap '' HUP USR1 PIPE; "$@" grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status); }
	[ "$(signals "$numaplace" "${place[@]}" -v 2>/dev/null)" = "$(signals env)" ]
	plain() { "$@" grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; }
	[ "$(plain "$numaplace" "${place[@]}")" = "$(plain env)" ]
}

@test "folder, umask and input are as they were" {
	cd /
	umask 027
	run "$numaplace" "${place[@]}" bash -c 'pwd; umask; cat' <<<input
	[ "$output" = $'/\n0027\ninput' ]
}

@test "the command's status is handed on" {
	for expected in 0 1 7 125 255; do
		run "$numaplace" "${place[@]}" sh -c "exit $expected"
		[ "$status" = $expected ]
	done
	run "$numaplace" "${place[@]}" sh -c 'kill -TERM $$'
	[ "$status" = 143 ]
}

@test "a command that is not there: 127" {
	for command in nosuchcommand /nosuch/command ./nosuch ''; do
		run -127 "$numaplace" "${place[@]}" "$command"
		[ "${#lines[@]}" = 1 ]
		[[ $output == "numaplace: $command: command not found" ]] || wrong ""
	done
}

@test "a command that cannot be run: 126, and why" {
	cd "$BATS_TEST_TMPDIR"
	echo true >plain
	run -126 "$numaplace" "${place[@]}" ./plain
	[[ $output == 'numaplace: ./plain: Permission denied' ]] || wrong ""
	run -126 "$numaplace" "${place[@]}" /
	[[ $output == 'numaplace: /: is a directory' ]] || wrong ""
	printf '#!/nosuch/interpreter -x\n' >script
	printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0\1\0\0\0' >foreign
	printf '\0\1\2' >junk
	chmod +x script foreign junk
	run -126 "$numaplace" "${place[@]}" ./script
	[[ $output == 'numaplace: ./script: its interpreter /nosuch/interpreter does not exist' ]] || wrong ""
	printf '#!%s/script\n' "$PWD" >outer
	chmod +x outer
	run -126 "$numaplace" "${place[@]}" ./outer
	[[ $output == "numaplace: ./outer: what its interpreter $PWD/script itself needs to run does not exist" ]] || wrong ""
	for file in foreign junk; do
		run -126 "$numaplace" "${place[@]}" ./$file
		[[ $output == "numaplace: ./$file: is not a program for this machine" ]] || wrong ""
	done
}

@test "a program whose loader is missing" {
	cd "$BATS_TEST_TMPDIR"
	echo 'int main(void) { return 0; }' | cc -x c -o program - -Wl,--dynamic-linker=/nosuch/ld.so
	run -126 "$numaplace" "${place[@]}" ./program
	[[ $output == *'./program: the loader that it names does not exist'* ]] || wrong ""
}

@test "a script without #! runs as from a shell" {
	cd "$BATS_TEST_TMPDIR"
	echo 'echo "$0 $1"' >script
	chmod +x script
	run "$numaplace" "${place[@]}" ./script word
	[ "$status" = 0 ]
	[ "$output" = './script word' ] || wrong ""
}

@test "a script whose name is an option of the shell" {
	cd "$BATS_TEST_TMPDIR"
	echo 'echo ran' >./-c
	chmod +x ./-c
	PATH= run "$numaplace" "${place[@]}" -- -c 'echo wrong'
	[ "$output" = ran ] || wrong ""
}

@test "PATH is searched as by execvp" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p a/tool b c
	printf '#!/bin/sh\necho from b\n' >b/tool
	printf '#!/bin/sh\necho from c\n' >c/tool
	chmod +x c/tool
	PATH=$PWD/nosuch:$PWD/a:$PWD/b:$PWD/c:$PATH run "$numaplace" "${place[@]}" tool
	[ "$output" = 'from c' ] || wrong ""
	PATH=$PWD/b:/nosuch run -126 "$numaplace" "${place[@]}" tool
	cd c
	PATH=/nosuch::/bin:/usr/bin run "$numaplace" "${place[@]}" tool
	[ "$output" = 'from c' ] || wrong ""
	run env -u PATH "$numaplace" "${place[@]}" true
	[ "$status" = 0 ]
}

@test "nothing is done before the command is known to be there" {
	command -v strace >/dev/null || skip "there is no strace here"
	strace -o "$BATS_TEST_TMPDIR/calls" "$numaplace" "${place[@]}" nosuchcommand || true
	! grep -q sched_setaffinity "$BATS_TEST_TMPDIR/calls" || wrong "it does"
}

@test "little memory and little stack" {
	run bash -c "ulimit -s 160; '$numaplace' -C 99999 true"
	refused 'is too large'
	run bash -c "ulimit -s 160; '$numaplace' -C 8191 true"
	refused 'CPU 8191 does not exist'
	run bash -c "ulimit -s 160; '$numaplace' ${place[*]} echo placed"
	[ "$output" = placed ]
	run bash -c "ulimit -v 32768; '$numaplace' --hardware"
	[ "$status" = 0 ]
}

@test "nothing asked, nothing called" {
	command -v strace >/dev/null || skip "there is no strace here"
	strace -o "$BATS_TEST_TMPDIR/calls" "$numaplace" true
	! grep -E 'sched_|mempolicy|mbind|/sys/|/proc/self/status' "$BATS_TEST_TMPDIR/calls" || wrong "it does"
}

@test "the calls, with all bits" {
	command -v strace >/dev/null || skip "there is no strace here"
	[ -d /sys/devices/system/node ] || skip "this kernel has no NUMA"
	strace -s 9 -e trace=set_mempolicy,sched_setaffinity -o "$BATS_TEST_TMPDIR/calls" \
		"$numaplace" -m +0 "${place[@]}" true
	# The kernel uses one bit less than it is told.
	grep -qE 'set_mempolicy\(MPOL_BIND, .*, 8193\) += 0' "$BATS_TEST_TMPDIR/calls"
	[ "$(grep -c sched_setaffinity "$BATS_TEST_TMPDIR/calls")" = 1 ]
}

@test "a dry run makes none of the calls" {
	command -v strace >/dev/null || skip "there is no strace here"
	strace -f -o "$BATS_TEST_TMPDIR/calls" "$numaplace" --dry-run -l "${place[@]}" \
		touch "$BATS_TEST_TMPDIR/started"
	! grep -E '(set_mempolicy|sched_setaffinity)\(' "$BATS_TEST_TMPDIR/calls" || wrong "it does"
	[ "$(grep -c 'execve(' "$BATS_TEST_TMPDIR/calls")" = 1 ]
	[ ! -e "$BATS_TEST_TMPDIR/started" ]
}

@test "verbose says what is done, on stderr" {
	run --separate-stderr "$numaplace" -v -C 0-8191 echo out
	[ "$output" = out ]
	[[ ${stderr_lines[0]} == 'numaplace: --physcpubind=0-8191: CPUs '*'; left out: '*' (does not exist)' ]]
	[[ ${stderr_lines[1]} == 'numaplace: sched_setaffinity(0, {'*'})' ]]
	[[ ${stderr_lines[2]} == 'numaplace: execve('*'/echo)' ]]
}

@test "a report that cannot be written is a failure" {
	[ -e /dev/full ] || skip "there is no /dev/full"
	for report in --show --hardware '--show --json' '--hardware --json' --dry-run --help --version \
		'--dry-run --json -C 0'; do
		# shellcheck disable=SC2086 # options
		run bash -c "'$numaplace' $report 2>&1 >/dev/full"
		[ "$status" = 125 ] || wrong "$report"
		[ "$output" = 'numaplace: stdout: No space left on device' ] || wrong "$report"
		run bash -c "'$numaplace' $report 2>&1 >&-"
		[ "$status" = 125 ] || wrong "$report, closed"
		[ "$output" = 'numaplace: stdout: Bad file descriptor' ] || wrong "$report, closed"
	done
}

@test "a reader that goes away ends the report by SIGPIPE" {
	run bash -c "trap - PIPE; '$numaplace' --hardware | true; echo \${PIPESTATUS[0]}"
	[[ $output == 0 || $output == 141 ]]
}

@test "a program that is setuid" {
	[ "$(id -u)" = 0 ] || skip "needs root to make it so"
	folder=$(mktemp -d /tmp/numaplace.XXXXXX)
	chmod 755 "$folder"
	cp "$numaplace" "$folder/numaplace"
	chmod 4755 "$folder/numaplace"
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$folder/numaplace" -C 0 id -u
	rm -r "$folder"
	refused 'it must not be setuid or setgid'
}

@test "file capabilities: nothing of them reaches the command" {
	[ "$(id -u)" = 0 ] || skip "needs root to set them"
	folder=$(mktemp -d /tmp/numaplace.XXXXXX)
	chmod 755 "$folder"
	cp "$numaplace" "$folder/numaplace"
	if ! setcap cap_sys_nice+ep "$folder/numaplace"; then
		rm -r "$folder"
		skip "no file capabilities here"
	fi
	run setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$folder/numaplace" -C 0 grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status
	[ "$status" = 0 ]
	[ "$(awk '{ print $2 }' <<<"$output" | sort -u)" = 0000000000000000 ] || wrong ""
	run setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$folder/numaplace" --hardware --sysroot="$machines/four"
	rm -r "$folder"
	refused 'not for a program with capabilities'
}

# A node that policies take here.
find_node()
{
	node=$("$numaplace" --dry-run --json --membind=all true | jq -r .policy.nodes | sed 's/[-,].*//') &&
		"$numaplace" --membind="$node" true || skip "memory policies are forbidden here"
}

@test "--show under a policy" {
	find_node
	run "$numaplace" --interleave="$node" "$numaplace" --show
	[ "$status" = 0 ] && [ "${lines[0]}" = 'policy: interleave' ] || wrong ""
	[ "${lines[1]}" = "preferred node: $node (interleave next)" ] || wrong ""
	[ "${lines[2]}" = "interleavemask: $node " ] && [ "${lines[3]}" = "interleavenode: $node" ] || wrong ""
	run "$numaplace" --preferred="$node" "$numaplace" --show
	[ "${lines[1]}" = "preferred node: $node" ] && [ "${lines[-1]}" = "preferred: $node " ] || wrong ""
	run "$numaplace" --membind="$node" --static-nodes "$numaplace" --show
	[[ $output == *"membind: $node "*$'\npolicy flags: static-nodes' ]] || wrong ""
	run "$numaplace" --membind="$node" --static-nodes "$numaplace" --show --json
	jq -e --arg node "$node" '.policy == { mode: "bind", nodes: $node, flags: ["static-nodes"], next: null,
		weights: null }' <<<"$output"
	"$numaplace" --weighted-interleave="$node" true 2>/dev/null || return 0
	run "$numaplace" --weighted-interleave="$node" "$numaplace" --show
	grep -qxE 'interleaveweights: [0-9]+ ' <<<"$output" || wrong ""
	run "$numaplace" --weighted-interleave="$node" "$numaplace" --show --json
	jq -e '.policy | .mode == "weighted-interleave" and (.weights | length == 1 and .[0] > 0)' <<<"$output"
}

@test "--show where the policy cannot be read: the rest of it, and 1" {
	command -v strace >/dev/null || skip "there is no strace here"
	find_node
	cd "$BATS_TEST_TMPDIR"
	strace -qq -o /dev/null -e inject=get_mempolicy:error=EPERM "$numaplace" --show >shown 2>said && status=0 || status=$?
	[ "$status" = 1 ] || wrong ""
	[ "$(wc -l <said)" = 1 ] && grep -q '^numaplace: get_mempolicy: Operation not permitted: ' said || wrong "$(<said)"
	[ "$(head -n 1 shown)" = 'policy: unknown' ] && grep -q '^physcpubind: [0-9]' shown || wrong "$(<shown)"
	strace -qq -o /dev/null -e inject=get_mempolicy:error=EPERM "$numaplace" --show --json >shown 2>said &&
		status=0 || status=$?
	[ "$status" = 1 ] && jq -e '.policy == null and .cpus != null' shown || wrong "$(<shown)"
}

@test "by the name numactl: its options, its statuses" {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	ln -sf "$numaplace" "$BATS_TEST_TMPDIR/bin/numactl"
	numactl=$BATS_TEST_TMPDIR/bin/numactl
	failed() { [ "$status" = 1 ] && [ "${#lines[@]}" = 1 ] && [[ ${lines[0]} == 'numactl: '* ]]; }
	for options in '' '-C 0' '-C 99999 true' '--dry-run true' '--json --show' '--verbose true' \
		'--cpu-compress' 'nosuchcommand' '-C 0 -a true' '-m 0 -i 0 true' '--shm=x -m 0' '-S x -l' '--touch'; do
		# shellcheck disable=SC2086 # options
		run "$numactl" $options
		failed || wrong "$options"
	done
	[ ! -e x ]
	# As the original's: its own options, and 1.
	run "$numactl" --help
	[ "$status" = 1 ] && [[ $output == 'Usage: numactl '*--touch*--hardware* && $output != *--inject* ]] || wrong ""
	run "$numactl" --phys=0 true
	[ "$status" = 0 ]
	run "$numactl" --version
	[ "$status" = 0 ]
	run "$numactl" -C 0 -C 0 true
	[ "$status" = 0 ]
	[ -d /sys/devices/system/node ] || skip "this kernel has no NUMA"
	run "$numactl" --hardware nosuchcommand
	[ "$status" = 0 ]
	[[ $output != *'memory in MB'* ]]
	run "$numactl" --hardware --cpu-compress
	[[ ${lines[1]} =~ ^node\ [0-9]+\ cpus:\ .*\([0-9]+\)$ ]] || wrong ""
	run "$numactl" -C 0 --show
	[[ $output == *$'\nphyscpubind: 0 \n'* ]]
}

@test "by another name: its help is about what it does by that name" {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	for name in numactl migratepages numastat; do
		ln -sf "$numaplace" "$BATS_TEST_TMPDIR/bin/$name"
		run "$BATS_TEST_TMPDIR/bin/$name" --help
		[ "$status" = 1 ] || wrong "$name"
		[[ $output != *numaplace* ]] || wrong "$name"
		# No text names an option that is not its own.
		while read -r option; do
			run "$BATS_TEST_TMPDIR/bin/$name" $option
			[[ $output != *'unknown option'* ]] || wrong "$name has no $option"
		done < <(grep -oE -- '(^|[^a-z])-(-[a-z][a-z-]+|[a-zA-Z]\b)' <<<"$output" | grep -oE -- '-.*' | sort -u)
	done
	numactl=$BATS_TEST_TMPDIR/bin/numactl
	run "$numactl" --help
	help=$output
	# Pages are left where they are, a policy that is verified brings all in, and there is no default report.
	want() { [[ $(grep -E -- "--$1( |=)" <<<"$help") =~ ' '$2$ ]] || wrong "--$1: not '$2'"; }
	want strict 'rather than leave them there'
	want verify 'brings all in'
	want dump 'that has one'
	want show 'of this process'
	want hardware 'distances'
	want all 'behind it mean the whole machine'
	run "$numactl"
	[ "$status" = 1 ] || wrong ""
	[ -d /sys/devices/system/node ] || skip "this kernel has no NUMA"
	file=/dev/shm/numaplace-help-$$
	"$numactl" --file=$file --length=64k
	run "$numactl" --file=$file --dump
	rm $file
	[ "$status" = 0 ] || wrong ""
	[ -z "$output" ] || wrong "a range without a policy"
}
