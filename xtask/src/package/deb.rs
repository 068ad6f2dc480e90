//! One Debian package: its files staged in a tree, its control files beside them, packed by
//! dpkg-deb.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};

use super::{dist, empty, files, filled};
use crate::debian::Release;
use crate::shell;

/// Control files that are programs; `NAME.RELEASE` is that of one release.
const SCRIPTS: [&str; 4] = ["preinst", "postinst", "prerm", "postrm"];
/// Control files that are texts.
const TEXTS: [&str; 4] = ["control", "triggers", "shlibs", "symbols"];

/// Builds the package `name` for a release into the directory `target`.
pub(super) fn build(release: Release, name: &str, target: &Path, epoch: u64) -> Result<()> {
    let stage = super::directory().join("stage").join(release.name).join(name);
    empty(&stage)?;
    let source = dist().join("debian").join(name);
    let list = filled(&fs::read_to_string(source.join("files"))?, release);
    files::stage(&list, release, &stage).with_context(|| format!("the files of {name}"))?;
    documentation(release, name, &stage)?;
    control_files(release, &source, &stage)?;
    fs::create_dir_all(target)?;
    let mut command = shell::command("dpkg-deb", ["-Zxz", "--root-owner-group", "--build"]);
    command.arg(&stage).arg(target).env("SOURCE_DATE_EPOCH", epoch.to_string());
    shell::quietly(&mut command)
}

/// What every package has in /usr/share/doc, and its exceptions to lintian's rules.
fn documentation(release: Release, name: &str, stage: &Path) -> Result<()> {
    let place = stage.join("usr/share/doc").join(name);
    fs::create_dir_all(&place)?;
    let debian = dist().join("debian");
    fs::copy(debian.join("copyright"), place.join("copyright"))?;
    let changelog = stage.join("changelog");
    let text = fs::read_to_string(debian.join("changelog"))?;
    fs::write(&changelog, filled(&text, release))?;
    files::compress(&changelog, &place.join("changelog.gz"))?;
    fs::remove_file(changelog)?;
    let overrides = debian.join(name).join("lintian-overrides");
    if overrides.exists() {
        let place = stage.join("usr/share/lintian/overrides");
        fs::create_dir_all(&place)?;
        fs::copy(overrides, place.join(name))?;
    }
    Ok(())
}

fn control_files(release: Release, source: &Path, stage: &Path) -> Result<()> {
    let names = files::all(stage)?;
    let sums = sums(stage, &names)?;
    let size = installed_size(stage, &names)?;
    let control = stage.join("DEBIAN");
    fs::create_dir(&control)?;
    fs::write(control.join("md5sums"), sums)?;
    let conffiles: String = names
        .iter()
        .filter(|name| name.starts_with("etc/"))
        .map(|name| format!("/{name}\n"))
        .collect();
    if !conffiles.is_empty() {
        fs::write(control.join("conffiles"), conffiles)?;
    }
    for name in TEXTS.into_iter().chain(SCRIPTS) {
        let of_release = source.join(format!("{name}.{}", release.name));
        let text =
            fs::read_to_string(of_release).or_else(|_| fs::read_to_string(source.join(name)));
        let Ok(text) = text else { continue };
        let mut text = filled(&text, release);
        text = text.replace("@SIZE@", &size.to_string()).replace("@LIBC@", &libc(stage, &names)?);
        let mode = if SCRIPTS.contains(&name) { 0o755 } else { 0o644 };
        fs::write(control.join(name), text)?;
        fs::set_permissions(control.join(name), Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// `md5sums`: of every regular file that is no conffile.
fn sums(stage: &Path, names: &[String]) -> Result<String> {
    let regular = |name: &&String| !name.starts_with("etc/") && !stage.join(name).is_symlink();
    let names: Vec<&String> = names.iter().filter(regular).collect();
    shell::output(shell::command("md5sum", names).current_dir(stage))
}

/// In KiB, each file rounded up.
fn installed_size(stage: &Path, names: &[String]) -> Result<u64> {
    let mut size = 0;
    for name in names {
        size += fs::symlink_metadata(stage.join(name))?.len().div_ceil(1024);
    }
    Ok(size)
}

/// The oldest version of the C library that has every symbol that the staged libraries need.
fn libc(stage: &Path, names: &[String]) -> Result<String> {
    let mut newest = (2, 17);
    for name in names.iter().filter(|name| name.contains(".so")) {
        let path = stage.join(name);
        if !path.is_symlink() {
            newest = newest.max(needed_libc(&fs::read(path)?));
        }
    }
    Ok(format!("{}.{}", newest.0, newest.1))
}

/// The highest version named `GLIBC_N.N` in a library.
fn needed_libc(library: &[u8]) -> (u32, u32) {
    const PREFIX: &str = "GLIBC_";
    let text = String::from_utf8_lossy(library);
    let versions = text.split(PREFIX).skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(rest.len());
        let (major, minor) = rest[..end].split_once('.')?;
        let minor = minor.split('.').next().unwrap_or_default();
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    versions.max().unwrap_or((2, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_of_the_c_library_counts() {
        let cases: [(&[u8], _); 3] = [
            (b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0\xff", (2, 34)),
            (b"GLIBC_PRIVATE\0", (2, 0)),
            (b"", (2, 0)),
        ];
        for (library, expected) in cases {
            assert_eq!(needed_libc(library), expected);
        }
    }
}
