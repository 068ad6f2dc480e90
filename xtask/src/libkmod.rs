//! `cargo xtask libkmod`: kmod's C library as it is shipped: `libkmod.so.2`, with its header and
//! pkg-config files. Cargo makes the static library, the C compiler links it with the versions of
//! its functions; what came out is looked at before it is put in its place.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::elf::Dynamic;
use crate::{cache, progress, shell};

/// The version of kmod whose library ours is, for pkg-config.
pub const VERSION: &str = "34";
/// The file; [`NAMES`] are links to it.
pub const FILE: &str = "libkmod.so.2.5.1";
/// What programs are linked with at run time, and when they are built.
pub const NAMES: [&str; 2] = ["libkmod.so.2", "libkmod.so"];

const TARGET: &str = "x86_64-unknown-linux-gnu";
const MOST_BYTES: usize = 3 * 1024 * 1024;
/// What a machine has to have for it.
const NEEDED: [&str; 2] = ["libc.so.6", "ld-linux-x86-64.so.2"];

/// Where the built library is: `target/static/lib` of the workspace.
pub fn directory() -> PathBuf {
    target().join("lib")
}

/// Where its header is: `target/static/include` of the workspace.
pub fn include() -> PathBuf {
    target().join("include")
}

/// Builds the library, checks it, and places it with its header in [`directory`] and [`include`].
pub fn build() -> Result<()> {
    let built = link(&[], "libkmod")?;
    let bytes = fs::read(&built).with_context(|| built.display().to_string())?;
    check(&bytes).with_context(|| built.display().to_string())?;
    place(&built)?;
    let placed = directory().join(FILE);
    progress::line(&format!("{}: {} bytes", placed.display(), bytes.len()));
    Ok(())
}

/// Builds the library with cargo features for tests and returns its file, which is named after its
/// soname.
pub fn build_with(features: &[&str]) -> Result<PathBuf> {
    link(features, "libkmod-for-tests")
}

/// The text of a pkg-config file, `libkmod.pc` or `kmod.pc`, for a prefix and a directory of
/// libraries.
pub fn pkg_config(name: &str, prefix: &str, libdir: &str) -> Result<String> {
    let template = source().join("link").join(format!("{name}.in"));
    let text = fs::read_to_string(&template).with_context(|| template.display().to_string())?;
    Ok(text.replace("@prefix@", prefix).replace("@libdir@", libdir).replace("@version@", VERSION))
}

fn target() -> PathBuf {
    cache::workspace().join("target/static")
}

fn source() -> PathBuf {
    cache::workspace().join("crates/libkmod")
}

/// Makes the shared library below `target/static/NAME` and returns its file.
fn link(features: &[&str], name: &str) -> Result<PathBuf> {
    let archive = archive(features, name)?;
    let directory = target().join(name);
    fs::create_dir_all(&directory)?;
    let file = directory.join("libkmod.so.2");
    let exports = source().join("link/exports.map");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-static-libgcc", "-s", "-o"]);
    cc.arg(&file).args(["log.c", "compatible.c"].map(|name| source().join("link").join(name)));
    // The functions are what pulls their object out of the archive.
    for function in functions(&fs::read_to_string(&exports)?) {
        cc.arg(format!("-Wl,-u,{function}"));
    }
    cc.arg(&archive).arg(format!("-Wl,--version-script={}", exports.display()));
    cc.args(["-Wl,-soname,libkmod.so.2", "-Wl,-z,relro,-z,now,-z,defs", "-Wl,--gc-sections"]);
    cc.args(["-Wl,--as-needed", "-Wl,--build-id", "-Wl,--hash-style=gnu"]);
    shell::run(cc.args(["-lpthread", "-ldl", "-lm"]))?;
    Ok(file)
}

/// The static library. Panics unwind in it, so that they can be caught.
fn archive(features: &[&str], name: &str) -> Result<PathBuf> {
    let target = target();
    let target = if features.is_empty() { target } else { target.join(name) };
    shell::run(
        Command::new(env!("CARGO"))
            .args(["build", "--package", "libkmod", "--profile", "library", "--target", TARGET])
            .args(["--lib", "--features", &features.join(",")])
            .arg("--target-dir")
            .arg(&target)
            .env("RUSTFLAGS", "-C relocation-model=pic")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .current_dir(cache::workspace()),
    )?;
    Ok(target.join(TARGET).join("library/liblibkmod.a"))
}

/// The functions that a version script names.
pub fn functions(script: &str) -> Vec<&str> {
    fn name(line: &str) -> Option<&str> {
        line.trim().strip_suffix(';').filter(|name| name.starts_with("kmod_"))
    }
    script.lines().filter_map(name).collect()
}

fn place(built: &Path) -> Result<()> {
    let (lib, include) = (directory(), include());
    fs::create_dir_all(lib.join("pkgconfig"))?;
    fs::create_dir_all(&include)?;
    let new = lib.join("libkmod.so.new");
    fs::copy(built, &new)?;
    fs::rename(&new, lib.join(FILE))?;
    for name in NAMES {
        let link = lib.join(name);
        let _ = fs::remove_file(&link);
        symlink(FILE, &link)?;
    }
    fs::copy(source().join("include/libkmod.h"), include.join("libkmod.h"))?;
    let (prefix, libdir) = (target(), lib.display().to_string());
    for name in ["libkmod.pc", "kmod.pc"] {
        let text = pkg_config(name, &prefix.display().to_string(), &libdir)?;
        fs::write(lib.join("pkgconfig").join(name), text)?;
    }
    Ok(())
}

/// Refuses a library that is too large, needs what not every machine has, or shows more functions
/// than kmod's.
fn check(bytes: &[u8]) -> Result<()> {
    ensure!(bytes.len() <= MOST_BYTES, "{} bytes are more than {MOST_BYTES}", bytes.len());
    let dynamic = Dynamic::read(bytes)?;
    ensure!(dynamic.soname.as_deref() == Some("libkmod.so.2"), "soname {:?}", dynamic.soname);
    let odd: Vec<_> =
        dynamic.needed.iter().filter(|name| !NEEDED.contains(&name.as_str())).collect();
    ensure!(odd.is_empty(), "it needs {odd:?}");
    let odd: Vec<_> =
        dynamic.exported.iter().filter(|symbol| !symbol.starts_with("kmod_")).collect();
    ensure!(odd.is_empty(), "it shows {odd:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_script_names_functions() {
        let script = "/* kmod_no; */\nA {\nglobal:\n\tkmod_new;\n\tkmod_ref;\nlocal:\n\t*;\n};\n";
        assert_eq!(functions(script), ["kmod_new", "kmod_ref"]);
    }

    #[test]
    fn pkg_config_files_have_no_gaps() {
        for name in ["libkmod.pc", "kmod.pc"] {
            let text = pkg_config(name, "/usr", "/usr/lib/x86_64-linux-gnu").unwrap();
            assert!(text.starts_with("prefix=/usr\n") && !text.contains('@'), "{text}");
            assert!(text.contains("\nVersion: 34\n"), "{text}");
        }
    }
}
