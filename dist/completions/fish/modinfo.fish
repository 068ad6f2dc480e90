# Completion of modinfo for fish.

functions -q __kmod_read; or source (status dirname)/kmod.fish

function __kmod_for_modinfo
    __kmod_read modinfo
    if string match -qr '^[.~]|/' -- (commandline -ct)
        contains modname $flags; or __kmod_module_files
    else
        set -l found (__kmod_modules $modules/$release '' modules.dep modules.builtin)
        set -q found[1]; or set found (__kmod_aliases "$root" $release '')
        string join \n -- $found
    end
end

set -l fields filename name license description author version srcversion firmware alias depends \
    softdep weakdep intree retpoline staging import_ns vermagic parm parmtype sig_id signer sig_key \
    sig_hashalgo signature

complete -c modinfo -f
complete -c modinfo -a '(__kmod_for_modinfo)'
complete -c modinfo -s a -l author -d 'Print the author'
complete -c modinfo -s d -l description -d 'Print the description'
complete -c modinfo -s l -l license -d 'Print the licence'
complete -c modinfo -s p -l parameters -d 'Print the parameters'
complete -c modinfo -s n -l filename -d 'Print the name of the file'
complete -c modinfo -s 0 -l null -d 'End entries with NUL'
complete -c modinfo -s m -l modname -d 'Words are names of modules'
complete -c modinfo -s F -l field -x -a "$fields" -d 'Print this field'
complete -c modinfo -s k -l set-version -x -a '(__kmod_releases modinfo)' -d 'Kernel release'
complete -c modinfo -s b -l basedir -x -a '(__fish_complete_directories)' -d 'Root of the modules'
complete -c modinfo -s V -l version -d 'Print the version'
complete -c modinfo -s h -l help -d 'Print a summary of the options'
