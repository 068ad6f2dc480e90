//! The proof of a block: every way in is tried by simulation, in every kernel's tree and in every
//! image, and the kernel's own state is looked at. What a way comes to says which line holds it, or
//! which lets it through.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use kmodctl_format::{ModuleName, kernel_blacklist};

use super::hint::{Hint, hints};
use super::image::{ImageState, image_state};
use super::simulate::Outcome;
use super::ways::{Way, WayIn, ways};
use crate::configuration::refuses;
use crate::image::Image;
use crate::inventory::{Engine, Inventory};
use crate::kinship::Kinship;
use crate::plan::CommandKind;
use crate::problem::Problem;

/// What comes of all ways to one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The module.
    pub module: ModuleName,
    /// It is in the kernel now.
    pub is_loaded: bool,
    /// The kernels, each with the ways in its tree.
    pub kernels: Vec<KernelVerification>,
    /// The images, each with what it makes of the module.
    pub images: Vec<(Vec<u8>, ImageState)>,
    /// What answers the kernel when it wants a module.
    pub engine: Option<Engine>,
    /// The kernel keeps it out itself, whoever loads it: `module_blacklist=`, `modules_disabled`.
    pub kept_out_by_kernel: bool,
    /// Lines that were meant to block it and do not.
    pub hints: Vec<Hint>,
    /// What only it needs: a request loads that before it is refused.
    pub still_loads: BTreeSet<ModuleName>,
}

/// What comes of the ways in one kernel's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelVerification {
    /// The kernel.
    pub release: Vec<u8>,
    /// How it holds the module; that it is loaded is known of the machine only.
    pub state: KernelState,
    /// The ways that lead to it.
    pub ways: Vec<Way>,
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

/// What is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// No way leads in.
    Holds,
    /// One does.
    Leaks,
    /// None was found, but not all could be tried.
    Unproven,
}

impl Verification {
    /// What is proved.
    pub fn proof(&self) -> Proof {
        let in_kernel = self.is_loaded || self.kernels.iter().any(KernelVerification::starts_it);
        match (in_kernel, self.kept_out_by_kernel) {
            (true, _) => Proof::Leaks,
            (false, true) => Proof::Holds,
            (false, false) if self.configuration_leaks() => Proof::Leaks,
            (false, false) if self.is_in_the_dark() => Proof::Unproven,
            (false, false) => Proof::Holds,
        }
    }

    /// Whether the engine that the kernel calls passes over install lines, and the module is there.
    pub fn engine_leaks(&self) -> bool {
        let passes = matches!(
            self.engine,
            Some(Engine::Booster(_) | Engine::Busybox(_) | Engine::Toybox(_))
        );
        passes && self.ways().any(|way| way.way == WayIn::Name)
    }

    /// How many ways were tried; that a kernel starts the module itself is one.
    pub fn tried(&self) -> usize {
        let built_in = |kernel: &&KernelVerification| kernel.state != KernelState::Absent;
        let starts = self.kernels.iter().filter(built_in).count();
        self.ways().count() + self.images.len() + starts
    }

    fn ways(&self) -> impl Iterator<Item = &Way> {
        self.kernels.iter().flat_map(|kernel| &kernel.ways)
    }

    fn configuration_leaks(&self) -> bool {
        self.ways().any(|way| matches!(way.outcome, Outcome::Leaks(_)))
            || self.images.iter().any(|(_, state)| state.leaks())
            || self.engine_leaks()
    }

    fn is_in_the_dark(&self) -> bool {
        let engine = matches!(self.engine, Some(Engine::Other(_)));
        let is_dark = |state: &ImageState| {
            matches!(state, ImageState::CannotTell(_) | ImageState::Unknown(_))
        };
        engine || self.images.iter().any(|(_, state)| is_dark(state))
    }
}

impl KernelVerification {
    /// Whether the module starts with this kernel.
    fn starts_it(&self) -> bool {
        matches!(self.state, KernelState::BuiltIn { blacklisted: false, .. })
    }
}

/// Tries every way to a module: in the trees of these kernels, by their releases, and in these
/// images. What the machine's own kernel says is asked of the first one.
pub fn verify(
    kernels: &[(Vec<u8>, &dyn Inventory)],
    module: &ModuleName,
    images: &[Image],
) -> Result<Verification, Problem> {
    let mut verification = Verification {
        module: module.clone(),
        is_loaded: false,
        kernels: Vec::new(),
        images: Vec::new(),
        engine: None,
        kept_out_by_kernel: false,
        hints: Vec::new(),
        still_loads: BTreeSet::new(),
    };
    for (number, (release, world)) in kernels.iter().enumerate() {
        if number == 0 {
            let facts = world.kernel_facts();
            // The kernel compares bytes, so that `b-c` never meets the module `b_c`.
            let mut listed = kernel_blacklist::modules(&facts.command_line);
            verification.kept_out_by_kernel =
                facts.modules_disabled || listed.any(|listed| listed == module.as_bytes());
            verification.engine = facts.modprobe;
            verification.is_loaded = kernel_state(*world, module)? == KernelState::Loaded;
            verification.hints = hints(*world, module)?;
        }
        verification.kernels.push(of_kernel(*world, release, module)?);
        verification.still_loads.extend(still_loads(*world, module)?);
    }
    for image in images {
        verification.images.push((image.path.clone(), image_state(image, module)?));
    }
    Ok(verification)
}

fn of_kernel(
    world: &dyn Inventory,
    release: &[u8],
    module: &ModuleName,
) -> Result<KernelVerification, Problem> {
    let state = match kernel_state(world, module)? {
        KernelState::Loaded => KernelState::Absent,
        state => state,
    };
    let ways = match state {
        // There is no file that a request could load.
        KernelState::BuiltIn { .. } => Vec::new(),
        _ => ways(world, module)?,
    };
    Ok(KernelVerification { release: release.to_vec(), state, ways })
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

/// What only the module needs and no line refuses.
fn still_loads(
    world: &dyn Inventory,
    module: &ModuleName,
) -> Result<BTreeSet<ModuleName>, Problem> {
    let mut needed = Kinship::of(world)?.needed_only_by(&[module.clone()].into());
    let command = |needed: &ModuleName| world.configuration().command(CommandKind::Install, needed);
    needed.retain(|needed| !command(needed).is_some_and(refuses));
    Ok(needed)
}
