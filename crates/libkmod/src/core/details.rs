//! What a module's file tells, and what the kernel tells of one that is loaded, as lists for C.

use std::rc::Rc;

use kmodctl::decide::{Errno, Problem};
use kmodctl::format::elf::{Damage, ModuleFile};
use kmodctl::format::modinfo::Entry;
use kmodctl::format::symbols::{self, Symbols};
use kmodctl::system::{LoadedSection, ModuleBytes, modinfo};

use crate::core::list::{Item, List};
use crate::core::module::{Module, terminated};
use crate::core::words;

/// A list, and how many entries it has.
pub type Counted = (Option<Rc<List>>, usize);

/// What a module says of itself, and what its signature says.
pub fn info(module: &Module) -> Result<Counted, Problem> {
    let source = match module.path() {
        Some(path) => modinfo::of_file(path.to_bytes(), &*file(module)?)?,
        None => modinfo::read(module.world(), module.name(), None)?,
    };
    let item = |entry: Entry<'_>| Item::Info {
        key: terminated(entry.key),
        value: terminated(entry.value),
    };
    Ok(counted(source.entries().into_iter().map(item)))
}

/// The symbols a module was built against.
pub fn versions(module: &Module) -> Result<Counted, Problem> {
    let read = of_file(module, symbols::versions)?;
    Ok(counted(read.iter().map(|symbol| Item::Symbol {
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
    let file = file(module)?;
    let path = || module.path().unwrap_or_default().to_bytes().to_vec();
    read(&file)
        .map_err(|damage| Problem::ModuleDamaged { file: path(), damage })?
        .ok_or_else(|| Problem::FileUnreadable { file: path(), errno: Errno::ENODATA })
}

fn file(module: &Module) -> Result<Rc<ModuleFile<ModuleBytes>>, Problem> {
    let log = &module.context().log;
    module.file().inspect_err(|problem| words::tell_of_file(log, problem))
}

fn list_of(symbols: &Symbols) -> Counted {
    counted(symbols.iter().map(|symbol| Item::Symbol {
        name: terminated(symbol.name),
        crc: symbol.crc,
        bind: symbol.bind.letter(),
    }))
}

fn counted(items: impl Iterator<Item = Item>) -> Counted {
    let items: Vec<_> = items.collect();
    let count = items.len();
    (List::of(items), count)
}
