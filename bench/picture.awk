# Rows of benchmarks.json (rows.jq) -> a picture of the ratios: a bar for each, a line at 1.
function escaped(text)
{
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}

function words(class, x, y, text)
{
	printf "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", class, x, y, escaped(text)
}

function box(class, x, y, width, height)
{
	printf "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", class, x, y, width, height
}

function line(class, x, y, to_x, to_y)
{
	printf "<path class=\"%s\" d=\"M%d.5 %d.5L%d.5 %d.5\"/>\n", class, x, y, to_x, to_y
}

# A ratio's place on the axis; what is beyond its end is at its end.
function place(ratio) { return left + int((ratio < most ? ratio : most) / most * (right - left) + 0.5) }

function draw_head(y)
{
	words("name", margin, y + 14, $2)
	words("dim", columns, y + 14, $3)
	words("dim end", width - margin, y + 14, $5)
}

function draw_row(y)
{
	draw_grid(y)
	words("what", margin, y + 14, $2)
	words("dim", columns, y + 14, $3)
	printf "<g><title>%s, %s: %.2f (middle half of %d rounds: %.2f-%.2f)</title>\n", escaped($2),
		escaped($3), $8, $5, $9, $10
	box($8 < 1 ? "less" : "more", left, y + 4, place($8) - left, 12)
	line("one", place(1), y, place(1), y + row)
	line("half", place($9), y + 10, place($10), y + 10)
	line("half", place($9), y + 7, place($9), y + 13)
	line("half", place($10), y + 7, place($10), y + 13)
	print "</g>"
	words("what end", width - margin, y + 14, sprintf("%.2f", $8))
}

function draw_missing(y)
{
	words("what", margin, y + 14, $2)
	words("dim", columns, y + 14, $3)
	words("dim", left, y + 14, "not measured: " $4)
}

function draw_axis(y,    ratio)
{
	for (ratio = 0; ratio <= most; ratio += 0.5)
		words("dim middle", place(ratio), y, sprintf("%.1f", ratio))
}

function draw_grid(y,    ratio)
{
	for (ratio = 0; ratio <= most; ratio += 0.5)
		line("grid", place(ratio), y, place(ratio), y + row)
}

function draw_legend(y)
{
	box("less", margin, y, 12, 12)
	words("dim", margin + 18, y + 10, "better than the peer")
	box("more", margin + 160, y, 12, 12)
	words("dim", margin + 178, y + 10, "worse")
	line("half", margin + 236, y + 6, margin + 260, y + 6)
	line("half", margin + 236, y + 3, margin + 236, y + 9)
	line("half", margin + 260, y + 3, margin + 260, y + 9)
	words("dim", margin + 268, y + 10, "middle half of the rounds")
	line("one", margin + 436, y, margin + 436, y + 12)
	words("dim", margin + 444, y + 10, "1.0: the peer")
}

function draw_style()
{
	print "<style>"
	print "text{fill:#1f2933;font-family:system-ui,sans-serif;font-size:12px;font-variant-numeric:tabular-nums}"
	print ".title{font-size:20px;font-weight:600}.name{font-size:14px;font-weight:600}.dim{fill:#5b6773}"
	print ".end{text-anchor:end}.middle{text-anchor:middle}"
	print "path{fill:none;stroke-width:1}"
	print ".page{fill:#ffffff}.less{fill:#2f6fb3}.more{fill:#d08b3c}"
	print ".grid{stroke:#d0d8df}.one{stroke:#1f2933}.half{stroke:#1f2933}"
	print "@media (prefers-color-scheme:dark){"
	print "text{fill:#e4e9ee}.dim{fill:#9fabb7}"
	print ".page{fill:#13171c}.less{fill:#63a4e0}.more{fill:#d9a05b}"
	print ".grid{stroke:#36414c}.one{stroke:#e4e9ee}.half{stroke:#e4e9ee}"
	print "}"
	print "</style>"
}

BEGIN {
	FS = "\t"
	width = 940; margin = 28; columns = 272; left = 440; right = 850; top = 138; row = 20; gap = 16
	most = 1.5
}

{
	kept[NR] = $0
	height += row + ($1 == "head" && NR > 1 ? gap : 0)
	while ($1 == "row" && most < 2.5 && $10 > most)
		most += 0.5
}

END {
	height += top
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" ", width,
		height + margin, width, height + margin
	print "role=\"graphics-document document\" aria-labelledby=\"title desc\">"
	print "<title id=\"title\">numaplace beside other tools</title>"
	print "<desc id=\"desc\">Bars of ratios, shorter is better; docs/benchmarks.json has the figures.</desc>"
	draw_style()
	box("page", 0, 0, width, height + margin)
	words("title", margin, 41, "numaplace beside other tools")
	words("dim", margin, 62, "Shorter is better: its time as a part of the peer's; of rates the peer's as a part of its own. " \
		"Each pair ran in turn.")
	draw_legend(80)
	draw_axis(top - 14)
	y = top
	for (i = 1; i <= NR; i++) {
		$0 = kept[i]
		y += $1 == "head" && i > 1 ? gap : 0
		if ($1 == "head")
			draw_head(y)
		else if ($1 == "row")
			draw_row(y)
		else
			draw_missing(y)
		y += row
	}
	print "</svg>"
}
