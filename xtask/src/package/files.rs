//! The list of a package's files, one a line: `MODE FROM TO` copies a file of the workspace,
//! `gzip FROM TO` compresses it, `link TARGET TO` makes a symbolic link, `directory TO` an empty
//! directory. A line that begins with `RELEASE:` is for that release only; `#` begins a remark.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::debian::Release;
use crate::{cache, shell};

/// Puts the files of a list, whose names have been filled in, into `target`.
pub(super) fn stage(list: &str, release: Release, target: &Path) -> Result<()> {
    for line in list.lines().filter_map(|line| of_release(line, release)) {
        place(line, target).with_context(|| format!("`{line}`"))?;
    }
    Ok(())
}

/// The line, if it says something about this release.
fn of_release(line: &str, release: Release) -> Option<&str> {
    let line = line.split('#').next().unwrap_or_default().trim();
    match line.split_once(": ") {
        _ if line.is_empty() => None,
        Some((name, rest)) => (name == release.name).then_some(rest.trim()),
        None => Some(line),
    }
}

fn place(line: &str, target: &Path) -> Result<()> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match *words.as_slice() {
        ["directory", to] => Ok(fs::create_dir_all(target.join(to))?),
        ["link", from, to] => Ok(symlink(from, parented(target, to)?)?),
        ["gzip", from, to] => compress(&cache::workspace().join(from), &parented(target, to)?),
        [mode, from, to] => copy(from, &parented(target, to)?, u32::from_str_radix(mode, 8)?),
        _ => bail!("not a line of a list of files"),
    }
}

fn parented(target: &Path, name: &str) -> Result<std::path::PathBuf> {
    let path = target.join(name);
    fs::create_dir_all(path.parent().context("no parent directory")?)?;
    Ok(path)
}

fn copy(from: &str, to: &Path, mode: u32) -> Result<()> {
    fs::copy(cache::workspace().join(from), to)?;
    Ok(fs::set_permissions(to, Permissions::from_mode(mode))?)
}

/// Compresses a file without its name and time.
pub(super) fn compress(from: &Path, to: &Path) -> Result<()> {
    let output = Command::new("gzip").args(["-9nc"]).arg(from).output()?;
    if !output.status.success() {
        bail!("gzip {}: {}", from.display(), String::from_utf8_lossy(&output.stderr));
    }
    fs::write(to, output.stdout)?;
    Ok(fs::set_permissions(to, Permissions::from_mode(0o644))?)
}

/// Every file below a directory that is not a directory, by its path in it, sorted.
pub(super) fn all(directory: &Path) -> Result<Vec<String>> {
    let mut find = shell::command("find", [".", "!", "-type", "d", "-printf", "%P\\n"]);
    let found = shell::output(find.current_dir(directory))?;
    let mut names: Vec<String> = found.lines().map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debian::{BOOKWORM, TRIXIE};

    #[test]
    fn lines_are_of_a_release_or_of_all() {
        let cases = [
            ("644 a b # why", Some("644 a b"), Some("644 a b")),
            ("trixie: directory etc/depmod.d", None, Some("directory etc/depmod.d")),
            ("# only a remark", None, None),
            ("", None, None),
        ];
        for (line, bookworm, trixie) in cases {
            assert_eq!(of_release(line, BOOKWORM), bookworm);
            assert_eq!(of_release(line, TRIXIE), trixie);
        }
    }
}
