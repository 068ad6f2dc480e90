//! Every alias of a tree as text that matches it: wildcards filled in.

use std::collections::BTreeSet;
use std::io;

use crate::kernel::Kernel;
use crate::question::Item;

/// The patterns of modules.alias and of the built-in modules, each once.
pub(crate) fn patterns(kernel: &Kernel) -> io::Result<BTreeSet<Vec<u8>>> {
    let mut patterns = BTreeSet::new();
    for line in kernel.lines("modules.alias")? {
        if let Some(pattern) = line.strip_prefix("alias ").and_then(|rest| rest.split(' ').next()) {
            patterns.insert(pattern.as_bytes().to_vec());
        }
    }
    let info = std::fs::read(kernel.directory().join("modules.builtin.modinfo"))?;
    for entry in info.split(|byte| *byte == 0) {
        if let Some(at) = entry.windows(7).position(|window| window == b".alias=") {
            patterns.insert(entry[at + 7..].to_vec());
        }
    }
    Ok(patterns)
}

/// `symbol:NAME` of every exported symbol.
pub(crate) fn symbols(kernel: &Kernel) -> io::Result<Vec<Item>> {
    let lines = kernel.lines("modules.symbols")?;
    let names = lines.iter().filter_map(|line| line.strip_prefix("alias ")?.split(' ').next());
    Ok(names.map(|name| name.as_bytes().to_vec()).collect())
}

/// A text the pattern matches: `star` for `*`, `q` for `?`, the first member of `[…]`.
pub(crate) fn fill(pattern: &[u8], star: &str) -> Item {
    let mut text = Vec::new();
    let mut rest = pattern;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'*' => text.extend(star.bytes()),
            b'?' => text.push(b'q'),
            b'[' => {
                let end = rest.iter().position(|byte| *byte == b']').unwrap_or(rest.len());
                text.push(member(&rest[..end]));
                rest = rest.get(end + 1..).unwrap_or_default();
            }
            b'\\' => {}
            _ => text.push(*byte),
        }
    }
    text
}

/// A character the set between the brackets holds.
fn member(set: &[u8]) -> u8 {
    match set {
        [b'!' | b'^', barred @ ..] => {
            (b'0'..=b'z').find(|byte| !barred.contains(byte)).unwrap_or(b'-')
        }
        [first, ..] => *first,
        [] => b'-',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_filled_in() {
        let cases: [(&str, &str, &str); 5] = [
            ("pci:v1*d2*", "", "pci:v1d2"),
            ("pci:v1*d2*", "0A", "pci:v10Ad20A"),
            ("usb:v[5-9]p?", "x", "usb:v5pq"),
            ("a[!0-9]b", "", "a1b"),
            ("acpi*:ABC:*", "", "acpi:ABC:"),
        ];
        for (pattern, star, expected) in cases {
            assert_eq!(fill(pattern.as_bytes(), star), expected.as_bytes(), "{pattern}");
        }
    }
}
