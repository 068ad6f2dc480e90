//! What becomes of a line of the boot list in one kernel: whether it names a module there, and
//! whether that module gets in as systemd-modules-load asks for it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::block::{Hold, Outcome, Rules, simulate};
use crate::inventory::Inventory;
use crate::named::meant;
use crate::problem::Problem;
use crate::resolve::resolve;

/// What a name of the boot list comes to in one kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The module is kept out.
    Blocked(ModuleName, Hold),
    /// The kernel has it from the start.
    BuiltIn,
    /// It is no name at all: it holds white space, as a comment or a rule of udev does.
    Malformed,
    /// The kernel has no such module.
    Missing {
        /// The names a misspelt one may have meant, the nearest first.
        meant: Vec<ModuleName>,
    },
    /// The modules that are loaded.
    Modules(Vec<ModuleName>),
}

impl Standing {
    /// Whether the boot list does not do what it says.
    pub fn is_broken(&self) -> bool {
        match self {
            Self::Blocked(..) | Self::Malformed | Self::Missing { .. } => true,
            Self::BuiltIn | Self::Modules(_) => false,
        }
    }
}

/// Tells what a name comes to.
pub fn standing(world: &dyn Inventory, name: &[u8]) -> Result<Standing, Problem> {
    if name.is_empty() || name.iter().any(u8::is_ascii_whitespace) {
        return Ok(Standing::Malformed);
    }
    let found = match resolve(world.world(), name) {
        Ok(found) => found,
        Err(Problem::UnmatchedBracket { .. }) => return Ok(Standing::Malformed),
        Err(problem) => return Err(problem),
    };
    let mut modules = Vec::new();
    for found in found {
        if !world.is_builtin(found.module.as_bytes())? && !modules.contains(&found.module) {
            modules.push(found.module);
        }
    }
    if modules.is_empty() {
        return absent(world, name);
    }
    // systemd obeys blacklist lines for names as well.
    let rules = Rules { blacklists_names: true };
    for module in &modules {
        if let Outcome::Held(hold) = simulate(world.world(), name, module, rules)? {
            return Ok(Standing::Blocked(module.clone(), hold));
        }
    }
    Ok(Standing::Modules(modules))
}

fn absent(world: &dyn Inventory, name: &[u8]) -> Result<Standing, Problem> {
    let is_builtin = world.is_builtin(ModuleName::new(name).as_bytes())?
        || !resolve(world.world(), name)?.is_empty();
    Ok(match is_builtin {
        true => Standing::BuiltIn,
        false => Standing::Missing { meant: meant(world, name) },
    })
}

/// The module that took over the aliases of one that a newer kernel lacks: it was renamed, or became
/// a part of another one. `old` is a kernel that has the module.
pub fn renamed(
    old: &dyn Inventory,
    new: &dyn Inventory,
    module: &ModuleName,
) -> Result<Option<ModuleName>, Problem> {
    let mut aliases: Vec<_> =
        old.aliases()?.into_iter().filter(|(_, owner)| owner == module).collect();
    aliases.sort_unstable();
    let mut taken: BTreeMap<ModuleName, usize> = BTreeMap::new();
    for (pattern, owner) in new.aliases()? {
        if aliases.binary_search_by(|(known, _)| known.cmp(&pattern)).is_ok() {
            *taken.entry(owner).or_default() += 1;
        }
    }
    Ok(taken.into_iter().max_by_key(|(_, count)| *count).map(|(owner, _)| owner))
}
