# Completion of rmmod for fish.

functions -q __kmod_read; or source (status dirname)/kmod.fish

function __kmod_for_rmmod
    __kmod_read rmmod
    if __kmod_path
        __kmod_module_files
    else
        __kmod_loaded "$operands"
    end
end

complete -c rmmod -f
complete -c rmmod -a '(__kmod_for_rmmod)'
complete -c rmmod -s f -l force -d 'Remove by force'
complete -c rmmod -s s -l syslog -d 'Messages to syslog'
complete -c rmmod -s v -l verbose -d 'More messages'
complete -c rmmod -s V -l version -d 'Print the version'
complete -c rmmod -s h -l help -d 'Print a summary of the options'
