//! A world as it would be with another content of one file of modprobe.d: what a change would come
//! to is asked of it before the change is made.

use alloc::rc::Rc;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::parse;

use crate::configuration::{Configuration, Entry, file_name};
use crate::errno::Errno;
use crate::problem::Problem;
use crate::world::{InitState, ModuleFile, World};

/// A world with one file of the first directory of modprobe.d put in its place, or taken away.
pub struct Hypothesis<'a> {
    world: &'a dyn World,
    configuration: Configuration,
}

impl<'a> Hypothesis<'a> {
    /// The world when the file at `path` holds `content`; `None` takes the file away.
    ///
    /// The file hides files of its name in later directories; one that is taken away uncovers none,
    /// since the world does not know them.
    pub fn new(world: &'a dyn World, path: &[u8], content: Option<&[u8]>) -> Self {
        let name = file_name(path);
        let others = world.configuration().entries.iter();
        let others = others.filter(|entry| entry.origin.file_name() != Some(name));
        let mut entries: Vec<Entry> = others.cloned().collect();
        // The kernel command line comes behind all files.
        let is_later = |entry: &Entry| entry.origin.file_name().is_none_or(|other| other > name);
        let at = entries.iter().position(is_later).unwrap_or(entries.len());
        let shared: Rc<[u8]> = path.into();
        let lines = parse(content.unwrap_or_default()).lines.into_iter();
        let lines = lines.map(|line| Entry::of_file(&shared, line));
        entries.splice(at..at, lines);
        Self { world, configuration: Configuration { entries } }
    }
}

impl World for Hypothesis<'_> {
    fn configuration(&self) -> &Configuration {
        &self.configuration
    }
    fn module_directory(&self) -> &[u8] {
        self.world.module_directory()
    }
    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem> {
        self.world.module_file(key)
    }
    fn alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.alias_owners(query)
    }
    fn symbol_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.symbol_owners(query)
    }
    fn is_builtin(&self, key: &[u8]) -> Result<bool, Problem> {
        self.world.is_builtin(key)
    }
    fn builtin_alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.world.builtin_alias_owners(query)
    }
    fn state(&self, module: &ModuleName) -> Option<InitState> {
        self.world.state(module)
    }
    fn references(&self, module: &ModuleName) -> Result<i32, Errno> {
        self.world.references(module)
    }
    fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        self.world.holders(module)
    }
}
