//! How an allow-list stands some time after it was made: kernels and drivers have come since, and
//! what is loaded has changed. What would be kept today is not asked, for that takes the
//! administrator's list.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::closure::{Because, Closure};
use super::{KeptOut, Kernel, OnlyFile};
use crate::hypothesis::Hypothesis;
use crate::inventory::Inventory;
use crate::problem::Problem;

/// An allow-list as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The modules that it keeps out are loaded, and told of.
    pub is_trial: bool,
    /// How many modules it keeps out.
    pub kept_out: usize,
    /// Modules that came after it, which it neither lets in nor keeps out, by the kernel's release.
    pub unjudged: BTreeMap<Vec<u8>, Vec<ModuleName>>,
    /// What it keeps out and is needed: by what it lets in, by what is loaded, by the boot list; each
    /// with the release of the first kernel where that is so.
    pub needed: BTreeMap<ModuleName, (Vec<u8>, Because)>,
}

impl Standing {
    /// Whether it should be made anew.
    pub fn is_out_of_date(&self) -> bool {
        !(self.unjudged.is_empty() && self.needed.is_empty())
    }
}

/// How the allow-list in the file at `path` stands with these kernels; the first is the one that is
/// meant.
pub fn standing(kernels: &[Kernel<'_>], path: &[u8], file: &[u8]) -> Result<Standing, Problem> {
    let foreign = || Problem::FileForeign { file: path.to_vec() };
    let file = OnlyFile::read(file).ok_or_else(foreign)?;
    let out: BTreeSet<ModuleName> = file.modules().into_iter().collect();
    let loaded = kernels.first().and_then(|(_, first)| first.loaded_modules().ok());
    let loaded = loaded.unwrap_or_default().into_iter().map(|module| module.name).collect();
    let list = List { path, let_in: file.let_in.into_iter().collect(), out, loaded };
    let (mut unjudged, mut needed) = (BTreeMap::new(), BTreeMap::new());
    for (release, world) in kernels {
        let modules = list.unjudged(*world)?;
        if !modules.is_empty() {
            unjudged.insert(release.clone(), modules);
        }
        for (module, because) in list.needed(*world)? {
            needed.entry(module).or_insert_with(|| (release.clone(), because));
        }
    }
    let is_trial = matches!(file.out, KeptOut::Trial(_));
    Ok(Standing { is_trial, kept_out: list.out.len(), unjudged, needed })
}

/// What a kernel's modules are compared with.
struct List<'a> {
    path: &'a [u8],
    let_in: BTreeSet<ModuleName>,
    out: BTreeSet<ModuleName>,
    /// What is in the kernel now.
    loaded: Vec<ModuleName>,
}

impl List<'_> {
    /// The modules of a kernel that the list says nothing of.
    fn unjudged(&self, world: &dyn Inventory) -> Result<Vec<ModuleName>, Problem> {
        let mut unjudged = Vec::new();
        world.each_need(&mut |name, _| {
            let module = ModuleName::verbatim(name);
            if !self.out.contains(&module) && !self.let_in.contains(&module) {
                unjudged.push(module);
            }
        })?;
        Ok(unjudged)
    }

    /// What the list keeps out of a kernel and is needed there. Its own lines would hide what
    /// softdeps ask for.
    fn needed(&self, world: &dyn Inventory) -> Result<BTreeMap<ModuleName, Because>, Problem> {
        let without = Hypothesis::new(world.world(), self.path, None);
        let mut closure = Closure::new(&without);
        for module in &self.loaded {
            closure.keep(module, Because::Loaded)?;
        }
        for line in world.boot_lines() {
            closure.keep_named(&line.name.clone(), &Because::Boot(line))?;
        }
        for module in &self.let_in {
            closure.follow(module)?;
        }
        let mut kept = closure.kept;
        kept.retain(|module, _| self.out.contains(module));
        Ok(kept)
    }
}
