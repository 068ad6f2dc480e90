//! `kmodctl block --only` on real kernels: what devices, the boot list and a list keep gets in by both
//! modprobes, and all else is refused; in a trial it gets in, and the kernel log says so.

use kmodctl_vm_tests::Session;
use xtask::binary;
use xtask::kernels::{self, Series};

/// The modules of the tree, besides those they need: e1000e's device is there, r8169's is not.
const MODULES: [&str; 12] = [
    "br_netfilter",
    "crc32c_generic",
    "crc32c-intel",
    "dummy",
    "e1000e",
    "loop",
    "nfsd",
    "r8169",
    "realtek",
    "sctp",
    "usb-storage",
    "xt_LOG",
];

fn check(name: &str, series: Series) {
    let kernel = kernels::fetch(series).expect("the kernel is fetched");
    let files = [
        ("sbin/kmodctl".to_owned(), binary::kmodctl().expect("kmodctl is built")),
        ("etc/keep.list".to_owned(), b"# in reserve\nusb*\nloop\n".to_vec()),
        ("etc/modules-load.d/dummy.conf".to_owned(), b"dummy\n".to_vec()),
    ];
    Session { name, kernel: &kernel, modules: &MODULES, files: &files, append: "" }.check();
}

#[test]
fn only_on_6_1() {
    check("only-6.1", kernels::V6_1);
}

#[test]
fn only_on_6_12() {
    check("only-6.12", kernels::V6_12);
}
