# The documents say what is so: files, folders and links that they name are there.
load helper

setup() { cd "$root"; }

# What stands between backticks in the map, a word a line.
on_the_map()
{
	sed -n '/^## The map/,/^## The way/p' docs/architecture.md | grep -oE '`[a-z/*-]+`' | tr -d '`' | grep -v '^--'
}

@test "each source file has its place on the map of docs/architecture.md" {
	mapfile -t names < <(on_the_map)
	missing=0
	for file in *.c lib/*.c report/*.c; do
		found=no
		for name in "${names[@]}"; do
			# shellcheck disable=SC2053 # a pattern
			[[ ${file%.c} != $name ]] || found=yes
		done
		[ $found = yes ] || { echo "$file is not on the map"; ((++missing)); }
	done
	[ $missing = 0 ]
	# And what is on it is there.
	for name in "${names[@]}"; do
		compgen -G "$name.c" >/dev/null || wrong "the map has $name, which is no file"
	done
}

@test "links from one document to another lead somewhere" {
	bad=0
	while IFS=: read -r file link; do
		target=${link%%#*} anchor=${link#"$target"}
		case $link in http*) continue ;; esac
		path=$(dirname "$file")/$target
		[ -n "$target" ] || path=$file
		[ -e "$path" ] || { echo "$file: $link"; ((++bad)); continue; }
		[ -z "$anchor" ] || sed -nE 's/^#+ //p' "$path" | tr '[:upper:]' '[:lower:]' | tr -d '.,:`()' |
			tr ' ' '-' | grep -qxF -- "${anchor#\#}" || { echo "$file: $link"; ((++bad)); }
	done < <(grep -oE '\]\([^)]+\)' README.md docs/*.md /dev/null | sed 's/\](//; s/)$//')
	[ $bad = 0 ]
}

# A row of a table is one line, however long.
@test "no line of a document is longer than 120 columns" {
	run awk 'length > 120 && !/^\|/ { print FILENAME ":" FNR }' README.md docs/*.md
	[ -z "$output" ] || wrong "too long"
}

@test "files that a document names are there" {
	bad=0
	while IFS=: read -r file path; do
		[[ $path != *[A-Z][A-Z]* || $path == docs/* ]] || continue
		compgen -G "$path" >/dev/null || compgen -G "$path.c" >/dev/null || { echo "$file: $path"; ((++bad)); }
	done < <(grep -oE '`[^`]*`' README.md docs/*.md | grep -oE '^[^:]*:|(^|[` ])(tests|bench|docs|lib|report|man|completions|\.ci)/[A-Za-z0-9_*./{},-]*[A-Za-z0-9*]' |
		awk '/:$/ { file = $0; next } { gsub(/[` ]/, ""); print file $0 }')
	[ $bad = 0 ]
}

# tests/faults --all writes it.
@test "docs/faults.md has a row for each mode, and nothing in it went wrong" {
	bad=0
	while read -r name; do
		grep -qF "| $name |" docs/faults.md || { echo "no row: $name"; ((++bad)); }
	done < <(grep -ohE "\bmode '[^']+'" tests/faults tests/vm/faults.bats tests/vm/offline.bats | cut -d"'" -f2)
	[ $bad = 0 ]
	run awk -F '|' '/^\| all / { all++ } /^\| .* [0-9]+ \|$/ && $(NF - 1) + 0 { print } END { exit all != 2 }' docs/faults.md
	[ "$status" = 0 ] && [ -z "$output" ] || wrong "these went wrong"
}
