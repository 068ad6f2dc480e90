# The swap while the system runs, there and back. An initramfs made here would take minutes.
echo 'update_initramfs=no' > /etc/initramfs-tools/update-initramfs.conf
export DEBIAN_FRONTEND=noninteractive
identity() {
	stat -L -c %i /usr/lib/x86_64-linux-gnu/libkmod.so.2
	awk '/libkmod/ { print "systemd", $5, $6 }' /proc/1/maps | sort -u
	echo "ours $(modprobe --version | grep -c KMODCTL)"
}
echo '== watched'
/root/watch > /root/watched &
watch=$!
apt-get -q -y install /root/packages/*.deb < /dev/null > /root/in 2>&1 || cat /root/in
ours=$(identity)
apt-get -q check > /root/check 2>&1 || cat /root/check
modprobe bonding && udevadm control --reload && systemctl restart systemd-udevd
# The watcher would take its share of the time.
kill -STOP $watch
ours_turns=$(turns)
kill -CONT $watch
ours_udev=$(awk '/libkmod/ { print $6 }' \
	"/proc/$(systemctl show --property MainPID --value systemd-udevd)/maps" | sort -u)
apt-get -q -y install kmod libkmod2 < /dev/null > /root/out 2>&1 || cat /root/out
kill $watch
wait $watch
cat /root/watched
echo '== swapped in'
echo "$ours"
echo "udev $ours_udev"
echo '== settle with ours'
echo "$ours_turns"
echo '== swapped out'
identity
apt-get -q check > /root/check 2>&1 || cat /root/check
dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' '*kmod*'
echo '== failed after it'
systemctl list-units --failed --no-legend --plain
