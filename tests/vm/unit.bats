# --systemd: systemd starts a service with the drop-in, and its pages are counted.
load guest
bats_require_minimum_version 1.5.0

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	units=$BATS_TEST_TMPDIR/config/systemd/user
	mkdir -p "$units/probe.service.d" run /run/systemd/system
	# What stands there before is of another opinion.
	cat >"$units/probe.service" <<-END
		[Unit]
		DefaultDependencies=no
		SuccessAction=exit-force
		FailureAction=exit-force
		[Service]
		Type=oneshot
		ExecStart=/bin/pages 16
		StandardOutput=file:$BATS_TEST_TMPDIR/pages
		NUMAPolicy=preferred
		NUMAMask=0
		CPUAffinity=0
	END
}

# Starts the service with the drop-in for these options; output becomes that of pages.
start_with() # option...
{
	rm -f pages
	numaplace "$@" --systemd pages 16 >"$units/probe.service.d/numaplace.conf"
	XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config \
		timeout 300 systemd --user --unit=probe.service >log 2>&1 || true
	[ -s pages ] || { cat log; return 1; }
	run cat pages
}

@test "a service has its pages and CPUs where its drop-in says" {
	start_with --membind=1 --cpunodebind=1
	only_on 1
	ran_on 2-3
	had_policy bind:1
	start_with --interleave=0,2-3
	evenly_on 0 2 3
	ran_on 0
	start_with --preferred=3
	only_on 3
	start_with --localalloc --cpunodebind=1
	only_on 1
	ran_on 2-3
}

@test "likewise where numaplace starts the command" {
	start_with --preferred-many=2-3 --cpunodebind=1
	only_on 3
	ran_on 2-3
	start_with --membind=1,3 --static-nodes --physcpubind=2
	ran
	[ "$(on_node 0)" = 0 ] && [ "$(on_node 2)" = 0 ] || wrong "pages left the nodes"
	ran_on 2
	had_policy bind=static:1,3
}
