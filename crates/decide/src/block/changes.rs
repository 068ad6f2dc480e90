//! What a block or its end changes: the file of our own, and the kernel where a module can go. It
//! says as well what the change will not reach.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::owned::{self, Stanza};
use super::simulate::{Hold, Leak, Outcome, Rules, simulate};
use super::verify::{KernelState, kernel_state};
use crate::file_change::FileChange;
use crate::hypothesis::Hypothesis;
use crate::inventory::Inventory;
use crate::kinship::Kinship;
use crate::plan::{Action, Forecast, Plan};
use crate::problem::Problem;
use crate::resolve::Match;
use crate::unload::{UnloadPolicy, plan_unload};

/// What is asked of a block or its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockRequest {
    /// The modules, as they were spelled.
    pub spellings: Vec<Vec<u8>>,
    /// Blocks as well the modules that only these need.
    pub with_unused: bool,
    /// Takes names that no installed kernel has.
    pub allow_absent: bool,
    /// The path of the file of our own.
    pub path: Vec<u8>,
    /// What it holds now.
    pub current: Option<Vec<u8>>,
}

/// What a block or its end comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockPlan {
    /// The change of our file; none when it is as it should be.
    pub change: Option<FileChange>,
    /// The steps that take modules out of the kernel.
    pub unload: Plan,
    /// The modules, in byte order.
    pub modules: Vec<Blocked>,
}

/// One module of a block, and what has to be known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The module.
    pub module: ModuleName,
    /// Why it is in the plan.
    pub why: Why,
    /// What it is in the kernel that is meant.
    pub kind: BlockedKind,
    /// What comes of a request by name when the change is made.
    pub afterwards: Outcome,
    /// The modules that need it, are not blocked themselves, and will not load either; in byte order.
    pub needed_by: Vec<ModuleName>,
    /// What it needs and is not blocked: a request loads that before it is refused.
    pub still_loads: Vec<ModuleName>,
    /// Those of them that only it, and what is blocked with it, needs.
    pub alone_needs: Vec<ModuleName>,
    /// Why it stays in the kernel for now.
    pub stays: Option<Problem>,
}

/// Why a module is in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Only the modules named here need it.
    AlongWith(Vec<ModuleName>),
    /// It was asked for.
    Asked,
}

/// What a module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockedKind {
    /// No installed kernel has it.
    Absent,
    /// A part of the kernel image: no file of modprobe.d keeps it from starting.
    BuiltIn {
        /// The functions that it starts with.
        functions: Vec<Vec<u8>>,
        /// They are kept from running already.
        blacklisted: bool,
    },
    /// A module.
    Module,
}

/// Plans a block. The first world is the kernel that is meant, the others are those installed.
pub fn block(worlds: &[&dyn Inventory], request: &BlockRequest) -> Result<BlockPlan, Problem> {
    let Some((world, _)) = worlds.split_first() else { return Ok(BlockPlan::default()) };
    let mut stanzas = current(request)?;
    let kinship = Kinship::of(*world)?;
    let asked: BTreeSet<ModuleName> = request.spellings.iter().map(ModuleName::new).collect();
    for spelling in &request.spellings {
        check_name(worlds, spelling, request.allow_absent)?;
        let spelling = file_spelling(worlds, spelling)?;
        add(&mut stanzas, Stanza { spelling, along_with: Vec::new() });
    }
    let alone = kinship.needed_only_by(&asked);
    let mut planned: Vec<(ModuleName, Why)> =
        asked.iter().map(|module| (module.clone(), Why::Asked)).collect();
    if request.with_unused {
        for module in &alone {
            let needs = |user: &&ModuleName| kinship.needs(user).contains(module);
            let users: Vec<_> = asked.iter().filter(needs).cloned().collect();
            let spelled = |user: &ModuleName| file_spelling(worlds, user.as_bytes());
            let along_with = users.iter().map(spelled).collect::<Result<_, _>>()?;
            add(&mut stanzas, Stanza { spelling: spelled(module)?, along_with });
            planned.push((module.clone(), Why::AlongWith(users)));
        }
    }
    let after = owned::write(&stanzas);
    let hypothesis = Hypothesis::new(world.world(), &request.path, after.as_deref());
    let mut plan = BlockPlan {
        change: FileChange::between(&request.path, request.current.as_deref(), after.clone()),
        ..BlockPlan::default()
    };
    for (module, why) in planned {
        let stays = unload(*world, &module, &mut plan.unload)?;
        let is_open =
            |other: &&ModuleName| !stanzas.iter().any(|stanza| stanza.module() == **other);
        let still_loads: Vec<_> = kinship.needs(&module).iter().filter(is_open).cloned().collect();
        let is_alone = |needed: &&ModuleName| alone.contains(*needed);
        plan.modules.push(Blocked {
            kind: kind(worlds, &module)?,
            afterwards: simulate(&hypothesis, module.as_bytes(), &module, Rules::default())?,
            needed_by: kinship.needed_by(&module).filter(is_open).cloned().collect(),
            alone_needs: still_loads.iter().filter(is_alone).cloned().collect(),
            still_loads,
            stays,
            module,
            why,
        });
    }
    Ok(plan)
}

