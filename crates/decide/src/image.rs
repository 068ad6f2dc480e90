//! An image of the first root directory (initramfs) as a machine of its own: its modules, its
//! configuration, its boot list, and what loads modules in it. Images are read and unpacked in
//! `system`; which of their files are to be kept for this is told by [`is_of_interest`].

mod content;
mod place;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use kmodctl_format::proc_modules::LoadedModule;
use kmodctl_format::{ModuleName, pattern};

use crate::configuration::Configuration;
use crate::errno::Errno;
use crate::inventory::{BootLine, Device, Engine, Inventory, KernelFacts, TextFile};
use crate::problem::{Problem, UnpackFault};
use crate::world::{InitState, ModuleFile, World};

pub use place::{Interest, is_of_interest, plain};

/// An image and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The image's file.
    pub path: Vec<u8>,
    /// What is in it, or why that cannot be told.
    pub contents: Result<Contents, ImageFault>,
}

/// Why an image, or the rest of one, cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFault {
    /// An archive in it is damaged, at this byte of the part that it stands in.
    Archive(kmodctl_format::cpio::Damage),
    /// It is packed in a way that is not read here: the name of that way.
    Codec(&'static str),
    /// It cannot be opened or read.
    Errno(Errno),
    /// Nothing that the kernel takes begins at this byte.
    NoImage(u64),
    /// It cannot be unpacked.
    Unpack(UnpackFault),
}

/// A file or link of an image that was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFile {
    /// What it holds, or where it leads; empty for a file whose name alone counts.
    pub content: Vec<u8>,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// What matters of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The kernel whose modules it has, if it has any; the last one in byte order.
    pub release: Option<Vec<u8>>,
    /// The modules whose files it has, whether its modules.dep knows them or not.
    pub modules: BTreeSet<ModuleName>,
    /// What loads modules in it; `None` when nothing was found.
    pub engine: Option<Engine>,
    configuration: Configuration,
    directory: Vec<u8>,
    files: BTreeMap<ModuleName, ModuleFile>,
    aliases: Vec<(Vec<u8>, ModuleName)>,
    symbols: Vec<(Vec<u8>, ModuleName)>,
    boot_lines: Vec<BootLine>,
}

impl Contents {
    /// Reads the files that were kept of an image, by their plain paths, under a kernel command
    /// line. Its lines are said to stand in `IMAGE:PATH`.
    pub fn new(image: &[u8], kept: &BTreeMap<Vec<u8>, ImageFile>, command_line: &[u8]) -> Self {
        content::read(image, kept, command_line)
    }

    /// The same with the lines alone that mean something to what loads modules.
    pub fn obeying(&self, engine: &Engine) -> Self {
        let mut same = self.clone();
        same.configuration.entries.retain(|entry| engine.obeys(&entry.directive));
        same
    }
}

impl World for Contents {
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

impl Inventory for Contents {
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

    fn configuration_files(&self) -> Vec<TextFile> {
        Vec::new()
    }

    fn kernel_facts(&self) -> KernelFacts {
        KernelFacts::default()
    }
}

fn owners(table: &[(Vec<u8>, ModuleName)], query: &[u8]) -> Vec<ModuleName> {
    let matching = table.iter().filter(|(key, _)| pattern::matches(key, query));
    matching.map(|(_, owner)| owner.clone()).collect()
}
