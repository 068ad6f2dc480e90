//! From what asks for a module to the module: a device, the boot list or the kernel, and the modules
//! between.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use kmodctl_format::configuration::Directive;
use kmodctl_format::{ModuleName, pattern};

use super::requests::{Asked, add, by_uses};
use crate::configuration::Origin;
use crate::inventory::{BootLine, Device, Inventory};
use crate::kinship::Kinship;
use crate::problem::Problem;
use crate::request::{Request, requests};
use crate::resolve::resolve;
use crate::want::Want;

/// One reason for a module to be in the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What it begins with.
    pub root: Root,
    /// From the module that the root asks for to the one that is explained; empty when it is the
    /// same.
    pub links: Vec<Link>,
}

/// What a chain begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// The list of modules to load at boot.
    Boot(BootLine),
    /// A device.
    Device(Device),
    /// Something on the machine has the kernel ask for it.
    Request(Asked),
    /// The module named here is in the kernel, and nothing on the machine tells why.
    Unknown {
        /// The module.
        module: ModuleName,
        /// How the kernel would have asked for it, if it was not a person.
        requests: Vec<Request>,
    },
}

/// A step from one module to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The module that brings the other.
    pub user: ModuleName,
    /// The module that is brought.
    pub used: ModuleName,
    /// How.
    pub how: How,
}

/// How one module brings another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It needs it.
    Needs,
    /// A softdep line of its asks for it.
    Softdep(Origin),
}

/// Finds what asks for a module: directly first, then through fewer modules before more.
///
/// Of a module that is in the kernel only users count that are there as well.
pub fn why(world: &dyn Inventory, module: &ModuleName) -> Result<Vec<Chain>, Problem> {
    let search = Search::new(world, module)?;
    let mut chains = Vec::new();
    let mut queue = VecDeque::from([(module.clone(), Vec::<Link>::new())]);
    let mut seen = BTreeSet::from([module.clone()]);
    while let Some((at, links)) = queue.pop_front() {
        let mut roots = search.roots(&at)?;
        let users = search.users(&at);
        if roots.is_empty() && users.is_empty() && search.is_loaded {
            roots.push(Root::Unknown { module: at.clone(), requests: requests(world, &at)? });
        }
        chains.extend(roots.into_iter().map(|root| Chain { root, links: links.clone() }));
        for (user, how) in users {
            if seen.insert(user.clone()) {
                let mut links = links.clone();
                links.insert(0, Link { user: user.clone(), used: at.clone(), how });
                queue.push_back((user, links));
            }
        }
    }
    Ok(chains)
}

struct Search<'a> {
    world: &'a dyn Inventory,
    kinship: Kinship,
    /// What asks for each module.
    roots: BTreeMap<ModuleName, Vec<Root>>,
    /// Whether the module that is explained is in the kernel.
    is_loaded: bool,
}

impl<'a> Search<'a> {
    fn new(world: &'a dyn Inventory, module: &ModuleName) -> Result<Self, Problem> {
        let mut roots: BTreeMap<ModuleName, Vec<Root>> = BTreeMap::new();
        let mut note = |query: &[u8], root: Root| -> Result<(), Problem> {
            for module in found(world, query)? {
                let known = roots.entry(module).or_default();
                if !known.contains(&root) {
                    known.push(root.clone());
                }
            }
            Ok(())
        };
        for device in world.devices() {
            note(&device.modalias, Root::Device(device.clone()))?;
        }
        for line in world.boot_lines() {
            note(&line.name, Root::Boot(line.clone()))?;
        }
        let mut search = Self {
            world,
            kinship: Kinship::of(world)?,
            roots,
            is_loaded: world.state(module).is_some(),
        };
        search.note_wants()?;
        Ok(search)
    }

    /// Adds what has the kernel ask. Of a module that is not in the kernel only what may still come
    /// counts: what is there already was served by another one.
    fn note_wants(&mut self) -> Result<(), Problem> {
        for Want { request, sign } in self.world.wants() {
            let Some(asked) = Request::of(&request) else { continue };
            for module in found(self.world, &request)? {
                if self.world.state(&module).is_some() || !sign.is_past() {
                    let known = self.roots.entry(module).or_default();
                    add(known, [asked.clone()].into(), sign.clone());
                }
            }
        }
        Ok(())
    }

    /// What asks for a module itself.
    fn roots(&self, module: &ModuleName) -> Result<Vec<Root>, Problem> {
        let mut roots = self.roots.get(module).cloned().unwrap_or_default();
        if self.world.state(module).is_some() {
            by_uses(self.world, module, &mut roots)?;
        }
        for root in &mut roots {
            if let Root::Request(asked) = root {
                // What is there tells more than what a file announces.
                asked.signs.sort_by_key(|sign| !sign.is_past());
            }
        }
        Ok(roots)
    }

    /// What brings a module without anything in between.
    fn users(&self, module: &ModuleName) -> Vec<(ModuleName, How)> {
        let needed = self.kinship.needed_directly_by(module).into_iter();
        let needed = needed.map(|user| (user.clone(), How::Needs));
        let counts =
            |(user, _): &(ModuleName, How)| !self.is_loaded || self.world.state(user).is_some();
        needed.chain(self.softdep_users(module)).filter(counts).collect()
    }

    fn softdep_users(&self, module: &ModuleName) -> Vec<(ModuleName, How)> {
        let names = |words: &[Vec<u8>]| words.iter().any(|word| ModuleName::new(word) == *module);
        let mut users = Vec::new();
        for entry in &self.world.configuration().entries {
            let Directive::Softdep { pattern, pre, post } = &entry.directive else { continue };
            if !names(pre) && !names(post) {
                continue;
            }
            let matching =
                self.kinship.modules().filter(|user| pattern::matches(pattern, user.as_bytes()));
            // Only the first softdep line of a module counts.
            let counts = |user: &&ModuleName| {
                let line = self.world.configuration().softdep_line(user);
                line.is_some_and(|line| line.origin == entry.origin)
            };
            let how = || How::Softdep(entry.origin.clone());
            users.extend(matching.filter(counts).map(|user| (user.clone(), how())));
        }
        users
    }
}

/// The modules that answer to a name or an alias; none to one that cannot be read.
fn found(world: &dyn Inventory, query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
    let found = match resolve(world.world(), query) {
        Err(Problem::UnmatchedBracket { .. }) => Vec::new(),
        found => found?,
    };
    Ok(found.into_iter().map(|found| found.module).collect())
}
