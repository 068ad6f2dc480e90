# Completion of depmod for fish.

functions -q __kmod_read; or source (status dirname)/kmod.fish

function __kmod_for_depmod
    __kmod_read depmod
    if set -q operands[1]
        __kmod_module_files
    else
        __kmod_releases depmod
    end
end

complete -c depmod -f
complete -c depmod -a '(__kmod_for_depmod)'
complete -c depmod -s a -l all -d 'Read all modules'
complete -c depmod -s A -l quick -d 'Only if a module is new'
complete -c depmod -s b -l basedir -x -a '(__fish_complete_directories)' -d 'Root of the modules'
complete -c depmod -s m -l moduledir -x -a '(__fish_complete_directories)' -d 'Module directory below the root'
complete -c depmod -s o -l outdir -x -a '(__fish_complete_directories)' -d 'Root of what is written'
complete -c depmod -s C -l config -rF -d 'Other configuration'
complete -c depmod -s E -l symvers -rF -d 'Symbols of the kernel, with checksums'
complete -c depmod -s F -l filesyms -rF -d 'Symbols of the kernel'
complete -c depmod -s e -l errsyms -d 'Warn about missing symbols'
complete -c depmod -s v -l verbose -d 'Print dependencies as they are found'
complete -c depmod -s n -l show -d 'Print, and write nothing'
complete -c depmod -l dry-run -d 'Print, and write nothing'
complete -c depmod -s P -l symbol-prefix -x -d 'Character before symbols'
complete -c depmod -s w -l warn -d 'Warn about what is there twice'
complete -c depmod -s j -l jobs -x -d 'Most threads'
complete -c depmod -l no-cache -d 'Read all modules again'
complete -c depmod -s V -l version -d 'Print the version'
complete -c depmod -s h -l help -d 'Print a summary of the options'
