//! The system that copies are taken of: made by debootstrap and the system's own apt, from the
//! mirrors that this machine's apt is set up with, and kept in the cache.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::apt::PrivateRoot;
use crate::debian::Release;
use crate::{cache, shell};

/// What debootstrap and mke2fs come from.
pub const PACKAGES: [&str; 3] = ["debian-archive-keyring", "debootstrap", "e2fsprogs"];

const SCRIPT: &str = include_str!("base.sh");
const UNIT: &str = include_str!("probe.service");
const PROBE: &str = include_str!("probe.sh");

/// Makes the system of a release in `debian/RELEASE` of the cache, the first time.
pub fn fetch(release: Release) -> Result<PathBuf> {
    cache::once(&format!("debian/{}", release.name), |directory| make(release, directory))
}

fn make(release: Release, directory: &Path) -> Result<()> {
    let sources = PrivateRoot::open(release.name)?.sources()?;
    let mirror = mirror(&sources).context("no mirror")?;
    let mut command = shell::as_root("unshare", ["--mount", "sh", "-euc", SCRIPT, "base.sh"]);
    command.arg(directory).args([release.name, mirror, &sources, UNIT, PROBE, &proxies()?]);
    shell::run(&mut command)
}

/// The first mirror of a list of sources: that of the release itself.
fn mirror(sources: &str) -> Option<&str> {
    sources.lines().next()?.split(' ').find(|word| word.contains("://"))
}

/// The proxies of this machine's apt, as its configuration spells them.
fn proxies() -> Result<String> {
    let all = shell::output(&mut shell::command("apt-config", ["dump", "Acquire"]))?;
    let proxies = all.lines().filter(|line| line.to_ascii_lowercase().contains("proxy"));
    Ok(proxies.map(|line| format!("{line}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_that_of_the_release() {
        let sources = "deb [signed-by=/k.gpg] http://one/debian trixie main\n\
                       deb [signed-by=/k.gpg] http://two/security trixie-security main\n";
        assert_eq!(mirror(sources), Some("http://one/debian"));
        assert_eq!(mirror(""), None);
    }
}
