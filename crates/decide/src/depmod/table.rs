//! The eleven files: what stands in each of them.

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
}

/// What a kernel's build says of built-in modules, or why it could not be read.
pub struct Builtin {
    /// `modules.builtin`.
    pub list: Result<Vec<u8>, Errno>,
    /// `modules.builtin.modinfo`.
    pub modinfo: Result<Vec<u8>, Errno>,
}

/// What all tables are made of.
pub struct Tables<'a> {
    /// Modules and what they need.
    pub graph: &'a Graph<'a>,
    /// The module directory.
    pub directory: &'a [u8],
    /// What is built in.
    pub builtin: &'a Builtin,
    /// Whether aliases that a module has twice are remarked upon.
    pub reports_duplicates: bool,
}

/// The bytes of one file, and what is to be said of them.
///
/// Without the list of what is built in, or its strings, the index of it is an empty file.
pub fn table(tables: &Tables<'_>, which: Table) -> Result<(Vec<u8>, Vec<Remark>), TooLong> {
    let mut remarks = Vec::new();
    let graph = tables.graph;
    let bytes = match which {
        Table::Alias => entries(graph, ALIAS_HEADING, b"alias", Order::ValueFirst),
        Table::AliasIndex => alias_index(tables, &mut remarks)?,
        Table::BuiltinAliasIndex => builtin_alias_index(&tables.builtin.modinfo, &mut remarks)?,
        Table::BuiltinIndex => builtin_index(&tables.builtin.list, &mut remarks)?,
        Table::Dependencies => dependencies(tables),
        Table::DependencyIndex => dependency_index(tables, &mut remarks)?,
        Table::Devname => devname::write(graph.modules, &mut remarks),
        Table::Softdep => entries(graph, SOFTDEP_HEADING, b"softdep", Order::ModuleFirst),
        Table::SymbolIndex => symbol_index(graph, &mut remarks)?,
        Table::Symbols => symbols(graph),
        Table::Weakdep => entries(graph, WEAKDEP_HEADING, b"weakdep", Order::ModuleFirst),
    };
    Ok((bytes, remarks))
}

fn dependencies(tables: &Tables<'_>) -> Vec<u8> {
    let mut output = Vec::new();
    for number in 0..tables.graph.modules.len() {
        dependency_line(tables, number, &mut output);
        output.push(b'\n');
    }
    output
}

fn dependency_line(tables: &Tables<'_>, number: usize, output: &mut Vec<u8>) {
    let path = |module: &'_ Module| module.table_path(tables.directory).to_vec();
    let needed = tables.graph.needed(number).map(|module| module.table_path(tables.directory));
    write_dependencies(&path(&tables.graph.modules[number]), needed, output);
}

fn dependency_index(tables: &Tables<'_>, remarks: &mut Vec<Remark>) -> Result<Vec<u8>, TooLong> {
    let mut index = Index { builder: IndexBuilder::new(), remarks };
    let mut line = Vec::new();
    for (number, module) in tables.graph.modules.iter().enumerate() {
        line.clear();
        dependency_line(tables, number, &mut line);
        index.insert(module.name.as_bytes(), &line, number as u32);
    }
    index.builder.finish()
}

/// What comes first in a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    ModuleFirst,
    ValueFirst,
}

/// The lines of one key of `.modinfo`, as modules spell its values.
fn entries(graph: &Graph<'_>, heading: &[u8], key: &[u8], order: Order) -> Vec<u8> {
    let mut output = heading.to_vec();
    for module in graph.modules {
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

fn values<'a>(module: &'a Module, key: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let entries = modinfo::entries(&module.contents.modinfo);
    entries.filter(move |entry| entry.key == key).map(|entry| entry.value)
}

fn alias_index(tables: &Tables<'_>, remarks: &mut Vec<Remark>) -> Result<Vec<u8>, TooLong> {
    let mut index = Index { builder: IndexBuilder::new(), remarks };
    // What a module has had, where that is asked for.
    let mut had = BTreeSet::new();
    for (number, module) in (0..).zip(tables.graph.modules) {
        had.clear();
        for value in values(module, b"alias") {
            let Some(alias) = index.folded(value) else { continue };
            let is_in = index.insert(&alias, module.name.as_bytes(), number);
            if is_in && tables.reports_duplicates && !had.insert(alias.clone()) {
                let module = module.name.clone();
                index.remarks.push(Remark::DuplicateAlias { alias, module });
            }
        }
    }
    index.builder.finish()
}

const SYMBOL_KEY: &[u8] = b"symbol:";

fn symbols(graph: &Graph<'_>) -> Vec<u8> {
    let mut output = SYMBOLS_HEADING.to_vec();
    for (name, module) in graph.symbols.of_modules() {
        let module = graph.modules[module as usize].name.as_bytes();
        write_line(&[b"alias", &[SYMBOL_KEY, name].concat(), module], &mut output);
    }
    output
}

fn symbol_index(graph: &Graph<'_>, remarks: &mut Vec<Remark>) -> Result<Vec<u8>, TooLong> {
    let mut index = Index { builder: IndexBuilder::new(), remarks };
    for (name, module) in graph.symbols.of_modules() {
        let key = [SYMBOL_KEY, name].concat();
        index.insert(&key, graph.modules[module as usize].name.as_bytes(), module);
    }
    index.builder.finish()
}

fn builtin_index(
    list: &Result<Vec<u8>, Errno>,
    remarks: &mut Vec<Remark>,
) -> Result<Vec<u8>, TooLong> {
    let Some(list) = opened(list, "modules.builtin", remarks) else { return Ok(Vec::new()) };
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

fn builtin_alias_index(
    strings: &Result<Vec<u8>, Errno>,
    remarks: &mut Vec<Remark>,
) -> Result<Vec<u8>, TooLong> {
    let name = "modules.builtin.modinfo";
    let Some(strings) = opened(strings, name, remarks) else { return Ok(Vec::new()) };
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

    fn folded(&mut self, alias: &[u8]) -> Option<Vec<u8>> {
        let folded = fold_alias(alias);
        folded.map_err(|_| self.remarks.push(Remark::UnmatchedBracket { alias: alias.into() })).ok()
    }
}
