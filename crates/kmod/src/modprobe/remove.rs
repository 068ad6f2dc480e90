//! Removing modules, with what their soft dependencies name and what nothing uses any more.

use kmodctl::decide::plan::{Forecast, Plan, When};
use kmodctl::decide::resolve::Match;
use kmodctl::decide::{Problem, UnloadPolicy, plan_unload, resolve};

use super::Session;
use crate::ended::Ended;
use crate::log::Priority;
use crate::problems;

/// Removes what the operands name.
pub(super) fn run(mut session: Session<'_>) -> Result<(), Ended> {
    let mut failed = false;
    for name in &session.options.operands {
        failed |= !session.unload(name)?;
    }
    Ended::if_failed(failed)
}

impl Session<'_> {
    /// Removes all that one operand stands for, up to the first failure.
    fn unload(&mut self, operand: &[u8]) -> Result<bool, Ended> {
        let found = match resolve(&self.machine, operand) {
            Ok(found) => found,
            Err(problem) => {
                problems::tell(&self.steps.log, &problem);
                return Ok(false);
            }
        };
        if found.is_empty() {
            let all = self.options.all;
            self.steps.log.fatal_unless(all, &[b"Module ", operand, b" not found."])?;
            return Ok(false);
        }
        for module in &found {
            if !self.remove(module)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn remove(&mut self, module: &Match) -> Result<bool, Ended> {
        match plan_unload(&self.machine, module, &self.unload_policy()) {
            Ok(plan) if self.options.dry_run => self.show_removals(&plan),
            Ok(plan) => match self.carry_out(&plan)? {
                Ok(()) => Ok(true),
                Err(problem) => self.refused(&problem).map(|()| false),
            },
            Err(problem) => {
                problems::tell(&self.steps.log, &problem);
                self.refused(&problem).map(|()| false)
            }
        }
    }

    /// Shows what would be removed, up to what would be refused.
    fn show_removals(&mut self, plan: &Plan) -> Result<bool, Ended> {
        for step in &plan.steps {
            match &step.forecast {
                Forecast::Applies => self.steps.show(step)?,
                Forecast::Skipped => {}
                Forecast::Refused(problem) => {
                    self.steps.tell(problem)?;
                    if matches!(step.when, When::MustBeUnused { ends_run: true }) {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn unload_policy(&self) -> UnloadPolicy {
        let options = self.options;
        UnloadPolicy {
            first_time: options.first_time,
            force: options.force_removal,
            ignore_commands: options.ignore_commands,
            ignore_loaded: options.ignore_loaded,
            remove_holders: options.remove_holders,
            // A message that is not told does not end modprobe either.
            tolerates_in_use: options.all || !self.steps.log.tells(Priority::Fatal),
            wait_milliseconds: options.wait.filter(|wait| *wait > 0),
        }
    }

    /// Tells of what keeps a removal from beginning; what goes wrong later is told step by step.
    fn refused(&self, problem: &Problem) -> Result<(), Ended> {
        let (module, text): (_, &[u8]) = match problem {
            Problem::BuiltIn { module } => (module, b" is builtin."),
            Problem::NotLoaded { module } => (module, b" is not in kernel."),
            _ => return Ok(()),
        };
        self.steps.log.fatal_unless(self.options.all, &[b"Module ", module.as_bytes(), text])
    }
}
