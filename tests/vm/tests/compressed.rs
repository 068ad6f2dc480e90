//! Compressed modules: in a tree and by their path, by kernels that unpack some themselves and
//! none, and as those kernels will not take them.

use anyhow::Result;
use kmodctl_vm_tests::Session;
use kmodctl_vm_tests::altered::{filtered, module, tree};
use xtask::kernels::{self, Kernel};

const XZ: [&str; 3] = ["xz", "--check=crc32", "--lzma2=dict=1MiB"];
const XZ_CRC64: [&str; 2] = ["xz", "--check=crc64"];

const GZ: [&str; 2] = ["gzip", "-9n"];

/// Compressed with zstd, which writes the content's size only when it is told.
fn zst(plain: &[u8]) -> Result<Vec<u8>> {
    filtered(&["zstd", "-19", "-q", &format!("--stream-size={}", plain.len())], plain)
}

/// `/files`: the module `dummy`, compressed in every way.
fn files(kernel: &Kernel) -> Result<Vec<(String, Vec<u8>)>> {
    let plain = module(kernel, "dummy")?;
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let named = |name: &str, bytes: Vec<u8>| (format!("files/{name}"), bytes);
    Ok(vec![
        named("dummy.ko.xz", filtered(&XZ, &plain)?),
        named("dummy-crc64.ko.xz", filtered(&XZ_CRC64, &plain)?),
        named("dummy.ko.zst", zst(&plain)?),
        named("dummy-unsized.ko.zst", filtered(&["zstd", "-19", "-q"], &plain)?),
        named("dummy.ko.gz", filtered(&GZ, &plain)?),
        named("half.ko.xz", half(&filtered(&XZ, &plain)?)),
        named("half.ko.zst", half(&zst(&plain)?)),
        named("half.ko.gz", half(&filtered(&GZ, &plain)?)),
        named("packed.ko", filtered(&XZ, &plain)?),
        named("plain.ko.xz", plain.clone()),
    ])
}

#[test]
fn a_zst_tree_on_6_1() {
    let kernel = kernels::fetch(kernels::V6_1).expect("the kernel is fetched");
    let mut all = files(&kernel).expect("the files are made");
    let names = ["crc32c-intel", "crc32c_generic", "ext4"];
    all.extend(tree(&kernel, &names, zst, ".zst").expect("the tree is made"));
    Session { name: "compressed-6.1", kernel: &kernel, modules: &[], files: &all, append: "" }
        .check();
}

#[test]
fn crc64_in_the_tree_on_6_12() {
    let kernel = kernels::fetch(kernels::V6_12).expect("the kernel is fetched");
    let mut all = files(&kernel).expect("the files are made");
    for (name, path) in
        [("loop", "drivers/block/loop.ko.xz"), ("usbcore", "drivers/usb/core/usbcore.ko.xz")]
    {
        let plain = module(&kernel, name).expect("the module is there");
        let packed = filtered(&XZ_CRC64, &plain).expect("xz runs");
        all.push((format!("lib/modules/{}/kernel/{path}", kernel.release), packed));
    }
    let modules = ["dummy", "loop", "usb-storage"];
    Session {
        name: "compressed-6.12",
        kernel: &kernel,
        modules: &modules,
        files: &all,
        append: "",
    }
    .check();
}
