//! The proof of a block: every way in is tried by simulation, and the kernel's own state is looked
//! at. What a way comes to says which line holds it, or which lets it through.

use alloc::vec::Vec;

use kmodctl_format::configuration::Directive;
use kmodctl_format::{ModuleName, kernel_blacklist};

use super::image::{Image, ImageState, image_state};
use super::simulate::{Outcome, Rules, simulate};
use super::witness::witness;
use crate::inventory::{BootLine, Engine, Inventory};
use crate::kinship::Kinship;
use crate::problem::Problem;
use crate::world::World;

/// A request that could load the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Who asks.
    pub way: WayIn,
    /// What is asked for.
    pub query: Vec<u8>,
    /// What comes of it.
    pub outcome: Outcome,
}

/// Who asks for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayIn {
    /// Somebody, by an alias.
    Alias,
    /// The list of modules to load at boot.
    Boot(BootLine),
    /// Somebody, by the name of a module that needs it.
    Dependent,
    /// A device that is there.
    Device(Vec<u8>),
    /// Somebody, by its name.
    Name,
    /// Somebody, by the name of a module with a softdep on it.
    Softdep,
}

/// What comes of all ways to one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The module.
    pub module: ModuleName,
    /// The ways that lead to it.
    pub ways: Vec<Way>,
    /// The images, each with what it makes of the module.
    pub images: Vec<(Vec<u8>, ImageState)>,
    /// How the kernel holds it.
    pub state: KernelState,
    /// What answers the kernel when it wants a module.
    pub engine: Option<Engine>,
    /// The kernel keeps it out itself, whoever loads it: `module_blacklist=`, `modules_disabled`.
    pub kept_out_by_kernel: bool,
}

/// How a kernel holds a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelState {
    /// It does not.
    Absent,
    /// It is part of the kernel image.
    BuiltIn {
        /// The functions it starts with, where the kernel tells them.
        functions: Vec<Vec<u8>>,
        /// All of them are kept from running by `initcall_blacklist=`.
        blacklisted: bool,
    },
    /// It is loaded.
    Loaded,
}

impl Verification {
    /// Whether no way leads in.
    pub fn holds(&self) -> bool {
        !self.kernel_leaks() && (self.kept_out_by_kernel || !self.configuration_leaks())
    }

    /// Whether the kernel has the module already.
    pub fn kernel_leaks(&self) -> bool {
        match &self.state {
            KernelState::Absent => false,
            KernelState::BuiltIn { blacklisted, .. } => !blacklisted,
            KernelState::Loaded => true,
        }
    }

    /// Whether the engine that the kernel calls passes over install lines, and the module is there.
    pub fn engine_leaks(&self) -> bool {
        let passes = matches!(self.engine, Some(Engine::Busybox(_) | Engine::Toybox(_)));
        passes && self.ways.iter().any(|way| way.way == WayIn::Name)
    }

    fn configuration_leaks(&self) -> bool {
        let image_leaks =
            |(_, state): &(_, _)| matches!(state, ImageState::Leaks(_) | ImageState::Passes(_));
        self.ways.iter().any(|way| matches!(way.outcome, Outcome::Leaks(_)))
            || self.images.iter().any(image_leaks)
            || self.engine_leaks()
    }
}

/// Tries every way to a module. An image is tried with the modules of its own kernel, which
/// `kernel` gives by release.
pub fn verify<'a>(
    world: &'a dyn Inventory,
    module: &ModuleName,
    images: &[Image],
    kernel: impl Fn(&[u8]) -> Option<&'a dyn World>,
) -> Result<Verification, Problem> {
    let facts = world.kernel_facts();
    let listed = kernel_blacklist::modules(&facts.command_line);
    let kept_out = listed.map(ModuleName::new).any(|listed| listed == *module);
    let mut states = Vec::new();
    for image in images {
        let release = image.contents.as_ref().ok().and_then(|inside| inside.release.as_deref());
        let inside = release.and_then(&kernel).unwrap_or(world);
        states.push((image.path.clone(), image_state(inside, image, module)?));
    }
    Ok(Verification {
        module: module.clone(),
        ways: ways(world, module)?,
        images: states,
        state: kernel_state(world, module)?,
        engine: facts.modprobe,
        kept_out_by_kernel: kept_out || facts.modules_disabled,
    })
}

