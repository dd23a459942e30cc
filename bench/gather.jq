# Lines of a benchmark (see lines.bash) -> its entry in benchmarks.json. Wants -Rn, and $entry: what
# bench/run knows of it.

def rounded: (. * 1000 | round) / 1000;

# Between the two nearest values, as most programs have it.
def quantile($part):
	sort | ((length - 1) * $part) as $at | .[$at | floor] as $below | .[$at | ceil] as $above |
	$below + ($above - $below) * ($at - ($at | floor));

def summary: { median: quantile(0.5), low: quantile(0.25), high: quantile(0.75) } | map_values(rounded);

# Below 1 is better: of times ours by theirs, of rates theirs by ours.
def ratio($unit): if $unit | endswith("/s") then .theirs / .ours else .ours / .theirs end;

def result: .[0] as $first | {
	what: $first.what, peer: $first.peer, missing: null, unit: $first.unit, rounds: length,
	ours: map(.ours) | summary, theirs: map(.theirs) | summary,
	ratio: map(ratio($first.unit)) | summary
};

[inputs | split("\t")] as $lines |
def fields($kind): $lines | map(select(.[0] == $kind) | .[1:]);
def last_of($kind; $default): fields($kind) | if length > 0 then .[-1][0] else $default end;

# Rounds of the same two, in the order in which these came.
def pairs: to_entries | group_by(.value | [.what, .peer]) | sort_by(.[0].key) | map(map(.value));

# Less than what was taken off is no time.
(fields("sample") | map({ what: .[0], peer: .[1], unit: .[2], ours: (.[3] | tonumber), theirs: (.[4] | tonumber) } |
	select(.ours > 0 and .theirs > 0)) | pairs | map(result)) as $results |
(fields("missing") | map({ what: .[0], peer: .[1], missing: .[2] })) as $missing |
$entry + {
	about: last_of("about"; ""), kernel: last_of("kernel"; $entry.kernel), guest: last_of("guest"; null),
	peers: fields("peer") | map({ name: .[0], version: (.[1] | if . == "" then null else . end) }),
	results: ($results + $missing)
}
