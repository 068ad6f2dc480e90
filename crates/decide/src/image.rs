//! An image of the first root directory as a machine of its own: its modules, its configuration, its
//! boot list, and the program that loads modules in it. Images are read and unpacked in `system`;
//! which of their files are to be kept for this is told by [`is_of_interest`].

mod content;
mod place;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use kmodctl_format::proc_modules::LoadedModule;
use kmodctl_format::{ModuleName, pattern};

use crate::configuration::Configuration;
use crate::engine::Engine;
use crate::errno::Errno;
use crate::inventory::{BootLine, Device, Inventory};
use crate::problem::Problem;
use crate::world::{InitState, ModuleFile, World};

pub use place::{Interest, is_of_interest, plain};

/// A file or link of an image that was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFile {
    /// What it holds, or where it leads; empty for a file whose name alone counts.
    pub content: Vec<u8>,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// What is in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The kernels whose modules it has, in byte order.
    pub releases: Vec<Vec<u8>>,
    /// The program that loads modules in it; `None` when there is none.
    pub engine: Option<Engine>,
    configuration: Configuration,
    directory: Vec<u8>,
    files: BTreeMap<ModuleName, ModuleFile>,
    /// Modules whose files it has, whether its modules.dep knows them or not.
    present: BTreeSet<ModuleName>,
    aliases: Vec<(Vec<u8>, ModuleName)>,
    symbols: Vec<(Vec<u8>, ModuleName)>,
    boot_lines: Vec<BootLine>,
}

impl Image {
    /// Makes an image of the files that were kept, by their plain paths, under a kernel command line.
    pub fn new(kept: &BTreeMap<Vec<u8>, ImageFile>, command_line: &[u8]) -> Self {
        content::read(kept, command_line)
    }

    /// Whether it has a file of this module.
    pub fn holds(&self, module: &ModuleName) -> bool {
        self.present.contains(module)
    }
}

impl World for Image {
    fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    fn module_directory(&self) -> &[u8] {
        &self.directory
    }

    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem> {
        Ok(self.files.get(&ModuleName::verbatim(key)).cloned())
    }

    fn alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        Ok(owners(&self.aliases, query))
    }

    fn symbol_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        Ok(owners(&self.symbols, query))
    }

    /// An image does not tell what its kernel has built in; such a module has no file in it.
    fn is_builtin(&self, _: &[u8]) -> Result<bool, Problem> {
        Ok(false)
    }

    fn builtin_alias_owners(&self, _: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        Ok(Vec::new())
    }

    fn state(&self, _: &ModuleName) -> Option<InitState> {
        None
    }

    fn references(&self, _: &ModuleName) -> Result<i32, Errno> {
        Err(Errno::ENOENT)
    }

    fn holders(&self, _: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        Err(Errno::ENOENT)
    }
}

impl Inventory for Image {
    fn module_files(&self) -> Result<Vec<(ModuleName, ModuleFile)>, Problem> {
        Ok(self.files.iter().map(|(name, file)| (name.clone(), file.clone())).collect())
    }

    fn aliases(&self) -> Result<Vec<(Vec<u8>, ModuleName)>, Problem> {
        Ok(self.aliases.clone())
    }

    fn symbols(&self) -> Result<Vec<(Vec<u8>, ModuleName)>, Problem> {
        Ok(self.symbols.clone())
    }

    fn builtin_modules(&self) -> Result<Vec<ModuleName>, Problem> {
        Ok(Vec::new())
    }

    fn loaded_modules(&self) -> Result<Vec<LoadedModule>, Errno> {
        Err(Errno::ENOENT)
    }

    fn devices(&self) -> Vec<Device> {
        Vec::new()
    }

    fn boot_lines(&self) -> Vec<BootLine> {
        self.boot_lines.clone()
    }
}

fn owners(table: &[(Vec<u8>, ModuleName)], query: &[u8]) -> Vec<ModuleName> {
    let matching = table.iter().filter(|(key, _)| pattern::matches(key, query));
    matching.map(|(_, owner)| owner.clone()).collect()
}
