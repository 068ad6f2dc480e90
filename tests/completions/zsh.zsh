# For each line of standard input, which stands before the cursor, prints the words that zsh would
# make of its last word, and an empty line. Usage: zsh -f zsh.zsh COMPLETIONS
#
# Completion works only in a shell that edits lines, so one is run in a pseudo-terminal. Its
# `compadd` writes to a pipe what it adds, and nothing of it is inserted.

zmodload zsh/zpty zsh/system
directory=${1:A}
scratch=$(mktemp -d)
trap 'rm -rf $scratch' EXIT
mkfifo $scratch/found

cat > $scratch/inner <<'INNER'
PS1= PS2= RPS1=
unsetopt zle_bracketed_paste prompt_sp prompt_cr 2>/dev/null
fpath=($completions $fpath)
autoload -Uz compinit
compinit -D -u
zstyle ':completion:*' completer _complete
zstyle ':completion:*' verbose no
zstyle ':completion:*' insert-tab no

# Writes the words that a call adds, whole, with a directory's slash or an option's `=`.
compadd() {
  local -a given=("$@") matched
  local argument letters letter prefix hidden suffix word
  local -i files=0 asks=0
  while [[ $1 == -?* && $1 != -- ]]; do
    letters=${1#-}
    shift
    while [[ -n $letters ]]; do
      letter=$letters[1] letters=${letters#?}
      case $letter in
        f) files=1; continue ;;
        [PpSsWIiJVXxdEMFrROAD]) ;;
        o) [[ -n $letters || $1 == -* ]] && continue ;;
        *) continue ;;
      esac
      argument=$letters letters=
      [[ -n $argument ]] || { argument=$1; shift }
      case $letter in
        P) prefix=$argument ;;
        p) hidden=$argument ;;
        S) suffix=${argument% } ;;
        [OAD]) asks=1 ;;
      esac
    done
  done
  if (( asks )); then
    builtin compadd "$given[@]"
    return
  fi
  builtin compadd -O matched "$given[@]"
  for word in $matched; do
    word=$IPREFIX$prefix$hidden$word$suffix
    (( files )) && [[ -d ${${(Q)word#--*=}/#\~\//$HOME/} ]] && word+=/
    print -r -- $word >&$found
  done
  builtin compadd "$given[@]"
}

list() {
  _main_complete
  compstate[insert]= compstate[list]=
  print -r -- '' >&$found
}
zle -C list complete-word list
bindkey '^I' list
bindkey '^U' kill-whole-line
exec {found}>$pipe
INNER

export pipe=$scratch/found completions=$directory
zpty inner zsh -f -i
zpty -w inner "source ${(q)scratch}/inner"
exec {found}<$scratch/found
while IFS= read -r line; do
  zpty -w -n inner "$line"$'\t'
  words=()
  while IFS= read -r -t 20 word <&$found && [[ -n $word ]]; do
    words+=($word)
  done
  (( $#words )) && print -rl -- ${(ou)words}
  print
  zpty -w -n inner $'\x15'
  while zpty -r -t inner ignored; do :; done
done
zpty -d inner
