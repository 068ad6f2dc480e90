//! The modules that answer to a device, and what keeps each of them out.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::block::{Hold, Outcome, Rules, simulate};
use crate::problem::Problem;
use crate::resolve::{Source, resolve};
use crate::world::World;

/// A module that answers to a modalias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The module.
    pub module: ModuleName,
    /// It is part of the kernel image.
    pub is_builtin: bool,
    /// Whether it is in the kernel.
    pub is_loaded: bool,
    /// What keeps it out when udev asks.
    pub hold: Option<Hold>,
}

/// The modules that answer to a modalias, in the order in which they are tried.
pub fn candidates(world: &dyn World, modalias: &[u8]) -> Result<Vec<Candidate>, Problem> {
    let found = match resolve(world, modalias) {
        Err(Problem::UnmatchedBracket { .. }) => Vec::new(),
        found => found?,
    };
    let mut candidates: Vec<Candidate> = Vec::new();
    for found in found {
        if candidates.iter().any(|known| known.module == found.module) {
            continue;
        }
        let rules = Rules { blacklists_names: true };
        let hold = match simulate(world, modalias, &found.module, rules)? {
            Outcome::Held(hold) => Some(hold),
            Outcome::Elsewhere | Outcome::Leaks(_) => None,
        };
        candidates.push(Candidate {
            is_builtin: matches!(found.source, Source::BuiltinAlias | Source::BuiltinIndex),
            is_loaded: world.state(&found.module).is_some(),
            module: found.module,
            hold,
        });
    }
    Ok(candidates)
}
