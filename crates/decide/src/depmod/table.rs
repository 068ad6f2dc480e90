//! The eleven files: what stands in each of them.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use kmodctl_format::index::{IndexBuilder, TooLong};
use kmodctl_format::modinfo::{self, builtin_aliases};
use kmodctl_format::module_lists;
use kmodctl_format::name::fold_alias;
use kmodctl_format::tables::{
    ALIAS_HEADING, SOFTDEP_HEADING, SYMBOLS_HEADING, WEAKDEP_HEADING, write_dependencies,
    write_line,
};

use super::{Graph, Module, Remark, devname};
use crate::errno::Errno;

/// One of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `modules.alias`.
    Alias,
    /// `modules.alias.bin`.
    AliasIndex,
    /// `modules.builtin.alias.bin`.
    BuiltinAliasIndex,
    /// `modules.builtin.bin`.
    BuiltinIndex,
    /// `modules.dep`.
    Dependencies,
    /// `modules.dep.bin`.
    DependencyIndex,
    /// `modules.devname`.
    Devname,
    /// `modules.softdep`.
    Softdep,
    /// `modules.symbols.bin`.
    SymbolIndex,
    /// `modules.symbols`.
    Symbols,
    /// `modules.weakdep`.
    Weakdep,
}

impl Table {
    /// All files in the order in which they are made.
    pub const ALL: [Self; 11] = [
        Self::Dependencies,
        Self::DependencyIndex,
        Self::Alias,
        Self::AliasIndex,
        Self::Softdep,
        Self::Weakdep,
        Self::Symbols,
        Self::SymbolIndex,
        Self::BuiltinIndex,
        Self::BuiltinAliasIndex,
        Self::Devname,
    ];

    /// The file's name.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Alias => "modules.alias",
            Self::AliasIndex => "modules.alias.bin",
            Self::BuiltinAliasIndex => "modules.builtin.alias.bin",
            Self::BuiltinIndex => "modules.builtin.bin",
            Self::Dependencies => "modules.dep",
            Self::DependencyIndex => "modules.dep.bin",
            Self::Devname => "modules.devname",
            Self::Softdep => "modules.softdep",
            Self::SymbolIndex => "modules.symbols.bin",
            Self::Symbols => "modules.symbols",
            Self::Weakdep => "modules.weakdep",
        }
    }

    /// Whether a person can read it.
    pub fn is_text(self) -> bool {
        !self.file_name().ends_with(".bin")
    }

    /// Whether it tells who gives a symbol, so that it cannot be made before modules are linked.
    pub fn is_of_links(self) -> bool {
        matches!(self.maker(), Maker::OfLinks(_))
    }

    fn maker(self) -> Maker {
        match self {
            Self::Alias => Maker::OfModules(aliases),
            Self::AliasIndex => Maker::OfModules(alias_index),
            Self::BuiltinAliasIndex => Maker::OfModules(builtin_alias_index),
            Self::BuiltinIndex => Maker::OfModules(builtin_index),
            Self::Dependencies => Maker::OfLinks(dependencies),
            Self::DependencyIndex => Maker::OfLinks(dependency_index),
            Self::Devname => Maker::OfModules(devnames),
            Self::Softdep => Maker::OfModules(softdeps),
            Self::SymbolIndex => Maker::OfLinks(symbol_index),
            Self::Symbols => Maker::OfLinks(symbols),
            Self::Weakdep => Maker::OfModules(weakdeps),
        }
    }
}

/// How a file is made: of what modules say, or of who gives what as well.
enum Maker {
    OfLinks(fn(&Tables<'_>, &Graph<'_>, &mut Vec<Remark>) -> Bytes),
    OfModules(fn(&Tables<'_>, &mut Vec<Remark>) -> Bytes),
}

type Bytes = Result<Vec<u8>, TooLong>;

/// What a kernel's build says of built-in modules, or why it could not be read.
pub struct Builtin {
    /// `modules.builtin`.
    pub list: Result<Vec<u8>, Errno>,
    /// `modules.builtin.modinfo`.
    pub modinfo: Result<Vec<u8>, Errno>,
}

/// What all tables are made of, besides what needs what.
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    /// The modules in their order.
    pub modules: &'a [Module<'a>],
    /// The module directory.
    pub directory: &'a [u8],
    /// What is built in.
    pub builtin: &'a Builtin,
    /// Whether aliases that a module has twice are remarked upon.
    pub reports_duplicates: bool,
}

