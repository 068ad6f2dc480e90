//! How modules of one tree are related: who needs whom, by modules.dep and by soft dependencies.
//! It reads lists that were asked for once; it plans nothing.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::Directive;
use kmodctl_format::pattern;

use crate::configuration::{Configuration, Entry};
use crate::inventory::Inventory;
use crate::problem::Problem;

/// Who needs whom, directly or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinship {
    needs: BTreeMap<ModuleName, Vec<ModuleName>>,
    needed_by: BTreeMap<ModuleName, BTreeSet<ModuleName>>,
}

impl Kinship {
    /// Reads the dependencies of all modules.
    pub fn of(world: &dyn Inventory) -> Result<Self, Problem> {
        let mut kinship = Self::default();
        world.each_need(&mut |module, needed| {
            kinship.add(ModuleName::verbatim(module), needed.map(ModuleName::of_path).collect());
        })?;
        Ok(kinship)
    }

    /// Reads the dependencies of one module, of what it needs, and of what needs it. Of these all is
    /// known, of any other module nothing.
    pub fn around(world: &dyn Inventory, center: &ModuleName) -> Result<Self, Problem> {
        let mut kinship = Self::default();
        let mut files: Vec<Vec<u8>> = Vec::new();
        world.each_need(&mut |module, needed| {
            files.clear();
            files.extend(needed.map(<[u8]>::to_vec));
            let is_kin =
                module == center.as_bytes() || files.iter().any(|file| center.is_of_path(file));
            if is_kin {
                kinship.add(
                    ModuleName::verbatim(module),
                    files.iter().map(ModuleName::of_path).collect(),
                );
            }
        })?;
        for needed in kinship.needs(center).to_vec() {
            let file = world.module_file(needed.as_bytes())?;
            let dependencies = file.map(|file| file.dependencies).unwrap_or_default();
            kinship.add(needed, dependencies.iter().map(ModuleName::of_path).collect());
        }
        Ok(kinship)
    }

    fn add(&mut self, module: ModuleName, needed: Vec<ModuleName>) {
        for one in &needed {
            match self.needed_by.get_mut(one) {
                Some(users) => drop(users.insert(module.clone())),
                None => drop(self.needed_by.insert(one.clone(), BTreeSet::from([module.clone()]))),
            }
        }
        self.needs.insert(module, needed);
    }

    /// All that a module needs, a user before what it uses.
    pub fn needs(&self, module: &ModuleName) -> &[ModuleName] {
        self.needs.get(module).map(Vec::as_slice).unwrap_or_default()
    }

    /// All that need a module, in byte order.
    pub fn needed_by(&self, module: &ModuleName) -> impl Iterator<Item = &ModuleName> {
        self.needed_by.get(module).into_iter().flatten()
    }

    /// What a module needs without anything in between, in the order of modules.dep.
    ///
    /// modules.dep names no steps; a module is needed directly when no other one that is needed
    /// needs it, so a direct need that is an indirect one as well is not listed.
    pub fn needs_directly(&self, module: &ModuleName) -> Vec<&ModuleName> {
        let all = self.needs(module);
        let through = |one: &ModuleName| all.iter().any(|other| self.needs(other).contains(one));
        all.iter().filter(|one| !through(one)).collect()
    }

    /// What needs a module without anything in between, in byte order.
    pub fn needed_directly_by(&self, module: &ModuleName) -> Vec<&ModuleName> {
        let users = self.needed_by(module);
        users.filter(|user| self.needs_directly(user).contains(&module)).collect()
    }

    /// The modules that nothing but the given ones needs, and that these need; in byte order.
    pub fn needed_only_by(&self, users: &BTreeSet<ModuleName>) -> BTreeSet<ModuleName> {
        let mut all = users.clone();
        loop {
            let before = all.len();
            let candidates: BTreeSet<_> =
                all.iter().flat_map(|user| self.needs(user)).cloned().collect();
            let only = |one: &ModuleName| self.needed_by(one).all(|user| all.contains(user));
            let found: Vec<_> = candidates.into_iter().filter(|one| only(one)).collect();
            all.extend(found);
            if all.len() == before {
                return all.difference(users).cloned().collect();
            }
        }
    }

    /// Whether modules.dep has the module.
    pub fn has(&self, module: &ModuleName) -> bool {
        self.needs.contains_key(module)
    }

    /// The names of all modules, in byte order.
    pub fn modules(&self) -> impl Iterator<Item = &ModuleName> {
        self.needs.keys()
    }
}

/// The lines of the configuration that are about a module: by its name, by a pattern, or as the
/// target of an alias or a soft dependency.
pub fn lines_about<'a>(
    configuration: &'a Configuration,
    module: &'a ModuleName,
) -> impl Iterator<Item = &'a Entry> {
    configuration.entries.iter().filter(move |entry| is_about(&entry.directive, module))
}

fn is_about(directive: &Directive, module: &ModuleName) -> bool {
    let matches = |pattern: &[u8]| pattern::matches(pattern, module.as_bytes());
    let names = |words: &[Vec<u8>]| words.iter().any(|word| ModuleName::new(word) == *module);
    match directive {
        Directive::Alias { module: target, .. } => target == module,
        Directive::Blacklist { module: listed } => listed == module,
        Directive::Install { pattern, .. } | Directive::Remove { pattern, .. } => matches(pattern),
        Directive::Options { name, .. } => name == module,
        Directive::Softdep { pattern, pre, post } => matches(pattern) || names(pre) || names(post),
        Directive::Weakdep { pattern, modules } => matches(pattern) || names(modules),
    }
}