/// Plans the end of a block.
pub fn unblock(world: &dyn Inventory, request: &BlockRequest) -> Result<BlockPlan, Problem> {
    let mut stanzas = current(request)?;
    let mut plan = BlockPlan::default();
    let mut ended: Vec<(ModuleName, Why)> = Vec::new();
    for spelling in &request.spellings {
        let module = ModuleName::new(spelling);
        if !stanzas.iter().any(|stanza| stanza.module() == module) {
            return Err(Problem::NotBlocked { module });
        }
        stanzas.retain(|stanza| stanza.module() != module);
        for stanza in &mut stanzas {
            let before = stanza.along_with.len();
            stanza.along_with.retain(|user| ModuleName::new(user) != module);
            if before > 0 && stanza.along_with.is_empty() {
                ended.push((stanza.module(), Why::AlongWith([module.clone()].into())));
            }
        }
        stanzas.retain(|stanza| !ended.iter().any(|(ended, _)| stanza.module() == *ended));
        ended.push((module, Why::Asked));
    }
    ended.sort_by(|left, right| left.0.cmp(&right.0));
    let after = owned::write(&stanzas);
    let hypothesis = Hypothesis::new(world.world(), &request.path, after.as_deref());
    plan.change = FileChange::between(&request.path, request.current.as_deref(), after.clone());
    for (module, why) in ended {
        plan.modules.push(Blocked {
            kind: kind(&[world], &module)?,
            afterwards: simulate(&hypothesis, module.as_bytes(), &module, Rules::default())?,
            needed_by: Vec::new(),
            still_loads: Vec::new(),
            alone_needs: Vec::new(),
            stays: None,
            module,
            why,
        });
    }
    Ok(plan)
}

/// The modules that a file of ours blocks, in its order; a file that is not ours is a problem.
pub fn blocked_modules(path: &[u8], current: Option<&[u8]>) -> Result<Vec<ModuleName>, Problem> {
    let request = BlockRequest {
        path: path.to_vec(),
        current: current.map(<[u8]>::to_vec),
        ..BlockRequest::default()
    };
    Ok(self::current(&request)?.iter().map(Stanza::module).collect())
}

impl Blocked {
    /// The line of somebody else that lets the module through all the same.
    pub fn rival(&self) -> Option<&Leak> {
        match &self.afterwards {
            Outcome::Leaks(leak) if self.kind == BlockedKind::Module => Some(leak),
            _ => None,
        }
    }

    /// The line of somebody else that keeps the module out.
    pub fn other_hold(&self) -> Option<&Hold> {
        match &self.afterwards {
            Outcome::Held(hold) => Some(hold),
            _ => None,
        }
    }
}

