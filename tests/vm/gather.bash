# shellcheck shell=bash disable=SC2154 # numaplace is set by who loads it
# What a gathered machine is measured by, in the guests and outside.

# --hardware --json, with "number" for each that another process can change meanwhile.
steady() # options...
{
	"$numaplace" --hardware --json "$@" | jq '
		walk(if type == "object" then with_entries(
			if (.key | IN("free", "used", "reclaimable", "file", "file_cache"))
				and (.value | type == "number")
			then .value = "number" else . end) else . end)'
}

# What a command gathers into a folder shows this machine. Its host may plug memory in meanwhile, or take
# it away: then it is gathered anew.
shows_here() # folder command...
{
	local before try

	for try in 1 2 3 4 5; do
		rm -rf "$1"
		before=$(steady)
		run "${@:2}"
		[ "$status" = 0 ] || wrong "not gathered" || return
		[ -z "$output" ] || wrong "not quiet" || return
		[ "$(steady)" != "$before" ] || break
		echo "# the machine changed, $try"
	done
	diff <(echo "$before") <(steady --sysroot="$1")
}

gather_archive() # archive of the folder "here"
{
	rm -f "$1"
	gather "$1" && tar xf "$1"
}

# What it opens or looks at successfully below /sys and /proc, or the same below the --sysroot.
# The last capability, which libcap asks for, and the program itself are no machine's.
reads() # root options...
{
	strace -f -y -o "$BATS_TEST_TMPDIR/calls" -e trace=%file --seccomp-bpf "$numaplace" "${@:2}" >/dev/null ||
		return
	awk -v root="$1" '
		!/^[0-9]+ +(open|openat|openat2|readlink|readlinkat|access|faccessat|faccessat2)\(/ &&
			!/^[0-9]+ +(stat|lstat|statx|newfstatat)\(/ { next }
		/ = -1 E/ || !match($0, /"[^"]*"/) { next }
		{
			path = substr($0, RSTART + 1, RLENGTH - 2)
			before = substr($0, 1, RSTART - 1)
			if (path !~ /^\// && match(before, /<.*>/))
				path = substr(before, RSTART + 1, RLENGTH - 2) "/" path
			if (index(path, root "/") == 1)
				path = substr(path, length(root) + 1)
			else if (root != "")
				next
		}
		path ~ "^/(sys|proc)/" && path !~ "/(cap_last_cap|self/exe)$" { print path }
	' "$BATS_TEST_TMPDIR/calls" | sort -u
}

# Of paths those that a gathered folder lacks.
missing() # folder
{
	local path

	while read -r path; do
		[ -e "$1$path" ] || [ -L "$1$path" ] || echo "$path"
	done
}
