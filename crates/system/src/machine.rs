//! One machine, or one tree with another machine's modules, as planners ask about it. Answers are
//! lazy: no file is opened before the first question that needs it.

use std::cell::OnceCell;

use kmodctl_decide::world::{ModuleFile, State};
use kmodctl_decide::{Configuration, Errno, Problem, World};
use kmodctl_format::ModuleName;
use kmodctl_format::index::Value;

use crate::configuration::{self, Complaint, InForce};
use crate::file::read_to_end;
use crate::loaded::{Loaded, loaded};
use crate::module_index::{IndexFile, Indexes};
use crate::place::{Place, joined};
use crate::sysfs::ModuleDirectory;

/// A machine that is known by its files.
pub struct Machine {
    place: Place,
    in_force: OnceCell<InForce>,
    indexes: Indexes,
}

impl Machine {
    /// The machine at a place; nothing is read yet.
    pub fn new(place: Place) -> Self {
        Self { place, in_force: OnceCell::new(), indexes: Indexes::default() }
    }

    /// Where the machine's files are.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What is odd in the configuration, in the order in which it was met. It is read for this, if
    /// it has not been yet.
    pub fn complaints(&self) -> &[Complaint] {
        &self.in_force().complaints
    }

    /// Modules in the kernel, newest first, from `/proc/modules`.
    pub fn loaded(&self) -> Result<Vec<Loaded>, Errno> {
        const LIMIT: usize = 64 << 20;
        read_to_end(&joined(&self.place.proc, b"modules"), LIMIT).map(|lines| loaded(&lines))
    }

    /// The memory a loaded module takes, in bytes: `/sys/module/M/coresize`, and where that cannot
    /// be read the second word of its line in `/proc/modules`.
    pub fn size(&self, module: &ModuleName) -> Result<i64, Errno> {
        self.sysfs().number(module, "coresize").or_else(|_| {
            let listed = self.loaded()?.into_iter().find(|loaded| loaded.module == *module);
            let size = listed.and_then(|loaded| loaded.size).ok_or(Errno::ENOENT)?;
            i64::try_from(size).map_err(|_| Errno::EINVAL)
        })
    }

    /// The letters of `/sys/module/M/taint`.
    pub fn taint(&self, module: &ModuleName) -> Result<Vec<u8>, Errno> {
        self.sysfs().text(module, "taint")
    }

    /// The bytes of `modules.builtin.modinfo`; `None` where there is none.
    pub fn builtin_modinfo(&self) -> Result<Option<Vec<u8>>, Problem> {
        const LIMIT: usize = 256 << 20;
        let file = self.place.module_directory_file("modules.builtin.modinfo");
        match read_to_end(&file, LIMIT) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(Problem::FileUnreadable { file, errno }),
        }
    }

    /// Shows every key of an index with each of its values, in byte order of the keys.
    pub fn walk_index(
        &self,
        which: IndexFile,
        visit: impl FnMut(&[u8], &Value),
    ) -> Result<(), Problem> {
        let directory = &self.place.module_directory;
        self.indexes.ask(directory, which, |index| index.walk(visit)).map(Option::unwrap_or_default)
    }

    fn in_force(&self) -> &InForce {
        self.in_force.get_or_init(|| configuration::read(&self.place))
    }

    fn sysfs(&self) -> ModuleDirectory<'_> {
        ModuleDirectory { sys: &self.place.sys }
    }

    fn exact(&self, which: IndexFile, key: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
        let directory = &self.place.module_directory;
        self.indexes.ask(directory, which, |index| index.exact(key)).map(Option::flatten)
    }

    fn owners(&self, which: IndexFile, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        let directory = &self.place.module_directory;
        let values = self.indexes.ask(directory, which, |index| index.wildcard(query))?;
        let values = values.unwrap_or_default().into_iter();
        Ok(values.map(|value| ModuleName::new(value.bytes)).collect())
    }

    /// Reads `PATH: PATH…`; relative paths are below the module directory.
    fn dependency_line(&self, line: &[u8]) -> Option<ModuleFile> {
        let colon = line.iter().position(|&byte| byte == b':')?;
        let paths = line[colon + 1..].split(|byte| matches!(byte, b' ' | b'\t' | b'\n'));
        let paths = paths.filter(|path| !path.is_empty());
        Some(ModuleFile {
            path: self.absolute(&line[..colon]),
            dependencies: paths.map(|path| self.absolute(path)).collect(),
        })
    }

    fn absolute(&self, path: &[u8]) -> Vec<u8> {
        match path.starts_with(b"/") {
            true => path.into(),
            false => joined(&self.place.module_directory, path),
        }
    }
}

impl World for Machine {
    fn configuration(&self) -> &Configuration {
        &self.in_force().configuration
    }

    fn module_directory(&self) -> &[u8] {
        &self.place.module_directory
    }

    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem> {
        let line = self.exact(IndexFile::Dependencies, key)?;
        Ok(line.and_then(|line| self.dependency_line(&line)))
    }

    fn alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.owners(IndexFile::Alias, query)
    }

    fn symbol_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.owners(IndexFile::Symbols, query)
    }

    fn is_builtin(&self, key: &[u8]) -> Result<bool, Problem> {
        self.exact(IndexFile::Builtin, key).map(|value| value.is_some())
    }

    fn builtin_alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        self.owners(IndexFile::BuiltinAlias, query)
    }

    fn state(&self, module: &ModuleName) -> Option<State> {
        self.sysfs().state(module)
    }

    fn references(&self, module: &ModuleName) -> Result<i32, Errno> {
        let references = self.sysfs().number(module, "refcnt")?;
        i32::try_from(references).map_err(|_| Errno::EINVAL)
    }

    fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        self.sysfs().holders(module)
    }
}
