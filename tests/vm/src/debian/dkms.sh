# A module made by dkms, and an initramfs that has it and loads it.
kernel=$1
mkdir -p /usr/src/probe-1.0
cat > /usr/src/probe-1.0/probe_module.c <<'END'
#include <linux/module.h>
static int __init probe_begin(void) { pr_info("probe_module: here\n"); return 0; }
static void __exit probe_end(void) { }
module_init(probe_begin);
module_exit(probe_end);
MODULE_DESCRIPTION("Shows that it was loaded");
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0");
END
echo 'obj-m := probe_module.o' > /usr/src/probe-1.0/Makefile
cat > /usr/src/probe-1.0/dkms.conf <<'END'
PACKAGE_NAME="probe"
PACKAGE_VERSION="1.0"
BUILT_MODULE_NAME[0]="probe_module"
DEST_MODULE_LOCATION[0]="/updates/dkms"
AUTOINSTALL="yes"
END
dkms add probe/1.0
dkms build probe/1.0 -k "$kernel"
dkms install probe/1.0 -k "$kernel"
dkms status
modinfo -k "$kernel" -F version probe_module
modprobe -S "$kernel" -D probe_module
echo probe_module >> /etc/initramfs-tools/modules
update-initramfs -u -k "$kernel"
