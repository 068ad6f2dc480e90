//! `kmodctl why M|DEVICE|ALIAS`: what asks for a module, by a replay of the decision.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use kmodctl::decide::named::{is_known, modules_named};
use kmodctl::decide::request::Request;
use kmodctl::decide::resolve::Source;
use kmodctl::decide::why::{Chain, Root, why};
use kmodctl::decide::{Device, Inventory, Problem, World, resolve};
use kmodctl::format::ModuleName;
use serde_json::{Map, Value, json};

use super::devices;
use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::{self, text};

/// Tell why a module is loaded, or what a device or an alias leads to
///
/// The decision is replayed on the configuration, the indexes, the devices and the boot list as they
/// are now, and on what is seen that has the kernel itself ask: mounts, sockets, open devices,
/// interfaces, algorithms. No kernel records what it asked for, so this is what it would ask for now.
/// What a person asked for leaves no trace, and is said to be unknown.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl why e1000e
      Tell what asks for a module
  kmodctl why 0000:00:1f.6
      Tell what a device leads to
  kmodctl why fs-xfs
      Tell when the kernel asks for a name, and what it leads to")]
pub(crate) struct Arguments {
    /// A module, a device (its path in /sys, or the last part of it), or an alias.
    #[arg(value_name = "MODULE|DEVICE|ALIAS")]
    word: OsString,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let word = arguments.word.as_bytes();
    let headline = format!("nothing is known of `{}`", text(word));
    let failed = |problem| Failure::new(headline.clone(), problem);
    let machine = &session.machine;
    let mut answer = Answer { json: Map::new(), ..Answer::default() };
    if let Some(device) = device(session, word) {
        let (lines, value) = devices::told(session, &device).map_err(failed)?;
        answer.text += &lines;
        answer.json.insert("device".into(), value);
    } else if machine.module_file(ModuleName::new(word).as_bytes()).map_err(failed)?.is_none() {
        let sources = sources(session, word).map_err(failed)?;
        answer.text += &sources.0;
        answer.json.insert("alias".into(), sources.1);
    }
    let request = match answer.json.contains_key("device") {
        true => None,
        false => request(session, word).map_err(failed)?,
    };
    if let Some(request) = &request {
        answer.text += &show::why::kernel::meaning(request);
        answer.json.insert("request".into(), show::why::kernel::value(request));
    }
    let modules = match answer.json.contains_key("device") {
        true => Vec::new(),
        false => modules(session, word, request.as_ref()).map_err(failed)?,
    };
    if modules.is_empty() && request.is_some() {
        answer.text += &nobody_answers(session, word);
    }
    let mut values = Vec::new();
    for module in modules {
        let (lines, value) = told(session, &module).map_err(failed)?;
        answer.text += &lines;
        values.push(value);
    }
    answer.json.insert("modules".into(), values.into());
    Ok(answer)
}

/// What a word means that the kernel asks by, where it is no module's name.
pub(super) fn request(session: &Session, word: &[u8]) -> Result<Option<Request>, Problem> {
    let is_module = is_known(&session.machine, &ModuleName::new(word))?;
    Ok(Request::of(word).filter(|_| !is_module))
}

/// The modules a word stands for; to a name that the kernel asks by there may be none.
fn modules(
    session: &Session,
    word: &[u8],
    request: Option<&Request>,
) -> Result<Vec<ModuleName>, Problem> {
    match modules_named(&session.machine, word) {
        Err(Problem::NotFound { .. }) if request.is_some() => Ok(Vec::new()),
        found => found,
    }
}

pub(super) fn nobody_answers(session: &Session, word: &[u8]) -> String {
    format!("no module of {} answers to {}\n", text(&session.release), text(word))
}

/// The device of a path, as sysfs, udevadm or a person spells it.
fn device(session: &Session, word: &[u8]) -> Option<Device> {
    let path =
        [&b"/sys/devices/"[..], b"/devices/"].iter().find_map(|start| word.strip_prefix(*start));
    let path = path.unwrap_or(word);
    let is_meant = |device: &Device| {
        device.path == path || device.path.rsplit(|&byte| byte == b'/').next() == Some(path)
    };
    session.machine.devices().into_iter().find(is_meant)
}

/// What an alias leads to, and which source says so.
fn sources(session: &Session, word: &[u8]) -> Result<(String, Value), Problem> {
    let (mut lines, mut values) = (String::new(), Vec::new());
    for found in resolve(&session.machine, word)? {
        if found.alias.is_none() {
            continue;
        }
        let source = source_words(found.source);
        lines +=
            &format!("{} leads to {} by {source}\n", text(word), text(found.module.as_bytes()));
        values.push(json!({ "module": text(found.module.as_bytes()), "source": source }));
    }
    Ok((lines, values.into()))
}

fn source_words(source: Source) -> &'static str {
    match source {
        Source::BuiltinAlias => "modules.builtin.alias",
        Source::BuiltinIndex => "modules.builtin",
        Source::ConfigurationAlias => "an alias line of the configuration",
        Source::ConfigurationCommand => "an install or remove line",
        Source::DependencyIndex => "modules.dep",
        Source::File => "its file",
        Source::ModuleAlias => "modules.alias",
        Source::Name => "its name",
        Source::SymbolIndex => "modules.symbols",
    }
}

fn told(session: &Session, module: &ModuleName) -> Result<(String, Value), Problem> {
    let name = text(module.as_bytes());
    let machine = &session.machine;
    let is_loaded = machine.state(module).is_some();
    let is_builtin = machine.is_builtin(module.as_bytes())?;
    let chains = if is_builtin { Vec::new() } else { why(machine, module)? };
    let state = match (is_builtin, is_loaded, chains.is_empty()) {
        (true, ..) => "is part of the kernel image: nothing loads it",
        (false, true, _) => "is loaded:",
        (false, false, false) if is_to_come(&chains) => "is not loaded, and will be asked for:",
        (false, false, false) => "is not loaded, although it is asked for:",
        (false, false, true) => "is not loaded, and nothing asks for it",
    };
    let mut lines = format!("{} {state}\n", session.paint.bold(&name));
    for chain in &chains {
        lines += &show::why::chain(chain);
    }
    if !is_loaded && !chains.is_empty() && !is_to_come(&chains) {
        lines += &format!("  see: kmodctl why-not {name}\n");
    }
    let value = json!({
        "name": name,
        "loaded": is_loaded,
        "built_in": is_builtin,
        "chains": chains.iter().map(show::why::chain_value).collect::<Vec<_>>(),
    });
    Ok((lines, value))
}

/// Whether nothing has asked yet: of a module that is not loaded, what the kernel asks for is to come.
fn is_to_come(chains: &[Chain]) -> bool {
    chains.iter().all(|chain| matches!(chain.root, Root::Request(_)))
}
