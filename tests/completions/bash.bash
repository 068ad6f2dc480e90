# For each line of standard input, which stands before the cursor, prints the words that bash would
# make of its last word, and an empty line. Usage: bash --norc bash.bash COMPLETIONS

# What an interactive shell has as a built-in command, which works only while it completes.
compopt() {
    [[ $1 == -o ]] && options+="$2 "
}

# As bash breaks a line: at blanks, and at each run of `=` and `:`.
break_up() {
    local rest=$1
    COMP_WORDS=()
    while [[ $rest =~ ^[[:blank:]]*([=:]+|[^=:[:blank:]]+) ]]; do
        COMP_WORDS+=("${BASH_REMATCH[1]}")
        rest=${rest:${#BASH_REMATCH[0]}}
    done
    [[ $rest ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
}

shown() {
    local reply before=$1
    for reply in "${COMPREPLY[@]}"; do
        [[ $options == *filenames* && -d ${reply/#\~\//$HOME/} ]] && reply+=/
        printf '%s%s\n' "$before" "$reply"
    done | LC_ALL=C sort
    echo
}

source "$1/kmod"
source "$1/kmodctl"
# What a user may have set must not matter.
set -u
shopt -s nocasematch failglob
while IFS= read -r COMP_LINE; do
    COMP_POINT=${#COMP_LINE} options=' ' COMPREPLY=()
    break_up "$COMP_LINE"
    word=${COMP_LINE##*[[:blank:]]} last=${COMP_WORDS[COMP_CWORD]}
    [[ $last == [=:]* ]] && last=
    completer=$(complete -p "${COMP_WORDS[0]##*/}" | sed 's/.*-F \([^ ]*\) .*/\1/')
    "$completer" "${COMP_WORDS[0]}" "$last" ''
    shown "${word%"$last"}"
done
