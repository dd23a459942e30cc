# --hardware --svg: valid, whole, legible; what --json says stands in it as text.
load helper

# Ours and the real ones, by name.
machines()
{
	local archive

	(cd "$machines" && printf '%s\n' *)
	for archive in "$root"/../shared/sysroots/*.tar.*; do
		[ ! -f "$archive" ] || basename "${archive%.tar.*}"
	done
}

# Writes the picture of a folder to $svg.
draw() # folder
{
	svg=$BATS_TEST_TMPDIR/machine.svg
	"$numaplace" --hardware --svg --sysroot="$1" >"$svg" || wrong "$1: no picture"
}

# What is to be read in it, a text a line, without the tooltips.
texts()
{
	sed -n '/^<text/ { s/<title>.*<\/title>//; s/<[^>]*>//g; s/ *$//; p }' "$svg"
}

# Rectangles that overlap without one being within the other, or that leave the page.
overlaps()
{
	sed -n 's/^<rect class="\([^"]*\)" x="\(-*[0-9]*\)" y="\(-*[0-9]*\)" width="\(-*[0-9]*\)" height="\(-*[0-9]*\)"\/>$/\2 \3 \4 \5 \1/p' "$svg" |
		awk '{
			x[NR] = $1; y[NR] = $2; r[NR] = $1 + $3; b[NR] = $2 + $4; class[NR] = $5
			if ($3 <= 0 || $4 <= 0 || $1 < x[1] || $2 < y[1] || r[NR] > r[1] || b[NR] > b[1])
				print "off the page:", $0
		}
		function within(i, k) { return x[i] >= x[k] && r[i] <= r[k] && y[i] >= y[k] && b[i] <= b[k] }
		END {
			for (i = 2; i <= NR; i++)
				for (k = i + 1; k <= NR; k++) {
					if (x[i] >= r[k] || x[k] >= r[i] || y[i] >= b[k] || y[k] >= b[i])
						continue
					# A box holds its parts, a frame its cells, a bar what is in use.
					if (class[i] ~ /^(box|l3|free)/ && within(k, i) && class[i] != class[k])
						continue
					print "overlap:", class[i], x[i], y[i], class[k], x[k], y[k]
				}
			if (NR < 2) print "no rectangles"
		}'
}

# Texts that reach out of their box, where an average letter takes 0.6 of the font's size.
overflows()
{
	awk -F'"' '
		/^<rect class="box"/ { n++; x[n] = $4; y[n] = $6; r[n] = $4 + $8; b[n] = $6 + $10 }
		/^\.t[0-9]\{/ { split($0, part, /[.{:p]/); size[part[2]] = part[4] }
		/^<text/ && /<tspan x="[0-9]*" dy/ { next }
		/^<text/ && $4 != "" && $3 ~ /x=/ {
			text = $0; sub(/<title>.*<\/title>/, "", text); gsub(/<[^>]*>/, "", text); gsub(/&#[0-9]*;/, "?", text)
			split($2, class, " ")
			width = length(text) * size[class[1]] * 0.6
			left = $4; right = $4 + width
			if ($2 ~ / e$/) { left = $4 - width; right = $4 }
			for (i = 1; i <= n; i++)
				if ($4 >= x[i] && $4 <= r[i] && $6 > y[i] && $6 < b[i] && (left < x[i] || right > r[i]))
					print "out of its box:", text
		}' "$svg"
}

# As util_size writes them.
readable()
{
	awk '{
		split("K M G T P E", unit, " ")
		size = $1 / 1024
		for (k = 1; size >= 1023.5; k++) size /= 1024
		if ($1 < 1024) print $1
		else printf size < 9.95 ? "%.1f %s\n" : "%.0f %s\n", size, unit[k]
	}'
}

needs() { command -v "$1" >/dev/null || skip "there is no $1 here"; }

@test "XML, and nothing beside it" {
	needs xmllint
	while read -r name; do
		draw "$(sysroot "$name")"
		run xmllint --noout "$svg"
		[ "$status" = 0 ] && [ -z "$output" ] || wrong "$name"
		run grep -nE '<script|<image|href|url\(|@import|<!' "$svg"
		[ "$status" = 1 ] || wrong "$name: not by itself"
		[ "$(stat -c %s "$svg")" -lt 300000 ] || wrong "$name: too large"
	done < <(machines)
}

@test "a renderer takes it without a word" {
	needs rsvg-convert
	while read -r name; do
		draw "$(sysroot "$name")"
		run rsvg-convert -o "$BATS_TEST_TMPDIR/machine.png" "$svg"
		[ "$status" = 0 ] && [ -z "$output" ] || wrong "$name"
		[ -s "$BATS_TEST_TMPDIR/machine.png" ]
	done < <(machines)
}

@test "nothing overlaps or reaches out" {
	while read -r name; do
		draw "$(sysroot "$name")"
		# Without nodes there is the page alone.
		grep -q 'class="box"' "$svg" || [ "$name" = nonuma ]
		[ "$name" != nonuma ] || continue
		output=$(overlaps; overflows)
		[ -z "$output" ] || wrong "$name"
	done < <(machines)
}

@test "what JSON says stands in it" {
	while read -r name; do
		folder=$(sysroot "$name")
		draw "$folder"
		# Long lists are tooltips.
		{
			texts
			sed -n 's/.*<title>CPUs of node [0-9]*: \(.*\)<\/title>.*/\1/p' "$svg"
		} >"$BATS_TEST_TMPDIR/texts"
		"$numaplace" --hardware --json --sysroot="$folder" >"$BATS_TEST_TMPDIR/json"
		jq -r '.nodes[] | "node \(.id)", (.cpus | select(. != ""))' "$BATS_TEST_TMPDIR/json" >"$BATS_TEST_TMPDIR/wanted"
		jq -r '.distances // empty | .matrix[] | map(. // "-") | join(" ")' "$BATS_TEST_TMPDIR/json" >>"$BATS_TEST_TMPDIR/wanted"
		output=$(grep -vxFf "$BATS_TEST_TMPDIR/texts" "$BATS_TEST_TMPDIR/wanted" || true)
		[ -z "$output" ] || wrong "$name: not there"
		jq -r '.nodes[] | select(.memory.used) | .id, .memory.total, .memory.used, .memory.free' \
			"$BATS_TEST_TMPDIR/json" | while read -r id && read -r total && read -r used && read -r free; do
			[ "$total" != 0 ] || continue
			grep -qE "memory of node $id in bytes: $total, used $used(, cache [0-9]+)?, free $free[;<]" "$svg" ||
				wrong "$name: bytes of node $id" || exit
			for words in "$(readable <<<"$total")" "free $(readable <<<"$free")"; do
				grep -qE "^($words|.* of ${words}.*|${words#free } of .*)$" "$BATS_TEST_TMPDIR/texts" ||
					wrong "$name: $words of node $id" || exit
			done
		done
	done < <(machines)
}

