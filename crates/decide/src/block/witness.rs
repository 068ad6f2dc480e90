//! A text that a pattern matches: to ask for an alias of which only the pattern is known.

use alloc::vec::Vec;

use kmodctl_format::pattern;

/// The shortest text that an fnmatch(3) pattern matches; `None` when none was found.
pub(super) fn witness(pattern: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'*' => {}
            b'?' => text.push(b'0'),
            b'\\' => {
                let (&escaped, after) = rest.split_first()?;
                text.push(escaped);
                rest = after;
            }
            b'[' => {
                let length = length_of_bracket(rest)?;
                let bracket = &pattern[pattern.len() - rest.len() - 1..][..length + 1];
                text.push(member(bracket)?);
                rest = &rest[length..];
            }
            _ => text.push(byte),
        }
    }
    pattern::matches(pattern, &text).then_some(text)
}

/// How far a bracket goes behind its `[`; a `]` at its start belongs to it.
fn length_of_bracket(rest: &[u8]) -> Option<usize> {
    let start = 1 + usize::from(matches!(rest.first(), Some(b'!' | b'^')));
    Some(start + rest.get(start..)?.iter().position(|&byte| byte == b']')? + 1)
}

/// A printable byte that a bracket matches.
fn member(bracket: &[u8]) -> Option<u8> {
    let likely = (b'0'..=b'9').chain(b'a'..=b'z').chain(b'!'..=b'~');
    likely.into_iter().find(|byte| pattern::matches(bracket, &[*byte]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn witnesses_are_matched() {
        let table: [(&str, Option<&str>); 8] = [
            ("fs_btrfs", Some("fs_btrfs")),
            ("pci:v00008086d*sv*", Some("pci:v00008086dsv")),
            ("usb:v04[0-9]p?", Some("usb:v040p0")),
            ("a[!0-9]b", Some("aab")),
            ("a\\*b", Some("a*b")),
            ("a[b", None),
            ("a[]b]", Some("ab")),
            ("a[^]b]c", Some("a0c")),
        ];
        for (pattern, expected) in table {
            let found = witness(pattern.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{pattern}");
        }
    }
}
