# --systemd: what it prints, and what systemd makes of it. A manager for this user alone starts the
# services, with a /run of its own: it asks whether systemd has booted the machine, and nothing else
# may believe that.
load helper
bats_require_minimum_version 1.5.0

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	units=$BATS_TEST_TMPDIR/config/systemd/user
	mkdir -p "$units/probe.service.d"
	drop_in=$units/probe.service.d/numaplace.conf
	# What stands there before is of another opinion.
	cat >"$units/probe.service" <<-END
		[Unit]
		SuccessAction=exit-force
		FailureAction=exit-force
		[Service]
		Type=oneshot
		ExecStart="$BATS_TEST_TMPDIR/probe"
		NUMAPolicy=preferred
		NUMAMask=0
		CPUAffinity=0
	END
	cat >probe <<-'END'
		#!/bin/bash
		cd "${0%/*}" || exit
		grep -o '^Cpus_allowed_list.*' /proc/self/status >cpus
		awk 'NR == 1 { print $2 }' /proc/self/numa_maps >policy
		[ $# = 0 ] || printf '[%s]\n' "$@" >arguments
	END
	chmod +x probe
}

manager=
for path in /usr/lib/systemd/systemd /lib/systemd/systemd; do
	[ ! -x $path ] || manager=$path
done

# Starts the service and waits for its end.
start()
{
	[ -n "$manager" ] || skip "there is no systemd"
	# shellcheck disable=SC2016 # expanded in there
	unshare -m bash -c '
		mount -t tmpfs none /run && mkdir -p /run/systemd/system /run/user && cd / &&
		XDG_RUNTIME_DIR=/run/user XDG_CONFIG_HOME=$1 HOME=$1 timeout 60 \
			"$2" --user --unit=probe.service' - "$BATS_TEST_TMPDIR/config" "$manager" >log 2>&1 ||
		true
	[ -s cpus ] || { cat log; return 1; }
}

@test "what systemd has words for is said in them" {
	while read -r options policy mask; do
		# shellcheck disable=SC2086 # options
		run "$numaplace" --sysroot="$(sysroot four)" --systemd $options
		[ "$status" = 0 ]
		[ "$output" = "# For /etc/systemd/system/NAME.service.d/numaplace.conf
[Service]
NUMAPolicy=$policy
NUMAMask=${mask:+
NUMAMask=$mask}" ] || wrong "$options"
	done <<-END
		--membind=0-1,3 bind 0-1,3
		--interleave=all interleave 0-3
		--preferred=2 preferred 2
		--localalloc local
	END
	run "$numaplace" --sysroot="$(sysroot four)" --systemd --cpunodebind=1
	[ "$output" = "# For /etc/systemd/system/NAME.service.d/numaplace.conf
[Service]
CPUAffinity=
CPUAffinity=2-3,6-7" ]
}

@test "what systemd has no words for is left to numaplace" {
	program=$(realpath "$numaplace")
	while IFS='|' read -r options start; do
		# shellcheck disable=SC2086 # options
		run "$numaplace" --sysroot="$(sysroot four)" --systemd $options -C 1 server --port 1
		[ "$status" = 0 ]
		[ "$output" = "# For /etc/systemd/system/NAME.service.d/numaplace.conf
[Service]
CPUAffinity=
CPUAffinity=1
ExecStart=
ExecStart=$program $start -- server --port 1" ] || wrong "$options"
	done <<-END
		-w all|--weighted-interleave=0-3
		-P 1,3 -a|--all --preferred-many=1,3
		-m 2 -b|--membind=2 --balancing
		-i 0-1 --static-nodes|--interleave=0-1 --static-nodes
		-p 1 --relative-nodes|--preferred=1 --relative-nodes
		-m 0,2 --need=900t|--membind=0,2 --need=900t
	END
	run "$numaplace" --sysroot="$(sysroot four)" --systemd --best-effort -l -C 1 server
	[ "${lines[3]}" = "ExecStart=$program --best-effort --localalloc --physcpubind=1 -- server" ]
	[[ $output != *CPUAffinity* ]]
	# That is for when it starts, here too.
	node=$("$numaplace" --show --json | jq -r .allowed_nodes | sed 's/[-,].*//')
	run "$numaplace" --systemd -m "$node" --make-room=900t --need=1k /bin/true
	[ "${lines[3]}" = "ExecStart=$program --membind=$node --need=1k --make-room=900t -- /bin/true" ] || wrong ""
}

@test "a name of its own that systemd does not take" {
	for name in 'a$b' 'a"b' "a'b" 'a\b'; do
		mkdir "$BATS_TEST_TMPDIR/$name"
		cp "$numaplace" "$BATS_TEST_TMPDIR/$name/"
		run "$BATS_TEST_TMPDIR/$name/numaplace" --sysroot="$(sysroot four)" --systemd -m 1 --need=1k /bin/true
		refused '--systemd: systemd takes no quotes'
		[[ $output == *"(it is $BATS_TEST_TMPDIR/$name/numaplace)" ]] || wrong "its name"
		run "$BATS_TEST_TMPDIR/$name/numaplace" --sysroot="$(sysroot four)" --systemd -m 1 /bin/true
		[ "$status" = 0 ] || wrong "it is not named"
	done
}

@test "what names mean is written down" {
	run "$numaplace" --sysroot="$(sysroot tiers)" --systemd --membind=cpuless
	[ "${lines[1]}" = "# --membind=cpuless: cpuless is nodes 2-3" ]
	[ "${lines[4]}" = "NUMAMask=" ]
	[ "${lines[5]}" = "NUMAMask=2-3" ]
}

@test "systemd-analyze finds nothing wrong with it, and would" {
	for options in '-m 0-1' '-i all -N 1' '-p 2 -C 0' '-l' '-w 0-2 probe' '-P all -b --best-effort probe x'; do
		# shellcheck disable=SC2086 # options
		"$numaplace" --sysroot="$(sysroot four)" --systemd ${options/probe/$PWD/probe} >"$drop_in"
		run systemd-analyze verify "$units/probe.service"
		[ "$status" = 0 ] && [ -z "$output" ] || wrong "$options"
	done
	sed -i 's/^NUMAPolicy=.*/NUMAPolicy=weighted/' "$units/probe.service"
	run systemd-analyze verify "$units/probe.service"
	[[ $output == *weighted* ]]
}

@test "a service has the placement, whatever its unit said before" {
	[ -d /sys/devices/system/node ] || skip "this kernel has no NUMA"
	cpu=$(taskset -pc $$ | grep -oE '[0-9]+$')
	"$numaplace" --interleave=0 --physcpubind="$cpu" --systemd >"$drop_in"
	start
	[ "$(cat policy)" = interleave:0 ]
	[ "$(cat cpus)" = $'Cpus_allowed_list:\t'"$cpu" ]
}

@test "a command that numaplace starts for systemd gets its arguments unchanged" {
	[ -d /sys/devices/system/node ] || skip "this kernel has no NUMA"
	# shellcheck disable=SC2016 # not to be expanded
	arguments=('a b' '$HOME' '${HOME}' '%n %%' ';' '' "it's" '"q"' 'back\slash\n' $'new\nline'
		$'tab\t' 'ünï' $'\xff\xfe' '@x' '-y' '\;' '#c' '|' '$' '--')
	"$numaplace" --best-effort --localalloc --systemd ./probe "${arguments[@]}" >"$drop_in"
	start
	[ "$(cat policy)" = local ]
	diff <(printf '[%s]\n' "${arguments[@]}") arguments
}
