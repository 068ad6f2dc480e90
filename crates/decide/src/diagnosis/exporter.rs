//! Who has a symbol that was missing, and why it was not there in time.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::lines::{Place, of_install_command};
use crate::world::World;

/// A symbol that nothing in the kernel has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The symbol.
    pub symbol: Vec<u8>,
    /// Who could have it.
    pub exporter: Exporter,
}

/// The module that has a symbol, by the index, and why the kernel lacks it all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exporter {
    /// It was not loaded.
    Absent(ModuleName),
    /// A line of the configuration does something else in its place.
    LeftOut {
        /// The module.
        module: ModuleName,
        /// The line.
        place: Place,
    },
    /// It is in the kernel, from a file without that symbol.
    Loaded(ModuleName),
    /// The index does not say that it is needed.
    Unlisted {
        /// The module.
        module: ModuleName,
        /// The directory of the index.
        directory: Vec<u8>,
    },
    /// No installed module has it.
    Unknown,
}

pub(super) fn owners(world: &dyn World, symbol: &[u8]) -> Vec<ModuleName> {
    world.symbol_owners(&[b"symbol:", symbol].concat()).unwrap_or_default()
}

/// Tells of a symbol that `user` needs who has it.
pub(super) fn missing(world: &dyn World, user: &ModuleName, symbol: &[u8]) -> Missing {
    let owner = owners(world, symbol).into_iter().next();
    let exporter = owner.map_or(Exporter::Unknown, |owner| exporter(world, user, owner));
    Missing { symbol: symbol.to_vec(), exporter }
}

fn exporter(world: &dyn World, user: &ModuleName, module: ModuleName) -> Exporter {
    if world.state(&module).is_some() {
        return Exporter::Loaded(module);
    }
    if let Some(place) = of_install_command(world, &module) {
        return Exporter::LeftOut { module, place };
    }
    if !lists(world, user, &module) {
        return Exporter::Unlisted { module, directory: world.module_directory().to_vec() };
    }
    Exporter::Absent(module)
}

/// Whether the index says that `user` needs `used`.
fn lists(world: &dyn World, user: &ModuleName, used: &ModuleName) -> bool {
    let file = |module: &ModuleName| world.module_file(module.as_bytes()).ok().flatten();
    match (file(user), file(used)) {
        (Some(user), Some(used)) => user.dependencies.contains(&used.path),
        _ => true,
    }
}
