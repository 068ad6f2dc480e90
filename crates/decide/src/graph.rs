//! A module among its kin: what it needs and what needs it, as nodes on levels with edges between
//! them. How that is drawn is the door's.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::Directive;

use crate::inventory::Inventory;
use crate::kinship::Kinship;
use crate::problem::Problem;
use crate::resolve::resolve;

/// A module and its kin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// The nodes; the module that is meant is the first.
    pub nodes: Vec<Node>,
    /// Who needs whom, as places in `nodes`, in their order.
    pub edges: Vec<Edge>,
    /// How many modules it needs.
    pub needs: usize,
    /// How many modules need it.
    pub needed_by: usize,
}

/// One place of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What stands there.
    pub what: What,
    /// 0 for the module that is meant, above it for what it needs, below for what needs it: each
    /// module farther out than all that it stands between.
    pub level: i32,
}

/// What stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A module.
    Module {
        /// Its name.
        module: ModuleName,
        /// Where its code is.
        state: State,
        /// How many modules that need it are left out.
        hidden: usize,
    },
    /// So many more modules that need the module that is meant.
    More(usize),
}

/// Where a module's code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In the kernel image.
    BuiltIn,
    /// In the kernel.
    Loaded,
    /// In a file alone.
    NotLoaded,
}

/// One module needs another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The place of the one that needs.
    pub from: usize,
    /// The place of the one that is needed.
    pub to: usize,
    /// How it is needed.
    pub kind: Need,
}

/// How a module is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// By its symbols.
    Symbols,
    /// By a softdep: it is loaded before or after, if it is there.
    Softdep,
}

/// Gathers the kin of a module. Of more than `most` modules that need it, those are shown that are
/// loaded, then those that most others need.
pub fn graph(
    world: &dyn Inventory,
    kinship: &Kinship,
    module: &ModuleName,
    most: usize,
) -> Result<Graph, Problem> {
    let soft = Soft::of(world, module)?;
    let needs: BTreeSet<&ModuleName> = kinship.needs(module).iter().chain(&soft.needs).collect();
    let users: BTreeSet<&ModuleName> = kinship.needed_by(module).chain(&soft.needed_by).collect();
    let shown = Shown::of(world, kinship, module, &users, most);
    let mut levels = levels_of_users(kinship, &shown.users);
    levels.extend(levels_of_needs(kinship, &needs));
    let mut graph =
        Graph { nodes: Vec::new(), edges: Vec::new(), needs: needs.len(), needed_by: users.len() };
    graph.add(world, module, 0, 0)?;
    for (name, level) in &levels {
        graph.add(world, name, *level, shown.hidden.get(*name).copied().unwrap_or(0))?;
    }
    graph.connect(kinship, &soft, module);
    if shown.more > 0 {
        graph.nodes.push(Node { what: What::More(shown.more), level: -1 });
        let from = graph.nodes.len() - 1;
        graph.edges.push(Edge { from, to: 0, kind: Need::Symbols });
    }
    graph.edges.sort_unstable();
    Ok(graph)
}

impl Graph {
    fn add(
        &mut self,
        world: &dyn Inventory,
        module: &ModuleName,
        level: i32,
        hidden: usize,
    ) -> Result<(), Problem> {
        let state = if world.is_builtin(module.as_bytes())? {
            State::BuiltIn
        } else if world.state(module).is_some() {
            State::Loaded
        } else {
            State::NotLoaded
        };
        let what = What::Module { module: module.clone(), state, hidden };
        self.nodes.push(Node { what, level });
        Ok(())
    }

    fn connect(&mut self, kinship: &Kinship, soft: &Soft, center: &ModuleName) {
        let places: BTreeMap<ModuleName, usize> = self
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(place, node)| Some((node.what.module()?.clone(), place)))
            .collect();
        for (module, from) in &places {
            for needed in kinship.needs_directly(module) {
                // Between what needs the module and what it needs stands the module itself.
                let skips = self.nodes[*from].level < 0 && self.level_of(&places, needed) > 0;
                if let (Some(to), false) = (places.get(needed), skips) {
                    self.edges.push(Edge { from: *from, to: *to, kind: Need::Symbols });
                }
            }
        }
        let mut add_soft = |from: &ModuleName, to: &ModuleName| {
            // What it cannot do without anyway needs no second line.
            let is_needed = kinship.needs(from).contains(to);
            if let (Some(from), Some(to), false) = (places.get(from), places.get(to), is_needed) {
                self.edges.push(Edge { from: *from, to: *to, kind: Need::Softdep });
            }
        };
        soft.needs.iter().for_each(|needed| add_soft(center, needed));
        soft.needed_by.iter().for_each(|user| add_soft(user, center));
    }

    fn level_of(&self, places: &BTreeMap<ModuleName, usize>, module: &ModuleName) -> i32 {
        places.get(module).map_or(0, |place| self.nodes[*place].level)
    }
}

