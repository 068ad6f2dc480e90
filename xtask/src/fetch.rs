//! `cargo xtask fetch`: everything that the tests and the tour need and the repository does
//! not hold. Reuses what is there.

use anyhow::Result;

use crate::{apt, cache, guest, kernels, progress, theirs};

/// Programs that the tests run on this machine, as Debian packages.
const PACKAGES: [&str; 7] = ["g++", "gcc", "git", "kmod", "qemu-system-x86", "xz-utils", "zstd"];

/// Installs and fetches all of it.
pub fn everything() -> Result<()> {
    let _lock = cache::locked()?;
    apt::install(&PACKAGES)?;
    let theirs = theirs::fetch()?;
    progress::line(&format!("kmod 34.2: {}", theirs.display()));
    for series in [kernels::V6_1, kernels::V6_12].iter().chain(&kernels::FOREIGN) {
        let kernel = kernels::fetch(*series)?;
        progress::line(&format!("kernel {}: {}", kernel.release, kernel.directory.display()));
        kernels::fetch_symvers(*series)?;
    }
    guest::busybox()?;
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
