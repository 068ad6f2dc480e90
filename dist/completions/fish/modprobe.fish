# Completion of modprobe for fish.

functions -q __kmod_read; or source (status dirname)/kmod.fish

function __kmod_for_modprobe
    __kmod_read modprobe
    if contains show-config $flags
        return
    else if contains remove $flags
        __kmod_loaded "$operands"
    else if set -q operands[1]; and not contains all $flags; and not contains resolve-alias $flags
        __kmod_parameters "$root" $release $operands[1]
    else if __kmod_path
        __kmod_module_files
    else
        set -l tables modules.dep
        contains show-depends $flags; or contains resolve-alias $flags; and set -a tables modules.builtin
        set -l found (__kmod_modules $modules/$release "$operands" $tables)
        set -q found[1]; or set found (__kmod_aliases "$root" $release "$operands" $configuration)
        string join \n -- $found
    end
end

complete -c modprobe -f
complete -c modprobe -a '(__kmod_for_modprobe)'
complete -c modprobe -s a -l all -d 'Every word is a module'
complete -c modprobe -s r -l remove -d 'Remove modules'
complete -c modprobe -l remove-holders -d 'First remove the modules that use it'
complete -c modprobe -s w -l wait -x -d 'Try for some milliseconds to remove'
complete -c modprobe -s R -l resolve-alias -d 'Print which modules a name stands for'
complete -c modprobe -l first-time -d 'Fail if there is nothing to do'
complete -c modprobe -s i -l ignore-install -d 'Ignore commands and soft dependencies'
complete -c modprobe -l ignore-remove -d 'Ignore commands and soft dependencies'
complete -c modprobe -s b -l use-blacklist -d 'Let blacklists count for names too'
complete -c modprobe -s f -l force -d 'Insert or remove by force'
complete -c modprobe -l force-modversion -d 'Insert although checksums differ'
complete -c modprobe -l force-vermagic -d 'Insert although the version magic differs'
complete -c modprobe -s D -l show-depends -d 'Print what would be done'
complete -c modprobe -s c -l show-config -d 'Print the configuration'
complete -c modprobe -l show-modversions -d 'Print the checksums a module was built against'
complete -c modprobe -l show-exports -d 'Print the symbols a module exports'
complete -c modprobe -s n -l dry-run -d 'Change nothing'
complete -c modprobe -s C -l config -rF -d 'Other configuration'
complete -c modprobe -s d -l dirname -x -a '(__fish_complete_directories)' -d 'Root of the modules'
complete -c modprobe -s S -l set-version -x -a '(__kmod_releases modprobe)' -d 'Kernel release'
complete -c modprobe -s s -l syslog -d 'Messages to syslog'
complete -c modprobe -s q -l quiet -d 'No messages'
complete -c modprobe -s v -l verbose -d 'More messages'
complete -c modprobe -s V -l version -d 'Print the version'
complete -c modprobe -s h -l help -d 'Print a summary of the options'
