//! What a removal leaves without a user: the dependencies that only the removed modules used.

use alloc::vec::Vec;

use super::Planner;
use crate::load::list::dependencies;
use crate::plan::{Action, Forecast, Reason, Removal, Step, When};
use crate::problem::Problem;
use crate::resolve::Match;

impl Planner<'_> {
    /// Removes dependencies that nothing uses, and goes on until none is left.
    ///
    /// One pass goes deepest first, in kmod's order. kmod makes one pass only, and so leaves the end
    /// of every chain in the kernel.
    pub(super) fn remove_left_over(&mut self, user: &Match) -> Result<(), Problem> {
        let mut candidates = dependencies(self.world, user)?;
        loop {
            let before = candidates.len();
            candidates = self.remove_unused(user, candidates);
            if candidates.len() == before {
                return Ok(());
            }
        }
    }

    /// Plans the removal of the candidates that will be unused, and returns the others.
    fn remove_unused(&mut self, user: &Match, candidates: Vec<Match>) -> Vec<Match> {
        let mut left = Vec::new();
        for candidate in candidates {
            if self.removed.contains(&candidate.module) || self.users(&candidate.module) != Some(0)
            {
                left.push(candidate);
                continue;
            }
            self.steps.push(Step {
                subject: candidate.module.clone(),
                action: Action::Remove(Removal { force: self.policy.force, ..Removal::default() }),
                reason: Reason::LeftOver(user.module.clone()),
                when: When::IfUnused,
                required: false,
                forecast: self.unless_ended(Forecast::Applies),
            });
            self.removed.insert(candidate.module);
        }
        left
    }
}
