# Completion of insmod for fish.

functions -q __kmod_read; or source (status dirname)/kmod.fish

function __kmod_for_insmod
    __kmod_read insmod
    if set -q operands[1]
        __kmod_parameters '' $release $operands[1]
    else
        __kmod_module_files
    end
end

complete -c insmod -f
complete -c insmod -a '(__kmod_for_insmod)'
complete -c insmod -s f -l force -d 'Insert by force'
complete -c insmod -s s -l syslog -d 'Messages to syslog'
complete -c insmod -s v -l verbose -d 'More messages'
complete -c insmod -s V -l version -d 'Print the version'
complete -c insmod -s h -l help -d 'Print a summary of the options'
