//! Loading and unloading on both kernels: dependencies, parameters, chains, aliases, what is
//! built in or in use, and the kernel's own requests.

use kmodctl_vm_tests::Session;
use xtask::kernels::{self, Series};

fn check(name: &str, series: Series) {
    let kernel = kernels::fetch(series).expect("the kernel is fetched");
    let modules = [
        "ata_generic",
        "ata_piix",
        "i2c-piix4",
        "crc32c_generic",
        "crc32c-intel",
        "dummy",
        "e1000e",
        "ext4",
        "loop",
        "snd-hda-intel",
        "usb-storage",
    ];
    Session { name, kernel: &kernel, modules: &modules, files: &[], append: "loop.max_loop=3" }
        .check();
}

#[test]
fn plain_modules_of_6_1() {
    check("load-6.1", kernels::V6_1);
}

#[test]
fn xz_modules_of_6_12() {
    check("load-6.12", kernels::V6_12);
}
