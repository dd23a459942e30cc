# What `make install` puts where, and what is gone after `make uninstall`.
load helper

files() { (cd "$1" && find . -type f -o -type l | sort); }

setup()
{
	cd "$root"
	into=(DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/opt/x)
}

@test "install puts the program, its manual page, its completions, the schemas and what gathers a machine" {
	make -s install "${into[@]}" >/dev/null
	[ "$(files "$BATS_TEST_TMPDIR")" = './opt/x/bin/numaplace
./opt/x/share/bash-completion/completions/numaplace
'"$(cd docs && ls *.schema.json | sed 's|^|./opt/x/share/doc/numaplace/|')"'
./opt/x/share/fish/vendor_completions.d/numaplace.fish
./opt/x/share/man/man1/numaplace.1
./opt/x/share/numaplace/gather
./opt/x/share/zsh/site-functions/_numaplace' ]
	[ "$(find "$BATS_TEST_TMPDIR" -name '*.schema.json' | wc -l)" -ge 5 ]
	run "$BATS_TEST_TMPDIR/opt/x/bin/numaplace" --version
	[ "$status" = 0 ]
	make -s uninstall "${into[@]}"
	[ -z "$(files "$BATS_TEST_TMPDIR")" ]
	[ ! -e "$BATS_TEST_TMPDIR/opt/x/share/doc/numaplace" ]
	[ ! -e "$BATS_TEST_TMPDIR/opt/x/share/numaplace" ]
	# Once more: what is not there is no failure.
	make -s uninstall "${into[@]}"
}

@test "install-compat adds the other names, uninstall takes them away" {
	make -s install-compat "${into[@]}" >/dev/null
	run "$BATS_TEST_TMPDIR/opt/x/bin/numactl" -C 0 true
	[ "$status" = 0 ]
	[ "$(cd "$BATS_TEST_TMPDIR/opt/x/bin" && echo *)" = 'migratepages numactl numaplace numastat' ]
	run "$BATS_TEST_TMPDIR/opt/x/bin/numastat" -V
	[ "$status" = 0 ]
	make -s uninstall "${into[@]}"
	[ -z "$(files "$BATS_TEST_TMPDIR")" ]
}

@test "a numactl that is not ours stays" {
	mkdir -p "$BATS_TEST_TMPDIR/opt/x/bin"
	echo theirs >"$BATS_TEST_TMPDIR/opt/x/bin/numactl"
	make -s install "${into[@]}" >/dev/null
	make -s uninstall "${into[@]}"
	[ "$(cat "$BATS_TEST_TMPDIR/opt/x/bin/numactl")" = theirs ]
}

@test "with other flags it is built anew, but for install" {
	folder=$BATS_TEST_TMPDIR/built
	# What compiles nothing, and takes no time for it.
	printf '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n: >"$2"\n' >"$BATS_TEST_TMPDIR/cc"
	chmod +x "$BATS_TEST_TMPDIR/cc"
	cp "$BATS_TEST_TMPDIR/cc" "$BATS_TEST_TMPDIR/other"
	made() { make BUILD="$folder" PROGRAM="$folder/numaplace" CC="$BATS_TEST_TMPDIR/cc" "$@"; }
	made >/dev/null
	for flags in CFLAGS=-O1 CPPFLAGS=-DX="'\"y z\"'" CC="$BATS_TEST_TMPDIR/other"; do
		run made "$flags"
		[[ $output == *'CC  numaplace.c'* && $output == *'LD  '* ]] || wrong "$flags"
		run made "$flags"
		[[ $output != *'  '* ]] || wrong "$flags, again"
		made >/dev/null
	done
	for flags in STATIC= LDFLAGS=-s; do
		run made "$flags"
		[[ $output != *'CC  '* && $output == *'LD  '* ]] || wrong "$flags"
		run made "$flags" install "${into[@]}"
		[[ $output != *'LD  '* ]] || wrong "$flags, install"
		run made install "${into[@]}"
		[[ $output != *'LD  '* ]] || wrong "install of $flags"
		made >/dev/null
	done
}

@test "a program that is hardened" {
	command -v readelf >/dev/null || skip "there is no readelf here"
	run readelf -Wlhd "$numaplace"
	[[ $output == *'DYN ('* ]] || wrong "not position-independent"
	[[ $output == *GNU_RELRO* ]] || wrong "no RELRO"
	[[ $output == *NOW* ]] || wrong "lazy binding"
	[[ $output != *'GNU_STACK'*'RWE'* ]] || wrong "executable stack"
}
