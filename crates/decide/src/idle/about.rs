//! Lines that were meant for a module and do nothing for it: told when it is loaded.

use alloc::rc::Rc;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::{Complaint, Directive, Fault, parse};
use kmodctl_format::module_parameters::split;
use kmodctl_format::pattern::matches;

use super::{IdleLine, Idleness, is_own, is_put_away};
use crate::configuration::Origin;
use crate::inventory::{Inventory, TextFile};
use crate::parameters::is_part_of_kernel;
use crate::problem::Problem;
use crate::suggestion::nearest;

/// What lines of modprobe.d begin with.
const DIRECTIVES: [&str; 7] =
    ["alias", "blacklist", "install", "options", "remove", "softdep", "weakdep"];

/// The lines that an administrator wrote about modules and that do nothing for them: options of what is
/// part of the kernel, whatever stands in a file that is not read, and lines that are no directives.
pub fn idle_lines_about<W: Inventory>(
    kernel: &W,
    modules: &[&ModuleName],
) -> Result<Vec<IdleLine>, Problem> {
    let mut files = kernel.configuration_files();
    files.retain(|file| {
        is_own(&file.path) && !is_put_away(&file.path) && is_of_modprobe(&file.path)
    });
    let mut lines = Vec::new();
    for module in modules {
        lines.extend(without_effect(kernel, module)?);
        for file in &files {
            match file.path.ends_with(b".conf") {
                true => lines.extend(misspelt(file, module)),
                false => lines.extend(unread(file, module)),
            }
        }
    }
    Ok(lines)
}

/// The lines that give options to a module that is part of the kernel.
fn without_effect<W: Inventory>(kernel: &W, module: &ModuleName) -> Result<Vec<IdleLine>, Problem> {
    let mut lines = Vec::new();
    if kernel.module_file(module.as_bytes())?.is_none()
        && is_part_of_kernel(kernel.world(), module)?
    {
        lines.extend(kernel.configuration().entries.iter().filter_map(|entry| {
            let is_own = entry.origin.place().is_some_and(|(file, _)| is_own(&file));
            let why = options_of(&entry.directive, module).filter(|_| is_own)?;
            Some(IdleLine { origin: entry.origin.clone(), why })
        }));
    }
    Ok(lines)
}

fn is_of_modprobe(path: &[u8]) -> bool {
    path.rsplit(|&byte| byte == b'/').nth(1) == Some(b"modprobe.d")
}

fn options_of(directive: &Directive, module: &ModuleName) -> Option<Idleness> {
    let Directive::Options { name, text } = directive else { return None };
    let written = split(text).map(|word| match word.value {
        Some(value) => [word.name, b"=", value].concat(),
        None => word.name.to_vec(),
    });
    let parameters = written.collect();
    (name == module).then(|| Idleness::BuiltIn { module: module.clone(), parameters })
}

/// The first line about the module in a file that is not read.
fn unread(file: &TextFile, module: &ModuleName) -> Option<IdleLine> {
    let lines = parse(&file.bytes).lines;
    let line = lines.into_iter().find(|line| is_about(&line.directive, module))?;
    let path = Rc::from(&file.path[..]);
    let origin = Origin::File { path, first: line.first, line: line.number };
    Some(IdleLine { origin, why: Idleness::Unread })
}

fn is_about(directive: &Directive, module: &ModuleName) -> bool {
    match directive {
        Directive::Alias { module: name, .. }
        | Directive::Blacklist { module: name }
        | Directive::Options { name, .. } => name == module,
        Directive::Install { pattern, .. }
        | Directive::Remove { pattern, .. }
        | Directive::Softdep { pattern, .. }
        | Directive::Weakdep { pattern, .. } => matches(pattern, module.as_bytes()),
    }
}

/// The lines that name the module and begin with no directive. A continued line is left to others.
fn misspelt(file: &TextFile, module: &ModuleName) -> Vec<IdleLine> {
    let text: Vec<&[u8]> = file.bytes.split(|&byte| byte == b'\n').collect();
    let told = |complaint: Complaint| {
        let line = text.get(complaint.number.checked_sub(1)?)?;
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let is_whole = words.next() == Some(&complaint.first_word);
        let names_it = words.any(|word| ModuleName::new(word) == *module);
        if complaint.fault != Fault::Unreadable || !is_whole || !names_it {
            return None;
        }
        let near = nearest(&complaint.first_word, DIRECTIVES.iter().map(|word| word.as_bytes()));
        let near = near.first().map(|near| near.to_vec());
        let path = Rc::from(&file.path[..]);
        let origin = Origin::File { path, first: complaint.number, line: complaint.number };
        Some(IdleLine { origin, why: Idleness::NoDirective { word: complaint.first_word, near } })
    };
    parse(&file.bytes).complaints.into_iter().filter_map(told).collect()
}