fn current(request: &BlockRequest) -> Result<Vec<Stanza>, Problem> {
    match &request.current {
        None => Ok(Vec::new()),
        Some(bytes) => {
            owned::read(bytes).ok_or_else(|| Problem::FileForeign { file: request.path.clone() })
        }
    }
}

/// Adds a stanza; one that was asked for stays so when it comes along again, and one that comes
/// along with more modules is kept for all of them.
fn add(stanzas: &mut Vec<Stanza>, stanza: Stanza) {
    match stanzas.iter_mut().find(|known| known.module() == stanza.module()) {
        Some(known) if stanza.along_with.is_empty() => *known = stanza,
        Some(known) if known.along_with.is_empty() => {}
        Some(known) => {
            known.along_with.extend(stanza.along_with);
            known.along_with.sort_unstable();
            known.along_with.dedup();
        }
        None => stanzas.push(stanza),
    }
}

fn check_name(
    worlds: &[&dyn Inventory],
    spelling: &[u8],
    allow_absent: bool,
) -> Result<(), Problem> {
    let module = ModuleName::new(spelling);
    let directory = worlds[0].module_directory().to_vec();
    let unusable = |byte: &u8| byte.is_ascii_whitespace() || b"*?[]\\#".contains(byte);
    let is_name = !spelling.is_empty() && !spelling.iter().any(unusable);
    if is_name && (allow_absent || kind(worlds, &module)? != BlockedKind::Absent) {
        return Ok(());
    }
    Err(Problem::NotFound { query: spelling.to_vec(), directory })
}

/// The spelling of the module's file in the first kernel that has it, else the one given.
fn file_spelling(worlds: &[&dyn Inventory], spelling: &[u8]) -> Result<Vec<u8>, Problem> {
    let name = ModuleName::new(spelling);
    for world in worlds {
        if let Some(file) = world.module_file(name.as_bytes())? {
            return Ok(owned::spelling_of(&file.path).to_vec());
        }
    }
    Ok(spelling.to_vec())
}

fn kind(worlds: &[&dyn Inventory], module: &ModuleName) -> Result<BlockedKind, Problem> {
    let mut kind = BlockedKind::Absent;
    for world in worlds {
        if let KernelState::BuiltIn { functions, blacklisted } = kernel_state(*world, module)? {
            return Ok(BlockedKind::BuiltIn { functions, blacklisted });
        }
        let is_there = world.module_file(module.as_bytes())?.is_some();
        if is_there || world.state(module).is_some() {
            kind = BlockedKind::Module;
        }
    }
    Ok(kind)
}

/// Adds the steps that take a module out, or says why it stays.
fn unload(
    world: &dyn Inventory,
    module: &ModuleName,
    all: &mut Plan,
) -> Result<Option<Problem>, Problem> {
    let is_removed = |all: &Plan, module: &ModuleName| {
        all.steps.iter().any(|step| step.subject == *module && is_removal(&step.action))
    };
    if world.state(module).is_none() || is_removed(all, module) {
        return Ok(None);
    }
    let plan =
        match plan_unload(world.world(), &Match::of_name(module.clone()), &UnloadPolicy::default())
        {
            Ok(plan) => plan,
            // What is built in as well as listed in sysfs cannot go; its kind tells the rest.
            Err(Problem::BuiltIn { .. }) => return Ok(None),
            Err(problem) => return Err(problem),
        };
    let mut steps = plan.steps;
    for step in &mut steps {
        let Forecast::Refused(problem) = &step.forecast else { continue };
        let goes_before = match problem {
            Problem::InUse { holders, references, .. } => {
                usize::try_from(*references) == Ok(holders.len())
                    && holders.iter().all(|holder| is_removed(all, holder))
            }
            _ => false,
        };
        if !goes_before {
            return Ok(Some(problem.clone()));
        }
        step.forecast = Forecast::Applies;
    }
    all.steps.extend(steps.into_iter().filter(|step| step.forecast == Forecast::Applies));
    Ok(None)
}

fn is_removal(action: &Action) -> bool {
    matches!(action, Action::Remove(_) | Action::Command(_))
}
