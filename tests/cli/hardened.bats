# What stands in the way of whoever finds a mistake: how it is linked, statically and dynamically, how its
# objects are compiled, and what its sources do without. See docs/threats.md.
load helper

hardened() # program
{
	local headers dynamic

	headers=$(readelf -hlW "$1")
	dynamic=$(readelf -dW "$1")
	# At a random address, and nothing that can be written to runs.
	grep -qE '^ *Type: +DYN ' <<<"$headers" || wrong "$1 is no position-independent program"
	grep -q 'Flags:.* PIE' <<<"$dynamic" || wrong "$1 is no PIE"
	grep -qE '^ *GNU_STACK .* RW +0x' <<<"$headers" || wrong "$1 has an executable stack"
	! grep -qE '^ *LOAD .* RWE ' <<<"$headers" || wrong "$1 has a part that can be written and run"
	! grep -q TEXTREL <<<"$dynamic" || wrong "$1 has relocations in its code"
	# Full RELRO: what the loader has filled in is read-only before main.
	grep -q GNU_RELRO <<<"$headers" || wrong "$1 has no RELRO"
	grep -qE 'BIND_NOW|Flags:.* NOW' <<<"$dynamic" || wrong "$1 binds later"
	# Libraries from their places only.
	! grep -qE 'RPATH|RUNPATH' <<<"$dynamic" || wrong "$1 brings its own path"
}

setup()
{
	command -v readelf >/dev/null || skip "there is no readelf here"
	[ "$numaplace" = "$root/numaplace" ] || skip "that is another build"
}

@test "the program as it was built" {
	hardened "$numaplace"
}

@test "the program linked dynamically" {
	program=$BATS_TEST_TMPDIR/numaplace
	make -s -C "$root" Q=@ STATIC= PROGRAM="$program"
	readelf -lW "$program" | grep -q INTERP
	hardened "$program"
}

# A line for each object: whether it calls the stack's guard, a function that prints and is not checked, one
# that is; the largest frame of a function, in bytes; and how often a page of one is touched (gcc's
# orq $0x0,(%rsp), clang's movq).
facts() # object...
{
	{ nm -uA "$@" && objdump -d "$@"; } | awk '
		# object:   U name
		/: +U / { object = substr($1, 1, length($1) - 1); seen[object] }
		/: +U __stack_chk_fail$/ { guard[object] = 1 }
		/: +U v?f?printf$/ { plain[object] = 1 }
		/: +U __v?(f|sn)?printf_chk$/ { checked[object] = 1 }
		/: +file format / { object = substr($1, 1, length($1) - 1); seen[object] }
		/\tsub +\$0x[0-9a-f]+,%rsp/ {
			match($0, /\$0x[0-9a-f]+,%rsp/)
			digits = substr($0, RSTART + 3, RLENGTH - 8)
			# What is subtracted as a negative number is given back.
			for (size = 0; digits != "" && length(digits) < 9; digits = substr(digits, 2))
				size = size * 16 + index("0123456789abcdef", substr(digits, 1, 1)) - 1
			if (digits == "" && size > frame[object])
				frame[object] = size
		}
		/\t(orq? +\$0x0,(0x[0-9a-f]+)?|movq? +\$0x0,)\(%rsp\)/ { touched[object]++ }
		END {
			for (object in seen)
				print object, guard[object] + 0, plain[object] + 0, checked[object] + 0, frame[object] + 0,
					touched[object] + 0
		}'
}

# Of what is in the static program the C library has its share: its own objects say what they do. A frame of
# some size holds an array, or something whose address is taken; one that is larger than a page is touched
# page by page; what prints is always replaced where sizes are checked.
guarded() # object...
{
	facts "$@" | awk '
		$3 { print $1 " is not fortified"; bad = 1 }
		!$2 && $5 >= 64 { print $1 ": a frame of " $5 " bytes, and no stack protector"; bad = 1 }
		!$6 && $5 >= 4096 { print $1 ": a frame of " $5 " bytes, and no stack clash protection"; bad = 1 }
		{ guards += $2; checks += $4; pages += $5 >= 4096 }
		END { if (!bad) print NR, guards + 0, checks + 0, pages + 0; exit bad }'
}

