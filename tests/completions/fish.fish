# For each line of standard input, which stands before the cursor, prints the words that fish would
# make of its last word, and an empty line. Usage: fish --no-config fish.fish COMPLETIONS

set fish_complete_path $argv[1]
while read -l line
    complete -C $line | string replace -r '\t.*' '' | LC_ALL=C sort -u
    echo
end
