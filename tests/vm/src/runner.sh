. /tools.sh

# Runs one command and writes its answer as sessions have it, ended by a zero byte.
run() {
    eval "$1" > /tmp/out 2> /tmp/err < /dev/null
    code=$?
    answer /tmp/out ''
    answer /tmp/err '! '
    [ $code = 0 ] || echo "= $code"
    printf '\0'
}

# Writes a file line by line after a prefix; a last line without its end is marked.
answer() {
    [ -s "$1" ] || return 0
    sed "s/^/$2/" "$1"
    [ -z "$(tail -c 1 "$1")" ] || printf '\\\n'
}

# The kernel's messages since the last time, without their times, and without what the kernel says
# on its own, seconds after it has started: of its clocks and of its random numbers.
klog() {
    dmesg -c | sed -E 's/^\[ *[0-9.]*\] //; /^(tsc|clocksource|random|sched_clock|hrtimer): /d'
}
dmesg -c > /dev/null

# Removes every module that nothing uses, until none is left; not with the tools under test.
clean() {
    while unused=$(awk '$3 == 0 { print $1 }' /proc/modules) && [ -n "$unused" ]; do
        busybox rmmod $unused 2> /dev/null || break
    done
    dmesg -c > /dev/null
}