@test "each object: stack protector, stack clash protection, sizes that are checked" {
	[ "$(uname -m)" = x86_64 ] || skip "this reads x86"
	cd "$root"
	make -s Q=@
	mapfile -t objects < <(printf 'build/%s\n' ./*.c lib/*.c report/*.c | sed 's|/\./|/|; s/c$/o/')
	run guarded "${objects[@]}"
	[ "$status" = 0 ] || wrong ""
	read -r count guards checks pages <<<"$output"
	((count == ${#objects[@]} && guards > 80 && checks > 40 && pages > 20)) || wrong "the search finds too few"
	# Without one of them this is seen.
	while read -r missing others; do
		make -s Q=@ BUILD="$BATS_TEST_TMPDIR/$missing" HARDENING="$others -fPIE" "$BATS_TEST_TMPDIR/$missing/lib/cgroupfs.o" \
			"$BATS_TEST_TMPDIR/$missing/report/show.o"
		run guarded "$BATS_TEST_TMPDIR/$missing"/*/*.o
		[ "$status" = 1 ] || wrong "no $missing, and it is not seen"
		[[ $output == *"no ${missing//-/ }"* || $output == *"not $missing"* ]] || wrong "no $missing"
	done <<-END
		stack-protector -fno-stack-protector -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
		stack-clash-protection -fstack-protector-strong -fno-stack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
		fortified -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE
	END
}

# Statements, without the texts in them, each on a line.
statements()
{
	(cd "$root" && cat ./*.c lib/*.c report/*.c) | sed 's/"[^"]*"/""/g; s|^ *[/ ]\*.*||' | tr '\n\t' '  ' |
		tr ';{}' '\n\n\n'
}

@test "each descriptor closes at execve" {
	opened=$(statements | grep -cE '\b(open|openat|socket|memfd_create|pipe2|syscall\(SYS_pidfd_open)\(')
	((opened >= 10)) || wrong "the search finds $opened"
	run bash -c "$(declare -f statements); root='$root'; statements |
		grep -E '\b(open|openat|socket|memfd_create|pipe2|fcntl\([^,]*, F_DUPFD)\(' | grep -v CLOEXEC"
	[ -z "$output" ] || wrong "without O_CLOEXEC"
	run bash -c "$(declare -f statements); root='$root'; statements |
		grep -E '\b(fopen|opendir|creat|dup|dup2|pipe|mkstemp|tmpfile|accept|epoll_create|shm_open)\('"
	[ -z "$output" ] || wrong "these leave a descriptor open"
}

@test "nothing that writes without a limit, runs a shell, or takes its format from a variable" {
	run bash -c "$(declare -f statements); root='$root'; statements |
		grep -E '\b(strcpy|strcat|sprintf|vsprintf|gets|alloca|system|popen|execvp|execlp|dlopen|setlocale|putenv|setenv)\('"
	[ -z "$output" ] || wrong "these are in the sources"
	# -Wformat=2 has -Wformat-nonliteral with it; tests/lint makes it an error with both compilers.
	make -s -n -B -C "$root" V=1 | grep -- ' -c ' | grep -vq -- '-Wformat=2' && wrong "compiled without -Wformat=2"
	! grep -rn 'pragma.*format\|-Wno-format' "$root"/*.c "$root"/lib "$root"/report "$root"/Makefile || wrong "it does"
}

@test "the environment variables that it reads are those of docs/threats.md" {
	read_ones=$( (cd "$root" && cat ./*.c lib/*.c report/*.c) | grep -oE 'getenv\("[A-Z_]+"\)|read_number\("[A-Z_]+"|\{ "[A-Z0-9_]+", "[A-Z_]+", read_' |
		grep -oE '"[A-Z0-9_]+"' | tr -d '"' | sort -u)
	(($(wc -l <<<"$read_ones") > 15)) || wrong "the search finds too few: $read_ones"
	named=$(grep -oE '`[A-Z][A-Z0-9_]+`' "$root/docs/threats.md" | tr -d '`' | sort -u)
	[ -z "$(comm -23 <(echo "$read_ones") <(echo "$named"))" ] || wrong "not named: $(comm -23 <(echo "$read_ones") <(echo "$named"))"
}
