//! Lines that somebody wrote to keep a module out and that do not: they are not read, not the first,
//! or about another name. They are found in the files as they are.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::{Directive, Line, parse};
use kmodctl_format::pattern;

use crate::configuration::{Configuration, Entry, Origin, refuses};
use crate::inventory::{Inventory, TextFile};
use crate::named;
use crate::problem::Problem;
use crate::suggestion::nearest;

/// A line that was meant to keep a module out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where it stands.
    pub origin: Origin,
    /// Why it does nothing.
    pub why: Void,
}

/// Why a line does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Void {
    /// Another file of the same name is read in the place of its file.
    Hidden,
    /// Its module does not exist, and its name is nearly the one that was meant.
    Misspelt(ModuleName),
    /// Another install line comes before it, and the first one counts.
    Second(Origin),
    /// The name of its file does not end in `.conf`.
    Unread,
    /// Its file is one of modules-load.d, where such a line means nothing.
    WrongDirectory,
}

/// The lines that were meant to keep a module out and do not.
pub(super) fn hints(world: &dyn Inventory, module: &ModuleName) -> Result<Vec<Hint>, Problem> {
    let configuration = world.configuration();
    let mut hints: Vec<Hint> = Vec::new();
    hints.extend(second(configuration, module));
    hints.extend(misspelt(world, module)?);
    for file in world.configuration_files() {
        if !is_read(configuration, &file) {
            hints.extend(void_lines(&file, module));
        }
    }
    Ok(hints)
}

/// The refusing install line behind one that does not refuse.
fn second(configuration: &Configuration, module: &ModuleName) -> Option<Hint> {
    let mut lines = configuration.entries.iter().filter_map(|entry| match &entry.directive {
        Directive::Install { pattern, command } if pattern::matches(pattern, module.as_bytes()) => {
            Some((&entry.origin, refuses(command)))
        }
        _ => None,
    });
    let (first, _) = lines.next().filter(|(_, refuses)| !refuses)?;
    let (origin, _) = lines.find(|(_, refuses)| *refuses)?;
    Some(Hint { origin: origin.clone(), why: Void::Second(first.clone()) })
}

fn misspelt(world: &dyn Inventory, module: &ModuleName) -> Result<Vec<Hint>, Problem> {
    let mut hints = Vec::new();
    let configuration = world.configuration();
    let has_own = configuration.blacklisting(module).is_some()
        || configuration.install_line(module).is_some();
    // Short names are near to many, and who blocks the right one has not misspelt it.
    if has_own || module.as_bytes().len() < 4 {
        return Ok(hints);
    }
    for entry in &configuration.entries {
        let Some(name) = kept_out(&entry.directive) else { continue };
        let is_near = !nearest(name, [module.as_bytes()]).is_empty();
        let name = ModuleName::verbatim(name);
        if is_near && name != *module && !named::is_known(world, &name)? {
            hints.push(Hint { origin: entry.origin.clone(), why: Void::Misspelt(name) });
        }
    }
    Ok(hints)
}

/// The name or pattern that a line keeps out.
fn kept_out(directive: &Directive) -> Option<&[u8]> {
    match directive {
        Directive::Blacklist { module } => Some(module.as_bytes()),
        Directive::Install { pattern, command } if refuses(command) => Some(pattern),
        _ => None,
    }
}

/// Whether the lines of a file are in force. One whose lines are all bad is as good as not read.
fn is_read(configuration: &Configuration, file: &TextFile) -> bool {
    configuration.entries.iter().any(|entry| match &entry.origin {
        Origin::File { path, .. } => path[..] == file.path[..],
        Origin::KernelCommandLine => false,
    })
}

fn void_lines(file: &TextFile, module: &ModuleName) -> Vec<Hint> {
    let directory = file.path.rsplit(|&byte| byte == b'/').nth(1).unwrap_or_default();
    let why = if directory == b"modules-load.d" {
        Void::WrongDirectory
    } else if file.path.ends_with(b".conf") {
        Void::Hidden
    } else {
        Void::Unread
    };
    let is_about = |line: &Line| match &line.directive {
        Directive::Blacklist { module: listed } => listed == module,
        Directive::Install { pattern, command } => {
            refuses(command) && pattern::matches(pattern, module.as_bytes())
        }
        _ => false,
    };
    let lines = parse(&file.bytes).lines.into_iter().filter(is_about);
    let path = file.path[..].into();
    let origin = |line| Entry::of_file(&path, line).origin;
    lines.map(|line| Hint { origin: origin(line), why: why.clone() }).collect()
}
