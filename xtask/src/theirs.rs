//! kmod 34.2, the program that ours is compared with: Debian trixie's package and every
//! library it needs, unpacked and run through its own loader, installed nowhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{apt::PrivateRoot, cache, shell};

/// The line of the `command` file that stands for argv[0].
pub const ARGV0: &str = "{argv0}";

/// liblzma is opened by kmod at run time, so that kmod's package does not depend on it.
const PACKAGES: [&str; 2] = ["kmod", "liblzma5"];

/// Fetches kmod 34.2 into `theirs/34.2` of the cache and returns that directory.
///
/// Its file `command` holds the words to run it with, one a line: the program to execute and
/// its arguments up to and including kmod's binary; the line `{argv0}` stands for the name of
/// the tool to be (`modprobe`, `depmod`, …). The tool's own arguments follow.
pub fn fetch() -> Result<PathBuf> {
    let directory = cache::once("theirs/34.2", |directory| {
        PrivateRoot::open("trixie")?.unpack_closure(&PACKAGES, directory)
    })?;
    let words = command_words(&directory)?.join("\n") + "\n";
    if fs::read_to_string(directory.join("command")).ok().as_ref() != Some(&words) {
        fs::write(directory.join("command"), words)?;
    }
    let version = shell::output(command(&directory, "modprobe")?.arg("--version"))?;
    if !version.starts_with("kmod version 34") {
        bail!("{} is not kmod 34: {version}", directory.display());
    }
    Ok(directory)
}

/// Fetches the header of kmod 34.2's library into `theirs/libkmod-dev` of the cache, and the library
/// of kmod 30, which programs of Debian bookworm were linked with, into `theirs/libkmod2-30`.
pub fn fetch_libraries() -> Result<()> {
    for (name, release, package) in [
        ("theirs/libkmod-dev", "trixie", "libkmod-dev"),
        ("theirs/libkmod2-30", "bookworm", "libkmod2"),
    ] {
        cache::once(name, |directory| PrivateRoot::open(release)?.unpack(&[package], directory))?;
    }
    Ok(())
}

/// The command that runs the fetched kmod as `tool`, to which arguments can be added.
pub fn command(directory: &Path, tool: &str) -> Result<Command> {
    let file = directory.join("command");
    let text = fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
    let mut words = text.lines().map(|word| if word == ARGV0 { tool } else { word });
    let program = words.next().context("the command file is empty")?;
    Ok(shell::command(program, words))
}

fn command_words(directory: &Path) -> Result<Vec<String>> {
    let first = |names: &[&str]| {
        let found = names.iter().map(|name| directory.join(name)).find(|path| path.exists());
        let found = found.with_context(|| format!("{}: no {names:?}", directory.display()))?;
        anyhow::Ok(found.to_string_lossy().into_owned())
    };
    let library = |name: &str| directory.join(name).to_string_lossy().into_owned();
    Ok(vec![
        first(&["usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"])?,
        "--library-path".to_owned(),
        [library("usr/lib/x86_64-linux-gnu"), library("lib/x86_64-linux-gnu")].join(":"),
        "--argv0".to_owned(),
        ARGV0.to_owned(),
        first(&["usr/bin/kmod", "bin/kmod"])?,
    ])
}
