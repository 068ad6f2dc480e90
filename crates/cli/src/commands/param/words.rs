//! The words of the command line that name parameters: `M.P` and `M.P=V`; and failures about them.

use kmodctl::decide::named::modules_named;
use kmodctl::decide::parameters::Survey;
use kmodctl::decide::parameters::keep::OwnFile;
use kmodctl::decide::parameters::owned::{self, Setting};
use kmodctl::decide::parameters::set::{Remedy, remedy};
use kmodctl::decide::{Problem, World};
use kmodctl::format::ModuleName;
use kmodctl::system::file_change;

use crate::answer::{Failure, Remark};
use crate::commands::parameters::cures;
use crate::session::Session;
use crate::show::{names, text};

/// `MODULE.PARAMETER`.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) module: String,
    pub(super) parameter: String,
}

/// Reads `MODULE.PARAMETER`.
pub(super) fn named(word: &str) -> Result<Named, String> {
    match word.split_once('.') {
        Some((module, parameter)) if !module.is_empty() && !parameter.is_empty() => {
            Ok(Named { module: module.into(), parameter: parameter.into() })
        }
        _ => Err("this is not of the form MODULE.PARAMETER".into()),
    }
}

/// `MODULE.PARAMETER=VALUE`.
#[derive(Clone, Debug)]
pub(super) struct Valued {
    pub(super) named: Named,
    pub(super) value: String,
}

/// Reads `MODULE.PARAMETER=VALUE`.
pub(super) fn valued(word: &str) -> Result<Valued, String> {
    let cut = word.split_once('=').and_then(|(name, value)| Some((named(name).ok()?, value)));
    let (named, value) = cut.ok_or("this is not of the form MODULE.PARAMETER=VALUE")?;
    Ok(Valued { named, value: value.into() })
}

impl Valued {
    /// The setting that is meant, with the module's own name.
    pub(super) fn setting(&self, session: &Session) -> Result<Setting, Problem> {
        Ok(Setting {
            module: module(session, &self.named.module)?,
            parameter: self.named.parameter.clone().into(),
            value: self.value.clone().into(),
        })
    }
}

/// The one module that a word stands for; an alias of several stands for none.
pub(super) fn module(session: &Session, word: &str) -> Result<ModuleName, Problem> {
    let mut modules = modules_named(&session.machine, word.as_bytes())?;
    match (modules.pop(), modules.is_empty()) {
        (Some(module), true) => Ok(module),
        _ => Err(Problem::NotFound {
            query: word.into(),
            directory: session.machine.module_directory().to_vec(),
        }),
    }
}

/// The file of our own as it is.
pub(super) fn own_file(session: &Session) -> Result<OwnFile, Problem> {
    let path = session.host.path(owned::FILE);
    Ok(OwnFile { bytes: file_change::current(&path)?, path })
}

/// A failure about a parameter, with cures that are known better here.
pub(super) fn failed(
    session: &Session,
    headline: impl Into<String>,
    asked: Option<&Setting>,
    problem: Problem,
) -> Failure {
    let fixes = match (&problem, asked) {
        (Problem::ParameterUnknown { module, .. } | Problem::ParameterValue { module, .. }, _) => {
            let survey = Survey::of(&session.machine, module).ok();
            survey.map(|survey| cures(&survey, &problem)).unwrap_or_default()
        }
        (Problem::ParameterBuiltIn { .. }, Some(setting)) => on_command_line(session, setting),
        (Problem::ParameterReadOnly { .. }, Some(setting)) => read_only(session, setting),
        (Problem::NotLoaded { module }, Some(setting)) => {
            vec![format!("kmodctl param keep {}, then kmodctl load {module}", item(setting))]
        }
        _ => Vec::new(),
    };
    Failure { fixes, ..Failure::new(headline, problem) }
}

/// `MODULE.PARAMETER=VALUE`, as the kernel command line has it.
pub(super) fn item(setting: &Setting) -> String {
    format!("{}.{}", text(setting.module.as_bytes()), text(setting.assignment()))
}

/// Where a setting goes on the kernel command line, one way a line.
pub(super) fn on_command_line(session: &Session, setting: &Setting) -> Vec<String> {
    session.on_command_line(&item(setting))
}

fn read_only(session: &Session, setting: &Setting) -> Vec<String> {
    match remedy(&session.machine, &setting.module, false) {
        Remedy::Restart => on_command_line(session, setting),
        remedy => {
            let keep = format!("kmodctl param keep {}", item(setting));
            vec![format!("{keep}, then {}", remedy_words(&remedy, setting))]
        }
    }
}

/// The command that brings a kept value into force.
pub(super) fn remedy_words(remedy: &Remedy, setting: &Setting) -> String {
    let module = &setting.module;
    match remedy {
        Remedy::Free(holders) if holders.is_empty() => format!(
            "stop what uses `{module}` (kmodctl unload {module} names it) and load it anew, or restart"
        ),
        Remedy::Free(holders) => {
            let holders = names(holders).join(" ");
            format!(
                "kmodctl unload {holders} {module} && kmodctl load {module} {holders}, or restart"
            )
        }
        Remedy::Reload => format!("kmodctl unload {module} && kmodctl load {module}"),
        Remedy::Restart => "restart the machine".into(),
        Remedy::Set => format!("kmodctl param set {}", item(setting)),
    }
}

/// A remark of a value that is kept and not live.
pub(super) fn not_live(
    session: &Session,
    setting: &Setting,
    live: &[u8],
    writable: bool,
) -> Remark {
    let remedy = remedy(&session.machine, &setting.module, writable);
    let name = format!("{}.{}", setting.module, text(&setting.parameter));
    Remark {
        code: "not-live",
        told: format!("`{name}` is {} now, until the module is loaded anew", text(live)),
        fix: Some(remedy_words(&remedy, setting)),
    }
}