/// How the kernel holds a module now.
pub fn kernel_state(world: &dyn Inventory, module: &ModuleName) -> Result<KernelState, Problem> {
    if !world.is_builtin(module.as_bytes())? {
        let is_loaded = world.state(module).is_some();
        return Ok(if is_loaded { KernelState::Loaded } else { KernelState::Absent });
    }
    let facts = world.kernel_facts();
    let functions: Vec<Vec<u8>> = facts
        .initcalls
        .iter()
        .filter(|(of, _)| ModuleName::new(of) == *module)
        .map(|(_, function)| function.clone())
        .collect();
    let listed: Vec<_> = kernel_blacklist::initcalls(&facts.command_line).collect();
    let blacklisted =
        !functions.is_empty() && functions.iter().all(|one| listed.contains(&one.as_slice()));
    Ok(KernelState::BuiltIn { functions, blacklisted })
}

fn ways(world: &dyn Inventory, module: &ModuleName) -> Result<Vec<Way>, Problem> {
    let mut ways = Vec::new();
    let mut attempt = |way: WayIn, query: Vec<u8>, rules: Rules| -> Result<(), Problem> {
        let outcome = match simulate(world, &query, module, rules) {
            // A line with a bracket without its partner asks for nothing.
            Err(Problem::UnmatchedBracket { .. }) => Outcome::Elsewhere,
            outcome => outcome?,
        };
        if outcome != Outcome::Elsewhere {
            ways.push(Way { way, query, outcome });
        }
        Ok(())
    };
    let by_name = Rules::default();
    let obedient = Rules { blacklists_names: true };
    attempt(WayIn::Name, module.as_bytes().to_vec(), by_name)?;
    for pattern in alias_patterns(world, module)? {
        if let Some(query) = witness(&pattern) {
            attempt(WayIn::Alias, query, by_name)?;
        }
    }
    for user in Kinship::of(world)?.needed_by(module) {
        attempt(WayIn::Dependent, user.as_bytes().to_vec(), by_name)?;
    }
    for user in softdep_users(world, module) {
        attempt(WayIn::Softdep, user, by_name)?;
    }
    for line in world.boot_lines() {
        let query = line.name.clone();
        attempt(WayIn::Boot(line), query, obedient)?;
    }
    for device in world.devices() {
        attempt(WayIn::Device(device.path), device.modalias, obedient)?;
    }
    Ok(ways)
}

/// The patterns by which a module is known, of its file and of the configuration.
fn alias_patterns(world: &dyn Inventory, module: &ModuleName) -> Result<Vec<Vec<u8>>, Problem> {
    let mut patterns: Vec<Vec<u8>> = Vec::new();
    let of_files = world.aliases()?.into_iter().filter(|(_, owner)| owner == module);
    patterns.extend(of_files.map(|(pattern, _)| pattern));
    patterns.extend(world.configuration().entries.iter().filter_map(
        |entry| match &entry.directive {
            Directive::Alias { pattern, module: target } if target == module => {
                Some(pattern.clone())
            }
            _ => None,
        },
    ));
    Ok(patterns)
}

/// The modules whose softdep lines name a module.
fn softdep_users(world: &dyn Inventory, module: &ModuleName) -> Vec<Vec<u8>> {
    let names = |words: &[Vec<u8>]| words.iter().any(|word| ModuleName::new(word) == *module);
    let entries = world.configuration().entries.iter();
    let users = entries.filter_map(|entry| match &entry.directive {
        Directive::Softdep { pattern, pre, post } if names(pre) || names(post) => witness(pattern),
        _ => None,
    });
    users.collect()
}
