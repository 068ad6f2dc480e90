//! A machine made of files in a temporary directory, for tests.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use kmodctl_format::index::IndexBuilder;

use crate::module_index::IndexFile;
use crate::place::Place;

/// A tree with `modules`, `proc`, `sys` and whatever else a test writes.
pub(crate) struct Tree {
    directory: tempfile::TempDir,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let tree = Self { directory: tempfile::tempdir().unwrap() };
        for name in ["modules", "proc", "sys/module"] {
            std::fs::create_dir_all(tree.path(name)).unwrap();
        }
        tree
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        self.path(name).as_os_str().as_bytes().to_vec()
    }

    /// Writes a file, and the directories it stands in.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Writes an index of keys and values.
    pub(crate) fn write_index(&self, which: IndexFile, entries: &[(&str, &str)]) {
        let mut builder = IndexBuilder::new();
        for (priority, (key, value)) in (0..).zip(entries) {
            builder.insert(key.as_bytes(), value.as_bytes(), priority).unwrap();
        }
        self.write(&format!("modules/{}", which.file_name()), builder.finish().unwrap());
    }

    /// The tree as a place, with these paths of configuration.
    pub(crate) fn place(&self, configuration: &[&str]) -> Place {
        Place {
            module_directory: self.bytes("modules"),
            configuration: configuration.iter().map(|path| self.bytes(path)).collect(),
            modules_load: vec![self.bytes("modules-load.d")],
            fstab: self.bytes("fstab"),
            proc: self.bytes("proc"),
            sys: self.bytes("sys"),
        }
    }
}
