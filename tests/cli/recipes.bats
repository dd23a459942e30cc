# README.md, docs/recipes.md, docs/tour.md and the examples of the manual page: each command line in them
# is run, as a dry run on the machine that is named above it; those of guests by tests/vm/recipes.bats,
# and of the tour and the page, whose processes are nobody's, as far as to what they would look for.
load helper
load ../vm/recipes

setup()
{
	cd "$root"
	found=$BATS_TEST_TMPDIR/lines
	for file in README.md docs/recipes.md docs/tour.md; do
		recipe_lines $file | sed "s|^|$file:|"
	done >"$found"
	example_lines man/numaplace.1 | sed 's|^|man/numaplace.1:|' >>"$found"
}

# What numaplace is given in a command line: from its name to where the shell's other words begin.
part_of() # line
{
	# "-v /usr/local/bin/numaplace:/numaplace:ro" has no blank behind it, so that this is the program.
	local part=${1#*numaplace }

	part=${part%% | *}
	part=${part%% >*}
	part=${part%% # *}
	echo "${part%)}"
}

# With what makes it look at another machine and do nothing.
looked_at() # machine argument...
{
	local place=()

	[[ " ${*:2} " == *' --sysroot='* ]] || place=(--sysroot="$(sysroot "$1")")
	case " ${*:2} " in
	*' --hardware '* | *' --systemd '* | *' --dry-run '*) ;;
	# What is measured is drawn, and a plan is not.
	*' --measure '*' --svg '*) place+=(--dry-run) && set -- "${@/--svg/--quick}" ;;
	*) place+=(--dry-run) ;;
	esac
	"$numaplace" "${place[@]}" "${@:2}"
}

@test "each command line is somebody's, and says on which machine it is run" {
	run grep $'\tnobody' "$found"
	[ "$status" = 1 ] || wrong "lines that no test runs"
	while IFS=$'\t' read -r number machine _; do
		[[ $machine == @(guest|here) ]] || [ -n "$(sysroot "$machine")" ] ||
			wrong "$number: there is no machine $machine"
	done <"$found"
	# Of each kind there are some, or else nothing is tested by this.
	some() { [ "$(grep -c "^$1:.*"$'\t'"$2" "$found")" -ge $3 ] || wrong "$1: too few of $2"; }
	some '\(README\|docs/recipes\).md' ours 80
	some '\(README\|docs/recipes\).md' $'guest\tours' 30
	some README.md printed 10
	some docs/tour.md ours 25
	some docs/tour.md printed 60
	some man/numaplace.1 ours 40
	grep -q 'four .*recipes' tests/vm/run
	# None is hidden in another way of writing a block, or of indenting one.
	for file in README.md docs/recipes.md docs/tour.md; do
		[ "$(grep -cE '^ *(```|~~~)' $file)" = "$(grep -cE '^```' $file)" ]
		run grep -E '^(    |	)' <(sed '/^```/,/^```/d' $file)
		[ "$status" = 1 ] || wrong "$file has blocks of another kind"
	done
}

# What is printed below a command is what it prints here, but for what "..." leaves out.
printed() # text
{
	[ "$1" = ... ] || [ -z "$1" ] || sed 's/ *$//' <<<"$output" | grep -qxF -- "$1"
}

@test "each command line does what it is there for" {
	cd "$BATS_TEST_TMPDIR"
	ln -s "$root/tests" .
	ln -s "$machines/tiers" machine
	bad=0
	while IFS=$'\t' read -r number machine kind environment fails line; do
		[[ $machine != @(guest|here) ]] || continue
		if [ "$kind" = printed ] && ! printed "$line"; then
			echo "$number: not printed: $line; but: $output"
			((++bad))
		fi
		[ "$kind" = ours ] || continue
		[ "$environment" != - ] || environment=
		# Its words are those that a shell makes of it.
		eval "arguments=($(part_of "$line"))"
		# shellcheck disable=SC2086 # a list of variables
		run env $environment bash -c "$(declare -f sysroot looked_at)
			root=$root machines=$machines numaplace=$numaplace
			"'looked_at "$@"' - "$machine" "${arguments[@]}"
		want=0
		[ "$fails" = - ] || want=125
		if [ "$status" != $want ] || [ -z "$output" ]; then
			echo "$number: $line: status $status: $output"
			((++bad))
		fi
	done <"$found"
	[ $bad = 0 ]
}

