//! The tarball for systems without Debian's packages: the static binary with its tools' names,
//! the library, manual pages, completions. Made the same, byte for byte, from the same inputs.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::{VERSION, dist, empty, files};
use crate::debian::TRIXIE;
use crate::shell;

/// Builds the tarball and returns its path.
pub(super) fn build(epoch: u64) -> Result<PathBuf> {
    let name = format!("kmodctl-{VERSION}-x86_64");
    let stage = super::directory().join("stage/tarball");
    empty(&stage)?;
    let list = fs::read_to_string(dist().join("tarball/files"))?;
    files::stage(&list, TRIXIE, &stage.join(&name))?;
    let tarball = super::directory().join(format!("{name}.tar.xz"));
    let mut tar = shell::command("tar", ["--sort=name", "--owner=0", "--group=0"]);
    tar.args(["--numeric-owner", "--format=ustar", "--mode=u=rwX,go=rX"]);
    tar.arg(format!("--mtime=@{epoch}")).arg("-cJf").arg(&tarball);
    tar.arg("-C").arg(&stage).arg(&name);
    // More than one thread would cut the stream at other places.
    shell::quietly(tar.env("XZ_OPT", "-9 --threads=1"))?;
    Ok(tarball)
}
