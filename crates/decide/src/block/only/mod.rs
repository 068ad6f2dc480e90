//! An allow-list: every module that the machine does not need is kept out. What it needs is found in
//! each installed kernel's own modules, and a kernel that would lose a driver in use refuses the
//! whole change. Only modules that are there are blocked, so that a kernel that comes later loses
//! nothing by a name of its own.

mod closure;
mod file;
mod others;
mod standing;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::block::spelling_of;
use crate::boot_list::check::renamed;
use crate::configuration::Origin;
use crate::errno::Errno;
use crate::file_change::FileChange;
use crate::hypothesis::Hypothesis;
use crate::inventory::{Device, Inventory};
use crate::load::list::softdeps;
use crate::named::meant;
use crate::problem::Problem;
use crate::resolve::Match;
use crate::world::World;

pub use closure::Because;
use closure::Closure;
pub use file::{FILE, KeptOut, OnlyFile, Trial};
pub use others::stale_in;
pub use standing::{Standing, standing};

/// What is asked of an allow-list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnlyRequest {
    /// What the administrator's list keeps.
    pub lines: Vec<KeepLine>,
    /// The other modules are loaded and told of, and not kept out.
    pub trial: bool,
    /// The path of the file of our own.
    pub path: Vec<u8>,
    /// What it holds now.
    pub current: Option<Vec<u8>>,
}

/// A line of the administrator's list: a module, a pattern of modules, or an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepLine {
    /// What is kept.
    pub name: Vec<u8>,
    /// The line's number, from 1.
    pub number: usize,
}

/// What an allow-list comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnlyPlan {
    /// The change of our file; none when it is as it should be.
    pub change: Option<FileChange>,
    /// The modules that are kept in, in byte order.
    pub kept: BTreeMap<ModuleName, Because>,
    /// The modules that are kept out, in byte order.
    pub blocked: Vec<ModuleName>,
    /// Those that get in all the same, and the line of others that counts before ours.
    pub rivals: Vec<(ModuleName, Origin)>,
    /// Lines of the list that keep nothing in any kernel, and the names that they may have meant.
    pub idle: Vec<(KeepLine, Vec<ModuleName>)>,
    /// Modules in the kernel now that another kernel has neither by this name nor by another: the
    /// kernel's release and the module.
    pub absent: Vec<(Vec<u8>, ModuleName)>,
}

/// A kernel with its release.
pub type Kernel<'a> = (Vec<u8>, &'a dyn Inventory);

/// Plans an allow-list. The first kernel is the one that is meant; modules of all of them are looked
/// at.
///
/// A kernel that lacks what drives a device now is [`Problem::DriverLost`]; what is loaded or which
/// devices there are that cannot be known is [`Problem::FileUnreadable`].
pub fn only(kernels: &[Kernel<'_>], request: &OnlyRequest) -> Result<OnlyPlan, Problem> {
    let mut plan = OnlyPlan::default();
    let Some((_, first)) = kernels.first() else { return Ok(plan) };
    let now = Now::of(*first)?;
    // The lines of our own file would hide what softdeps ask for.
    let worlds = kernels.iter().map(|(_, world)| world.world());
    let hypotheses: Vec<_> =
        worlds.map(|world| Hypothesis::new(world, &request.path, None)).collect();
    let mut search = Search { kernels, now, request, useful: BTreeSet::new() };
    let mut out = BTreeMap::new();
    for (kernel, hypothesis) in kernels.iter().zip(&hypotheses) {
        let files = kernel.1.module_files()?;
        let modules = files.iter().map(|(module, _)| module);
        for (module, because) in search.kept(kernel, hypothesis, modules, &mut plan.absent)? {
            plan.kept.entry(module).or_insert(because);
        }
        for (module, file) in files {
            out.entry(module).or_insert_with(|| spelling_of(&file.path).to_vec());
        }
    }
    let idle = request.lines.iter().filter(|line| !search.useful.contains(&line.number));
    plan.idle = idle.map(|line| (line.clone(), meant(*first, &line.name))).collect();
    out.retain(|module, _| !plan.kept.contains_key(module));
    let let_in = plan.kept.keys().cloned().collect();
    let file = OnlyFile { let_in, out: kept_out(&hypotheses, &out, request)? };
    plan.change = change(request, file.write())?;
    plan.blocked = out.into_keys().collect();
    plan.rivals = others::rivals(first.configuration(), &request.path, &plan.blocked);
    Ok(plan)
}

/// Plans the end of an allow-list; none stands when the file is not there.
pub fn end(request: &OnlyRequest) -> Result<Option<FileChange>, Problem> {
    change(request, None)
}

/// What the machine uses.
struct Now {
    loaded: Vec<ModuleName>,
    devices: Vec<Device>,
}

impl Now {
    fn of(world: &dyn Inventory) -> Result<Self, Problem> {
        let unreadable = |file: &[u8], errno| Problem::FileUnreadable { file: file.into(), errno };
        let loaded = world.loaded_modules();
        let loaded = loaded.map_err(|errno| unreadable(b"/proc/modules", errno))?;
        let devices = world.devices();
        if devices.is_empty() {
            return Err(unreadable(b"/sys/bus", Errno::ENOENT));
        }
        Ok(Self { loaded: loaded.into_iter().map(|module| module.name).collect(), devices })
    }
}

struct Search<'a> {
    kernels: &'a [Kernel<'a>],
    now: Now,
    request: &'a OnlyRequest,
    /// The numbers of the lines that kept something.
    useful: BTreeSet<usize>,
}

