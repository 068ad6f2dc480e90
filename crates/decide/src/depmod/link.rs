//! What needs what: symbols are looked up, modules are numbered so that a user stands before what it
//! uses, and cycles end it.

use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::symbols::{Bind, Symbol};

use super::cycles::{self, Cycles};
use super::symbols::{Giver, KernelSymbols, SymbolTable};
use super::{Module, Remark};

/// What is known and asked while modules are linked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linking<'a> {
    /// The symbols of the kernel image, where they are known.
    pub kernel: Option<&'a KernelSymbols<'a>>,
    /// The byte that an architecture puts before each symbol.
    pub prefix: Option<u8>,
    /// What is remarked upon.
    pub reports: Reports,
}

/// What is remarked upon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reports {
    /// Each dependency, as it is found.
    pub dependencies: bool,
    /// Symbols that nobody gives.
    pub unknown: bool,
    /// Symbols that are given in another version.
    pub versions: bool,
}

/// Modules and what they need.
pub struct Graph<'a> {
    /// The modules in their order.
    pub modules: &'a [Module<'a>],
    pub(super) symbols: SymbolTable<'a>,
    /// For each module the numbers of all it needs, directly or not: a user before what it uses.
    needed: Vec<Vec<u32>>,
}

/// Finds out what each module needs. The remarks come first: they stand even where cycles end it.
pub fn link<'a>(
    modules: &'a [Module<'a>],
    linking: &Linking<'a>,
) -> (Vec<Remark>, Result<Graph<'a>, Cycles>) {
    let symbols = SymbolTable::new(modules, linking.kernel, linking.prefix);
    let mut remarks: Vec<_> = modules.iter().filter_map(damage).collect();
    let mut finder = Finder {
        modules,
        symbols: &symbols,
        reports: linking.reports,
        seen: vec![0; modules.len()],
    };
    let direct: Vec<_> =
        (0..modules.len()).map(|number| finder.direct(number, &mut remarks)).collect();
    let graph = number(&direct)
        .map(|numbers| closures(&direct, &numbers))
        .map_err(|unnumbered| cycles::find(modules, &direct, &unnumbered))
        .map(|needed| Graph { modules, symbols, needed });
    (remarks, graph)
}

impl Graph<'_> {
    /// All that a module needs, directly or not, as modules.dep lists it.
    pub(super) fn needed(&self, module: usize) -> impl Iterator<Item = &Module<'_>> {
        self.needed[module].iter().map(|&number| &self.modules[number as usize])
    }
}

fn damage(module: &Module<'_>) -> Option<Remark> {
    let problem = module.contents.problem.clone()?;
    Some(Remark::Damaged { path: module.path.clone(), problem })
}

struct Finder<'a, 's> {
    modules: &'a [Module<'a>],
    symbols: &'s SymbolTable<'a>,
    reports: Reports,
    /// For each module the last one (from 1) that was found to need it.
    seen: Vec<usize>,
}

impl Finder<'_, '_> {
    /// The modules that give what one needs, in the order in which it first needs them.
    fn direct(&mut self, number: usize, remarks: &mut Vec<Remark>) -> Vec<u32> {
        let module = &self.modules[number];
        let mut givers = Vec::new();
        for symbol in module.contents.stored.needed().iter() {
            let found = self.symbols.find(symbol.name);
            self.report(module, &symbol, found, remarks);
            let Some(giver) = found.and_then(|giver| giver.module) else { continue };
            let seen = &mut self.seen[giver as usize];
            if *seen == number + 1 {
                continue;
            }
            *seen = number + 1;
            givers.push(giver);
            if self.reports.dependencies {
                let provider = self.modules[giver as usize].path.clone();
                let symbol = self.symbols.as_given(symbol.name).into();
                let path = module.path.clone();
                remarks.push(Remark::Needs { path, symbol, provider });
            }
        }
        givers
    }

    fn report(
        &self,
        module: &Module<'_>,
        symbol: &Symbol<'_>,
        found: Option<Giver>,
        remarks: &mut Vec<Remark>,
    ) {
        if symbol.bind == Bind::Weak {
            return;
        }
        let path = || module.path.clone();
        match found {
            None if self.reports.unknown => {
                remarks.push(Remark::UnknownSymbol { path: path(), symbol: symbol.name.into() });
            }
            Some(giver) if self.reports.versions && giver.crc != symbol.crc => {
                remarks.push(Remark::OtherVersion { path: path(), symbol: symbol.name.into() });
            }
            _ => {}
        }
    }
}

/// Numbers modules so that each has a smaller number than what it needs, in kmod's way; else tells
/// which modules could not be numbered.
fn number(direct: &[Vec<u32>]) -> Result<Vec<u32>, Vec<u32>> {
    const UNNUMBERED: u32 = u32::MAX;
    let mut users = vec![0u32; direct.len()];
    for &needed in direct.iter().flatten() {
        users[needed as usize] += 1;
    }
    let all = 0..direct.len() as u32;
    let mut free: Vec<u32> = all.clone().filter(|&module| users[module as usize] == 0).collect();
    let mut numbers = vec![UNNUMBERED; direct.len()];
    let mut next = 0;
    while let Some(module) = free.pop() {
        numbers[module as usize] = next;
        next += 1;
        for &needed in &direct[module as usize] {
            users[needed as usize] -= 1;
            if users[needed as usize] == 0 {
                free.push(needed);
            }
        }
    }
    if next as usize == direct.len() {
        return Ok(numbers);
    }
    Err(all.filter(|&module| numbers[module as usize] == UNNUMBERED).collect())
}

/// For each module all that it needs, directly or not, by number.
fn closures(direct: &[Vec<u32>], numbers: &[u32]) -> Vec<Vec<u32>> {
    let mut seen = vec![usize::MAX; direct.len()];
    let closure = |(module, needed): (usize, &Vec<u32>)| {
        let mut found: Vec<u32> = Vec::new();
        let mut waiting = needed.clone();
        while let Some(needed) = waiting.pop() {
            if seen[needed as usize] != module {
                seen[needed as usize] = module;
                found.push(needed);
                waiting.extend_from_slice(&direct[needed as usize]);
            }
        }
        found.sort_unstable_by_key(|&needed| numbers[needed as usize]);
        found
    };
    direct.iter().enumerate().map(closure).collect()
}
