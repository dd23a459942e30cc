# shellcheck shell=bash
# bats has bash tell it of each command before it runs, to know where a test failed. Each time that takes
# 0.3 ms, and some 5 under emulation, which is most of what many tests take. It is told when a command
# has failed instead. Where bats does this in another way, it does it in its own.

if declare -F bats_setup_tracing bats_debug_trap bats_check_status_from_trap >/dev/null; then
	eval "traced_$(declare -f bats_setup_tracing)"

	bats_setup_tracing()
	{
		traced_bats_setup_tracing
		trap - DEBUG
		# shellcheck disable=SC2034 # bats looks at them
		BATS_DEBUG_LAST_STACK_TRACE=() BATS_DEBUG_LASTLAST_STACK_TRACE=()
		trap 'bats_check_status_from_trap
			bats_debug_trap "$BASH_SOURCE"
			BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1' ERR
	}
fi
