//! What is asked of a machine after something was refused, beyond what a [`World`] answers: looking
//! costs more than a plan may, and asking changes nothing. What follows is decided in `diagnosis`.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::problem::Problem;
use crate::world::{AsWorld, World};

/// A machine that can be looked at closely.
pub trait Evidence: World + AsWorld {
    /// Whether this process may load and unload modules (`CAP_SYS_MODULE`).
    fn may_change_modules(&self) -> bool;

    /// Whether the kernel takes and gives no modules until the next start (`modules_disabled`).
    fn are_modules_disabled(&self) -> bool;

    /// Whether the kernel says that a module can never be taken out.
    fn is_permanent(&self, module: &ModuleName) -> bool;

    /// Whether the index of modules is there at all.
    fn has_index(&self) -> bool;

    /// Looks at a module file by itself: what is wrong with it, or else the architecture that it is
    /// for (`e_machine`), if that is not this machine's.
    fn foreign_machine(&self, file: &[u8]) -> Result<Option<u16>, Problem>;

    /// Every line of modules.alias: a pattern and the module that has it; none without an index.
    fn known_aliases(&self) -> Vec<(Vec<u8>, ModuleName)>;

    /// The release that a module file was built for and the one that runs, where they differ.
    fn other_release(&self, file: &[u8]) -> Option<(Vec<u8>, Vec<u8>)>;

    /// The files below the module directory that are called like a module, in byte order.
    fn files_named(&self, module: &ModuleName) -> Vec<Vec<u8>>;
}
