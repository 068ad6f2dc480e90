//! `kmodctl` on real kernels: its blocks, held against both modprobes, and what it makes of the
//! kernel's refusals.

use anyhow::Result;
use kmodctl_vm_tests::Session;
use kmodctl_vm_tests::altered::{filtered, module, replaced, unsigned};
use xtask::binary;
use xtask::kernels::{self, Kernel, Series};

fn check(name: &str, series: Series) {
    let kernel = kernels::fetch(series).expect("the kernel is fetched");
    let files = files(&kernel).expect("the files are made");
    let modules = ["dummy", "loop", "nfsd", "r8169", "usb-storage", "xt_LOG"];
    Session { name, kernel: &kernel, modules: &modules, files: &files, append: "" }.check();
}

/// The program, and in the tree a `ifb` that was built for another kernel.
fn files(kernel: &Kernel) -> Result<Vec<(String, Vec<u8>)>> {
    let plain = unsigned(&module(kernel, "ifb")?)?;
    let vermagic = replaced(&plain, b"SMP preempt", b"SMP prexmpt")?;
    let path = format!("lib/modules/{}/kernel/drivers/net/ifb.ko", kernel.release);
    let ifb = match kernel.directory.join(&path).exists() {
        true => (path, vermagic),
        false => (path + ".xz", filtered(&["xz", "--check=crc32"], &vermagic)?),
    };
    Ok(vec![("sbin/kmodctl".to_owned(), binary::kmodctl()?), ifb])
}

#[test]
fn kmodctl_on_6_1() {
    check("kmodctl-6.1", kernels::V6_1);
}

#[test]
fn kmodctl_on_6_12() {
    check("kmodctl-6.12", kernels::V6_12);
}
