//! The first root directory of a guest: busybox, the tools under test, those modules of a
//! kernel that a scenario needs with all indexes, and the script to run. Made in memory.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::cpio::Archive;

/// An image being filled. Adding a file adds the directories above it.
#[derive(Debug, Default)]
pub struct Image {
    archive: Archive,
    paths: BTreeSet<String>,
}

impl Image {
    /// Adds a directory with those above it; `path` may have a leading slash.
    pub fn directory(&mut self, path: &str) {
        let path = path.trim_matches('/');
        if path.is_empty() || self.paths.contains(path) {
            return;
        }
        self.above(path);
        self.paths.insert(path.to_owned());
        self.archive.directory(path);
    }

    /// Adds a file. The first file of a path stays: add what replaces a file before it.
    pub fn file(&mut self, path: &str, content: &[u8]) {
        let path = path.trim_matches('/');
        if self.paths.insert(path.to_owned()) {
            self.above(path);
            self.archive.file(path, content);
        }
    }

    /// Adds a symbolic link.
    pub fn link(&mut self, path: &str, target: &str) {
        let path = path.trim_matches('/');
        if self.paths.insert(path.to_owned()) {
            self.above(path);
            self.archive.link(path, target);
        }
    }

    /// Adds a file of this machine.
    pub fn copy(&mut self, path: &str, source: &Path) -> Result<()> {
        let content = fs::read(source).with_context(|| source.display().to_string())?;
        self.file(path, &content);
        Ok(())
    }

    /// Adds everything below a directory of this machine, links as what they lead to.
    pub fn copy_all(&mut self, path: &str, source: &Path) -> Result<()> {
        self.directory(path);
        for entry in fs::read_dir(source).with_context(|| source.display().to_string())? {
            let entry = entry?;
            let inside = format!("{path}/{}", entry.file_name().to_string_lossy());
            match fs::metadata(entry.path()) {
                Ok(metadata) if metadata.is_dir() => self.copy_all(&inside, &entry.path())?,
                Ok(_) => self.copy(&inside, &entry.path())?,
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Ends the image and returns its bytes.
    pub fn finish(self) -> Vec<u8> {
        self.archive.finish()
    }

    fn above(&mut self, path: &str) {
        if let Some((above, _)) = path.rsplit_once('/') {
            self.directory(above);
        }
    }
}
