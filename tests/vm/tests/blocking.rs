//! Blocks on real kernels: every way into the kernel is shown to lead in, and after `kmodctl block` not
//! to, for both modprobes, udev and BusyBox; what BusyBox passes over, and what is no block though it looks
//! like one, `verify-block` names.

use anyhow::Result;
use kmodctl_vm_tests::Session;
use xtask::guest::Guest;
use xtask::kernels::{self, Series};
use xtask::{binary, udev};

const WAYS: &[u8] = include_bytes!("../src/blocking/ways.sh");
const RULES: &[u8] = include_bytes!("../src/blocking/devices.rules");
const FRIENDS: &[u8] = include_bytes!("../src/blocking/friends.conf");

/// The blocked modules, what needs some of them, and what the USB disk needs.
const MODULES: [&str; 15] = [
    "can",
    "can-raw",
    "crc-itu-t",
    "dummy",
    "e1000e",
    "ifb",
    "ksmbd",
    "nfsd",
    "r8169",
    "realtek",
    "uas",
    "udf",
    "ums-alauda",
    "usb-storage",
    "xhci-pci",
];

/// A network card and a USB disk.
const HARDWARE: [&str; 8] = [
    "-device",
    "e1000e,netdev=net,romfile=",
    "-device",
    "qemu-xhci,id=usb",
    "-drive",
    "if=none,id=stick,format=raw,file.driver=null-co,file.size=16777216,file.read-zeroes=on",
    "-device",
    "usb-storage,bus=usb.0,drive=stick",
];

fn check(name: &str, series: Series) {
    let kernel = kernels::fetch(series).expect("the kernel is fetched");
    let files = [("sbin/kmodctl".to_owned(), binary::kmodctl().expect("kmodctl is built"))];
    Session { name, kernel: &kernel, modules: &MODULES, files: &files, append: "" }
        .check_with(&with_udev);
}

fn with_udev(guest: &mut Guest) -> Result<()> {
    guest.hardware(&HARDWARE);
    udev::add(&mut guest.image)?;
    guest.image.file("ways.sh", WAYS);
    guest.image.file("etc/udev/rules.d/99-devices.rules", RULES);
    guest.image.file("etc/modprobe.d/70-friends.conf", FRIENDS);
    Ok(())
}

#[test]
fn blocking_on_6_1() {
    check("blocking-6.1", kernels::V6_1);
}

#[test]
fn blocking_on_6_12() {
    check("blocking-6.12", kernels::V6_12);
}
