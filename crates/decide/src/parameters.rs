//! Parameters of modules: what a module declares, what is live, and what the configuration keeps;
//! what is asked of them is checked against that. Nothing is written here.

pub mod comparison;
pub mod image;
pub mod keep;
pub mod kind;
pub mod owned;
pub mod set;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::Directive;
use kmodctl_format::modinfo::{entries, parameters};
use kmodctl_format::module_parameters::{is_same_name, split};

use crate::configuration::{Configuration, Origin};
use crate::problem::Problem;
use crate::suggestion::nearest;
use crate::world::{AsWorld, InitState, World};
use kind::Kind;

/// What has to be asked about parameters beyond what a [`World`] answers.
pub trait Parameters: World + AsWorld {
    /// The `.modinfo` strings of a module, of one that is built in as well; empty when it has none.
    fn modinfo(&self, module: &ModuleName) -> Result<Vec<u8>, Problem>;

    /// The parameters that sysfs shows of a module, in any order.
    fn live_parameters(&self, module: &ModuleName) -> Vec<Live>;
}

/// A parameter of sysfs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Its name.
    pub name: Vec<u8>,
    /// Its value; `None` when it may not be read.
    pub value: Option<Vec<u8>>,
    /// Whether the kernel lets somebody write it.
    pub is_writable: bool,
}

/// All that is known of the parameters of one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// The module.
    pub module: ModuleName,
    /// Where its code is.
    pub presence: Presence,
    /// Its parameters, in byte order of their names.
    pub parameters: Vec<Parameter>,
    /// Values kept for parameters that it does not have.
    pub strays: Vec<Kept>,
    /// Whether all its parameters are known; nothing tells those of a module that is built into an old
    /// kernel, or whose file is gone.
    pub is_complete: bool,
}

/// Where a module's code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In the kernel image: only the kernel command line reaches its parameters at the start.
    BuiltIn,
    /// In the kernel.
    Loaded,
    /// In a file alone.
    NotLoaded,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as the module spells it.
    pub name: Vec<u8>,
    /// Its type as it is declared; `None` when only sysfs knows of it.
    pub declared: Option<Vec<u8>>,
    /// What the module says of it.
    pub text: Option<Vec<u8>>,
    /// What sysfs shows.
    pub live: Option<Live>,
    /// The values kept for it, in the order in which the kernel takes them.
    pub kept: Vec<Kept>,
}

impl Survey {
    /// Gathers what is known of a module.
    pub fn of(world: &dyn Parameters, module: &ModuleName) -> Result<Self, Problem> {
        let modinfo = world.modinfo(module)?;
        let presence = if is_part_of_kernel(world.world(), module)? {
            Presence::BuiltIn
        } else if world.state(module).is_some() {
            Presence::Loaded
        } else {
            Presence::NotLoaded
        };
        let mut named = declared(&modinfo);
        for live in world.live_parameters(module) {
            let known = named.values_mut().find(|known| is_same_name(&known.name, &live.name));
            match known {
                Some(known) => known.live = Some(live),
                None => {
                    let new =
                        Parameter { live: Some(live.clone()), ..Parameter::named(&live.name) };
                    named.insert(live.name, new);
                }
            }
        }
        let mut survey = Self {
            module: module.clone(),
            presence,
            parameters: named.into_values().collect(),
            strays: Vec::new(),
            is_complete: !modinfo.is_empty(),
        };
        survey.take_kept(kept(world.configuration(), module));
        Ok(survey)
    }

    fn take_kept(&mut self, kept: Vec<Kept>) {
        for one in kept {
            match self.place_of(&one.name) {
                Some(place) => self.parameters[place].kept.push(one),
                None if !self.is_complete || is_for_any_module(&one.name) => {
                    let mut new = Parameter::named(&one.name);
                    new.kept.push(one);
                    self.parameters.push(new);
                }
                None => self.strays.push(one),
            }
        }
        self.parameters.sort_by(|left, right| left.name.cmp(&right.name));
    }

    fn place_of(&self, name: &[u8]) -> Option<usize> {
        self.parameters.iter().position(|parameter| is_same_name(&parameter.name, name))
    }

    /// A parameter by its name; one that the module does not have is
    /// [`Problem::ParameterUnknown`].
    pub fn parameter(&self, name: &[u8]) -> Result<Parameter, Problem> {
        let known = self.place_of(name).map(|place| self.parameters[place].clone());
        let any = (!self.is_complete || is_for_any_module(name)).then(|| Parameter::named(name));
        known.or(any).ok_or_else(|| Problem::ParameterUnknown {
            module: self.module.clone(),
            parameter: name.to_vec(),
        })
    }