@test "docs/machine.svg is what it writes" {
	draw "$machines/tiers"
	cmp "$svg" "$root/docs/machine.svg"
}

@test "memory, access, tiers, devices" {
	draw "$machines/tiers"
	run texts
	for words in '4 nodes, 32 CPUs, 384 G of memory' 'no CPUs' 'other 25 G' 'cache 22 G' 'free 17 G' \
		'tier 4 · weight 4 · demotion to 2' 'tier 22 · weight 1' 'tier 4: 0-1' 'tier 22: 2-3' \
		'access1 from node 1' '231 ns' '49152 MiB/s' 'L3 32 M' 'socket 1, 8 cores' \
		network eth0 0000:21:00.0 block nvme0n1 gpu card0 infiniband mlx5_0 \
		'kernel.numa_balancing = 2, vm.zone_reclaim_mode = 0'; do
		grep -qxF "$words" <<<"$output" || wrong "no '$words'"
	done
	# Of 436 pixels 46.7 / 64 are used, 21.8 of these 46.7 are cache.
	grep -q '<rect class="used" x="42" y="[0-9]*" width="170" ' "$svg"
	grep -q '<rect class="cache" x="212" y="[0-9]*" width="148" ' "$svg"
	# The threads of a core, side by side.
	[[ $(tr '\n' ' ' <<<"$output") == *' 0 16 1 17 2 18 3 19 '* ]] || wrong "cores"
}

@test "what is not allowed is dimmed, and said" {
	draw "$machines/status"
	[ "$(grep -c 'class="cpu off"' "$svg")" = 4 ]
	[ "$(grep -c 'class="cpu"' "$svg")" = 4 ]
	[ "$(grep -c 'class="free off"' "$svg")" = 2 ]
	[ "$(texts | grep -cx 'memory not allowed')" = 2 ]
	texts | grep -qx 'memory allowed: 2-3 of 0-3'
	texts | grep -qx 'CPUs allowed: 4-7 of 0-7'
}

