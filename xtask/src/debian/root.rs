//! A copy of a Debian system as a directory of this machine: files are put into it, its own
//! programs are run in it, and it is packed into a disk image without being mounted.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::debian::{Release, base};
use crate::{cache, shell};

/// Runs the script $2 in the system at $1, which has /proc, /dev and no other file systems.
const RUN: &str = "\
mount -t proc proc \"$1/proc\"; mount --bind /dev \"$1/dev\"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
exec chroot \"$1\" sh -euc \"$2\" < /dev/null";

/// Packs the system at $1 into the image $2.
const PACK: &str = "\
rm -f \"$2\"; truncate -s 3G \"$2\"
mke2fs -q -t ext4 -O ^has_journal -L root -d \"$1\" \"$2\"; chmod 644 \"$2\"";

/// A system that can be changed. It is removed when the value is dropped.
#[derive(Debug)]
pub struct Root {
    /// The root directory.
    pub directory: PathBuf,
    /// What `uname -r` says in a guest of it.
    pub kernel: String,
}

impl Root {
    /// Copies the system of a release. `name` tells copies apart that live at the same time.
    pub fn copy(release: Release, name: &str) -> Result<Root> {
        let base = base::fetch(release)?;
        let parent = cache::directory()?.join("guests");
        fs::create_dir_all(&parent)?;
        let directory = parent.join(format!("{}-{name}-{}", release.name, std::process::id()));
        let copying = ["-a", "--reflink=auto"];
        let mut command = shell::as_root("cp", copying);
        shell::run(command.arg(&base).arg(&directory))?;
        let kernel = kernel(&directory)?;
        Ok(Root { directory, kernel })
    }

    /// Runs a shell script in the system, to the first command that fails, and returns what it
    /// wrote to its standard output.
    pub fn run(&self, script: &str) -> Result<String> {
        shell::output(&mut self.command(script))
    }

    /// The command that runs a script in the system.
    pub fn command(&self, script: &str) -> std::process::Command {
        let mut command = shell::as_root("unshare", ["--mount", "sh", "-euc", RUN, "run"]);
        command.arg(&self.directory).arg(script);
        command
    }

    /// Copies a file or a directory of this machine into the system.
    pub fn copy_in(&self, from: &Path, inside: &str) -> Result<()> {
        let to = self.directory.join(inside);
        shell::quietly(
            shell::as_root("mkdir", ["-p"]).arg(to.parent().context("no parent directory")?),
        )?;
        let mut command = shell::as_root("cp", ["-R", "--preserve=mode"]);
        shell::quietly(command.arg(from).arg(&to))
    }

    /// Writes a file into the system.
    pub fn write(&self, inside: &str, content: &str) -> Result<()> {
        const WRITE: &str = "mkdir -p \"${1%/*}\"; printf %s \"$2\" > \"$1\"";
        let mut command = shell::as_root("sh", ["-euc", WRITE, "write"]);
        shell::quietly(command.arg(self.directory.join(inside)).arg(content))
    }

    /// Packs the system into a disk image beside it.
    pub fn pack(&self) -> Result<Image> {
        let path = self.directory.with_extension("img");
        let mut command = shell::as_root("sh", ["-euc", PACK, "pack"]);
        shell::run(command.arg(&self.directory).arg(&path))?;
        Ok(Image(path))
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = shell::run(shell::as_root("rm", ["-rf"]).arg(&self.directory));
    }
}

/// A disk image. It is removed when the value is dropped.
#[derive(Debug)]
pub struct Image(pub PathBuf);

impl Drop for Image {
    fn drop(&mut self) {
        let _ = shell::run(shell::as_root("rm", ["-f"]).arg(&self.0));
    }
}

/// The release of the one kernel that the system has.
fn kernel(directory: &Path) -> Result<String> {
    for entry in fs::read_dir(directory.join("boot"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(release) = name.strip_prefix("vmlinuz-") {
            return Ok(release.to_owned());
        }
    }
    anyhow::bail!("{} has no kernel", directory.display())
}
