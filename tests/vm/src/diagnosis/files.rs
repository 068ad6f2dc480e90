//! What the guests of the cases hold: `kmodctl`, a tree of modules with indexes that fit, and files
//! that are put in a module's place.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use xtask::kernels::{self, Kernel};
use xtask::{binary, cache, shell};

use crate::altered::{
    filtered, indexed, module, other_checksum, renamed, replaced, signed_by_a_stranger,
    unreadable_signature, unsigned,
};

/// The modules of the tree, besides those they need.
const MODULES: [&str; 40] = [
    "brd",
    "can-raw",
    "crc32c_generic",
    "dm-snapshot",
    "dm-zero",
    "dummy",
    "evdev",
    "i2c-stub",
    "ifb",
    "loop",
    "mii",
    "nf_conntrack",
    "nf_log_syslog",
    "nf_tables",
    "nfsd",
    "nft_compat",
    "nft_limit",
    "nls_ascii",
    "nls_cp437",
    "nls_utf8",
    "null_blk",
    "overlay",
    "pcspkr",
    "phylink",
    "r8169",
    "raid1",
    "sch_fq",
    "sch_sfq",
    "scsi_debug",
    "sctp",
    "sd_mod",
    "snd-maestro3",
    "tcp_bbr",
    "tun",
    "uhid",
    "usb-storage",
    "vfat",
    "vsock",
    "xfrm_user",
    "xt_LOG",
];

const HOLD: &str = include_str!("hold.c");

type Files = Vec<(String, Vec<u8>)>;

/// All files, by their paths.
pub(super) fn of(kernel: &Kernel) -> Result<Files> {
    let mut files = indexed(kernel, &MODULES)?;
    files.push(("sbin/kmodctl".to_owned(), binary::kmodctl()?));
    files.push(("sbin/hold".to_owned(), hold(kernel)?));
    for (name, bytes) in altered(kernel)? {
        files.push((format!("altered/{name}.ko.xz"), filtered(&["xz", "--check=crc32"], &bytes)?));
        files.push((format!("altered/{name}.ko"), bytes));
    }
    Ok(files)
}

/// The program that keeps a socket open: `hold FAMILY TYPE PROTOCOL`.
pub fn hold(kernel: &Kernel) -> Result<Vec<u8>> {
    let directory = cache::directory()?.join("guests");
    fs::create_dir_all(&directory)?;
    let name = format!("hold-{}-{}", kernel.release, std::process::id());
    let (source, program) = (directory.join(format!("{name}.c")), directory.join(name));
    fs::write(&source, HOLD)?;
    let mut gcc = Command::new("gcc");
    gcc.args(["-O2", "-Wall", "-Werror", "-static", "-o"]).arg(&program).arg(&source);
    shell::quietly(&mut gcc)?;
    let bytes = fs::read(&program)?;
    fs::remove_file(source)?;
    fs::remove_file(program)?;
    Ok(bytes)
}

fn altered(kernel: &Kernel) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let signed = module(kernel, "dummy")?;
    let plain = unsigned(&signed)?;
    let other = other(kernel)?;
    Ok(vec![
        ("checksum", other_checksum(&plain)?),
        ("half", plain[..plain.len() / 2].to_vec()),
        ("dummz", renamed(&plain, "dummy", "dummz")?),
        ("mij", renamed(&unsigned(&module(kernel, "mii")?)?, "mii", "mij")?),
        ("other-machine", foreign("kernel/drivers/net/dummy.ko")?),
        ("other-release", module(&other, "dummy")?),
        ("signature-damaged", unreadable_signature(&signed)?),
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