/// The bytes of a file, and what is to be said of them; some tables have a largest size.
pub type Made = Result<(Vec<u8>, Vec<Remark>), TooLong>;

/// Makes one file.
///
/// Without the list of what is built in, or its strings, the index of it is an empty file.
pub fn table(tables: &Tables<'_>, graph: &Graph<'_>, which: Table) -> Made {
    let mut remarks = Vec::new();
    let bytes = match which.maker() {
        Maker::OfLinks(make) => make(tables, graph, &mut remarks)?,
        Maker::OfModules(make) => make(tables, &mut remarks)?,
    };
    Ok((bytes, remarks))
}

/// Makes a file that can be made before modules are linked; nothing for another one.
pub fn table_without_links(tables: &Tables<'_>, which: Table) -> Option<Made> {
    let Maker::OfModules(make) = which.maker() else { return None };
    let mut remarks = Vec::new();
    Some(make(tables, &mut remarks).map(|bytes| (bytes, remarks)))
}

fn dependencies(tables: &Tables<'_>, graph: &Graph<'_>, _: &mut Vec<Remark>) -> Bytes {
    let mut output = Vec::new();
    for number in 0..tables.modules.len() {
        dependency_line(tables, graph, number, &mut output);
        output.push(b'\n');
    }
    Ok(output)
}

fn dependency_line(tables: &Tables<'_>, graph: &Graph<'_>, number: usize, output: &mut Vec<u8>) {
    let needed = graph.needed(number).map(|module| module.table_path(tables.directory));
    write_dependencies(tables.modules[number].table_path(tables.directory), needed, output);
}

fn dependency_index(tables: &Tables<'_>, graph: &Graph<'_>, remarks: &mut Vec<Remark>) -> Bytes {
    let mut index = Index { builder: IndexBuilder::new(), remarks };
    let mut line = Vec::new();
    for (number, module) in tables.modules.iter().enumerate() {
        line.clear();
        dependency_line(tables, graph, number, &mut line);
        index.insert(module.name.as_bytes(), &line, number as u32);
    }
    index.builder.finish()
}

fn aliases(tables: &Tables<'_>, _: &mut Vec<Remark>) -> Bytes {
    Ok(entries(tables.modules, ALIAS_HEADING, b"alias", Order::ValueFirst))
}

fn softdeps(tables: &Tables<'_>, _: &mut Vec<Remark>) -> Bytes {
    Ok(entries(tables.modules, SOFTDEP_HEADING, b"softdep", Order::ModuleFirst))
}

fn weakdeps(tables: &Tables<'_>, _: &mut Vec<Remark>) -> Bytes {
    Ok(entries(tables.modules, WEAKDEP_HEADING, b"weakdep", Order::ModuleFirst))
}

fn devnames(tables: &Tables<'_>, remarks: &mut Vec<Remark>) -> Bytes {
    Ok(devname::write(tables.modules, remarks))
}

/// What comes first in a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    ModuleFirst,
    ValueFirst,
}

/// The lines of one key of `.modinfo`, as modules spell its values.
fn entries(modules: &[Module<'_>], heading: &[u8], key: &[u8], order: Order) -> Vec<u8> {
    let mut output = heading.to_vec();
    for module in modules {
        for value in values(module, key) {
            let name = module.name.as_bytes();
            match order {
                Order::ModuleFirst => write_line(&[key, name, value], &mut output),
                Order::ValueFirst => write_line(&[key, value, name], &mut output),
            }
        }
    }
    output
}

pub(super) fn values<'a>(module: &'a Module<'_>, key: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let entries = modinfo::entries(module.contents.stored.modinfo());
    entries.filter(move |entry| entry.key == key).map(|entry| entry.value)
}

