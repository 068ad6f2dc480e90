//! systemd's own loaders of modules, with which ours are compared: udev and systemd-modules-load
//! with every library they need, unpacked, installed nowhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::apt::PrivateRoot;
use crate::guest::image::Image;
use crate::{cache, shell};

const PACKAGES: [&str; 5] = ["kmod", "liblzma5", "libzstd1", "systemd", "udev"];

/// The loader of programs, below a root directory of Debian.
pub(crate) const LOADER: &str = "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";

/// The Debian releases whose systemd is compared with: versions 252 and 257.
pub const RELEASES: [&str; 2] = ["bookworm", "trixie"];

/// Fetches udev and systemd of a Debian release into `udev/RELEASE` of the cache.
pub fn fetch(release: &str) -> Result<PathBuf> {
    cache::once(&format!("udev/{release}"), |directory| {
        PrivateRoot::open(release)?.unpack_closure(&PACKAGES, directory)
    })
}

/// Adds udev 252 to a guest: `udevadm`, which is the daemon as well, with its libraries, its rules
/// and the programs that these run.
pub fn add(image: &mut Image) -> Result<()> {
    let root = fetch(RELEASES[0])?;
    image.copy("bin/udevadm", &root.join("bin/udevadm"))?;
    image.link("lib/systemd/systemd-udevd", "/bin/udevadm");
    image.copy("lib64/ld-linux-x86-64.so.2", &root.join(LOADER))?;
    for (name, path) in libraries(&root, &root.join(LOADER), &root.join("bin/udevadm"))? {
        image.copy(&format!("lib/x86_64-linux-gnu/{name}"), &path)?;
    }
    image.copy_all("lib/udev/rules.d", &root.join("lib/udev/rules.d"))?;
    for program in ["ata_id", "cdrom_id", "fido_id", "mtd_probe", "scsi_id", "v4l_id"] {
        let path = format!("lib/udev/{program}");
        image.copy(&path, &root.join(&path))?;
    }
    Ok(())
}

/// Adds the configuration that Debian's kmod and udev bring.
pub fn add_configuration(image: &mut Image) -> Result<()> {
    image.copy_all("lib/modprobe.d", &fetch(RELEASES[0])?.join("lib/modprobe.d"))
}

/// What a program needs, as its own loader finds it below `root`: names and files.
pub(crate) fn libraries(
    root: &Path,
    loader: &Path,
    program: &Path,
) -> Result<Vec<(String, PathBuf)>> {
    let places = ["lib", "usr/lib"].map(|path| root.join(path).join("x86_64-linux-gnu"));
    let places: Vec<_> = places.iter().map(|path| path.to_string_lossy()).collect();
    let mut list = Command::new(loader);
    list.arg("--library-path").arg(places.join(":")).arg("--list").arg(program);
    let text = shell::output(&mut list)?;
    let mut libraries = Vec::new();
    for line in text.lines().filter(|line| line.contains(" => ")) {
        let (name, rest) = line.trim().split_once(" => ").context("no arrow")?;
        let path = rest.split(' ').next().unwrap_or_default();
        if !name.contains("ld-linux") {
            libraries.push((name.to_owned(), PathBuf::from(path)));
        }
    }
    Ok(libraries)
}
