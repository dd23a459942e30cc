# What stands in the way of whoever finds a mistake: how it is linked, statically and dynamically, and
# what its sources do without. See docs/threats.md.
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
	# Guards on the stack, and checks of sizes where the compiler knows them.
	readelf -sW "$1" | grep -q ' __stack_chk_fail' || wrong "$1 has no stack protector"
	readelf -sW "$1" | grep -qE ' __(snprintf|vsnprintf|memcpy)_chk' || wrong "$1 is not fortified"
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