fn alias_index(tables: &Tables<'_>, remarks: &mut Vec<Remark>) -> Bytes {
    let mut index = Index { builder: IndexBuilder::new(), remarks };
    // What a module has had, where that is asked for.
    let mut had = BTreeSet::new();
    for (number, module) in (0..).zip(tables.modules) {
        had.clear();
        for value in values(module, b"alias") {
            let Some(alias) = index.folded(value) else { continue };
            let is_in = index.insert(&alias, module.name.as_bytes(), number);
            if is_in && tables.reports_duplicates && !had.insert(alias.clone()) {
                let (alias, module) = (alias.into_owned(), module.name.clone());
                index.remarks.push(Remark::DuplicateAlias { alias, module });
            }
        }
    }
    index.builder.finish()
}

const SYMBOL_KEY: &[u8] = b"symbol:";

fn symbols(tables: &Tables<'_>, graph: &Graph<'_>, _: &mut Vec<Remark>) -> Bytes {
    let mut output = SYMBOLS_HEADING.to_vec();
    for (name, module) in graph.symbols.of_modules() {
        let module = tables.modules[module as usize].name.as_bytes();
        write_line(&[b"alias", &[SYMBOL_KEY, name].concat(), module], &mut output);
    }
    Ok(output)
}

fn symbol_index(tables: &Tables<'_>, graph: &Graph<'_>, remarks: &mut Vec<Remark>) -> Bytes {
    let mut index = Index { builder: IndexBuilder::new(), remarks };
    for (name, module) in graph.symbols.of_modules() {
        let key = [SYMBOL_KEY, name].concat();
        index.insert(&key, tables.modules[module as usize].name.as_bytes(), module);
    }
    index.builder.finish()
}

fn builtin_index(tables: &Tables<'_>, remarks: &mut Vec<Remark>) -> Bytes {
    let list = opened(&tables.builtin.list, "modules.builtin", remarks);
    let Some(list) = list else { return Ok(Vec::new()) };
    let mut index = Index { builder: IndexBuilder::new(), remarks };
    for line in module_lists::builtin(list) {
        match line {
            Ok(name) => {
                index.insert(name.as_bytes(), b"", 0);
            }
            Err(line) => index.remarks.push(Remark::BuiltinLine { line: line.into() }),
        }
    }
    index.builder.finish()
}

fn builtin_alias_index(tables: &Tables<'_>, remarks: &mut Vec<Remark>) -> Bytes {
    let strings = opened(&tables.builtin.modinfo, "modules.builtin.modinfo", remarks);
    let Some(strings) = strings else { return Ok(Vec::new()) };
    let mut index = Index { builder: IndexBuilder::new(), remarks };
    for (module, value) in builtin_aliases(strings) {
        if let Some(alias) = index.folded(value) {
            index.insert(&alias, module, 0);
        }
    }
    index.builder.finish()
}

fn opened<'a>(
    file: &'a Result<Vec<u8>, Errno>,
    name: &'static str,
    remarks: &mut Vec<Remark>,
) -> Option<&'a [u8]> {
    match file {
        Ok(bytes) => Some(bytes),
        Err(errno) => {
            remarks.push(Remark::Unopened { name, errno: *errno });
            None
        }
    }
}

/// An index on its way; what it cannot hold is left out and remarked upon.
struct Index<'a> {
    builder: IndexBuilder,
    remarks: &'a mut Vec<Remark>,
}

impl Index<'_> {
    /// Adds a value, and tells whether it is in the index.
    fn insert(&mut self, key: &[u8], value: &[u8], priority: u32) -> bool {
        let Err(unsuitable) = self.builder.insert(key, value, priority) else { return true };
        let byte = unsuitable.byte;
        let text = if key.contains(&byte) { key } else { value };
        self.remarks.push(Remark::BadCharacter { byte, text: text.into() });
        false
    }

    fn folded<'n>(&mut self, alias: &'n [u8]) -> Option<Cow<'n, [u8]>> {
        let folded = fold_alias(alias);
        folded.map_err(|_| self.remarks.push(Remark::UnmatchedBracket { alias: alias.into() })).ok()
    }
}
