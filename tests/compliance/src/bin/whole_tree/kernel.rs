//! One kernel of the cache: where it is and what its lists say.

use kmodctl_compliance::whole::module_files;
use std::fs;
use std::io;
use std::path::PathBuf;

use kmodctl_compliance::implementation::cache;
use kmodctl_compliance::module_file::module_name;

/// A kernel's module tree.
pub(crate) struct Kernel {
    /// `6.1` or `6.12`.
    pub(crate) label: String,
    /// The directory that holds `lib/modules`.
    pub(crate) root: PathBuf,
    /// The release.
    pub(crate) release: String,
}

impl Kernel {
    /// Finds it in the cache.
    pub(crate) fn find(label: &str) -> io::Result<Self> {
        let root = cache()?.join("kernels").join(label);
        let release = fs::read_to_string(root.join("version")).map_err(|error| {
            io::Error::other(format!("{}: {error}; run `cargo xtask fetch`", root.display()))
        })?;
        Ok(Self { label: label.into(), root, release: release.trim().into() })
    }

    /// The module directory.
    pub(crate) fn directory(&self) -> PathBuf {
        self.root.join("lib/modules").join(&self.release)
    }

    /// All lines of one of its lists.
    pub(crate) fn lines(&self, name: &str) -> io::Result<Vec<String>> {
        let text = fs::read_to_string(self.directory().join(name))?;
        Ok(text.lines().map(String::from).collect())
    }

    /// Paths of all module files, sorted.
    pub(crate) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        module_files(&self.directory().join("kernel"), &mut files)?;
        files.sort();
        Ok(files)
    }

    /// Names of all built-in modules.
    pub(crate) fn builtins(&self) -> io::Result<Vec<String>> {
        Ok(self.lines("modules.builtin")?.iter().map(|path| module_name(path)).collect())
    }
}