@test "names that hold anything" {
	needs xmllint
	cp -a "$machines/tiers" "$BATS_TEST_TMPDIR/names"
	cd "$BATS_TEST_TMPDIR/names/sys/devices/pci0000:21/0000:21:00.0/net"
	count=0
	for name in '<b>&amp;"x'\' $'a\e[2J\x01\x7f' $'\xff\xc0\x80\xed\xa0\x80z' $'\xef\xbf\xbf' ']]>' \
		'a-name-that-is-longer-than-what-there-is-room-for-in-a-box-of' '网络接口'; do
		cp -a eth0 "$name"
		ln -s "../../devices/pci0000:21/0000:21:00.0/net/$name" "../../../../class/net/$name"
		((++count))
	done
	draw "$BATS_TEST_TMPDIR/names"
	run xmllint --noout "$svg"
	[ "$status" = 0 ] && [ -z "$output" ] || wrong ""
	grep -qF '&#60;b&#62;&#38;amp;&#34;x&#39;' "$svg"
	grep -q '^<text.*网络接口' "$svg"
	# Cut short, and whole in its tooltip.
	grep -q 'a-name-that-is-.*…<title>a-name-that-is-longer-than-what-there-is-room-for-in-a-box-of' "$svg"
	[ "$(grep -c '>0000:21:00.0<' "$svg")" = $((count + 1)) ] || wrong "not all are there"
	[ -z "$(overlaps; overflows)" ]
	# Nothing but text, line ends, and the characters of UTF-8.
	! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f\xff]' "$svg" || wrong "it does"
}

@test "256 CPUs on a node, and CPUs of every second number" {
	for node in 0 1; do
		mkdir -p "$BATS_TEST_TMPDIR/many/sys/devices/system/node/node$node"
		seq -s , $node 2 511 >"$BATS_TEST_TMPDIR/many/sys/devices/system/node/node$node/cpulist"
	done
	mkdir "$BATS_TEST_TMPDIR/many/sys/devices/system/cpu"
	echo 0-511 >"$BATS_TEST_TMPDIR/many/sys/devices/system/cpu/online"
	draw "$BATS_TEST_TMPDIR/many"
	[ "$(grep -c 'class="cpu"' "$svg")" = 512 ]
	grep -qF "CPUs of node 1: $(seq -s , 1 2 511)</title>" "$svg"
	[ -z "$(overlaps; overflows)" ] || wrong "$(overlaps; overflows)"
}

@test "hundreds of nodes" {
	for node in {0..199}; do
		mkdir -p "$BATS_TEST_TMPDIR/wide/sys/devices/system/node/node$node"
		cd "$BATS_TEST_TMPDIR/wide/sys/devices/system/node/node$node"
		seq -s , "$node" 200 3999 >cpulist
		seq -s ' ' 10 209 >distance
	done
	mkdir "$BATS_TEST_TMPDIR/wide/sys/devices/system/cpu"
	echo 0-3999 >"$BATS_TEST_TMPDIR/wide/sys/devices/system/cpu/online"
	draw "$BATS_TEST_TMPDIR/wide"
	texts | grep -qx "$(seq -s , 7 200 3999)"
	[ -z "$(overlaps; overflows)" ] || wrong "$(overlaps; overflows)"
}

@test "light and dark know the same things" {
	draw "$machines/tiers"
	known() { grep -oE '\.?[a-z0-9.]+\{(fill|stroke):[^}]*' | sed 's/{.*//' | sort; }
	light=$(sed -n '/^<style>/,/^@media/p' "$svg" | known | grep -vE '^\.(l3|cpu.off)$')
	dark=$(sed -n '/^@media/,/^<.style>/p' "$svg" | known | grep -vE '^\.(l3|cpu.off)$')
	[ -n "$light" ]
	[ "$light" = "$dark" ] || wrong "light: $light dark: $dark"
}

@test "the same machine, the same picture" {
	draw "$machines/tiers"
	cp "$svg" "$svg.first"
	LC_ALL=C.UTF-8 COLUMNS=20 draw "$machines/tiers"
	cmp "$svg" "$svg.first"
}

@test "no NUMA, and this machine" {
	draw "$machines/nonuma"
	texts | grep -qx 'this kernel has no NUMA support: one memory for all CPUs (0-3)'
	run "$numaplace" --hardware --svg
	[ "$status" = 0 ]
	[[ $output == '<svg '*'</svg>' ]]
}
