//! `cargo xtask build`: the binaries `kmod`, `kmodctl-autoload` and `kmodctl` as they are shipped: static, not
//! position independent, small; with the names of kmod's tools beside them. The checks read the ELF
//! files themselves.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{cache, progress, shell};

/// The names under which the binary is called.
pub const TOOLS: [&str; 6] = ["modprobe", "insmod", "rmmod", "lsmod", "modinfo", "depmod"];

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A binary: its package, and how large it may be.
struct Binary {
    name: &'static str,
    package: &'static str,
    most_bytes: usize,
}

const MEBIBYTE: usize = 1024 * 1024;

/// The first two go into an initramfs.
const BINARIES: [Binary; 3] = [
    Binary { name: "kmod", package: "kmod", most_bytes: 3 * MEBIBYTE },
    Binary { name: "kmodctl-autoload", package: "kmodctl-autoload", most_bytes: 3 * MEBIBYTE },
    KMODCTL,
];

const KMODCTL: Binary =
    Binary { name: "kmodctl", package: "kmodctl-cli", most_bytes: 5 * MEBIBYTE };

/// Where the built binaries and the links to them are: `target/static/bin` of the workspace.
pub fn directory() -> PathBuf {
    cache::workspace().join("target/static/bin")
}

/// The same with the C codecs, of `kmod` alone: `target/static-fast/bin`.
pub fn fast_directory() -> PathBuf {
    cache::workspace().join("target/static-fast/bin")
}

/// Builds the binaries, checks them, and places them with the tools' names in [`directory`].
pub fn build() -> Result<()> {
    BINARIES.iter().try_for_each(|binary| build_one(binary, &directory(), &[]))?;
    place_links(&directory())
}

/// Builds `kmod` with the C codecs, and places it in [`fast_directory`].
pub fn build_fast() -> Result<()> {
    let [kmod, ..] = &BINARIES;
    build_one(kmod, &fast_directory(), &["--features", "fast-codecs"])?;
    place_links(&fast_directory())
}

/// Each is built by itself: none is to have what only another needs.
fn build_one(binary: &Binary, directory: &Path, words: &[&str]) -> Result<()> {
    let target = directory.parent().context("no target directory")?;
    let built = compile(binary, target, words)?;
    let bytes = fs::read(&built).with_context(|| built.display().to_string())?;
    check(&bytes, binary.most_bytes).with_context(|| built.display().to_string())?;
    let placed = place(&built, binary.name, directory)?;
    progress::line(&format!("{}: static, {} bytes", placed.display(), bytes.len()));
    Ok(())
}

/// The bytes of the operator's command, for a guest; built now where it is not up to date, and not
/// placed, since tests ask for it at the same time.
pub fn kmodctl() -> Result<Vec<u8>> {
    let built = compile(&KMODCTL, &cache::workspace().join("target/static"), &[])?;
    fs::read(&built).with_context(|| built.display().to_string())
}

fn compile(binary: &Binary, target: &Path, words: &[&str]) -> Result<PathBuf> {
    shell::run(
        Command::new(env!("CARGO"))
            .args(["build", "--package", binary.package, "--profile", "small", "--target", TARGET])
            .args(words)
            .arg("--target-dir")
            .arg(target)
            .env("RUSTFLAGS", "-C target-feature=+crt-static -C relocation-model=static")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .current_dir(cache::workspace()),
    )?;
    Ok(target.join(TARGET).join("small").join(binary.name))
}

fn place(built: &Path, name: &str, directory: &Path) -> Result<PathBuf> {
    fs::create_dir_all(directory)?;
    let (new, placed) = (directory.join(format!("{name}.new")), directory.join(name));
    fs::copy(built, &new)?;
    fs::rename(&new, &placed)?;
    Ok(placed)
}

fn place_links(directory: &Path) -> Result<()> {
    for tool in TOOLS {
        let link = directory.join(tool);
        if fs::read_link(&link).ok().as_deref() != Some(Path::new("kmod")) {
            let _ = fs::remove_file(&link);
            symlink("kmod", &link)?;
        }
    }
    Ok(())
}

/// Refuses a binary that is too large, position independent, or needs a loader.
fn check(elf: &[u8], most_bytes: usize) -> Result<()> {
    const EXECUTABLE: u16 = 2;
    const DYNAMIC: u32 = 2;
    const INTERPRETER: u32 = 3;
    ensure!(elf.len() <= most_bytes, "{} bytes are more than {most_bytes}", elf.len());
    ensure!(elf.starts_with(b"\x7fELF\x02\x01"), "not a 64-bit little-endian ELF file");
    ensure!(u16_at(elf, 16)? == EXECUTABLE, "position independent (ELF type {})", u16_at(elf, 16)?);
    let (first, size, count) = (u32_at(elf, 32)?, u16_at(elf, 54)?, u16_at(elf, 56)?);
    for header in 0..usize::from(count) {
        match u32_at(elf, first as usize + header * usize::from(size))? {
            DYNAMIC => bail!("dynamically linked"),
            INTERPRETER => bail!("needs a program interpreter"),
            _ => {}
        }
    }
    Ok(())
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16> {
    let field = bytes.get(at..at + 2).context("the file ends early")?;
    Ok(u16::from_le_bytes(field.try_into()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32> {
    let field = bytes.get(at..at + 4).context("the file ends early")?;
    Ok(u32::from_le_bytes(field.try_into()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(kind: u16, segment: u32) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(64 + 56, 0);
        bytes[16..18].copy_from_slice(&kind.to_le_bytes());
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = 1;
        bytes[64..68].copy_from_slice(&segment.to_le_bytes());
        bytes
    }

    #[test]
    fn only_a_static_executable_passes() {
        let said = |bytes: &[u8]| match check(bytes, 1024) {
            Ok(()) => "fine".to_owned(),
            Err(error) => error.to_string(),
        };
        let cases = [
            (elf(2, 1), "fine"),
            (elf(3, 1), "position independent (ELF type 3)"),
            (elf(2, 2), "dynamically linked"),
            (elf(2, 3), "needs a program interpreter"),
            (elf(2, 1)[..64].to_vec(), "the file ends early"),
            (vec![0; 1025], "1025 bytes are more than 1024"),
            (b"#!/bin/sh".to_vec(), "not a 64-bit little-endian ELF file"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(said(&bytes), expected);
        }
    }
}
