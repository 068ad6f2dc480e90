//! Plans a removal of one module by itself, as rmmod does: without the configuration, without
//! aliases, and without what it used.

use kmodctl_format::ModuleName;

use crate::plan::{Action, Forecast, Plan, Reason, Removal, Step, When};
use crate::problem::Problem;
use crate::world::{World, is_known_builtin};

/// Plans the removal of one module, of which nothing else is removed.
///
/// A module that is built in, absent or in use is a problem, unless the removal is forced: then
/// the kernel alone decides.
pub fn plan_lone_removal(
    world: &dyn World,
    module: &ModuleName,
    force: bool,
) -> Result<Plan, Problem> {
    if !force {
        refuse(world, module)?;
    }
    let removal = Removal { force, wait_milliseconds: None, fails_if_absent: true };
    let step = Step {
        subject: module.clone(),
        action: Action::Remove(removal),
        reason: Reason::Asked,
        when: When::Always,
        required: true,
        forecast: Forecast::Applies,
    };
    Ok(Plan { steps: [step].into() })
}

fn refuse(world: &dyn World, module: &ModuleName) -> Result<(), Problem> {
    let module = module.clone();
    if is_known_builtin(world, &module) {
        return Err(Problem::BuiltIn { module });
    }
    if world.state(&module).is_none() {
        return Err(Problem::NotLoaded { module });
    }
    let holders = world.holders(&module).unwrap_or_default();
    match world.references(&module) {
        Ok(references) if references > 0 || !holders.is_empty() => {
            Err(Problem::InUse { module, holders, references })
        }
        Ok(_) => Ok(()),
        Err(_) if !holders.is_empty() => Err(Problem::InUse { module, holders, references: 0 }),
        Err(_) => Err(Problem::UnloadingUnsupported { module }),
    }
}
