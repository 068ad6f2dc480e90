//! Unmodified Debian kernels to try the tools on: fetched and unpacked, never installed, with
//! indexes made by kmod 34.2's depmod. Of other architectures only the modules are kept, for
//! depmod to be tried on, and have no indexes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::apt::{AMD64, PrivateRoot};
use crate::{cache, shell, theirs};

/// A kernel series that Debian ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// `6.1`; also its directory's name in the cache.
    pub name: &'static str,
    /// The Debian release whose standard kernel it is.
    release: &'static str,
    architecture: &'static str,
    /// The package that depends on the newest kernel.
    package: &'static str,
}

/// Debian bookworm's kernel: plain modules.
pub const V6_1: Series =
    Series { name: "6.1", release: "bookworm", architecture: AMD64, package: "linux-image-amd64" };

/// Debian trixie's kernel: modules compressed with xz.
pub const V6_12: Series =
    Series { name: "6.12", release: "trixie", package: "linux-image-amd64", ..V6_1 };

/// Other architectures: 32 bits, big-endian, plain and compressed with xz.
pub const FOREIGN: [Series; 4] = [
    Series {
        name: "6.1-armhf",
        release: "bookworm",
        architecture: "armhf",
        package: "linux-image-armmp",
    },
    Series {
        name: "6.1-ppc64el",
        release: "bookworm",
        architecture: "ppc64el",
        package: "linux-image-powerpc64le",
    },
    Series {
        name: "6.1-s390x",
        release: "bookworm",
        architecture: "s390x",
        package: "linux-image-s390x",
    },
    Series {
        name: "6.12-arm64",
        release: "trixie",
        architecture: "arm64",
        package: "linux-image-arm64",
    },
];

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

/// Fetches `Module.symvers` of a kernel's headers into `headers/SERIES` of the cache: the
/// checksum of every symbol that the kernel and its modules export.
pub fn fetch_symvers(series: Series) -> Result<PathBuf> {
    let release = fetch(series)?.release;
    let name = format!("headers/{}", series.name);
    let directory = cache::once(&name, |directory| {
        let package = format!("linux-headers-{release}");
        PrivateRoot::of(series.release, series.architecture)?.unpack(&[&package], directory)?;
        let file = directory.join(format!("usr/src/{package}/Module.symvers"));
        fs::rename(&file, directory.join("Module.symvers"))
            .with_context(|| file.display().to_string())?;
        Ok(fs::remove_dir_all(directory.join("usr"))?)
    })?;
    Ok(directory.join("Module.symvers"))
}

fn unpack(series: Series, directory: &Path) -> Result<()> {
    let apt = PrivateRoot::of(series.release, series.architecture)?;
    let depends = apt.field(series.package, "Depends")?;
    let package = depends.split([' ', ',']).next().unwrap_or_default();
    let release = package.strip_prefix("linux-image-").unwrap_or_default();
    let number = series.name.split('-').next().unwrap_or_default();
    if !release.starts_with(&format!("{number}.")) {
        bail!("{} has {package}, which is no kernel {number}", series.release);
    }
    apt.unpack(&[package], directory)?;
    let foreign = series.architecture != AMD64;
    if !foreign {
        fs::rename(directory.join(format!("boot/vmlinuz-{release}")), directory.join("vmlinuz"))?;
    }
    fs::write(directory.join("version"), format!("{release}\n"))?;
    settle_modules(directory)?;
    for name in ["boot", "usr/share"] {
        let _ = fs::remove_dir_all(directory.join(name));
    }
    if foreign { Ok(()) } else { make_indexes(directory, release) }
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
