//! The list of modules a load needs: hard dependencies, soft ones, and the order between them. What
//! is done for each is planned elsewhere.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::plan::Reason;
use crate::problem::Problem;
use crate::resolve::{Match, resolve};
use crate::world::World;

/// One place in the list. A module may stand in several: kmod's list has duplicates, and so has ours.
pub(super) struct Listed {
    pub(super) subject: Match,
    pub(super) reason: Reason,
    pub(super) required: bool,
    pub(super) commands: Commands,
}

/// Whether a module's install command counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commands {
    /// The request says that it does not.
    Ignored,
    /// It does.
    Obeyed,
    /// The module has a soft dependency, and for kmod that means it does not.
    SwitchedOffBySoftdep,
}

/// A module as kmod tells modules apart: the same name through another alias is another one.
type Identity = (ModuleName, Option<Vec<u8>>);

pub(super) struct Lister<'w> {
    world: &'w dyn World,
    /// What is still to be done, last first: a softdep chain of any length needs no call stack.
    work: Vec<Work>,
    visited: BTreeSet<Identity>,
    list: Vec<Listed>,
}

enum Work {
    /// Lists a module between what its softdep wants before it and after it.
    Add(Match, Reason),
    /// Puts a module on the list.
    Push(Match, Reason, Commands),
    /// Lists a module behind its dependencies, unless that was done.
    Visit(Match, Reason),
}

impl<'w> Lister<'w> {
    pub(super) fn new(world: &'w dyn World) -> Self {
        Self { world, work: Vec::new(), visited: BTreeSet::new(), list: Vec::new() }
    }

    /// Lists the requested module, what it needs, and what its softdeps ask for.
    pub(super) fn list(
        mut self,
        requested: &Match,
        ignore_commands: bool,
    ) -> Result<Vec<Listed>, Problem> {
        let needed = dependencies(self.world, requested)?;
        let required: BTreeSet<Identity> = needed.iter().chain([requested]).map(identity).collect();
        self.visited.insert(identity(requested));
        self.work.push(match ignore_commands {
            true => Work::Push(requested.clone(), Reason::Asked, Commands::Ignored),
            false => Work::Add(requested.clone(), Reason::Asked),
        });
        self.add_dependencies(requested, needed);
        while let Some(work) = self.work.pop() {
            self.carry_out(work)?;
        }
        for listed in &mut self.list {
            listed.required = required.contains(&identity(&listed.subject));
        }
        Ok(self.list)
    }

    fn carry_out(&mut self, work: Work) -> Result<(), Problem> {
        match work {
            Work::Add(subject, reason) => self.add(subject, reason)?,
            Work::Push(subject, reason, commands) => {
                self.list.push(Listed { subject, reason, required: false, commands });
            }
            Work::Visit(subject, reason) => {
                if self.visited.insert(identity(&subject)) {
                    let needed = dependencies(self.world, &subject)?;
                    self.work.push(Work::Add(subject.clone(), reason));
                    self.add_dependencies(&subject, needed);
                }
            }
        }
        Ok(())
    }

    fn add_dependencies(&mut self, user: &Match, dependencies: Vec<Match>) {
        let reason = || Reason::NeededBy(user.module.clone());
        self.work.extend(dependencies.into_iter().rev().map(|needed| Work::Add(needed, reason())));
    }

    /// Does not ask `visited` about the module itself, only about what its softdep leads to: so one
    /// module can be listed twice, as by kmod.
    fn add(&mut self, subject: Match, reason: Reason) -> Result<(), Problem> {
        let (pre, post) = softdeps(self.world, &subject)?;
        let commands = match pre.is_empty() && post.is_empty() {
            true => Commands::Obeyed,
            false => Commands::SwitchedOffBySoftdep,
        };
        let softdep = Reason::Softdep(subject.module.clone());
        let visit = |wanted| Work::Visit(wanted, softdep.clone());
        self.work.extend(post.into_iter().rev().map(visit));
        self.work.push(Work::Push(subject, reason, commands));
        self.work.extend(pre.into_iter().rev().map(visit));
        Ok(())
    }
}

/// The modules that a module's softdep line leads to: those before it and those after it.
pub fn softdeps(world: &dyn World, subject: &Match) -> Result<(Vec<Match>, Vec<Match>), Problem> {
    let Some(softdep) = world.configuration().softdep(&subject.module) else {
        return Ok((Vec::new(), Vec::new()));
    };
    Ok((resolve_all(world, softdep.pre)?, resolve_all(world, softdep.post)?))
}

/// The modules that a module's weakdep line leads to.
pub fn weakdeps(world: &dyn World, subject: &Match) -> Result<Vec<Match>, Problem> {
    resolve_all(world, world.configuration().weakdep(&subject.module))
}

/// Resolves each word of a softdep; a word that nothing answers to is passed over.
fn resolve_all(world: &dyn World, words: &[Vec<u8>]) -> Result<Vec<Match>, Problem> {
    let mut matches = Vec::new();
    for word in words {
        match resolve(world, word) {
            Ok(found) => matches.extend(found),
            Err(Problem::UnmatchedBracket { .. }) => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(matches)
}

/// The files that modules.dep lists for a module, deepest first: the order they are loaded in.
pub fn dependencies(world: &dyn World, subject: &Match) -> Result<Vec<Match>, Problem> {
    let Some(file) = world.module_file(subject.module.as_bytes())? else {
        return Ok(Vec::new());
    };
    Ok(file.dependencies.iter().rev().map(|path| dependency(path)).collect())
}

fn dependency(path: &[u8]) -> Match {
    let named = Match::of_name(ModuleName::of_path(path));
    Match { path: Some(path.into()), ..named }
}

fn identity(subject: &Match) -> Identity {
    (subject.module.clone(), subject.alias.clone())
}
