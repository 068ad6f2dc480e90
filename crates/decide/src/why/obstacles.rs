//! What stands between a module and the kernel.

use alloc::vec::Vec;

use kmodctl_format::{ModuleName, kernel_blacklist};

use super::chains::{Chain, Root, why};
use crate::block::{Hold, Outcome, Rules, simulate};
use crate::inventory::{Device, Inventory};
use crate::problem::Problem;
use crate::request::{Request, requests};

/// A reason for a module not to be in the kernel; the first of several is the nearest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Something asks for it and nothing keeps it out: its load failed, or was not tried yet.
    Asked(Chain),
    /// It is part of the kernel image: there is nothing to load.
    BuiltIn,
    /// A device that it would drive is driven by another module.
    Driven {
        /// The device.
        device: Device,
    },
    /// The kernel refuses it by `module_blacklist=`.
    KernelBlacklist,
    /// A line keeps it out when it is asked for as told.
    Kept {
        /// What asks for it.
        by: Asker,
        /// What keeps it out.
        hold: Hold,
    },
    /// It is in the kernel.
    Loaded,
    /// The kernel takes no modules until the next boot.
    ModulesDisabled,
    /// Nothing asks for it: no device, no list, no module, and nothing that has the kernel ask.
    NobodyAsks {
        /// How the kernel would.
        requests: Vec<Request>,
    },
    /// The kernel that is meant has no such module.
    NotInstalled,
}

/// Who asks for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// What a chain begins with.
    Chain(Chain),
    /// Whoever asks by its name.
    Name,
    /// The kernel, when it asks by this name.
    Request(Request),
}

/// Finds why a module is not in the kernel.
pub fn why_not(world: &dyn Inventory, module: &ModuleName) -> Result<Vec<Obstacle>, Problem> {
    if world.is_builtin(module.as_bytes())? {
        return Ok([Obstacle::BuiltIn].into());
    }
    if world.state(module).is_some() {
        return Ok([Obstacle::Loaded].into());
    }
    if world.module_file(module.as_bytes())?.is_none() {
        return Ok([Obstacle::NotInstalled].into());
    }
    let mut obstacles = of_kernel(world, module);
    let name = simulate(world.world(), module.as_bytes(), module, Rules::default())?;
    if let Outcome::Held(hold) = name {
        obstacles.push(Obstacle::Kept { by: Asker::Name, hold });
    }
    let chains = why(world, module)?;
    if chains.is_empty() {
        obstacles.push(Obstacle::NobodyAsks { requests: requests(world, module)? });
    }
    for chain in chains {
        obstacles.extend(of_chain(world, module, chain)?);
    }
    Ok(obstacles)
}

/// The same for a module that a name stands for by which the kernel asks: a line may keep it out
/// when it is asked for so, and not otherwise.
pub fn why_not_as(
    world: &dyn Inventory,
    module: &ModuleName,
    request: &Request,
) -> Result<Vec<Obstacle>, Problem> {
    let mut obstacles = why_not(world, module)?;
    let outcome = simulate(world.world(), &request.name(), module, Rules::default())?;
    let is_told = obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::Kept { .. }));
    if let (Outcome::Held(hold), false) = (outcome, is_told || world.state(module).is_some()) {
        obstacles.insert(0, Obstacle::Kept { by: Asker::Request(request.clone()), hold });
    }
    Ok(obstacles)
}

fn of_kernel(world: &dyn Inventory, module: &ModuleName) -> Vec<Obstacle> {
    let facts = world.kernel_facts();
    let mut listed = kernel_blacklist::modules(&facts.command_line).map(ModuleName::new);
    let blacklisted = listed.any(|listed| listed == *module);
    let blacklisted = blacklisted.then_some(Obstacle::KernelBlacklist);
    let disabled = facts.modules_disabled.then_some(Obstacle::ModulesDisabled);
    blacklisted.into_iter().chain(disabled).collect()
}

fn of_chain(
    world: &dyn Inventory,
    module: &ModuleName,
    chain: Chain,
) -> Result<Option<Obstacle>, Problem> {
    let (query, blacklists_names) = match &chain.root {
        Root::Boot(line) => (line.name.clone(), true),
        Root::Device(device) => (device.modalias.clone(), true),
        // The kernel starts modprobe without -b.
        Root::Request(asked) => match asked.requests.first() {
            Some(request) => (request.name(), false),
            None => return Ok(None),
        },
        Root::Unknown { .. } => return Ok(None),
    };
    let outcome = simulate(world.world(), &query, module, Rules { blacklists_names })?;
    if let Outcome::Held(hold) = outcome {
        return Ok(Some(Obstacle::Kept { by: Asker::Chain(chain), hold }));
    }
    Ok(match (&chain.root, outcome) {
        (Root::Device(device), _) if chain.links.is_empty() && is_taken(device, module) => {
            Some(Obstacle::Driven { device: device.clone() })
        }
        (_, Outcome::Leaks(_)) => Some(Obstacle::Asked(chain)),
        _ => None,
    })
}

/// Whether a driver of another module, or of the kernel image, is bound to a device.
fn is_taken(device: &Device, module: &ModuleName) -> bool {
    device.driver.is_some() && device.module.as_ref() != Some(module)
}
