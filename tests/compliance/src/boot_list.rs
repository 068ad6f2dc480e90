//! The loaders of boot lists that are compared: systemd-modules-load of two Debian releases, and
//! ours under that name. What is compared is what they ask of the kernel and how they end; their
//! messages are their own.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::implementation::{Implementation, cache, interpreter};

/// Where the loader is in a prepared machine.
const LOADER: &str = "/sbin/systemd-modules-load";

/// systemd 257 with kmod 34.2, as Debian trixie has them.
pub fn reference() -> io::Result<Implementation> {
    systemd("trixie", "257")
}

/// systemd 252 with kmod 30, as Debian bookworm has them.
pub fn older() -> io::Result<Implementation> {
    systemd("bookworm", "252")
}

/// kmodctl-autoload: `KMODCTL_BIN`, or `target/static/bin` of the project.
pub fn ours() -> io::Result<Implementation> {
    let mut ours = Implementation::ours()?;
    let program = ours.files[0].0.with_file_name("kmodctl-autoload");
    if !program.exists() {
        let path = program.display();
        return Err(io::Error::other(format!("{path} is missing; run `cargo xtask build`")));
    }
    ours.files.push((program, LOADER.into()));
    Ok(ours)
}

/// What of a transcript is compared: commands, module system calls, ends.
pub fn compared(transcript: &str) -> String {
    let kept = |line: &&str| line.starts_with("$ ") || line.starts_with("call| ") || is_end(line);
    transcript.lines().filter(kept).map(|line| format!("{line}\n")).collect()
}

fn is_end(line: &str) -> bool {
    ["exit ", "killed by ", "did not end "].iter().any(|start| line.starts_with(start))
}

/// The packages that `cargo xtask fetch` has unpacked, and of them what the loader and kmod need.
fn systemd(release: &str, label: &'static str) -> io::Result<Implementation> {
    let directory = cache()?.join("udev").join(release);
    let libraries: Vec<PathBuf> = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"]
        .iter()
        .flat_map(|path| [directory.join(path), directory.join(path).join("systemd")])
        .filter(|path| path.is_dir())
        .collect();
    let loader = first(&directory, &["lib/systemd", "usr/lib/systemd"], "systemd-modules-load")?;
    let kmod = first(&directory, &["bin", "usr/bin"], "kmod")?;
    let dynamic = library(&libraries, "ld-linux-x86-64.so.2")?;
    // Debian trixie's systemd opens libkmod at run time, and libkmod its decompressors.
    let opened = library(&libraries, "libkmod.so.2")?;
    let mut files = vec![
        (kmod.clone(), "/bin/kmod".into()),
        (dynamic.clone(), interpreter(&kmod)?),
        (opened.clone(), "/lib/libkmod.so.2".into()),
    ];
    for name in ["liblzma.so.5", "libzstd.so.1"] {
        files.push((library(&libraries, name)?, format!("/lib/{name}")));
    }
    for program in [&loader, &kmod, &opened] {
        files.extend(needed(&dynamic, &libraries, program)?);
    }
    files.push((loader, LOADER.into()));
    Ok(Implementation { label, files })
}

fn first(directory: &Path, places: &[&str], name: &str) -> io::Result<PathBuf> {
    let mut paths = places.iter().map(|place| directory.join(place).join(name));
    paths.find(|path| path.exists()).ok_or_else(|| missing(name, directory))
}

fn library(directories: &[PathBuf], name: &str) -> io::Result<PathBuf> {
    let mut paths = directories.iter().map(|directory| directory.join(name));
    let whole = || directories.first().cloned().unwrap_or_default();
    paths.find(|path| path.exists()).ok_or_else(|| missing(name, &whole()))
}

fn missing(name: &str, directory: &Path) -> io::Error {
    let path = directory.display();
    io::Error::other(format!("{path}: no {name}; run `cargo xtask fetch`"))
}

/// The libraries that a program names, as its own loader finds them.
fn needed(
    dynamic: &Path,
    directories: &[PathBuf],
    program: &Path,
) -> io::Result<Vec<(PathBuf, String)>> {
    let paths: Vec<_> = directories.iter().map(|path| path.to_string_lossy()).collect();
    let mut list = Command::new(dynamic);
    list.arg("--library-path").arg(paths.join(":")).arg("--list").arg(program);
    let text = String::from_utf8_lossy(&list.output()?.stdout).into_owned();
    let found = text.lines().filter_map(|line| line.trim().split_once(" => "));
    let found = found.filter(|(name, _)| !name.contains("ld-linux"));
    Ok(found
        .filter_map(|(name, rest)| Some((name, rest.split(' ').next()?)))
        .map(|(name, path)| (PathBuf::from(path), format!("/lib/{name}")))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_not_compared() {
        let text = "$ x\nout| a\nerr| b\nlog| c\ncall| d\nexit 1\n/run/x now holds\n";
        assert_eq!(compared(text), "$ x\ncall| d\nexit 1\n");
    }
}
