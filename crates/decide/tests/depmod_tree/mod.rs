//! Modules as a text, and what depmod makes of them.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use kmodctl_decide::depmod::{
    Builtin, Contents, Cycles, Graph, Linking, Module, Remark, Table, Tables, link, order, table,
    table_without_links,
};
use kmodctl_format::ModuleName;
use kmodctl_format::depmod_cache::StoredContents;
use kmodctl_format::index::Index;
use kmodctl_format::symbols::{Bind, Symbol, Symbols};

pub(crate) const DIRECTORY: &[u8] = b"/m";

/// Reads modules, one a line: `PATH WORD…`. A word is `+SYMBOL:CRC` for what it gives,
/// `-SYMBOL:CRC` for what it needs, `?SYMBOL` for what it would like, and `KEY=VALUE` for a string
/// of its `.modinfo`, where `~` stands for a space.
pub(crate) fn modules(text: &str) -> Vec<Module<'static>> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(module).collect()
}

/// Modules in depmod's order.
pub(crate) fn ordered(text: &str, modules_order: &str) -> Vec<Module<'static>> {
    let mut modules = modules(text);
    let mut names: Vec<_> =
        modules.iter().map(|module| (module.name.clone(), module.path.clone())).collect();
    order(&mut names, DIRECTORY, modules_order.as_bytes());
    modules.sort_by_key(|module| names.iter().position(|(name, _)| *name == module.name));
    modules
}

fn module(line: &str) -> Module<'static> {
    let mut words = line.split_whitespace();
    let path = words.next().unwrap();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/m/{path}") };
    let (mut exported, mut needed, mut modinfo) = (Vec::new(), Vec::new(), Vec::new());
    for word in words {
        let (first, rest) = word.split_at(1);
        match first {
            "+" => exported.push(symbol(rest, Bind::Global)),
            "-" => needed.push(symbol(rest, Bind::Undefined)),
            "?" => needed.push(symbol(rest, Bind::Weak)),
            _ => modinfo.push(word.replace('~', " ") + "\0"),
        }
    }
    let [exported, needed]: [Symbols; 2] = [exported, needed].map(Symbols::from_iter);
    let modinfo = modinfo.concat().into_bytes();
    let stored = StoredContents::new(&modinfo, [&exported, &needed], true).unwrap();
    let contents = Contents { stored, problem: None };
    Module { name: ModuleName::of_path(&path), path: path.into_bytes(), contents }
}

fn symbol(text: &str, bind: Bind) -> Symbol<'_> {
    let (name, crc) = text.split_once(':').unwrap_or((text, "0"));
    Symbol { name: name.as_bytes(), crc: crc.parse().unwrap(), bind }
}

pub(crate) fn linked<'a>(modules: &'a [Module<'a>]) -> Result<Graph<'a>, Cycles> {
    link(modules, &Linking::default()).1
}

/// One table, and what is said of it.
pub(crate) fn made(
    modules: &[Module<'_>],
    which: Table,
    builtin: &Builtin,
) -> (Vec<u8>, Vec<Remark>) {
    let graph = linked(modules).unwrap();
    let tables = Tables { modules, directory: DIRECTORY, builtin, reports_duplicates: true };
    let made = table(&tables, &graph, which);
    if let Some(without_links) = table_without_links(&tables, which) {
        assert_eq!(without_links, made, "{which:?}");
    }
    made.unwrap()
}

pub(crate) fn nothing_built_in() -> Builtin {
    Builtin { list: Ok(Vec::new()), modinfo: Ok(Vec::new()) }
}

pub(crate) fn text(modules: &[Module<'_>], which: Table) -> String {
    String::from_utf8(made(modules, which, &nothing_built_in()).0).unwrap()
}

/// The keys of an index with their values, as `KEY VALUE PRIORITY`.
pub(crate) fn index(bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let visit = |key: &[u8], value: kmodctl_format::index::ShownValue<'_>| {
        let (key, text) = (key.escape_ascii(), value.bytes.escape_ascii());
        lines.push(format!("{key} {text} {}", value.priority));
    };
    Index::open(bytes).unwrap().walk(visit).unwrap();
    lines
}

pub(crate) fn name(name: &str) -> ModuleName {
    ModuleName::new(name)
}
