# Completion of kmodctl for fish 3.1 and later. kmodctl itself says what may stand where; nothing of
# its answer is evaluated.

function __kmodctl_complete
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    for line in (command kmodctl __complete -- $before[2..-1] $typed 2>/dev/null)
        switch $line
            case :directories
                __kmodctl_files $typed | string match '*/'
            case :files
                __kmodctl_files $typed
            case '*'
                echo $line
        end
    end
end

# The files that begin as typed, behind the option in the same word.
function __kmodctl_files
    set -l parts (string split -m 1 = -- $argv[1])
    set -l lead ''
    set -l start $argv[1]
    if string match -q -- '-*=*' $argv[1]
        set lead $parts[1]=
        set start $parts[2]
    end
    for file in (complete -C "'' $start" | string replace -r '\t.*' '')
        echo $lead$file
    end
end

complete -c kmodctl -f -a '(__kmodctl_complete)'
