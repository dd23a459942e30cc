# Shared memory and files on this machine: what is done, shown and left behind; every call failing.
load helper
bats_require_minimum_version 1.5.0

setup()
{
	[ -d /sys/devices/system/node ] || skip "this kernel has no NUMA"
	[ -w /dev/shm ] && [ "$(stat -f -c %T /dev/shm)" = tmpfs ] || skip "/dev/shm is no tmpfs here"
	cd "$BATS_TEST_TMPDIR" || return
	file=$(mktemp -u /dev/shm/numaplace.XXXXXX)
	mkdir bin
	ln -s "$numaplace" bin/numactl
	ln -s "$numaplace" bin/numaplace
}

teardown()
{
	rm -f "$file"
	[ ! -e key ] || for id in 0 128 200 255; do ipcrm -M "$(key_of $id)" 2>/dev/null || true; done
}

key_of() # id
{
	printf '0x%02x%02x%04x' "$1" $(($(stat -c %d key) & 255)) $(($(stat -c %i key) & 65535))
}

segments() { wc -l </proc/sysvipc/shm; }

@test "a wrong command line leaves nothing behind" {
	before=$(segments)
	for options in '-m 99' '-m 0 -i 0' '-m 0 --offset=1' '-m 0 --shmid=256' '-m 0 -N 0' '-m 0 true' \
		'-m 0 --home-node=99' '-m 0 --nosuch' '--verify --touch' '-m 0 --length=4096x'; do
		for target in --shm=key "--file=$file"; do
			# shellcheck disable=SC2086 # options
			run "$numaplace" "$target" --length=64k --touch --dump $options
			refused ''
			[ ! -e key ] && [ ! -e "$file" ] || wrong "$target $options left something"
		done
	done
	[ "$(segments)" = "$before" ]
}

@test "a dry run creates nothing, and prints the calls" {
	run "$numaplace" --shm=key --length=64k -M 640 --huge -m 0 --touch --home-node=0 --dry-run --json
	[ "$status" = 0 ]
	[ "$(jq -c .calls <<<"$output")" = '["open(key, O_CREAT | O_EXCL, 0640)","shmget(key, 65536, IPC_CREAT | IPC_EXCL | SHM_HUGETLB | 0640)","mbind(0, 2097152, MPOL_BIND, {0})","set_mempolicy_home_node(0, 2097152, 0)","madvise(0, 2097152, MADV_POPULATE_WRITE)"]' ] ||
		grep -q '^Hugepagesize: *2048 kB' /proc/meminfo || skip "huge pages are of another size"
	[ "$(jq -r .segment <<<"$output")" = key ]
	[ ! -e key ]
	run "$numaplace" --file="$file" --length=64k -i 0 --dry-run
	[ "${lines[0]}" = 'policy:   interleave, nodes 0' ]
	[ "${lines[1]}" = "segment:  $file" ]
	[ "${lines[3]}" = "  open($file, O_RDWR | O_CREAT | O_EXCL, 0600)" ]
	[ "${lines[4]}" = "  ftruncate($file, 65536)" ]
	[ "${lines[5]}" = '  mbind(0, 65536, MPOL_INTERLEAVE, {0})' ]
	[ ! -e "$file" ]
}

@test "created, found again, shown" {
	for id in 0 128 255; do
		run "$numaplace" --shm=key -I $id --length=64k -m 0 --touch
		[ "$status" = 0 ] && [[ $output == *'segment '*' created (64 K)'* ]] || wrong ""
		[[ $id != 0 || $output == *'key: key file created'* ]] || wrong ""
		run "$numaplace" --shm=key -I $id --json -D -d
		[ "$(jq -c '[.shm, .size, .offset, .length, .present, .policies, .ranges, .nodes]' <<<"$output")" = \
			'["key",65536,0,65536,65536,[{"offset":0,"length":65536,"mode":"bind","nodes":"0","flags":[]}],[{"offset":0,"length":65536,"node":0}],[{"id":0,"bytes":65536}]]' ] || wrong ""
	done
	[ "$(stat -c %a key)" = 600 ]
	run "$numaplace" --shm=key --length=128k -m 0
	refused 'key: it ends at 65536, and 131072 bytes from 0 on are asked for'
	run "$numaplace" --shm=key --offset=64k -m 0
	refused 'it ends at 65536, before --offset=65536'
}

