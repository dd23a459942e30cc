#!/usr/bin/env zsh
# complete for zsh: a shell on a terminal of its own is asked, by the key.
zmodload zsh/zpty || exit 2
folder=$(mktemp -d) || exit 2
cat >$folder/.zshrc <<\END
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit
compinit -u -D

# The one way to offer anything: it is written down, and done.
compadd()
{
	local -a offered texts
	local i before suffix array

	# What fills an array offers nothing.
	for ((i = 1; i <= $# && ${#${@[i]}} > 1; i++)); do
		case ${@[i]} in
		--) break ;;
		-[OAD]) array=yes ;;
		-*d) texts=("${(@P)@[i + 1]}") ;;
		-*p) before=${@[++i]} ;;
		-*S) suffix=${@[++i]} ;;
		-*S=) suffix='=' ;;
		esac
	done
	if [[ -z $array ]]; then
		builtin compadd -O offered -D texts "$@"
		for ((i = 1; i <= $#offered; i++)); do
			print -r -- "$IPREFIX$before$offered[i]$suffix"$'\t'"${texts[i]#*-- }"
		done >>$OFFERED
	fi
	builtin compadd "$@"
}

offer()
{
	_main_complete
	# A long list would be asked about first.
	compstate[list]=
}

ask()
{
	print -r -- "> $BUFFER" >>$OFFERED
	zle offer
	BUFFER=
}
zle -C offer list-choices offer
zle -N ask
bindkey '^I' ask
END
export COMPLETIONS=${0:a:h}/../../completions OFFERED=$folder/offered ZDOTDIR=$folder TERM=dumb
zpty shell zsh -i
for line in "$@"; do
	zpty -w -n shell "$line"$'\t'
done
zpty -w shell exit
while zpty -r shell line; do :; done
cat $OFFERED 2>/dev/null
rm -rf $folder
