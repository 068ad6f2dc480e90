//! Unmodified Debian kernels to try the tools on: fetched and unpacked, never installed, with
//! indexes made by kmod 34.2's depmod.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{apt::PrivateRoot, cache, shell, theirs};

/// A kernel series that Debian ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// `6.1`; also its directory's name in the cache.
    pub name: &'static str,
    /// The Debian release whose standard kernel it is.
    release: &'static str,
}

/// Debian bookworm's kernel: plain modules.
pub const V6_1: Series = Series { name: "6.1", release: "bookworm" };

/// Debian trixie's kernel: modules compressed with xz.
pub const V6_12: Series = Series { name: "6.12", release: "trixie" };

/// One kernel, unpacked.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// Holds `vmlinuz`, `version`, and the tree `lib/modules/RELEASE`.
    pub directory: PathBuf,
    /// What `uname -r` says when it runs.
    pub release: String,
}

impl Kernel {
    /// The directory of its modules and indexes.
    pub fn modules(&self) -> PathBuf {
        self.directory.join("lib/modules").join(&self.release)
    }
}

/// Fetches the newest kernel of a series into `kernels/SERIES` of the cache.
pub fn fetch(series: Series) -> Result<Kernel> {
    let name = format!("kernels/{}", series.name);
    let directory = cache::once(&name, |directory| unpack(series, directory))?;
    let release = fs::read_to_string(directory.join("version"))?.trim().to_owned();
    Ok(Kernel { directory, release })
}

fn unpack(series: Series, directory: &Path) -> Result<()> {
    let apt = PrivateRoot::open(series.release)?;
    let depends = apt.field("linux-image-amd64", "Depends")?;
    let package = depends.split([' ', ',']).next().unwrap_or_default();
    let release = package.strip_prefix("linux-image-").unwrap_or_default();
    if !release.starts_with(&format!("{}.", series.name)) {
        bail!("{} has {package}, which is no kernel {}", series.release, series.name);
    }
    apt.unpack(&[package], directory)?;
    fs::rename(directory.join(format!("boot/vmlinuz-{release}")), directory.join("vmlinuz"))?;
    fs::write(directory.join("version"), format!("{release}\n"))?;
    settle_modules(directory)?;
    for name in ["boot", "usr/share"] {
        let _ = fs::remove_dir_all(directory.join(name));
    }
    make_indexes(directory, release)
}

/// Makes `lib/modules` the modules' place: newer packages keep them in `usr/lib/modules`,
/// which stays as a link.
fn settle_modules(directory: &Path) -> Result<()> {
    let old = directory.join("lib/modules");
    let new = directory.join("usr/lib/modules");
    if new.exists() {
        fs::create_dir_all(directory.join("lib"))?;
        fs::rename(&new, &old).context("cannot move usr/lib/modules")?;
    }
    fs::create_dir_all(directory.join("usr/lib"))?;
    std::os::unix::fs::symlink("../../lib/modules", new)?;
    Ok(())
}

fn make_indexes(directory: &Path, release: &str) -> Result<()> {
    let mut depmod = theirs::command(&theirs::fetch()?, "depmod")?;
    shell::run(depmod.arg("-b").arg(directory).arg(release))
}
