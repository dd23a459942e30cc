# The runner of the tests: what must not pass for a pass.

setup()
{
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	suite=$BATS_TEST_TMPDIR/suite
}

write()
{
	printf '#!/bin/sh\n%s\n' "$1" >"$suite"
	chmod +x "$suite"
}

last() { [ "${lines[-1]}" = "$1" ] || { echo "$output"; false; }; }

@test "tests that pass are counted" {
	write 'echo 1..2; echo ok 1; echo ok 2'
	run "$root/tests/run" "$suite"
	[ "$status" = 0 ]
	last '2 passed, 0 failed, 0 skipped'
}

@test "a failure fails" {
	write 'echo 1..2; echo ok 1; echo not ok 2 - why; exit 1'
	run "$root/tests/run" "$suite"
	[ "$status" != 0 ]
	last '1 passed, 1 failed, 0 skipped'
}

@test "a suite without tests fails" {
	write 'exit 0'
	run "$root/tests/run" "$suite"
	[ "$status" != 0 ]
	last '0 passed, 1 failed, 0 skipped'
}

@test "a suite that ends early fails" {
	write 'echo 1..3; echo ok 1'
	run "$root/tests/run" "$suite"
	[ "$status" != 0 ]
	last '1 passed, 1 failed, 0 skipped'
}

@test "a suite whose status is bad fails" {
	write 'echo 1..1; echo ok 1; exit 3'
	run "$root/tests/run" "$suite"
	[ "$status" != 0 ]
	last '1 passed, 1 failed, 0 skipped'
}

@test "a skip passes by default and fails with MUST_WORK" {
	write 'echo 1..2; echo ok 1; echo "ok 2 # SKIP no QEMU"'
	run env -u MUST_WORK "$root/tests/run" "$suite"
	[ "$status" = 0 ]
	last '1 passed, 0 failed, 1 skipped'
	MUST_WORK=1 run "$root/tests/run" "$suite"
	[ "$status" != 0 ]
	last '1 passed, 0 failed, 1 skipped'
}

@test "what cmocka prints for a skip is a skip" {
	write 'echo 1..2; echo "not ok 1 # SKIP of_a_test"; echo "ok 2 - other"'
	run env -u MUST_WORK "$root/tests/run" "$suite"
	[ "$status" = 0 ]
	last '1 passed, 0 failed, 1 skipped'
}

@test "several suites are added up, each reported once, whichever ends first" {
	write 'echo 1..1; echo ok 1; sleep 0.3'
	printf '#!/bin/sh\necho 1..2; echo ok 1; echo not ok 2 - why\n' >"$suite.other"
	chmod +x "$suite.other"
	run "$root/tests/run" "$suite" "$suite.other" "$suite"
	[ "$status" = 1 ]
	[ "$(grep -c ' 1 passed   0 failed' <<<"$output")" = 2 ]
	[ "$(grep -c ' 1 passed   1 failed' <<<"$output")" = 1 ]
	last '3 passed, 1 failed, 0 skipped'
}

@test "a suite whose runner was killed is a failure" {
	write 'echo 1..1; echo ok 1; kill -KILL $PPID'
	run "$root/tests/run" "$suite"
	[ "$status" = 1 ]
	last '0 passed, 1 failed, 0 skipped'
}

# The guests' runner with a boot that is told how each guest's first and second try end.
guests() # first second
{
	local here=$BATS_TEST_TMPDIR/vm

	mkdir -p "$here/kernels/old" "$here/kernels/new"
	cp "$root/tests/vm/run" "$here/"
	echo kernel | tee "$here/kernels/new/vmlinuz" >"$here/kernels/old/vmlinuz"
	printf '#!/bin/sh\necho 1..1; echo ok 1 - made\n' >"$here/arm64"
	cp "$here/arm64" "$here/initramfs"
	cp "$here/arm64" "$here/qemu-system-x86_64"
	cat >"$here/boot" <<-EOF
		#!/bin/bash
		[ "\$1" != --prepare ] || exit 0
		how=$1
		if ! mkdir "$here/tried-\$(md5sum <<<"\$*" | cut -c1-8)" 2>/dev/null; then how=$2; fi
		case \$how in
		good) echo 1..2; echo 'ok 1 [new] a "b"'; echo 'ok 2 [new] c' ;;
		bad) if [ -z "\$VM_ONLY" ]; then echo 1..2; echo 'not ok 1 [new] a "b"'; echo '# why'; echo 'ok 2 [new] c'
			else echo 1..1; echo 'not ok 1 [new] a "b"'; echo '# why'; fi; exit 1 ;;
		none) echo 1..2; echo 'ok 1 [new] a "b"'; exit 2 ;;
		esac
		[ -z "\$VM_ONLY" ] || [[ 'a \"b\"' =~ \$VM_ONLY && ! 'c' =~ \$VM_ONLY ]] || exit 9
	EOF
	chmod +x "$here"/*
	export NUMAPLACE_CACHE=$here
	PATH=$here:$PATH run "$root/tests/run" "$here/run"
}

@test "a guest that passes is booted once" {
	guests good none
	[ "$status" = 0 ]
	[[ $output != *again* ]] || { echo "$output"; false; }
}

@test "what failed in a guest is tried once more, and that is said" {
	guests bad good
	grep -qx '# tried again, and passed: \[new\] a "b"' <<<"$output"
	grep -qx '# tried again: why' <<<"$output"
	[ "$status" = 0 ]
	[[ $output != *"not ok"* ]] || { echo "$output"; false; }
}

@test "what fails in two guests fails" {
	guests bad bad
	[ "$status" = 1 ]
	grep -qx 'not ok 1 \[new\] a "b"' <<<"$output"
	[[ $output != *again* ]] || { echo "$output"; false; }
}

@test "a guest without a result is booted once more" {
	guests none good
	[ "$status" = 0 ]
	grep -q '^# tried again, after no result: new four ' <<<"$output"
}

@test "two guests without a result fail" {
	guests none none
	[ "$status" = 1 ]
	grep -q 'not ok 1 - \[new four\] has no result' <<<"$output"
}
