# The reports' JSON is as docs/*.schema.json says, on every machine that there is; and the schemas
# refuse what is not.
load helper

setup()
{
	pid=
	cd "$BATS_TEST_TMPDIR"
}

teardown()
{
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
	[ -z "$pid" ] || wait "$pid" 2>/dev/null || true
}

# One that knows the draft: an older one would take everything that it does not know.
needs_validator()
{
	command -v jsonschema >/dev/null || skip "there is no jsonschema here (python3-jsonschema)"
	echo '{ "$schema": "https://json-schema.org/draft/2020-12/schema",
		"dependentRequired": { "a": ["b"] } }' >draft.json
	echo '{ "a": 1 }' >document.json
	! jsonschema -i document.json draft.json >/dev/null 2>&1 ||
		skip "this jsonschema is older than draft 2020-12"
}

# Documents, all at once: it is Python, and starts slowly.
valid() # schema document...
{
	local arguments=() document

	for document in "${@:2}"; do
		arguments+=(-i "$document")
	done
	[ ${#arguments[@]} -gt 0 ] || wrong "$1: no document" || return
	run jsonschema "${arguments[@]}" "$root/docs/$1.schema.json"
	[ "$status" = 0 ] || wrong "not as docs/$1.schema.json says"
}

# What programs of jq make of a valid document. The header of each document's result names it.
invalid() # schema document change...
{
	local change number=0 arguments=()

	for change in "${@:3}"; do
		number=$((number + 1))
		jq "$change" "$2" >"changed$number"
		! cmp -s <(jq -S . "$2") <(jq -S . "changed$number") || wrong "'$change' changes nothing" || return
		arguments+=(-i "changed$number")
	done
	run jsonschema --output pretty "${arguments[@]}" "$root/docs/$1.schema.json"
	number=0
	for change in "${@:3}"; do
		number=$((number + 1))
		[[ $output == *"=[ValidationError]="*"(changed$number)"* ]] || wrong "$1: taken after '$change'" || return
		[[ $output != *"=[SUCCESS]="*"(changed$number)"* ]] || wrong "$1: taken after '$change'" || return
	done
}

has_numbers() # sysroot --stat|--meminfo
{
	local name=numastat

	[ "$2" = --stat ] || name=meminfo
	compgen -G "$1/sys/devices/system/node/node*/$name" >/dev/null
}

# A document for each sysroot, named as it and by NAME.
on_each_machine() # name options...
{
	local machine folder

	for machine in "$machines"/* "$root"/../shared/sysroots/*.tar.*; do
		[ -e "$machine" ] || continue
		machine=$(basename "${machine%.tar.*}")
		folder=$(sysroot "$machine")
		# Without numbers there is nothing to show.
		[[ " ${*:2} " != *" --stat "* ]] || has_numbers "$folder" "${@: -2:1}" || continue
		"$numaplace" "${@:2}" --sysroot="$folder" >"$1.$machine.json" ||
			wrong "$machine: ${*:2}" || return
	done
}

start()
{
	sleep 1000 3>&- &
	pid=$!
	until [ "$(cat /proc/$pid/comm)" = sleep ]; do :; done
}

@test "the schemas themselves" {
	needs_validator
	for schema in "$root"/docs/*.schema.json; do
		# Against the draft's own schema, which it brings along.
		echo null >document.json
		run jsonschema -i document.json "$schema"
		[[ $output != *Traceback* && $output != *SchemaError* ]] || wrong "$schema"
		[[ $output == *'null: None is not of type'* || $output == *"None: None is not of type 'object'"* ]] ||
			wrong "$schema takes null, or is none"
		# Every object says what it may hold, and what it must.
		run jq -c '[.. | objects | select(.properties and (.type // "" | tostring | contains("object"))
			and (.additionalProperties != false or (.required // .oneOf | length == 0)))]' "$schema"
		[ "$output" = '[]' ] || wrong "$schema is open"
	done
}

@test "--hardware" {
	needs_validator
	on_each_machine hardware --hardware --json
	"$numaplace" --hardware --json >hardware.here.json
	valid hardware hardware.*.json
	invalid hardware hardware.four.json .more=1 'del(.distances)' 'del(.nodes[0].memory.free)' \
		'.nodes[0].memory.total="1024"' '.nodes[0].memory.free=-1' '.nodes[0].cpus=[0,1]' \
		'.nodes[0].cpus="0-"' '.nodes[0].more=1' '.distances.matrix[0][1]=0' '.distances=0' \
		'.allowed_nodes=null' 'del(.settings)' '.settings.demotion=0' '.tiers=[]' '.tiers=0' \
		'del(.nodes[0].fallback)' '.nodes[0].kind="none"' '.nodes[0].access=0' '.nodes[0].tier=-1' \
		'.nodes[0].weight=0' '.nodes[0].cores=-1' '.nodes[0].side_cache=0'
	# HMAT's 0 is "not known".
	invalid hardware hardware.devices.json '.nodes[0].access={class:1,initiators:"0",read_latency:0,
		write_latency:null,read_bandwidth:null,write_bandwidth:null}' \
		'.nodes[0].caches[0].size=0' '.nodes[0].huge_pages[0].size=null' \
		'.nodes[0].zones[0].more=1' '.nodes[0].ranges[0].end=null' '.nodes[0].devices[0].kind="disk"' \
		'.nodes[0].devices[0].address="3:0"'
	# What that says is right but for the 0.
	jq '.nodes[0].access={class:1,initiators:"0",read_latency:null,
		write_latency:null,read_bandwidth:null,write_bandwidth:null}' hardware.devices.json >access.json
	valid hardware access.json
}

@test "--show" {
	needs_validator
	"$numaplace" --show --json >show.here.json
	node=$(jq -r .allowed_nodes show.here.json | sed 's/[-,].*//')
	for policy in --membind --interleave --preferred; do
		# Where the policy cannot be set the rest of it is shown.
		"$numaplace" --best-effort $policy="$node" --show --json >show$policy.json 2>/dev/null || [ $? = 1 ]
	done
	valid show show*.json
	invalid show show.here.json .more=1 'del(.cpus)' .policy=0 '.policy.mode="none"' \
		'del(.policy.nodes)' '.policy.flags=null' '.policy.flags=["none"]' '.policy.more=1' \
		'.policy.weights=[0]' '.policy.next=-1' '.cpus=0' '.cpu_nodes=null'
}

@test "the plan for a command" {
	needs_validator
	on_each_machine none --dry-run --json
	on_each_machine all --dry-run --json --interleave=all --cpunodebind=all -- true 'a b' ''
	on_each_machine range --dry-run --json --all --membind=0-4095 --physcpubind=0-4095 true
	on_each_machine weighted --dry-run --json --weighted-interleave=all --one-per-core true
	"$numaplace" --dry-run --json --localalloc true >here.json
	valid plan ./*.*.json here.json
	invalid plan range.four.json .more=1 'del(.calls)' .policy=0 '.policy.mode="none"' \
		'.policy.more=1' 'del(.policy.flags)' .cpus=0 '.cpus=""' '.left_out[0].ids=""' \
		'del(.left_out[0].reason)' '.left_out[0].option="membind"' '.command=[]' '.command=[1]' \
		.path=0 '.path=""' '.calls=null' '.calls=["true"]'
}

@test "--pid, shown" {
	needs_validator
	start
	"$numaplace" --pid="$pid" --json >one.json
	"$numaplace" --pid="$pid,$$" --mappings --json >two.json
	valid processes one.json two.json
	jq -e '.processes | length == 2 and all(.mappings | length > 0)' two.json
	invalid processes two.json .more=1 'del(.processes)' '.processes[0].more=1' '.processes[1].pid=0' \
		'del(.processes[0].name)' '.processes[0].threads[0].cpus=""' '.processes[0].threads[0].count=0' \
		'.processes[0].policies[0].bytes=null' '.processes[0].nodes[0].total=0' \
		'del(.processes[0].nodes[0].huge)' '.processes[0].mappings=0' '.processes[0].mappings[0].out=1' \
		'.processes[0].mappings[0].kind="none"' '.processes[0].mappings[0].file=0' \
		'.processes[0].mappings[0].start="0x10"' '.processes[0].mappings[0].nodes=null'
}

@test "--pid, moved and planned" {
	needs_validator
	start
	node=$("$numaplace" --pid="$pid" --json | jq '.processes[0].nodes[0].id // 0')
	cpu=$(sed -n 's/^Cpus_allowed_list:\t\([0-9]*\).*/\1/p' "/proc/$pid/status")
	"$numaplace" --pid="$pid" --membind="$node" --json >moved.json
	"$numaplace" --pid="$pid" --membind="$node" --physcpubind="$cpu" --json >both.json
	"$numaplace" --pid="$pid" --physcpubind="$cpu" --json >bound.json
	"$numaplace" --pid="$pid" --membind="$node" --dry-run --mappings --json >planned.json
	"$numaplace" --pid="$pid" --interleave="$node" --only=heap --dry-run --json >heap.json
	valid moves moved.json both.json bound.json planned.json heap.json
	invalid moves moved.json .more=1 '.processes[0].more=1' 'del(.processes[0].end)' \
		'.processes[0].end="none"' '.processes[0].cpus=0' '.processes[0].cpus=""' \
		'del(.processes[0].bytes)' 'del(.processes[0].agrees)' '.processes[0].moved=null' \
		'.processes[0].nodes[0].before=null' 'del(.processes[0].nodes[0].stayed.busy)' \
		'.processes[0].nodes[0].stayed.more=0' '.processes[0].mappings=[]'
	# A plan does not know what will be.
	invalid moves planned.json '.processes[0].agrees=true' '.processes[0].nodes[0].after=0' \
		'del(.processes[0].mappings[0].out)' '.processes[0].mappings[0].bytes=null'
}

@test "moves of more than one node, as guests have seen them" {
	needs_validator
	valid moves "$BATS_TEST_DIRNAME"/moves/*.json
	invalid moves "$BATS_TEST_DIRNAME/moves/gone.json" '.processes[0].end=null' '.processes[0].agrees=0'
}

@test "--stat" {
	needs_validator
	start
	on_each_machine counters --stat --json
	on_each_machine meminfo --stat --meminfo --json
	"$numaplace" --json --stat >here.json
	"$numaplace" --json --stat --meminfo >memory.json
	"$numaplace" --json --stat "$pid" "$$" >processes.json
	# A document each second: nothing can be known before the second one.
	for what in '' --meminfo "$pid"; do
		# shellcheck disable=SC2086 # an operand or none
		{ "$numaplace" --json --watch --stat $what || [ $? = 141 ]; } | head -n 2 >lines
		jq -s '.[0]' lines >"first$what.json"
		jq -s '.[1]' lines >"second$what.json"
		jq -e '.seconds == null' "first$what.json"
		jq -e '.seconds > 0' "second$what.json"
	done
	valid stat {counters,meminfo}.*.json {here,memory,processes}.json first*.json second*.json
	invalid stat here.json .more=1 'del(.nodes)' 'del(.counters)' .meminfo=null '.meminfo={}' \
		'.processes=[]' '.counters.numa_hit=1' '.counters.numa_hit[0]=-1' '.counters["a b"]=[1]' \
		'.nodes[0]="0"' .seconds=0 '.per_second={}'
	invalid stat processes.json 'del(.processes)' '.processes[0].more=1' 'del(.processes[0].total)' \
		'.processes[0].nodes[0].heap=null' 'del(.processes[0].nodes[0].id)' \
		'.processes[0].total.id=0' '.processes[0].pid=0' .nodes=[0] .per_second=null
}
