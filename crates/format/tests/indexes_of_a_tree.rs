//! The indexes of a whole module directory: what is written is read again, and a wildcard search
//! finds what a look at every key finds. `cargo xtask test` names a directory by
//! `KMODCTL_MODULE_TREE`; without one, a few lines stand for it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use kmodctl_format::index::{Index, IndexBuilder};
use kmodctl_format::name::fold_alias;
use kmodctl_format::pattern;

/// Keys and values by priority, which is the number of the line.
type Entries = Vec<(Vec<u8>, Vec<u8>, u32)>;

/// One query in so many of the thousands is compared with a look at every key.
const ONE_IN: usize = 128;

#[test]
fn every_index_gives_back_what_was_put_in() {
    for (name, entries) in tables() {
        assert!(!entries.is_empty(), "{name}");
        let file = built(&entries);
        let mut expected: BTreeMap<&[u8], Vec<(&[u8], u32)>> = BTreeMap::new();
        for (key, value, priority) in &entries {
            expected.entry(key).or_default().push((value, *priority));
        }
        let mut read: BTreeMap<Vec<u8>, Vec<(Vec<u8>, u32)>> = BTreeMap::new();
        let mut last = Vec::new();
        let index = Index::open(&file[..]).unwrap();
        let visit = |key: &[u8], value: kmodctl_format::index::ShownValue<'_>| {
            assert!(last.as_slice() <= key, "{name}: {} is out of order", key.escape_ascii());
            last = key.to_vec();
            read.entry(key.into()).or_default().push((value.bytes.to_vec(), value.priority));
        };
        index.walk(visit).unwrap();
        assert_eq!(read.len(), expected.len(), "{name}");
        for (key, values) in &expected {
            let mut found = read[*key].clone();
            found.sort();
            let mut values: Vec<_> =
                values.iter().map(|(value, priority)| (value.to_vec(), *priority)).collect();
            values.sort();
            assert_eq!(found, values, "{name}: {}", key.escape_ascii());
            let lowest = values.iter().map(|(_, priority)| *priority).min();
            let exact = index.exact(key).unwrap().unwrap();
            let of_lowest =
                |(value, priority): &(Vec<u8>, u32)| Some(*priority) == lowest && *value == exact;
            assert!(values.iter().any(of_lowest), "{name}: {}", key.escape_ascii());
        }
    }
}

#[test]
fn a_wildcard_search_finds_what_a_look_at_every_key_finds() {
    for (name, entries) in tables() {
        let file = built(&entries);
        let index = Index::open(&file[..]).unwrap();
        let step = if entries.len() > 1000 { ONE_IN } else { 1 };
        for (key, _, _) in entries.iter().step_by(step) {
            for filling in [&b""[..], b"0A", b"*"] {
                let query = filled_in(key, filling);
                let mut found: Vec<_> = index
                    .wildcard(&query)
                    .unwrap()
                    .into_iter()
                    .map(|value| (value.priority, value.bytes))
                    .collect();
                found.sort();
                // A query that holds a `*` can find a value twice.
                found.dedup();
                assert_eq!(found, naive(&entries, &query), "{name}: {}", query.escape_ascii());
            }
        }
    }
}

fn naive(entries: &Entries, query: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let matching =
        entries.iter().filter(|(key, _, _)| pattern::matches(key, query) || key == query);
    let mut found: Vec<_> =
        matching.map(|(_, value, priority)| (*priority, value.clone())).collect();
    found.sort();
    found.dedup();
    found
}

fn built(entries: &Entries) -> Vec<u8> {
    let mut builder = IndexBuilder::new();
    for (key, value, priority) in entries {
        builder.insert(key, value, *priority).unwrap();
    }
    builder.finish().unwrap()
}

/// A text that a pattern matches: `filling` for `*`, and a character for `?` and for a set.
fn filled_in(pattern: &[u8], filling: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut rest = pattern;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'*' => text.extend_from_slice(filling),
            b'?' => text.push(b'0'),
            b'[' => {
                text.extend(after.first());
                let end = after.iter().position(|&byte| byte == b']').unwrap_or(0);
                rest = &after[end + 1..];
            }
            _ => text.push(byte),
        }
    }
    text
}

/// The aliases, symbols and dependencies of the directory.
fn tables() -> Vec<(&'static str, Entries)> {
    let names = [("modules.alias", "alias "), ("modules.symbols", "alias "), ("modules.dep", "")];
    names.map(|(name, prefix)| (name, entries(&text(name), prefix))).into()
}

fn text(name: &str) -> String {
    if let Some(directory) = std::env::var_os("KMODCTL_MODULE_TREE") {
        return std::fs::read_to_string(std::path::Path::new(&directory).join(name)).unwrap();
    }
    let text = match name {
        "modules.alias" => {
            "# a\nalias pci:v*d[1-3]* a\nalias pci:v1d2 b\nalias pci:* c\nalias usb:? a"
        }
        "modules.symbols" => "# s\nalias symbol:f a\nalias symbol:fg b\nalias symbol:g a",
        _ => "kernel/a.ko: kernel/b.ko\nkernel/b.ko:",
    };
    text.to_owned()
}

fn entries(text: &str, prefix: &str) -> Entries {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let entry = |(number, line): (usize, &str)| {
        let line = line.strip_prefix(prefix).unwrap();
        // An alias may hold spaces, the module's name does not.
        let (key, value) = match prefix {
            "" => (line.split(':').next().unwrap(), line),
            _ => line.rsplit_once(' ').unwrap(),
        };
        (fold_alias(key.as_bytes()).unwrap().into_owned(), value.into(), number as u32)
    };
    lines.enumerate().map(entry).collect()
}
