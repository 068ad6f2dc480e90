# Runs a command on a machine of its own: with the programs of this one, but a module directory,
# a /proc/modules and a home that were prepared. What it mounts ends with it.
# Usage: unshare --mount sh machine.sh ROOT KERNELS TOOLS WORKSPACE COMMAND...
set -eu
root=$1 kernels=$2 tools=$3 workspace=$4
shift 4

mkdir -p "$root/usr" "$root/etc" "$root/dev" "$root/machine" "$root/tmp" "$root/kernels" \
    "$root/tools" "$root/workspace"
mount --rbind /usr "$root/usr"
mount --rbind /etc "$root/etc"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/machine"
mount --bind "$kernels" "$root/kernels"
mount --bind "$tools" "$root/tools"
mount --bind "$workspace" "$root/workspace"

exec env -i TERM=dumb LANG=C.UTF-8 HOME=/home/user PATH=/stubs:/tools:/usr/bin:/bin \
    "$(command -v chroot)" "$root" sh -c 'cd && exec "$@"' sh "$@"
