//! Plans a removal: a module, what its softdeps and its holders take along, and what nothing uses
//! any more afterwards. It reads a [`World`] and changes nothing.

mod left_over;
mod lone;

pub use lone::plan_lone_removal;

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::load::list::softdeps;
use crate::plan::{
    Action, Command, CommandKind, Forecast, Note, Plan, Reason, Removal, Step, When,
};
use crate::problem::Problem;
use crate::resolve::Match;
use crate::world::{InitState, World, is_known_builtin};

/// What a removal takes into account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnloadPolicy {
    /// Fails when the requested module is not in the kernel.
    pub first_time: bool,
    /// Asks the kernel to remove modules that are in use.
    pub force: bool,
    /// Leaves out remove commands and soft dependencies.
    pub ignore_commands: bool,
    /// Plans as if every module were loaded.
    pub ignore_loaded: bool,
    /// Removes first the modules that use the requested one.
    pub remove_holders: bool,
    /// Goes on when a soft dependency is in use, or its command fails.
    pub tolerates_in_use: bool,
    /// How long the kernel is asked again while a module is in use, in milliseconds.
    pub wait_milliseconds: Option<u64>,
}

/// Plans the removal of one module that a name led to.
pub fn plan_unload(
    world: &dyn World,
    requested: &Match,
    policy: &UnloadPolicy,
) -> Result<Plan, Problem> {
    let mut planner = Planner {
        world,
        policy,
        work: vec![Work::Remove(requested.clone(), Reason::Asked)],
        removed: BTreeSet::new(),
        asked: BTreeSet::new(),
        steps: Vec::new(),
        ended: false,
    };
    while let Some(work) = planner.work.pop() {
        planner.carry_out(work)?;
    }
    Ok(Plan { steps: planner.steps })
}

struct Planner<'a> {
    world: &'a dyn World,
    policy: &'a UnloadPolicy,
    /// What is still to be done, last first: a softdep chain of any length needs no call stack.
    work: Vec<Work>,
    /// Modules that the steps so far take out.
    removed: BTreeSet<ModuleName>,
    /// Modules whose removal has been planned or is being planned: softdep loops end here.
    asked: BTreeSet<ModuleName>,
    steps: Vec<Step>,
    /// Whether a step so far is expected to end the run.
    ended: bool,
}

enum Work {
    /// Takes a module out, or runs its command.
    Act(Match, Reason, Option<Vec<u8>>),
    /// Takes a module out between what its softdep names, unless that was done.
    Remove(Match, Reason),
    /// Takes out the modules that use one.
    RemoveHolders(Match),
}

