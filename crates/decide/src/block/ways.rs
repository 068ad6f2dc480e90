//! Every way by which somebody could ask for a module in one kernel's tree or one image, each with
//! what comes of it.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::{Directive, words};
use kmodctl_format::pattern;

use super::simulate::{Leak, Outcome, Rules, simulate};
use super::witness::witness;
use crate::configuration::refuses;
use crate::inventory::{BootLine, Inventory};
use crate::kinship::Kinship;
use crate::problem::Problem;
use crate::resolve::resolve;
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
    /// The install command of another module.
    Command,
    /// Somebody, by the name of a module that needs it.
    Dependent,
    /// A device that is there.
    Device(Vec<u8>),
    /// Somebody, by its name.
    Name,
    /// Somebody, by the name of a module with a softdep on it.
    Softdep,
    /// The kernel, by a symbol that the module gives.
    Symbol,
}

/// Tries every way to a module; those that do not lead to it are left out.
pub fn ways(world: &dyn Inventory, module: &ModuleName) -> Result<Vec<Way>, Problem> {
    let mut ways = Ways { world, module, found: Vec::new() };
    let kinship = Kinship::of(world)?;
    ways.attempt(WayIn::Name, module.as_bytes().to_vec(), BY_NAME)?;
    for query in alias_queries(world, module)? {
        ways.attempt(WayIn::Alias, query, BY_NAME)?;
    }
    for (symbol, _) in world.symbols()?.into_iter().filter(|(_, owner)| owner == module) {
        ways.attempt(WayIn::Symbol, symbol, BY_NAME)?;
    }
    for user in kinship.needed_by(module) {
        ways.attempt(WayIn::Dependent, user.as_bytes().to_vec(), BY_NAME)?;
    }
    for user in softdep_users(world.world(), &kinship, module) {
        ways.attempt(WayIn::Softdep, user.as_bytes().to_vec(), BY_NAME)?;
    }
    ways.commands()?;
    for line in world.boot_lines() {
        let query = line.name.clone();
        ways.attempt(WayIn::Boot(line), query, OBEDIENT)?;
    }
    for device in world.devices() {
        ways.attempt(WayIn::Device(device.path), device.modalias, OBEDIENT)?;
    }
    Ok(ways.found)
}

/// Somebody who calls modprobe.
const BY_NAME: Rules = Rules { blacklists_names: false };
/// udev and systemd-modules-load.
const OBEDIENT: Rules = Rules { blacklists_names: true };

struct Ways<'a> {
    world: &'a dyn Inventory,
    module: &'a ModuleName,
    found: Vec<Way>,
}

impl Ways<'_> {
    fn attempt(&mut self, way: WayIn, query: Vec<u8>, rules: Rules) -> Result<(), Problem> {
        let outcome = match simulate(self.world.world(), &query, self.module, rules) {
            // A line with a bracket without its partner asks for nothing.
            Err(Problem::UnmatchedBracket { .. }) => Outcome::Elsewhere,
            outcome => outcome?,
        };
        if outcome != Outcome::Elsewhere {
            self.found.push(Way { way, query, outcome });
        }
        Ok(())
    }

    /// Install commands of other modules that load this one: with insmod, or past its own lines, or
    /// as anybody would.
    fn commands(&mut self) -> Result<(), Problem> {
        let world = self.world;
        for entry in &world.configuration().entries {
            let Directive::Install { pattern, command } = &entry.directive else { continue };
            let is_own = pattern::matches(pattern, self.module.as_bytes());
            if is_own || refuses(command) || !loads(command, self.module) {
                continue;
            }
            let passes = |word: &[u8]| {
                matches!(word, b"-i" | b"--ignore-install") || word.ends_with(b"insmod")
            };
            if words(command).any(passes) {
                let outcome = Outcome::Leaks(Leak::Command(entry.origin.clone()));
                self.found.push(Way { way: WayIn::Command, query: pattern.clone(), outcome });
            } else {
                self.attempt(WayIn::Command, self.module.as_bytes().to_vec(), BY_NAME)?;
            }
        }
        Ok(())
    }
}

/// Whether a command calls a loader for this module, as far as its words tell.
fn loads(command: &[u8], module: &ModuleName) -> bool {
    loaded_by(command).any(|loaded| loaded == *module)
}

/// What a command may load: the words, as names, of each part of it that calls a loader.
pub(super) fn loaded_by(command: &[u8]) -> impl Iterator<Item = ModuleName> {
    let is_loader = |word: &[u8]| word.ends_with(b"modprobe") || word.ends_with(b"insmod");
    let parts = command.split(|byte| b";&|()".contains(byte));
    parts.filter(move |part| words(part).any(is_loader)).flat_map(words).map(ModuleName::of_path)
}

/// Texts that the patterns match by which a module is known, of its file and of the configuration.
fn alias_queries(world: &dyn Inventory, module: &ModuleName) -> Result<Vec<Vec<u8>>, Problem> {
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
    Ok(patterns.iter().filter_map(|pattern| witness(pattern)).collect())
}

/// The modules whose softdep lines lead to a module.
fn softdep_users(world: &dyn World, kinship: &Kinship, module: &ModuleName) -> Vec<ModuleName> {
    let leads = |word: &Vec<u8>| {
        let found = resolve(world, word).unwrap_or_default();
        found.iter().any(|found| found.module == *module)
    };
    let mut users = Vec::new();
    for entry in &world.configuration().entries {
        let Directive::Softdep { pattern, pre, post } = &entry.directive else { continue };
        if pre.iter().chain(post).any(leads) {
            let matching = kinship.modules().filter(|name| {
                pattern::matches(pattern, name.as_bytes()) && !users.contains(*name)
            });
            let matching: Vec<_> = matching.cloned().collect();
            users.extend(matching);
        }
    }
    users
}
