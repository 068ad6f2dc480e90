//! Whole Debian systems to try the packages on: systemd, udev, the distribution's unmodified
//! kernel, initramfs-tools, dracut, dkms. A system is made once and kept in the cache; copies
//! of it are changed by its own package tools on this machine and booted in QEMU. Needs root,
//! or sudo.

pub mod base;
pub mod machine;
pub mod root;

use crate::kernels::{self, Series};

/// A Debian release that the packages are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// Its code name.
    pub name: &'static str,
    /// Debian's number of it.
    pub number: u32,
    /// The kernel series that is its standard.
    pub series: Series,
    /// The version of its `kmod` and `libkmod2`.
    pub kmod: &'static str,
}

/// Debian 12.
pub const BOOKWORM: Release =
    Release { name: "bookworm", number: 12, series: kernels::V6_1, kmod: "30+20221128-1" };

/// Debian 13.
pub const TRIXIE: Release =
    Release { name: "trixie", number: 13, series: kernels::V6_12, kmod: "34.2-2" };

/// Every release that packages are made for.
pub const RELEASES: [Release; 2] = [BOOKWORM, TRIXIE];
