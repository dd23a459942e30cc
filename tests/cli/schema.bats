# The reports' JSON is as docs/*.schema.json says, on every machine that there is; and the schemas
# refuse what is not.
load helper

# One that knows the draft: an older one would take everything that it does not know. It is Python, and
# asked once, as it starts slowly.
setup_file()
{
	export no_validator=''

	if ! command -v jsonschema >/dev/null; then
		no_validator="there is no jsonschema here (python3-jsonschema)"
		return
	fi
	cd "$BATS_FILE_TMPDIR"
	echo '{ "$schema": "https://json-schema.org/draft/2020-12/schema",
		"dependentRequired": { "a": ["b"] } }' >draft.json
	echo '{ "a": 1 }' >document.json
	! jsonschema -i document.json draft.json >/dev/null 2>&1 ||
		no_validator="this jsonschema is older than draft 2020-12"
}

needs_validator() { [ -z "$no_validator" ] || skip "$no_validator"; }

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

# Documents, all at once.
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

# What programs of jq make of a valid document, a line each: null where nothing has changed. The header of
# each document's result names it.
invalid() # schema document change...
{
	local changes change document number=0 arguments=()

	printf -v changes '(%s),' "${@:3}"
	jq -c ". as \$valid | ${changes%,} | if . == \$valid then null else . end" "$2" >changed ||
		wrong "$2: not changed" || return
	while read -r document; do
		number=$((number + 1))
		[ "$document" != null ] || wrong "'${*:number+2:1}' changes nothing" || return
		echo "$document" >"changed$number"
		arguments+=(-i "changed$number")
	done <changed
	[ $number = $(($# - 2)) ] || wrong "$number documents of $(($# - 2))" || return
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

@test "--weights and --set-weights" {
	needs_validator
	on_each_machine weights --hardware --weights --json
	"$numaplace" --hardware --weights --json >weights.here.json
	valid weights weights.*.json
	invalid weights weights.full.json .more=1 'del(.error)' '.source="auto"' '.automatic=1' \
		'.nodes[0].weight=256' '.nodes[0].weight=0' '.nodes[0].bandwidth=0' '.nodes[0].now=0' \
		'del(.nodes[0].initiators)' '.error=-1' '.by_initiator=null' '.by_initiator[0].initiators=""' \
		'.by_initiator[0].weights=[]' '.by_initiator[0].more=1'
	for what in 0:3,1:1 hmat auto; do
		"$numaplace" --dry-run --json --sysroot="$machines/full" --set-weights=$what >set.$what.json 2>/dev/null
	done
	jq '.automatic.before=null | .calls=null' set.auto.json >set.old.json
	valid set-weights set.*.json
	invalid set-weights set.hmat.json .more=1 'del(.automatic.after)' '.source="guess"' '.nodes=[]' \
		'.nodes[0].after=0' '.nodes[0].before=null' '.calls=["x"]' '.error=-1' '.automatic=true'
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
	on_each_machine chosen --best-effort --dry-run --json --membind=free:1k,best --cpunodebind=best --need=1k true 2>/dev/null
	"$numaplace" --dry-run --json --localalloc true >here.json
	valid plan ./*.*.json here.json
	invalid plan range.four.json .more=1 'del(.calls)' .policy=0 '.policy.mode="none"' \
		'.policy.more=1' 'del(.policy.flags)' .cpus=0 '.cpus=""' '.left_out[0].ids=""' \
		'del(.left_out[0].reason)' '.left_out[0].option="membind"' '.command=[]' '.command=[1]' \
		.path=0 '.path=""' '.calls=null' '.calls=["true"]' 'del(.chosen)' .chosen=null 'del(.need)' .need=1
	invalid plan chosen.four.json '.chosen[0].term="near:0"' '.chosen[0].nodes=""' '.chosen[0].more=1' \
		'.chosen[0].room=null' '.chosen[0].reason=""' '.chosen[0].candidates=[]' \
		'.chosen[0].candidates[0].load=-1' '.chosen[0].candidates[0].distance=0' \
		'.chosen[0].candidates[0].free="1"' 'del(.chosen[0].near)' '.need.size=0' 'del(.need.room)'
}

@test "--shm and --file" {
	[ -w /dev/shm ] && [ "$(stat -f -c %T /dev/shm)" = tmpfs ] || skip "/dev/shm is no tmpfs here"
	needs_validator
	file=$(mktemp -u /dev/shm/numaplace.XXXXXX)
	node=$("$numaplace" --show --json | jq -r .allowed_nodes | sed 's/[-,].*//')
	on() { "$numaplace" --file="$file" --json "$@"; }
	on --length=64k --membind="$node" --dry-run >plan.json
	on --length=64k --membind="$node" --touch --verify >new.json 2>/dev/null
	truncate -s 128k "$file"
	on >shown.json
	on --dump >dump.json
	on --dump-nodes >nodes.json
	on --verify >verified.json
	on --interleave="$node" --static-nodes --dump --dump-nodes --verify >all.json
	rm "$file"
	head -c 100000 /dev/urandom >data
	sync data
	"$numaplace" --file=data --json >cache.json
	if [ "$(stat -f -c %T .)" != tmpfs ]; then
		"$numaplace" --file=data --evict --json >evicted.json || [ $? = 1 ]
		"$numaplace" --file=data --evict --dry-run --json >evict.json
		valid segment evicted.json
		valid plan evict.json
		invalid segment evicted.json 'del(.after)' .before=null 'del(.evicted)'
	fi
	# What only a guest shows: pages elsewhere, and huge ones of which nothing is known.
	jq '.differences=[{offset:0,length:8192,node:0,wanted:"1",mode:"bind",nodes:"1",flags:[]},
		{offset:8192,length:4096,node:null,wanted:"1",mode:"default",nodes:"",flags:[]}]
		| .ranges[0].node=null | .present=null' all.json >elsewhere.json
	valid segment {new,shown,dump,nodes,verified,all,cache,elsewhere}.json
	valid plan plan.json
	invalid segment elsewhere.json .more=1 'del(.file)' '.shm="a"' .size=null '.offset=-1' \
		'del(.moved)' .already=null '.policies[0].mode="none"' '.policies[0].length=0' \
		'del(.policies[0].flags)' '.policies[0].nodes=[0]' '.ranges[0].node="0"' \
		'.ranges[0].node=-1' 'del(.present)' 'del(.nodes)' '.nodes[0].bytes=0' '.different=null' \
		'del(.differences[0].wanted)' '.differences[1].node=-1' '.differences[0].more=1' 'del(.checked)'
	invalid plan plan.json '.command=["true"]' '.segment=null' '.path="/bin/true"' '.cpus="0"'
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
	invalid moves "$BATS_TEST_DIRNAME/moves/injected.json" '.processes[0].injection.policy=""' \
		'.processes[0].injection.threads=[]' '.processes[0].injection.rounds=0' \
		'del(.processes[0].injection.longest_stop)' '.processes[0].injection.more=0' \
		'.processes[0].planned=true'
	invalid moves "$BATS_TEST_DIRNAME/moves/gone.json" '.processes[0].end=null' '.processes[0].agrees=0'
}

@test "a cgroup, shown and set" {
	needs_validator
	cp -rL "$machines/cpuset2" machine
	scope=machine/sys/fs/cgroup/user.slice/batch.scope
	echo >$scope/cpuset.cpus
	echo >$scope/cpuset.mems
	"$numaplace" --sysroot=machine --dry-run --cgroup=batch.scope --membind=all --json >planned.json
	"$numaplace" --sysroot=machine --dry-run --cgroup=batch.scope --physcpubind=all --json >cpus.json
	valid cgroup planned.json cpus.json "$BATS_TEST_DIRNAME"/bound/*.json
	invalid cgroup "$BATS_TEST_DIRNAME/bound/both.json" .more=1 'del(.cgroup)' '.cgroup="a"' .members=-1 \
		'.members="1"' 'del(.before.mems)' '.before.more=1' '.after.cpus=[0]' '.nodes[0].more=1' \
		'del(.nodes[0].after)' '.nodes[0].before=null' '.stayed=-1' 'del(.stayed_files)' .planned=null
	run "$numaplace" --cgroup=/ --json
	[[ $output != *"no cgroup2 is mounted here"* ]] || skip "there is no cgroup file system here"
	"$numaplace" --cgroup=/ --json >shown.json 2>/dev/null || [ $? = 1 ]
	valid processes shown.json
	invalid processes shown.json 'del(.cpuset)' 'del(.cgroup)' '.cpuset.more=1' 'del(.cpuset.cpus)' '.cgroup=""'
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

@test "--measure" {
	needs_validator
	for machine in four memoryless tiers full sparse; do
		"$numaplace" --measure --dry-run --json --sysroot="$machines/$machine" >"plan.$machine.json"
	done
	"$numaplace" --measure --loaded --dry-run --json --sysroot="$machines/tiers" >plan.loaded.json
	valid measure plan.*.json "$BATS_TEST_DIRNAME"/measured/*.json
	invalid measure plan.tiers.json .plan=null 'del(.complete)' .more=1 '.method.runs=0' '.method.cache=0' \
		'.method.stores="none"' '.initiators=[]' '.initiators[0].cpus=""' '.targets[0].buffer="1m"' \
		'.targets[0].left_out="none"' 'del(.targets[0].huge)' '.pairs[0].distance=0' '.pairs[0].read=0' \
		'.pairs[0].more=1' 'del(.pairs[0].loaded)'
	invalid measure "$BATS_TEST_DIRNAME/measured/one.json" '.pairs[0].latency.median=null' \
		'.pairs[0].latency.runs=[]' 'del(.pairs[0].read.spread)' '.pairs[0].read.noisy=0' \
		'.targets[0].pages.asked=0'
	invalid measure "$BATS_TEST_DIRNAME/measured/loaded.json" '.pairs[0].loaded[0].load=101' \
		'.pairs[0].loaded=[0]' 'del(.pairs[0].loaded[0].bandwidth)'
}
