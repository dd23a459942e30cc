# bench/run: what it makes of the lines of benchmarks, and that what is kept in docs/ is that. Nothing
# is timed.
load helper

setup()
{
	mkdir -p "$BATS_TEST_TMPDIR/here/docs" "$BATS_TEST_TMPDIR/here/bench"
	cd "$BATS_TEST_TMPDIR/here"
	cp "$root"/bench/{run,*.jq,*.awk} bench/
	cp "$root"/docs/{benchmarks.json,performance.md} docs/
}

# A benchmark that prints these lines, blanks for tabs, underscores for blanks.
benchmark() # name line...
{
	printf '#!/bin/sh\ntr " _" "\\t " <<"END"\n' >"bench/$1"
	printf '%s\n' "${@:2}" END >>"bench/$1"
	chmod +x "bench/$1"
}

kept() { run jq -c "$1" docs/benchmarks.json; }

# The text of performance.md that is no table.
prose() { awk '/^```/ { inside = !inside } !inside' "$root/docs/performance.md"; }

@test "what is kept has all that is promised of it" {
	run jq -e '
		def is_summary: keys == ["high", "low", "median"] and all(.[]; type == "number" and . > 0)
			and .low <= .median and .median <= .high;
		def is_text: type == "string" and length > 0;
		def is_result: (.what, .peer | is_text) and if .missing then .missing | is_text else
			(.unit | IN("us", "ms", "ns", "MiB/s")) and .rounds > 0 and
			all(.ours, .theirs, .ratio; is_summary) end;
		keys == ["benchmarks"] and
		(.benchmarks | map(.name) == ["launch", "hardware", "stat", "view", "measure", "migrate", "stall"]) and
		all(.benchmarks[]; (.date | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")) and
			(.kernel | test("^[0-9]+[.][0-9]+")) and (.about, .cpu | is_text) and .cpus > 0 and .load >= 0 and
			(.nice | . >= -20 and . <= 19) and
			(.guest | . == null or is_text) and
			(.peers | length > 0 and all(.[]; (.name | is_text) and has("version"))) and
			(.results | length > 0 and all(.[]; is_result)))' docs/benchmarks.json
	[ "$status" = 0 ] || wrong "not as bench/run writes it"
	# The picture has room for so much.
	kept '[.benchmarks[] | select(.about | length > 62) | .name]'
	[ "$output" = '[]' ] || wrong "too long"
	kept '[.benchmarks[] | select(.guest) | .name]'
	[ "$output" = '["migrate","stall"]' ] || wrong "which are of a guest?"
}

@test "the picture and the tables are those of the JSON" {
	# Without the tables, so that they cannot be the old ones.
	awk '/^```/ { inside = !inside } !inside || /^```/' "$root/docs/performance.md" >docs/performance.md
	! cmp -s "$root/docs/performance.md" docs/performance.md || wrong "it does"
	bench/run --render
	cmp "$root/docs/benchmarks.svg" docs/benchmarks.svg
	cmp "$root/docs/performance.md" docs/performance.md
	for name in $(jq -r '.benchmarks[].name' docs/benchmarks.json); do
		grep -qx "<!-- bench/run: $name -->" docs/performance.md || wrong "there is no table of $name"
	done
}

@test "the picture is well-formed, and has each ratio" {
	xmllint --noout "$root/docs/benchmarks.svg"
	jq -r '.benchmarks[].results[] | select(.missing | not) | [.what, .ratio.median] | @tsv' docs/benchmarks.json |
		awk 'BEGIN { FS = "\t" } { printf "%s\t%.2f\n", $1, $2 }' |
		while IFS=$'\t' read -r what ratio; do
			grep -qF ">$what<" "$root/docs/benchmarks.svg" || wrong "$what is not in it" || exit 1
			grep -q ">$ratio<" "$root/docs/benchmarks.svg" || wrong "$what: $ratio" || exit 1
		done
}

@test "performance.md has no figures but those of its tables, and its claims hold" {
	run grep -nE '[0-9][.][0-9]|[0-9]+ ?%|[0-9]+ times' <(prose | grep -v '^<!-- holds: ')
	[ "$status" = 1 ] || wrong "figures by hand"
	claims=0
	while read -r claim; do
		run jq -e 'def ratios($name; $what; $peer): [.benchmarks[] | select(.name == $name) | .results[] |
				select((.missing | not) and (.what | test($what)) and (.peer | test($peer))) | .ratio.median] |
				if length == 0 then error("no such row") else . end;
			'"$claim" docs/benchmarks.json
		[ "$status" = 0 ] || wrong "does not hold: $claim" || return
		claims=$((claims + 1))
	done < <(prose | sed -n 's/^<!-- holds: \(.*\) -->$/\1/p')
	[ $claims = "$(prose | grep -c holds:)" ] && ((claims > 0))
}

