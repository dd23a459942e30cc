# shellcheck shell=bash
# The command lines of README.md, docs/recipes.md, docs/tour.md and the manual page, for
# tests/cli/recipes.bats and (the first two) tests/vm/recipes.bats.
#
# Above each block stands how it is run: <!-- run: MACHINE; with: NAME=VALUE...; not ours: WORD... -->.
# MACHINE is one of tests/sysroot; `guest`; or `here`: on this machine, all of it. `with` is the
# environment that a launcher makes; lines that begin with one of the words are other programs'.
# `output` says that what is printed stands there too, `fails` that the command is refused. A command
# line in the text is run on `tiers`, or in a guest where it is about what runs there.

# A line each of: number, machine, kind (ours, theirs, printed, or nobody's), environment, whether it
# fails, the line. The fields have tabs between them, an empty one is "-".
recipe_lines() # file.md
{
	awk '
	function field(name,    rest) {
		if (!match(how, "(^|; )" name ": "))
			return "-"
		rest = substr(how, RSTART + RLENGTH)
		sub(/; .*/, "", rest)
		return rest
	}
	function has(word) { return ("; " how ";") ~ ("; " word ";") }
	function found(kind, line) {
		printf "%d\t%s\t%s\t%s\t%s\t%s\n", number, machine, kind, field("with"),
			has("fails") ? "fails" : "-", line
	}
	# Another program\047s, which says so: words with blanks around them.
	function theirs(line,    words) {
		split(line, words, " ")
		return index(" " field("not ours") " ", " " words[1] " ") ? "theirs" : "nobody\047s"
	}
	function kind_of(line) {
		return machine == "here" || line ~ /(^|[ \/(])numaplace / ? "ours" : theirs(line)
	}
	function in_text(line,    span) {
		number = FNR
		while (match(line, /`[^`]*`/)) {
			span = substr(line, RSTART + 1, RLENGTH - 2)
			line = substr(line, RSTART + RLENGTH)
			if (span !~ /(^|[ \/(])numaplace /)
				continue
			machine = span ~ /--(pid|stat|cgroup|file|shm|make-room|show|version)/ ? "guest" : "tiers"
			how = span ~ /mpirun/ ? "with: OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=4" : \
				span ~ /srun/ ? "with: SLURM_LOCALID=1 SLURM_NTASKS_PER_NODE=4" : ""
			found("ours", span)
		}
	}
	/^<!-- run: .* -->$/ { how = substr($0, 6, length - 9); next }
	/^```/ && !inside {
		inside = 1
		# What is in another language has command lines only where it names numaplace.
		text = $0 != "```"
		number = FNR
		machine = field("run")
		if (machine == "-" && !text)
			found("nobody\047s", "the block has no comment that says where it is run")
		next
	}
	/^```/ { inside = 0; how = ""; next }
	!inside && NF { how = ""; in_text($0); how = "" }
	!inside { next }
	text {
		number = FNR
		if (sub(/^( *command:|CMD) \[/, "") && sub(/\]$/, "")) {
			gsub(/"/, "")
			gsub(/, /, " ")
			found("ours", $0)
		} else if (/numaplace/)
			found(theirs($0), $0)
		next
	}
	{
		number = FNR
		if (!sub(/^[$#] /, ""))
			found(has("output") ? "printed" : "nobody\047s", $0)
		else
			found(kind_of($0), $0)
	}' "$1"
}

# Likewise of the examples of a manual page: those that name numaplace, each as if it stood in a text.
example_lines() # page.1
{
	awk '/^\.Sh / { inside = $2 == "EXAMPLES" }
		!inside || !sub(/^\.Dl [$#] /, "") { print ""; next }
		{ print "`" $0 "`" }' "$1" | recipe_lines /dev/stdin
}
