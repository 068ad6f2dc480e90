//! systemd's own loaders of modules, with which ours are compared: udev and systemd-modules-load
//! with every library they need, unpacked, installed nowhere.

use std::path::PathBuf;

use anyhow::Result;

use crate::apt::PrivateRoot;
use crate::cache;

const PACKAGES: [&str; 5] = ["kmod", "liblzma5", "libzstd1", "systemd", "udev"];

/// The Debian releases whose systemd is compared with: versions 252 and 257.
pub const RELEASES: [&str; 2] = ["bookworm", "trixie"];

/// Fetches udev and systemd of a Debian release into `udev/RELEASE` of the cache.
pub fn fetch(release: &str) -> Result<PathBuf> {
    cache::once(&format!("udev/{release}"), |directory| {
        PrivateRoot::open(release)?.unpack_closure(&PACKAGES, directory)
    })
}
