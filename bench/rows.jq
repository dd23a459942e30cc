# benchmarks.json -> lines of fields with tabs between them, for table.awk and picture.awk. $only: names,
# or [] for all.
def machine: [
	.date, "Linux " + .kernel, .guest // empty,
	(if .guest then "on " else "" end) + "\(.cpus) CPU" + (if .cpus == 1 then "" else "s" end) + " of \(.cpu)",
	"load \(.load)",
	if .nice == 0 then empty else "nice \(.nice)" end
] | join(", ");

.benchmarks[] | select(.name as $name | $only | length == 0 or index($name)) |
["head", .name, .about, machine, "\(.date), Linux \(.kernel)",
	(.peers | map(.name + if .version then " " + .version else "" end) | join(", "))],
(.results[] |
	if .missing then ["missing", .what, .peer, .missing]
	else ["row", .what, .peer, .unit, .rounds, .ours.median, .theirs.median, .ratio.median, .ratio.low, .ratio.high]
	end) |
map(tostring) | join("\t")
