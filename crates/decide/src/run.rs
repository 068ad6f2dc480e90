//! Walks a plan: asks before each step whether it still applies, and has a [`Kernel`] carry it out.
//! It is the only caller of a [`Kernel`], and it decides nothing that the plan does not say.

use crate::errno::Errno;
use crate::plan::{Action, Command, Insertion, Plan, Removal, Step, When};
use crate::problem::Problem;
use crate::world::{InitState, World};

use kmodctl_format::ModuleName;

/// What carries steps out on one machine.
pub trait Kernel {
    /// Gives a module to the kernel.
    fn insert(&mut self, module: &ModuleName, insertion: &Insertion) -> Result<(), Problem>;

    /// Takes a module out of the kernel, waiting for it to become free as long as is asked.
    fn remove(&mut self, module: &ModuleName, removal: &Removal) -> Result<(), Problem>;

    /// Runs a command of the configuration to its end.
    fn command(&mut self, module: &ModuleName, command: &Command) -> Result<(), Problem>;
}

/// Whoever wants to see a plan being carried out.
pub trait Watch {
    /// A step is about to be carried out; steps that do not apply are not announced.
    fn begins(&mut self, step: &Step);

    /// A step is over; a failure that does not end the run is seen only here.
    fn ends(&mut self, step: &Step, outcome: &Result<Outcome, Problem>);
}

/// How a step ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// There was nothing to do.
    NotNeeded,
}

/// The failure that ended a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The step that failed, counted from 0; those before it are done.
    pub step: usize,
    /// Why.
    pub problem: Problem,
}

/// Carries a plan out, up to its end or its first required failure.
pub fn run(
    plan: &Plan,
    world: &dyn World,
    kernel: &mut dyn Kernel,
    watch: &mut dyn Watch,
) -> Result<(), Failure> {
    for (index, step) in plan.steps.iter().enumerate() {
        let (outcome, ends_run) = match applies(step, world) {
            Ok(false) => (Ok(Outcome::NotNeeded), false),
            Ok(true) => (carry_out(step, kernel, watch), step.required),
            Err((problem, ends_run)) => (Err(problem), ends_run),
        };
        watch.ends(step, &outcome);
        if let (Err(problem), true) = (outcome, ends_run) {
            return Err(Failure { step: index, problem });
        }
    }
    Ok(())
}

/// Whether a step applies now; a problem comes with whether it ends the run.
fn applies(step: &Step, world: &dyn World) -> Result<bool, (Problem, bool)> {
    match step.when {
        When::Always => Ok(true),
        When::IfAbsent => is_absent(step, world).map_err(|problem| (problem, step.required)),
        When::IfUnused => Ok(world.references(&step.subject) == Ok(0)),
        When::MustBeUnused { ends_run } => match world.references(&step.subject) {
            // Without a count the kernel has to be asked, unless the module has gone meanwhile.
            Err(_) => Ok(world.state(&step.subject).is_some()),
            Ok(references) if references <= 0 => Ok(true),
            Ok(references) => Err((in_use(step, world, references), ends_run)),
        },
    }
}

fn is_absent(step: &Step, world: &dyn World) -> Result<bool, Problem> {
    if world.state(&step.subject) != Some(InitState::Live) {
        return Ok(true);
    }
    match &step.action {
        Action::Insert(insertion) if insertion.fails_if_loaded => {
            Err(Problem::AlreadyLoaded { module: step.subject.clone() })
        }
        _ => Ok(false),
    }
}

fn in_use(step: &Step, world: &dyn World, references: i32) -> Problem {
    let holders = world.holders(&step.subject).unwrap_or_default();
    Problem::InUse { module: step.subject.clone(), holders, references }
}

fn carry_out(
    step: &Step,
    kernel: &mut dyn Kernel,
    watch: &mut dyn Watch,
) -> Result<Outcome, Problem> {
    if let Action::Note(_) = step.action {
        return Ok(Outcome::NotNeeded);
    }
    watch.begins(step);
    let done = match &step.action {
        Action::Command(command) => kernel.command(&step.subject, command),
        Action::Insert(insertion) => kernel.insert(&step.subject, insertion),
        Action::Note(_) => Ok(()),
        Action::Remove(removal) => kernel.remove(&step.subject, removal),
    };
    match done {
        Ok(()) => Ok(Outcome::Done),
        Err(problem) if is_done_already(step, &problem) => Ok(Outcome::NotNeeded),
        Err(problem) => Err(problem),
    }
}

/// Whether the machine was as the step wants it before the step came.
fn is_done_already(step: &Step, problem: &Problem) -> bool {
    match (&step.action, problem) {
        (Action::Insert(insertion), Problem::InsertRefused { errno: Errno::EEXIST, .. }) => {
            !insertion.fails_if_loaded
        }
        (Action::Remove(removal), Problem::RemoveRefused { errno: Errno::EEXIST, .. }) => {
            !removal.fails_if_absent
        }
        _ => false,
    }
}