impl Search<'_> {
    /// What one kernel, without our file, has of all that the machine needs.
    fn kept<'m>(
        &mut self,
        (release, world): &Kernel<'_>,
        without: &Hypothesis<'_>,
        modules: impl Iterator<Item = &'m ModuleName> + Clone,
        absent: &mut Vec<(Vec<u8>, ModuleName)>,
    ) -> Result<BTreeMap<ModuleName, Because>, Problem> {
        let mut closure = Closure::new(without);
        for module in &self.now.loaded {
            if closure.keep(module, Because::Loaded)? {
                continue;
            }
            // A module that no kernel has a file of was loaded by its path, and is so again.
            let Some(other) = self.kernel_with(module)? else { continue };
            match renamed(other, *world, module)? {
                Some(successor) => {
                    closure.keep(&successor, Because::TookOver(module.clone()))?;
                }
                None => absent.push((release.clone(), module.clone())),
            }
        }
        for device in &self.now.devices {
            let because = Because::Device(device.path.clone());
            let is_answered = closure.keep_named(&device.modalias, &because)?;
            if let (false, Some(module)) = (is_answered, lost(without, device)?) {
                let (device, release) = (device.path.clone(), release.clone());
                return Err(Problem::DriverLost { module, device, release });
            }
        }
        for line in world.boot_lines() {
            closure.keep_named(&line.name.clone(), &Because::Boot(line))?;
        }
        for line in &self.request.lines {
            if closure.keep_line(line, modules.clone())? {
                self.useful.insert(line.number);
            }
        }
        Ok(closure.kept)
    }

    fn kernel_with(&self, module: &ModuleName) -> Result<Option<&dyn Inventory>, Problem> {
        for (_, world) in self.kernels {
            if world.module_file(module.as_bytes())?.is_some() {
                return Ok(Some(*world));
            }
        }
        Ok(None)
    }
}

/// The module that drives a device now and that a kernel does not have.
fn lost(world: &dyn World, device: &Device) -> Result<Option<ModuleName>, Problem> {
    let Some(module) = device.module.as_ref().filter(|_| device.driver.is_some()) else {
        return Ok(None);
    };
    let key = module.as_bytes();
    let has = world.module_file(key)?.is_some() || world.is_builtin(key)?;
    Ok((!has).then(|| module.clone()))
}

fn kept_out(
    worlds: &[Hypothesis<'_>],
    out: &BTreeMap<ModuleName, Vec<u8>>,
    request: &OnlyRequest,
) -> Result<KeptOut, Problem> {
    if !request.trial {
        return Ok(KeptOut::Block(out.values().cloned().collect()));
    }
    let mut trials = Vec::new();
    for (module, spelling) in out {
        let mut trial = Trial { spelling: spelling.clone(), ..Trial::default() };
        for world in worlds {
            let (pre, post) = softdeps(world, &Match::of_name(module.clone()))?;
            add(&mut trial.pre, pre);
            add(&mut trial.post, post);
        }
        trials.push(trial);
    }
    Ok(KeptOut::Trial(trials))
}

fn add(names: &mut Vec<Vec<u8>>, found: Vec<Match>) {
    for found in found {
        let name = found.module.as_bytes().to_vec();
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

fn change(request: &OnlyRequest, after: Option<Vec<u8>>) -> Result<Option<FileChange>, Problem> {
    let current = request.current.as_deref();
    if current.is_some_and(|bytes| OnlyFile::read(bytes).is_none()) {
        return Err(Problem::FileForeign { file: request.path.clone() });
    }
    Ok(FileChange::between(&request.path, current, after))
}
