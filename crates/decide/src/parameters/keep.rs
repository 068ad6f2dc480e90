//! Keeping and forgetting values: how the file of our own changes, which other lines speak of the
//! same parameter, and which of them counts.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use super::comparison::is_in;
use super::owned::{Setting, can_be_written, read, write};
use super::{Kept, Parameters, Presence, Survey, kept, kept_of};
use crate::configuration::file_name;
use crate::diagnosis::Place;
use crate::file_change::FileChange;
use crate::problem::Problem;

/// The file of our own as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFile {
    /// Its path.
    pub path: Vec<u8>,
    /// What it holds; `None` where there is no file.
    pub bytes: Option<Vec<u8>>,
}

/// What keeping values comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// The change of the file; none when it is as it should be.
    pub change: Option<FileChange>,
    /// The values, in the order in which they were asked for.
    pub kept: Vec<KeptSetting>,
}

/// One value that is kept, and what else is said about its parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSetting {
    /// The value.
    pub setting: Setting,
    /// Lines of other files that say something else, and that ours comes after.
    pub overrules: Vec<Kept>,
    /// The line that comes after ours and says something else; the kernel takes it.
    pub overruled_by: Option<Kept>,
    /// Where the module's code is.
    pub presence: Presence,
    /// The live value, where it is not what is kept.
    pub live: Option<Vec<u8>>,
    /// Whether the live value can be written.
    pub is_writable: bool,
}

/// Plans to keep values for modules.
///
/// A value is refused for a module that is built in ([`Problem::ParameterBuiltIn`]), for a parameter
/// that is not there, and when it is not of the parameter's type or cannot be written in a line.
pub fn keep(world: &dyn Parameters, file: &OwnFile, asked: &[Setting]) -> Result<Keeping, Problem> {
    let mut settings = read(&file.path, file.bytes.as_deref())?;
    let mut all = Vec::new();
    for setting in asked {
        let kept = checked(world, &file.path, setting)?;
        let new = &kept.setting;
        settings.retain(|old| !old.is_of(&new.module, &new.parameter));
        settings.push(new.clone());
        all.push(kept);
    }
    let change = FileChange::between(&file.path, file.bytes.as_deref(), write(&settings));
    Ok(Keeping { change, kept: all })
}

fn checked(world: &dyn Parameters, path: &[u8], setting: &Setting) -> Result<KeptSetting, Problem> {
    let survey = Survey::of(world, &setting.module)?;
    let parameter = survey.parameter(&setting.parameter)?;
    if survey.presence == Presence::BuiltIn {
        return Err(Problem::ParameterBuiltIn { module: setting.module.clone() });
    }
    parameter.check(&setting.module, &setting.value)?;
    if !can_be_written(&setting.value) {
        return Err(Problem::ParameterUnwritable {
            module: setting.module.clone(),
            parameter: setting.parameter.clone(),
            value: setting.value.clone(),
        });
    }
    let rivals = parameter.kept.iter().filter(|kept| !is_in(kept, path));
    let (after, before): (Vec<&Kept>, Vec<_>) = rivals.partition(|kept| counts_after(kept, path));
    let is_other = |kept: &&Kept| kept.value.as_deref() != Some(&setting.value);
    let live = parameter.live_value();
    let is_live = |live: &[u8]| parameter.kind().is_same(&setting.value, live) == Some(true);
    Ok(KeptSetting {
        setting: Setting { parameter: parameter.name.clone(), ..setting.clone() },
        overrules: before.into_iter().filter(is_other).cloned().collect(),
        overruled_by: after.last().copied().filter(is_other).cloned(),
        presence: survey.presence,
        live: live.filter(|live| !is_live(live)).map(<[u8]>::to_vec),
        is_writable: parameter.live.is_some_and(|live| live.is_writable),
    })
}

/// Whether a line counts after the file of our own: files count in the order of their names, the
/// kernel command line last.
fn counts_after(kept: &Kept, path: &[u8]) -> bool {
    kept.origin.file_name().is_none_or(|other| other > file_name(path))
}

/// What forgetting values comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgetting {
    /// The change of the file.
    pub change: Option<FileChange>,
    /// The values that are no longer kept.
    pub forgotten: Vec<Setting>,
    /// The values that other lines keep for the same parameters; they count from now on.
    pub left: Vec<(ModuleName, Kept)>,
}

/// Plans to forget the values of parameters, or all of a module where none is named.
///
/// What another file keeps is [`Problem::LineForeign`], what nothing keeps [`Problem::NotKept`].
pub fn forget(
    world: &dyn Parameters,
    file: &OwnFile,
    asked: &[(ModuleName, Option<Vec<u8>>)],
) -> Result<Forgetting, Problem> {
    let mut settings = read(&file.path, file.bytes.as_deref())?;
    let (mut forgotten, mut left) = (Vec::new(), Vec::new());
    for (module, parameter) in asked {
        let is_meant = |setting: &Setting| match parameter {
            Some(parameter) => setting.is_of(module, parameter),
            None => setting.module == *module,
        };
        let (gone, stay): (Vec<_>, Vec<_>) = settings.into_iter().partition(is_meant);
        settings = stay;
        let elsewhere = elsewhere(world, &file.path, module, parameter.as_deref());
        if gone.is_empty() {
            return Err(not_ours(module, parameter.as_deref(), elsewhere.last()));
        }
        let stays = |kept: &Kept| gone.iter().any(|gone| gone.is_of(module, &kept.name));
        let elsewhere = elsewhere.into_iter().filter(stays);
        left.extend(elsewhere.map(|kept| (module.clone(), kept)));
        forgotten.extend(gone);
    }
    let change = FileChange::between(&file.path, file.bytes.as_deref(), write(&settings));
    Ok(Forgetting { change, forgotten, left })
}

/// What other lines keep for a parameter, or for any of a module.
fn elsewhere(
    world: &dyn Parameters,
    path: &[u8],
    module: &ModuleName,
    parameter: Option<&[u8]>,
) -> Vec<Kept> {
    let all = kept(world.configuration(), module);
    let meant: Vec<Kept> = match parameter {
        Some(parameter) => kept_of(&all, parameter).cloned().collect(),
        None => all,
    };
    meant.into_iter().filter(|kept| !is_in(kept, path)).collect()
}

fn not_ours(module: &ModuleName, parameter: Option<&[u8]>, other: Option<&Kept>) -> Problem {
    let name = match parameter {
        Some(parameter) => [module.as_bytes(), b".", parameter].concat(),
        None => module.as_bytes().to_vec(),
    };
    match other {
        Some(kept) => Problem::LineForeign { name, place: Place::of(&kept.origin) },
        None => Problem::NotKept { name },
    }
}
