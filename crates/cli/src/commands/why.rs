//! `kmodctl why M|DEVICE|ALIAS`: what asks for a module, by a replay of the decision.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use kmodctl::decide::named::modules_named;
use kmodctl::decide::resolve::Source;
use kmodctl::decide::why::why;
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
/// are now. What the kernel or a person asked for leaves no trace, and is said to be unknown.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl why e1000e
      Tell what asks for a module
  kmodctl why 0000:00:1f.6
      Tell what a device leads to")]
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
    let modules = match answer.json.contains_key("device") {
        true => Vec::new(),
        false => modules_named(machine, word).map_err(failed)?,
    };
    let mut values = Vec::new();
    for module in modules {
        let (lines, value) = told(session, &module).map_err(failed)?;
        answer.text += &lines;
        values.push(value);
    }
    answer.json.insert("modules".into(), values.into());
    Ok(answer)
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
        (false, false, false) => "is not loaded, although it is asked for:",
        (false, false, true) => "is not loaded, and nothing asks for it",
    };
    let mut lines = format!("{} {state}\n", session.paint.bold(&name));
    for chain in &chains {
        lines += &show::why::chain(chain);
    }
    if !is_loaded && !chains.is_empty() {
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
