//! What the guests of the cases hold: `kmodctl`, a tree of modules with indexes that fit, and files
//! that are put in a module's place.

use std::fs;

use anyhow::{Context, Result};
use xtask::binary;
use xtask::kernels::{self, Kernel};

use crate::altered::{
    filtered, indexed, module, other_checksum, renamed, replaced, signed_by_a_stranger, unsigned,
};

/// The modules of the tree, besides those they need.
const MODULES: [&str; 18] = [
    "brd",
    "dummy",
    "i2c-stub",
    "ifb",
    "loop",
    "nfsd",
    "nls_ascii",
    "nls_cp437",
    "nls_utf8",
    "overlay",
    "phylink",
    "r8169",
    "tcp_bbr",
    "tun",
    "uhid",
    "usb-storage",
    "vfat",
    "xt_LOG",
];

type Files = Vec<(String, Vec<u8>)>;

/// All files, by their paths.
pub(super) fn of(kernel: &Kernel) -> Result<Files> {
    let mut files = indexed(kernel, &MODULES)?;
    files.push(("sbin/kmodctl".to_owned(), binary::kmodctl()?));
    for (name, bytes) in altered(kernel)? {
        files.push((format!("altered/{name}.ko.xz"), filtered(&["xz", "--check=crc32"], &bytes)?));
        files.push((format!("altered/{name}.ko"), bytes));
    }
    Ok(files)
}

fn altered(kernel: &Kernel) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let signed = module(kernel, "dummy")?;
    let plain = unsigned(&signed)?;
    let other = other(kernel)?;
    Ok(vec![
        ("checksum", other_checksum(&plain)?),
        ("half", plain[..plain.len() / 2].to_vec()),
        ("dummz", renamed(&plain, "dummy", "dummz")?),
        ("other-machine", foreign("kernel/drivers/net/dummy.ko")?),
        ("other-release", module(&other, "dummy")?),
        ("stranger", signed_by_a_stranger(&plain)?),
        ("tampered", replaced(&signed, b"SMP preempt", b"SMP prexmpt")?),
        ("text", b"not a module\n".to_vec()),
        ("uhie", renamed(&unsigned(&module(kernel, "uhid")?)?, "uhid", "uhie")?),
        ("unsigned", plain.clone()),
        ("vermagic", replaced(&plain, b"SMP preempt", b"SMP prexmpt")?),
    ])
}

/// The kernel of the other series.
pub(super) fn other(kernel: &Kernel) -> Result<Kernel> {
    kernels::fetch(match kernel.release.starts_with("6.1.") {
        true => kernels::V6_12,
        false => kernels::V6_1,
    })
}

/// A module of 32-bit ARM.
fn foreign(path: &str) -> Result<Vec<u8>> {
    let [arm, ..] = kernels::FOREIGN;
    let file = kernels::fetch(arm)?.modules().join(path);
    fs::read(&file).with_context(|| file.display().to_string())
}