impl Planner<'_> {
    fn carry_out(&mut self, work: Work) -> Result<(), Problem> {
        match work {
            Work::Act(subject, reason, Some(text)) => self.push_command(&subject, reason, text),
            Work::Act(subject, reason, None) => {
                self.push_removal(&subject, reason);
                self.remove_left_over(&subject)?;
            }
            Work::Remove(subject, reason) => self.remove(&subject, reason)?,
            Work::RemoveHolders(subject) => self.remove_holders(&subject),
        }
        Ok(())
    }

    fn remove(&mut self, subject: &Match, reason: Reason) -> Result<(), Problem> {
        if !self.asked.insert(subject.module.clone()) {
            return Ok(());
        }
        let command = self.remove_command(subject);
        if command.is_none() && !self.policy.ignore_loaded && !self.is_loaded(subject, &reason)? {
            return Ok(());
        }
        let (pre, post) = self.softdeps(subject)?;
        let holders = self.policy.remove_holders && reason == Reason::Asked;
        self.remove_softdeps(subject, pre);
        self.work.push(Work::Act(subject.clone(), reason, command));
        if holders {
            self.work.push(Work::RemoveHolders(subject.clone()));
        }
        self.remove_softdeps(subject, post);
        Ok(())
    }

    fn remove_command(&self, subject: &Match) -> Option<Vec<u8>> {
        if self.policy.ignore_commands {
            return None;
        }
        match &subject.command {
            Some((CommandKind::Remove, command)) => Some(command.clone()),
            _ => {
                let configuration = self.world.configuration();
                configuration.command(CommandKind::Remove, &subject.module).map(Into::into)
            }
        }
    }

    /// Whether there is something to remove; only for the requested module is it a problem.
    fn is_loaded(&mut self, subject: &Match, reason: &Reason) -> Result<bool, Problem> {
        let module = subject.module.clone();
        let asked = *reason == Reason::Asked;
        if is_known_builtin(self.world, &module) {
            return if asked { Err(Problem::BuiltIn { module }) } else { Ok(false) };
        }
        match self.world.state(&module) {
            Some(InitState::Coming | InitState::Going | InitState::Live) => Ok(true),
            None if asked && self.policy.first_time => Err(Problem::NotLoaded { module }),
            None => {
                if asked {
                    self.steps.push(note(module, Note::NotLoaded));
                }
                Ok(false)
            }
        }
    }

    fn softdeps(&self, subject: &Match) -> Result<(Vec<Match>, Vec<Match>), Problem> {
        if self.policy.ignore_commands {
            return Ok((Vec::new(), Vec::new()));
        }
        softdeps(self.world, subject)
    }

    /// Lines up the modules of one side of a softdep, the last to be taken out first.
    fn remove_softdeps(&mut self, user: &Match, wanted: Vec<Match>) {
        let reason = || Reason::Softdep(user.module.clone());
        self.work.extend(wanted.into_iter().map(|subject| Work::Remove(subject, reason())));
    }

    /// Lines up the modules that use one, the last listed to be taken out first.
    fn remove_holders(&mut self, subject: &Match) {
        let holders = self.world.holders(&subject.module).unwrap_or_default();
        let reason = || Reason::Holds(subject.module.clone());
        let work = |holder| Work::Remove(Match::of_name(holder), reason());
        self.work.extend(holders.into_iter().map(work));
    }

    fn push_command(&mut self, subject: &Match, reason: Reason, text: Vec<u8>) {
        let command = Command { kind: CommandKind::Remove, text, options: Vec::new() };
        self.steps.push(Step {
            subject: subject.module.clone(),
            action: Action::Command(command),
            required: !(matches!(reason, Reason::Softdep(_)) && self.policy.tolerates_in_use),
            reason,
            when: When::Always,
            forecast: self.unless_ended(Forecast::Applies),
        });
    }

    fn push_removal(&mut self, subject: &Match, reason: Reason) {
        let softdep = matches!(reason, Reason::Softdep(_));
        let ends_run = !(softdep && self.policy.tolerates_in_use);
        let waits = self.policy.wait_milliseconds.is_some() || self.policy.ignore_loaded;
        let when = if waits { When::Always } else { When::MustBeUnused { ends_run } };
        let forecast = self.forecast(&subject.module, when);
        let stays = matches!(forecast, Forecast::Refused(_));
        // Behind a refusal that ends the run, the plan is made as if the step had succeeded: its
        // turn may come when the module is free after all.
        if ends_run || !stays {
            self.removed.insert(subject.module.clone());
        }
        self.steps.push(Step {
            subject: subject.module.clone(),
            action: Action::Remove(self.removal(reason == Reason::Asked)),
            reason,
            when,
            required: !softdep,
            forecast: self.unless_ended(forecast),
        });
        self.ended |= stays && ends_run;
    }

    /// The forecast of a step, or that its turn does not come.
    fn unless_ended(&self, forecast: Forecast) -> Forecast {
        if self.ended { Forecast::Skipped } else { forecast }
    }

    fn removal(&self, asked: bool) -> Removal {
        Removal {
            force: self.policy.force,
            wait_milliseconds: self.policy.wait_milliseconds,
            fails_if_absent: asked && self.policy.first_time,
        }
    }

    fn forecast(&self, module: &ModuleName, when: When) -> Forecast {
        if self.removed.contains(module) {
            return Forecast::Skipped;
        }
        if self.policy.ignore_loaded {
            return Forecast::Applies;
        }
        match (self.users(module), when) {
            (None, _) if self.world.state(module).is_some() => Forecast::Applies,
            (None, _) => Forecast::Skipped,
            (Some(references), When::MustBeUnused { .. }) if references > 0 => {
                Forecast::Refused(Problem::InUse {
                    module: module.clone(),
                    holders: self.world.holders(module).unwrap_or_default(),
                    references,
                })
            }
            (Some(_), _) => Forecast::Applies,
        }
    }

    /// The use count a module will have once the steps so far are carried out; `None` when the
    /// kernel counts none for it.
    fn users(&self, module: &ModuleName) -> Option<i32> {
        let references = self.world.references(module).ok()?;
        let holders = self.world.holders(module).unwrap_or_default();
        let gone = holders.iter().filter(|holder| self.removed.contains(*holder)).count();
        Some(references.saturating_sub(i32::try_from(gone).unwrap_or(i32::MAX)))
    }
}

fn note(subject: ModuleName, note: Note) -> Step {
    Step {
        subject,
        action: Action::Note(note),
        reason: Reason::Asked,
        when: When::Always,
        required: false,
        forecast: Forecast::Applies,
    }
}
