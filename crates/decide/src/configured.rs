//! Which symbol of a kernel's configuration a module rests on, and what tells so. A kernel does not
//! say it: it is read off the Makefile of the module's directory where that is installed, and
//! otherwise guessed by name, if the guess agrees with what is installed.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::kernel_configuration::{Built, Setting, built, setting, symbols};

use crate::inventory::TextFile;

/// What a module is in one kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Not there.
    Absent,
    /// Part of the kernel image.
    BuiltIn,
    /// A file.
    Module,
}

/// The symbol of a module, or why none can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Configured {
    /// No symbol can be told.
    CannotTell(Doubt),
    /// This one.
    Symbol {
        /// With `CONFIG_` before its name.
        symbol: Vec<u8>,
        /// How it is set; `None` where the configuration is not there or does not have it.
        setting: Option<Setting>,
        /// What tells so.
        by: Evidence,
    },
}

/// Why no symbol can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A symbol has the module's name, but is set to something else than what is installed.
    Disagrees {
        /// The symbol.
        symbol: Vec<u8>,
        /// How it is set.
        setting: Setting,
    },
    /// The kernel's configuration is not installed.
    NoConfiguration,
    /// No symbol has the module's name.
    NoSymbol,
}

/// What tells which symbol it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// One symbol alone ends in the module's name: `CONFIG_SENSORS_K10TEMP`.
    Ending,
    /// A symbol has the module's name with `_FS` behind it, as those of file systems have.
    FileSystem,
    /// The line of the Makefile that builds the module.
    Makefile {
        /// The file.
        file: Vec<u8>,
        /// The line's number, from 1.
        line: usize,
    },
    /// A symbol has the module's name, with underscores elsewhere or not.
    Name,
}

/// What is known of a module and of a kernel's configuration.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The module.
    pub module: &'a ModuleName,
    /// What it is in the kernel.
    pub presence: Presence,
    /// Where the kernel's sources have it: `drivers/net/ethernet/intel/e1000e`.
    pub directory: Option<&'a [u8]>,
    /// The kernel's configuration.
    pub configuration: Option<&'a [u8]>,
    /// The Makefiles of that directory.
    pub makefiles: &'a [TextFile],
}

/// Tells the symbol of a module.
pub fn configured(question: &Question<'_>) -> Configured {
    if let Some(found) = by_makefile(question) {
        return found;
    }
    let Some(configuration) = question.configuration else {
        return Configured::CannotTell(Doubt::NoConfiguration);
    };
    let mut doubt = Doubt::NoSymbol;
    for (symbol, setting, by) in candidates(question, configuration) {
        if agrees(&setting, question.presence) {
            return Configured::Symbol { symbol: symbol.to_vec(), setting: Some(setting), by };
        }
        if doubt == Doubt::NoSymbol && by == Evidence::Name {
            doubt = Doubt::Disagrees { symbol: symbol.to_vec(), setting };
        }
    }
    Configured::CannotTell(doubt)
}

/// The symbol, set to `y`, that has a name which no module has: code that cannot be a module stands in
/// no index, though the kernel has it. Underscores do not count.
pub fn symbol_in_image(name: &ModuleName, configuration: &[u8]) -> Option<Vec<u8>> {
    let wanted = name.as_bytes().to_ascii_uppercase();
    let is_it = |symbol: &[u8]| {
        symbol.strip_prefix(b"CONFIG_").is_some_and(|symbol| is_same(symbol, &wanted))
    };
    let mut found = symbols(configuration).filter(|(symbol, _)| is_it(symbol));
    let (symbol, _) = found.find(|(_, setting)| *setting == Setting::BuiltIn)?;
    Some(symbol.to_vec())
}

/// By the line that builds it; of several, one whose symbol agrees with what is installed.
fn by_makefile(question: &Question<'_>) -> Option<Configured> {
    let mut found: Vec<Configured> = Vec::new();
    for makefile in question.makefiles {
        let is_meant = |one: &Built| ModuleName::new(&one.object) == *question.module;
        for one in built(&makefile.bytes).into_iter().filter(is_meant) {
            let setting = question.configuration.and_then(|file| setting(file, &one.symbol));
            let by = Evidence::Makefile { file: makefile.path.clone(), line: one.line };
            let agrees = setting.as_ref().is_some_and(|it| agrees(it, question.presence));
            let at = if agrees { 0 } else { found.len() };
            found.insert(at, Configured::Symbol { symbol: one.symbol, setting, by });
        }
    }
    (!found.is_empty()).then(|| found.swap_remove(0))
}

fn agrees(setting: &Setting, presence: Presence) -> bool {
    matches!(
        (setting, presence),
        (Setting::BuiltIn, Presence::BuiltIn)
            | (Setting::Module, Presence::Module)
            | (Setting::Unset, Presence::Absent)
    )
}

/// The symbols that a module may have by its name, the likeliest first.
fn candidates<'c>(
    question: &Question<'_>,
    configuration: &'c [u8],
) -> Vec<(&'c [u8], Setting, Evidence)> {
    const SHORTEST_ENDING: usize = 4;
    let name = question.module.as_bytes().to_ascii_uppercase();
    let is_of_files = question.directory.is_some_and(|directory| directory.starts_with(b"fs/"));
    let (mut found, mut endings) = (Vec::new(), Vec::new());
    for (symbol, setting) in symbols(configuration) {
        let rest = symbol.strip_prefix(b"CONFIG_").unwrap_or(symbol);
        if is_same(rest, &name) {
            let at = if rest == name { 0 } else { found.len() };
            found.insert(at, (symbol, setting, Evidence::Name));
        } else if is_of_files && rest.strip_suffix(b"_FS") == Some(&name) {
            found.push((symbol, setting, Evidence::FileSystem));
        } else if rest.strip_suffix(&name[..]).is_some_and(|start| start.ends_with(b"_")) {
            endings.push((symbol, setting, Evidence::Ending));
        }
    }
    if endings.len() == 1 && name.len() >= SHORTEST_ENDING {
        found.extend(endings);
    }
    found
}

/// Whether two names are the same but for underscores.
fn is_same(left: &[u8], right: &[u8]) -> bool {
    let left = left.iter().filter(|&&byte| byte != b'_');
    left.eq(right.iter().filter(|&&byte| byte != b'_'))
}
