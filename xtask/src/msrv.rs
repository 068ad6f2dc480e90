//! `cargo xtask msrv`: builds what is shipped with the Rust that Debian trixie ships, which is
//! fetched and unpacked with all that it needs and run in a changed root, installed nowhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::apt::PrivateRoot;
use crate::{cache, progress, shell};

const PACKAGES: [&str; 4] = ["cargo", "gcc", "libc6-dev", "rustc"];
/// The packages of the workspace that are shipped.
const SHIPPED: [&str; 4] = ["kmod", "kmodctl-autoload", "kmodctl-cli", "libkmod"];
const CHROOT: &str = "/usr/sbin/chroot";
const VERSION: &str = "rustc 1.85.";

/// Builds what is shipped with it; nothing is fetched during the build.
pub fn check() -> Result<()> {
    let _lock = cache::locked()?;
    let root = cache::once("rust/trixie", unpack)?;
    let version = shell::output(within(&root).args(["/usr/bin/rustc", "--version"]))?;
    progress::line(&format!("Debian trixie: {}", version.trim()));
    ensure!(version.starts_with(VERSION), "Debian trixie's Rust is not {VERSION}x");
    copy_sources(&root)?;
    let mut build = within(&root);
    build.args([
        "cargo",
        "build",
        "--manifest-path",
        "/build/Cargo.toml",
        "--target-dir",
        "/target",
    ]);
    build.args(SHIPPED.map(|package| ["--package", package]).concat());
    shell::run(build.args(["--locked", "--offline"]))
}

fn unpack(root: &Path) -> Result<()> {
    PrivateRoot::open("trixie")?.unpack_closure(&PACKAGES, root)?;
    for name in ["bin", "lib", "lib64", "sbin"] {
        if !root.join(name).exists() {
            symlink(format!("usr/{name}"), root.join(name))?;
        }
    }
    symlink("gcc", root.join("usr/bin/cc"))?;
    for name in ["build", "dev", "tmp"] {
        fs::create_dir_all(root.join(name))?;
    }
    let null = root.join("dev/null");
    let made = shell::quietly(Command::new("mknod").arg("-m666").arg(&null).args(["c", "1", "3"]));
    made.or_else(|_| Ok(fs::write(null, "")?))
}

/// A command with `root` as its root directory; makes itself root of its own user namespace
/// when it is not root already.
fn within(root: &Path) -> Command {
    let root_already = shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0\n");
    let mut command = Command::new(if root_already { CHROOT } else { "/usr/bin/unshare" });
    if !root_already {
        command.args(["--map-root-user", CHROOT]);
    }
    command.arg(root).env_clear().env("PATH", "/usr/bin").env("HOME", "/tmp");
    command
}

/// Copies what cargo reads of the workspace, and the crates from elsewhere, into `root`.
fn copy_sources(root: &Path) -> Result<()> {
    let build = root.join("build");
    fs::remove_dir_all(&build)?;
    let mut files = vec![PathBuf::from("Cargo.toml"), PathBuf::from("Cargo.lock")];
    for room in ["crates", "xtask"] {
        list(Path::new(room), &mut files)?;
    }
    for file in files {
        let copy = build.join(&file);
        fs::create_dir_all(copy.parent().unwrap_or(&build))?;
        fs::copy(cache::workspace().join(&file), copy)?;
    }
    let mut vendor = Command::new(env!("CARGO"));
    vendor.args(["vendor", "--locked", "--versioned-dirs"]).arg(root.join("vendor"));
    let config = shell::output(vendor.current_dir(cache::workspace()))?;
    let config = config.replace(&*root.to_string_lossy(), "");
    fs::create_dir_all(root.join(".cargo"))?;
    fs::write(root.join(".cargo/config.toml"), config)?;
    Ok(())
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(cache::workspace().join(directory))? {
        let entry = entry?;
        let path = directory.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
