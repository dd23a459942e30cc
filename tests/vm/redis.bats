# The main job: a database in memory, started under a placement.
load guest

# Starts redis-server under the placement and fills it; pid is the server's.
serve() # option...
{
	numaplace "$@" redis-server --save '' --daemonize no --port 0 --unixsocket /tmp/redis.sock \
		>/tmp/redis.log 2>&1 3>&- &
	pid=$!
	until redis-cli -s /tmp/redis.sock ping 2>/dev/null | grep -q PONG; do
		kill -0 $pid || { cat /tmp/redis.log; return 1; }
	done
	redis-benchmark -s /tmp/redis.sock -q -t set -n 3000 -r 2000 -d 32768 -c 8 >/tmp/benchmark
	[ "$(redis-cli -s /tmp/redis.sock dbsize)" -gt 1000 ]
}

# Anonymous pages on a node.
anonymous() # node
{
	grep anon= /proc/$pid/numa_maps | grep -v ' file=' | grep -oE " N$1=[0-9]+" | cut -d= -f2 |
		awk '{ sum += $1 } END { print sum + 0 }'
}

teardown()
{
	redis-cli -s /tmp/redis.sock shutdown nosave 2>/dev/null || true
	wait $pid || true
}

@test "redis-server under --interleave=all: even within five percent" {
	serve --interleave=all
	[ "$(tr '\0' ' ' </proc/$pid/cmdline | cut -d' ' -f1)" = redis-server ]
	total=0
	for node in 0 1 2 3; do
		((total += $(anonymous $node))) || true
	done
	echo "total $total: $(anonymous 0) $(anonymous 1) $(anonymous 2) $(anonymous 3)"
	((total > 8000))
	for node in 0 1 2 3; do
		pages=$(anonymous $node)
		((pages * 4 * 100 > total * 95 && pages * 4 * 100 < total * 105))
	done
}

@test "redis-server under --membind=1 --cpunodebind=1: all there, and its threads" {
	serve --membind=1 --cpunodebind=1
	(($(anonymous 1) > 8000))
	for node in 0 2 3; do
		[ "$(anonymous $node)" = 0 ]
	done
	threads=0
	for status in /proc/$pid/task/*/status; do
		grep -qE '^Cpus_allowed_list:[[:space:]]+2-3$' "$status"
		((++threads))
	done
	((threads > 1))
}

# Every word that an error of redis-benchmark's has; it prints none where there is none.
no_error()
{
	! grep -iE 'err|fail|closed|could not' /tmp/benchmark || { cat /tmp/benchmark; return 1; }
}

# Moved while clients are served.
moved_under_load() # option...
{
	redis-benchmark -s /tmp/redis.sock -q -t get,set -n 4000 -r 2000 -d 32768 -c 8 \
		>/tmp/benchmark 2>&1 3>&- &
	client=$!
	run numaplace --pid=$pid --json "$@"
	wait $client || { echo "redis-benchmark failed"; return 1; }
	[ "$status" = 0 ] || { echo "status $status: $output"; return 1; }
	(($(jq '.processes[0].moved' <<<"$output") > 20 << 20)) || { echo "$output"; return 1; }
	no_error
	for ((i = 0; i < 200; i++)); do
		echo "get own:$i"
	done | redis-cli -s /tmp/redis.sock | md5sum >/tmp/own.after
	cmp /tmp/own.before /tmp/own.after || return
	(($(redis-cli -s /tmp/redis.sock dbsize) >= keys))
}

@test "redis-server under load: to node 1 and interleaved back" {
	serve --cpunodebind=0
	for ((i = 0; i < 200; i++)); do
		echo "set own:$i value-$i-$(printf '%0900d' $i)"
	done | redis-cli -s /tmp/redis.sock >/dev/null
	for ((i = 0; i < 200; i++)); do
		echo "get own:$i"
	done | redis-cli -s /tmp/redis.sock | md5sum >/tmp/own.before
	keys=$(redis-cli -s /tmp/redis.sock dbsize)
	(($(anonymous 0) > 8000 && $(anonymous 1) * 10 < $(anonymous 0)))
	# What it allocates meanwhile is where its own policy says: on the node of its CPUs.
	moved_under_load --membind=1 --cpunodebind=1
	(($(anonymous 1) > 8000 && $(anonymous 0) * 10 < $(anonymous 1))) ||
		{ echo "$(anonymous 0) $(anonymous 1)"; return 1; }
	moved_under_load --interleave=all
	total=0
	for node in 0 1 2 3; do
		((total += $(anonymous $node))) || true
	done
	for node in 1 2 3; do
		(($(anonymous $node) * 4 * 100 > total * 50)) ||
			{ echo "$node: $(anonymous $node) of $total"; return 1; }
	done
}
