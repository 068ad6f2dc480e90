# Makes a Debian system in the directory $1. In a mount namespace of its own.
root=$1 release=$2 mirror=$3 sources=$4 unit=$5 probe=$6 proxies=$7

debootstrap --variant=minbase --include=systemd,systemd-sysv,udev,kmod,pciutils,procps,zstd \
	"$release" "$root" "$mirror"

cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '%s' "$sources" > "$root/etc/apt/sources.list"
printf '%s' "$proxies" > "$root/etc/apt/apt.conf.d/90proxies"
cat > "$root/etc/apt/apt.conf.d/80guest" <<'END'
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Dpkg::Use-Pty "0";
END

mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
export DEBIAN_FRONTEND=noninteractive
in_root() { chroot "$root" "$@" < /dev/null; }
in_root apt-get -q update
in_root apt-get -q -y upgrade
in_root apt-get -q -y install linux-image-amd64 linux-headers-amd64 initramfs-tools \
	dracut-core dkms pciutils
in_root apt-get -q clean
# What going back to Debian's own packages needs, without a network.
in_root apt-get -q -y install --reinstall --download-only kmod libkmod2
umount "$root/dev" "$root/proc"

rm -f "$root/etc/resolv.conf" "$root/etc/apt/apt.conf.d/90proxies"
rm -rf "$root"/var/cache/debconf/*-old "$root"/var/log/* "$root"/usr/share/locale/*
echo guest > "$root/etc/hostname"
echo '/dev/vda / ext4 rw,noatime 0 1' > "$root/etc/fstab"
sed -i 's/^root:[^:]*:/root::/' "$root/etc/shadow"
printf '%s' "$unit" > "$root/etc/systemd/system/probe.service"
printf '%s' "$probe" > "$root/usr/local/sbin/probe"
in_root systemctl enable probe.service
