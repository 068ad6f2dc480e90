//! Which modules a word of an operator means, and which it may have meant. Nothing is loaded or
//! planned here.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::inventory::Inventory;
use crate::problem::Problem;
use crate::resolve::resolve;
use crate::suggestion::nearest;

/// The modules a name or an alias stands for; a module that is in the kernel counts without a file.
///
/// Nothing found is [`Problem::NotFound`].
pub fn modules_named(world: &dyn Inventory, word: &[u8]) -> Result<Vec<ModuleName>, Problem> {
    let name = ModuleName::new(word);
    if is_known(world, &name)? {
        return Ok(vec![name]);
    }
    let mut modules: Vec<ModuleName> = Vec::new();
    for found in resolve(world.world(), word)? {
        if !modules.contains(&found.module) {
            modules.push(found.module);
        }
    }
    if modules.is_empty() {
        return Err(Problem::NotFound {
            query: word.to_vec(),
            directory: world.module_directory().to_vec(),
        });
    }
    Ok(modules)
}

/// Whether there is a module of exactly this name: with a file, built in, or in the kernel.
pub fn is_known(world: &dyn Inventory, name: &ModuleName) -> Result<bool, Problem> {
    Ok(world.module_file(name.as_bytes())?.is_some()
        || world.is_builtin(name.as_bytes())?
        || world.state(name).is_some())
}

/// Refuses a name that no module has; an alias is none.
pub fn exists(world: &dyn Inventory, word: &[u8]) -> Result<(), Problem> {
    if is_known(world, &ModuleName::new(word))? {
        return Ok(());
    }
    let directory = world.module_directory().to_vec();
    Err(Problem::NotFound { query: word.to_vec(), directory })
}

/// The names a misspelt one may have meant, the nearest first.
pub fn meant(world: &dyn Inventory, word: &[u8]) -> Vec<ModuleName> {
    let mut known = BTreeSet::new();
    known.extend(world.module_files().unwrap_or_default().into_iter().map(|(name, _)| name));
    known.extend(world.builtin_modules().unwrap_or_default());
    let near = nearest(word, known.iter().map(ModuleName::as_bytes));
    near.into_iter().map(ModuleName::verbatim).collect()
}