@test "a file: created, grown, touched, in part" {
	run "$numaplace" --file="$file" --length=64k -i 0 -M 640
	[ "$output" = "numaplace: $file: created (64 K)" ] || wrong ""
	[ "$(stat -c '%a %s %b' "$file")" = '640 65536 0' ]
	run "$numaplace" --file="$file" --offset=64k --length=64k -m 0 --touch --verify
	[ "$output" = "numaplace: $file: 128 K, was 64 K" ] || wrong ""
	[ "$(stat -c '%s %b' "$file")" = '131072 128' ]
	run "$numaplace" --file="$file" -d -D
	[ "$output" = "      offset       length  policy
           0          64k  interleave, nodes 0
         64k          64k  bind, nodes 0

      offset       length  node
         64k          64k  0

$file: 64 K of 128 K in memory

 node    bytes
    0     64 K
total     64 K" ] || wrong ""
	run "$numaplace" --file="$file" -l --verify
	[ "$status" = 0 ] && [ -z "$output" ] || wrong ""
	run "$numaplace" --file="$file" -d
	[ "$output" = '      offset       length  policy
           0         128k  local' ] || wrong ""
	# Set on a part, with a flag; by its other name in that tool's words.
	run "$numaplace" --file="$file" -m 0 --static-nodes -L 4k -d
	[ "${lines[1]}" = '           0           4k  bind, nodes 0, static-nodes' ] || wrong ""
	[ "${#lines[@]}" = 2 ] || wrong ""
	run bin/numactl --file "$file" --dump
	[ "${lines[0]}" = '0000000000000000-0000000000001000: bind : 0 ' ] || wrong ""
	[ "${lines[1]}" = '0000000000001000-0000000000020000: local : ' ] || wrong ""
}

@test "verify without a placement: against the policies that it has" {
	truncate -s 64k "$file"
	run "$numaplace" --file="$file" --verify
	refused 'has no policy that --verify could compare with'
	run "$numaplace" --file="$file" --verify --json
	refused 'has no policy'
	run "$numaplace" --file="$file" --verify --touch
	refused 'has no policy'
	[ "$(stat -c %b "$file")" = 0 ] || wrong "pages were brought in"
	run "$numaplace" --file="$file" --verify --touch --length=1m
	refused 'has no policy'
	[ "$(stat -c %s "$file")" = 65536 ] || wrong "it grew"
	"$numaplace" --file="$file" -m 0 --offset=16k --length=16k
	run "$numaplace" --file="$file" --verify --touch
	[ "$status" = 0 ] && [ -z "$output" ] || wrong ""
	[ "$("$numaplace" --file="$file" --verify --json | jq -c '[.checked, .different]')" = '[16,0]' ]
	rm "$file"
	run "$numaplace" --file="$file" --verify
	refused 'is not there'
	run "$numaplace" --file="$file" --verify --touch --length=64k
	refused 'has no policy'
	[ ! -e "$file" ] || wrong "it was left behind"
	[ "$(stat -f -c %T .)" != tmpfs ] || return 0
	echo a >disk
	run "$numaplace" --file=disk --verify
	refused 'files have policies on tmpfs and hugetlbfs only'
}

@test "what is no file for it" {
	mkdir folder
	mkfifo fifo
	for case in 'folder|is a directory' 'fifo|is a FIFO' '/dev/zero|is a device'; do
		run "$numaplace" --file="${case%|*}" --dump-nodes
		refused "${case#*|}"
	done
	: >"$file"
	run "$numaplace" --file="$file" -m 0
	refused 'is empty \(--length makes it larger\)'
	run "$numaplace" --file="$file" -D
	[ "$status" = 0 ] && [ "$output" = "$file: 0 of 0 in memory" ] || wrong ""
	ln -s nowhere "$file.link"
	run "$numaplace" --file="$file.link" -m 0 --length=64k
	refused 'is a symbolic link to what is not there'
	run "$numaplace" --shm="$file.link" -m 0 --length=64k
	rm "$file.link"
	refused 'is a symbolic link to what is not there'
	[ ! -e /dev/shm/nowhere ]
}

@test "the page cache of a file" {
	[ "$(stat -f -c %T .)" != tmpfs ] || skip "the scratch folder is a tmpfs"
	head -c 1000000 /dev/urandom >data
	sync data
	sum=$(md5sum <data)
	run "$numaplace" --file=data --json --dump-nodes
	[ "$(jq -c '[.present, .ranges]' <<<"$output")" = '[1003520,[{"offset":0,"length":1003520,"node":0}]]' ] || wrong ""
	run "$numaplace" --file=data --evict --dry-run --json
	[ "$(jq -c .calls <<<"$output")" = '["posix_fadvise(data, 0, 1003520, POSIX_FADV_DONTNEED)"]' ]
	run "$numaplace" --file=data --evict --json
	[ "$(jq -c '[.before, .evicted, .after]' <<<"$output")" = '[1003520,1003520,0]' ] || wrong ""
	[ "$("$numaplace" --file=data)" = 'data: 0 of 980 K in memory' ]
	[ "$(md5sum <data)" = "$sum" ]
	# A program that runs keeps its own.
	cp "$(type -P sleep)" busy
	sync busy
	./busy 1000 3>&- &
	until [ "$(readlink /proc/$!/exe)" = "$PWD/busy" ] || ! kill -0 $!; do :; done
	run "$numaplace" --file=busy --evict
	kill -KILL $!
	[[ $output == *'numaplace: busy: what stayed is dirty, locked, or mapped by a process'* ]] || wrong ""
	[ "$status" = 1 ] || wrong ""
}

# Either all is as asked for, or one line says why not and nothing is left.
@test "a report that does not get out: 1 where something was done, 125 where nothing was" {
	# A byte that is no UTF-8, as Python has it; and on stderr nothing that a terminal would take for a control.
	run "$numaplace" --file="$file"$'\xff' --length=4k --membind=0 --dry-run --json
	[[ $output == *"$file"'\udcff'* ]] || wrong "JSON"
	run "$numaplace" --file="$file"$'\x9b31m\xc2\x9bé' --verify
	[[ $output == *"${file}?31m??é: is not there"* ]] || wrong "stderr"
	run bash -c "'$numaplace' --file=$file --length=4k --membind=0 --dump --dry-run >/dev/full"
	refused 'stdout: No space left on device'
	[ ! -e "$file" ]
	run bash -c "'$numaplace' --file=$file --length=4k --membind=0 --dump >/dev/full"
	[ "$status" = 1 ] || wrong "not done in part"
	[ "${lines[0]}" = "numaplace: $file: created (4.0 K)" ]
	[ "${lines[1]}" = "numaplace: stdout: No space left on device" ]
	[ -e "$file" ]
	run bash -c "'$numaplace' --file=$file >&-"
	refused 'stdout: Bad file descriptor'
	[ "$(stat -f -c %T .)" != tmpfs ] || skip "the scratch folder is a tmpfs"
	echo text >cached
	sync cached
	run bash -c "'$numaplace' --file=cached --evict >/dev/full"
	[ "$status" = 1 ] || wrong "evicted"
}

# Before Linux 5.14, which brought MADV_POPULATE_READ and MADV_POPULATE_WRITE.
@test "touched page by page" {
	command -v strace >/dev/null || skip "there is no strace here"
	run strace -qq -o calls -e trace=madvise -e inject=madvise:error=EINVAL "$numaplace" --file="$file" \
		--length=64k -m 0 --touch --verify
	[ "$output" = "numaplace: $file: created (64 K)" ] && [ "$status" = 0 ] || wrong ""
	grep -qE '65536, (MADV_POPULATE_WRITE|0x17).*INJECTED' calls || wrong "$(<calls)"
	[ "$(stat -c %b "$file")" = 128 ] || wrong "not all of it is there"
	run "$numaplace" --file="$file" --verify --verbose
	[ "$output" = 'numaplace: --verify: 16 pages have been compared, of which 16 are in memory; 0 differ' ] || wrong ""
}

@test "why there is no segment" {
	command -v strace >/dev/null || skip "there is no strace here"
	while IFS='|' read -r error options reason; do
		# shellcheck disable=SC2086 # options
		run strace -qq -o /dev/null -e "inject=shmget:error=$error" "$numaplace" --shm=key -m 0 $options
		refused "--shm=key: shmget: .*$reason\$"
		[ ! -e key ] || wrong "the key's file stayed"
	done <<'END'
EINVAL|--length=64k|: it is larger than kernel.shmmax allows
ENOSPC|--length=64k|: there are as many segments as kernel.shmmni or shmall allow
EPERM|--length=64k|Operation not permitted
ENOMEM|--length=64k|Cannot allocate memory
END
	grep -q '^Hugepagesize' /proc/meminfo || return 0
	while IFS='|' read -r error reason; do
		run strace -qq -o /dev/null -e "inject=shmget:error=$error" "$numaplace" --shm=key -m 0 --huge --touch \
			--length=1g
		refused "--shm=key: shmget: .*$reason"
	done <<'END'
ENOMEM|: not enough free huge pages
EPERM|: huge pages need CAP_IPC_LOCK or a group
END
}

@test "a segment that is there: someone else's, and not of huge pages" {
	"$numaplace" --shm=key --length=64k -m 0
	! grep -q '^Hugepagesize' /proc/meminfo || {
		run "$numaplace" --shm=key -m 0 --huge --touch
		refused '--shm=key: is there already, and not of huge pages'
	}
	[ "$(id -u)" = 0 ] || return 0
	folder=$(mktemp -d /tmp/numaplace.XXXXXX)
	chmod 755 "$folder"
	mv key "$folder/"
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$numaplace" --shm="$folder/key"
	mv "$folder/key" .
	rmdir "$folder"
	refused "key: key 0x[0-9a-f]*: Permission denied \(it is someone else's\)"
}

@test "each call fails once" {
	command -v strace >/dev/null || skip "there is no strace here"
	for target in --shm=key "--file=$file"; do
		done=0 told=0
		for call in mbind madvise shmget shmat shmctl ftruncate mmap mincore move_pages openat stat \
			newfstatat fstat fstatfs statfs get_mempolicy set_mempolicy_home_node; do
			for when in 1 2 3 4; do
				if strace -qq -o /dev/null -e "inject=$call:error=EPERM:when=$when" "$numaplace" \
					"$target" --length=64k -m 0 --home-node=0 --touch --verify 2>stderr >stdout; then
					[ ! -s stdout ] || { echo "$call $when: $(<stdout)"; return 1; }
					((++done))
					rm -f "$file"
					[ ! -e key ] || { ipcrm -M "$(key_of 0)" && rm key; }
					continue
				fi
				[ "$(grep -c . stderr)" -ge 1 ] || { echo "$call $when: not a word"; return 1; }
				tail -n 1 stderr | grep -q '^numaplace: ' || { cat stderr; return 1; }
				[ -e "$file" ] || [ -e key ] && { echo "$call $when left something: $(<stderr)"; return 1; }
				((++told))
			done
		done
		((done > 5 && told > 5)) || { echo "done $done, told $told"; return 1; }
	done
}

@test "a signal on the way: what was created is removed, what was there is as long as before" {
	command -v strace >/dev/null || skip "there is no strace here"
	# The first mbind tries whether it works at all; by the second it is created.
	ended()
	{
		run strace -qq -o log -e trace=openat,ftruncate,mbind -e "inject=mbind:signal=$1:when=2" "$numaplace" "${@:2}"
		[ "$status" -gt 128 ] && [ -z "$output" ] && grep -qE 'O_CREAT|^ftruncate' log || wrong "$*: not in its midst"
	}
	ignored=0x$(awk '/^SigIgn:/ { print $2 }' /proc/self/status)
	for signal in INT TERM HUP QUIT PIPE ALRM USR1 USR2 XCPU VTALRM PROF IO PWR 34 64; do
		# As under nohup: that stays so.
		number=$(kill -l $signal 2>/dev/null) && [[ $number != [A-Z]* ]] || number=$signal
		((!(ignored >> (number - 1) & 1))) || continue
		ended $signal --file="$file" --length=64k -m 0 --touch
		[ ! -e "$file" ] || wrong "$signal"
		ended $signal --shm=key --length=64k -m 0
		[ ! -e key ] || wrong "$signal, a segment"
	done
	echo text >"$file"
	ended TERM --file="$file" --length=64k -m 0
	[ "$(stat -c %s "$file")" = 5 ] || wrong "longer"
	rm "$file"
	# A limit is an error like others.
	run bash -c "ulimit -f 0; '$numaplace' --file=$file --length=64k -m 0 2>&1 | cat"
	[ "$output" = "numaplace: --file=$file: ftruncate: File too large" ] && [ ! -e "$file" ] || wrong "the limit"
}

@test "a file that is made shorter while it is touched" {
	command -v strace >/dev/null || skip "there is no strace here"
	truncate -s 64k "$file"
	for size in 60k 61441; do
		# Long enough for any machine; it is ended when it has seen what there is to see.
		strace -qq -o /dev/null -e inject=madvise:delay_enter=3000000:when=1 \
			"$numaplace" --file="$file" --touch >said 2>&1 3>&- &
		until grep -qsF "$file" /proc/[0-9]*/maps; do kill -0 $!; done
		truncate -s $size "$file"
		status=0
		wait $! || status=$?
		output=$(<said)
		case $size in
		60k)
			[ "$status" = 1 ] && [ "$(wc -l <said)" = 1 ] && [[ $output == *': it was made shorter meanwhile' ]] || wrong ""
			;;
		*) [ "$status" = 0 ] || wrong "the last page is there" ;;
		esac
		truncate -s 64k "$file"
	done
}

