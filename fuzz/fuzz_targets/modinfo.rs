//! Any bytes as `.modinfo` and as `modules.builtin.modinfo`: entries written again are the strings
//! they came from, every parameter string is used or reported, and hexadecimal text reads back.
#![no_main]

use std::collections::BTreeSet;

use kmodctl_format::hex::colon_pairs;
use kmodctl_format::modinfo::{Entry, builtin_entries, builtin_entries_of, entries, parameters};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let strings = bytes.split(|&byte| byte == 0).filter(|string| !string.is_empty());
    assert!(entries(bytes).eq(strings.map(Entry::new)));
    assert!(entries(bytes).all(|entry| !entry.key.contains(&b'=')));
    parameters_are_used_once(bytes);
    builtins_are_found_by_name(bytes);
    let text = colon_pairs(bytes);
    let digits = text.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    assert_eq!(digits, 2 * bytes.len());
});

fn parameters_are_used_once(bytes: &[u8]) {
    let is_parameter = |entry: &Entry<'_>| matches!(entry.key, b"parm" | b"parmtype");
    let count = entries(bytes).filter(is_parameter).count();
    let found = parameters(entries(bytes));
    assert!(found.malformed.len() + found.declared.len() <= count);
    let names: BTreeSet<_> = found.declared.iter().map(|parameter| parameter.name).collect();
    assert_eq!(names.len(), found.declared.len());
    assert!(found.declared.iter().all(|declared| declared.text.or(declared.kind).is_some()));
}

fn builtins_are_found_by_name(bytes: &[u8]) {
    let Some(first) = builtin_entries(bytes).find_map(Result::ok) else { return };
    let own = builtin_entries_of(bytes, first.module).find_map(Result::ok);
    assert_eq!(own, Some(first.entry));
    for undotted in builtin_entries(bytes).filter_map(Result::err) {
        let record = bytes[undotted.offset..].split(|&byte| byte == 0).next();
        assert!(record.is_some_and(|record| !record.contains(&b'.')));
    }
}
