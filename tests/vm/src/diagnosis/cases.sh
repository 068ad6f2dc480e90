# Runs cases. Every piece of what is told is a line `CASE PART`, a text, and a zero byte.
release=$(uname -r)
tree=/lib/modules/$release
mkdir -p /kept /etc/modprobe.d /etc/modules-load.d /mnt
cp -a "$tree" /kept/tree
mkdir -p /dev/net
echo 'root:x:0:0::/:/bin/sh' > /etc/passwd
echo 'nobody:x:65534:65534::/:/bin/sh' >> /etc/passwd
mount -t securityfs securityfs /sys/kernel/security

# Busybox's shell prefers its own.
ip() { /sbin/ip "$@"; }
tc() { /sbin/tc "$@"; }

part() { printf '%s %s\n' "$case" "$1"; }

# Has stock kmod, or kmodctl, answer a command.
ask() {
    part "$1"
    run "$2"
}

stock() {
    for tool in modprobe insmod rmmod lsmod modinfo depmod; do
        eval "$tool() { /stock/$tool \"\$@\"; }"
    done
    ask stock "$1"
    . /tools.sh
}

# Commands that must succeed; tells what was said when they do not.
must() {
    # Not in a list of `&&`: there `set -e` means nothing.
    (set -e; eval "$2") > /tmp/said 2>&1 < /dev/null
    [ $? = 0 ] && return
    part trouble
    printf '%s:\n' "$1"
    cat /tmp/said
    printf '\0'
}

# What is wished for must not be there before it is cured.
must_not() {
    (set -e; eval "$1") > /tmp/said 2>&1 < /dev/null
    [ $? = 0 ] || return
    part trouble
    printf 'it works before it is cured:\n'
    cat /tmp/said
    printf '\0'
}

# Tells the first cure that kmodctl named last, and runs it, or what stands for it.
cure() {
    fix=$(sed -n 's/^ *fix: //p' /tmp/err | head -n 1)
    part fix
    printf '%s\0' "$fix"
    [ "$1" = restart ] || must cure "${1:-${fix% (*)}}"
}

# The machine as it was before the case.
restore() {
    killall sleep hold ip 2> /dev/null
    umount /mnt /mnt/* 2> /dev/null
    swapoff -a 2> /dev/null
    dmsetup remove_all > /dev/null 2>&1
    ip link delete tap0 2> /dev/null
    rm -rf /lib/firmware
    for device in /sys/bus/pci/devices/*; do echo > "$device/driver_override"; done
    sysctl -qw net.core.default_qdisc=pfifo_fast
    rm -rf /lib/modules/* /etc/modprobe.d/* /etc/modules-load.d/*
    cp -a /kept/tree "$tree"
    clean
}

# For cases: where a module's file is; another file in its place, of those that were made for the
# cases; and the right one again, as a package would put it there.
file_of() { find "$tree" -name "$1.ko*"; }
put() {
    file=$(file_of "$1")
    cp "/altered/$2.ko${file##*.ko}" "$file"
}
put_back() {
    (cd /kept/tree && find . -name "$1.ko*") | while read -r file; do
        cp -a "/kept/tree/$file" "$tree/$file"
    done
}
loaded() { grep -q "^$1 .* Live" /proc/modules; }
absent() { ! grep -q "^$1 " /proc/modules; }
