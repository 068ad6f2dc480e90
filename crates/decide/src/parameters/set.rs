//! Changing a parameter while its module is in the kernel: whether that can be, and what is written.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::{Parameters, Presence, Survey, is_part_of_kernel};
use crate::problem::Problem;
use crate::world::World;

/// A live value that is to become another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveChange {
    /// The module.
    pub module: ModuleName,
    /// The parameter, as the module spells it.
    pub parameter: Vec<u8>,
    /// The value now; `None` when it may not be read.
    pub before: Option<Vec<u8>>,
    /// What is written.
    pub after: Vec<u8>,
}

/// Plans to set a live value.
///
/// The module has to be in the kernel ([`Problem::NotLoaded`]), has to have the parameter, and has to
/// let it be written ([`Problem::ParameterReadOnly`]).
pub fn set(
    world: &dyn Parameters,
    module: &ModuleName,
    parameter: &[u8],
    value: &[u8],
) -> Result<LiveChange, Problem> {
    let survey = Survey::of(world, module)?;
    let parameter = survey.parameter(parameter)?;
    parameter.check(module, value)?;
    if survey.presence == Presence::NotLoaded {
        return Err(Problem::NotLoaded { module: module.clone() });
    }
    match parameter.live {
        Some(live) if live.is_writable => Ok(LiveChange {
            module: module.clone(),
            parameter: live.name,
            before: live.value,
            after: value.to_vec(),
        }),
        // Nothing declares it and nothing shows it.
        None if parameter.declared.is_none() => {
            Err(Problem::ParameterUnknown { module: module.clone(), parameter: parameter.name })
        }
        _ => Err(Problem::ParameterReadOnly { module: module.clone(), parameter: parameter.name }),
    }
}

/// What brings a kept value into force when another one is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The live value can be set.
    Set,
    /// The module can be taken out and loaded anew.
    Reload,
    /// These modules hold the module; they have to go before it. Without any, something else uses it.
    Free(Vec<ModuleName>),
    /// The module is part of the kernel image.
    Restart,
}

/// Tells what brings a kept value into force.
pub fn remedy(world: &dyn World, module: &ModuleName, is_writable: bool) -> Remedy {
    let holders = world.holders(module).unwrap_or_default();
    if is_writable {
        Remedy::Set
    } else if is_part_of_kernel(world, module) == Ok(true) {
        Remedy::Restart
    } else if holders.is_empty() && world.references(module) == Ok(0) {
        Remedy::Reload
    } else {
        Remedy::Free(holders)
    }
}