impl What {
    /// The module that stands there.
    pub fn module(&self) -> Option<&ModuleName> {
        match self {
            Self::Module { module, .. } => Some(module),
            Self::More(_) => None,
        }
    }
}

/// The soft kin of a module.
struct Soft {
    needs: BTreeSet<ModuleName>,
    needed_by: BTreeSet<ModuleName>,
}

impl Soft {
    fn of(world: &dyn Inventory, module: &ModuleName) -> Result<Self, Problem> {
        let mut soft = Self { needs: BTreeSet::new(), needed_by: BTreeSet::new() };
        if let Some(softdep) = world.configuration().softdep(module) {
            for word in softdep.pre.iter().chain(softdep.post) {
                let found = resolve(world.world(), word)?.into_iter();
                soft.needs.extend(found.map(|found| found.module).filter(|found| found != module));
            }
        }
        for entry in &world.configuration().entries {
            let Directive::Softdep { pattern, pre, post } = &entry.directive else { continue };
            let names_it = |word: &Vec<u8>| ModuleName::new(word) == *module;
            let user = ModuleName::new(pattern);
            let is_there = || world.module_file(user.as_bytes()).is_ok_and(|file| file.is_some());
            if pre.iter().chain(post).any(names_it) && user != *module && is_there() {
                soft.needed_by.insert(user);
            }
        }
        Ok(soft)
    }
}

/// Which of the modules that need a module are shown.
struct Shown<'a> {
    users: BTreeSet<&'a ModuleName>,
    /// How many that need one of them are not shown.
    hidden: BTreeMap<&'a ModuleName, usize>,
    /// How many direct users are not shown.
    more: usize,
}

impl<'a> Shown<'a> {
    fn of(
        world: &dyn Inventory,
        kinship: &'a Kinship,
        module: &ModuleName,
        users: &BTreeSet<&'a ModuleName>,
        most: usize,
    ) -> Self {
        if users.len() <= most {
            return Self { users: users.clone(), hidden: BTreeMap::new(), more: 0 };
        }
        let is_direct = |user: &&&ModuleName| {
            let needed = kinship.needs_directly(user);
            needed.contains(&module) || !kinship.needs(user).contains(module)
        };
        let mut direct: Vec<&ModuleName> = users.iter().filter(is_direct).copied().collect();
        let rank = |user: &&ModuleName| {
            let is_loaded = world.state(user).is_some();
            (!is_loaded, usize::MAX - kinship.needed_by(user).count(), (*user).clone())
        };
        direct.sort_by_cached_key(rank);
        // A place that counts one is no smaller than the one that it counts.
        let most = if direct.len() == most + 1 { direct.len() } else { most };
        let shown: BTreeSet<_> = direct.iter().take(most).copied().collect();
        let indirect = |user: &ModuleName| kinship.needed_by(user).count();
        let hidden = shown.iter().map(|user| (*user, indirect(user))).collect();
        Self { users: shown, hidden, more: direct.len().saturating_sub(most) }
    }
}

/// The levels of what a module needs: one more than the farthest of those that need it.
fn levels_of_needs<'a>(
    kinship: &Kinship,
    needs: &BTreeSet<&'a ModuleName>,
) -> BTreeMap<&'a ModuleName, i32> {
    settle(needs, |one, levels| {
        let users = needs.iter().filter(|user| kinship.needs(user).contains(one));
        users.filter_map(|user| levels.get(*user)).max().map_or(1, |level| level + 1)
    })
}

/// The levels of what needs a module: one less than the farthest of those that they need.
fn levels_of_users<'a>(
    kinship: &Kinship,
    users: &BTreeSet<&'a ModuleName>,
) -> BTreeMap<&'a ModuleName, i32> {
    settle(users, |one, levels| {
        let needed = users.iter().filter(|needed| kinship.needs(one).contains(needed));
        needed.filter_map(|needed| levels.get(*needed)).min().map_or(-1, |level| level - 1)
    })
}

/// Asks for the level of each module until none changes any more. Modules that need each other, which
/// depmod does not write, end it as well.
fn settle<'a>(
    modules: &BTreeSet<&'a ModuleName>,
    level: impl Fn(&ModuleName, &BTreeMap<&'a ModuleName, i32>) -> i32,
) -> BTreeMap<&'a ModuleName, i32> {
    let mut levels = BTreeMap::new();
    for _ in 0..=modules.len() {
        let next: BTreeMap<_, _> = modules.iter().map(|one| (*one, level(one, &levels))).collect();
        if next == levels {
            break;
        }
        levels = next;
    }
    levels
}
