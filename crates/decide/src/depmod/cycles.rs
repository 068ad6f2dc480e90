//! Modules that need each other in a circle. Nothing can be written then, so they are told.

use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::Module;

/// The circles that were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycles {
    /// Each circle as the names on its way; the first is the last, too.
    pub chains: Vec<Vec<ModuleName>>,
    /// How many modules are on any of them.
    pub modules: usize,
}

/// One step of a way through the graph, and the step before it.
#[derive(Clone, Copy)]
struct Step {
    module: u32,
    before: Option<usize>,
}

/// More steps than this are not made along ways that lead to the same module.
const MOST_STEPS: usize = 1 << 12;

/// Finds the circles among modules that could not be numbered, in kmod's order.
///
/// kmod walks from one module (the root) along all ways, and tells those that lead back to it. A
/// way that meets itself elsewhere would never end, so it is left there: what is on that circle is
/// found from a root of its own.
pub(super) fn find(modules: &[Module<'_>], direct: &[Vec<u32>], unnumbered: &[u32]) -> Cycles {
    let mut search = Search {
        direct,
        candidates: Ring::of(unnumbered, direct.len()),
        is_found: vec![false; direct.len()],
    };
    let mut chains = Vec::new();
    while let Some(root) = search.candidates.first {
        search.candidates.remove(root);
        search.from(root, &mut chains);
    }
    let name = |&module: &u32| modules[module as usize].name.clone();
    Cycles {
        chains: chains.iter().map(|chain| chain.iter().map(name).collect()).collect(),
        modules: search.is_found.iter().filter(|found| **found).count(),
    }
}

struct Search<'a> {
    direct: &'a [Vec<u32>],
    /// Modules from which circles are still to be looked for.
    candidates: Ring,
    /// Modules that are on a circle.
    is_found: Vec<bool>,
}

impl Search<'_> {
    fn from(&mut self, root: u32, chains: &mut Vec<Vec<u32>>) {
        let mut steps = vec![Step { module: root, before: None }];
        let mut waiting = vec![0];
        let mut is_visited = vec![false; self.direct.len()];
        while let Some(at) = waiting.pop() {
            let Step { module, before } = steps[at];
            if module == root && before.is_some() {
                chains.push(self.take(&way(&steps, at)));
                continue;
            }
            let has_enough = steps.len() > MOST_STEPS && is_visited[module as usize];
            if has_enough || before.is_some_and(|before| way(&steps, before).contains(&module)) {
                continue;
            }
            is_visited[module as usize] = true;
            if self.direct[module as usize].is_empty() {
                self.candidates.remove(module);
            }
            for &needed in &self.direct[module as usize] {
                waiting.push(steps.len());
                steps.push(Step { module: needed, before: Some(at) });
            }
        }
    }

    fn take(&mut self, chain: &[u32]) -> Vec<u32> {
        for &module in chain {
            self.is_found[module as usize] = true;
            self.candidates.remove(module);
        }
        chain.into()
    }
}

/// Modules in a ring, as kmod keeps them: what follows the one last taken out is first.
struct Ring {
    first: Option<u32>,
    /// Of each module in the ring the one before it and the one behind it.
    around: Vec<Option<(u32, u32)>>,
}

impl Ring {
    /// The ring of the modules in their order; all numbers are below `count`.
    fn of(modules: &[u32], count: usize) -> Self {
        let mut around = vec![None; count];
        let before = modules.iter().cycle().skip(modules.len().saturating_sub(1));
        let behind = modules.iter().cycle().skip(1);
        for ((&module, &before), &behind) in modules.iter().zip(before).zip(behind) {
            around[module as usize] = Some((before, behind));
        }
        Self { first: modules.first().copied(), around }
    }

    /// Takes a module out, if it is there.
    fn remove(&mut self, module: u32) {
        let Some((before, behind)) = self.around[module as usize].take() else { return };
        if let Some(neighbour) = &mut self.around[before as usize] {
            neighbour.1 = behind;
        }
        if let Some(neighbour) = &mut self.around[behind as usize] {
            neighbour.0 = before;
        }
        self.first = (behind != module).then_some(behind);
    }
}

/// The modules from the root to a step.
fn way(steps: &[Step], last: usize) -> Vec<u32> {
    let before = |step: &usize| steps[*step].before;
    let mut way: Vec<_> =
        core::iter::successors(Some(last), before).map(|step| steps[step].module).collect();
    way.reverse();
    way
}