# Where it has a policy already, or pages that it had not, that is no "nothing was done".
@test "what was there is bound when the rest fails: 1" {
	command -v strace >/dev/null || skip "there is no strace here"
	truncate -s 64k "$file"
	run strace -qq -o /dev/null -e inject=madvise:error=EFAULT "$numaplace" --file="$file" -m 0 --touch
	[ "$status" = 1 ] && [ "${#lines[@]}" = 1 ] && [[ $output == *'no room for its pages'* ]] || wrong ""
	# The first 64 MiB have their pages by then.
	rm "$file"
	truncate -s 68m "$file"
	run strace -qq -o /dev/null -e inject=madvise:error=EFAULT:when=4+ "$numaplace" --file="$file" --touch
	[ "$status" = 1 ] && [[ $output == *'no room for its pages'* ]] || wrong "touched alone"
	[ "$(stat -c %b "$file")" -gt 0 ] || wrong "nothing was touched"
	rm "$file"
	run strace -qq -o /dev/null -e inject=madvise:error=EFAULT "$numaplace" --file="$file" --length=64k -m 0 --touch
	[ "$status" = 125 ] && [ ! -e "$file" ] || wrong "one that was created"
}

@test "each call fails once: what was there is as long as before" {
	command -v strace >/dev/null || skip "there is no strace here"
	told=0
	for call in mbind madvise ftruncate mmap mincore move_pages openat newfstatat fstat fstatfs get_mempolicy; do
		for when in 1 2 3 4; do
			echo text >"$file"
			strace -qq -o /dev/null -e "inject=$call:error=EPERM:when=$when" "$numaplace" --json \
				--file="$file" --length=64k -m 0 --touch --verify 2>stderr >stdout && continue
			tail -n 1 stderr | grep -q '^numaplace: ' || { cat stderr; return 1; }
			[ "$(stat -c %s "$file")" = 5 ] || { echo "$call $when: $(stat -c %s "$file") $(<stderr)"; return 1; }
			[ "$(cat "$file")" = text ]
			((++told))
		done
	done
	((told > 5))
}

