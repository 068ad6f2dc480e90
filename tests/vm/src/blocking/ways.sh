# Tries the ways into the kernel, one after the other, and says where each leads.

is_loaded() {
    grep -q "^$1 " /proc/modules
}

# way WORDS MODULE COMMAND...: a line that says whether the command gets the module in.
way() {
    words=$1 module=$2
    shift 2
    clean
    "$@" > /dev/null 2>&1
    leads=out
    is_loaded "$module" && leads=IN
    printf '%-12s %-28s %s\n' "$module" "$words" "$leads"
}

# ways MODULE ALIAS [NEEDED-BY]: every way to it but udev's.
ways() {
    way 'its name' "$1" modprobe "$1"
    way 'an alias' "$1" modprobe "$2"
    [ -z "$3" ] || way "a dependency of $3" "$1" modprobe "$3"
    echo "softdep dummy pre: $1" > /etc/modprobe.d/90-softdep.conf
    way 'a softdep of dummy' "$1" modprobe dummy
    rm /etc/modprobe.d/90-softdep.conf
    way 'BusyBox, its name' "$1" busybox modprobe "$1"
    way 'BusyBox, its name, -b' "$1" busybox modprobe -b "$1"
    way 'BusyBox, an alias, -b' "$1" busybox modprobe -b "$2"
}

# by_udev MODULE...: udev is told of every device, as at boot; which of the modules are there then.
by_udev() {
    clean
    mkdir -p /run/udev
    /lib/systemd/systemd-udevd --daemon 2> /dev/null
    for turn in 1 2; do
        udevadm trigger --type=devices --action=add
        udevadm settle
    done
    udevadm control --exit
    for module in "$@"; do
        leads=out
        is_loaded "$module" && leads=IN
        printf '%-12s %-28s %s\n' "$module" 'udev' "$leads"
    done
    clean
}

# gets_in MODULE [COMMAND...]: whether modprobe, or the command, gets it in.
gets_in() {
    module=$1
    shift
    [ $# -gt 0 ] || set -- modprobe "$module"
    clean
    "$@" > /dev/null 2>&1
    if is_loaded "$module"; then echo "$module is IN"; else echo "$module is out"; fi
    clean
}

# proof MODULE: what verify-block says of it, without what scanners would say.
proof() {
    kmodctl verify-block "$1" > /tmp/proof 2>&1
    code=$?
    grep -v 'scanners:' /tmp/proof
    return $code
}
