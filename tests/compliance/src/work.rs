//! A directory in memory, where there is one, that is removed at the end; and a tree of modules
//! in it. It runs nothing.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::RELEASE;
use crate::module_file::Module;
use crate::scenario;

/// The directory.
#[derive(Debug)]
pub struct Work(PathBuf);

impl Work {
    /// Makes an empty one; `name` tells those of one process apart.
    pub fn new(name: &str) -> io::Result<Self> {
        let shared = Path::new("/dev/shm");
        let parent = if shared.is_dir() { shared.into() } else { std::env::temp_dir() };
        let work = Self(parent.join(format!("kmodctl-{name}-{}", std::process::id())));
        fs::create_dir_all(work.modules())?;
        Ok(work)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The directory of the modules in it.
    pub fn modules(&self) -> PathBuf {
        self.0.join("lib/modules").join(RELEASE)
    }

    /// Adds a module to the tree, as a scenario describes it.
    pub fn add(&self, line: &str) -> io::Result<()> {
        let module = Module::parse(&scenario::words(line).map_err(io::Error::other)?);
        let module = module.map_err(io::Error::other)?;
        self.write(&module.path, &module.bytes())
    }

    /// Adds a file to the tree.
    pub fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let file = self.modules().join(path);
        fs::create_dir_all(file.parent().unwrap_or(&self.0))?;
        fs::write(file, bytes)
    }

    /// Files right in the directory of the modules, by name, sorted.
    pub fn lists(&self) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut lists = Vec::new();
        for entry in fs::read_dir(self.modules())? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                lists.push((entry.file_name().to_string_lossy().into(), fs::read(entry.path())?));
            }
        }
        lists.sort();
        Ok(lists)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // Nothing can be done about a directory that cannot be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}
