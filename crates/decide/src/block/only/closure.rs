//! What a machine needs of one kernel's modules: the roots, and all that these lead to. It asks; it
//! blocks nothing.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::pattern;

use super::KeepLine;
use crate::block::ways::loaded_by;
use crate::configuration::refuses;
use crate::inventory::BootLine;
use crate::load::list::{dependencies, softdeps, weakdeps};
use crate::plan::CommandKind;
use crate::problem::Problem;
use crate::resolve::{Match, resolve};
use crate::world::World;

/// Why a module is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// It is in the boot list.
    Boot(BootLine),
    /// A device asks for it.
    Device(Vec<u8>),
    /// A line of the administrator's list names it: the line's number, from 1.
    Listed(usize),
    /// It is in the kernel now.
    Loaded,
    /// A module that is kept needs it, or may ask for it.
    Needed(ModuleName),
    /// It has the aliases of a module that is in the kernel now, which this kernel lacks.
    TookOver(ModuleName),
}

/// The modules of one kernel that are kept, each with the first reason that was found.
pub(super) struct Closure<'a> {
    world: &'a dyn World,
    pub(super) kept: BTreeMap<ModuleName, Because>,
    work: Vec<ModuleName>,
}

impl<'a> Closure<'a> {
    pub(super) fn new(world: &'a dyn World) -> Self {
        Self { world, kept: BTreeMap::new(), work: Vec::new() }
    }

    /// Keeps all that a module of this kernel leads to, which is let in by itself.
    pub(super) fn follow(&mut self, module: &ModuleName) -> Result<(), Problem> {
        if self.world.module_file(module.as_bytes())?.is_some() {
            for needed in self.leads_to(module)? {
                self.keep(&needed, Because::Needed(module.clone()))?;
            }
        }
        Ok(())
    }

    /// Keeps a module of this kernel and all that it leads to; whether the kernel has it at all.
    pub(super) fn keep(&mut self, module: &ModuleName, because: Because) -> Result<bool, Problem> {
        let is_there = self.push(module, because)?;
        while let Some(module) = self.work.pop() {
            for needed in self.leads_to(&module)? {
                self.push(&needed, Because::Needed(module.clone()))?;
            }
        }
        Ok(is_there)
    }

    /// Keeps all that a name or an alias stands for; whether the kernel has anything of it.
    pub(super) fn keep_named(&mut self, name: &[u8], because: &Because) -> Result<bool, Problem> {
        let found = match resolve(self.world, name) {
            Err(Problem::UnmatchedBracket { .. }) => Vec::new(),
            found => found?,
        };
        let mut is_there = false;
        for found in found {
            is_there |= self.keep(&found.module, because.clone())?;
        }
        Ok(is_there)
    }

    /// Keeps what a line of the list names: modules by a pattern, or a name or an alias.
    pub(super) fn keep_line<'m>(
        &mut self,
        line: &KeepLine,
        modules: impl Iterator<Item = &'m ModuleName>,
    ) -> Result<bool, Problem> {
        let folded = ModuleName::new(&line.name);
        let because = Because::Listed(line.number);
        let mut is_there = self.keep_named(&line.name, &because)?;
        for module in modules {
            if pattern::matches(folded.as_bytes(), module.as_bytes()) {
                is_there |= self.keep(module, because.clone())?;
            }
        }
        Ok(is_there)
    }

    /// A module with a file is put on the list; one that is built in needs no place on it.
    fn push(&mut self, module: &ModuleName, because: Because) -> Result<bool, Problem> {
        if self.kept.contains_key(module) {
            return Ok(true);
        }
        if self.world.module_file(module.as_bytes())?.is_none() {
            return self.world.is_builtin(module.as_bytes());
        }
        self.kept.insert(module.clone(), because);
        self.work.push(module.clone());
        Ok(true)
    }

    /// What a module needs, what its softdep and weakdep lines ask for, and what its install command
    /// loads.
    fn leads_to(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Problem> {
        let world = self.world;
        let subject = Match::of_name(module.clone());
        let (pre, post) = softdeps(world, &subject)?;
        let needed = dependencies(world, &subject)?;
        let all = needed.into_iter().chain(pre).chain(post).chain(weakdeps(world, &subject)?);
        let mut modules: Vec<_> = all.map(|found| found.module).collect();
        let command = world.configuration().command(CommandKind::Install, module);
        let command = command.filter(|command| !refuses(command));
        modules.extend(command.into_iter().flat_map(loaded_by));
        Ok(modules)
    }
}
