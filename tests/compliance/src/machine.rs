//! A prepared machine: a directory to chroot into, with one implementation's programs, the
//! scenario's files, its module tree and its kernel state. It runs nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::RELEASE;
use crate::kernel::Kernel;
use crate::module_file::Module;
use crate::scenario::{Entry, Scenario};

/// Top-level directories that belong to the machine, not to what a command writes.
const NOT_COMPARED: [&str; 7] = ["bin", "dev", "lib64", "proc", "sbin", "sys", "tmp"];

/// A directory made to chroot into, removed when dropped.
pub struct Machine {
    /// Where it is.
    pub root: PathBuf,
    before: BTreeMap<String, Vec<u8>>,
}

impl Machine {
    /// Makes `root` out of `base` (hard links) and the scenario.
    pub fn prepare(
        base: &Path,
        root: PathBuf,
        scenario: &Scenario,
        modules: &[Module],
        index: &[(String, Vec<u8>)],
    ) -> io::Result<Self> {
        link_tree(base, &root)?;
        let directory = format!("/lib/modules/{RELEASE}");
        for path in ["dev", "etc", "proc", "run", "sys/module", "tmp", "usr/lib"] {
            fs::create_dir_all(root.join(path))?;
        }
        for (path, content) in [("dev/null", ""), ("proc/cmdline", "quiet\n"), ("proc/modules", "")]
        {
            fs::write(root.join(path), content)?;
        }
        for (path, code) in [("false", 1), ("true", 0), ("busybox", 1)] {
            executable(&root.join("bin").join(path), code)?;
            executable(&root.join("usr/bin").join(path), code)?;
        }
        for module in modules {
            write(&root, &under(&directory, &module.path), &module.bytes())?;
        }
        for (name, content) in index {
            write(&root, &under(&directory, name), content)?;
        }
        let kernel = Kernel::new(&root, needs(modules), &[]);
        for chain in &scenario.chains {
            kernel.load_chain(chain)?;
        }
        for loaded in &scenario.loaded {
            kernel.describe(loaded)?;
        }
        for (path, entry) in &scenario.entries {
            place(&root, path, entry)?;
        }
        let mut machine = Self { root, before: BTreeMap::new() };
        machine.before = machine.files()?;
        Ok(machine)
    }

    /// Files that are new or changed since the machine was prepared; `None` when gone.
    pub fn written(&self) -> io::Result<BTreeMap<String, Option<Vec<u8>>>> {
        let after = self.files()?;
        let gone = self.before.keys().filter(|path| !after.contains_key(*path));
        let mut written: BTreeMap<_, _> = gone.map(|path| (path.clone(), None)).collect();
        for (path, content) in after {
            if self.before.get(&path) != Some(&content) {
                written.insert(path, Some(content));
            }
        }
        Ok(written)
    }

    fn files(&self) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if NOT_COMPARED.iter().all(|name| entry.file_name() != *name) {
                collect(&self.root, &entry.path(), &mut files)?;
            }
        }
        Ok(files)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Nothing can be done about a directory that cannot be removed.
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Direct needs of each module.
pub fn needs(modules: &[Module]) -> BTreeMap<String, Vec<String>> {
    modules.iter().map(|module| (module.name(), module.needs.clone())).collect()
}

/// A path inside the module directory, or as it is when absolute.
fn under(directory: &str, path: &str) -> String {
    if path.starts_with('/') { path.into() } else { format!("{directory}/{path}") }
}

fn write(root: &Path, path: &str, content: &[u8]) -> io::Result<()> {
    place(root, path, &Entry::File(content.to_vec()))
}

fn place(root: &Path, path: &str, entry: &Entry) -> io::Result<()> {
    let target = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(target.parent().unwrap_or(root))?;
    match entry {
        Entry::Directory => fs::create_dir_all(target),
        Entry::File(content) => {
            // Never through a hard link or symlink that is shared with another machine.
            if target.symlink_metadata().is_ok() {
                fs::remove_file(&target)?;
            }
            fs::write(target, content)
        }
        Entry::Link(to) => symlink(to, target),
        Entry::Touched(time) => {
            let time = UNIX_EPOCH + Duration::from_secs(*time);
            fs::File::open(target)?.set_modified(time)
        }
        Entry::Removed if target.is_dir() => fs::remove_dir_all(target),
        Entry::Removed => fs::remove_file(target),
    }
}

/// A command that only exits.
fn executable(path: &Path, code: i32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, format!("#!/bin/sh\nexit {code}\n"))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

fn link_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            link_tree(&source, &target)?;
        } else {
            fs::hard_link(source, target)?;
        }
    }
    Ok(())
}

fn collect(root: &Path, path: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    let kind = path.symlink_metadata()?.file_type();
    if kind.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(root, &entry?.path(), files)?;
        }
    } else if kind.is_file() && !path.to_string_lossy().contains(".so.") {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
        files.insert(format!("/{name}"), fs::read(path)?);
    }
    Ok(())
}
