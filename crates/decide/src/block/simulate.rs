//! What stock kmod makes of a request, as far as one module is concerned: whether it gets in, and
//! by which line it is kept out or let through. Unlike our own modprobe, stock kmod lets a softdep
//! switch an install line off, and that is what is replayed here.

use kmodctl_format::ModuleName;

use crate::configuration::{Origin, refuses};
use crate::load::list::softdeps;
use crate::load::{LoadPolicy, plan_load};
use crate::plan::{Action, Step};
use crate::problem::Problem;
use crate::resolve::{Match, resolve};
use crate::world::World;

/// What comes of a request, for one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request has nothing to do with the module.
    Elsewhere,
    /// The module stays out.
    Held(Hold),
    /// The module gets in.
    Leaks(Leak),
}

/// What keeps a module out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// A blacklist line, since the request came by an alias or obeys blacklists.
    Blacklisted(Origin),
    /// What the request loads before it is refused.
    Earlier(ModuleName),
    /// An install line that refuses.
    Refused(Origin),
}

/// Why a module gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leak {
    /// An install line runs a command that does not refuse.
    Command(Origin),
    /// No line keeps it out; the blacklist line, if there is one, counts for other requests only.
    Open(Option<Origin>),
    /// A softdep line switches the install line off.
    Softdep {
        /// The softdep line.
        softdep: Origin,
        /// The install line.
        install: Origin,
    },
}

/// How a requester asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Blacklist lines count for names as well, as for udev and systemd-modules-load.
    pub blacklists_names: bool,
}

/// Replays a request for `query`, as if nothing were loaded.
pub fn simulate(
    world: &dyn World,
    query: &[u8],
    target: &ModuleName,
    rules: Rules,
) -> Result<Outcome, Problem> {
    let mut outcome = Outcome::Elsewhere;
    for found in resolve(world, query)? {
        match of_match(world, &found, target, rules)? {
            Outcome::Leaks(leak) => return Ok(Outcome::Leaks(leak)),
            Outcome::Held(hold) => outcome = Outcome::Held(hold),
            Outcome::Elsewhere => {}
        }
    }
    Ok(outcome)
}

fn of_match(
    world: &dyn World,
    found: &Match,
    target: &ModuleName,
    rules: Rules,
) -> Result<Outcome, Problem> {
    if rules.blacklists_names || found.alias.is_some() {
        if let Some(origin) = world.configuration().blacklisting(&found.module) {
            let hold = Hold::Blacklisted(origin.clone());
            let is_target = found.module == *target;
            return Ok(if is_target { Outcome::Held(hold) } else { Outcome::Elsewhere });
        }
    }
    let policy = LoadPolicy { ignore_loaded: true, ..LoadPolicy::default() };
    let plan = plan_load(world, found, &policy)?;
    let mut refused = None;
    for step in &plan.steps {
        if step.subject == *target {
            return Ok(match (refused, of_target(world, step)?) {
                (Some(earlier), _) => Outcome::Held(Hold::Earlier(earlier)),
                (None, outcome) => outcome,
            });
        }
        if refused.is_none() && step.required && is_refused(world, step)? {
            refused = Some(step.subject.clone());
        }
    }
    Ok(Outcome::Elsewhere)
}

fn of_target(world: &dyn World, step: &Step) -> Result<Outcome, Problem> {
    let configuration = world.configuration();
    let blacklisted = configuration.blacklisting(&step.subject).cloned();
    let Action::Command(command) = &step.action else {
        return Ok(match (&step.action, configuration.install_line(&step.subject)) {
            (Action::Note(_), _) => Outcome::Elsewhere,
            // A line that does not refuse is switched off in the plan already.
            (_, Some(install)) => switched_off(world, step, install.origin.clone()),
            (_, None) => Outcome::Leaks(Leak::Open(blacklisted)),
        });
    };
    let Some(install) = configuration.install_line(&step.subject) else {
        return Ok(Outcome::Leaks(Leak::Open(blacklisted)));
    };
    let install = install.origin.clone();
    if has_softdeps(world, &step.subject)? {
        return Ok(switched_off(world, step, install));
    }
    Ok(match refuses(&command.text) {
        true => Outcome::Held(Hold::Refused(install)),
        false => Outcome::Leaks(Leak::Command(install)),
    })
}

fn switched_off(world: &dyn World, step: &Step, install: Origin) -> Outcome {
    let line = world.configuration().softdep_line(&step.subject);
    Outcome::Leaks(match line {
        Some(line) => Leak::Softdep { softdep: line.origin.clone(), install },
        None => Leak::Command(install),
    })
}

/// Whether stock kmod stops at a step.
fn is_refused(world: &dyn World, step: &Step) -> Result<bool, Problem> {
    match &step.action {
        Action::Command(command) if refuses(&command.text) => {
            // `/bin/true` ends well, and the modules after it are tried.
            let fails = !command.text.windows(4).any(|word| word == b"true");
            Ok(fails && !has_softdeps(world, &step.subject)?)
        }
        _ => Ok(false),
    }
}

fn has_softdeps(world: &dyn World, module: &ModuleName) -> Result<bool, Problem> {
    let (pre, post) = softdeps(world, &Match::of_name(module.clone()))?;
    Ok(!pre.is_empty() || !post.is_empty())
}
