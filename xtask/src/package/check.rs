//! Whether the packages are in order: by lintian's rules, and made the same when they are made
//! again.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::{directory, files, make, of};
use crate::debian::RELEASES;
use crate::{progress, shell};

/// What the check runs on this machine, as Debian packages.
pub const PACKAGES: [&str; 2] = ["dpkg", "lintian"];

/// Makes the packages again and compares; then has lintian look at them.
pub fn check() -> Result<()> {
    let first = sums()?;
    make()?;
    let second = sums()?;
    ensure!(first == second, "made again, packages differ:\n{first}\n{second}");
    for release in RELEASES {
        let mut lintian = shell::command("lintian", ["--allow-root", "--fail-on", "error,warning"]);
        shell::run(lintian.args(packages(&of(release))?))?;
    }
    progress::line("packages: the same when made again, and in order for lintian");
    Ok(())
}

/// The packages in a directory and below it.
fn packages(directory: &std::path::Path) -> Result<Vec<PathBuf>> {
    let names = files::all(directory)?;
    let packages: Vec<PathBuf> = names
        .iter()
        .filter(|name| name.ends_with(".deb"))
        .map(|name| directory.join(name))
        .collect();
    ensure!(!packages.is_empty(), "{} has no packages", directory.display());
    Ok(packages)
}

/// The sums of everything that is handed out.
fn sums() -> Result<String> {
    let names = files::all(&directory())?;
    let handed_out = |name: &&String| name.ends_with(".deb") || name.ends_with(".tar.xz");
    let mut command = shell::command("sha256sum", names.iter().filter(handed_out));
    shell::output(command.current_dir(directory()))
}