@test "medians, quartiles and ratios" {
	benchmark launch 'about to_start' 'peer other 1.0' 'kernel 9.9' 'sample b other us 10 20' \
		'sample a other us 1 1' 'sample b other us 30 20' 'sample b other us 40 20' 'sample b other us 20 20' \
		'sample b other us 50 20' 'sample b other us -1 20' 'sample a more MiB/s 100 200'
	bench/run launch
	kept '.benchmarks[0] | [.name, .about, .kernel, .guest, .peers, (.results | map([.what, .peer, .rounds]))]'
	[ "$output" = '["launch","to start","9.9",null,[{"name":"other","version":"1.0"}],[["b","other",5],["a","other",1],["a","more",1]]]' ] ||
		wrong "what was found"
	# Of 10, 20, 30, 40, 50.
	kept '.benchmarks[0].results[0] | [.ours, .theirs.median, .ratio]'
	[ "$output" = '[{"median":30,"low":20,"high":40},20,{"median":1.5,"low":1,"high":2}]' ] || wrong "times"
	# A rate is better when it is higher.
	kept '.benchmarks[0].results[2].ratio.median'
	[ "$output" = 2 ] || wrong "rates"
	grep -qE '^b +other +30\.0 +20\.0  us +1\.50  1\.00-2\.00 +5$' docs/performance.md || wrong "its table"
}

@test "those that are not run stay, those that are take their place" {
	benchmark view 'about new' 'peer other 1.0' 'sample a other ms 1 2'
	bench/run view
	for name in launch hardware stat measure migrate stall; do
		cmp <(jq ".benchmarks[] | select(.name == \"$name\")" "$root/docs/benchmarks.json") \
			<(jq ".benchmarks[] | select(.name == \"$name\")" docs/benchmarks.json)
	done
	kept '.benchmarks | map(.name)'
	[ "$output" = '["launch","hardware","stat","view","measure","migrate","stall"]' ] || wrong "which are there"
	kept '.benchmarks[3] | [.about, (.results | length)]'
	[ "$output" = '["new",1]' ] || wrong "the new one"
	# The first run of all.
	rm docs/benchmarks.json
	bench/run view
	kept '.benchmarks | map(.name)'
	[ "$output" = '["view"]' ] || wrong "the first one"
}

@test "what is missing, or fails, has its line" {
	benchmark view 'about looks' 'missing --pid numastat numastat_is_not_installed' 'sample a cat ms 1 2'
	printf '#!/bin/sh\necho "it is broken" >&2\nexit 3\n' >bench/stat
	chmod +x bench/stat
	run bench/run view stat
	[ "$status" = 1 ] || wrong "a failure is not said"
	[[ ${lines[-1]} == 'bench/run: failed: stat' ]] || wrong "which failed"
	grep -qE '^--pid +numastat +not measured: numastat is not installed$' docs/performance.md || wrong "missing"
	grep -qE '^all +all +not measured: bench/stat failed: it is broken$' docs/performance.md || wrong "failed"
	grep -q '>not measured: numastat is not installed<' docs/benchmarks.svg || wrong "not in the picture"
	xmllint --noout docs/benchmarks.svg
}

@test "--print keeps nothing; --no-guests; names that are none" {
	for name in launch hardware stat view measure; do
		benchmark $name "about $name" 'peer other 1.0' 'sample a other ms 1 2'
	done
	run bench/run --print --no-guests
	[ "$status" = 0 ] || wrong "--print"
	[ "$(grep -c ': \(launch\|hardware\|stat\|view\|measure\)$' <<<"$output")" = 10 ] || wrong "which were run"
	cmp "$root/docs/benchmarks.json" docs/benchmarks.json
	cmp "$root/docs/performance.md" docs/performance.md
	run bench/run nothing
	[ "$status" = 1 ] && [[ $output == 'bench/run: nothing: there is no such benchmark (there are '* ]] || wrong "a name"
	run bench/run --nothing
	[ "$status" = 1 ] && [[ $output == 'bench/run: --nothing: unknown (there are '* ]] || wrong "an option"
}

@test "each benchmark is known to bench/run, and hands over to it" {
	for file in "$root"/bench/*; do
		name=${file##*/}
		[ -x "$file" ] && [ "$name" != run ] || continue
		grep -qE "^(host|guests)=.*\b$name\b" "$root/bench/run" || wrong "$name is not run" || return
		grep -qx '\. bench/lines\.bash' "$file" || wrong "$name" || return
	done
}
