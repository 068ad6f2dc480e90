//! What a planner may ask about one machine, or about one `--root` tree. Asking changes nothing;
//! `system` answers, lazily, and so do the texts of the tests.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
pub use kmodctl_format::initstate::InitState;

use crate::configuration::Configuration;
use crate::errno::Errno;
use crate::problem::Problem;

/// One machine as its files and its kernel tell it.
///
/// A missing index holds nothing; a damaged one is a [`Problem`], so that no wrong module is taken.
/// Answers about the running kernel (`state`, `references`, `holders`) are fresh at every call.
pub trait World {
    /// The configuration in force: modprobe.d files in their order, then the kernel command line.
    fn configuration(&self) -> &Configuration;

    /// The directory of modules, as messages name it: `/lib/modules/6.1.0`.
    fn module_directory(&self) -> &[u8];

    /// The line of modules.dep whose key is `key`, to the byte.
    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem>;

    /// Modules whose alias patterns in modules.alias match a folded query, by priority.
    fn alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem>;

    /// Modules that modules.symbols names for a folded query that starts with `symbol:`.
    fn symbol_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem>;

    /// Whether modules.builtin names this key, to the byte.
    fn is_builtin(&self, key: &[u8]) -> Result<bool, Problem>;

    /// Built-in modules whose alias patterns match a folded query.
    fn builtin_alias_owners(&self, query: &[u8]) -> Result<Vec<ModuleName>, Problem>;

    /// The state of a module that is not built in; `None` when the kernel does not know it.
    fn state(&self, module: &ModuleName) -> Option<InitState>;

    /// The use count of `/sys/module/M/refcnt`.
    fn references(&self, module: &ModuleName) -> Result<i32, Errno>;

    /// The modules of `/sys/module/M/holders`, in directory order.
    fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno>;
}

/// What can be asked as a plain [`World`]. Rust 1.85 does not turn a reference to a trait into one to
/// the trait above it by itself.
pub trait AsWorld {
    /// The world below what else it answers.
    fn world(&self) -> &dyn World;
}

impl<W: World> AsWorld for W {
    fn world(&self) -> &dyn World {
        self
    }
}

/// Whether a module is known to be built in.
///
/// A damaged index of what is built in keeps no module from being loaded or removed: the modules
/// it names have no files, and the kernel refuses to remove them itself.
pub(crate) fn is_known_builtin(world: &dyn World, module: &ModuleName) -> bool {
    world.is_builtin(module.as_bytes()).unwrap_or(false)
}

/// A module's file and the files it needs, as modules.dep has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFile {
    /// The absolute path of the file.
    pub path: Vec<u8>,
    /// Absolute paths of all it needs, directly or not; a user stands before what it uses.
    pub dependencies: Vec<Vec<u8>>,
}
