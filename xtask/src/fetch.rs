//! `cargo xtask fetch`: everything that the tests and the tour need and the repository does
//! not hold. Reuses what is there.

use anyhow::Result;

use crate::{apt, cache, kernels, progress, theirs};

/// Programs that the tests run on this machine, as Debian packages.
const PACKAGES: [&str; 5] = ["kmod", "qemu-system-x86", "seabios", "xz-utils", "zstd"];

/// Installs and fetches all of it.
pub fn everything() -> Result<()> {
    let _lock = cache::locked()?;
    apt::install(&PACKAGES)?;
    let theirs = theirs::fetch()?;
    progress::line(&format!("kmod 34.2: {}", theirs.display()));
    for series in [kernels::V6_1, kernels::V6_12] {
        let kernel = kernels::fetch(series)?;
        progress::line(&format!("kernel {}: {}", kernel.release, kernel.directory.display()));
    }
    Ok(())
}
