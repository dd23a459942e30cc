# Bad command lines: one line on stderr that names option, operand, reason and what would work,
# status 125, nothing done. The table is refused.txt.
load helper
bats_require_minimum_version 1.5.0

@test "each line of the table" {
	count=0 bad=0
	while IFS= read -r line; do
		[[ $line != '#'* && $line ]] || continue
		machine=${line%% |*}
		line=${line#* | }
		want=${line#* | }
		read -ra options <<<"${line%% | *}"
		options=("${options[@]/#\{\}/}")
		options=("${options[@]//\~/ }")
		place=(--sysroot="$machines/$machine" --dry-run)
		[[ $machine != - ]] || place=()
		run "$numaplace" "${place[@]}" "${options[@]}"
		if ! refused '' || [[ $output != *"$want"* ]]; then
			echo "$machine ${options[*]}: want: $want, got: $output"
			((++bad))
		fi
		((++count))
	done <"$BATS_TEST_DIRNAME/refused.txt"
	[ $count -ge 150 ] || wrong "only $count"
	[ $bad = 0 ]
}

@test "what needs no machine" {
	run "$numaplace" -m 0
	refused 'no command given \(it stands behind the options\)'
	run "$numaplace" --
	[ "$status" = 0 ]
	run "$numaplace" --json true
	refused 'json: needs a report or --dry-run'
	run "$numaplace" --show true
	refused 'true: a report runs no command'
	run "$numaplace" --hardware true
	refused 'true: a report runs no command'
	run "$numaplace" --sysroot="$machines/four" true
	refused 'can be looked at with --hardware, --stat, --dry-run or --systemd only'
	run "$numaplace" --sysroot="$machines/four" --show
	refused 'can be looked at with --hardware, --stat, --dry-run or --systemd only'
	run "$numaplace" --sysroot=/nowhere --hardware
	refused 'sysroot=/nowhere: No such file or directory'
	run "$numaplace" --sysroot="$BATS_TEST_DIRNAME" --hardware
	refused 'there is no folder sys in it'
	run "$numaplace" --sysroot= --hardware
	refused 'sysroot=: No such file or directory'
}

@test "no operand forges a second line" {
	for operand in $'0\nnumaplace: all is well' $'\e[2J' $'0,\t1'; do
		run "$numaplace" --sysroot="$machines/four" --dry-run -m "$operand"
		refused ''
		[[ $output != *$'\e'* ]]
	done
	run -127 "$numaplace" $'no\nsuch'
	[ "$status" = 127 ]
	[ "${#lines[@]}" = 1 ]
	run "$numaplace" $'--no\nsuch'
	refused ''
	run "$numaplace" -$'\n'
	refused ''
}

@test "nothing is done: no command, no file" {
	for options in '-m 99' '-C 0-9999 -m 99' '-l -C 4095' '-N 99' '-i 3-1' '-m 0 -b -l'; do
		# shellcheck disable=SC2086 # options
		run "$numaplace" $options touch "$BATS_TEST_TMPDIR/started"
		refused ''
		[ ! -e "$BATS_TEST_TMPDIR/started" ]
	done
}