# What numactl refuses or takes wrongly, by its name and by ours.
@test "numactl's errors: what it takes wrongly is refused, and nothing is created" {
	while IFS='|' read -r options reason; do
		for name in numactl numaplace; do
			# shellcheck disable=SC2086 # options
			run "$PWD/bin/$name" $options
			[[ $status = 1 && $name = numactl || $status = 125 && $name = numaplace ]] || wrong "$name $options"
			[ "${#lines[@]}" = 1 ] && [[ $output == *"$reason"* ]] || wrong "$name $options: not '$reason'"
			[ ! -e key ] && [ ! -e "$file" ] || wrong "$name $options: something was created"
		done
	done <<-END
		--shm key --length 4096x --membind 0|is no size
		--shm key --length foo --membind 0|is no size
		--shm key --length -1 --membind 0|is no size
		--shm key --length 0x1000 --membind 0|is no size
		--shm key --length 99999999999999999999 --membind 0|is too large
		--shm key --length 17179869184g --membind 0|is too large
		--shm key --length 4k --offset 4096x --membind 0|is no size
		--shm key --length 4k --offset -4k --membind 0|is no size
		--file $file --length 4k --offset 100 --membind 0|is no multiple of the page size
		--file $file --length 1mm --membind 0|is no size
		--shm key --length 4k --shmid 256 --membind 0|takes a number from 0 to 255
		--shm key --length 4k --shmid -1 --membind 0|takes a number from 0 to 255
		--shm key --length 4k --shmmode 9 --membind 0|takes permissions in octal
		--file $file --length 4k --huge --membind 0|is for --shm
		--file $file --length 4k --shmid 1 --membind 0|does not go with --file
		--shm key --length 4k --interleave=|is empty
		--shm key --length 4k --weighted-interleave=|is empty
		--shm key --length 4k --interleave=!all|
		--shm key --length 4k --membind 4294967296|
		--shm key --length 4k --membind 1-0|
		--shm key --length 4k --membind 0 --membind 0|given twice
		--shm key --length 4k --balancing --interleave 0|needs --membind
		--shm key --length 4k --membind 0 --cpunodebind 0|does not go with --shm
		--cpunodebind 0 --file $file --length 4k --membind 0|does not go with --file
		--file $file --length 4k --physcpubind 0|does not go with --file
		--shm key --length 4k --membind 0 true|a command cannot be started with --shm
		--shm key --length 4k --touch --membind 4095|does not exist
		--shm key --membind 0|--length creates it
		--file $file --membind 0|--length creates it
	END
}

