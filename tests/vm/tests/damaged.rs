//! Files that the kernel refuses, and what forces it to take them: another version magic,
//! other checksums, signatures, damage.

use anyhow::Result;
use kmodctl_vm_tests::Session;
use kmodctl_vm_tests::altered::{filtered, module, other_checksum, replaced, unsigned};
use xtask::kernels::{self, Kernel, Series};

fn check(name: &str, series: Series) {
    let kernel = kernels::fetch(series).expect("the kernel is fetched");
    let files = files(&kernel).expect("the files are made");
    let modules = ["dummy", "e1000e", "loop"];
    Session { name, kernel: &kernel, modules: &modules, files: &files, append: "" }.check();
}

/// In `/files`, and in the tree: `dummy` of another version magic, `loop` cut in half.
fn files(kernel: &Kernel) -> Result<Vec<(String, Vec<u8>)>> {
    let signed = module(kernel, "dummy")?;
    let plain = unsigned(&signed)?;
    let vermagic = replaced(&plain, b"SMP preempt", b"SMP prexmpt")?;
    let mut class = plain.clone();
    class[4] = 1;
    let mut sections = plain.clone();
    sections[40..48].copy_from_slice(&(1_u64 << 40).to_le_bytes());
    let mut long_signature = signed.clone();
    let length = signed.len() - b"~Module signature appended~\n".len() - 4;
    long_signature[length] = 0x7f;
    let half = plain[..plain.len() / 2].to_vec();
    let tree = |path: &str, bytes: &[u8]| -> Result<(String, Vec<u8>)> {
        let path = format!("lib/modules/{}/kernel/{path}", kernel.release);
        if !kernel.directory.join(&path).exists() {
            return Ok((path + ".xz", filtered(&["xz", "--check=crc32"], bytes)?));
        }
        Ok((path, bytes.to_vec()))
    };
    let named = |name: &str, bytes: Vec<u8>| (format!("files/{name}.ko"), bytes);
    Ok(vec![
        tree("drivers/net/dummy.ko", &vermagic)?,
        tree("drivers/block/loop.ko", &half)?,
        named("vermagic", vermagic),
        named("checksum", other_checksum(&plain)?),
        named("tampered", replaced(&signed, b"SMP preempt", b"SMP prexmpt")?),
        named("long-signature", long_signature),
        named("empty", Vec::new()),
        named("text", b"not a module\n".to_vec()),
        named("half", half),
        named("class", class),
        named("sections", sections),
        named("unsigned", plain),
    ])
}

#[test]
fn damaged_files_on_6_1() {
    check("damaged-6.1", kernels::V6_1);
}

#[test]
fn damaged_files_on_6_12() {
    check("damaged-6.12", kernels::V6_12);
}
