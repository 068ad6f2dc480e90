//! `cargo xtask package`: Debian packages for each release, and a tarball for other systems,
//! in target/packages. What is in a package stands in `dist/debian/PACKAGE`: its file `files`
//! is the list, the others are control files with the release's own words in the place of
//! `@NAMES@`. The same inputs make the same bytes.

pub mod check;
mod deb;
mod files;
mod tarball;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::debian::{RELEASES, Release};
use crate::{binary, cache, libkmod, progress, shell};

/// The packages that swap in, in no order.
pub const PACKAGES: [&str; 4] = ["kmodctl", "kmodctl-kmod", "kmodctl-libkmod2", "kmodctl-library"];

/// Packages that a system does not need to run, in a directory of their own.
const DEVELOPMENT: [&str; 1] = ["kmodctl-libkmod-dev"];

/// The version of everything that is packaged.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where packages are: `target/packages` of the workspace.
pub fn directory() -> PathBuf {
    cache::workspace().join("target/packages")
}

/// Where the packages for a release are that swap in together.
pub fn of(release: Release) -> PathBuf {
    directory().join(release.name)
}

/// Builds what is packaged, and packages it.
pub fn build() -> Result<()> {
    binary::build()?;
    libkmod::build()?;
    make()
}

/// Packages what has been built.
pub fn make() -> Result<()> {
    let epoch = epoch()?;
    let _ = fs::remove_dir_all(directory());
    fs::create_dir_all(directory())?;
    pkg_config()?;
    for release in RELEASES {
        for name in PACKAGES {
            deb::build(release, name, &of(release), epoch)?;
        }
        for name in DEVELOPMENT {
            deb::build(release, name, &of(release).join("development"), epoch)?;
        }
        progress::line(&format!("{}: packages", of(release).display()));
    }
    let tarball = tarball::build(epoch)?;
    progress::line(&format!("{}: tarball", tarball.display()));
    Ok(())
}

/// The pkg-config files for Debian's directories.
fn pkg_config() -> Result<()> {
    for name in ["libkmod.pc", "kmod.pc"] {
        let text = libkmod::pkg_config(name, "/usr", "/usr/lib/x86_64-linux-gnu")?;
        fs::write(directory().join(name), text)?;
    }
    Ok(())
}

/// The time that everything packaged bears: that of the newest entry of the changelog.
fn epoch() -> Result<u64> {
    let changelog = fs::read_to_string(dist().join("debian/changelog"))?;
    let trailer = changelog.lines().find(|line| line.starts_with(" -- "));
    let date = trailer.and_then(|line| line.split_once(">  ")).context("no date")?.1;
    let seconds = shell::output(&mut shell::command("date", ["-d", date, "+%s"]))?;
    Ok(seconds.trim().parse()?)
}

fn dist() -> PathBuf {
    cache::workspace().join("dist")
}

/// A text with the words of a release in the place of their names. `0.1.0~deb12`: a later
/// release's packages are newer.
fn filled(text: &str, release: Release) -> String {
    let version = format!("{VERSION}~deb{}", release.number);
    // Where the release's own kmod has its `bin`, `sbin` and `lib`, and how links spell it.
    let (usr, bin) = if release.number < 13 { ("", "/bin") } else { ("usr/", "../bin") };
    let provided = format!("{}+kmodctl{VERSION}", release.kmod);
    text.replace("@VERSION@", &version)
        .replace("@KMOD@", &provided)
        .replace("@USR@", usr)
        .replace("@BIN@", bin)
        .replace("@RELEASE@", release.name)
}

/// Removes what may be there and makes an empty directory.
fn empty(directory: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(directory);
    fs::create_dir_all(directory).with_context(|| directory.display().to_string())
}
