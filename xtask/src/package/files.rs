//! The list of a package's files, one a line: `MODE FROM TO` copies a file of the workspace,
//! `gzip FROM TO` compresses it, `link TARGET TO` makes a symbolic link, `directory TO` an empty
//! directory. FROM may be `DIRECTORY/BEGIN*END`, all such files; TO is a directory then. A line that
//! begins with `RELEASE:` is for that release only; `#` begins a remark.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

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
        [verb, from, to] if from.contains('*') => {
            let end = if verb == "gzip" { ".gz" } else { "" };
            for (name, from) in matching(cache::workspace(), from)? {
                place(&format!("{verb} {from} {to}/{name}{end}"), target)?;
            }
            Ok(())
        }
        ["directory", to] => Ok(fs::create_dir_all(target.join(to))?),
        ["link", from, to] => Ok(symlink(from, parented(target, to)?)?),
        ["gzip", from, to] => compress(&cache::workspace().join(from), &parented(target, to)?),
        [mode, from, to] => copy(from, &parented(target, to)?, u32::from_str_radix(mode, 8)?),
        _ => bail!("not a line of a list of files"),
    }
}

/// The files of a pattern, each with its name and its path in the workspace.
fn matching(workspace: &Path, pattern: &str) -> Result<Vec<(String, String)>> {
    let (directory, pattern) = pattern.rsplit_once('/').context("no directory")?;
    let (begin, end) = pattern.split_once('*').context("no pattern")?;
    let mut found = Vec::new();
    for entry in fs::read_dir(workspace.join(directory)).with_context(|| directory.to_owned())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let rest = name.strip_prefix(begin);
        if rest.is_some_and(|rest| rest.ends_with(end)) {
            found.push((name.clone(), format!("{directory}/{name}")));
        }
    }
    found.sort();
    ensure!(!found.is_empty(), "no file is {directory}/{pattern}");
    Ok(found)
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
    fn a_pattern_stands_for_its_files() {
        let found = |pattern| {
            let found = matching(cache::workspace(), pattern).unwrap_or_default();
            found.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("dist/man/kmodctl-b*.8"), "kmodctl-block.8 kmodctl-boot.8");
        assert_eq!(found("dist/man/mod*.5"), "modprobe.d.5 modules.dep.5");
        assert_eq!(found("dist/man/nothing*"), "");
    }

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
