//! A plan: what would be done to a machine, step by step, and why. It is a value; [`crate::run`]
//! walks it, and a dry run is a plan that nobody runs.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::configuration::Origin;
use crate::problem::Problem;

/// The steps of one request, in the order they are carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step: a subject, what happens to it, why, when, and what its failure means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The module the step is about.
    pub subject: ModuleName,
    /// What is done.
    pub action: Action,
    /// Why the step is there.
    pub reason: Reason,
    /// When it applies; asked again just before the step.
    pub when: When,
    /// Whether a failure of the action ends the run.
    pub required: bool,
    /// What the planner expects of `when`, were the steps before it carried out.
    pub forecast: Forecast,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Runs an `install` or `remove` command of the configuration in the module's stead.
    Command(Command),
    /// Gives a module to the kernel.
    Insert(Insertion),
    /// Is shown but never carried out.
    Note(Note),
    /// Takes a module out of the kernel.
    Remove(Removal),
}

/// A module on its way into the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// The module's file; `None` when no index names one, which fails when it is carried out.
    pub path: Option<Vec<u8>>,
    /// The options, as kmod joins them: each entry of the configuration followed by a space.
    pub options: Vec<u8>,
    /// Which of the kernel's checks are waived.
    pub force: Force,
    /// Whether a module that is already there is a failure.
    pub fails_if_loaded: bool,
}

/// Checks of the kernel that an insertion asks to waive; they taint the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Force {
    /// Waives the comparison of symbol versions.
    pub modversions: bool,
    /// Waives the comparison of the version magic.
    pub vermagic: bool,
}

/// A module on its way out of the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Asks the kernel to remove a module that is in use.
    pub force: bool,
    /// How long a removal is tried again while the module is in use, in milliseconds.
    pub wait_milliseconds: Option<u64>,
    /// Whether a module that is not there is a failure.
    pub fails_if_absent: bool,
}

/// A shell command of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What it stands for.
    pub kind: CommandKind,
    /// The command as the configuration has it, before `$CMDLINE_OPTS` is filled in.
    pub text: Vec<u8>,
    /// What `$CMDLINE_OPTS` becomes.
    pub options: Vec<u8>,
}

impl Command {
    /// The text for the shell: every `$CMDLINE_OPTS` is replaced by the options.
    pub fn filled_in(&self) -> Vec<u8> {
        const PLACE: &[u8] = b"$CMDLINE_OPTS";
        let mut filled = Vec::with_capacity(self.text.len() + self.options.len());
        let mut rest = self.text.as_slice();
        while let Some(start) = rest.windows(PLACE.len()).position(|window| window == PLACE) {
            filled.extend_from_slice(&rest[..start]);
            filled.extend_from_slice(&self.options);
            rest = &rest[start + PLACE.len()..];
        }
        filled.extend_from_slice(rest);
        filled
    }
}

/// Which of a module's two commands is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// The command that stands for an insertion.
    Install,
    /// The command that stands for a removal.
    Remove,
}

/// Something worth showing that changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The module is in the kernel already.
    AlreadyLoaded,
    /// The line that keeps the module out.
    Blacklisted(Origin),
    /// The module is part of the kernel image.
    BuiltIn,
    /// The module is not in the kernel.
    NotLoaded,
}

/// Why a step is in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The request names it.
    Asked,
    /// It uses the module named here, which is to be removed.
    Holds(ModuleName),
    /// The module named here is removed, and nothing else used it.
    LeftOver(ModuleName),
    /// The module named here needs it.
    NeededBy(ModuleName),
    /// A softdep line of the module named here asks for it.
    Softdep(ModuleName),
}

/// When a step applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At any time.
    Always,
    /// While the module is not in the kernel; otherwise the step is done already.
    IfAbsent,
    /// While the module is loaded and nothing uses it; otherwise the step is left out.
    IfUnused,
    /// While nothing uses the module; otherwise the step fails, and ends the run if `ends_run`.
    MustBeUnused {
        /// Whether a module in use ends the run.
        ends_run: bool,
    },
}

/// What a planner expects when a step's turn comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// The step applies.
    Applies,
    /// The step is refused, with this problem.
    Refused(Problem),
    /// The step is left out: it has nothing to do, or the run ends before it.
    Skipped,
}