@test "numactl's errors: what it refuses wrongly works" {
	for name in numactl numaplace; do
		# The length of what is there is known; the options' order is free.
		run "bin/$name" --membind 0 --touch --verify --file "$file" --offset 4m --length 4m
		[ "$status" = 0 ] || wrong "$name"
		[ "$(stat -c %s "$file")" = 8388608 ]
		run "bin/$name" --file "$file" --interleave 0 --verify
		[ "$status" = 0 ] || wrong "$name"
		run "bin/$name" --file "$file" --localalloc --verify
		[ "$status" = 0 ] || wrong "$name"
		run "bin/$name" --preferred-many 0 --file "$file" --dump
		[[ $output == *preferred-many* ]] || wrong "$name"
		run "bin/$name" --file "$file" --preferred 0 --dump
		[[ $output == *preferred[\ ,]* ]] || wrong "$name: another policy"
		# Up to its end, not beyond; and no longer than it is.
		for id in 128 200 255; do
			run "bin/$name" --shm key --shmid $id --length 1m --membind 0
			[ "$status" = 0 ] || wrong "$name $id"
		done
		run "bin/$name" --shm key --shmid 200 --offset 512k --interleave 0 --dump
		[ "$status" = 0 ] || wrong "$name"
		run "bin/numactl" --shm key --shmid 200 --dump
		[ "${lines[0]}" = '0000000000000000-0000000000080000: bind : 0 ' ] || wrong "$name"
		[ "${lines[1]}" = '0000000000080000-0000000000100000: interleave : 0 ' ] || wrong "$name"
		run "bin/$name" --shm key --shmid 200 --length 2m --membind 0
		[[ $output == *'it ends at 1048576, and 2097152 bytes from 0 on are asked for' ]] || wrong "$name"
		for id in 128 200 255; do ipcrm -M "$(key_of $id)"; done
		rm key "$file"
	done
	# Sizes up to terabytes: a hole takes no room.
	run "$numaplace" --file="$file" --length=1T --membind=0
	[ "$status" = 0 ] || [[ $output == *ftruncate* ]] || wrong ""
	[ "$status" != 0 ] || [ "$(stat -c %s "$file")" = 1099511627776 ] || wrong ""
}

@test "by the name numactl: its words and statuses" {
	run bin/numactl --length=64k --shm key
	[ "$status" = 0 ]
	run bin/numactl --interleave=all --shm key --touch --dump --dump-nodes --verify
	[ "$status" = 0 ]
	[[ ${lines[0]} == '0000000000000000-0000000000010000: interleave : 0 '* ]] || wrong ""
	run bin/numactl --shm key --length 1t --membind=0
	[ "$status" = 1 ] && [[ $output == 'numactl: --shm=key: it ends at 65536'* ]] || wrong ""
	run bin/numactl --offset 4m --length 4m --file "$file" --membind 0 --touch --verify
	[ "$status" = 0 ] || wrong "refused, as the original does wrongly"
	[ "$(stat -c %s "$file")" = 8388608 ]
	run bin/numactl --file "$file" -l
	[ "$status" = 0 ]
	run bin/numactl --file "$file" --evict
	[ "$status" = 1 ]
}
