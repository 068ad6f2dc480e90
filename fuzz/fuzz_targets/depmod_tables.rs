//! Modules made of bytes: their tables end, a user stands before what it uses, circles are told
//! exactly where there are some, and every index gives back what was put in.
#![no_main]

use std::collections::BTreeSet;

use kmodctl_decide::Errno;
use kmodctl_decide::depmod::{
    Builtin, Contents, Graph, Linking, Module, Table, Tables, link, order, table,
};
use kmodctl_format::ModuleName;
use kmodctl_format::dependencies::Dependencies;
use kmodctl_format::depmod_cache::StoredContents;
use kmodctl_format::index::Index;
use kmodctl_format::symbols::{Bind, Symbol, Symbols};
use libfuzzer_sys::fuzz_target;

const MODULES: u8 = 16;

fuzz_target!(|bytes: &[u8]| {
    let needs: Vec<(u8, u8)> =
        bytes.chunks_exact(2).take(64).map(|two| (two[0] % MODULES, two[1] % MODULES)).collect();
    let aliases: Vec<&[u8]> = bytes.split(|&byte| byte == 0).collect();
    let mut files: Vec<_> = (0..MODULES).map(|number| (name(number), path(number))).collect();
    order(&mut files, b"/m", bytes);
    assert_eq!(files.len(), usize::from(MODULES));
    let modules: Vec<Module> =
        files.into_iter().map(|(name, path)| module(name, path, &needs, &aliases)).collect();
    match link(&modules, &Linking::default()).1 {
        Ok(graph) => {
            assert!(!has_circle(&needs));
            tables(&graph, &needs);
        }
        Err(cycles) => {
            assert!(has_circle(&needs));
            assert!(!cycles.chains.is_empty() && cycles.modules > 0);
            for chain in &cycles.chains {
                assert_eq!(chain.first(), chain.last());
            }
        }
    }
});

fn tables(graph: &Graph<'_>, needs: &[(u8, u8)]) {
    let missing = || Err(Errno::ENOENT);
    let builtin = Builtin { list: missing(), modinfo: missing() };
    let all = Tables {
        modules: graph.modules,
        directory: b"/m",
        builtin: &builtin,
        reports_duplicates: true,
    };
    for which in Table::ALL {
        let (written, _) = table(&all, graph, which).expect("sixteen modules fit every index");
        if !which.is_text() && !written.is_empty() {
            Index::open(&written[..]).and_then(|index| index.walk(|_, _| ())).expect("an index");
        }
    }
    let (text, _) = table(&all, graph, Table::Dependencies).expect("a table");
    let (index, _) = table(&all, graph, Table::DependencyIndex).expect("a table");
    let index = Index::open(&index[..]).expect("an index");
    for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let read = Dependencies::parse(line).expect("a line of modules.dep");
        let user = ModuleName::of_path(read.path);
        assert_eq!(index.exact(user.as_bytes()).expect("sound").as_deref(), Some(line));
        let listed: Vec<u8> = read.paths().map(number).collect();
        for (place, needed) in listed.iter().enumerate() {
            let before: BTreeSet<u8> = listed[..place].iter().copied().collect();
            assert!(directly(needs, *needed).iter().all(|deeper| !before.contains(deeper)));
        }
        assert!(directly(needs, number(read.path)).iter().all(|direct| listed.contains(direct)));
    }
}

fn module(
    name: ModuleName,
    path: Vec<u8>,
    needs: &[(u8, u8)],
    aliases: &[&[u8]],
) -> Module<'static> {
    let own = number(&path);
    let needed: Vec<[u8; 1]> =
        directly(needs, own).into_iter().map(|other| [b'a' + other]).collect();
    let gives = [b'a' + own];
    let alias = aliases.get(usize::from(own)).copied().unwrap_or(b"none");
    let exported = Symbols::from_iter([Symbol { name: &gives, crc: 0, bind: Bind::Global }]);
    let needed: Symbols =
        needed.iter().map(|name| Symbol { name, crc: 0, bind: Bind::Undefined }).collect();
    let modinfo = [b"alias=", alias, b"\0softdep=pre: x\0"].concat();
    let stored = StoredContents::new(&modinfo, [&exported, &needed], false);
    let stored = stored.expect("no part is too long");
    Module { name, path, contents: Contents { stored, problem: None } }
}

/// What a module needs directly.
fn directly(needs: &[(u8, u8)], user: u8) -> BTreeSet<u8> {
    needs.iter().filter(|(one, _)| *one == user).map(|(_, other)| *other).collect()
}

/// Whether taking away what nobody needs, again and again, leaves something.
fn has_circle(needs: &[(u8, u8)]) -> bool {
    let mut left: BTreeSet<u8> = (0..MODULES).collect();
    loop {
        let used =
            |module: &u8| needs.iter().any(|(one, other)| left.contains(one) && other == module);
        let free: Vec<u8> = left.iter().copied().filter(|module| !used(module)).collect();
        if free.is_empty() {
            return !left.is_empty();
        }
        free.iter().for_each(|module| assert!(left.remove(module)));
    }
}

fn name(number: u8) -> ModuleName {
    ModuleName::new([b'a' + number])
}

fn path(number: u8) -> Vec<u8> {
    [b"/m/kernel/", &[b'a' + number][..], b".ko"].concat()
}

fn number(path: &[u8]) -> u8 {
    ModuleName::of_path(path).as_bytes()[0] - b'a'
}