# What runs there is not here; but no word of it is unknown, and none forbids another.
@test "each command line about what runs is understood" {
	bad=0 count=0
	while IFS=$'\t' read -r number machine kind _ _ line; do
		[[ $number == @(docs/tour.md|man/*):* && $machine == guest && $kind == ours ]] || continue
		eval "arguments=($(part_of "$line"))"
		run "$numaplace" --sysroot="$machines/stat" "${arguments[@]}"
		if [ "$status" != 0 ] && [[ ! $output =~ ^numaplace:\ --(sysroot|make-room)[=:] ]]; then
			echo "$number: $line: status $status: $output"
			((++bad))
		fi
		((++count))
	done <"$found"
	((count >= 25)) || wrong "only $count"
	[ $bad = 0 ]
}

@test "each command line that is for this machine does it" {
	cd "$BATS_TEST_TMPDIR"
	ln -s "$root/tests" .
	mkdir bin
	ln -s "$numaplace" bin/numaplace
	while IFS=$'\t' read -r number machine _ _ _ line; do
		[ "$machine" = here ] || continue
		PATH=$PWD/bin:$PATH run bash -c "$line"
		[ "$status" = 0 ] || wrong "$number: $line"
	done <"$found"
	# The last one shows this machine.
	[ "$output" = "$("$numaplace" --hardware --sysroot=machine)" ]
	[[ $output == 'available: '* ]]
}

# Images and what a pod is made of name others' programs only.
@test "a container that runs numaplace is given it" {
	grep -E '^[$#] (docker|podman) run' docs/recipes.md | grep 'numaplace -' >"$BATS_TEST_TMPDIR/runs"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/runs")" -ge 3 ]
	run grep -v -- ' -v /usr/local/bin/numaplace:/bin/numaplace:ro ' "$BATS_TEST_TMPDIR/runs"
	[ -z "$output" ] || wrong "not mounted"
	awk '/^```(yaml|dockerfile)$/ { on = 1; text = "" } /^```$/ && on { on = 0; print text } on { text = text " " $0 }' \
		docs/recipes.md >"$BATS_TEST_TMPDIR/blocks"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/blocks")" = 2 ]
	run grep -vE 'COPY numaplace /usr/local/bin/|mountPath: /usr/local/bin/numaplace.*hostPath: .*/bin/numaplace, type: File' \
		"$BATS_TEST_TMPDIR/blocks"
	[ -z "$output" ] || wrong "neither mounted nor copied"
	# What is lent has to be the static program: in an empty container it runs, as tests/cli/package.bats shows.
	grep -q 'make STATIC=1' docs/recipes.md
}

@test "what is JSON is JSON" {
	awk '/^```json$/ { on = 1; next } /^```/ { on = 0 } on' docs/recipes.md >"$BATS_TEST_TMPDIR/json"
	jq -e '.names | index("set_mempolicy")' "$BATS_TEST_TMPDIR/json"
}

@test "a line that nobody runs is found" {
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' 'Text' '```' '$ numaplace --show' '```' >bare.md
	run recipe_lines bare.md
	[[ $output == *"nobody's"* ]]
	# A comment is that of the block right below it.
	printf '%s\n' '<!-- run: four -->' 'Text' '```' '$ numaplace --show' '```' >far.md
	run recipe_lines far.md
	[[ $output == *"nobody's"* ]]
	# What stands in the text, is no block, and of which others are no command lines.
	printf '%s\n' 'Say `--dry-run` to `numaplace -m 0 x`; numaplace does `it`, `man numaplace`' \
		'then `x exec y -- numaplace --show`' >text.md
	run recipe_lines text.md
	[ "$output" = "1	tiers	ours	-	-	numaplace -m 0 x
2	guest	ours	-	-	x exec y -- numaplace --show" ] || wrong "another list"
	printf '%s\n' '<!-- run: four; not ours: ls -->' '```' '$ ls' '$ lsx' 'numaplace' '$ numaplace -m 0 x' \
		'```' '<!-- run: tiers; fails; output -->' '```' '# numaplace -m 9' 'no' '```' >some.md
	run recipe_lines some.md
	[ "$output" = "3	four	theirs	-	-	ls
4	four	nobody's	-	-	lsx
5	four	nobody's	-	-	numaplace
6	four	ours	-	-	numaplace -m 0 x
10	tiers	ours	-	fails	numaplace -m 9
11	tiers	printed	-	fails	no" ] || wrong "another list"
	# In another language, too, a line that names it is a command, or says whose it is.
	printf '%s\n' '<!-- run: four; not ours: COPY volumes: -->' '```x' 'COPY numaplace /bin/' 'RUN numaplace -s' \
		'volumes: [numaplace]' 'CMD ["numaplace", "-m", "0", "x"]' '```' >other.md
	run recipe_lines other.md
	[ "$output" = "3	four	theirs	-	-	COPY numaplace /bin/
4	four	nobody's	-	-	RUN numaplace -s
5	four	theirs	-	-	volumes: [numaplace]
6	four	ours	-	-	numaplace -m 0 x" ] || wrong "another list"
}
