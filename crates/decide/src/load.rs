//! Plans a load: the modules a request needs, in kmod's order, and what is done for each. It reads
//! a [`World`] and changes nothing.

pub(crate) mod list;

use alloc::vec::Vec;

use crate::configuration::{Configuration, Origin, refuses};
use crate::plan::{
    Action, Command, CommandKind, Force, Forecast, Insertion, Note, Plan, Reason, Step, When,
};
use crate::problem::Problem;
use crate::resolve::Match;
use crate::world::{InitState, World, is_known_builtin};
use list::{Listed, Lister};

pub use list::{dependencies, softdeps, weakdeps};

/// What a load takes into account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadPolicy {
    /// Which blacklist lines count.
    pub blacklist: BlacklistPolicy,
    /// Parameters for the requested module, after those of the configuration.
    pub extra_options: Vec<u8>,
    /// Fails when the requested module is in the kernel already.
    pub first_time: bool,
    /// Checks of the kernel to waive, for every module of the plan.
    pub force: Force,
    /// Leaves out the requested module's install command and soft dependencies.
    pub ignore_commands: bool,
    /// Plans as if nothing were loaded or built in.
    pub ignore_loaded: bool,
}

/// Which blacklist lines count; kmod's three flags of `kmod_module_probe_insert_module`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlacklistPolicy {
    /// A requested module that was reached through an alias is kept out.
    pub aliases: bool,
    /// Every module of the plan is kept out, the requested one as well.
    pub everything: bool,
    /// A requested module is kept out even by its own name.
    pub names: bool,
}

/// The rule of a [`BlacklistPolicy`] that keeps a requested module out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlacklistRule {
    /// It is listed, and was reached through an alias.
    Aliases,
    /// It is listed, as any module of the plan might be.
    Everything,
    /// It is listed.
    Names,
}

impl BlacklistPolicy {
    /// The rule by which a blacklist line keeps a requested module out, and where the line stands.
    pub fn keeps_out<'a>(
        &self,
        configuration: &'a Configuration,
        requested: &Match,
    ) -> Option<(BlacklistRule, &'a Origin)> {
        let rule = match requested.alias {
            Some(_) if self.aliases => BlacklistRule::Aliases,
            _ if self.everything => BlacklistRule::Everything,
            _ if self.names => BlacklistRule::Names,
            _ => return None,
        };
        Some((rule, configuration.blacklisting(&requested.module)?))
    }
}

/// Plans the load of one module that a name led to.
///
/// An empty plan, or one of notes only, means that nothing is to be done.
pub fn plan_load(
    world: &dyn World,
    requested: &Match,
    policy: &LoadPolicy,
) -> Result<Plan, Problem> {
    if !policy.ignore_loaded {
        if let Some(note) = already_there(world, requested) {
            return refuse_or_note(requested, policy, note);
        }
    }
    if let Some(step) = kept_out(world.configuration(), requested, policy) {
        return Ok(Plan { steps: [step].into() });
    }
    let listed = Lister::new(world).list(requested, policy.ignore_commands)?;
    let mut steps = Vec::with_capacity(listed.len());
    for element in &listed {
        steps.push(step(world, element, policy)?);
    }
    Ok(Plan { steps })
}

/// Whether a module is live or built in; a module that is coming or going is neither.
fn already_there(world: &dyn World, module: &Match) -> Option<Note> {
    // A module that was given as a file is never taken for a built-in one.
    if module.path.is_none() && is_known_builtin(world, &module.module) {
        return Some(Note::BuiltIn);
    }
    match world.state(&module.module) {
        Some(InitState::Live) => Some(Note::AlreadyLoaded),
        Some(InitState::Coming | InitState::Going) | None => None,
    }
}

fn refuse_or_note(requested: &Match, policy: &LoadPolicy, note: Note) -> Result<Plan, Problem> {
    if policy.first_time {
        return Err(Problem::AlreadyLoaded { module: requested.module.clone() });
    }
    Ok(Plan { steps: [note_step(requested, Reason::Asked, note)].into() })
}

fn kept_out(configuration: &Configuration, requested: &Match, policy: &LoadPolicy) -> Option<Step> {
    let (_, origin) = policy.blacklist.keeps_out(configuration, requested)?;
    Some(note_step(requested, Reason::Asked, Note::Blacklisted(origin.clone())))
}

fn step(world: &dyn World, listed: &Listed, policy: &LoadPolicy) -> Result<Step, Problem> {
    let configuration = world.configuration();
    let subject = &listed.subject;
    if policy.blacklist.everything {
        if let Some(origin) = configuration.blacklisting(&subject.module) {
            let note = Note::Blacklisted(origin.clone());
            return Ok(note_step(subject, listed.reason.clone(), note));
        }
    }
    if !policy.ignore_loaded {
        if let Some(note) = already_there(world, subject) {
            return Ok(note_step(subject, listed.reason.clone(), note));
        }
    }
    let action = action(world, listed, policy)?;
    let when = if policy.ignore_loaded { When::Always } else { When::IfAbsent };
    Ok(Step {
        subject: subject.module.clone(),
        action,
        reason: listed.reason.clone(),
        when,
        required: listed.required,
        forecast: Forecast::Applies,
    })
}

fn action(world: &dyn World, listed: &Listed, policy: &LoadPolicy) -> Result<Action, Problem> {
    let subject = &listed.subject;
    let is_requested = listed.reason == Reason::Asked;
    let mut options = world.configuration().options(&subject.module, subject.alias.as_deref());
    if is_requested {
        options.extend_from_slice(&policy.extra_options);
    }
    if let Some(text) = install_command(world.configuration(), listed) {
        return Ok(Action::Command(Command { kind: CommandKind::Install, text, options }));
    }
    let path = match &subject.path {
        Some(path) => Some(path.clone()),
        None => world.module_file(subject.module.as_bytes())?.map(|file| file.path),
    };
    if path.is_none() && is_known_builtin(world, &subject.module) {
        return Ok(Action::Note(Note::BuiltIn));
    }
    let fails_if_loaded = policy.first_time && is_requested;
    Ok(Action::Insert(Insertion { path, options, force: policy.force, fails_if_loaded }))
}

/// The command that stands for the insertion, unless it is to be ignored.
///
/// A softdep switches a module's command off, as in kmod, but never one that refuses.
fn install_command(configuration: &Configuration, listed: &Listed) -> Option<Vec<u8>> {
    let subject = &listed.subject;
    let command = match &subject.command {
        Some((CommandKind::Install, command)) => command.as_slice(),
        _ => configuration.command(CommandKind::Install, &subject.module)?,
    };
    let obeyed = match listed.commands {
        list::Commands::Ignored => false,
        list::Commands::Obeyed => true,
        list::Commands::SwitchedOffBySoftdep => refuses(command),
    };
    obeyed.then(|| command.to_vec())
}

fn note_step(subject: &Match, reason: Reason, note: Note) -> Step {
    Step {
        subject: subject.module.clone(),
        action: Action::Note(note),
        reason,
        when: When::Always,
        required: false,
        forecast: Forecast::Applies,
    }
}
