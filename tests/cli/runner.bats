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
