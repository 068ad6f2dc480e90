# A host without a configuration and without modules.
fresh() {
    rm -rf /etc/modprobe.d /etc/modules-load.d
    mkdir /etc/modprobe.d
    clean
}

# Which of the modules are in the kernel.
there() {
    for module in "$@"; do
        grep -o "^$module " /proc/modules
    done | tr -d ' ' | xargs
}

# What kmodctl calls the problem, for programs.
code() {
    "$@" --json 2> /dev/null | grep -o '"code":"[a-z-]*"' | head -n 1
}
