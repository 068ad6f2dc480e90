//! A copy of a tree to run depmod on: hard links of the fetched files, changed as a case wants.

use kmodctl_compliance::whole::module_files;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use kmodctl_compliance::implementation::cache;

/// How a tree is changed before depmod sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Not at all.
    None,
    /// Some modules are there again, in updates/, in extra/ and outside.
    Duplicates,
    /// All compressed with gzip.
    Gzip,
    /// A quarter each plain, zstd, gzip and xz.
    Mixed,
    /// Under /opt/modules.
    Moved,
    /// All compressed with zstd.
    Zstd,
}

/// The copy.
pub(crate) struct Tree {
    /// What `-b` names.
    pub(crate) base: PathBuf,
    /// The directory of the modules.
    pub(crate) modules: PathBuf,
    /// The kernel's release.
    pub(crate) release: String,
    /// Names of modules that kmod 34.2 as Debian builds it cannot read, as they are for it (a
    /// plain file with the suffix of xz) and as they are: only when there are any.
    pub(crate) renamed: BTreeMap<String, String>,
}

impl Tree {
    /// Copies the tree `name` into `base` and changes it. `for_theirs` puts plain files with
    /// the suffix of xz where it would put files compressed with gzip.
    pub(crate) fn copy(
        name: &str,
        change: Change,
        base: PathBuf,
        for_theirs: bool,
    ) -> io::Result<Self> {
        let from = cache()?.join("kernels").join(name);
        let release = fs::read_to_string(from.join("version")).map_err(|error| {
            io::Error::other(format!("{}: {error}; run `cargo xtask fetch`", from.display()))
        })?;
        let release = release.trim().to_string();
        let parent = if change == Change::Moved { "opt/modules" } else { "lib/modules" };
        let modules = base.join(parent).join(&release);
        let mut tree = Self { base, modules, release, renamed: BTreeMap::new() };
        let from = from.join("lib/modules").join(&tree.release);
        link_all(&from.join("kernel"), &tree.modules.join("kernel"))?;
        for list in ["modules.builtin", "modules.builtin.modinfo", "modules.order"] {
            fs::hard_link(from.join(list), tree.modules.join(list))?;
        }
        let files = tree.files()?;
        match change {
            Change::None | Change::Moved => {}
            Change::Duplicates => tree.duplicate(&files)?,
            Change::Zstd => compress("zstd", &files)?,
            Change::Gzip => tree.gzip(&files, for_theirs)?,
            Change::Mixed => {
                let every = |first: usize| -> Vec<PathBuf> {
                    files.iter().skip(first).step_by(4).cloned().collect()
                };
                compress("zstd", &every(1))?;
                compress("xz", &every(2))?;
                tree.gzip(&every(3), for_theirs)?;
            }
        }
        Ok(tree)
    }

    /// All module files, sorted.
    pub(crate) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        module_files(&self.modules.join("kernel"), &mut files)?;
        files.sort();
        Ok(files)
    }

    fn duplicate(&self, files: &[PathBuf]) -> io::Result<()> {
        let places = [
            (self.modules.join("updates"), 40),
            (self.modules.join("extra"), 30),
            (self.base.join("outside/deep"), 50),
        ];
        for (directory, step) in places {
            fs::create_dir_all(&directory)?;
            for file in files.iter().step_by(step) {
                fs::hard_link(file, directory.join(file.file_name().unwrap_or_default()))?;
            }
        }
        Ok(())
    }

    fn gzip(&mut self, files: &[PathBuf], for_theirs: bool) -> io::Result<()> {
        if !for_theirs {
            return compress("gzip", files);
        }
        for file in files {
            let (theirs, ours) = (with(file, ".xz"), with(file, ".gz"));
            fs::rename(file, &theirs)?;
            let inside = |path: PathBuf| {
                path.strip_prefix(&self.modules).map(|path| path.to_string_lossy().into_owned())
            };
            if let (Ok(theirs), Ok(ours)) = (inside(theirs), inside(ours)) {
                self.renamed.insert(theirs, ours);
            }
        }
        Ok(())
    }
}

/// Compresses the files and takes the plain ones away. The zstd program writes all formats.
fn compress(format: &str, files: &[PathBuf]) -> io::Result<()> {
    for some in files.chunks(500) {
        let status = Command::new("zstd")
            .args(["-q", "-1", "-f", &format!("--format={format}")])
            .args(some)
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!("zstd --format={format} failed: {status}")));
        }
    }
    files.iter().try_for_each(fs::remove_file)
}

fn with(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            link_all(&entry.path(), &target)?;
        } else {
            fs::hard_link(entry.path(), target)?;
        }
    }
    Ok(())
}
