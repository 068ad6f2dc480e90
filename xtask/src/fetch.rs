//! `cargo xtask fetch`: everything that the tests and the tour need and the repository does
//! not hold. Reuses what is there.

use anyhow::Result;

use crate::debian::{RELEASES, base};
use crate::{apt, cache, guest, holders, kernels, package, progress, theirs, udev};

/// Programs that the tests run on this machine, as Debian packages.
const PACKAGES: [&str; 16] = [
    "bash-completion",
    "binutils",
    "fish",
    "g++",
    "gcc",
    "git",
    "groff-base",
    "kmod",
    "libc6-dbg",
    "mandoc",
    "qemu-system-x86",
    "strace",
    "valgrind",
    "xz-utils",
    "zsh",
    "zstd",
];

/// Installs and fetches all of it.
pub fn everything() -> Result<()> {
    let _lock = cache::locked()?;
    apt::install(&PACKAGES)?;
    apt::install(&base::PACKAGES)?;
    apt::install(&package::check::PACKAGES)?;
    let theirs = theirs::fetch()?;
    progress::line(&format!("kmod 34.2: {}", theirs.display()));
    theirs::fetch_libraries()?;
    for series in [kernels::V6_1, kernels::V6_12].iter().chain(&kernels::FOREIGN) {
        let kernel = kernels::fetch(*series)?;
        progress::line(&format!("kernel {}: {}", kernel.release, kernel.directory.display()));
        kernels::fetch_symvers(*series)?;
    }
    guest::busybox()?;
    holders::fetch()?;
    for release in udev::RELEASES {
        progress::line(&format!("systemd of {release}: {}", udev::fetch(release)?.display()));
    }
    for release in RELEASES {
        let root = base::fetch(release)?;
        progress::line(&format!("Debian {}: {}", release.name, root.display()));
    }
    Ok(())
}

/// Installs and fetches what the tour needs: less than everything.
pub fn for_guests() -> Result<()> {
    let _lock = cache::locked()?;
    apt::install(&["qemu-system-x86"])?;
    kernels::fetch(kernels::V6_1)?;
    guest::busybox()?;
    Ok(())
}
