//! The names that the machine has for a value.

use std::collections::BTreeSet;

use kmodctl::decide::block;
use kmodctl::decide::parameters::{Survey, owned};
use kmodctl::decide::{Inventory, boot_list};
use kmodctl::format::ModuleName;
use kmodctl::system::file_change;

use super::Offer;
use super::sources::Source;
use super::spelling::{completed, is_plain};
use crate::session::Session;
use crate::show::text;

/// What can stand for a value, as far as it is typed; in byte order, and nothing twice that the
/// line has already.
pub(super) fn offers(
    session: &Session,
    source: Source,
    operands: &[String],
    typed: &str,
) -> Vec<Offer> {
    match source {
        Source::Blocked => modules(blocked(session), "blocked module", operands, typed),
        Source::Boot => modules(listed(session), "loaded at boot", operands, typed),
        Source::Directories | Source::Files | Source::Unknown => Vec::new(),
        Source::InstalledWithParameters => {
            let mut offers = parameters_of_last(session, operands, typed);
            offers.extend(modules(installed(session), "module", operands, typed));
            offers
        }
        Source::Kept => kept(session, operands, typed),
        Source::Loaded => modules(loaded(session), "loaded module", operands, typed),
        Source::Modules => all(session, operands, typed),
        Source::ModulesAndDevices => {
            let mut offers = all(session, operands, typed);
            offers.extend(devices(session, typed));
            offers
        }
        Source::Parameters => parameters(session, operands, typed, ""),
        Source::ParametersForValues => parameters(session, operands, typed, "="),
        Source::Releases => releases(session, typed),
    }
}

/// Modules of some kind, without those that the line has.
fn modules(
    names: BTreeSet<ModuleName>,
    told: &str,
    operands: &[String],
    typed: &str,
) -> Vec<Offer> {
    let given: BTreeSet<_> = operands.iter().map(ModuleName::new).collect();
    let names = names.into_iter().filter(|name| !given.contains(name));
    let words = names.filter_map(|name| completed(&text(name.as_bytes()), typed));
    words.map(|word| Offer::new(word, told)).collect()
}

fn all(session: &Session, operands: &[String], typed: &str) -> Vec<Offer> {
    let mut offers = modules(installed(session), "module", operands, typed);
    let builtin = session.machine.builtin_modules().unwrap_or_default();
    offers.extend(modules(builtin.into_iter().collect(), "built-in module", operands, typed));
    offers.sort_by(|left, right| left.word.cmp(&right.word));
    offers
}

fn installed(session: &Session) -> BTreeSet<ModuleName> {
    let mut names = BTreeSet::new();
    // A damaged index offers what could be read of it.
    let _ = session.machine.each_need(&mut |name, _| {
        names.insert(ModuleName::verbatim(name));
    });
    names
}

fn loaded(session: &Session) -> BTreeSet<ModuleName> {
    let loaded = session.machine.loaded_modules().unwrap_or_default();
    loaded.into_iter().map(|module| module.name).collect()
}

fn blocked(session: &Session) -> BTreeSet<ModuleName> {
    let path = session.host.path(block::FILE);
    let current = file_change::current(&path).ok().flatten();
    let blocked = block::blocked_modules(&path, current.as_deref());
    blocked.unwrap_or_default().into_iter().collect()
}

fn listed(session: &Session) -> BTreeSet<ModuleName> {
    let own = session.host.path(boot_list::owned::FILE);
    let lines = session.machine.boot_lines().into_iter();
    let lines = lines.filter(|line| line.file.as_ref() == Some(&own));
    lines.map(|line| ModuleName::new(&line.name)).collect()
}

/// `MODULE` and `MODULE.PARAMETER` of our own file.
fn kept(session: &Session, operands: &[String], typed: &str) -> Vec<Offer> {
    let path = session.host.path(owned::FILE);
    let current = file_change::current(&path).ok().flatten();
    let mut words = BTreeSet::new();
    for setting in owned::read(&path, current.as_deref()).unwrap_or_default() {
        let name = text(setting.module.as_bytes());
        words.extend([format!("{name}.{}", text(setting.parameter)), name]);
    }
    words.retain(|word| !operands.contains(word));
    let offered = words.iter().filter_map(|word| completed(word, typed));
    offered.map(|word| Offer::new(word, "kept parameter")).collect()
}

/// `PARAMETER=` of the module that comes before on the line.
fn parameters_of_last(session: &Session, operands: &[String], typed: &str) -> Vec<Offer> {
    let Some(module) = operands.iter().rfind(|word| !word.contains('=')) else { return Vec::new() };
    let given: Vec<_> = operands.iter().filter_map(|word| word.split_once('=')).collect();
    let mut offers = of_module(session, module);
    offers.retain(|offer| {
        offer.word.starts_with(typed) && !given.iter().any(|(name, _)| *name == offer.word)
    });
    offers.iter_mut().for_each(|offer| offer.word += "=");
    offers
}

/// `MODULE.` until a module is typed, then its parameters.
fn parameters(session: &Session, operands: &[String], typed: &str, end: &str) -> Vec<Offer> {
    let Some((module, parameter)) = typed.split_once('.') else {
        let mut offers = all(session, &[], typed);
        offers.iter_mut().for_each(|offer| offer.word += ".");
        return offers;
    };
    let mut offers = of_module(session, module);
    offers.retain(|offer| offer.word.starts_with(parameter));
    offers.iter_mut().for_each(|offer| offer.word = format!("{module}.{}{end}", offer.word));
    offers.retain(|offer| !operands.iter().any(|operand| operand.starts_with(&offer.word)));
    offers
}

/// The parameters of a module, each with what it is.
fn of_module(session: &Session, module: &str) -> Vec<Offer> {
    let survey = Survey::of(&session.machine, &ModuleName::new(module));
    let parameters = survey.map(|survey| survey.parameters).unwrap_or_default();
    let offers = parameters.iter().map(|parameter| {
        let told = parameter.text.as_deref().map(text).unwrap_or_default();
        Offer::new(text(&parameter.name), told)
    });
    offers.filter(|offer| is_plain(&offer.word)).collect()
}

/// Devices, by the last part of their paths.
fn devices(session: &Session, typed: &str) -> Vec<Offer> {
    let mut words = BTreeSet::new();
    for device in session.machine.devices() {
        let name = text(device.path.rsplit(|&byte| byte == b'/').next().unwrap_or_default());
        if name.starts_with(typed) && is_plain(&name) {
            words.insert(name);
        }
    }
    words.into_iter().map(|word| Offer::new(word, "device")).collect()
}

fn releases(session: &Session, typed: &str) -> Vec<Offer> {
    let releases = session.host.kernels().into_iter().map(text);
    let releases = releases.filter(|release| release.starts_with(typed) && is_plain(release));
    releases.map(|release| Offer::new(release, "kernel")).collect()
}
