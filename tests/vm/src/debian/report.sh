# What a system that is up says about itself. Each part begins with `== NAME`.
trace=/sys/kernel/tracing
# Tells udev of every device again, and how long it takes, three times.
turns() {
	for turn in 1 2 3; do
		before=$(cut -d ' ' -f 1 /proc/uptime)
		udevadm trigger --action=add
		udevadm settle
		after=$(cut -d ' ' -f 1 /proc/uptime)
		echo "$before $after"
	done
}
udevadm settle
echo '== failed'
systemctl list-units --failed --no-legend --plain
echo '== multi-user'
systemctl is-active multi-user.target
echo '== kmod'
dpkg -S /sbin/modprobe /usr/sbin/modprobe 2> /dev/null | cut -d : -f 1
echo '== library'
stat -L -c %i /usr/lib/x86_64-linux-gnu/libkmod.so.2
udev=$(systemctl show --property MainPID --value systemd-udevd)
awk '/libkmod/ { print "udev", $5, $6 }' "/proc/$udev/maps" | sort -u
awk '/libkmod/ { print "systemd", $5, $6 }' /proc/1/maps | sort -u
echo '== lspci'
lspci -k
echo '== modules-load'
systemctl show --property Result --property ActiveState systemd-modules-load
echo '== modprobe@'
systemctl start modprobe@loop.service && systemctl show --property Result modprobe@loop.service
ls -d /sys/module/loop
echo '== loaded'
cut -d ' ' -f 1 /proc/modules | sort
echo '== loaders'
sed -n 's/^ *\(.*\)-[0-9]* .* module_load: \([^ ]*\).*/\1 \2/p' $trace/trace
echo '== settle'
systemctl show --value --property InactiveExitTimestampMonotonic systemd-udev-settle
systemctl show --value --property ActiveEnterTimestampMonotonic systemd-udev-settle
turns
