//! Modules that the kernel took and did not keep, since another one does the same.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::evidence::Evidence;
use crate::plan::{Action, Plan};
use crate::problem::Problem;

/// The module of a plan that went well and that is not in the kernel all the same: its start answered
/// that something is there already, which an insertion takes for "the module is".
pub fn turned_away(world: &dyn Evidence, plan: &Plan) -> Option<Problem> {
    let step = plan.steps.iter().find(|step| {
        let is_insert = matches!(step.action, Action::Insert(_));
        step.required && is_insert && world.state(&step.subject).is_none()
    })?;
    let module = step.subject.clone();
    Some(Problem::TurnedAway { rival: rival(world, &module), module })
}

/// A loaded module that answers to an alias of the module's.
pub(super) fn rival(world: &dyn Evidence, module: &ModuleName) -> Option<ModuleName> {
    let aliases = world.known_aliases();
    let own: Vec<_> =
        aliases.iter().filter(|(_, owner)| owner == module).map(|(alias, _)| alias).collect();
    let same = |(alias, owner): &&(Vec<u8>, ModuleName)| {
        owner != module && own.contains(&alias) && world.state(owner).is_some()
    };
    aliases.iter().find(same).map(|(_, owner)| owner.clone())
}
