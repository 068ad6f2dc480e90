//! What a module's file tells, and what the kernel tells of one that is loaded, as lists for C.

use std::rc::Rc;

use kmodctl::decide::{Errno, Problem};
use kmodctl::format::elf::{Damage, ModuleFile};
use kmodctl::format::symbols::{self, Symbols};
use kmodctl::system::{LoadedSection, ModuleBytes, modinfo, open_module};

use crate::core::list::{Item, List};
use crate::core::module::{Module, terminated};
use crate::core::words;

/// A list, and how many entries it has.
pub type Counted = (Option<Rc<List>>, usize);

/// What a module says of itself, and what its signature says.
pub fn info(module: &Module) -> Result<Counted, Problem> {
    let path = module.path().map(|path| path.to_bytes());
    let source = modinfo::read(module.world(), module.name(), path);
    let source = source.inspect_err(|problem| words::tell(&module.context().log, problem))?;
    let entries = source.entries();
    let item = |entry: &kmodctl::format::modinfo::Entry<'_>| Item::Info {
        key: terminated(entry.key),
        value: terminated(entry.value),
    };
    Ok((List::of(entries.iter().map(item).collect()), entries.len()))
}

/// The symbols a module was built against.
pub fn versions(module: &Module) -> Result<Counted, Problem> {
    let read = of_file(module, symbols::versions)?;
    Ok(list(read.iter().map(|symbol| Item::Symbol {
        // The entry points of functions on ppc64.
        name: terminated(symbol.name.strip_prefix(b".").unwrap_or(symbol.name)),
        crc: symbol.crc,
        bind: symbol.bind.letter(),
    })))
}

/// The symbols a module gives to others.
pub fn symbols(module: &Module) -> Result<Counted, Problem> {
    of_file(module, symbols::exported).map(|symbols| list_of(&symbols))
}

/// The symbols a module needs.
pub fn dependency_symbols(module: &Module) -> Result<Counted, Problem> {
    of_file(module, |file| symbols::needed(file).map(Some)).map(|symbols| list_of(&symbols))
}

/// The sections of a loaded module.
pub fn sections(module: &Module) -> Result<Option<Rc<List>>, Errno> {
    let sections = module.context().machine.sections(module.name())?;
    let item = |section: LoadedSection| Item::Section {
        name: terminated(&section.name),
        address: section.address,
    };
    Ok(List::of(sections.into_iter().map(item).collect()))
}

/// Reads symbols of a module's file; one without a file, or without such symbols, is a problem.
fn of_file(
    module: &Module,
    read: impl FnOnce(&ModuleFile<ModuleBytes>) -> Result<Option<Symbols>, Damage>,
) -> Result<Symbols, Problem> {
    let no_file = || Problem::NoFile { module: module.name().clone() };
    let path = module.path().ok_or_else(no_file)?.to_bytes();
    let damaged = |damage| Problem::ModuleDamaged { file: path.into(), damage };
    let opened = open_module(path);
    let opened = opened.inspect_err(|problem| words::tell(&module.context().log, problem))?;
    let file = ModuleFile::read(opened.bytes).map_err(damaged)?;
    let absent = Problem::FileUnreadable { file: path.into(), errno: Errno::ENODATA };
    read(&file).map_err(damaged)?.ok_or(absent)
}

fn list_of(symbols: &Symbols) -> Counted {
    list(symbols.iter().map(|symbol| Item::Symbol {
        name: terminated(symbol.name),
        crc: symbol.crc,
        bind: symbol.bind.letter(),
    }))
}

fn list(items: impl Iterator<Item = Item>) -> Counted {
    let items: Vec<_> = items.collect();
    let count = items.len();
    (List::of(items), count)
}
