# What is built, and what packages are made of it.
load helper

setup()
{
	cd "$root"
	folder=$BATS_TEST_TMPDIR
}

needs() # program
{
	command -v "$1" >/dev/null || skip "there is no $1 here (./setup --tests)"
}

# It tells what it says only when it fails.
quietly()
{
	"$@" >"$folder/log" 2>&1 || { tail -n 30 "$folder/log" && false; }
}

@test "the same program, wherever it is built" {
	quietly make
	quietly make dist
	tar -xf build/numaplace-*.tar.gz -C "$folder"
	quietly make -j2 -C "$folder"/numaplace-*/
	cmp numaplace "$folder"/numaplace-*/numaplace
	! grep -qF "$folder" "$folder"/numaplace-*/numaplace || wrong "it does"
}

# Nothing else is there: no libraries, no /proc, no /sys.
@test "the static program in an empty container" {
	! readelf -Wl numaplace | grep -q INTERP || skip "this toolchain cannot link statically"
	inside=(unshare --map-root-user chroot)
	[ "$(id -u)" != 0 ] || inside=(chroot)
	"${inside[@]}" / true || skip "no right to chroot here"
	cp numaplace "$folder/"
	run "${inside[@]}" "$folder" /numaplace --version
	[ "$status" = 0 ] && [[ $output == 'numaplace '[0-9]* ]] || wrong ""
	run "${inside[@]}" "$folder" /numaplace --localalloc --physcpubind=0 /numaplace --show
	[ "$status" = 0 ] && [[ $output == *'policy: local'*'physcpubind: 0 '* ]] || wrong ""
	run "${inside[@]}" "$folder" /numaplace --hardware
	[ "$status" = 0 ] && [[ $output == *'no NUMA support'* ]] || wrong ""
}

# With the kernel's headers, and those of libcap and libnuma, which stand on no libc's own.
@test "no warning with musl's headers" {
	needs musl-gcc
	mkdir -p "$folder/include/sys"
	ln -s /usr/include/linux /usr/include/asm-generic /usr/include/numaif.h "$folder/include/"
	asm=/usr/include/$(gcc -print-multiarch)/asm
	[ -d "$asm" ] || asm=/usr/include/asm
	ln -s "$asm" "$folder/include/"
	ln -s /usr/include/sys/capability.h "$folder/include/sys/"
	quietly make -j2 objects CC=musl-gcc WERROR=-Werror CFLAGS=-O0 BUILD="$folder/build" \
		CPPFLAGS="-isystem $folder/include"
	# They were musl's.
	run musl-gcc -isystem "$folder/include" -dM -E -x c - <<<'#include <stdio.h>'
	[[ $output == *_STDIO_H* && $output != *__GLIBC__* ]] || wrong "whose headers?"
}

@test "a package for Debian" {
	for program in dpkg-buildpackage dh lintian; do needs $program; done
	quietly make deb
	# The same to the last byte, made anew elsewhere, by somebody with another clock and other habits.
	mkdir "$folder/elsewhere"
	(umask 027 && tar -xf build/numaplace-*.tar.gz -C "$folder/elsewhere")
	quietly env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -C "$folder"/elsewhere/numaplace-*/ TZ=Pacific/Auckland \
		DEB_BUILD_OPTIONS=nocheck bash -c 'umask 027 && dpkg-buildpackage -b -us -uc'
	for package in build/deb/*.deb; do
		cmp "$package" "$folder/elsewhere/${package##*/}" || wrong "another package"
	done
	[ "$(stat -c %Y build/deb/numaplace_*.deb)" != "$(stat -c %Y "$folder"/elsewhere/numaplace_*.deb)" ]
	run lintian --fail-on error,warning,info build/deb/numaplace_*.changes
	[ "$status" = 0 ] && [[ $output != *numaplace:* ]] || wrong "lintian"
	dpkg-deb -x build/deb/numaplace_*.deb "$folder"
	run "$folder/usr/bin/numaplace" --version
	[ "$status" = 0 ]
	[ -s "$folder/usr/share/zsh/vendor-completions/_numaplace" ]
	[ -s "$folder/usr/share/doc/numaplace/plan.schema.json" ]
	[ -x "$folder/usr/share/numaplace/gather" ]
	readelf -Wl "$folder/usr/bin/numaplace" | grep -q INTERP
	# Stripped. 200 KiB are the aim, which it is beyond; it does not grow unnoticed.
	[ "$(stat -c %s "$folder/usr/bin/numaplace")" -lt $((350 * 1024)) ] || wrong "$(ls -l "$folder/usr/bin")"
}

@test "a package for rpm" {
	needs rpmbuild
	flags=()
	rpm -q rpm >/dev/null 2>&1 || flags=(RPMFLAGS=--nodeps)
	quietly make rpm "${flags[@]}"
	run rpm -qlp build/rpm/RPMS/*/numaplace-[0-9]*.rpm
	for file in bin/numaplace share/man/man1/numaplace.1 share/bash-completion/completions/numaplace \
		share/zsh/site-functions/_numaplace share/fish/vendor_completions.d/numaplace.fish share/numaplace/gather; do
		[[ $output == *"/usr/$file"* ]] || wrong "no $file"
	done
	! command -v rpmlint >/dev/null || {
		run rpmlint packaging/numaplace.spec
		[[ $output == *' 0 errors, '* ]] || wrong "rpmlint"
	}
}
