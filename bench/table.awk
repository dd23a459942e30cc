# Rows of benchmarks.json (rows.jq) -> tables of ratios for people.
function number(value) { return sprintf(value < 1000 ? "%.1f" : "%.0f", value) }

BEGIN { FS = "\t" }

$1 == "head" {
	if (heads++)
		print ""
	printf "%s: %s\n%s\n", $2, $3, $4
	if ($6 != "")
		printf "beside %s\n", $6
	printf "\n%-38s %-22s %11s %11s  %-6s %6s  %-11s %6s\n", "", "peer", "numaplace", "the peer", "", "ratio",
		"middle half", "rounds"
}

$1 == "row" {
	printf "%-38s %-22s %11s %11s  %-6s %6.2f  %-11s %6d\n", $2, $3, number($6), number($7), $4, $8,
		sprintf("%.2f-%.2f", $9, $10), $5
}

$1 == "missing" { printf "%-38s %-22s not measured: %s\n", $2, $3, $4 }