    /// Refuses a parameter that the module does not have, or a value that it would not take; only some
    /// types do without a value.
    pub fn check(&self, name: &[u8], value: Option<&[u8]>) -> Result<(), Problem> {
        let parameter = self.parameter(name)?;
        match (value, parameter.kind()) {
            (None, Kind::Bool | Kind::Own) => Ok(()),
            (None, _) => Err(parameter.refused(&self.module, b"")),
            (Some(value), _) => parameter.check(&self.module, value),
        }
    }

    /// The names a misspelt one may have meant, the nearest first.
    pub fn meant(&self, name: &[u8]) -> Vec<&[u8]> {
        nearest(name, self.parameters.iter().map(|parameter| parameter.name.as_slice()))
    }
}

impl Parameter {
    fn named(name: &[u8]) -> Self {
        Self { name: name.to_vec(), declared: None, text: None, live: None, kept: Vec::new() }
    }

    /// The type.
    pub fn kind(&self) -> Kind {
        self.declared.as_deref().map_or(Kind::Own, Kind::of)
    }

    /// The live value.
    pub fn live_value(&self) -> Option<&[u8]> {
        self.live.as_ref()?.value.as_deref()
    }

    /// The kept value that counts: the last one; of a built-in module, the last one of the kernel
    /// command line.
    pub fn persistent(&self, presence: Presence) -> Option<&Kept> {
        let reaches = |kept: &&Kept| {
            presence != Presence::BuiltIn || kept.origin == Origin::KernelCommandLine
        };
        self.kept.iter().rfind(reaches)
    }

    /// Refuses a value that the kernel would not take.
    pub(crate) fn check(&self, module: &ModuleName, value: &[u8]) -> Result<(), Problem> {
        if self.kind().takes(value) { Ok(()) } else { Err(self.refused(module, value)) }
    }

    fn refused(&self, module: &ModuleName, value: &[u8]) -> Problem {
        Problem::ParameterValue {
            module: module.clone(),
            parameter: self.name.clone(),
            kind: self.declared.clone().unwrap_or_default(),
            value: value.to_vec(),
        }
    }
}

/// Whether a module, or what sysfs shows as one, is in the kernel image. Parts of the kernel that
/// could never be modules (`printk`) stand in no list; sysfs has them without a state.
pub(crate) fn is_part_of_kernel(world: &dyn World, module: &ModuleName) -> Result<bool, Problem> {
    let is_stateless = world.state(module) == Some(InitState::Coming);
    let has_no_file = || Ok(world.module_file(module.as_bytes())?.is_none());
    Ok(world.is_builtin(module.as_bytes())? || (is_stateless && has_no_file()?))
}

fn declared(modinfo: &[u8]) -> BTreeMap<Vec<u8>, Parameter> {
    let declared = parameters(entries(modinfo)).declared.into_iter().map(|found| {
        let parameter = Parameter {
            declared: found.kind.map(<[u8]>::to_vec),
            text: found.text.map(<[u8]>::to_vec),
            ..Parameter::named(found.name)
        };
        (found.name.to_vec(), parameter)
    });
    declared.collect()
}

/// The kernel itself takes these for any module.
///
/// Source: `kernel/module/main.c`, `unknown_module_param_cb`.
fn is_for_any_module(name: &[u8]) -> bool {
    [&b"async_probe"[..], b"dyndbg"].iter().any(|known| is_same_name(known, name))
}

/// A value that the configuration keeps for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The parameter, as it is spelled.
    pub name: Vec<u8>,
    /// The value; `None` where there is no `=`.
    pub value: Option<Vec<u8>>,
    /// Where it stands.
    pub origin: Origin,
}

/// The values kept for a module, in the order in which the kernel takes them: the last one of a
/// parameter counts.
pub fn kept(configuration: &Configuration, module: &ModuleName) -> Vec<Kept> {
    let mut values = Vec::new();
    for entry in &configuration.entries {
        let Directive::Options { name, text } = &entry.directive else { continue };
        if name != module {
            continue;
        }
        values.extend(split(text).map(|word| Kept {
            name: word.name.to_vec(),
            value: word.value.map(<[u8]>::to_vec),
            origin: entry.origin.clone(),
        }));
    }
    values
}

/// The values kept for one parameter; the last one counts.
pub fn kept_of<'a>(values: &'a [Kept], parameter: &'a [u8]) -> impl Iterator<Item = &'a Kept> {
    values.iter().filter(move |kept| is_same_name(&kept.name, parameter))
}
