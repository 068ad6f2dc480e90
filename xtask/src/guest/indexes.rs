//! The indexes of a kernel's module tree: as kmod 34.2's depmod made them when the kernel was
//! fetched, or as ours makes them.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::kernels::Kernel;
use crate::{binary, cache, shell};

/// What the kernel's build leaves beside the modules.
const LISTS: [&str; 3] = ["modules.builtin", "modules.builtin.modinfo", "modules.order"];

/// What depmod writes.
const WRITTEN: [&str; 11] = [
    "modules.alias",
    "modules.alias.bin",
    "modules.builtin.alias.bin",
    "modules.builtin.bin",
    "modules.dep",
    "modules.dep.bin",
    "modules.devname",
    "modules.softdep",
    "modules.symbols",
    "modules.symbols.bin",
    "modules.weakdep",
];

/// The command that runs our depmod, as [`binary::build`] placed it.
pub fn depmod() -> Command {
    let mut command = Command::new(binary::directory().join("kmod"));
    command.arg0("depmod");
    command
}

/// The lists and indexes of a kernel, by name, the indexes made by kmod 34.2.
pub fn of_theirs(kernel: &Kernel) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = read(&kernel.modules(), &LISTS)?;
    files.extend(read(&kernel.modules(), &WRITTEN)?);
    Ok(files)
}

/// The same, the indexes made by our depmod now.
pub fn of_ours(kernel: &Kernel) -> Result<Vec<(String, Vec<u8>)>> {
    let place = cache::directory()?.join(format!(
        "guests/indexes-{}-{}",
        kernel.release,
        std::process::id()
    ));
    let mut files = read(&kernel.modules(), &LISTS)?;
    let mut depmod = depmod();
    depmod.arg("-b").arg(&kernel.directory).arg("-o").arg(&place).arg(&kernel.release);
    shell::quietly(&mut depmod)?;
    files.extend(read(&place.join("lib/modules").join(&kernel.release), &WRITTEN)?);
    fs::remove_dir_all(&place)?;
    Ok(files)
}

fn read(directory: &Path, names: &[&str]) -> Result<Vec<(String, Vec<u8>)>> {
    let read = |name: &&str| {
        let path = directory.join(name);
        let content = fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(((*name).to_owned(), content))
    };
    names.iter().map(read).collect()
}
