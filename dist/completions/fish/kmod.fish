# Completion of kmod for fish 3.4 and later, and what the completions of its tools have in common:
# these source this file, so all of them belong into one directory.
#
# Nothing that is read from a file is evaluated, and only names of plain characters are offered: a
# module's file name cannot put a command on the line.

# Options that say where modules are, and those that decide what a word is, as argparse writes them.
set -g __kmod_modprobe d/dirname= S/set-version= C/config=+ w/wait= a/all r/remove R/resolve-alias \
    D/show-depends c/show-config
set -g __kmod_modinfo b/basedir= k/set-version= F/field= m/modname
set -g __kmod_depmod b/basedir= m/moduledir= o/outdir= C/config=+ E/symvers= F/filesyms= \
    P/symbol-prefix=
set -g __kmod_insmod f/force
set -g __kmod_rmmod f/force

# Reads the words before the cursor into variables of the caller: `root`, `modules` (the directory
# of all releases), `release`, `configuration`, `operands` (the words that are no options), and
# `flags` (the long names of those of the options that are there).
function __kmod_read --no-scope-shadowing --argument-names __tool
    set -l words (commandline -opc)[2..]
    set -l options __kmod_$__tool
    # The last word may be an option whose argument is what is to be completed.
    argparse --ignore-unknown $$options -- $words 2>/dev/null
    or argparse --ignore-unknown $$options -- $words[..-2] 2>/dev/null
    set operands (string match -v -- '-*' $argv)
    set root (string replace -r '^~/' -- "$HOME/" "$_flag_dirname$_flag_basedir" | string trim -r -c /)
    set configuration (string replace -r '^~/' -- "$HOME/" $_flag_config)
    set flags
    for __option in (string replace -r '.*/([a-z-]+).*' '$1' -- $$options)
        set -q _flag_(string replace -a -- - _ $__option); and set -a flags $__option
    end
    set release "$_flag_set_version"
    test -n "$release"; or set release (uname -r)
    set modules $root/(string trim -l -c / -- "$_flag_moduledir")
    test -n "$_flag_moduledir"; or set modules $root/lib/modules
end

# Prints those of some names that begin as what was typed, where `-` and `_` are the same. What was
# typed stays, and the rest is spelled like it.
function __kmod_names --argument-names description given
    set -l typed (commandline -ct | string replace -r '^["\']' '')
    string match -qr -- '^[A-Za-z0-9_+-]*$' $typed; or return
    set -l plain (string replace -a -- - _ "$typed")
    set -l names (string match -- "$plain*" $argv[3..] | string match -r -- '^[A-Za-z0-9_+]+$')
    for name in (string split -n ' ' -- (string replace -a -- - _ $given))
        set names (string match -v -- $name $names)
    end
    set -l rest (string sub -s (math (string length -- "$plain") + 1) -- $names)
    if string match -q -- '*-*' $typed; and not string match -q -- '*_*' $typed
        set rest (string replace -a -- _ - $rest)
    end
    set -q names[1]; and printf "%s\t$description\n" "$typed"$rest
end

# Prints modules that are listed in files of the module directory.
function __kmod_modules --argument-names modules given
    __kmod_names Module "$given" (LC_ALL=C sed 's/:.*//; s|.*/||; s/\..*//; s/-/_/g' $modules/$argv[3..] \
        2>/dev/null | sort -u)
end

# Prints modules in the kernel.
function __kmod_loaded --argument-names given
    __kmod_names 'Loaded module' "$given" (sed 's/ .*//' /proc/modules 2>/dev/null)
end

# Prints aliases without wildcards, of the configuration and of modules.
function __kmod_aliases --argument-names root release given
    test -n (commandline -ct); or return
    set -l where -S $release
    test -n "$root"; and set -a where -d $root
    for file in $argv[4..]
        set -a where -C $file
    end
    set -lx PATH $PATH /usr/sbin /sbin
    set -lx MODPROBE_OPTIONS
    __kmod_names Alias "$given" (modprobe -c $where 2>/dev/null |
        sed -n 's/^alias \([A-Za-z0-9_+]*\) .*/\1/p' | sort -u)
end

# Prints parameters of a module, or the values of one.
function __kmod_parameters --argument-names root release module
    set -l typed (commandline -ct)
    set -l where -k $release
    test -n "$root"; and set -a where -b $root
    set -lx PATH $PATH /usr/sbin /sbin
    modinfo $where -0 -F parm -- (string replace -r '^~/' -- "$HOME/" $module) 2>/dev/null |
        while read -lz entry
            set -l parts (string match -r -- '^([A-Za-z0-9_.]+):(.*)$' (string replace -ra '[^[:print:]]' ' ' -- "$entry"))
            set -q parts[1]; or continue
            if not string match -q -- '*=*' $typed
                printf '%s=\t%s\n' $parts[2] $parts[3]
            else if string match -q -- "$parts[2]=*" $typed
                and string match -qr '(bool|\(bint)\)$' -- $parts[3]
                printf '%s=%s\n' $parts[2] 0 $parts[2] 1
            end
        end
end

# Prints kernels whose modules are there, for one of the tools.
function __kmod_releases --argument-names tool
    __kmod_read $tool
    for directory in $modules/*/
        string match -r -- '^[A-Za-z0-9_.+~-]+$' (basename $directory)
    end
end

# Prints module files, and directories that may hold some.
function __kmod_module_files
    set -l typed (string unescape -- (commandline -ct))
    set -l home (string match -r '^~/' -- $typed)
    set -l start (string replace -r '^~/' -- "$HOME/" $typed)
    for file in $start*
        set -l shown $file
        test -n "$home"; and set shown '~'(string sub -s (math (string length -- $HOME) + 1) -- $file)
        if test -d $file
            echo $shown/
        else if string match -qr '\.ko(\.gz|\.xz|\.zst)?$' -- $file
            echo $shown
        end
    end
end

# Whether what was typed is a path.
function __kmod_path
    string match -qr '^[/.~]' -- (commandline -ct)
end

# Whether the command that kmod was given is this one, or none when there is none to compare.
function __kmod_command --argument-names command
    test "$(string match -v -- '-*' (commandline -opc)[2..])[1]" = "$command"
end

complete -c kmod -f
complete -c kmod -n '__kmod_command ""' -s V -l version -d 'Print the version'
complete -c kmod -n '__kmod_command ""' -s h -l help -d 'Print a summary of the commands'
complete -c kmod -n '__kmod_command ""' -a help -d 'Print a summary of the commands'
complete -c kmod -n '__kmod_command ""' -a list -d 'List the modules in the kernel'
complete -c kmod -n '__kmod_command ""' -a static-nodes -d 'Print device nodes'
complete -c kmod -n '__kmod_command list' -s s -l syslog -d 'Messages to syslog'
complete -c kmod -n '__kmod_command list' -s v -l verbose -d 'More messages'
complete -c kmod -n '__kmod_command list' -s V -l version -d 'Print the version'
complete -c kmod -n '__kmod_command list' -s h -l help -d 'Print a summary of the options'
complete -c kmod -n '__kmod_command static-nodes' -s f -l format -x -a 'human tmpfiles devname' -d 'How nodes are written'
complete -c kmod -n '__kmod_command static-nodes' -s o -l output -rF -d 'File to write'
complete -c kmod -n '__kmod_command static-nodes' -s h -l help -d 'Print a summary of the options'
